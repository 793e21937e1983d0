//! What is remembered of sources: when they were asked, the documents they were read from, and what they say about pages.

use jiff::Timestamp;

use crate::fetch::Validators;

/// The most bytes of a content that are kept.
pub const MOST_CONTENT: usize = 256 * 1024;

/// What a source says about a page before that is had.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hints {
    /// The title.
    pub title: Option<String>,
    /// When the story was published.
    pub published: Option<Timestamp>,
}

impl Hints {
    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        self.title.is_none() && self.published.is_none()
    }
}

/// A feed, a sitemap or another document that names pages, as it was last had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// When it was asked for.
    pub asked_at: Timestamp,
    /// What its server said, and is told when it is asked for again.
    pub answer: Validators,
}
