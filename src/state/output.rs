//! Outputs that only grow: how far they are accounted for.

use super::identity::Digest;

/// The part of an output that holds what is recorded, and nothing else. What a killed run wrote after it belongs to pages
/// that are not recorded, and are written again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extent {
    /// The output, by its path below the folder of the outputs.
    pub name: String,
    /// Its length in bytes.
    pub length: u64,
    /// The digest of its last bytes up to `length`: what tells the output from another one that was put in its place.
    pub tail: Digest,
    /// Whether it holds what was replaced by something that stands further on.
    pub is_superseded: bool,
}
