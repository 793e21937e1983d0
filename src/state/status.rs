//! How the work stands, and how what waits is changed by hand: what `pressclip status` and `pressclip queue` are made of.

use jiff::Timestamp;

use super::identity::Digest;
use super::run::{Counts, Outcomes};
use crate::failure::FailureClass;

/// How the work stands.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Status {
    /// Pages: how many there are, and how many are due.
    pub counts: Counts,
    /// Hosts that have due pages and may be asked now, leased ones left out.
    pub ready: u64,
    /// Hosts that have due pages and rest.
    pub resting: u64,
    /// Hosts that are leased to workers.
    pub leased: u64,
    /// The host that has waited longest for somebody to ask it.
    pub overdue: Option<Overdue>,
    /// Those who work on a shared state, in the order in which they came.
    pub workers: Vec<Worker>,
    /// Pages that were visited in the last whole minute.
    pub last_minute: u64,
    /// What came of the visits of the last hour.
    pub last_hour: Outcomes,
    /// Articles that the state itself holds, if it holds any.
    pub articles: Option<u64>,
}

/// A host that waits to be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overdue {
    /// Its name.
    pub host: String,
    /// Since when it might have been asked.
    pub since: Timestamp,
}

/// One who works on a shared state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Worker {
    /// Its name.
    pub name: String,
    /// When it began.
    pub started_at: Timestamp,
    /// When it was last heard of.
    pub seen_at: Timestamp,
    /// Whether it may still have its hosts.
    pub is_alive: bool,
    /// The hosts that it has.
    pub hosts: u64,
    /// Pages that it visited in the last whole minute.
    pub last_minute: u64,
}

/// Which pages are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    /// All of them.
    All,
    /// These pages.
    Pages(Vec<Digest>),
    /// All pages of a host, by the name of its clock.
    Host(String),
    /// Pages whose last visit failed or was put off, with this class or with any.
    Failed(Option<FailureClass>),
}

/// What becomes of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// They are due now.
    Retry,
    /// They are left alone from now on, and stay known.
    Drop,
    /// They are forgotten with all that belongs to them. A source that names one makes it new.
    Purge,
}
