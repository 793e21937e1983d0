-- What `[[source]]` tables name: when each was last asked.
CREATE TABLE sources (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    asked_at INTEGER
) STRICT;

-- The source that named a page first.
ALTER TABLE pages ADD COLUMN found_by INTEGER REFERENCES sources (id);

-- What sources say about pages. The content goes when the story is had from the page itself.
CREATE TABLE hints (
    page INTEGER PRIMARY KEY REFERENCES pages (id),
    title TEXT,
    published INTEGER,
    content TEXT
) STRICT;

-- Feeds, sitemaps and front pages, as they were last had for a source. The key is a digest of the settings of the source and
-- the URL, so that other patterns have the document read anew.
CREATE TABLE documents (
    key BLOB PRIMARY KEY,
    asked_at INTEGER NOT NULL,
    answer_url TEXT,
    etag TEXT,
    last_modified TEXT
) STRICT, WITHOUT ROWID;
