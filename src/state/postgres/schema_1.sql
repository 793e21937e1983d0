-- Times are milliseconds since 1970 by the clock of the database, pauses milliseconds, digests 16 bytes.

-- Those who visit pages. One that is not heard of is taken for dead when its time is over, and its hosts are given to others.
CREATE TABLE workers (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL,
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    seen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    alive_until timestamptz NOT NULL,
    -- The pause that it makes where a host asks for no longer one.
    delay bigint NOT NULL,
    -- Whether it asks sources, which one does at a time.
    is_asking boolean NOT NULL DEFAULT false
) WITH (fillfactor = 50);

-- What is asked politely: a host with its port, or a registrable domain.
CREATE TABLE hosts (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,
    next_at bigint NOT NULL DEFAULT 0,
    delay bigint,
    -- When the first of its pages is due: always the least `due_at` of its pages.
    due_at bigint,
    ready_at bigint GENERATED ALWAYS AS (greatest(next_at, due_at)) STORED,
    -- Who has it, and which of the leases on it that is.
    worker bigint,
    epoch bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0);
CREATE INDEX hosts_by_ready ON hosts (ready_at, id) WHERE worker IS NULL AND due_at IS NOT NULL;
CREATE INDEX hosts_leased ON hosts (worker) WHERE worker IS NOT NULL;

CREATE TABLE robots (
    origin text PRIMARY KEY,
    -- Bytes, since a robots.txt may hold what is no text here.
    text bytea NOT NULL,
    fetched_at bigint NOT NULL
);

-- What `[[source]]` tables name: when each was last asked.
CREATE TABLE sources (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,
    asked_at bigint
);

-- The frontier. Rows are small, since most pages of a large one were never asked for.
CREATE TABLE pages (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key bytea NOT NULL UNIQUE,
    host bigint NOT NULL REFERENCES hosts (id),
    url text NOT NULL,
    source text,
    name text,
    found_by bigint REFERENCES sources (id),
    first_seen bigint NOT NULL,
    due_at bigint,
    is_deferred boolean NOT NULL DEFAULT false,
    visited_at bigint,
    outcome text,
    tries integer NOT NULL DEFAULT 0,
    unchanged integer NOT NULL DEFAULT 0,
    answer_url text,
    etag text,
    last_modified text
) WITH (fillfactor = 80);
CREATE INDEX pages_by_due ON pages (host, due_at, id) WHERE due_at IS NOT NULL;
CREATE INDEX pages_deferred ON pages (due_at) WHERE is_deferred;

-- What sources say about pages. The content goes when the story is had from the page itself.
CREATE TABLE hints (
    page bigint PRIMARY KEY REFERENCES pages (id) ON DELETE CASCADE,
    title text,
    published bigint,
    content text
);

CREATE TABLE stories (
    page bigint PRIMARY KEY REFERENCES pages (id) ON DELETE CASCADE,
    body bytea NOT NULL,
    text bytea NOT NULL,
    canonical text NOT NULL,
    canonical_key bytea NOT NULL,
    published bigint,
    fingerprint bytea,
    -- Parts of the fingerprint, by which a story that is no duplicate is found.
    bands bigint[],
    revision integer NOT NULL,
    changed_at bigint NOT NULL,
    words integer NOT NULL,
    written_to text,
    duplicate_of bigint
);
CREATE INDEX stories_by_body ON stories (body) WHERE duplicate_of IS NULL;
CREATE INDEX stories_by_canonical ON stories (canonical_key) WHERE duplicate_of IS NULL;
-- Each search would read the list of what waits to be put into the index.
CREATE INDEX stories_by_band ON stories USING gin (bands) WITH (fastupdate = off) WHERE duplicate_of IS NULL;

-- The articles, each in its newest form. The search takes what fits: a vector of words has a largest size.
CREATE TABLE articles (
    page bigint PRIMARY KEY REFERENCES pages (id) ON DELETE CASCADE,
    record jsonb NOT NULL,
    written_at timestamptz NOT NULL DEFAULT now(),
    words tsvector GENERATED ALWAYS AS (
        setweight(to_tsvector('simple', left(coalesce(record ->> 'title', ''), 10000)), 'A')
        || to_tsvector('simple', left(coalesce(record ->> 'body', ''), 100000))
    ) STORED
);
-- Words wait for the index, up to 512 KiB of them: more would make whoever puts them into it wait for long.
CREATE INDEX articles_by_words ON articles USING gin (words) WITH (gin_pending_list_limit = 512);

-- How far the outputs of each worker that only grow are accounted for.
CREATE TABLE outputs (
    worker text NOT NULL,
    name text NOT NULL,
    length bigint NOT NULL,
    tail bytea NOT NULL,
    is_superseded boolean NOT NULL,
    PRIMARY KEY (worker, name)
);

CREATE TABLE runs (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    started_at bigint NOT NULL,
    ended_at bigint,
    -- How often each outcome was met.
    outcomes jsonb NOT NULL DEFAULT '{}',
    -- What reports show of it, for the last runs. As text: a number must come back as it was.
    figures text
);

-- What came of visits, minute by minute. Every worker counts in rows of its own, so that none waits for another.
CREATE TABLE tallies (
    worker bigint NOT NULL,
    minute timestamptz NOT NULL,
    outcome text NOT NULL,
    pages bigint NOT NULL,
    PRIMARY KEY (minute, worker, outcome)
);

-- Feeds, sitemaps and front pages, as they were last had for a source.
CREATE TABLE documents (
    key bytea PRIMARY KEY,
    asked_at bigint NOT NULL,
    answer_url text,
    etag text,
    last_modified text
);
