//! Rows as they are read.

use std::time::Duration;

use postgres::Row;
use url::Url;

use super::clock::{Skew, moment};
use crate::fetch::Validators;
use crate::state::StateError;
use crate::state::duplicate::{Fingerprint, Known};
use crate::state::figures::Figures;
use crate::state::host::{Clock, Robots};
use crate::state::identity::Digest;
use crate::state::outcome::Outcome;
use crate::state::output::Extent;
use crate::state::page::{Page, PageId, Story};
use crate::state::run::{Counts, Run, RunId, outcomes_from_json};
use crate::state::source::{Document, Hints};

/// A value that this module never writes.
pub(super) fn odd(what: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> StateError {
    StateError::Damaged(what.into())
}

fn bytes<const N: usize>(bytes: &[u8]) -> Result<[u8; N], StateError> {
    bytes.try_into().map_err(|_| odd(format!("a digest of {} bytes", bytes.len())))
}

fn digest(bytes_: &[u8]) -> Result<Digest, StateError> {
    bytes(bytes_).map(Digest)
}

fn fingerprint(stored: Option<&[u8]>) -> Result<Option<Fingerprint>, StateError> {
    Ok(stored.map(bytes).transpose()?.map(Fingerprint))
}

fn url(text: &str) -> Result<Url, StateError> {
    Url::parse(text).map_err(|error| odd(format!("`{text}` is no URL: {error}")))
}

fn count(stored: i32) -> Result<u32, StateError> {
    u32::try_from(stored).map_err(odd)
}

/// An outcome by its name.
pub(super) fn outcome(name: &str) -> Result<Outcome, StateError> {
    Outcome::parse(name).ok_or_else(|| odd(format!("`{name}` is no outcome")))
}

/// The page in a row of `select_page`.
pub(super) fn page(row: &Row, skew: Skew) -> Result<Page, StateError> {
    let ours = |column: &str| row.get::<_, Option<i64>>(column).map(|time| skew.ours(time));
    let answer_url: Option<&str> = row.get("answer_url");
    let revision: Option<i32> = row.get("revision");
    Ok(Page {
        id: PageId(row.get("id")),
        url: url(row.get("url"))?,
        source: row.get("source"),
        name: row.get("name"),
        found_by: row.get("found_by"),
        hints: Hints {
            title: row.get("hinted_title"),
            published: row.get::<_, Option<i64>>("hinted").map(moment),
        },
        first_seen: skew.ours(row.get("first_seen")),
        due_at: ours("due_at"),
        visited_at: ours("visited_at"),
        outcome: row.get::<_, Option<&str>>("outcome").map(outcome).transpose()?,
        tries: count(row.get("tries"))?,
        unchanged: count(row.get("unchanged"))?,
        answer: Validators {
            url: answer_url.map(url).transpose()?,
            etag: row.get("etag"),
            last_modified: row.get("last_modified"),
        },
        story: revision.map(|revision| story(row, skew, revision)).transpose()?,
    })
}

fn story(row: &Row, skew: Skew, revision: i32) -> Result<Story, StateError> {
    Ok(Story {
        body: digest(row.get("body"))?,
        text: digest(row.get("text"))?,
        canonical: row.get("canonical"),
        published: row.get::<_, Option<i64>>("published").map(moment),
        fingerprint: fingerprint(row.get("fingerprint"))?,
        revision: count(revision)?,
        changed_at: skew.ours(row.get("changed_at")),
        words: count(row.get("words"))?,
        written_to: row.get("written_to"),
        duplicate_of: row.get::<_, Option<i64>>("duplicate_of").map(PageId),
    })
}

/// The document in a row `asked_at, answer_url, etag, last_modified`.
pub(super) fn document(row: &Row, skew: Skew) -> Result<Document, StateError> {
    let address: Option<&str> = row.get(1);
    let answer =
        Validators { url: address.map(url).transpose()?, etag: row.get(2), last_modified: row.get(3) };
    Ok(Document { asked_at: skew.ours(row.get(0)), answer })
}

/// A run in a row of `RUNS`.
pub(super) fn run(row: &Row, skew: Skew) -> Result<Run, StateError> {
    let figures: Option<Figures> =
        row.get::<_, Option<&str>>(4).map(serde_json::from_str).transpose().map_err(odd)?;
    Ok(Run {
        id: RunId(row.get(0)),
        started_at: skew.ours(row.get(1)),
        figures: figures.unwrap_or_default(),
        ended_at: row.get::<_, Option<i64>>(2).map(|time| skew.ours(time)),
        outcomes: outcomes_from_json(row.get(3)).ok_or_else(|| odd("no outcomes"))?,
    })
}

/// The counts in a row of `COUNTS`.
pub(super) fn counts(row: &Row, skew: Skew) -> Result<Counts, StateError> {
    let count = |place: usize| u64::try_from(row.get::<_, i64>(place)).map_err(odd);
    Ok(Counts {
        pages: count(0)?,
        hosts: count(1)?,
        due: count(2)?,
        deferred: count(3)?,
        next_due: row.get::<_, Option<i64>>(4).map(|time| skew.ours(time)),
    })
}

/// The extent of the output of this name in a row of `EXTENT`.
pub(super) fn extent(row: &Row, name: &str) -> Result<Extent, StateError> {
    Ok(Extent {
        name: name.to_owned(),
        length: u64::try_from(row.get::<_, i64>(0)).map_err(odd)?,
        tail: digest(row.get(1))?,
        is_superseded: row.get(2),
    })
}

/// The robots.txt in a row `text, fetched_at`.
pub(super) fn robots(row: &Row, skew: Skew) -> Result<Robots, StateError> {
    let text = String::from_utf8(row.get(0)).map_err(odd)?;
    Ok(Robots { text, fetched_at: skew.ours(row.get(1)) })
}

/// What tells duplicates, from a row `page, body, text, canonical_key, fingerprint`.
pub(super) fn known(row: &Row) -> Result<Known, StateError> {
    Ok(Known {
        page: PageId(row.get(0)),
        body: digest(row.get(1))?,
        text: digest(row.get(2))?,
        canonical: digest(row.get(3))?,
        fingerprint: fingerprint(row.get(4))?,
    })
}

/// The clock in two columns, `next_at` and `delay`.
pub(super) fn clock(row: &Row, skew: Skew) -> Result<Clock, StateError> {
    let delay: Option<i64> = row.get("delay");
    let delay = delay.map(|pause| u64::try_from(pause).map_err(odd)).transpose()?;
    Ok(Clock { next_at: skew.ours(row.get("next_at")), delay: delay.map(Duration::from_millis) })
}
