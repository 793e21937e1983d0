//! The connection: how it is made, how a call outlives its loss, and what is told of it.
//!
//! Calls wait for a database that is away, that takes no writes, or whose disk is full: they try again, less and less often,
//! and say so once. All that is done can be done twice, since an answer may be lost after a commit.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use postgres::error::SqlState;
use postgres::types::ToSql;
use postgres::{Client, Error, Row, Statement};
use tokio::task::block_in_place;

use super::address::Address;
use super::clock::Skew;
use super::tls;
use crate::state::StateError;

/// The first pause before another try, and the longest one.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));

/// How often it is looked whether to give up, while a call waits.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// How each connection works: everything is in a schema of its own; plans are made for the values at hand, and through
/// indexes, also while the tables are so small that a scan would do; a transaction that hangs holds up nobody for long.
const SETTINGS: &str = "SET search_path = pressclip; SET plan_cache_mode = force_custom_plan; SET enable_seqscan = off; \
    SET jit = off; SET idle_in_transaction_session_timeout = '30s'; SET client_min_messages = warning";

/// Begins a transaction whose statements are planned once for a connection, which takes longer than what they do. Such plans
/// have to be right however large the tables become: row by row through indexes, in their order.
pub(super) const KEPT_PLANS: &str = "BEGIN; SET LOCAL plan_cache_mode = force_generic_plan; SET LOCAL enable_hashjoin = off; \
    SET LOCAL enable_mergejoin = off; SET LOCAL enable_bitmapscan = off";

/// An open connection.
pub(super) struct Link {
    client: Client,
    statements: HashMap<&'static str, Statement>,
    /// How far the clock of the database is ahead of ours.
    pub(super) skew: Skew,
}

/// A connection that is made when it is needed, and made again when it is lost.
pub(super) struct Line {
    address: Address,
    link: Option<Link>,
    /// Set when nobody waits any more; `None` for a call that does not wait at all.
    given_up: Option<Arc<AtomicBool>>,
    /// Whether the connection is another one than that of the last call.
    is_new: bool,
}

/// A new connection that works as all do.
fn connect(address: &Address) -> Result<Link, Error> {
    let mut client = address.connect()?;
    client.batch_execute(SETTINGS)?;
    let skew = skew(&mut client)?;
    Ok(Link { client, statements: HashMap::new(), skew })
}

/// The smallest difference of the clocks that explains what the database says: none on the same machine.
fn skew(client: &mut Client) -> Result<Skew, Error> {
    let before = Timestamp::now();
    let row = client.query_one("SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint", &[])?;
    let after = Timestamp::now();
    Ok(Skew::between(before, row.get(0), after))
}

impl Line {
    /// A line to the database at `address`. Its calls wait until `given_up` is set, or not at all.
    pub(super) fn new(address: Address, given_up: Option<Arc<AtomicBool>>) -> Self {
        Self { address, link: None, given_up, is_new: false }
    }

    pub(super) fn address(&self) -> &Address {
        &self.address
    }

    /// Whether the last call had another connection than the one before it.
    pub(super) fn was_lost(&mut self) -> bool {
        std::mem::take(&mut self.is_new)
    }

    /// Does `work`, which may be done more than once.
    ///
    /// # Errors
    /// What waiting does not help against, and `GaveUp` when nobody waits any more.
    pub(super) fn call<T>(
        &mut self,
        mut work: impl FnMut(&mut Link) -> Result<T, Error>,
    ) -> Result<T, StateError> {
        let mut pause = PAUSES.0;
        let mut waits_since = None;
        loop {
            // The client of the database has a runtime of its own, which must not run inside of ours.
            let error = match block_in_place(|| self.attempt(&mut work)) {
                Ok(done) => {
                    if let Some(since) = waits_since.map(|since: Instant| since.elapsed()) {
                        tracing::warn!("the database is there again after {:.1} s", since.as_secs_f64());
                    }
                    return Ok(done);
                }
                Err(error) => error,
            };
            let trouble = Trouble::of(&error);
            if trouble != Trouble::Conflict {
                self.cut();
            }
            if trouble == Trouble::ForGood || self.given_up.is_none() && trouble != Trouble::Conflict {
                return Err(self.told(error));
            }
            if trouble == Trouble::Conflict {
                continue;
            }
            if waits_since.is_none() {
                tracing::warn!("waits for the database `{}`: {}", self.address, words(&error));
                waits_since = Some(Instant::now());
            }
            if !self.wait(pause) {
                return Err(StateError::GaveUp(Box::new(error)));
            }
            pause = (pause * 2).min(PAUSES.1);
        }
    }

