//! The text of a block made fit for showing: no characters that act, no stray white space.
//!
//! What is taken out moves everything behind it, so the places of links and marks can be looked up afterwards.

use std::borrow::Cow;

use super::inert::{is_break, is_unwanted};

/// What becomes of a line break.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Breaks {
    /// It stays, as one `\n` however many there are.
    Keep,
    /// It becomes a space.
    Join,
}

/// A tidied text and where its bytes came from.
#[derive(Debug)]
pub(super) struct Tidy {
    /// The text: no white space at the ends, single spaces, no spaces beside a `\n`.
    pub(super) text: String,
    /// Byte offsets of the source from which the text lies a new number of bytes further left (or right).
    shifts: Vec<(usize, isize)>,
}

impl Tidy {
    /// Where the character that starts at byte `offset` of the source has gone, or its successor if it is gone.
    pub(super) fn place(&self, offset: usize) -> usize {
        let next = self.shifts.partition_point(|&(from, _)| from <= offset);
        let shift = next.checked_sub(1).map_or(0, |last| self.shifts[last].1);
        offset.saturating_add_signed(-shift).min(self.text.len())
    }

    /// Notes that byte `offset` of the source is at the end of the text so far.
    fn note(&mut self, offset: usize) {
        // A text is at most isize::MAX bytes long, so neither cast can wrap.
        let shift = offset as isize - self.text.len() as isize;
        if shift != self.shifts.last().map_or(0, |&(_, shift)| shift) {
            self.shifts.push((offset, shift));
        }
    }
}

/// Tidies `text`.
pub(super) fn tidy(text: &str, breaks: Breaks) -> Tidy {
    let mut tidy = Tidy { text: String::with_capacity(text.len()), shifts: Vec::new() };
    let mut gap = None;
    for (offset, c) in text.char_indices() {
        if is_break(c) || matches!(c, ' ' | '\t') {
            tidy.note(offset);
            let is_line_end = gap == Some('\n') || is_break(c) && breaks == Breaks::Keep;
            gap = Some(if is_line_end { '\n' } else { ' ' });
        } else if is_unwanted(c) {
            tidy.note(offset);
        } else {
            if let Some(gap) = gap.take()
                && !tidy.text.is_empty()
            {
                tidy.text.push(gap);
            }
            tidy.note(offset);
            tidy.text.push(c);
        }
    }
    tidy.note(text.len());
    tidy
}

/// `text` as a single tidy line.
pub(super) fn line(text: &str) -> String {
    tidy(text, Breaks::Join).text
}

/// `text` with its white space as it is, its line breaks as `\n`, and nothing that acts.
pub(super) fn verbatim(text: &str) -> Cow<'_, str> {
    let text = text.trim_end();
    if !text.contains(|c| !matches!(c, '\n' | '\t') && (is_break(c) || is_unwanted(c))) {
        return Cow::Borrowed(text);
    }
    let lines = text.replace("\r\n", "\n");
    let shown = lines.chars().filter_map(|c| match c {
        '\t' => Some(c),
        _ if is_break(c) => Some('\n'),
        _ => (!is_unwanted(c)).then_some(c),
    });
    Cow::Owned(shown.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn white_space_is_single_and_inside() {
        assert_eq!(tidy("  a \t b \r\n\n c\u{2028}\u{0}d ", Breaks::Keep).text, "a b\nc\nd");
        assert_eq!(line("  a \t b \r\n\n c\u{2028}\u{0}d "), "a b c d");
    }

    #[test]
    fn code_keeps_its_white_space() {
        assert_eq!(verbatim("a\r\n\tb  c\u{1b}[31m\n\n"), "a\n\tb  c[31m");
    }

    proptest! {
        #[test]
        fn a_character_is_found_where_it_went(text in "[ab \\t\\n\u{0}é\u{2028}]{0,20}") {
            let tidy = tidy(&text, Breaks::Keep);
            for (offset, c) in text.char_indices().filter(|&(_, c)| "abé".contains(c)) {
                prop_assert!(tidy.text[tidy.place(offset)..].starts_with(c));
            }
            prop_assert_eq!(tidy.place(text.len()), tidy.text.len());
        }
    }
}
