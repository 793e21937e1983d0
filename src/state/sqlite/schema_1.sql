-- Times are milliseconds since 1970 in UTC, pauses milliseconds, digests 16 bytes.

-- What is asked politely: a host with its port, or a registrable domain.
CREATE TABLE hosts (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    next_at INTEGER NOT NULL DEFAULT 0,
    delay INTEGER,
    -- When the first of its pages is due: always the least `due_at` of its pages.
    due_at INTEGER,
    ready_at INTEGER GENERATED ALWAYS AS (max(next_at, due_at)) VIRTUAL
) STRICT;
CREATE INDEX hosts_by_ready ON hosts (ready_at, due_at) WHERE due_at IS NOT NULL;

CREATE TABLE robots (
    origin TEXT PRIMARY KEY,
    text TEXT NOT NULL,
    fetched_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The frontier. Rows are small, since most pages of a large one were never asked for.
CREATE TABLE pages (
    id INTEGER PRIMARY KEY,
    key BLOB NOT NULL,
    host INTEGER NOT NULL REFERENCES hosts (id),
    url TEXT NOT NULL,
    source TEXT,
    name TEXT,
    first_seen INTEGER NOT NULL,
    due_at INTEGER,
    is_deferred INTEGER NOT NULL DEFAULT 0,
    visited_at INTEGER,
    outcome TEXT,
    tries INTEGER NOT NULL DEFAULT 0,
    unchanged INTEGER NOT NULL DEFAULT 0,
    answer_url TEXT,
    etag TEXT,
    last_modified TEXT
) STRICT;
CREATE UNIQUE INDEX pages_by_key ON pages (key);
CREATE INDEX pages_by_due ON pages (host, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX pages_deferred ON pages (due_at) WHERE is_deferred;

CREATE TABLE stories (
    page INTEGER PRIMARY KEY REFERENCES pages (id),
    body BLOB NOT NULL,
    text BLOB NOT NULL,
    canonical TEXT NOT NULL,
    canonical_key BLOB NOT NULL,
    published INTEGER,
    fingerprint BLOB,
    revision INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    written_to TEXT,
    duplicate_of INTEGER REFERENCES pages (id)
) STRICT;
CREATE INDEX stories_by_body ON stories (body) WHERE duplicate_of IS NULL;
CREATE INDEX stories_by_canonical ON stories (canonical_key) WHERE duplicate_of IS NULL;

-- By what parts of its fingerprint a story that is no duplicate is found. A reference to the story would need an index of
-- its own, or each change of a story would scan this table.
CREATE TABLE bands (
    band INTEGER NOT NULL,
    page INTEGER NOT NULL,
    PRIMARY KEY (band, page)
) STRICT, WITHOUT ROWID;

-- How far outputs that only grow are accounted for.
CREATE TABLE outputs (
    name TEXT PRIMARY KEY,
    length INTEGER NOT NULL,
    tail BLOB NOT NULL,
    is_superseded INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE runs (
    id INTEGER PRIMARY KEY,
    started_at INTEGER NOT NULL,
    ended_at INTEGER,
    -- How often each outcome was met, as a JSON object.
    outcomes TEXT NOT NULL DEFAULT '{}'
) STRICT;
