//! What a word is, in every script, and the plain form in which phrases are compared.

use memchr::memmem::Finder;
use unicode_normalization::UnicodeNormalization;

use super::hash::fnv;

/// Whether a character belongs to a script that is written without spaces between words (Chinese, Japanese,
/// Thai, Lao, Khmer, Burmese). Korean has spaces.
pub(crate) fn is_unspaced(c: char) -> bool {
    // Said first, this spares most text the search through the ranges.
    u32::from(c) >= 0x0E00
        && matches!(u32::from(c),
        0x0E00..=0x0EFF | 0x1000..=0x109F | 0x1780..=0x17FF
        | 0x2E80..=0x2FDF | 0x3005..=0x3007 | 0x3040..=0x30FF | 0x31F0..=0x31FF
        | 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xF900..=0xFAFF | 0xFF66..=0xFF9D | 0x20000..=0x3FFFF)
}

/// Whether text may be joined across a line break without a space: ideographs, kana and their punctuation.
pub(crate) fn joins_without_space(c: char) -> bool {
    is_unspaced(c) && u32::from(c) >= 0x2E80 || matches!(u32::from(c), 0x3000..=0x303F | 0xFF00..=0xFF65)
}

/// Characters that take no room and say nothing: soft hyphens, zero-width spaces, byte order marks. Joiners stay,
/// since Persian, Hindi and emoji need them.
pub(crate) fn is_invisible(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{200B}' | '\u{2060}' | '\u{FEFF}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
        || (c.is_control() && !c.is_whitespace())
}

/// Words in `text`: runs of letters and digits; each character of a script without spaces counts as one.
pub(crate) fn count(text: &str) -> usize {
    let mut words = 0;
    let mut inside = false;
    for c in text.chars() {
        if c.is_ascii_alphanumeric() {
            words += usize::from(!inside);
            inside = true;
        } else if c.is_ascii() {
            inside = inside && c == '\'';
        } else if is_unspaced(c) {
            words += 1;
            inside = false;
        } else if c.is_alphanumeric() {
            words += usize::from(!inside);
            inside = true;
        } else {
            // A mark above or below a letter, a joiner or an apostrophe does not end a word.
            inside = inside && (is_mark(c) || matches!(c, '\u{200C}' | '\u{200D}' | '\u{AD}' | '’'));
        }
    }
    words
}

/// The first `most` characters of a text that has more.
pub(crate) fn head(text: &str, most: usize) -> Option<&str> {
    if text.len() <= most {
        return None;
    }
    text.char_indices().nth(most).and_then(|(end, _)| text.get(..end))
}

/// Whether a character is a mark on the letter before it.
pub(crate) fn is_mark(c: char) -> bool {
    unicode_normalization::char::is_combining_mark(c)
}

/// The form in which phrases are compared: NFKC, lower case, straight quotes and dashes, one space between words,
/// nothing but letters and digits at the start, no closing marks at the end, no Arabic vowel marks.
pub(crate) fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    // A mark may join the last character before the first that is not ASCII.
    let ascii =
        text.bytes().position(|byte| !byte.is_ascii()).map_or(text.len(), |end| end.saturating_sub(1));
    let (ascii, mut rest) = text.split_at(ascii);
    push_settled(&mut out, ascii);
    while !rest.is_empty() {
        // Only stretches of characters that NFKC may change pay for it. What comes right before belongs to the stretch,
        // since a mark may join it.
        let (mut start, mut end) = (0, rest.len());
        let mut is_open = false;
        for (at, c) in rest.char_indices() {
            match (is_settled(c), is_open) {
                (true, false) => start = at,
                (false, _) => is_open = true,
                (true, true) => {
                    end = at;
                    break;
                }
            }
        }
        if !is_open {
            start = end;
        }
        let (settled, stretch) = rest.split_at(start);
        let (stretch, after) = stretch.split_at(end - start);
        push_settled(&mut out, settled);
        stretch.nfkc().for_each(|c| push_plain(&mut out, c));
        rest = after;
    }
    let end = out.trim_end_matches(|c: char| {
        c.is_whitespace()
            || matches!(c, ':' | '.' | '!' | '…' | '»' | '>' | '→' | '›' | '-' | '。' | '、' | '।')
    });
    out.truncate(end.len());
    out
}

/// Whether the words that `part` finds, a text that begins and ends with one, stand in `whole` side by side. In scripts
/// without spaces, too, they must stand between marks: a few signs in a row are found by chance.
pub(crate) fn contains(whole: &str, part: &Finder<'_>) -> bool {
    part.find_iter(whole.as_bytes()).any(|at| {
        let (before, after) = (whole.get(..at), whole.get(at + part.needle().len()..));
        before.is_some_and(|before| !before.ends_with(char::is_alphanumeric))
            && after.is_some_and(|after| !after.starts_with(char::is_alphanumeric))
    })
}

/// Bytes of a word with the space after it, about.
const BYTES_PER_WORD: usize = 6;

/// The hash of each word of a plain text.
pub(crate) fn hashes(plain: &str) -> Vec<u64> {
    let mut hashes = Vec::with_capacity(plain.len() / BYTES_PER_WORD + 1);
    let words = plain.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    hashes.extend(words.map(|word| fnv(word.as_bytes())));
    hashes
}

