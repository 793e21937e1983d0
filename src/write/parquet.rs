//! The articles as files of columns (Apache Parquet), which others query: a folder of files, each whole and never changed.
//!
//! Such a file can't grow, so articles wait in a file of lines beside the folder, which is durable and accounted for like any
//! other (`write/lines.rs`), until the run ends or enough of them have come. Then they become one file, named by what it
//! holds, and the lines go. A run that is killed in between leaves the lines, of which the next run first makes the same file
//! under the same name: no article is lost, and none is there twice. A revision is one more row, with its `revision`.

#[cfg(feature = "parquet")]
mod columns;

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::files;
use super::json;
use super::lines::Lines;
use crate::article::Article;
use crate::failure::Failure;
use crate::state::output::Extent;

/// The folder of the files, below that of the outputs.
pub const FOLDER: &str = "articles.parquet";

/// The file in which articles wait, hidden from whoever reads the folder of the outputs as a whole.
pub const PENDING_FILE: &str = ".articles.pending.jsonl";

/// Articles become a file when so many bytes of lines wait: some 10,000 articles, which a query reads at once without
/// needing much memory.
const ENOUGH: u64 = 64 * 1024 * 1024;

/// Rows that are put into columns at once.
#[cfg(feature = "parquet")]
const ROWS_AT_ONCE: usize = 512;

/// The folder, and what waits for it.
#[derive(Debug)]
pub struct Shards {
    folder: PathBuf,
    waiting: PathBuf,
    pending: Lines,
}

impl Shards {
    /// Opens the folder below `dir`, in which lines wait up to `recorded`. What a killed run left there becomes a file first.
    ///
    /// # Errors
    /// `DiskFull` or `WriteFailed`.
    pub fn open(dir: &Path, recorded: Option<Extent>) -> Result<Self, Failure> {
        let (folder, waiting) = (dir.join(FOLDER), dir.join(PENDING_FILE));
        let pending = Lines::open(&waiting, json::LINES, recorded)?;
        let mut shards = Self { folder, waiting, pending };
        shards.publish()?;
        Ok(shards)
    }

    /// The lines that wait.
    pub fn pending(&mut self) -> &mut Lines {
        &mut self.pending
    }

    /// How far the lines that wait have grown.
    pub fn extent(&self) -> &Extent {
        self.pending.extent()
    }

    /// Whether so many articles wait that they should become a file.
    pub fn is_full(&self) -> bool {
        self.pending.extent().length >= ENOUGH
    }

    /// Makes a file of the articles that wait, all of which must be recorded before; then [`Shards::extent`] is to be.
    ///
    /// # Errors
    /// `DiskFull` or `WriteFailed`; the articles then wait on.
    pub fn publish(&mut self) -> Result<(), Failure> {
        if self.pending.is_empty() {
            return Ok(());
        }
        let unreadable = |error| files::failure(&self.waiting, &error);
        // A file that was made and not accounted for is made again, so that its name must say what it holds.
        let name = name(&self.waiting).map_err(unreadable)?;
        fs::create_dir_all(&self.folder).map_err(unreadable)?;
        write(&self.waiting, &self.folder.join(name))?;
        self.pending.clear()
    }
}

/// The name of the file for the lines at `path`: when the first article was had, and the hash of all.
fn name(path: &Path) -> std::io::Result<String> {
    let mut hasher = Sha256::new();
    let mut first = None;
    each_line(path, |line| {
        hasher.update(line);
        let article = || serde_json::from_slice::<Article>(line).ok();
        first = first.take().or_else(|| article().and_then(|article| article.fetched_at));
        Ok(())
    })?;
    let time: String =
        first.unwrap_or_default().chars().filter(char::is_ascii_alphanumeric).take(16).collect();
    let hash: String = hasher.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    Ok(format!("{time}-{hash}.parquet"))
}

fn each_line(path: &Path, mut work: impl FnMut(&[u8]) -> std::io::Result<()>) -> std::io::Result<()> {
    let mut file = BufReader::new(File::open(path)?);
    let mut line = Vec::new();
    loop {
        line.clear();
        if file.read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        work(&line)?;
    }
}

/// Writes the articles of the lines at `from` as one file at `to`.
#[cfg(feature = "parquet")]
fn write(from: &Path, to: &Path) -> Result<(), Failure> {
    let mut draft = files::Draft::open(to)?;
    let mut written = || -> std::io::Result<()> {
        let mut columns = columns::Columns::new(draft.writer())?;
        let mut articles = Vec::with_capacity(ROWS_AT_ONCE);
        each_line(from, |line| {
            match serde_json::from_slice::<Article>(line) {
                Ok(article) => articles.push(article),
                Err(error) => {
                    tracing::error!("a line in `{}` is no record and left out: {error}", from.display())
                }
            }
            if articles.len() == ROWS_AT_ONCE {
                columns.put(&articles)?;
                articles.clear();
            }
            Ok(())
        })?;
        columns.put(&articles)?;
        columns.finish()
    };
    written().map_err(|error| files::failure(to, &error))?;
    draft.finish()
}

#[cfg(not(feature = "parquet"))]
fn write(_: &Path, to: &Path) -> Result<(), Failure> {
    let missing = std::io::Error::other("this pressclip was built without `parquet`");
    Err(files::failure(to, &missing))
}

#[cfg(all(test, feature = "parquet"))]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn line(source: &str) -> String {
        let fetched_at = Some("2026-03-01T10:00:00Z".to_owned());
        json::line(&Article { source: source.to_owned(), fetched_at, ..Article::default() })
    }

    fn files(dir: &Path) -> Vec<String> {
        let Ok(entries) = fs::read_dir(dir.join(FOLDER)) else { return Vec::new() };
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn what_waits_becomes_a_file_once_whenever_the_run_is_killed() {
        let dir = tempfile::tempdir().unwrap();
        let mut shards = Shards::open(dir.path(), None).unwrap();
        shards.pending().append(line("a").as_bytes()).unwrap();
        let recorded = shards.extent().clone();
        shards.pending().append(line("lost").as_bytes()).unwrap();
        assert!(files(dir.path()).is_empty());
        drop(shards);
        let lines = fs::read(dir.path().join(PENDING_FILE)).unwrap();
        let shards = Shards::open(dir.path(), Some(recorded.clone())).unwrap();
        let made = files(dir.path());
        assert_eq!((made.len(), shards.extent().length), (1, 0));
        assert!(made[0].starts_with("20260301T100000Z-") && made[0].ends_with(".parquet"), "{made:?}");
        // Killed before the lines went: the same file is made.
        fs::write(dir.path().join(PENDING_FILE), lines).unwrap();
        let mut shards = Shards::open(dir.path(), Some(recorded)).unwrap();
        assert_eq!(files(dir.path()), made);
        shards.pending().append(line("b").as_bytes()).unwrap();
        shards.publish().unwrap();
        shards.publish().unwrap();
        assert_eq!(files(dir.path()).len(), 2);
        assert_eq!(rows(dir.path()), ["a", "b"]);
    }

    /// The sources in all files.
    fn rows(dir: &Path) -> Vec<String> {
        use arrow_array::{Array, StringArray};
        use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
        let mut sources = Vec::new();
        for name in files(dir) {
            let file = File::open(dir.join(FOLDER).join(name)).unwrap();
            for batch in ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap() {
                let batch = batch.unwrap();
                let column =
                    batch.column_by_name("source").unwrap().as_any().downcast_ref::<StringArray>().unwrap();
                sources.extend((0..column.len()).map(|row| column.value(row).to_owned()));
            }
        }
        sources.sort();
        sources
    }
}
