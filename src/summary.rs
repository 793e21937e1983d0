//! The summary: what became of every candidate, and the exit code that follows. `text`, `json` and `metrics` tell it to
//! people and to programs.

pub mod again;
mod by_source;
pub mod findings;
mod json;
mod metrics;
mod text;
pub mod tolerance;

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use crate::article::PageKind;
use crate::failure::{Failure, FailureClass};
use crate::fetch::Latency;
use crate::source::archive::PassedOver;
use crate::state::outcome::Outcome;
use crate::state::run::Counts;

pub use by_source::SourceCounts;

use again::Again;
use findings::Findings;
use tolerance::Tolerance;

/// Everything went well, or there was nothing to do.
pub const DONE: u8 = 0;
/// The run could not begin or could not write.
pub const COULD_NOT_RUN: u8 = 1;
/// The arguments or the configuration are wrong.
pub const USAGE: u8 = 2;
/// Some pages failed.
pub const SOME_FAILED: u8 = 3;
/// All pages failed.
pub const ALL_FAILED: u8 = 4;
/// Another run writes to the same folder (EX_TEMPFAIL of sysexits.h).
pub const BUSY: u8 = 75;
/// Interrupted by the terminal (128 + SIGINT).
pub const INTERRUPTED: u8 = 130;
/// Ended by the system (128 + SIGTERM).
pub const TERMINATED: u8 = 143;

/// Failures of one class that are named; the others are only counted.
const MOST_NAMED: usize = 1000;

/// Counts of a run, and the failures.
#[derive(Debug, Default)]
pub struct Summary {
    /// Pages that were to be looked at.
    pub found: usize,
    /// Articles that were had for the first time, or by a command that remembers nothing.
    pub new: usize,
    /// Articles that were had in another form before.
    pub changed: usize,
    /// Pages that are as they were.
    pub unchanged: usize,
    /// Pages whose story was had from elsewhere.
    pub duplicates: usize,
    /// Stories that are older than was asked for.
    pub older: usize,
    /// Pages that hold no story, by what they are; no failures.
    pub set_aside: BTreeMap<PageKind, usize>,
    /// Pages that were put off, by the reason; no failures either.
    pub deferred: BTreeMap<FailureClass, usize>,
    /// Failures by class.
    pub failed: BTreeMap<FailureClass, Failures>,
    /// Records of archives that are no pages, or none that can be had, by the reason; no failures.
    pub passed_over: PassedOver,
    /// Why the run ended early: nothing could be written any more.
    pub stuck: Option<Failure>,
    /// The exit code for the signal that stopped the run before its end.
    pub interrupted: Option<u8>,
    /// What the state holds at the end of a run.
    pub counts: Option<Counts>,
    /// What became of the pages of each source, by its name. Pages whose source is not known, because an earlier version
    /// found them, are under the empty name.
    pub by_source: BTreeMap<String, SourceCounts>,
    /// How long hosts took to answer, the slowest first.
    pub hosts: Vec<Latency>,
    /// What failed, as a list, where one is wanted.
    pub again: Option<Again>,
    /// What the pages were like that were had.
    pub findings: Findings,
    /// The failures that are taken as a success.
    pub tolerance: Option<Tolerance>,
}

/// When the work of a summary was done.
#[derive(Debug, Clone, Copy)]
pub struct Span {
    /// When it began.
    pub started_at: Timestamp,
    /// How long it took.
    pub took: Duration,
}

/// The failures of one class.
#[derive(Debug, Default)]
pub struct Failures {
    /// How many there are.
    pub count: usize,
    /// What was wanted, and what went wrong, for the first of them.
    pub named: Vec<(String, String)>,
}

impl Summary {
    /// Counts one article.
    pub fn add_article(&mut self) {
        self.new += 1;
    }

    /// Notes one failure.
    pub fn add_failure(&mut self, source: &str, failure: &Failure) {
        let failures = self.failed.entry(failure.class).or_default();
        failures.count += 1;
        if failures.named.len() < MOST_NAMED {
            failures.named.push((source.to_owned(), failure.message.clone()));
        }
    }

    /// Counts what a visit to the page `source` came to: its story has this `revision` now.
    pub fn add(&mut self, source: &str, outcome: Outcome, revision: u32, failure: Option<Failure>) {
        match outcome {
            Outcome::Written if revision > 1 => self.changed += 1,
            Outcome::Written => self.new += 1,
            Outcome::Unchanged | Outcome::NotModified => self.unchanged += 1,
            Outcome::Duplicate => self.duplicates += 1,
            Outcome::SetAside(kind) if kind.has_story() => self.older += 1,
            Outcome::SetAside(kind) => *self.set_aside.entry(kind).or_default() += 1,
            Outcome::Deferred(class) => *self.deferred.entry(class).or_default() += 1,
            Outcome::Failed(class) => {
                self.add_failure(source, &failure.unwrap_or_else(|| Failure::new(class, class.name())));
            }
        }
    }

