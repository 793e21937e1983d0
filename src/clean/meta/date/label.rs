//! Which part of a line of dates speaks of the publication and which of the last change.

use super::tokens::is_letter;
use super::words::DATE_WORDS;

/// Parts of a text about the publication and about the last change, by the words before them.
///
/// `Posted 3 May, updated 4 May` has both; a text without such words speaks of the publication.
pub(in super::super) fn by_label(text: &str) -> (Option<&str>, Option<&str>) {
    let labels = &DATE_WORDS.labels;
    let modified = word_of(text, &labels.modified);
    let Some((start, end)) = modified else { return (Some(text), None) };
    let (before, after) = (text.get(..start).unwrap_or_default(), text.get(end..).unwrap_or_default());
    let published = match word_of(after, &labels.published) {
        Some((_, end)) => after.get(end..),
        None => Some(before).filter(|before| before.contains(|c: char| c.is_numeric())),
    };
    let modified = after.get(..word_of(after, &labels.published).map_or(after.len(), |(start, _)| start));
    (published, modified)
}

/// The place of the first of some words in a text.
fn word_of(text: &str, words: &[String]) -> Option<(usize, usize)> {
    let mut start = None;
    let ends = text.char_indices().map(|(at, c)| (at, Some(c))).chain([(text.len(), None)]);
    for (at, c) in ends {
        match (start, c.is_some_and(is_letter)) {
            (None, true) => start = Some(at),
            (Some(from), false) => {
                let word = text.get(from..at).unwrap_or_default().to_lowercase();
                if words.contains(&word) {
                    return Some((from, at));
                }
                start = None;
            }
            _ => {}
        }
    }
    None
}
