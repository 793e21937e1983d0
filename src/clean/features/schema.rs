//! The schema: every feature with its name and meaning, and the hash by which a model knows it.

use std::sync::LazyLock;

use crate::clean::hash::fnv;

/// Names and meanings, in the order of the numbers.
pub(crate) type Names = Vec<(String, String)>;

/// Every feature: its name, and its meaning with its range.
pub(crate) static NAMES: LazyLock<Names> = LazyLock::new(|| {
    let mut names = Names::new();
    super::block::names(&mut names);
    super::page::names(&mut names);
    super::around::names(&mut names);
    super::form::names(&mut names);
    super::boxes::names(&mut names);
    names
});

/// Features of a block.
pub(crate) fn width() -> usize {
    NAMES.len()
}

/// A hash of all names in their order.
pub(crate) fn hash() -> u64 {
    let joined: Vec<&str> = NAMES.iter().map(|(name, _)| name.as_str()).collect();
    fnv(joined.join("\n").as_bytes())
}
