//! Runs and counts: what summaries and reports are made of.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::figures::Figures;
use super::outcome::Outcome;

/// The name of a run within one state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RunId(pub i64);

/// How often each outcome was met in a run.
pub type Outcomes = BTreeMap<Outcome, u64>;

/// Outcomes as a state keeps them: a JSON object of names.
pub(super) fn outcomes_to_json(outcomes: &Outcomes) -> String {
    let named: BTreeMap<String, u64> =
        outcomes.iter().map(|(outcome, count)| (outcome.name(), *count)).collect();
    serde_json::to_string(&named).expect("text and numbers are always JSON")
}

/// The outcomes that [`outcomes_to_json`] wrote; `None` for what it never writes.
pub(super) fn outcomes_from_json(json: &str) -> Option<Outcomes> {
    let named: BTreeMap<String, u64> = serde_json::from_str(json).ok()?;
    named.into_iter().map(|(name, count)| Some((Outcome::parse(&name)?, count))).collect()
}

/// One run.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// Its name.
    pub id: RunId,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended; `None` for one that was killed or goes on.
    pub ended_at: Option<Timestamp>,
    /// What it did; empty before its end.
    pub outcomes: Outcomes,
    /// What later runs are compared with; nothing for a run that is too long ago, or did not come to its end.
    pub figures: Figures,
}

/// How much there is, and how much is due.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Pages that are known.
    pub pages: u64,
    /// Hosts, or other names of clocks, that are known.
    pub hosts: u64,
    /// Pages that are due now, whether or not their host may be asked now.
    pub due: u64,
    /// Pages that were put off and are not due yet.
    pub deferred: u64,
    /// When the next page that is not due yet will be.
    pub next_due: Option<Timestamp>,
}
