//! The state in SQLite: one file for one machine.
//!
//! Leases live in memory, since one process has the file at a time (the caller holds the lock of the run): they end with the
//! process however that ends, and a claim writes nothing. Every statement that runs for a page or a host goes through an
//! index, which a test proves from SQLite's own plan.

mod addition;
mod claims;
mod error;
mod open;
mod queue;
mod row;
mod statements;

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior, params};

use super::duplicate::{Fingerprint, Known};
use super::figures::{Figures, MOST_RUNS};
use super::host::{Claim, Clock, Lease, Robots, Wanted, pause};
use super::identity::Digest;
use super::output::Extent;
use super::page::{NewPage, Page, PageId};
use super::run::{Counts, Outcomes, Run, RunId, outcomes_from_json, outcomes_to_json};
use super::scope::Scope;
use super::source::Document;
use super::status::{Change, Selection, Status};
use super::{Added, Record, State, StateError};
use crate::fetch::Validators;
use error::odd;
use row::{clock, milliseconds, time, time_if_any};
use statements::*;

/// Pages that share a body, a canonical URL or one band with a story, and are compared with it. More have something in common
/// that tells nothing, such as a notice in place of the story.
const MOST_ALIKE: i64 = 100;

/// A state in SQLite.
#[derive(Debug)]
pub struct Sqlite {
    db: Connection,
    path: PathBuf,
    /// The hosts that are leased, with the epoch of each lease.
    leases: HashMap<i64, i64>,
    /// The epoch of the last lease.
    epoch: i64,
    /// The only hosts and pages that are claimed, where not all are.
    scope: Option<claims::Within>,
}

/// A state that was opened.
#[derive(Debug)]
pub struct Opened {
    /// The state.
    pub state: Sqlite,
    /// Where a damaged state was moved in whose place a new one was begun. The caller tells the user, and may fill the new
    /// one from the outputs.
    pub damaged: Option<PathBuf>,
}

/// Opens the state at `path`, or begins one. Blocks for at most half a second, also with a million pages: a large file is
/// checked in part, and damage that this misses comes as [`StateError::Damaged`] from the call that meets it.
///
/// # Errors
/// A file that can't be opened or made, that is something else's, or a newer pressclip's.
pub fn open(path: &Path) -> Result<Opened, StateError> {
    let (db, damaged) = open::open(path)?;
    let state = Sqlite { db, path: path.to_owned(), leases: HashMap::new(), epoch: 0, scope: None };
    Ok(Opened { state, damaged })
}

/// What [`inspect`] sees of a state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inspected {
    /// Pages that are known.
    pub pages: u64,
    /// Pages that are due.
    pub due: u64,
    /// When the last run began.
    pub last_run: Option<Timestamp>,
}

/// Looks at the state at `path`, if there is one, without changing anything, as [`open()`] would.
///
/// # Errors
/// Those of [`open()`], and a state that is damaged.
pub fn inspect(path: &Path) -> Result<Option<Inspected>, StateError> {
    if !path.exists() {
        return Ok(None);
    }
    let db = open::look(path)?;
    let inspected = db.query_row(INSPECT, [milliseconds(Timestamp::now())], |row| {
        let count = |column| row.get::<_, u32>(column).map(u64::from);
        Ok(Inspected { pages: count(0)?, due: count(1)?, last_run: time_if_any(row, 2)? })
    });
    Ok(Some(inspected?))
}

impl Sqlite {
    /// Moves the file aside after [`StateError::Damaged`] and gives its new place; the next [`open()`] begins anew.
    ///
    /// # Errors
    /// A file that can't be moved.
    pub fn abandon(self) -> Result<PathBuf, StateError> {
        drop(self.db);
        open::move_aside(&self.path)
    }
}

impl State for Sqlite {
    fn add(&mut self, pages: &[NewPage], now: Timestamp) -> Result<Added, StateError> {
        addition::add(&mut self.db, pages, now)
    }

    fn refetch(&mut self, pages: &[Digest]) -> Result<usize, StateError> {
        let transaction = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut known = 0;
        for page in pages {
            let host: Option<i64> =
                transaction.prepare_cached(REFETCH)?.query_row([page.0], |row| row.get(0)).optional()?;
            if let Some(host) = host {
                known += 1;
                transaction.prepare_cached(HOST_IS_DUE)?.execute([host])?;
            }
        }
        transaction.commit()?;
        Ok(known)
    }

    fn restrict(&mut self, scope: &Scope, now: Timestamp) -> Result<u64, StateError> {
        self.restrict_claims(scope, now)
    }

    fn claim(&mut self, wanted: &Wanted) -> Result<Vec<Claim>, StateError> {
        self.claim_hosts(wanted)
    }

