//! The statements, and the proof that those of the daily work go through an index.
//!
//! What is done for many pages or hosts is one statement with an array a column, so that a batch costs few round trips. Rows of
//! hosts are locked in the order of their ids before anything else of them is touched: nobody waits for each other in a ring,
//! and nobody misses a page that another adds meanwhile.

/// What [`page`](super::row::page) reads.
macro_rules! select_page {
    ($rest:literal) => {
        concat!(
            "SELECT p.id, p.url, p.source, p.name, sources.name AS found_by, hints.title AS hinted_title, \
             hints.published AS hinted, p.first_seen, p.due_at, p.visited_at, p.outcome, p.tries, p.unchanged, p.answer_url, \
             p.etag, p.last_modified, s.body, s.text, s.canonical, s.published, s.fingerprint, s.revision, s.changed_at, \
             s.words, s.written_to, s.duplicate_of, p.host ",
            $rest
        )
    };
}

/// The row of the worker is held meanwhile: nobody can bury it between its leases.
pub(super) const LEASE_HOSTS: &str = "WITH ready AS (SELECT id FROM hosts WHERE worker IS NULL AND due_at IS NOT NULL \
    AND ready_at <= $1 AND due_at <= $2 ORDER BY ready_at, id LIMIT $3 FOR NO KEY UPDATE SKIP LOCKED), \
    me AS MATERIALIZED (SELECT id FROM workers WHERE id = $4 FOR KEY SHARE) \
    UPDATE hosts SET worker = me.id, epoch = epoch + 1 FROM me WHERE hosts.id = ANY (ARRAY (SELECT id FROM ready)) \
    RETURNING hosts.id, epoch, name, next_at, delay, ready_at";

/// What belongs to a page is looked up page by page, also by a plan that was made while there was none of it.
pub(super) const DUE_PAGES: &str = select_page!(
    "FROM unnest($1::bigint[]) AS leased (host), LATERAL (SELECT * FROM pages WHERE pages.host = leased.host \
     AND due_at <= $2 ORDER BY due_at, id LIMIT $3) AS p \
     LEFT JOIN LATERAL (SELECT * FROM stories WHERE stories.page = p.id OFFSET 0) AS s ON true \
     LEFT JOIN LATERAL (SELECT name FROM sources WHERE sources.id = p.found_by OFFSET 0) AS sources ON true \
     LEFT JOIN LATERAL (SELECT * FROM hints WHERE hints.page = p.id OFFSET 0) AS hints ON true"
);

/// The order is that of [`LEASE_HOSTS`] and [`DUE_PAGES`], and leased hosts are among it.
pub(super) const ALL_DUE: &str = select_page!(
    ", hosts.next_at FROM hosts JOIN pages AS p ON p.host = hosts.id LEFT JOIN stories AS s ON s.page = p.id \
     LEFT JOIN sources ON sources.id = p.found_by LEFT JOIN hints ON hints.page = p.id \
     WHERE hosts.due_at <= $1 AND p.due_at <= $1 ORDER BY hosts.ready_at, hosts.id, p.due_at, p.id"
);

pub(super) const PAGE_BY_KEY: &str = select_page!(
    "FROM pages AS p LEFT JOIN stories AS s ON s.page = p.id \
     LEFT JOIN sources ON sources.id = p.found_by LEFT JOIN hints ON hints.page = p.id WHERE p.key = $1"
);

/// What a query of the first due page of a host gives.
macro_rules! first_due {
    () => {
        "(SELECT due_at FROM pages WHERE pages.host = hosts.id AND due_at IS NOT NULL ORDER BY due_at LIMIT 1)"
    };
}

pub(super) const SETTLE_HOSTS: &str = concat!(
    "UPDATE hosts SET worker = NULL, due_at = ",
    first_due!(),
    " FROM unnest($1::bigint[], $2::bigint[]) AS lease (host, epoch) \
     WHERE hosts.id = lease.host AND hosts.epoch = lease.epoch AND worker = $3"
);

/// Now, by the clock of the database, in milliseconds.
macro_rules! now {
    () => {
        "ceil(extract(epoch FROM clock_timestamp()) * 1000)::bigint"
    };
}

