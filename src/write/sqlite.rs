//! The articles as a database that can be searched: a row each, the whole record as JSON beside the columns, and an index
//! of all words (FTS5).
//!
//! A row is found by the identity of its article, so that a revision takes the place of what was there, and so does what a
//! killed run wrote and did not record. Nothing is taken out.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, Statement, TransactionBehavior, params};

use super::inert::inert;
use super::names::identity;
use crate::article::Article;
use crate::failure::{Failure, FailureClass};
use crate::state::page::point_in_time;

/// What marks a database as one of ours: "prcA" in ASCII.
const APPLICATION_ID: i32 = 0x7072_6341;

/// The version of the tables.
const VERSION: i32 = 1;

/// How long a reader that keeps the database to itself is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

const TABLES: &str = include_str!("sqlite.sql");

const UPSERT: &str = "INSERT INTO articles (page, source, url, canonical_url, kind, title, dek, authors, published, published_at, \
    modified, site, language, section, tags, image, paywalled, word_count, fetched_at, revision, duplicate_of, content_hash, body, record) \
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24) \
    ON CONFLICT (page) DO UPDATE SET (source, url, canonical_url, kind, title, dek, authors, published, published_at, modified, site, \
    language, section, tags, image, paywalled, word_count, fetched_at, revision, duplicate_of, content_hash, body, record) = \
    (excluded.source, excluded.url, excluded.canonical_url, excluded.kind, excluded.title, excluded.dek, excluded.authors, \
    excluded.published, excluded.published_at, excluded.modified, excluded.site, excluded.language, excluded.section, excluded.tags, \
    excluded.image, excluded.paywalled, excluded.word_count, excluded.fetched_at, excluded.revision, excluded.duplicate_of, \
    excluded.content_hash, excluded.body, excluded.record)";

/// The database, open for writing.
#[derive(Debug)]
pub struct Database {
    path: PathBuf,
    connection: Connection,
}

impl Database {
    /// Opens the database at `path`, or makes an empty one, in its folder, which is made when it is missing.
    ///
    /// # Errors
    /// `DiskFull` or `WriteFailed`; the latter also for a file that is no such database.
    pub fn open(path: &Path) -> Result<Self, Failure> {
        let folder = path.parent().map_or(Ok(()), std::fs::create_dir_all);
        folder.map_err(|error| super::files::failure(path, &error))?;
        let is_link = path.symlink_metadata().is_ok_and(|metadata| !metadata.is_file());
        if is_link {
            return Err(refused(path, "there is something that is no file"));
        }
        let open = || -> rusqlite::Result<Connection> {
            let connection = Connection::open(path)?;
            connection.busy_timeout(PATIENCE)?;
            Ok(connection)
        };
        let connection = open().map_err(|error| failure(path, &error))?;
        let mut database = Self { path: path.to_owned(), connection };
        database.prepare()?;
        Ok(database)
    }

    /// Makes the tables, or proves that they are ours.
    fn prepare(&mut self) -> Result<(), Failure> {
        let failure = |error| failure(&self.path, &error);
        let number =
            |name: &str| self.connection.query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, i32>(0));
        let tables: u32 = self
            .connection
            .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
            .map_err(failure)?;
        let (application, version) =
            (number("application_id").map_err(failure)?, number("user_version").map_err(failure)?);
        match (tables, application, version) {
            (_, APPLICATION_ID, VERSION) => {}
            (0, ..) => {
                // Made as a whole or not at all.
                let marks =
                    format!("PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {VERSION};");
                self.connection
                    .execute_batch(&format!("BEGIN; {TABLES} {marks} COMMIT;"))
                    .map_err(failure)?;
            }
            (_, APPLICATION_ID, _) => {
                return Err(refused(&self.path, "it has the tables of another version of pressclip"));
            }
            _ => return Err(refused(&self.path, "it is a database of something else")),
        }
        // Readers go on reading while articles are put in, and what is put in outlasts a loss of power.
        let settings = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;";
        self.connection.execute_batch(settings).map_err(failure)
    }

    /// Puts articles in, each with its record as JSON, in place of what was known about them: all of them or none.
    ///
    /// # Errors
    /// `DiskFull` or `WriteFailed`.
    pub fn put<'a>(
        &mut self,
        articles: impl IntoIterator<Item = (&'a Article, &'a str)>,
    ) -> Result<(), Failure> {
        let put = || -> rusqlite::Result<()> {
            let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            {
                let mut statement = transaction.prepare_cached(UPSERT)?;
                for (article, record) in articles {
                    upsert(&mut statement, article, record)?;
                }
            }
            transaction.commit()
        };
        put().map_err(|error| failure(&self.path, &error))
    }

    /// Leaves the database as one file that can be copied, unless somebody is reading it.
    pub fn close(self) {
        if let Err(error) = self.connection.execute_batch("PRAGMA journal_mode = DELETE") {
            tracing::debug!("{}: {error}", self.path.display());
        }
    }
}

