//! The schema: every feature with its name and meaning, and the hash by which a model knows it.

use std::sync::LazyLock;

use super::page::fnv;

/// Names and meanings, in the order of the numbers.
pub(crate) type Names = Vec<(String, String)>;

/// Features of the second pass, which come after the others.
pub(crate) static CONTEXT_NAMES: LazyLock<Names> = LazyLock::new(|| {
    let mut names = Names::new();
    super::context::names(&mut names);
    names
});

/// Every feature of the first pass: its name, and its meaning with its range.
pub(crate) static NAMES: LazyLock<Names> = LazyLock::new(|| {
    let mut names = Names::new();
    super::block::names(&mut names);
    super::page::names(&mut names);
    super::around::names(&mut names);
    super::boxes::names(&mut names);
    names
});

/// Features of a block in the first pass.
pub(crate) fn width() -> usize {
    NAMES.len()
}

/// A hash of all names in their order.
pub(crate) fn hash() -> u64 {
    let joined: Vec<&str> = NAMES.iter().chain(CONTEXT_NAMES.iter()).map(|(name, _)| name.as_str()).collect();
    fnv(joined.join("\n").as_bytes())
}
