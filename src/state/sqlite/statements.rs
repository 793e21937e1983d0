//! The statements, and the proof that those of the daily work go through an index.
//!
//! `INDEXED BY` makes a statement fail rather than scan, should a plan ever change.

use super::row::select_page;

pub(super) const HOST_ID: &str = "SELECT id FROM hosts WHERE name = ?1";

pub(super) const ADD_HOST: &str = "INSERT INTO hosts (name) VALUES (?1)";

/// A new page is due since the beginning of time.
pub(super) const ADD_PAGE: &str = "INSERT INTO pages (key, host, url, source, name, first_seen, due_at, found_by) \
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, ?7) ON CONFLICT (key) DO NOTHING";

pub(super) const SOURCE_ID: &str = "SELECT id FROM sources WHERE name = ?1";

pub(super) const ADD_SOURCE: &str = "INSERT INTO sources (name) VALUES (?1)";

pub(super) const ADD_HINTS: &str =
    "INSERT INTO hints (page, title, published, content) VALUES (?1, ?2, ?3, ?4)";

pub(super) const CONTENT: &str = "SELECT content FROM hints WHERE page = ?1";

pub(super) const ASKED_AT: &str = "SELECT asked_at FROM sources WHERE name = ?1";

pub(super) const SET_ASKED_AT: &str = "INSERT INTO sources (name, asked_at) VALUES (?1, ?2) \
    ON CONFLICT (name) DO UPDATE SET asked_at = ?2";

pub(super) const DOCUMENT: &str =
    "SELECT asked_at, answer_url, etag, last_modified FROM documents WHERE key = ?1";

pub(super) const SET_DOCUMENT: &str = "INSERT INTO documents (key, asked_at, answer_url, etag, last_modified) \
    VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (key) DO UPDATE SET asked_at = ?2, answer_url = ?3, etag = ?4, last_modified = ?5";

pub(super) const HOST_IS_DUE: &str = "UPDATE hosts SET due_at = 0 WHERE id = ?1 AND due_at IS NOT 0";

pub(super) const REFETCH: &str = "UPDATE pages SET due_at = 0 WHERE key = ?1 RETURNING host";

/// Hosts from the one that has been ready for longest; among those of one moment, the first that was added.
pub(super) const READY_HOSTS: &str = "SELECT id, name, next_at, delay, ready_at FROM hosts INDEXED BY hosts_by_ready \
    WHERE ready_at <= ?1 AND due_at <= ?2 ORDER BY ready_at";

pub(super) const DUE_PAGES: &str = select_page!(
    "FROM pages INDEXED BY pages_by_due LEFT JOIN stories ON stories.page = pages.id \
     LEFT JOIN sources ON sources.id = pages.found_by LEFT JOIN hints ON hints.page = pages.id \
     WHERE host = ?1 AND due_at <= ?2 ORDER BY due_at, pages.id LIMIT ?3"
);

/// Reads all pages, once in a run that is about some sources alone.
pub(super) const PAGES_OF_SOURCE: &str = "SELECT pages.id, host, due_at FROM pages JOIN sources ON sources.id = found_by \
    WHERE sources.name = ?1 AND due_at IS NOT NULL";

pub(super) const PLAN_OF_PAGE: &str =
    "SELECT id, host, due_at FROM pages WHERE key = ?1 AND due_at IS NOT NULL";

pub(super) const PAGE_BY_KEY: &str = select_page!(
    "FROM pages LEFT JOIN stories ON stories.page = pages.id \
     LEFT JOIN sources ON sources.id = pages.found_by LEFT JOIN hints ON hints.page = pages.id WHERE key = ?1"
);

pub(super) const SOURCE_OF_PAGE: &str = "SELECT coalesce(source, url) FROM pages WHERE id = ?1";

pub(super) const UPDATE_HOST: &str = "UPDATE hosts SET next_at = ?2, delay = ?3, due_at = (SELECT min(due_at) \
    FROM pages INDEXED BY pages_by_due WHERE host = ?1 AND due_at IS NOT NULL) WHERE id = ?1";

pub(super) const SETTLE_HOST: &str = "UPDATE hosts SET due_at = (SELECT min(due_at) \
    FROM pages INDEXED BY pages_by_due WHERE host = ?1 AND due_at IS NOT NULL) WHERE id = ?1";

pub(super) const CLOCK: &str = "SELECT next_at, delay FROM hosts WHERE name = ?1";

pub(super) const SET_CLOCK: &str = "INSERT INTO hosts (name, next_at, delay) VALUES (?1, ?2, ?3) \
    ON CONFLICT (name) DO UPDATE SET next_at = ?2, delay = ?3";

/// Reads all hosts, once a run.
pub(super) const RESTING: &str =
    "SELECT name, next_at, delay FROM hosts WHERE next_at > ?1 OR delay IS NOT NULL";

pub(super) const ROBOTS: &str = "SELECT text, fetched_at FROM robots WHERE origin = ?1";

pub(super) const SET_ROBOTS: &str = "INSERT INTO robots (origin, text, fetched_at) VALUES (?1, ?2, ?3) \
    ON CONFLICT (origin) DO UPDATE SET text = ?2, fetched_at = ?3";

