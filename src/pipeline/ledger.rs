//! What becomes of visits: first the outputs, made durable, then the state.
//!
//! A batch of visits is written file by file, then its lines are appended in one piece, then its pages are recorded with the
//! length of that file in one transaction. What a visit comes to is decided in `judge`. A run that is killed on the way has written what it has not recorded: those
//! pages are visited again, their files replaced and their lines cut off first (`write/lines.rs`).

mod judge;
mod recovery;
mod writing;

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use super::crew::{Done, Visited};
use super::pictures::Picture;
use super::{Brought, Workshop};
use crate::config::Config;
use crate::failure::{Failure, FailureClass};
use crate::state::host::{Clock, Lease, Robots};
use crate::state::outcome::Outcome;
use crate::state::output::Extent;
use crate::state::page::{Page, Visit};
use crate::state::run::Outcomes;
use crate::state::{Record, State, StateError};
use crate::summary::Summary;
use crate::write::outputs::Outputs;
use crate::write::warc::Capture;

/// Visits of a batch.
const BATCH: usize = 128;

/// Bytes of records of pages with which a batch is full, however few they are: a bound for memory.
const MOST_BYTES: usize = 32 * 1024 * 1024;

/// The longest time that a visit waits for its batch.
const LONGEST_WAIT: Duration = Duration::from_millis(500);

/// The longest time that a host which may have more pages waits to be given back.
const LONGEST_WAIT_OF_A_HOST: Duration = Duration::from_millis(50);

/// The visits of a run, until they are recorded.
#[derive(Debug)]
pub struct Ledger<'c> {
    config: &'c Config,
    shop: Workshop,
    began: Timestamp,
    since: Option<Timestamp>,
    in_full: bool,
    outputs: Outputs<'c>,
    records: Vec<Record>,
    entries: Vec<Entry>,
    leases: Vec<Lease>,
    robots: Vec<(String, Robots)>,
    /// When the first of all that has come since the last flush.
    first_at: Option<Instant>,
    failures_in_a_row: usize,
    outcomes: Outcomes,
    summary: Summary,
}

/// What belongs to the record at the same place.
#[derive(Debug)]
struct Entry {
    /// The page as it was, in case that its article can't be written.
    before: Page,
    outcome: Outcome,
    /// The pictures that are put beside the article.
    pictures: Vec<Picture>,
    /// The record of the page, if its article is written and pages are archived.
    capture: Option<Capture>,
    failure: Option<Failure>,
}

impl<'c> Ledger<'c> {
    /// An empty ledger for a run of `shop` that began at the given time, writes to `outputs` and counts in `summary`. Stories
    /// published before `since` are set aside; when pages are had `in_full`, known articles are written again.
    pub fn new(
        config: &'c Config,
        (shop, began): (Workshop, Timestamp),
        outputs: Outputs<'c>,
        summary: Summary,
        since: Option<Timestamp>,
        in_full: bool,
    ) -> Self {
        Self {
            config,
            shop,
            began,
            since,
            in_full,
            outputs,
            records: Vec::new(),
            entries: Vec::new(),
            leases: Vec::new(),
            robots: Vec::new(),
            first_at: None,
            failures_in_a_row: 0,
            outcomes: Outcomes::new(),
            summary,
        }
    }

    /// Notes how many visits are to be expected.
    pub fn expect(&mut self, visits: usize) {
        self.summary.found = visits.saturating_add(self.summary.done());
    }