    fn attempt<T>(&mut self, work: &mut impl FnMut(&mut Link) -> Result<T, Error>) -> Result<T, Error> {
        if self.link.as_ref().is_none_or(|link| link.client.is_closed()) {
            self.link = None;
            self.link = Some(connect(&self.address)?);
            self.is_new = true;
        }
        let link = self.link.as_mut().expect("it was just made");
        work(link)
    }

    /// Lets go of the connection.
    fn cut(&mut self) {
        block_in_place(|| drop(self.link.take()));
    }

    /// Waits; false when nobody waits any more.
    fn wait(&self, pause: Duration) -> bool {
        let until = Instant::now() + pause;
        let has_given_up = || self.given_up.as_ref().is_none_or(|given_up| given_up.load(Ordering::Relaxed));
        while Instant::now() < until {
            if has_given_up() {
                return false;
            }
            std::thread::sleep(LOOK_EVERY.min(until.saturating_duration_since(Instant::now())));
        }
        !has_given_up()
    }

    fn told(&self, error: Error) -> StateError {
        match error.code() {
            None if tls::is_refused(&error) => {
                StateError::Untrusted { place: self.address.to_string(), source: Box::new(error) }
            }
            None => StateError::Unreachable { place: self.address.to_string(), source: Box::new(error) },
            Some(_) => StateError::Database(words(&error).into()),
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.cut();
    }
}

/// The words of an error: those of the database, where it has said any.
fn words(error: &Error) -> String {
    let cause = std::error::Error::source(error).map(ToString::to_string);
    error.as_db_error().map(|said| said.message().to_owned()).or(cause).unwrap_or_else(|| error.to_string())
}

/// What an error means for the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trouble {
    /// The connection or the database is to be waited for.
    Away,
    /// Another transaction was in the way: try again at once.
    Conflict,
    /// Waiting does not help.
    ForGood,
}

impl Trouble {
    fn of(error: &Error) -> Self {
        let Some(code) = error.code() else {
            // What the library can't make sense of comes no better a second time, and neither does a certificate.
            let is_io = std::error::Error::source(error).is_some_and(|source| source.is::<std::io::Error>());
            return if error.is_closed() || is_io && !tls::is_refused(error) {
                Self::Away
            } else {
                Self::ForGood
            };
        };
        match *code {
            SqlState::T_R_SERIALIZATION_FAILURE | SqlState::T_R_DEADLOCK_DETECTED => Self::Conflict,
            SqlState::READ_ONLY_SQL_TRANSACTION
            | SqlState::ADMIN_SHUTDOWN
            | SqlState::CRASH_SHUTDOWN
            | SqlState::CANNOT_CONNECT_NOW
            | SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT
            | SqlState::IO_ERROR => Self::Away,
            // Connections (08), and too little of what a server has (53): disk, memory, connections.
            _ if code.code().starts_with("08") || code.code().starts_with("53") => Self::Away,
            _ => Self::ForGood,
        }
    }
}

type Values<'v> = &'v [&'v (dyn ToSql + Sync)];

impl Link {
    fn statement(&mut self, sql: &'static str) -> Result<Statement, Error> {
        if let Some(statement) = self.statements.get(sql) {
            return Ok(statement.clone());
        }
        let statement = self.client.prepare(sql)?;
        self.statements.insert(sql, statement.clone());
        Ok(statement)
    }

    pub(super) fn rows(&mut self, sql: &'static str, values: Values<'_>) -> Result<Vec<Row>, Error> {
        let statement = self.statement(sql)?;
        self.client.query(&statement, values)
    }

    pub(super) fn row(&mut self, sql: &'static str, values: Values<'_>) -> Result<Option<Row>, Error> {
        let statement = self.statement(sql)?;
        self.client.query_opt(&statement, values)
    }

    /// Gives the number of rows that were changed.
    pub(super) fn change(&mut self, sql: &'static str, values: Values<'_>) -> Result<u64, Error> {
        let statement = self.statement(sql)?;
        self.client.execute(&statement, values)
    }

    /// Statements without values, as they stand.
    pub(super) fn script(&mut self, sql: &str) -> Result<(), Error> {
        self.client.batch_execute(sql)
    }

    pub(super) fn client(&mut self) -> &mut Client {
        &mut self.client
    }

    /// Does `work` as a whole or not at all.
    pub(super) fn together<T>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.transaction("BEGIN", work)
    }

    /// Does `work` as [`Link::together`] does, by plans that are kept.
    pub(super) fn by_kept_plans<T>(
        &mut self,
        work: impl FnOnce(&mut Self) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.transaction(KEPT_PLANS, work)
    }

    fn transaction<T>(
        &mut self,
        begin: &str,
        work: impl FnOnce(&mut Self) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.script(begin)?;
        match work(self) {
            Ok(done) => self.script("COMMIT").map(|()| done),
            Err(error) => {
                // A connection that is lost has rolled back by itself.
                let _ = self.script("ROLLBACK");
                Err(error)
            }
        }
    }
}