pub(super) const RELEASE: &str = concat!(
    "UPDATE hosts SET worker = NULL, next_at = CASE WHEN lease.rest > 0 THEN greatest(next_at, lease.rest + ",
    now!(),
    ") ELSE next_at END FROM unnest($1::bigint[], $2::bigint[], $4::bigint[]) AS lease (host, epoch, rest) \
     WHERE hosts.id = lease.host AND hosts.epoch = lease.epoch AND worker = $3"
);

/// Leases a host for a request that is no visit to one of its pages.
pub(super) const ENTER: &str = concat!(
    "INSERT INTO hosts (name, worker, epoch) SELECT $1, me.id, 1 \
     FROM (SELECT id FROM workers WHERE id = $2 FOR KEY SHARE) AS me ON CONFLICT (name) DO UPDATE \
     SET worker = excluded.worker, epoch = hosts.epoch + 1 WHERE hosts.worker IS NULL AND hosts.next_at <= ",
    now!(),
    " RETURNING id, epoch"
);

/// Gives back what was leased in an answer that never came.
pub(super) const RELEASE_OTHERS: &str =
    "UPDATE hosts SET worker = NULL WHERE worker = $1 AND NOT (id = ANY ($2))";

pub(super) const NEXT_READY: &str = "SELECT ready_at FROM hosts WHERE worker IS NULL AND due_at IS NOT NULL AND due_at <= $1 \
    ORDER BY ready_at, id LIMIT 1";

pub(super) const LEASED_BY_OTHERS: &str = "SELECT EXISTS (SELECT FROM hosts WHERE worker IS NOT NULL AND worker <> $1) \
     OR EXISTS (SELECT FROM workers WHERE is_asking AND id <> $1)";

/// Who asks sources is decided by one at a time.
pub(super) const LOCK_ASKING: &str = "SELECT pg_advisory_xact_lock(x'70726573736b'::bigint)";

pub(super) const BEGIN_ASKING: &str = "UPDATE workers SET is_asking = true WHERE id = $1 \
    AND NOT EXISTS (SELECT FROM workers WHERE is_asking AND id <> $1)";

pub(super) const END_ASKING: &str = "UPDATE workers SET is_asking = false WHERE id = $1";

pub(super) const LOCK_LEASED: &str = "SELECT hosts.id FROM hosts JOIN unnest($1::bigint[], $2::bigint[]) AS lease (host, epoch) \
    ON hosts.id = lease.host AND hosts.epoch = lease.epoch WHERE worker = $3 ORDER BY hosts.id FOR NO KEY UPDATE OF hosts";

pub(super) const UPDATE_PAGES: &str = "UPDATE pages SET due_at = v.due_at, is_deferred = v.is_deferred, \
    visited_at = v.visited_at, outcome = v.outcome, tries = v.tries, unchanged = v.unchanged, answer_url = v.answer_url, \
    etag = v.etag, last_modified = v.last_modified FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::boolean[], \
    $5::bigint[], $6::text[], $7::integer[], $8::integer[], $9::text[], $10::text[], $11::text[]) AS v (id, host, due_at, \
    is_deferred, visited_at, outcome, tries, unchanged, answer_url, etag, last_modified) \
    WHERE pages.id = v.id AND pages.host = v.host RETURNING pages.id";

pub(super) const PUT_STORIES: &str = "INSERT INTO stories (page, body, text, canonical, canonical_key, published, fingerprint, \
    bands, revision, changed_at, written_to, duplicate_of, words) SELECT page, body, text, canonical, canonical_key, published, \
    fingerprint, bands::bigint[], revision, changed_at, written_to, duplicate_of, words FROM unnest($1::bigint[], $2::bytea[], \
    $3::bytea[], $4::text[], $5::bytea[], $6::bigint[], $7::bytea[], $8::text[], $9::integer[], $10::bigint[], $11::text[], \
    $12::bigint[], $13::integer[]) AS v (page, body, text, canonical, canonical_key, published, fingerprint, bands, revision, changed_at, \
    written_to, duplicate_of, words) ON CONFLICT (page) DO UPDATE SET body = excluded.body, text = excluded.text, \
    canonical = excluded.canonical, canonical_key = excluded.canonical_key, published = excluded.published, \
    fingerprint = excluded.fingerprint, bands = excluded.bands, revision = excluded.revision, \
    changed_at = excluded.changed_at, written_to = excluded.written_to, duplicate_of = excluded.duplicate_of, words = excluded.words";