    /// Enters a visit.
    ///
    /// # Errors
    /// When the state can't be read.
    pub fn enter(&mut self, state: &mut dyn State, visited: Visited) -> Result<(), StateError> {
        let Visited { lease, page, brought, at, clock } = visited;
        let visit = Visit { at, outcome: Outcome::NotModified, not_before: None, answer: None, story: None };
        let mut failure = None;
        let mut article = None;
        let (mut pictures, mut capture) = (Vec::new(), None);
        let visit = match self.told_again(state, &page, brought)? {
            Brought::Page(mut had) => {
                let impression = std::mem::take(&mut had.impression);
                self.summary.findings.enter(&page.url, &had.article, impression);
                pictures = std::mem::take(&mut had.pictures);
                let captured = had.capture.take();
                let (judged, written) = self.judge(state, &page, *had, visit)?;
                article = written;
                capture = captured.filter(|_| article.is_some());
                let stem = judged.story.as_ref().and_then(|story| story.written_to.as_deref());
                if let (Some(article), Some(stem)) = (&mut article, stem) {
                    pictures.iter().for_each(|picture| picture.name_in(article, stem));
                }
                judged
            }
            Brought::NotModified => Visit { outcome: judge::as_it_was(&page), ..visit },
            Brought::Nothing(refusal) => {
                let class = refusal.failure.class;
                let not_before = refusal.not_before;
                let outcome = not_before.map_or(Outcome::Failed(class), |_| Outcome::Deferred(class));
                failure = Some(refusal.failure);
                Visit { outcome, not_before, ..visit }
            }
        };
        let outcome = visit.outcome;
        let after = page.after(visit, self.revisit(&page));
        self.records.push(Record { lease, page: after, clock, article });
        self.entries.push(Entry { before: page, outcome, pictures, capture, failure });
        self.touch();
        Ok(())
    }

    /// Enters that a claim is worked off: the host is given back when its pages are recorded.
    pub fn finish(&mut self, done: Done) {
        self.leases.push(done.lease);
        self.robots.extend(done.robots);
        self.touch();
    }

    fn touch(&mut self) {
        self.first_at.get_or_insert_with(Instant::now);
    }

    /// Whether a batch has come together.
    pub fn is_full(&self) -> bool {
        let captures = self.entries.iter().filter_map(|entry| entry.capture.as_ref());
        self.records.len() >= BATCH || captures.map(Capture::size).sum::<usize>() >= MOST_BYTES
    }

    /// Whether everything that has come is recorded.
    pub fn is_clear(&self) -> bool {
        self.first_at.is_none()
    }

    /// When the batch is to be recorded.
    pub fn flush_by(&self) -> Option<Instant> {
        let wait = match (self.is_full(), self.leases.is_empty()) {
            (false, true) => LONGEST_WAIT,
            (false, false) => LONGEST_WAIT_OF_A_HOST,
            (true, _) => Duration::ZERO,
        };
        self.first_at.map(|at| at + wait)
    }

    /// Whether the outputs take no more: they can't be written, or nobody reads them.
    pub fn is_stuck(&self) -> bool {
        self.summary.stuck.is_some() || self.outputs.is_closed()
    }

    /// What was counted so far.
    pub fn summary(&self) -> &Summary {
        &self.summary
    }

    /// Writes the articles of the batch, then records its pages and gives their hosts back.
    ///
    /// # Errors
    /// When the state can't be written for another reason than a full disk; the pages of the batch are then as they were.
    pub fn flush(&mut self, state: &mut dyn State) -> Result<(), StateError> {
        self.first_at = None;
        self.turn_over(state)?;
        self.write_and_record(state)?;
        self.note_guests(state)?;
        match state.set_robots(&self.robots) {
            // They are had again.
            Ok(()) | Err(StateError::Full(_)) => self.robots.clear(),
            Err(error) => return Err(error),
        }
        state.release(&self.leases)?;
        self.leases.clear();
        for (record, entry) in self.records.drain(..).zip(self.entries.drain(..)) {
            *self.outcomes.entry(entry.outcome).or_default() += 1;
            let revision = record.page.story.as_ref().map_or(1, |story| story.revision);
            let found_by = record.page.found_by.clone().unwrap_or_default();
            self.summary.by_source.entry(found_by).or_default().add(entry.outcome, revision);
            if let (Some(again), Outcome::Failed(_), Some(failure)) =
                (&mut self.summary.again, entry.outcome, &entry.failure)
            {
                again.add(&record.page.url, record.page.name.as_deref(), failure);
            }
            self.summary.add(record.page.source(), entry.outcome, revision, entry.failure);
        }
        Ok(())
    }

