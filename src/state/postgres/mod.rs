//! The state in PostgreSQL: one database for any number of workers on any number of machines.
//!
//! A worker leases hosts as long as it is heard of. Its leases are rows of `hosts` with its id and an epoch; one row of
//! `workers` says until when it is taken for alive, by the clock of the database alone. Whoever finds it dead takes its hosts
//! from it in one transaction, and what it would record after that is refused. It falls silent before that by itself, since
//! its [`Tenure`] ends first.
//!
//! Calls wait for a database that is away. They run in `block_in_place`, so that they need the runtime with many threads.

mod address;
mod batch;
mod clock;
mod guests;
mod keeper;
mod leases;
mod link;
mod open;
mod queue;
mod row;
mod statements;
mod tls;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use jiff::Timestamp;

use super::duplicate::{Fingerprint, Known};
use super::figures::{Figures, MOST_RUNS};
use super::host::{Claim, Clock, Lease, Robots, Wanted, pause};
use super::identity::Digest;
use super::output::Extent;
use super::page::{NewPage, Page, PageId};
use super::run::{Counts, Outcomes, Run, RunId, outcomes_to_json};
use super::source::Document;
use super::status::{Change, Selection, Status};
use super::tenure::Tenure;
use super::{Added, Record, State, StateError};
use crate::article::Article;
use crate::fetch::Gate;
use address::Address;
use guests::Guests;
use keeper::Keeper;
use link::{Line, Link};
use row::odd;
use statements::*;

/// Pages that share a body, a canonical URL or a part of the fingerprint with a story, and are compared with it. More have
/// something in common that tells nothing, such as a notice in place of the story.
const MOST_ALIKE: i64 = 100;

/// What a worker is to the others.
#[derive(Debug, Clone)]
pub struct Membership {
    /// Its name, which it has again when it is started again: by it, its outputs are known.
    pub name: String,
    /// How long it may be silent before it is taken for dead.
    pub lease: Duration,
    /// The pause that it makes between two requests to a host that asks for no longer one.
    pub delay: Duration,
}

/// A state in PostgreSQL.
pub struct Postgres {
    line: Line,
    membership: Membership,
    /// None for one that only looks.
    keeper: Option<Keeper>,
    /// None for one that only looks, too.
    guests: Option<Arc<Guests>>,
    /// The hosts that are leased, with the epoch of each lease.
    held: BTreeMap<i64, i64>,
    /// The id under which they are leased.
    held_as: i64,
}

/// Opens the state in the database at `url` to work on it, and makes its tables on first use. Calls wait for a database that
/// is away until `given_up` is set.
///
/// # Errors
/// What is no URL of a database, a database that refuses us, and a newer pressclip's.
pub fn open(url: &str, membership: Membership, given_up: Arc<AtomicBool>) -> Result<Postgres, StateError> {
    let mut line = Line::new(Address::parse(url)?, Some(given_up));
    open::migrate(&mut line)?;
    let keeper = Keeper::start(&mut line, &membership)?;
    line.call(|link| link.change(FORGET_TALLIES, &[]))?;
    let held_as = keeper.standing.id();
    let guests = Some(Arc::new(Guests::new(line.address().clone(), keeper.standing.clone())));
    Ok(Postgres { line, membership, keeper: Some(keeper), guests, held: BTreeMap::new(), held_as })
}

/// Looks for a state in the database at `url`, and opens it as [`look()`] does; without one the database stays as it is.
///
/// # Errors
/// As for [`look()`].
pub fn find(url: &str) -> Result<Option<Postgres>, StateError> {
    let mut line = Line::new(Address::parse(url)?, None);
    open::is_begun(&mut line)?.then(|| look(url)).transpose()
}

