//! What a run is about, where that is not all that is due.

use super::identity::Digest;

/// A part of the pages of a state.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scope {
    /// The names of sources: what they found first belongs to it.
    pub sources: Vec<String>,
    /// Further pages, by their identities, whoever found them first.
    pub pages: Vec<Digest>,
}
