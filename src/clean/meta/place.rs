//! Where the headline stands: what is near it belongs to the story, what is far may belong to another.

use std::collections::HashSet;

use super::gather::{Clues, Heading};
use super::text::fold;

/// Places of the headings that may be the headline.
pub(super) struct Anchors(Vec<usize>);

impl Anchors {
    /// The headings that read as the headline, or those that share the most words with it; every `<h1>` when none
    /// has half of them.
    pub fn new(clues: &Clues<'_>, headline: Option<&str>) -> Self {
        let headline = headline.map(fold).unwrap_or_default();
        let all = || clues.headings.iter().chain(&clues.subheadings);
        let same: Vec<usize> = all()
            .filter(|heading| !headline.is_empty() && fold(&heading.text) == headline)
            .map(|heading| heading.at)
            .collect();
        if !same.is_empty() {
            return Self(same);
        }
        let words: HashSet<&str> = headline.split(' ').filter(|word| !word.is_empty()).collect();
        let shared = |heading: &Heading| {
            fold(&heading.text).split(' ').collect::<HashSet<_>>().intersection(&words).count()
        };
        let shares: Vec<(usize, usize)> = all().map(|heading| (shared(heading), heading.at)).collect();
        let most = shares.iter().map(|(shared, _)| *shared).max().unwrap_or(0);
        if most * 2 >= words.len().max(1) {
            return Self(
                shares.into_iter().filter(|(shared, _)| *shared == most).map(|(_, at)| at).collect(),
            );
        }
        Self(clues.headings.iter().map(|heading| heading.at).collect())
    }

    /// Texts between a place and the headline; what comes before it is counted twice, since bylines and dates
    /// mostly follow.
    pub fn distance(&self, at: usize) -> usize {
        self.0
            .iter()
            .map(|&anchor| if at >= anchor { at - anchor } else { 2 * (anchor - at) })
            .min()
            .unwrap_or(at)
    }
}
