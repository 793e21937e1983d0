//! What a word is, in every script, and the plain form in which phrases are compared.

use unicode_normalization::UnicodeNormalization;

/// Whether a character belongs to a script that is written without spaces between words (Chinese, Japanese,
/// Thai, Lao, Khmer, Burmese). Korean has spaces.
pub(crate) fn is_unspaced(c: char) -> bool {
    matches!(u32::from(c),
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

fn is_mark(c: char) -> bool {
    unicode_normalization::char::is_combining_mark(c)
}

/// The form in which phrases are compared: NFKC, lower case, straight quotes and dashes, one space between words,
/// nothing but letters and digits at the start, no closing marks at the end, no Arabic vowel marks.
pub(crate) fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.nfkc().flat_map(char::to_lowercase) {
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
    let end = out.trim_end_matches(|c: char| {
        c.is_whitespace()
            || matches!(c, ':' | '.' | '!' | '…' | '»' | '>' | '→' | '›' | '-' | '。' | '、' | '।')
    });
    out.truncate(end.len());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

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
