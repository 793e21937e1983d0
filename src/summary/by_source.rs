//! What a source brought, and what became of its pages.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::failure::{Failure, FailureClass};
use crate::state::outcome::Outcome;

/// The counts of one source. A page belongs to the source that named it first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SourceCounts {
    /// Pages that the source named in this run, those that its patterns and bounds leave out not counted.
    pub found: usize,
    /// Pages among them that no source had named before.
    pub unknown: usize,
    /// Articles that were had for the first time.
    pub new: usize,
    /// Articles that were had in another form before.
    pub changed: usize,
    /// Pages that are as they were.
    pub unchanged: usize,
    /// Pages whose story was had from elsewhere.
    pub duplicates: usize,
    /// Stories that are older than was asked for.
    pub older: usize,
    /// Pages that hold no story.
    pub set_aside: usize,
    /// Pages that were put off.
    pub deferred: usize,
    /// Pages that failed, by class.
    pub failed: BTreeMap<FailureClass, usize>,
    /// Why the source itself, or a part of it, could not be asked.
    pub failure: Option<Failure>,
    /// When the source is asked next, where it was not asked in this run.
    pub next_at: Option<Timestamp>,
}

impl SourceCounts {
    /// Counts what a visit to one of its pages came to: its story has this `revision` now.
    pub fn add(&mut self, outcome: Outcome, revision: u32) {
        match outcome {
            Outcome::Written if revision > 1 => self.changed += 1,
            Outcome::Written => self.new += 1,
            Outcome::Unchanged | Outcome::NotModified => self.unchanged += 1,
            Outcome::Duplicate => self.duplicates += 1,
            Outcome::SetAside(kind) if kind.has_story() => self.older += 1,
            Outcome::SetAside(_) => self.set_aside += 1,
            Outcome::Deferred(_) => self.deferred += 1,
            Outcome::Failed(class) => *self.failed.entry(class).or_default() += 1,
        }
    }

    /// Articles that were written.
    pub fn written(&self) -> usize {
        self.new + self.changed
    }
}
