//! Character references: `&amp;`, `&#233;`, `&eacute` and the like.

use html5ever::data::{C1_REPLACEMENTS, NAMED_ENTITIES};
use memchr::memchr;

/// The references of most pages; the table of all takes a look-up for each letter.
const COMMON: [(&str, char); 6] =
    [("amp;", '&'), ("nbsp;", '\u{A0}'), ("quot;", '"'), ("lt;", '<'), ("gt;", '>'), ("#39;", '\'')];

/// A text with its character references resolved. The text is the whole of a value or reaches up to markup.
pub(super) fn resolve(text: &str, in_attribute: bool) -> String {
    let mut resolved = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = memchr(b'&', rest.as_bytes()) {
        let (before, reference) = rest.split_at(start);
        resolved.push_str(before);
        let reference = reference.get(1..).unwrap_or_default();
        match read(reference, in_attribute) {
            Some((characters, bytes)) => {
                resolved.extend(characters.into_iter().filter(|c| *c != '\0'));
                rest = reference.get(bytes..).unwrap_or_default();
            }
            None => {
                resolved.push('&');
                rest = reference;
            }
        }
    }
    resolved.push_str(rest);
    resolved
}

/// One or two characters, the second NUL when there is but one, and the bytes of the reference after its `&`.
fn read(text: &str, in_attribute: bool) -> Option<([char; 2], usize)> {
    if let Some((name, c)) = COMMON.iter().find(|(name, _)| text.starts_with(name)) {
        return Some(([*c, '\0'], name.len()));
    }
    match text.strip_prefix('#') {
        Some(number) => numeric(number).map(|(c, bytes)| ([c, '\0'], bytes + 1)),
        None => named(text, in_attribute),
    }
}

/// "13.2.5.80 Numeric character reference end state" of the HTML standard.
fn numeric(text: &str) -> Option<(char, usize)> {
    let (base, prefix) = if text.starts_with(['x', 'X']) { (16, 1) } else { (10, 0) };
    let digits = text.bytes().skip(prefix).map_while(|byte| char::from(byte).to_digit(base));
    let (value, end) = digits.fold((0_u32, prefix), |(value, end), digit| {
        (value.saturating_mul(base).saturating_add(digit), end + 1)
    });
    if end == prefix {
        return None;
    }
    let windows = value.checked_sub(0x80).and_then(|at| *C1_REPLACEMENTS.get(usize::try_from(at).ok()?)?);
    let c = windows.or(char::from_u32(value)).filter(|c| *c != '\0').unwrap_or('\u{FFFD}');
    Some((c, end + usize::from(text.as_bytes().get(end) == Some(&b';'))))
}

/// "13.2.5.73 Named character reference state" of the HTML standard.
fn named(text: &str, in_attribute: bool) -> Option<([char; 2], usize)> {
    let mut found = None;
    // The table has the beginnings of names too, without characters.
    for end in 1..=text.len() {
        let Some(&(first, second)) = text.get(..end).and_then(|name| NAMED_ENTITIES.get(name)) else { break };
        if first != 0 {
            found = Some(([char::from_u32(first)?, char::from_u32(second)?], end));
        }
    }
    let (characters, end) = found?;
    let (last, next) = (text.as_bytes().get(end - 1), text.as_bytes().get(end));
    // For the sake of addresses such as `?a=1&copy=2`.
    let is_address = in_attribute
        && last != Some(&b';')
        && next.is_some_and(|byte| *byte == b'=' || byte.is_ascii_alphanumeric());
    (!is_address).then_some((characters, end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_resolved_as_the_standard_has_it() {
        for (text, in_text, in_attribute) in [
            ("a &amp; b &lt;&gt;", "a & b <>", "a & b <>"),
            ("&eacute;&eacute &notit; &notin;", "éé ¬it; ∉", "éé &notit; ∉"),
            ("?a=1&copy=2&reg", "?a=1©=2®", "?a=1&copy=2®"),
            ("&#233;&#xE9;&#XE9 &#x;&#;&#a", "ééé &#x;&#;&#a", "ééé &#x;&#;&#a"),
            (
                "&#0;&#xD800;&#x110000;&#99999999999;",
                "\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}",
                "\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}",
            ),
            ("&#128;&#x81;", "€\u{81}", "€\u{81}"),
            ("& &; &nosuch; &é &NotEqualTilde;", "& &; &nosuch; &é ≂̸", "& &; &nosuch; &é ≂̸"),
            ("&amp", "&", "&"),
            ("&ampx", "&x", "&ampx"),
        ] {
            assert_eq!(resolve(text, false), in_text, "{text}");
            assert_eq!(resolve(text, true), in_attribute, "{text} in an attribute");
        }
    }
}
