//! Pages as rows: how they are read and written.

use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, named_params, params};
use url::Url;

use super::error::odd;
use crate::fetch::Validators;
use crate::state::duplicate::{Fingerprint, Known};
use crate::state::host::Clock;
use crate::state::identity::Digest;
use crate::state::outcome::Outcome;
use crate::state::page::{Page, PageId, Story};
use crate::state::source::{Document, Hints};

/// What [`page`] reads, from `pages` with what belongs to them in `stories`, `sources` and `hints`.
macro_rules! select_page {
    ($rest:literal) => {
        concat!(
            "SELECT pages.id, url, pages.name, first_seen, due_at, visited_at, outcome, tries, unchanged, answer_url, etag, \
             last_modified, revision, body, text, canonical, stories.published, fingerprint, changed_at, written_to, duplicate_of, source, \
             sources.name AS found_by, hints.title, hints.published AS hinted, words ",
            $rest
        )
    };
}
pub(super) use select_page;

pub(super) const UPDATE_PAGE: &str = "UPDATE pages SET due_at = :due_at, is_deferred = :is_deferred, \
    visited_at = :visited_at, outcome = :outcome, tries = :tries, unchanged = :unchanged, answer_url = :answer_url, \
    etag = :etag, last_modified = :last_modified WHERE id = :id AND host = :host";

pub(super) const STORED_BANDS: &str = "SELECT fingerprint, duplicate_of FROM stories WHERE page = ?1";

pub(super) const PUT_STORY: &str = "INSERT INTO stories (page, body, text, canonical, canonical_key, published, \
    fingerprint, revision, changed_at, written_to, duplicate_of, words) VALUES (:page, :body, :text, :canonical, :canonical_key, \
    :published, :fingerprint, :revision, :changed_at, :written_to, :duplicate_of, :words) ON CONFLICT (page) DO UPDATE SET \
    body = :body, text = :text, canonical = :canonical, canonical_key = :canonical_key, published = :published, \
    fingerprint = :fingerprint, revision = :revision, changed_at = :changed_at, written_to = :written_to, \
    duplicate_of = :duplicate_of, words = :words";

pub(super) const FORGET_CONTENT: &str =
    "UPDATE hints SET content = NULL WHERE page = ?1 AND content IS NOT NULL";

pub(super) const DELETE_BAND: &str = "DELETE FROM bands WHERE band = ?1 AND page = ?2";

/// Milliseconds since 1970.
pub(super) fn milliseconds(time: Timestamp) -> i64 {
    time.as_millisecond()
}

/// The time in a column.
pub(super) fn time(row: &Row<'_>, column: usize) -> rusqlite::Result<Timestamp> {
    Timestamp::from_millisecond(row.get(column)?).map_err(|error| odd(column, error))
}

