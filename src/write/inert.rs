//! Characters that act on whoever shows them, and how a text is kept from acting.
//!
//! A title or a reason phrase comes from a server. Printed raw, it could move the cursor, rename the window or
//! turn the direction of a line around.

use std::borrow::Cow;

/// `text` on one line, with every character that acts on a terminal or a log written as an escape.
///
/// Escaped are C0 (tab and newline too), DEL, C1, the line and paragraph separators and the controls of
/// direction. For messages and logs; the renderers treat text in their own ways.
pub fn inert(text: &str) -> Cow<'_, str> {
    if !text.contains(acts) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if acts(c) {
            escaped.extend(c.escape_default());
        } else {
            escaped.push(c);
        }
    }
    Cow::Owned(escaped)
}

/// Whether `c` acts on a terminal, a log or the direction of text instead of being shown.
pub(crate) fn acts(c: char) -> bool {
    c.is_control() || is_line_separator(c) || turns_text(c) || is_direction_mark(c)
}

/// Whether `c` has no place in an article: it acts, and unlike a line break or a direction mark it is never
/// needed to read the text. The byte order mark is one of them.
pub(crate) fn is_unwanted(c: char) -> bool {
    c.is_control() || turns_text(c) || c == '\u{feff}'
}

/// Whether `c` ends a line in some reader.
pub(crate) fn is_break(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}') || is_line_separator(c)
}

/// LINE SEPARATOR and PARAGRAPH SEPARATOR.
fn is_line_separator(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}')
}

/// Embeddings, overrides and isolates, which can show a text in another order than it is stored
/// (Boucher and Anderson, "Trojan Source", 2021).
fn turns_text(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Marks of direction, which Arabic and Hebrew stories do use.
fn is_direction_mark(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_text_that_does_nothing_stays_as_it_is() {
        assert!(matches!(inert("Año nuevo – “ну да” 新年 🎉"), Cow::Borrowed(_)));
    }

    #[test]
    fn what_acts_is_shown_as_an_escape() {
        assert_eq!(inert("\u{1b}]0;owned\u{7}"), "\\u{1b}]0;owned\\u{7}");
        assert_eq!(inert("a\tb\r\nc"), "a\\tb\\r\\nc");
        assert_eq!(inert("x\u{202e}y\u{9b}z\u{2028}\u{7f}"), "x\\u{202e}y\\u{9b}z\\u{2028}\\u{7f}");
    }

    proptest! {
        #[test]
        fn nothing_that_acts_is_left(text in any::<String>()) {
            prop_assert!(!inert(&text).chars().any(|c| c.is_control() || acts(c)));
        }
    }
}