pub(super) const FORGET_CONTENTS: &str =
    "UPDATE hints SET content = NULL WHERE page = ANY ($1) AND content IS NOT NULL";

pub(super) const PUT_ARTICLES: &str = "INSERT INTO articles (page, record) SELECT page, record::jsonb \
    FROM unnest($1::bigint[], $2::text[]) AS v (page, record) \
    ON CONFLICT (page) DO UPDATE SET record = excluded.record, written_at = now()";

pub(super) const UPDATE_HOSTS: &str = concat!(
    "UPDATE hosts SET next_at = v.next_at, delay = v.delay, due_at = ",
    first_due!(),
    " FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS v (host, next_at, delay) WHERE hosts.id = v.host"
);

pub(super) const TALLY: &str = "INSERT INTO tallies (worker, minute, outcome, pages) \
    SELECT $1, date_trunc('minute', now()), outcome, pages FROM unnest($2::text[], $3::bigint[]) AS v (outcome, pages) \
    ON CONFLICT (minute, worker, outcome) DO UPDATE SET pages = tallies.pages + excluded.pages";

pub(super) const SET_EXTENTS: &str = "INSERT INTO outputs (worker, name, length, tail, is_superseded) \
    SELECT $1, name, length, tail, is_superseded FROM unnest($2::text[], $3::bigint[], $4::bytea[], $5::boolean[]) \
    AS v (name, length, tail, is_superseded) ON CONFLICT (worker, name) DO UPDATE SET length = excluded.length, \
    tail = excluded.tail, is_superseded = excluded.is_superseded";

pub(super) const EXTENT: &str =
    "SELECT length, tail, is_superseded FROM outputs WHERE worker = $1 AND name = $2";

pub(super) const KNOWN_KEYS: &str = "SELECT key FROM pages WHERE key = ANY ($1)";

pub(super) const ADD_HOSTS: &str = "INSERT INTO hosts (name) SELECT name FROM unnest($1::text[]) AS v (name) \
    WHERE NOT EXISTS (SELECT FROM hosts WHERE hosts.name = v.name) ORDER BY name ON CONFLICT (name) DO NOTHING";

pub(super) const LOCK_NAMED: &str =
    "SELECT id, name FROM hosts WHERE name = ANY ($1) ORDER BY id FOR NO KEY UPDATE";

pub(super) const ADD_SOURCES: &str = "INSERT INTO sources (name) SELECT name FROM unnest($1::text[]) AS v (name) \
    WHERE NOT EXISTS (SELECT FROM sources WHERE sources.name = v.name) ORDER BY name ON CONFLICT (name) DO NOTHING";

pub(super) const SOURCE_IDS: &str = "SELECT id, name FROM sources WHERE name = ANY ($1)";

/// A new page is due since the beginning of time.
pub(super) const ADD_PAGES: &str = "INSERT INTO pages (key, host, url, source, name, found_by, first_seen, due_at) \
    SELECT key, host, url, source, name, found_by, $7, 0 FROM unnest($1::bytea[], $2::bigint[], $3::text[], $4::text[], \
    $5::text[], $6::bigint[]) WITH ORDINALITY AS v (key, host, url, source, name, found_by, place) ORDER BY place \
    ON CONFLICT (key) DO NOTHING RETURNING id, key, host";

pub(super) const ADD_HINTS: &str = "INSERT INTO hints (page, title, published, content) \
    SELECT * FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::text[])";

pub(super) const HOSTS_ARE_DUE: &str =
    "UPDATE hosts SET due_at = 0 WHERE id = ANY ($1) AND due_at IS DISTINCT FROM 0";

pub(super) const LOCK_OF_KEYS: &str = "SELECT id FROM hosts WHERE id = ANY (ARRAY (SELECT host FROM pages WHERE key = ANY ($1))) \
    ORDER BY id FOR NO KEY UPDATE";

pub(super) const REFETCH: &str = "UPDATE pages SET due_at = 0 WHERE key = ANY ($1) RETURNING host";

pub(super) const SOURCE_OF_PAGE: &str = "SELECT coalesce(source, url) FROM pages WHERE id = $1";

