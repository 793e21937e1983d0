-- How long a story is, so that a sudden change is seen; 0 for one that was had before lengths were remembered.
ALTER TABLE stories ADD COLUMN words INTEGER NOT NULL DEFAULT 0;

-- What reports show of the last runs, as JSON.
CREATE TABLE figures (
    run INTEGER PRIMARY KEY REFERENCES runs (id),
    figures TEXT NOT NULL
) STRICT;
