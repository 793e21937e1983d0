CREATE TABLE articles (
    id INTEGER PRIMARY KEY,
    page TEXT NOT NULL UNIQUE,      -- the URL after redirects, or the source of a saved page
    source TEXT NOT NULL,
    url TEXT,
    canonical_url TEXT,
    kind TEXT NOT NULL,
    title TEXT,
    dek TEXT,
    authors TEXT NOT NULL,          -- a JSON list
    published TEXT,                 -- as in the record: RFC 3339, or a date alone
    published_at TEXT,              -- the same in UTC, for sorting; a date alone is its first moment
    modified TEXT,
    site TEXT,
    language TEXT,
    section TEXT,
    tags TEXT NOT NULL,             -- a JSON list
    image TEXT,
    paywalled INTEGER,
    word_count INTEGER NOT NULL,
    fetched_at TEXT,
    revision INTEGER,
    duplicate_of TEXT,
    content_hash TEXT,
    body TEXT NOT NULL,
    record TEXT NOT NULL            -- the whole record as JSON
);
CREATE INDEX articles_by_time ON articles (published_at);
CREATE INDEX articles_by_site ON articles (site, published_at);

-- The words of all articles: `search MATCH 'ferry OR boat'`; rowid is the id of the article.
CREATE VIRTUAL TABLE search USING fts5 (
    title, dek, body, content = 'articles', content_rowid = 'id', tokenize = 'unicode61 remove_diacritics 2'
);
CREATE TRIGGER articles_put AFTER INSERT ON articles BEGIN
    INSERT INTO search (rowid, title, dek, body) VALUES (new.id, new.title, new.dek, new.body);
END;
CREATE TRIGGER articles_gone AFTER DELETE ON articles BEGIN
    INSERT INTO search (search, rowid, title, dek, body) VALUES ('delete', old.id, old.title, old.dek, old.body);
END;
CREATE TRIGGER articles_changed AFTER UPDATE ON articles BEGIN
    INSERT INTO search (search, rowid, title, dek, body) VALUES ('delete', old.id, old.title, old.dek, old.body);
    INSERT INTO search (rowid, title, dek, body) VALUES (new.id, new.title, new.dek, new.body);
END;