/// Stories with a body, a canonical URL, or a part of the fingerprint in common, as [`known`](super::row::known) reads them.
macro_rules! alike {
    ($condition:literal) => {
        concat!(
            "(SELECT page, body, text, canonical_key, fingerprint FROM stories WHERE duplicate_of IS NULL AND ",
            $condition,
            " AND page <> $4 LIMIT $5)"
        )
    };
}

pub(super) const STORIES_LIKE: &str = concat!(
    alike!("body = $1"),
    " UNION ALL ",
    alike!("canonical_key = $2"),
    " UNION ALL ",
    alike!("bands && $3")
);

pub(super) const CONTENT: &str = "SELECT content FROM hints WHERE page = $1";

pub(super) const ASKED_AT: &str = "SELECT asked_at FROM sources WHERE name = $1";

pub(super) const SET_ASKED_AT: &str =
    "INSERT INTO sources (name, asked_at) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET asked_at = $2";

pub(super) const DOCUMENT: &str =
    "SELECT asked_at, answer_url, etag, last_modified FROM documents WHERE key = $1";

pub(super) const SET_DOCUMENT: &str = "INSERT INTO documents (key, asked_at, answer_url, etag, last_modified) \
    VALUES ($1, $2, $3, $4, $5) ON CONFLICT (key) DO UPDATE SET asked_at = $2, answer_url = $3, etag = $4, last_modified = $5";

pub(super) const CLOCK: &str = "SELECT next_at, delay FROM hosts WHERE name = $1";

pub(super) const SET_CLOCK: &str = "INSERT INTO hosts (name, next_at, delay) VALUES ($1, $2, $3) \
    ON CONFLICT (name) DO UPDATE SET next_at = $2, delay = $3";

pub(super) const ROBOTS: &str = "SELECT text, fetched_at FROM robots WHERE origin = $1";

pub(super) const SET_ROBOTS: &str = "INSERT INTO robots (origin, text, fetched_at) VALUES ($1, $2, $3) \
    ON CONFLICT (origin) DO UPDATE SET text = $2, fetched_at = $3";

/// Reads tables and indexes from end to end, once a run.
pub(super) const COUNTS: &str = "SELECT (SELECT count(*) FROM pages), (SELECT count(*) FROM hosts), \
    (SELECT count(*) FROM pages WHERE due_at <= $1), (SELECT count(*) FROM pages WHERE is_deferred AND due_at > $1), \
    (SELECT min(due_at) FROM pages WHERE due_at > $1)";

pub(super) const BEGIN_RUN: &str = "INSERT INTO runs (started_at) VALUES ($1) RETURNING id";

pub(super) const END_RUN: &str = "UPDATE runs SET ended_at = $2, outcomes = $3::text::jsonb WHERE id = $1";

pub(super) const RUNS: &str =
    "SELECT id, started_at, ended_at, outcomes::text, figures FROM runs ORDER BY id DESC LIMIT $1";

pub(super) const SET_FIGURES: &str = "UPDATE runs SET figures = $2 WHERE id = $1";

pub(super) const FORGET_FIGURES: &str =
    "UPDATE runs SET figures = NULL WHERE id <= $1 AND figures IS NOT NULL";

pub(super) const REGISTER: &str = "INSERT INTO workers (name, alive_until, delay) \
    VALUES ($1, clock_timestamp() + $2 * interval '1 millisecond', $3) RETURNING id";

pub(super) const STAY_ALIVE: &str = "UPDATE workers SET seen_at = clock_timestamp(), \
    alive_until = clock_timestamp() + $2 * interval '1 millisecond' WHERE id = $1";

/// Workers whose time is over. A database that was away gives them time to be heard of again.
pub(super) const DEAD: &str = "SELECT id, delay, ceil(extract(epoch FROM alive_until) * 1000)::bigint FROM workers \
    WHERE id <> $1 AND greatest(alive_until, pg_postmaster_start_time() + $2 * interval '1 millisecond') < clock_timestamp() \
    FOR UPDATE SKIP LOCKED";