pub(super) const EXTENT: &str = "SELECT length, tail, is_superseded FROM outputs WHERE name = ?1";

pub(super) const SET_EXTENT: &str = "INSERT INTO outputs (name, length, tail, is_superseded) VALUES (?1, ?2, ?3, ?4) \
    ON CONFLICT (name) DO UPDATE SET length = ?2, tail = ?3, is_superseded = ?4";

pub(super) const SAME_BODY: &str = "SELECT page, body, text, canonical_key, fingerprint \
    FROM stories INDEXED BY stories_by_body WHERE body = ?1 AND duplicate_of IS NULL AND page <> ?2 ORDER BY page LIMIT ?3";

pub(super) const SAME_CANONICAL: &str = "SELECT page, body, text, canonical_key, fingerprint \
    FROM stories INDEXED BY stories_by_canonical WHERE canonical_key = ?1 AND duplicate_of IS NULL AND page <> ?2 \
    ORDER BY page LIMIT ?3";

pub(super) const SAME_BAND: &str = "SELECT stories.page, body, text, canonical_key, fingerprint \
    FROM bands JOIN stories ON stories.page = bands.page \
    WHERE band = ?1 AND bands.page <> ?2 ORDER BY bands.page LIMIT ?3";

/// Reads indexes from end to end, once a run.
pub(super) const COUNTS: &str = "SELECT (SELECT count(*) FROM pages), (SELECT count(*) FROM hosts), \
    (SELECT count(*) FROM pages INDEXED BY pages_by_due WHERE due_at <= ?1), \
    (SELECT count(*) FROM pages INDEXED BY pages_deferred WHERE is_deferred AND due_at > ?1), \
    (SELECT min(due_at) FROM pages INDEXED BY pages_by_due WHERE due_at > ?1)";

/// Reads indexes from end to end, when a person asks.
pub(super) const INSPECT: &str = "SELECT (SELECT count(*) FROM pages), (SELECT count(*) FROM pages WHERE due_at <= ?1), \
    (SELECT max(started_at) FROM runs)";

pub(super) const END_RUN: &str = "UPDATE runs SET ended_at = ?2, outcomes = ?3 WHERE id = ?1";

pub(super) const RUNS: &str = "SELECT id, started_at, ended_at, outcomes, figures FROM runs \
    LEFT JOIN figures ON run = id ORDER BY id DESC LIMIT ?1";

pub(super) const SET_FIGURES: &str = "INSERT INTO figures (run, figures) VALUES (?1, ?2) \
    ON CONFLICT (run) DO UPDATE SET figures = ?2";

pub(super) const FORGET_FIGURES: &str = "DELETE FROM figures WHERE run <= ?1";

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::super::{open, row};
    use super::*;

    /// What SQLite will do for a statement, a line a step.
    fn plan(statement: &str) -> String {
        let dir = tempfile::tempdir().unwrap();
        let (db, _) = open::open(&dir.path().join("state.sqlite")).unwrap();
        let mut explain = db.prepare(&format!("EXPLAIN QUERY PLAN {statement}")).unwrap();
        let nulls = vec![None::<i64>; explain.parameter_count()];
        let steps =
            explain.query_map(rusqlite::params_from_iter(nulls), |row| row.get::<_, String>(3)).unwrap();
        steps.collect::<Result<Vec<_>, _>>().unwrap().join("\n")
    }

    #[test]
    fn no_statement_of_the_daily_work_scans_or_sorts() {
        for statement in [
            HOST_ID,
            ADD_PAGE,
            HOST_IS_DUE,
            SOURCE_ID,
            ADD_HINTS,
            CONTENT,
            ASKED_AT,
            SET_ASKED_AT,
            DOCUMENT,
            SET_DOCUMENT,
            REFETCH,
            READY_HOSTS,
            DUE_PAGES,
            PLAN_OF_PAGE,
            PAGE_BY_KEY,
            SOURCE_OF_PAGE,
            UPDATE_HOST,
            SETTLE_HOST,
            CLOCK,
            SET_CLOCK,
            ROBOTS,
            SET_ROBOTS,
            EXTENT,
            SET_EXTENT,
            SAME_BODY,
            SAME_CANONICAL,
            SAME_BAND,
            END_RUN,
            SET_FIGURES,
            FORGET_FIGURES,
            row::UPDATE_PAGE,
            row::STORED_BANDS,
            row::PUT_STORY,
            row::DELETE_BAND,
            row::FORGET_CONTENT,
        ] {
            let plan = plan(statement);
            assert!(!plan.contains("SCAN") && !plan.contains("TEMP B-TREE"), "{statement}\n{plan}");
        }
        assert!(plan(READY_HOSTS).contains("USING INDEX hosts_by_ready (ready_at<?)"));
        assert!(plan(DUE_PAGES).contains("USING INDEX pages_by_due (host=? AND due_at<?)"));
        assert!(plan("SELECT url FROM pages WHERE url = ?1").contains("SCAN"));
    }
}