/// Opens the state in the database at `url` to look at it and to change what waits. It claims nothing and waits for nothing.
///
/// # Errors
/// As for [`open()`], and a database that can't be reached.
pub fn look(url: &str) -> Result<Postgres, StateError> {
    let mut line = Line::new(Address::parse(url)?, None);
    open::migrate(&mut line)?;
    let membership = Membership { name: String::new(), lease: Duration::from_secs(1), delay: Duration::ZERO };
    Ok(Postgres { line, membership, keeper: None, guests: None, held: BTreeMap::new(), held_as: 0 })
}

/// Milliseconds, as the database counts them.
fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

impl Postgres {
    /// What requests to hosts have to pass, so that no other worker asks them at the same time.
    pub fn gate(&self) -> Option<Arc<dyn Gate>> {
        self.guests.clone().map(|guests| guests as Arc<dyn Gate>)
    }
}

impl State for Postgres {
    fn add(&mut self, pages: &[NewPage], now: Timestamp) -> Result<Added, StateError> {
        self.line.call(|link| batch::add(link, pages, now))
    }

    fn refetch(&mut self, pages: &[Digest]) -> Result<usize, StateError> {
        let keys: Vec<&[u8]> = pages.iter().map(|key| key.0.as_slice()).collect();
        if keys.is_empty() {
            return Ok(0);
        }
        self.line.call(|link| {
            link.together(|link| {
                link.rows(LOCK_OF_KEYS, &[&keys])?;
                let rows = link.rows(REFETCH, &[&keys])?;
                let hosts: Vec<i64> = rows.iter().map(|row| row.get(0)).collect();
                link.change(HOSTS_ARE_DUE, &[&hosts])?;
                link.script("NOTIFY pressclip")?;
                Ok(rows.len())
            })
        })
    }

    fn claim(&mut self, wanted: &Wanted) -> Result<Vec<Claim>, StateError> {
        self.lease(wanted)
    }

    fn next_ready(&mut self, due_by: Timestamp) -> Result<Option<Timestamp>, StateError> {
        self.line.call(|link| {
            let row = link.row(NEXT_READY, &[&link.skew.theirs(due_by)])?;
            Ok(row.map(|row| link.skew.ours(row.get(0))))
        })
    }

    fn due(&mut self, due_by: Timestamp, take: &mut dyn FnMut(Timestamp, Page)) -> Result<(), StateError> {
        queue::due(&mut self.line, due_by, take)
    }

    fn record(&mut self, records: &[Record], extents: &[Extent]) -> Result<Vec<PageId>, StateError> {
        let me = self.me();
        let (held, name) = (&self.held, &self.membership.name);
        self.line.call(|link| {
            link.script("BEGIN")?;
            match recorded(link, (me, held), records, name, extents) {
                Ok(refused) => {
                    link.script(if refused.is_empty() { "COMMIT" } else { "ROLLBACK" })?;
                    Ok(refused)
                }
                Err(error) => {
                    // A connection that is lost has rolled back by itself.
                    let _ = link.script("ROLLBACK");
                    Err(error)
                }
            }
        })
    }

    fn extent(&mut self, name: &str) -> Result<Option<Extent>, StateError> {
        let row = self.line.call(|link| link.row(EXTENT, &[&self.membership.name, &name]))?;
        row.map(|row| row::extent(&row, name)).transpose()
    }

    fn release(&mut self, leases: &[Lease]) -> Result<(), StateError> {
        self.give_back(leases)
    }

    fn page(&mut self, key: Digest) -> Result<Option<Page>, StateError> {
        let (row, skew) =
            self.line.call(|link| Ok((link.row(PAGE_BY_KEY, &[&key.0.as_slice()])?, link.skew)))?;
        row.map(|row| row::page(&row, skew)).transpose()
    }

    fn source(&mut self, page: PageId) -> Result<Option<String>, StateError> {
        Ok(self.line.call(|link| link.row(SOURCE_OF_PAGE, &[&page.0]))?.map(|row| row.get(0)))
    }

