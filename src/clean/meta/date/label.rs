//! Which part of a line of dates speaks of the publication and which of the last change.

use super::tokens::is_letter;
use super::words::{DATE_WORDS, Labels};

/// Words before `originally published`: `This article was`.
const SUBJECT_WORDS: usize = 6;

/// How clearly a text calls its date that of the publication; the clearest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in super::super) enum Claim {
    /// That of the first publication: `originally published`.
    Original,
    /// `published`.
    Said,
    /// By no word.
    Unsaid,
}

/// The parts of a text about the publication and about the last change, by the words before them.
#[derive(Debug, PartialEq, Eq)]
pub(in super::super) struct Labelled<'a> {
    pub claim: Claim,
    pub published: Option<&'a str>,
    pub modified: Option<&'a str>,
}

/// Tells the parts of a text apart.
///
/// `Posted 3 May, updated 4 May` has both; a text without such words speaks of the publication, and one that says
/// `effective` or `expires` of neither.
pub(in super::super) fn by_label(text: &str) -> Labelled<'_> {
    let labels = &DATE_WORDS.labels;
    let claim = claim(text, labels);
    let Some((start, end)) = word_of(text, &labels.modified) else {
        let is_other = claim == Claim::Unsaid && word_of(text, &labels.other).is_some();
        return Labelled { claim, published: Some(text).filter(|_| !is_other), modified: None };
    };
    let (before, after) = (text.get(..start).unwrap_or_default(), text.get(end..).unwrap_or_default());
    let published = match word_of(after, &labels.published) {
        Some((_, end)) => after.get(end..),
        None => Some(before).filter(|before| before.contains(|c: char| c.is_numeric())),
    };
    let modified = after.get(..word_of(after, &labels.published).map_or(after.len(), |(start, _)| start));
    Labelled { claim, published, modified }
}

/// Whether a text holds a word that says what the date after it is the date of.
pub(in super::super) fn is_label(text: &str) -> bool {
    let labels = &DATE_WORDS.labels;
    [&labels.published, &labels.modified, &labels.other]
        .into_iter()
        .any(|words| word_of(text, words).is_some())
}

fn claim(text: &str, labels: &Labels) -> Claim {
    let Some((_, end)) = word_of(text, &labels.published) else { return Claim::Unsaid };
    let opening = text.get(..end).unwrap_or_default();
    let Some((start, _)) = word_of(opening, &labels.original) else { return Claim::Said };
    let subject = opening.get(..start).unwrap_or_default();
    // A book that a story tells of may have been originally published, too, and a preprint before the paper.
    let is_opening = subject.chars().all(|c| c.is_whitespace() || matches!(c, '(' | '['));
    let is_own = is_opening || word_of(subject, &labels.subject).is_some();
    let is_short = subject.split_whitespace().count() <= SUBJECT_WORDS;
    if is_own && is_short { Claim::Original } else { Claim::Said }
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::{Claim, by_label};

    #[test]
    fn a_line_with_two_dates_is_told_apart_by_its_words() {
        for text in
            ["Posted 3 May 2024, updated 4 May 2024", "Updated: 4 May 2024 (first published 3 May 2024)"]
        {
            let labelled = by_label(text);
            assert!(labelled.published.unwrap().contains("3 May"), "{text}");
            assert!(labelled.modified.unwrap().contains("4 May"), "{text}");
            assert_eq!(labelled.claim, Claim::Said, "{text}");
        }
        assert_eq!(by_label("Aktualisiert am 4. Mai 2024").published, None);
        let plain = by_label("4 May 2024");
        assert_eq!((plain.claim, plain.published, plain.modified), (Claim::Unsaid, Some("4 May 2024"), None));
    }

    #[test]
    fn the_first_publication_of_the_story_is_told_from_that_of_what_it_tells_of() {
        let cases = [
            ("Originally published on 3 May 2024", Claim::Original),
            ("This story was first published on 3 May 2024, and has since been updated", Claim::Original),
            ("Dieser Artikel wurde zuerst am 3. Mai 2024 veröffentlicht", Claim::Original),
            ("The novel was originally published on 3 May 1924", Claim::Said),
            ("Submitted 2 May, first published 3 May 2024", Claim::Said),
            ("Published on 3 May 2024", Claim::Said),
        ];
        for (text, claim) in cases {
            assert_eq!(by_label(text).claim, claim, "{text}");
        }
        assert!(by_label(cases[1].0).published.unwrap().contains("3 May"));
    }

    #[test]
    fn a_date_of_something_else_is_none_of_the_page() {
        for text in ["Effective beginning 3/5/2024", "Offer expires May 3, 2024", "Gültig bis 3. Mai 2024"] {
            let labelled = by_label(text);
            assert_eq!((labelled.published, labelled.modified), (None, None), "{text}");
        }
        assert!(by_label("Published May 3, 2024, deadline May 9, 2024").published.is_some());
    }
}
