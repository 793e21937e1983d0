//! Opening: a new database is whole from its first moment, an old one is checked and brought up to date, and a damaged one
//! is moved aside.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};

use crate::state::StateError;

/// Marks the file as ours: "pres" in ASCII, in SQLite's field for this purpose.
const APPLICATION_ID: i32 = 0x7072_6573;

/// The steps from an empty database to the tables of today. A step that was released never changes; `PRAGMA user_version`
/// counts those that were taken.
const MIGRATIONS: [&str; 3] =
    [include_str!("schema_1.sql"), include_str!("schema_2.sql"), include_str!("schema_3.sql")];

/// A version further ahead than this comes from damage and not from a newer pressclip.
const VERSIONS_AHEAD: i32 = 1000;

/// Longest time for the check of a database that is opened. A frontier of some hundred thousand pages is checked whole in it;
/// a larger one as far as it goes, so that opening stays fast. Damage that is missed shows when it is read.
const CHECK_TIME: Duration = Duration::from_millis(250);

/// Steps of SQLite's machine between two looks at the clock.
const CHECK_STEPS: i32 = 1000;

/// How long a call waits for another program that reads the file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Statements that stay prepared.
const STATEMENTS: usize = 64;

/// How each connection works.
///
/// WAL: a commit is one append and one sync, and readers (`pressclip status`, the `sqlite3` tool) don't disturb. FULL: what is
/// recorded survives a power cut, so that no page is asked for twice and no pause that a server wanted is forgotten; with
/// many records a commit the sync costs little (`benches/state.rs`). No memory map: a file that is cut short would kill the
/// process. The log is copied into the database every 32 MiB: a story touches a dozen places of an index, and those that
/// are touched again meanwhile are copied once. The cache, in KiB, holds the inner pages of all indexes of a million pages.
const PRAGMAS: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -32768; \
    PRAGMA temp_store = MEMORY; PRAGMA mmap_size = 0; PRAGMA wal_autocheckpoint = 8192; \
    PRAGMA journal_size_limit = 67108864; PRAGMA trusted_schema = OFF;";

/// Opens the database at `path`, or makes one. When a damaged one was there, it is moved aside, and the second value is
/// where it is now.
pub(super) fn open(path: &Path) -> Result<(Connection, Option<PathBuf>), StateError> {
    match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => create(path).map(|db| (db, None)),
        Err(error) => Err(cannot(path, error)),
        Ok(metadata) if !metadata.is_file() => Err(cannot(path, "there is something that is no file")),
        Ok(_) => match existing(path) {
            Ok(db) => Ok((db, None)),
            Err(StateError::Damaged(_)) => {
                let aside = move_aside(path)?;
                create(path).map(|db| (db, Some(aside)))
            }
            Err(error) => Err(error),
        },
    }
}

/// Moves the database at `path` out of the way, with its log, and gives its new place.
pub(super) fn move_aside(path: &Path) -> Result<PathBuf, StateError> {
    let stamp = Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string();
    let names = (1..).map(|count| match count {
        1 => with_suffix(path, &format!(".damaged-{stamp}")),
        count => with_suffix(path, &format!(".damaged-{stamp}-{count}")),
    });
    let aside =
        names.into_iter().find(|name| !name.exists()).unwrap_or_else(|| with_suffix(path, ".damaged"));
    fs::rename(path, &aside).map_err(|error| cannot(path, error))?;
    for suffix in ["-wal", "-shm"] {
        match fs::rename(with_suffix(path, suffix), with_suffix(&aside, suffix)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(cannot(path, error)),
            Ok(()) | Err(_) => {}
        }
    }
    Ok(aside)
}

/// Makes an empty state beside its place and puts it there, so that a run that is killed here leaves nothing half made.
fn create(path: &Path) -> Result<Connection, StateError> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|error| cannot(path, error))?;
    }
    let draft = with_suffix(path, ".new");
    // A log without its database would be taken for the log of the new one.
    for stale in
        [&draft, &with_suffix(&draft, "-journal"), &with_suffix(path, "-wal"), &with_suffix(path, "-shm")]
    {
        match fs::remove_file(stale) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(cannot(stale, error)),
            Ok(()) | Err(_) => {}
        }
    }
    let mut db = connect(&draft, OpenFlags::SQLITE_OPEN_CREATE)?;
    db.pragma_update(None, "application_id", APPLICATION_ID)?;
    migrate(&mut db, 0)?;
    db.close().map_err(|(_, error)| error)?;
    fs::rename(&draft, path).map_err(|error| cannot(path, error))?;
    let db = connect(path, OpenFlags::empty())?;
    db.execute_batch(PRAGMAS)?;
    Ok(db)
}