    /// Counts what was passed over in archives.
    pub fn pass_over(&mut self, counts: &PassedOver) {
        for (reason, count) in counts {
            *self.passed_over.entry(reason).or_default() += count;
        }
    }

    /// Articles that were had.
    pub fn articles(&self) -> usize {
        self.new + self.changed
    }

    /// How many pages failed.
    pub fn failures(&self) -> usize {
        self.failed.values().map(|failures| failures.count).sum()
    }

    /// How many pages were looked at with success.
    fn successes(&self) -> usize {
        self.articles()
            + self.unchanged
            + self.duplicates
            + self.older
            + self.set_aside.values().sum::<usize>()
    }

    /// How many pages were put off.
    pub fn put_off(&self) -> usize {
        self.deferred.values().sum()
    }

    /// How many pages have an outcome.
    pub fn done(&self) -> usize {
        self.successes() + self.put_off() + self.failures()
    }

    /// Pages that were to be looked at and have no outcome.
    fn not_reached(&self) -> usize {
        self.found.saturating_sub(self.done())
    }

    /// The exit code that the counts call for. Pages that were put off count as failed only where nothing else was had.
    pub fn exit_code(&self) -> u8 {
        let is_nothing_had = self.successes() == 0 && self.done() > 0;
        let failed = if is_nothing_had { self.done() } else { self.failures() };
        let is_tolerated = self.tolerance.is_some_and(|tolerance| tolerance.allows(failed, self.done()));
        if let Some(code) = self.interrupted {
            code
        } else if self.stuck.is_some() {
            COULD_NOT_RUN
        } else if failed == 0 || is_tolerated {
            DONE
        } else if is_nothing_had {
            ALL_FAILED
        } else {
            SOME_FAILED
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exit_code_tells_none_some_and_all_failed_apart() {
        let failure = Failure::new(FailureClass::Http4xx, "`http://a.example/` answers 404");
        let mut summary = Summary::default();
        assert_eq!(summary.exit_code(), DONE);
        summary.add_failure("http://a.example/", &failure);
        assert_eq!(summary.exit_code(), ALL_FAILED);
        summary.add_article();
        assert_eq!(summary.exit_code(), SOME_FAILED);
        summary.interrupted = Some(INTERRUPTED);
        assert_eq!(summary.exit_code(), INTERRUPTED);
    }

    #[test]
    fn pages_that_were_put_off_are_failures_only_where_nothing_else_was_had() {
        let mut summary = Summary::default();
        summary.add("http://a.example/", Outcome::Deferred(FailureClass::RateLimited), 1, None);
        assert_eq!(summary.exit_code(), ALL_FAILED);
        summary.add("http://b.example/", Outcome::NotModified, 3, None);
        assert_eq!(summary.exit_code(), DONE);
        let text = summary.render(Duration::from_secs(1));
        assert!(
            text.starts_with("deferred: 1 rate_limited\n0 articles, 0 failed, 1 unchanged, 1 deferred in "),
            "{text}"
        );
    }

    #[test]
    fn new_changed_and_older_stories_and_duplicates_are_told_apart() {
        let mut summary = Summary::default();
        for (outcome, revision) in [
            (Outcome::Written, 1),
            (Outcome::Written, 2),
            (Outcome::Unchanged, 2),
            (Outcome::Duplicate, 1),
            (Outcome::SetAside(PageKind::Article), 1),
        ] {
            summary.add("http://a.example/", outcome, revision, None);
        }
        let text = summary.render(Duration::from_secs(1));
        let expected = "2 articles (1 new, 1 changed), 0 failed, 1 unchanged, 1 duplicates, 1 older in ";
        assert!(text.starts_with(expected), "{text}");
        summary.stuck = Some(Failure::new(FailureClass::DiskFull, "no space"));
        assert_eq!(summary.exit_code(), COULD_NOT_RUN);
    }

    #[test]
    fn pages_that_are_set_aside_are_counted_by_kind_and_are_no_failures() {
        let mut summary = Summary { found: 4, ..Summary::default() };
        for kind in [PageKind::Consent, PageKind::Index, PageKind::Index] {
            summary.add("http://a.example/", Outcome::SetAside(kind), 1, None);
        }
        assert_eq!((summary.exit_code(), summary.done()), (DONE, 3));
        let text = summary.render(Duration::from_secs(1));
        assert!(text.starts_with("set aside: 2 index, 1 consent\n0 articles, 0 failed in "), "{text}");
        summary.add_failure("http://a.example/", &Failure::new(FailureClass::Dns, "no address"));
        assert_eq!(summary.exit_code(), SOME_FAILED);
    }

    #[test]
    fn a_page_that_failed_is_named_with_its_class_and_cannot_act_on_the_terminal() {
        let mut summary = Summary { found: 1, ..Summary::default() };
        summary
            .add_failure("http://a.example/\u{1b}]0;x\u{7}", &Failure::new(FailureClass::Dns, "no address"));
        let text = summary.render(Duration::from_secs(1));
        assert!(
            text.starts_with("dns (1)\n") && text.contains("no address") && !text.contains('\u{1b}'),
            "{text}"
        );
    }
}