/// The time in a column that may be empty.
pub(super) fn time_if_any(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Timestamp>> {
    let milliseconds: Option<i64> = row.get(column)?;
    milliseconds.map(Timestamp::from_millisecond).transpose().map_err(|error| odd(column, error))
}

/// The page in a row of [`select_page`].
pub(super) fn page(row: &Row<'_>) -> rusqlite::Result<Page> {
    let url = |column: usize, text: String| Url::parse(&text).map_err(|error| odd(column, error));
    let outcome: Option<String> = row.get(6)?;
    let answer_url: Option<String> = row.get(9)?;
    let revision: Option<u32> = row.get(12)?;
    Ok(Page {
        id: PageId(row.get(0)?),
        url: url(1, row.get(1)?)?,
        source: row.get(21)?,
        name: row.get(2)?,
        found_by: row.get(22)?,
        hints: Hints { title: row.get(23)?, published: time_if_any(row, 24)? },
        first_seen: time(row, 3)?,
        due_at: time_if_any(row, 4)?,
        visited_at: time_if_any(row, 5)?,
        outcome: outcome
            .map(|name| Outcome::parse(&name).ok_or_else(|| odd(6, format!("`{name}` is no outcome"))))
            .transpose()?,
        tries: row.get(7)?,
        unchanged: row.get(8)?,
        answer: Validators {
            url: answer_url.map(|text| url(9, text)).transpose()?,
            etag: row.get(10)?,
            last_modified: row.get(11)?,
        },
        story: revision.map(|revision| story(row, revision)).transpose()?,
    })
}

fn story(row: &Row<'_>, revision: u32) -> rusqlite::Result<Story> {
    let duplicate_of: Option<i64> = row.get(20)?;
    Ok(Story {
        revision,
        body: Digest(row.get(13)?),
        text: Digest(row.get(14)?),
        canonical: row.get(15)?,
        published: time_if_any(row, 16)?,
        fingerprint: fingerprint(row, 17)?,
        changed_at: time(row, 18)?,
        written_to: row.get(19)?,
        words: row.get(25)?,
        duplicate_of: duplicate_of.map(PageId),
    })
}

/// The clock in two columns, `next_at` and `delay`.
pub(super) fn clock(row: &Row<'_>, first: usize) -> rusqlite::Result<Clock> {
    let delay: Option<i64> = row.get(first + 1)?;
    let milliseconds = |pause: i64| u64::try_from(pause).map_err(|error| odd(first + 1, error));
    Ok(Clock {
        next_at: time(row, first)?,
        delay: delay.map(milliseconds).transpose()?.map(Duration::from_millis),
    })
}

fn fingerprint(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Fingerprint>> {
    Ok(row.get::<_, Option<_>>(column)?.map(Fingerprint))
}

/// The document in a row `asked_at, answer_url, etag, last_modified`.
pub(super) fn document(row: &Row<'_>) -> rusqlite::Result<Document> {
    let url: Option<String> = row.get(1)?;
    let url = url.map(|text| Url::parse(&text).map_err(|error| odd(1, error))).transpose()?;
    let answer = Validators { url, etag: row.get(2)?, last_modified: row.get(3)? };
    Ok(Document { asked_at: time(row, 0)?, answer })
}

/// What tells duplicates, from a row `page, body, text, canonical_key, fingerprint`.
pub(super) fn known(row: &Row<'_>) -> rusqlite::Result<Known> {
    Ok(Known {
        page: PageId(row.get(0)?),
        body: Digest(row.get(1)?),
        text: Digest(row.get(2)?),
        canonical: Digest(row.get(3)?),
        fingerprint: fingerprint(row, 4)?,
    })
}

/// Writes a page of `host`; false if there is no such page.
pub(super) fn update(db: &Connection, host: i64, page: &Page) -> rusqlite::Result<bool> {
    let is_there = db.prepare_cached(UPDATE_PAGE)?.execute(named_params! {
        ":id": page.id.0,
        ":host": host,
        ":due_at": page.due_at.map(milliseconds),
        ":is_deferred": page.outcome.is_some_and(Outcome::is_deferred),
        ":visited_at": page.visited_at.map(milliseconds),
        ":outcome": page.outcome.map(Outcome::name),
        ":tries": page.tries,
        ":unchanged": page.unchanged,
        ":answer_url": page.answer.url.as_ref().map(Url::as_str),
        ":etag": page.answer.etag,
        ":last_modified": page.answer.last_modified,
    })? == 1;
    if let (true, Some(story)) = (is_there, &page.story) {
        put_story(db, page.id, story)?;
        db.prepare_cached(FORGET_CONTENT)?.execute([page.id.0])?;
    }
    Ok(is_there)
}

fn put_story(db: &Connection, PageId(page): PageId, story: &Story) -> rusqlite::Result<()> {
    let stored = db
        .prepare_cached(STORED_BANDS)?
        .query_row([page], |row| Ok((fingerprint(row, 0)?, row.get::<_, Option<i64>>(1)?.is_none())))
        .optional()?;
    db.prepare_cached(PUT_STORY)?.execute(named_params! {
        ":page": page,
        ":body": story.body.0,
        ":text": story.text.0,
        ":canonical": story.canonical,
        ":canonical_key": Digest::of(&story.canonical).0,
        ":published": story.published.map(milliseconds),
        ":fingerprint": story.fingerprint.map(|fingerprint| fingerprint.0),
        ":revision": story.revision,
        ":changed_at": milliseconds(story.changed_at),
        ":written_to": story.written_to,
        ":duplicate_of": story.duplicate_of.map(|page| page.0),
        ":words": story.words,
    })?;
    // Duplicates are not found by themselves, so that all of them name the story that was first.
    let old = stored.and_then(|(fingerprint, is_first)| fingerprint.filter(|_| is_first));
    let new = story.fingerprint.filter(|_| story.duplicate_of.is_none());
    if old == new {
        return Ok(());
    }
    for band in old.iter().flat_map(Fingerprint::bands) {
        db.prepare_cached(DELETE_BAND)?.execute([band, page])?;
    }
    for band in new.iter().flat_map(Fingerprint::bands) {
        db.prepare_cached("INSERT INTO bands (band, page) VALUES (?1, ?2)")?.execute(params![band, page])?;
    }
    Ok(())
}
