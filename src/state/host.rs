//! Hosts: whose turn it is, and what their pages share.

use std::time::Duration;

use jiff::Timestamp;

use super::page::Page;
use crate::fetch::{HostFacts, RobotsText};

/// The right to ask one host, given by [`State::claim`](super::State::claim) and given back by
/// [`State::release`](super::State::release). No other claim has the host meanwhile. A lease of an earlier run, or one that
/// was given back, can record nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Lease {
    /// The host.
    pub(super) host: i64,
    /// Which of the leases on this host: larger than those of all earlier ones.
    pub(super) epoch: i64,
}

/// When a host may be asked, and how often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clock {
    /// Not before this time.
    pub next_at: Timestamp,
    /// The pause that the host asks for or has shown to need; `None` for the one in the config.
    pub delay: Option<Duration>,
}

impl Default for Clock {
    /// The clock of a host that was never asked.
    fn default() -> Self {
        Self { next_at: Timestamp::UNIX_EPOCH, delay: None }
    }
}

impl Clock {
    /// The clock of a host of which these `facts` are known now.
    pub fn of(facts: &HostFacts, now: Timestamp) -> Self {
        Self { next_at: facts.next_at.unwrap_or(now), delay: facts.delay }
    }
}

/// A pause in milliseconds, as a state keeps it, rounded up: it is never shorter than what was asked for.
pub(super) fn pause(delay: Duration) -> i64 {
    i64::try_from(delay.as_nanos().div_ceil(1_000_000)).unwrap_or(i64::MAX)
}

/// A robots.txt, as it was had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Robots {
    /// Its text; empty for a host that has none.
    pub text: String,
    /// When it was had.
    pub fetched_at: Timestamp,
}

impl From<RobotsText> for Robots {
    fn from(RobotsText { text, fetched_at }: RobotsText) -> Self {
        Self { text, fetched_at }
    }
}

impl From<Robots> for RobotsText {
    fn from(Robots { text, fetched_at }: Robots) -> Self {
        Self { text, fetched_at }
    }
}

/// Which work a claim asks for.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// The time now: hosts whose clock says later are left alone.
    pub now: Timestamp,
    /// Pages that are due later than this are left alone. A run that must end passes its own start, so that it doesn't
    /// meet a page again whose revisit comes due while it goes on; one that goes on for ever passes `now`.
    pub due_by: Timestamp,
    /// The most hosts.
    pub hosts: usize,
    /// The most pages of each of them.
    pub pages_a_host: usize,
}

/// A host that may be asked now, and its next pages.
#[derive(Debug, Clone, PartialEq)]
pub struct Claim {
    /// The right to ask it.
    pub lease: Lease,
    /// Its name, as [`NewPage::host`](super::page::NewPage::host) gave it.
    pub host: String,
    /// Its clock.
    pub clock: Clock,
    /// Its due pages, in the order in which they are to be asked for; never empty.
    pub pages: Vec<Page>,
}