    fn stories_like(&mut self, story: &Known) -> Result<Vec<Known>, StateError> {
        let bands: Vec<i64> = story.fingerprint.iter().flat_map(Fingerprint::bands).collect();
        let (body, canonical) = (story.body.0, story.canonical.0);
        let rows = self.line.call(|link| {
            let values: [&(dyn postgres::types::ToSql + Sync); 5] =
                [&body.as_slice(), &canonical.as_slice(), &bands, &story.page.0, &MOST_ALIKE];
            link.rows(STORIES_LIKE, &values)
        })?;
        let mut found = BTreeMap::new();
        for row in &rows {
            let known = row::known(row)?;
            found.insert(known.page, known);
        }
        Ok(found.into_values().collect())
    }

    fn content(&mut self, page: PageId) -> Result<Option<String>, StateError> {
        Ok(self.line.call(|link| link.row(CONTENT, &[&page.0]))?.and_then(|row| row.get(0)))
    }

    fn asked_at(&mut self, source: &str) -> Result<Option<Timestamp>, StateError> {
        self.line.call(|link| {
            let at: Option<i64> = link.row(ASKED_AT, &[&source])?.and_then(|row| row.get(0));
            Ok(at.map(|at| link.skew.ours(at)))
        })
    }

    fn document(&mut self, key: Digest) -> Result<Option<Document>, StateError> {
        let (row, skew) =
            self.line.call(|link| Ok((link.row(DOCUMENT, &[&key.0.as_slice()])?, link.skew)))?;
        row.map(|row| row::document(&row, skew)).transpose()
    }

    fn set_asked(
        &mut self,
        sources: &[(String, Timestamp)],
        documents: &[(Digest, Document)],
    ) -> Result<(), StateError> {
        self.line.call(|link| {
            link.together(|link| {
                for (name, at) in sources {
                    link.change(SET_ASKED_AT, &[&name, &link.skew.theirs(*at)])?;
                }
                for (key, Document { asked_at, answer }) in documents {
                    let url = answer.url.as_ref().map(|url| url.as_str());
                    let (at, key) = (link.skew.theirs(*asked_at), key.0.as_slice());
                    link.change(SET_DOCUMENT, &[&key, &at, &url, &answer.etag, &answer.last_modified])?;
                }
                Ok(())
            })
        })
    }

    fn clock(&mut self, host: &str) -> Result<Option<Clock>, StateError> {
        let (row, skew) = self.line.call(|link| Ok((link.row(CLOCK, &[&host])?, link.skew)))?;
        row.map(|row| row::clock(&row, skew)).transpose()
    }

    fn set_clock(&mut self, host: &str, clock: Clock) -> Result<(), StateError> {
        self.line.call(|link| {
            let next_at = link.skew.theirs(clock.next_at);
            link.change(SET_CLOCK, &[&host, &next_at, &clock.delay.map(pause)])
        })?;
        Ok(())
    }

    fn robots(&mut self, origin: &str) -> Result<Option<Robots>, StateError> {
        let (row, skew) = self.line.call(|link| Ok((link.row(ROBOTS, &[&origin])?, link.skew)))?;
        row.map(|row| row::robots(&row, skew)).transpose()
    }

    fn set_robots(&mut self, robots: &[(String, Robots)]) -> Result<(), StateError> {
        // In an order, so that no two workers wait for each other.
        let robots: BTreeMap<&String, &Robots> =
            robots.iter().map(|(origin, robots)| (origin, robots)).collect();
        if robots.is_empty() {
            return Ok(());
        }
        self.line.call(|link| {
            link.together(|link| {
                for (origin, robots) in &robots {
                    let at = link.skew.theirs(robots.fetched_at);
                    link.change(SET_ROBOTS, &[origin, &robots.text.as_bytes(), &at])?;
                }
                Ok(())
            })
        })
    }

    fn counts(&mut self, now: Timestamp) -> Result<Counts, StateError> {
        let (row, skew) =
            self.line.call(|link| Ok((link.row(COUNTS, &[&link.skew.theirs(now)])?, link.skew)))?;
        row.map(|row| row::counts(&row, skew)).transpose().map(Option::unwrap_or_default)
    }

