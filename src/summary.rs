//! The summary: what became of every candidate, and the exit code that follows.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use crate::article::PageKind;
use crate::failure::{Failure, FailureClass};
use crate::write::inert::inert;

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

/// Counts of a run, and every failure.
#[derive(Debug, Default)]
pub struct Summary {
    /// Candidates that were taken up.
    pub found: usize,
    /// Articles that were had.
    pub articles: usize,
    /// Pages that led to an article that another page had led to.
    pub repeated: usize,
    /// Pages that hold no story, by what they are; no failures.
    pub set_aside: BTreeMap<PageKind, usize>,
    /// Failures by class: what was wanted, and what went wrong.
    pub failed: BTreeMap<FailureClass, Vec<(String, String)>>,
    /// The exit code for the signal that stopped the run before its end.
    pub interrupted: Option<u8>,
}

impl Summary {
    /// Counts one article.
    pub fn add_article(&mut self) {
        self.articles += 1;
    }

    /// Counts one page that holds no story.
    pub fn add_set_aside(&mut self, kind: PageKind) {
        *self.set_aside.entry(kind).or_default() += 1;
    }

    /// Notes one failure.
    pub fn add_failure(&mut self, source: &str, failure: &Failure) {
        self.failed.entry(failure.class).or_default().push((source.to_owned(), failure.message.clone()));
    }

    /// How many pages failed.
    pub fn failures(&self) -> usize {
        self.failed.values().map(Vec::len).sum()
    }

    /// How many candidates have an outcome.
    pub fn done(&self) -> usize {
        self.articles + self.repeated + self.set_aside.values().sum::<usize>() + self.failures()
    }

    /// The exit code that the counts call for.
    pub fn exit_code(&self) -> u8 {
        match (self.interrupted, self.failures()) {
            (Some(code), _) => code,
            (None, 0) => DONE,
            (None, failures) if failures == self.done() => ALL_FAILED,
            (None, _) => SOME_FAILED,
        }
    }

    /// The summary for a person: each failure on a line, by class, then the counts.
    pub fn render(&self, took: Duration) -> String {
        let mut text = String::new();
        for (class, pages) in &self.failed {
            let _ = writeln!(text, "{class} ({})", pages.len());
            for (source, message) in pages {
                let _ = writeln!(text, "  {}: {}", inert(source), inert(message));
            }
        }
        if !self.set_aside.is_empty() {
            let kinds = self.set_aside.iter().map(|(kind, count)| format!("{count} {}", kind.name()));
            let _ = writeln!(text, "set aside: {}", kinds.collect::<Vec<_>>().join(", "));
        }
        let rate = self.done() as f64 / took.as_secs_f64().max(0.001);
        let _ = write!(text, "{} articles, {} failed", self.articles, self.failures());
        if self.repeated > 0 {
            let _ = write!(text, ", {} repeated", self.repeated);
        }
        if self.interrupted.is_some() {
            let _ = write!(text, ", {} not reached (interrupted)", self.found - self.done().min(self.found));
        }
        let _ = writeln!(text, " in {:.1} s ({rate:.0} pages/s)", took.as_secs_f64());
        text
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
    fn pages_that_are_set_aside_are_counted_by_kind_and_are_no_failures() {
        let mut summary = Summary { found: 4, ..Summary::default() };
        for kind in [PageKind::Consent, PageKind::Index, PageKind::Index] {
            summary.add_set_aside(kind);
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