    fn next_ready(&mut self, due_by: Timestamp) -> Result<Option<Timestamp>, StateError> {
        self.first_ready(due_by)
    }

    fn record(&mut self, records: &[Record], extents: &[Extent]) -> Result<Vec<PageId>, StateError> {
        let transaction = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut refused = Vec::new();
        let mut clocks = BTreeMap::new();
        for Record { lease, page, clock, .. } in records {
            let is_leased = self.leases.get(&lease.host) == Some(&lease.epoch);
            if is_leased && row::update(&transaction, lease.host, page)? {
                clocks.insert(lease.host, clock);
            } else {
                refused.push(page.id);
            }
        }
        if !refused.is_empty() {
            return Ok(refused);
        }
        for (host, clock) in clocks {
            let values = params![host, milliseconds(clock.next_at), clock.delay.map(pause)];
            transaction.prepare_cached(UPDATE_HOST)?.execute(values)?;
        }
        for Extent { name, length, tail, is_superseded } in extents {
            let length = i64::try_from(*length).unwrap_or(i64::MAX);
            transaction.prepare_cached(SET_EXTENT)?.execute(params![name, length, tail.0, is_superseded])?;
        }
        transaction.commit()?;
        Ok(refused)
    }

    fn extent(&mut self, name: &str) -> Result<Option<Extent>, StateError> {
        let extent = |row: &Row<'_>| {
            let length = row.get::<_, i64>(0)?;
            Ok(Extent {
                name: name.to_owned(),
                length: u64::try_from(length).map_err(|error| odd(0, error))?,
                tail: Digest(row.get(1)?),
                is_superseded: row.get(2)?,
            })
        };
        Ok(self.db.prepare_cached(EXTENT)?.query_row([name], extent).optional()?)
    }

    fn release(&mut self, leases: &[Lease]) -> Result<(), StateError> {
        for lease in leases {
            if self.leases.get(&lease.host) == Some(&lease.epoch) {
                self.leases.remove(&lease.host);
            }
        }
        Ok(())
    }

    fn page(&mut self, key: Digest) -> Result<Option<Page>, StateError> {
        Ok(self.db.prepare_cached(PAGE_BY_KEY)?.query_row([key.0], row::page).optional()?)
    }

    fn source(&mut self, page: PageId) -> Result<Option<String>, StateError> {
        Ok(self.db.prepare_cached(SOURCE_OF_PAGE)?.query_row([page.0], |row| row.get(0)).optional()?)
    }

    fn stories_like(&mut self, story: &Known) -> Result<Vec<Known>, StateError> {
        let mut found = BTreeMap::new();
        // In one transaction the file is locked once and not for each of the statements.
        let transaction = self.db.transaction()?;
        for (statement, key) in [(SAME_BODY, story.body), (SAME_CANONICAL, story.canonical)] {
            let mut select = transaction.prepare_cached(statement)?;
            for known in select.query_map(params![key.0, story.page.0, MOST_ALIKE], row::known)? {
                let known = known?;
                found.insert(known.page, known);
            }
        }
        for band in story.fingerprint.iter().flat_map(Fingerprint::bands) {
            let mut select = transaction.prepare_cached(SAME_BAND)?;
            for known in select.query_map(params![band, story.page.0, MOST_ALIKE], row::known)? {
                let known = known?;
                found.insert(known.page, known);
            }
        }
        Ok(found.into_values().collect())
    }

    fn content(&mut self, page: PageId) -> Result<Option<String>, StateError> {
        let content = self.db.prepare_cached(CONTENT)?.query_row([page.0], |row| row.get(0)).optional()?;
        Ok(content.flatten())
    }

    fn asked_at(&mut self, source: &str) -> Result<Option<Timestamp>, StateError> {
        let mut select = self.db.prepare_cached(ASKED_AT)?;
        Ok(select.query_row([source], |row| time_if_any(row, 0)).optional()?.flatten())
    }

    fn document(&mut self, key: Digest) -> Result<Option<Document>, StateError> {
        Ok(self.db.prepare_cached(DOCUMENT)?.query_row([key.0], row::document).optional()?)
    }

    fn set_asked(
        &mut self,
        sources: &[(String, Timestamp)],
        documents: &[(Digest, Document)],
    ) -> Result<(), StateError> {
        let transaction = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for (name, at) in sources {
            transaction.prepare_cached(SET_ASKED_AT)?.execute(params![name, milliseconds(*at)])?;
        }
        for (key, Document { asked_at, answer: Validators { url, etag, last_modified } }) in documents {
            let url = url.as_ref().map(|url| url.as_str());
            let values = params![key.0, milliseconds(*asked_at), url, etag, last_modified];
            transaction.prepare_cached(SET_DOCUMENT)?.execute(values)?;
        }
        transaction.commit()?;
        Ok(())
    }

    fn clock(&mut self, host: &str) -> Result<Option<Clock>, StateError> {
        Ok(self.db.prepare_cached(CLOCK)?.query_row([host], |row| clock(row, 0)).optional()?)
    }

    fn set_clock(&mut self, host: &str, clock: Clock) -> Result<(), StateError> {
        self.set_guests(&[(host.to_owned(), clock)])
    }

    fn set_guests(&mut self, clocks: &[(String, Clock)]) -> Result<(), StateError> {
        let transaction = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for (name, clock) in clocks {
            let values = params![name, milliseconds(clock.next_at), clock.delay.map(pause)];
            transaction.prepare_cached(SET_CLOCK)?.execute(values)?;
        }
        transaction.commit()?;
        Ok(())
    }

    fn resting(&mut self, now: Timestamp) -> Result<Vec<(String, Clock)>, StateError> {
        let mut select = self.db.prepare(RESTING)?;
        let hosts = select.query_map([milliseconds(now)], |row| Ok((row.get(0)?, clock(row, 1)?)))?;
        Ok(hosts.collect::<Result<_, _>>()?)
    }

    fn robots(&mut self, origin: &str) -> Result<Option<Robots>, StateError> {
        let robots = |row: &Row<'_>| Ok(Robots { text: row.get(0)?, fetched_at: time(row, 1)? });
        Ok(self.db.prepare_cached(ROBOTS)?.query_row([origin], robots).optional()?)
    }

    fn set_robots(&mut self, robots: &[(String, Robots)]) -> Result<(), StateError> {
        let transaction = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for (origin, robots) in robots {
            let values = params![origin, robots.text, milliseconds(robots.fetched_at)];
            transaction.prepare_cached(SET_ROBOTS)?.execute(values)?;
        }
        transaction.commit()?;
        Ok(())
    }

    fn counts(&mut self, now: Timestamp) -> Result<Counts, StateError> {
        Ok(self.db.query_row(COUNTS, [milliseconds(now)], |row| {
            let count = |column| row.get::<_, u32>(column).map(u64::from);
            Ok(Counts {
                pages: count(0)?,
                hosts: count(1)?,
                due: count(2)?,
                deferred: count(3)?,
                next_due: time_if_any(row, 4)?,
            })
        })?)
    }

    fn begin_run(&mut self, at: Timestamp) -> Result<RunId, StateError> {
        self.db.execute("INSERT INTO runs (started_at) VALUES (?1)", [milliseconds(at)])?;
        Ok(RunId(self.db.last_insert_rowid()))
    }

    fn end_run(&mut self, run: RunId, at: Timestamp, outcomes: &Outcomes) -> Result<(), StateError> {
        let outcomes = outcomes_to_json(outcomes);
        self.db.execute(END_RUN, params![run.0, milliseconds(at), outcomes])?;
        Ok(())
    }

    fn set_figures(&mut self, run: RunId, figures: &Figures) -> Result<(), StateError> {
        let figures = serde_json::to_string(figures).expect("text and numbers are always JSON");
        let transaction = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.prepare_cached(SET_FIGURES)?.execute(params![run.0, figures])?;
        transaction.prepare_cached(FORGET_FIGURES)?.execute([run.0 - MOST_RUNS])?;
        transaction.commit()?;
        Ok(())
    }

    fn runs(&mut self, limit: usize) -> Result<Vec<Run>, StateError> {
        let mut select = self.db.prepare_cached(RUNS)?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let runs = select.query_map([limit], |row| {
            Ok(Run {
                id: RunId(row.get(0)?),
                started_at: time(row, 1)?,
                ended_at: time_if_any(row, 2)?,
                outcomes: outcomes_from_json(&row.get::<_, String>(3)?)
                    .ok_or_else(|| odd(3, "no outcomes"))?,
                figures: figures(row.get(4)?).ok_or_else(|| odd(4, "no figures"))?,
            })
        })?;
        Ok(runs.collect::<Result<_, _>>()?)
    }

    fn status(&mut self, now: Timestamp) -> Result<Status, StateError> {
        let counts = self.counts(now)?;
        queue::status(&self.db, now, counts)
    }

    fn change(&mut self, pages: &Selection, change: Change) -> Result<u64, StateError> {
        queue::change(&mut self.db, pages, change)
    }

    fn close(self: Box<Self>) -> Result<(), StateError> {
        self.db.close().map_err(|(_, error)| error)?;
        Ok(())
    }
}

fn figures(json: Option<String>) -> Option<Figures> {
    json.map_or_else(|| Some(Figures::default()), |json| serde_json::from_str(&json).ok())
}

#[cfg(test)]
mod tests;
