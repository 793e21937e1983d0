//! Opening: the tables are made on first use and brought up to date, by one process at a time.

use super::link::{Line, Link};
use crate::state::StateError;

/// The steps from an empty database to the tables of today. A step that was released never changes; `versions` counts those
/// that were taken.
const MIGRATIONS: [&str; 1] = [include_str!("schema_1.sql")];

/// The lock under which the tables are changed: "pressclip", as far as a number holds it.
const LOCK: &str = "SELECT pg_advisory_xact_lock(x'7072657373636c69'::bigint)";

const VERSIONS: &str = "CREATE SCHEMA IF NOT EXISTS pressclip; CREATE TABLE IF NOT EXISTS pressclip.versions \
    (version integer PRIMARY KEY, taken_at timestamptz NOT NULL DEFAULT now())";

/// Makes the tables, or brings them up to date.
pub(super) fn migrate(line: &mut Line) -> Result<(), StateError> {
    let version = line.call(|link| link.together(steps))?;
    match version > newest() {
        true => Err(StateError::Newer { path: line.address().to_string().into(), version }),
        false => Ok(()),
    }
}

/// Whether there are tables of ours.
pub(super) fn is_begun(line: &mut Line) -> Result<bool, StateError> {
    let row = line.call(|link| link.row("SELECT to_regclass('pressclip.versions') IS NOT NULL", &[]))?;
    Ok(row.is_some_and(|row| row.get(0)))
}

fn newest() -> i32 {
    MIGRATIONS.len() as i32
}

/// Takes the steps that were not taken, and gives the version that is there then.
fn steps(link: &mut Link) -> Result<i32, postgres::Error> {
    link.script(LOCK)?;
    link.script(VERSIONS)?;
    let row = link.client().query_one("SELECT coalesce(max(version), 0) FROM versions", &[])?;
    let version: i32 = row.get(0);
    for (step, next) in MIGRATIONS.iter().zip(1..).skip(version.max(0) as usize) {
        link.script(step)?;
        link.client().execute("INSERT INTO versions (version) VALUES ($1)", &[&next])?;
    }
    Ok(version.max(newest()))
}
