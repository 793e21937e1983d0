//! Where the headline stands: what is near it belongs to the story, what is far may belong to another.

use super::gather::Clues;
use super::text::fold;

/// Places of the headings that may be the headline.
pub(super) struct Anchors(Vec<usize>);

impl Anchors {
    /// The headings that read as the headline; every `<h1>` when none does.
    pub fn new(clues: &Clues<'_>, headline: Option<&str>) -> Self {
        let headline = headline.map(fold).unwrap_or_default();
        let all = || clues.headings.iter().chain(&clues.subheadings);
        let same: Vec<usize> = all()
            .filter(|heading| !headline.is_empty() && fold(&heading.text) == headline)
            .map(|heading| heading.at)
            .collect();
        if same.is_empty() {
            Self(clues.headings.iter().map(|heading| heading.at).collect())
        } else {
            Self(same)
        }
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
