//! How the work stands, and how what waits is changed by hand.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, ToSql, TransactionBehavior};

use super::error::odd;
use super::row::{milliseconds, time};
use crate::state::StateError;
use crate::state::outcome::Outcome;
use crate::state::run::{Counts, Outcomes};
use crate::state::status::{Change, Overdue, Selection, Status};

const HOSTS_NOW: &str = "SELECT count(*) FILTER (WHERE next_at <= ?1), count(*) FILTER (WHERE next_at > ?1) \
    FROM hosts WHERE due_at <= ?1";

const OVERDUE: &str = "SELECT name, max(ready_at, (SELECT first_seen FROM pages WHERE pages.host = hosts.id \
    AND due_at IS NOT NULL ORDER BY due_at, id LIMIT 1)) FROM hosts INDEXED BY hosts_by_ready \
    WHERE due_at IS NOT NULL AND ready_at <= ?1 ORDER BY ready_at LIMIT 1";

const VISITS: &str = "SELECT outcome, count(*) FROM pages WHERE visited_at > ?1 GROUP BY outcome";

pub(super) fn status(db: &Connection, now: Timestamp, counts: Counts) -> Result<Status, StateError> {
    let at = milliseconds(now);
    let count = |value: i64| u64::try_from(value).unwrap_or_default();
    let (ready, resting) =
        db.query_row(HOSTS_NOW, [at], |row| Ok((count(row.get(0)?), count(row.get(1)?))))?;
    let overdue = |row: &rusqlite::Row<'_>| Ok(Overdue { host: row.get(0)?, since: time(row, 1)? });
    Ok(Status {
        counts,
        ready,
        resting,
        overdue: db.query_row(OVERDUE, [at], overdue).optional()?,
        last_minute: visits(db, at - 60_000)?.values().sum(),
        last_hour: visits(db, at - 3_600_000)?,
        ..Status::default()
    })
}

/// What came of the last visits to pages since a time, in milliseconds.
fn visits(db: &Connection, since: i64) -> Result<Outcomes, StateError> {
    let mut select = db.prepare(VISITS)?;
    let rows = select.query_map([since], |row| {
        let outcome = Outcome::parse(&row.get::<_, String>(0)?).ok_or_else(|| odd(0, "no outcome"))?;
        Ok((outcome, row.get::<_, u32>(1)?.into()))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Changes pages in one transaction, and gives their number.
pub(super) fn change(db: &mut Connection, pages: &Selection, change: Change) -> Result<u64, StateError> {
    let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let count = match pages {
        Selection::All => apply(&transaction, change, "true", &[])?,
        Selection::Host(name) => {
            apply(&transaction, change, "host = (SELECT id FROM hosts WHERE name = ?1)", &[name])?
        }
        Selection::Failed(class) => {
            let name = class.map_or("%", |class| class.name());
            let (failed, deferred) = (format!("failed:{name}"), format!("deferred:{name}"));
            apply(&transaction, change, "(outcome LIKE ?1 OR outcome LIKE ?2)", &[&failed, &deferred])?
        }
        Selection::Pages(keys) => {
            let mut count = 0;
            for key in keys {
                count += apply(&transaction, change, "key = ?1", &[&key.0])?;
            }
            count
        }
    };
    transaction.execute(
        "UPDATE hosts SET due_at = (SELECT min(due_at) FROM pages INDEXED BY pages_by_due \
         WHERE host = hosts.id AND due_at IS NOT NULL)",
        (),
    )?;
    transaction.commit()?;
    Ok(count)
}

/// Changes the pages for which `condition` holds.
fn apply(db: &Connection, change: Change, condition: &str, values: &[&dyn ToSql]) -> rusqlite::Result<u64> {
    let statement = match change {
        Change::Retry => format!("UPDATE pages SET due_at = 0 WHERE {condition}"),
        Change::Drop => format!("UPDATE pages SET due_at = NULL, is_deferred = 0 WHERE {condition}"),
        Change::Purge => {
            let these = format!("IN (SELECT id FROM pages WHERE {condition})");
            for forget in [
                format!("UPDATE stories SET duplicate_of = NULL WHERE duplicate_of {these}"),
                format!("DELETE FROM bands WHERE page {these}"),
                format!("DELETE FROM stories WHERE page {these}"),
                format!("DELETE FROM hints WHERE page {these}"),
            ] {
                db.execute(&forget, values)?;
            }
            format!("DELETE FROM pages WHERE {condition}")
        }
    };
    Ok(db.execute(&statement, values)? as u64)
}