fn upsert(statement: &mut Statement<'_>, article: &Article, record: &str) -> rusqlite::Result<()> {
    let list = |values: &[String]| serde_json::to_string(values).expect("a list of text is always JSON");
    let published = article.published.as_deref().and_then(point_in_time);
    statement.execute(params![
        identity(article),
        article.source,
        article.url,
        article.canonical_url,
        article.kind.name(),
        article.title,
        article.dek,
        list(&article.authors),
        article.published,
        published.map(|time| format!("{time:.0}")),
        article.modified,
        article.site,
        article.language,
        article.section,
        list(&article.tags),
        article.image,
        article.paywalled,
        i64::try_from(article.word_count).unwrap_or(i64::MAX),
        article.fetched_at,
        article.revision,
        article.duplicate_of,
        article.content_hash,
        article.body,
        record.trim_end(),
    ])?;
    Ok(())
}

fn failure(path: &Path, error: &rusqlite::Error) -> Failure {
    let path = path.to_string_lossy();
    let path = inert(&path);
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => Failure::new(
            FailureClass::DiskFull,
            format!("no space left for `{path}`; free some and run again"),
        ),
        _ => Failure::new(FailureClass::WriteFailed, format!("can't write `{path}`: {error}")),
    }
}

fn refused(path: &Path, why: &str) -> Failure {
    let path = path.to_string_lossy();
    let message = format!("can't write `{}`: {why}; move it away to begin a new one", inert(&path));
    Failure::new(FailureClass::WriteFailed, message)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::write::json;

    fn article(source: &str, title: &str, body: &str) -> Article {
        Article {
            source: source.to_owned(),
            title: Some(title.to_owned()),
            body: body.to_owned(),
            ..Article::default()
        }
    }

    fn put(database: &mut Database, articles: &[Article]) {
        let records: Vec<String> = articles.iter().map(json::line).collect();
        database.put(articles.iter().zip(records.iter().map(String::as_str))).unwrap();
    }

    fn found(path: &Path, words: &str) -> Vec<String> {
        let connection = Connection::open(path).unwrap();
        let query = "SELECT a.title FROM search JOIN articles a ON a.id = search.rowid WHERE search MATCH ?1 ORDER BY rank";
        let mut statement = connection.prepare(query).unwrap();
        statement.query_map([words], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    }

    #[test]
    fn an_article_is_found_by_its_words_and_a_revision_takes_its_place() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("out/articles.sqlite");
        let mut database = Database::open(&path).unwrap();
        put(
            &mut database,
            &[article("a", "Über Fähren", "The ferry came back."), article("b", "Bridge", "It fell.")],
        );
        assert_eq!(found(&path, "ferry"), ["Über Fähren"]);
        assert_eq!(found(&path, "uber"), ["Über Fähren"]);
        database.close();
        let mut database = Database::open(&path).unwrap();
        put(&mut database, &[article("a", "Ships", "The boat came back.")]);
        database.close();
        assert_eq!((found(&path, "ferry").len(), found(&path, "boat")), (0, vec!["Ships".to_owned()]));
        let connection = Connection::open(&path).unwrap();
        let count: u32 = connection.query_row("SELECT count(*) FROM articles", [], |row| row.get(0)).unwrap();
        assert_eq!(count, 2);
        let title = "SELECT record ->> '$.title' FROM articles WHERE page = 'a'";
        assert_eq!(connection.query_row(title, [], |row| row.get::<_, String>(0)).unwrap(), "Ships");
        connection.execute_batch("INSERT INTO search (search) VALUES ('integrity-check')").unwrap();
        assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "one file is left");
    }

    #[test]
    fn a_database_of_something_else_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("articles.sqlite");
        Connection::open(&path).unwrap().execute_batch("CREATE TABLE mine (x)").unwrap();
        let before = std::fs::read(&path).unwrap();
        let failure = Database::open(&path).unwrap_err();
        assert!(failure.message.contains("of something else"), "{}", failure.message);
        assert_eq!(std::fs::read(&path).unwrap(), before);
        std::fs::write(
            &path,
            "no database at all, but a text that is long enough to be looked at".repeat(20),
        )
        .unwrap();
        assert_eq!(Database::open(&path).unwrap_err().class, FailureClass::WriteFailed);
    }
}