/// Opens the database at `path` to read alone and checks it: nothing of it is changed, moved or brought up to date.
pub(super) fn look(path: &Path) -> Result<Connection, StateError> {
    let flags =
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    // Without a log nobody writes, and SQLite needs no files of its own beside the database.
    let is_at_rest = !with_suffix(path, "-wal").exists();
    let url = std::path::absolute(path).ok().and_then(|path| url::Url::from_file_path(path).ok());
    let name = match url {
        Some(url) if is_at_rest => PathBuf::from(format!("{url}?immutable=1")),
        Some(_) | None => path.to_owned(),
    };
    let mut db = Connection::open_with_flags(name, flags).map_err(|error| cannot(path, error))?;
    known_version(&db, path)?;
    check(&mut db)?;
    Ok(db)
}

fn existing(path: &Path) -> Result<Connection, StateError> {
    let mut db = connect(path, OpenFlags::empty())?;
    let version = known_version(&db, path)?;
    db.execute_batch(PRAGMAS)?;
    check(&mut db)?;
    migrate(&mut db, version)?;
    if tables(&db)? != expected_tables()? {
        return Err(StateError::Damaged("its tables are not those of a state".into()));
    }
    Ok(db)
}

/// The version of a database that is ours and not too new.
fn known_version(db: &Connection, path: &Path) -> Result<i32, StateError> {
    let application: i32 = db.pragma_query_value(None, "application_id", |row| row.get(0))?;
    if application != APPLICATION_ID {
        let ours: i64 = db.query_row(
            "SELECT count(*) FROM sqlite_schema WHERE name IN ('hosts', 'pages', 'stories')",
            (),
            |row| row.get(0),
        )?;
        let tables: i64 = db.query_row("SELECT count(*) FROM sqlite_schema", (), |row| row.get(0))?;
        return Err(if ours < 3 && tables > 0 {
            StateError::Foreign(path.to_owned())
        } else {
            StateError::Damaged("its head is not that of a state".into())
        });
    }
    let newest = MIGRATIONS.len() as i32;
    let version: i32 = db.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if version > newest && version <= newest + VERSIONS_AHEAD {
        return Err(StateError::Newer { path: path.to_owned(), version });
    }
    if !(1..=newest).contains(&version) {
        return Err(StateError::Damaged(format!("it claims the version {version}").into()));
    }
    Ok(version)
}

fn connect(path: &Path, extra: OpenFlags) -> Result<Connection, StateError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | extra;
    let db = Connection::open_with_flags(path, flags).map_err(|error| cannot(path, error))?;
    db.busy_timeout(BUSY_TIMEOUT)?;
    db.set_prepared_statement_cache_capacity(STATEMENTS);
    // The plan of a statement must not depend on its values, or SQLite compiles it anew for each: every statement on a table
    // with a partial index would be, which cost more than all that they do.
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(db)
}

/// Looks for contradictions, for at most [`CHECK_TIME`].
fn check(db: &mut Connection) -> Result<(), StateError> {
    let start = Instant::now();
    db.progress_handler(CHECK_STEPS, Some(move || start.elapsed() > CHECK_TIME))?;
    let verdict = db.query_row("PRAGMA quick_check(1)", (), |row| row.get::<_, String>(0));
    db.progress_handler(CHECK_STEPS, None::<fn() -> bool>)?;
    match verdict {
        Ok(verdict) if verdict == "ok" => Ok(()),
        Ok(problem) => Err(StateError::Damaged(problem.into())),
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::OperationInterrupted) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Takes the steps after the first `version` ones, each in one transaction.
fn migrate(db: &mut Connection, version: i32) -> Result<(), StateError> {
    for (step, next) in MIGRATIONS.iter().zip(1..).skip(version as usize) {
        let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute_batch(step)?;
        transaction.pragma_update(None, "user_version", next)?;
        transaction.commit()?;
    }
    Ok(())
}

/// The tables and indexes of a database, as the statements that make them.
fn tables(db: &Connection) -> Result<Vec<(String, Option<String>)>, StateError> {
    let mut select = db.prepare("SELECT name, sql FROM sqlite_schema ORDER BY name")?;
    let rows = select.query_map((), |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn expected_tables() -> Result<Vec<(String, Option<String>)>, StateError> {
    let mut db = Connection::open_in_memory()?;
    migrate(&mut db, 0)?;
    tables(&db)
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}

fn cannot(path: &Path, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> StateError {
    StateError::Open { path: path.to_owned(), source: source.into() }
}