/// Takes hosts from the dead. Each of those may have asked a host up to its last moment, so that the pause begins there.
pub(super) const INHERIT: &str = "UPDATE hosts SET worker = NULL, \
    next_at = greatest(next_at, dead.until + greatest(dead.delay, hosts.delay)) \
    FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS dead (id, delay, until) WHERE hosts.worker = dead.id";

pub(super) const BURY: &str = "DELETE FROM workers WHERE id = ANY ($1)";

/// Gives all hosts of a worker back. What was broken off may have asked them a moment ago.
pub(super) const LEAVE_HOSTS: &str = concat!(
    "UPDATE hosts SET worker = NULL, next_at = greatest(next_at, greatest($2, delay) + ",
    now!(),
    ") WHERE worker = $1"
);

pub(super) const LEAVE: &str = "DELETE FROM workers WHERE id = $1";

pub(super) const HOSTS_NOW: &str = "SELECT count(*) FILTER (WHERE worker IS NULL AND next_at <= $1), \
    count(*) FILTER (WHERE worker IS NULL AND next_at > $1), count(*) FILTER (WHERE worker IS NOT NULL) \
    FROM hosts WHERE worker IS NOT NULL OR due_at <= $1";

pub(super) const OVERDUE: &str = "SELECT name, greatest(ready_at, (SELECT first_seen FROM pages WHERE pages.host = hosts.id \
    AND due_at IS NOT NULL ORDER BY due_at, id LIMIT 1)) FROM hosts WHERE worker IS NULL AND due_at IS NOT NULL \
    AND ready_at <= $1 ORDER BY ready_at, id LIMIT 1";

pub(super) const WORKERS: &str = "SELECT name, floor(extract(epoch FROM started_at) * 1000)::bigint, \
    floor(extract(epoch FROM seen_at) * 1000)::bigint, alive_until > clock_timestamp(), \
    (SELECT count(*) FROM hosts WHERE hosts.worker = workers.id), coalesce((SELECT sum(pages) FROM tallies WHERE \
    tallies.worker = workers.id AND minute = date_trunc('minute', now()) - interval '1 minute'), 0)::bigint \
    FROM workers ORDER BY id";

pub(super) const LAST_MINUTE: &str = "SELECT coalesce(sum(pages), 0)::bigint FROM tallies \
    WHERE minute = date_trunc('minute', now()) - interval '1 minute'";

pub(super) const LAST_HOUR: &str = "SELECT outcome, sum(pages)::bigint FROM tallies \
    WHERE minute > now() - interval '1 hour' GROUP BY outcome";

pub(super) const COUNT_ARTICLES: &str = "SELECT count(*) FROM articles";

pub(super) const ARTICLES: &str = "SELECT record::text FROM articles ORDER BY page";

pub(super) const ALL_PAGES: &str = "SELECT id, host FROM pages";

pub(super) const PAGES_OF_KEYS: &str = "SELECT id, host FROM pages WHERE key = ANY ($1)";

pub(super) const PAGES_OF_HOST: &str =
    "SELECT id, host FROM pages WHERE host = (SELECT id FROM hosts WHERE name = $1)";

pub(super) const FAILED_PAGES: &str = "SELECT id, host FROM pages WHERE split_part(outcome, ':', 1) IN ('failed', 'deferred') \
    AND ($1::text IS NULL OR split_part(outcome, ':', 2) = $1)";

pub(super) const LOCK_HOSTS: &str = "SELECT id FROM hosts WHERE id = ANY ($1) ORDER BY id FOR NO KEY UPDATE";

pub(super) const RETRY_PAGES: &str = "UPDATE pages SET due_at = 0 WHERE id = ANY ($1)";

pub(super) const DROP_PAGES: &str = "UPDATE pages SET due_at = NULL, is_deferred = false WHERE id = ANY ($1)";

pub(super) const PURGE_PAGES: &str = "DELETE FROM pages WHERE id = ANY ($1)";

pub(super) const FORGET_FIRSTS: &str = "UPDATE stories SET duplicate_of = NULL WHERE duplicate_of = ANY ($1)";

pub(super) const COUNT_HOSTS_ANEW: &str =
    concat!("UPDATE hosts SET due_at = ", first_due!(), " WHERE id = ANY ($1)");

pub(super) const FORGET_TALLIES: &str = "DELETE FROM tallies WHERE minute < now() - interval '1 day'";