    /// Remembers what is known of the hosts that redirects have led to.
    fn note_guests(&mut self, state: &mut dyn State) -> Result<(), StateError> {
        let client = self.shop.client();
        let mut clocks = Vec::new();
        for url in client.take_guests() {
            let facts = client.facts(&url);
            clocks.push((client.clock_name(&url), Clock::of(&facts, Timestamp::now())));
            let origin = url.origin().ascii_serialization();
            self.robots.extend(facts.robots.map(|robots| (origin, robots.into())));
        }
        if clocks.is_empty() {
            return Ok(());
        }
        match state.set_guests(&clocks) {
            Ok(()) | Err(StateError::Full(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Writes the articles of the batch and records its pages, without those whose lease is lost.
    fn write_and_record(&mut self, state: &mut dyn State) -> Result<(), StateError> {
        let recorded = self.outputs.extents();
        loop {
            self.write();
            match state.record(&self.records, &self.outputs.extents()) {
                Ok(refused) if refused.is_empty() => return Ok(()),
                Ok(refused) => {
                    tracing::warn!(
                        "{} pages were visited in vain: others have their hosts now",
                        refused.len()
                    );
                    self.outputs.roll_back(&recorded);
                    self.leave_out(|record| refused.contains(&record.page.id));
                }
                Err(StateError::Full(error)) => {
                    self.outputs.roll_back(&recorded);
                    let message = format!("no space left for the state: {error}; free some and run again");
                    let failure = Failure::new(FailureClass::DiskFull, message);
                    self.summary.stuck = Some(failure.clone());
                    for entry in &mut self.entries {
                        entry.outcome = Outcome::Failed(FailureClass::DiskFull);
                        entry.failure = Some(failure.clone());
                    }
                    return Ok(());
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Leaves pages of the batch as they were.
    fn leave_out(&mut self, is_out: impl Fn(&Record) -> bool) {
        let all = self.records.drain(..).zip(self.entries.drain(..));
        (self.records, self.entries) = all.filter(|(record, _)| !is_out(record)).unzip();
    }

    /// Records the last batch, takes out the lines that were superseded, and gives what was counted.
    ///
    /// # Errors
    /// As for [`Ledger::flush`].
    pub fn close(mut self, state: &mut dyn State) -> Result<(Summary, Outcomes), StateError> {
        self.flush(state)?;
        if self.summary.interrupted.is_none() && !self.is_stuck() {
            let before = self.outputs.extents();
            let finished = self.outputs.finish();
            self.account(state, &before, finished)?;
        }
        self.outputs.close();
        Ok((self.summary, self.outcomes))
    }

    /// Closes outputs whose time has come, before anything more is put into them.
    fn turn_over(&mut self, state: &mut dyn State) -> Result<(), StateError> {
        if self.records.iter().all(|record| record.article.is_none()) {
            return Ok(());
        }
        let before = self.outputs.extents();
        let turned = self.outputs.turn_over(Timestamp::now());
        self.account(state, &before, turned)
    }

    /// Records what has become of outputs that held what is recorded, and nothing else. What was not done is done later.
    fn account(
        &self,
        state: &mut dyn State,
        before: &[Extent],
        done: Result<(), Failure>,
    ) -> Result<(), StateError> {
        if let Err(failure) = done {
            tracing::warn!("{failure}");
        }
        let extents = self.outputs.extents();
        if extents == before {
            return Ok(());
        }
        match state.record(&[], &extents) {
            // What comes next can't be recorded either, and says so.
            Ok(_) | Err(StateError::Full(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Notes the signal by which the run was ended.
    pub fn interrupt(&mut self, code: Option<u8>) {
        self.summary.interrupted = code;
    }
}
