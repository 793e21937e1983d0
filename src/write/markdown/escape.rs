//! Backslashes where CommonMark would read text as markup, and nowhere else.

use std::ops::Range;

/// What must be known about the whole text to leave a lone character as it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Around {
    /// The only `*`, with no emphasis of our own that it could end.
    pub(super) lone_star: bool,
    /// The only `_`.
    pub(super) lone_underscore: bool,
    /// The only backtick, with no code of our own.
    pub(super) lone_backtick: bool,
    /// The text is inside a link, where brackets must match.
    pub(super) in_link: bool,
    /// A link follows at once, which a `!` would turn into a picture.
    pub(super) before_link: bool,
}

/// Appends `text[range]` to `markdown`, escaped; line breaks become hard breaks.
///
/// The neighbours of `range` are taken for markup of ours, unless `text` or `markdown` ends there.
pub(super) fn escape(markdown: &mut String, text: &str, range: Range<usize>, around: Around) {
    let is_last = range.end == text.len();
    let piece = &text[range];
    let mut previous = None;
    let mut escape_at = None;
    for (at, c) in piece.char_indices() {
        let rest = &piece[at..];
        let next = rest[c.len_utf8()..].chars().next();
        if markdown.is_empty() || markdown.ends_with('\n') {
            escape_at = line_marker(rest).map(|offset| at + offset);
        }
        let is_markup = escape_at == Some(at)
            || match c {
                '\n' => true,
                '*' => !(around.lone_star || previous == Some(' ') && next == Some(' ')),
                '_' => !(around.lone_underscore || is_word(previous) && is_word(next)),
                '`' => !around.lone_backtick,
                '~' => previous == Some('~') || next == Some('~'),
                '\\' => next.is_none_or(|next| next == '\n' || next.is_ascii_punctuation()),
                '!' => next.is_none() && around.before_link,
                '<' => starts_tag(rest),
                '&' => starts_entity(rest),
                '[' => around.in_link || !is_plain_bracket(rest, is_last),
                ']' => around.in_link,
                _ => false,
            };
        if is_markup {
            markdown.push('\\');
        }
        markdown.push(c);
        previous = Some(c);
    }
}

/// The place in the first line of `text` where a backslash keeps it from starting a block or from making a
/// heading or a table of the line before.
fn line_marker(text: &str) -> Option<usize> {
    let line = text.split('\n').next().unwrap_or_default();
    let ends_word = |at: usize| line.as_bytes().get(at).is_none_or(|&byte| byte == b' ');
    let marker = line.chars().next()?;
    let length = line.chars().take_while(|&c| c == marker).count();
    let consists_of = |set: &str| line.chars().all(|c| set.contains(c));
    match marker {
        '>' => Some(0),
        '#' => (length <= 6 && ends_word(length)).then_some(0),
        '=' => consists_of("= ").then_some(0),
        '-' | '+' | '*' if ends_word(1) => Some(0),
        '-' | ':' | '|' => consists_of("-:| ").then_some(0),
        '0'..='9' => {
            let digits = line.bytes().take_while(u8::is_ascii_digit).count();
            let is_marker = digits <= 9 && line[digits..].starts_with(['.', ')']) && ends_word(digits + 1);
            is_marker.then_some(digits)
        }
        _ => None,
    }
}

/// Whether `<` at the start of `text` begins a tag, a comment, an instruction or an autolink.
fn starts_tag(text: &str) -> bool {
    let inside = &text[1..];
    if inside.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?')) {
        return true;
    }
    let end = inside.find(|c: char| c.is_whitespace() || matches!(c, '<' | '>')).unwrap_or(inside.len());
    inside[end..].starts_with('>') && inside[..end].contains('@')
}

/// Whether `&` at the start of `text` begins something that looks like an entity.
fn starts_entity(text: &str) -> bool {
    // The longest name in HTML has 31 letters.
    let name =
        text[1..].bytes().take(33).take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'#').count();
    name > 0 && text[1 + name..].starts_with(';')
}

/// Whether `[` at the start of `text` begins bracketed words that can be no link, footnote or box to tick.
fn is_plain_bracket(text: &str, is_last: bool) -> bool {
    let inside = &text[1..];
    // A search that ends at the next `[` keeps many of them from costing quadratic time.
    let Some(end) = inside.find(['[', ']', '\n']) else { return false };
    let Some(after) = inside[end..].strip_prefix(']') else { return false };
    let is_plain_inside = !inside.starts_with('^') && !matches!(&inside[..end], "" | " " | "x" | "X");
    let is_plain_after = if after.is_empty() { is_last } else { !after.starts_with(['(', '[', ':']) };
    is_plain_inside && is_plain_after
}

/// Whether there is a neighbour and it is part of a word.
fn is_word(neighbour: Option<char>) -> bool {
    neighbour.is_some_and(super::inline::is_word)
}