    fn begin_run(&mut self, at: Timestamp) -> Result<RunId, StateError> {
        let row = self.line.call(|link| link.row(BEGIN_RUN, &[&link.skew.theirs(at)]))?;
        row.map(|row| RunId(row.get(0))).ok_or_else(|| odd("a run without a number"))
    }

    fn end_run(&mut self, run: RunId, at: Timestamp, outcomes: &Outcomes) -> Result<(), StateError> {
        let outcomes = outcomes_to_json(outcomes);
        self.line.call(|link| link.change(END_RUN, &[&run.0, &link.skew.theirs(at), &outcomes]))?;
        Ok(())
    }

    fn set_figures(&mut self, run: RunId, figures: &Figures) -> Result<(), StateError> {
        let figures = serde_json::to_string(figures).expect("text and numbers are always JSON");
        self.line.call(|link| {
            link.change(SET_FIGURES, &[&run.0, &figures])?;
            link.change(FORGET_FIGURES, &[&(run.0 - MOST_RUNS)])
        })?;
        Ok(())
    }

    fn runs(&mut self, limit: usize) -> Result<Vec<Run>, StateError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let (rows, skew) = self.line.call(|link| Ok((link.rows(RUNS, &[&limit])?, link.skew)))?;
        rows.iter().map(|row| row::run(row, skew)).collect()
    }

    fn status(&mut self, now: Timestamp) -> Result<Status, StateError> {
        let counts = self.counts(now)?;
        queue::status(&mut self.line, now, counts)
    }

    fn change(&mut self, pages: &Selection, change: Change) -> Result<u64, StateError> {
        self.line.call(|link| link.together(|link| queue::change(link, pages, change)))
    }

    fn articles(&mut self, take: &mut dyn FnMut(Article) -> bool) -> Result<(), StateError> {
        queue::articles(&mut self.line, take)
    }

    fn tenure(&self) -> Tenure {
        self.keeper.as_ref().map(|keeper| keeper.standing.tenure.clone()).unwrap_or_default()
    }

    fn begin_asking(&mut self) -> Result<bool, StateError> {
        let me = self.me();
        self.line.call(|link| {
            link.together(|link| {
                link.rows(LOCK_ASKING, &[])?;
                Ok(link.change(BEGIN_ASKING, &[&me])? == 1)
            })
        })
    }

    fn end_asking(&mut self) -> Result<(), StateError> {
        let me = self.me();
        self.line.call(|link| link.change(END_ASKING, &[&me]))?;
        Ok(())
    }

    fn is_leased_by_others(&mut self) -> Result<bool, StateError> {
        let me = self.me();
        let row = self.line.call(|link| link.row(LEASED_BY_OTHERS, &[&me]))?;
        Ok(row.is_some_and(|row| row.get(0)))
    }

    fn close(mut self: Box<Self>) -> Result<(), StateError> {
        let me = self.me();
        let delay = pause(self.membership.delay);
        // Nobody is heard of under this name from now on.
        if self.keeper.take().is_some() {
            self.line.call(|link| {
                link.together(|link| {
                    link.change(LEAVE_HOSTS, &[&me, &delay])?;
                    link.change(LEAVE, &[&me])?;
                    link.script("NOTIFY pressclip")
                })
            })?;
        }
        Ok(())
    }
}

/// Records within a transaction.
fn recorded(
    link: &mut Link,
    leases: (i64, &BTreeMap<i64, i64>),
    records: &[Record],
    name: &str,
    extents: &[Extent],
) -> Result<Vec<PageId>, postgres::Error> {
    if !records.is_empty() {
        let refused = batch::record(link, leases, records)?;
        if !refused.is_empty() {
            return Ok(refused);
        }
    }
    batch::set_extents(link, name, extents)?;
    Ok(Vec::new())
}

#[cfg(test)]
mod tests;