/// Adds NFKC text to a plain one, in one go what only changes its case.
fn push_settled(out: &mut String, text: &str) {
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let start = out.len();
        // At the start, all but letters and digits is left out.
        let bytes = if out.is_empty() { 0 } else { recased(rest, out.ends_with(' ')) };
        let (stretch, after) = rest.split_at(if bytes > 0 { bytes } else { first.len_utf8() });
        if bytes > 0 {
            out.push_str(stretch);
            out.get_mut(start..).map(str::make_ascii_lowercase);
        } else {
            push_plain(out, first);
        }
        rest = after;
    }
}

/// Bytes at the start of a text that [`push_plain`] would change in case alone: ASCII without second spaces and
/// backquotes.
fn recased(text: &str, after_space: bool) -> usize {
    let mut after_space = after_space;
    let end = text.bytes().position(|byte| {
        let is_space = byte == b' ';
        let stays = byte.is_ascii_graphic() && byte != b'`' || is_space && !after_space;
        after_space = is_space;
        !stays
    });
    end.unwrap_or(text.len())
}

/// Adds a character of NFKC text to a plain one.
fn push_plain(out: &mut String, c: char) {
    if c.is_ascii_alphanumeric() {
        out.push(c.to_ascii_lowercase());
        return;
    }
    for c in c.to_lowercase() {
        let c = match c {
            '’' | '‘' | '`' | '´' | 'ʼ' => '\'',
            '–' | '—' | '−' | '‐' | '‑' => '-',
            '\u{640}' | '\u{64B}'..='\u{652}' | '\u{670}' => continue,
            c if is_invisible(c) => continue,
            c => c,
        };
        if c.is_whitespace() {
            if !out.is_empty() && !out.ends_with(' ') {
                out.push(' ');
            }
        } else if !out.is_empty() || c.is_alphanumeric() {
            out.push(c);
        }
    }
}

/// Whether NFKC leaves a character alone whatever comes before it, or makes one white space of another. True for what
/// most text consists of; a test proves it for each character.
fn is_settled(c: char) -> bool {
    c.is_ascii()
        || c.is_whitespace()
        || matches!(u32::from(c),
            0xAB | 0xAD | 0xBB | 0xC0..=0x131 | 0x141..=0x148 | 0x14A..=0x17E
            | 0x391..=0x3A1 | 0x3A3..=0x3CE | 0x400..=0x482 | 0x48A..=0x52F | 0x5D0..=0x5EA
            | 0x621..=0x63A | 0x641..=0x64A | 0x660..=0x669 | 0x679..=0x6D3
            | 0x904..=0x939 | 0x93D..=0x94C | 0x964..=0x96F | 0xE01..=0xE32 | 0xE40..=0xE46
            | 0x200B..=0x2010 | 0x2012..=0x2016 | 0x2018..=0x2022 | 0x2039..=0x203A
            | 0x3001..=0x3029 | 0x3041..=0x3096 | 0x30A1..=0x30FE | 0x3400..=0x4DBF | 0x4E00..=0x9FFF
            | 0xAC00..=0xD7A3)
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn the_plain_form_is_that_of_the_normalized_text(text in ".{0,40}") {
            let normalized: String = text.nfkc().collect();
            assert_eq!(plain(&text), plain(&normalized));
        }
    }

    #[test]
    fn words_are_counted_in_every_script() {
        for (text, words) in [
            ("", 0),
            ("one two-three", 3),
            ("It’s don't", 2),
            ("東京で会議", 5),
            ("서울 시청", 2),
            ("कार्यालय में", 2),
            ("می‌خواهم", 1),
            ("10 000 €", 2),
        ] {
            assert_eq!(count(text), words, "{text}");
        }
    }

    #[test]
    fn settled_characters_need_no_normalizing() {
        use unicode_normalization::{IsNormalized, char::canonical_combining_class, is_nfkc_quick};
        for c in ('\0'..=char::MAX).filter(|c| is_settled(*c)) {
            let becomes_space = c.is_whitespace() && std::iter::once(c).nfkc().all(char::is_whitespace);
            let stays = is_nfkc_quick(std::iter::once(c)) == IsNormalized::Yes;
            assert!((stays || becomes_space) && canonical_combining_class(c) == 0, "{c:?}");
        }
    }

    #[test]
    fn marks_join_the_letter_before_them_in_the_plain_form() {
        for (text, expected) in [
            ("Cafe\u{301} AU lait", "café au lait"),
            ("x\u{301}\u{323}y", "x\u{323}\u{301}y"),
            ("ﬁn \u{a0}Ⅳ½", "fin iv1⁄2"),
            ("\u{1100}\u{1161}\u{11a8}가\u{11a8}", "각각"),
            ("か\u{3099}ｶﾞ", "がガ"),
            ("e\u{301}", "é"),
            ("\u{301}e", "e"),
        ] {
            assert_eq!(plain(text), expected, "{text}");
        }
    }

    #[test]
    fn the_plain_form_ignores_case_marks_and_quotes() {
        for (text, expected) in [
            ("»  READ ALSO: ", "read also"),
            ("👉 À lire\u{a0}aussi :", "à lire aussi"),
            ("Don’t miss…", "don't miss"),
            ("اقرأ أيضًا", "اقرأ أيضا"),
            ("【関連記事】", "関連記事】"),
        ] {
            assert_eq!(plain(text), expected, "{text}");
        }
    }
}
