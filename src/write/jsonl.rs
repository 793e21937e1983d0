//! A file with one article on each line, each article once.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, ErrorKind};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::files::{self, Draft};
use super::json;
use super::names::{self, Identities};
use crate::article::Article;
use crate::failure::Failure;

/// Writes the articles of a run into a new file that takes the place of the old one only when it is finished.
///
/// Dropped before [`JsonLines::finish`], it leaves the old file as it was.
#[derive(Debug)]
pub struct JsonLines {
    path: PathBuf,
    lines: Draft,
    written: Identities,
}

impl JsonLines {
    /// Starts a new file for `path`, in the same folder, which is made when it is missing.
    ///
    /// # Errors
    /// `DiskFull` or `WriteFailed`; the latter also when something is at `path` that is no file, such as a link.
    pub fn open(path: &Path) -> Result<Self, Failure> {
        old_file(path).map_err(|error| files::failure(path, &error))?;
        Ok(Self { path: path.to_owned(), lines: Draft::open(path)?, written: Identities::default() })
    }

    /// Adds `article`, unless one with its identity was added before.
    ///
    /// # Errors
    /// `DiskFull` or `WriteFailed`, after which the new file must not be finished.
    pub fn push(&mut self, article: &Article) -> Result<(), Failure> {
        if !self.written.insert(names::identity(article)) {
            return Ok(());
        }
        self.lines.append(json::line(article).as_bytes())
    }

    /// Carries over the lines of the old file whose articles were not added, and puts the new file in its place.
    ///
    /// The old file is read line by line. A last line that was torn is dropped; another that is no record is
    /// kept, since it is not ours to lose.
    ///
    /// # Errors
    /// `DiskFull` or `WriteFailed`; the old file is then as it was.
    pub fn finish(self) -> Result<(), Failure> {
        let Self { path, mut lines, mut written } = self;
        let unreadable = |error| files::failure(&path, &error);
        if let Some(old) = old_file(&path).map_err(unreadable)? {
            carry_over(BufReader::new(old), &mut lines, &mut written, unreadable)?;
        }
        lines.finish()
    }
}

/// The part of a line that tells which article it is.
#[derive(Deserialize)]
struct Line {
    source: String,
    url: Option<String>,
}

/// The file at `path`, or `None` when there is none.
fn old_file(path: &Path) -> io::Result<Option<File>> {
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_file() => File::open(path).map(Some),
        Ok(_) => Err(io::Error::new(ErrorKind::InvalidInput, "there is something that is no file")),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Copies the lines of `old` whose articles are not in `written`.
fn carry_over(
    mut old: impl BufRead,
    new: &mut Draft,
    written: &mut Identities,
    unreadable: impl Fn(io::Error) -> Failure,
) -> Result<(), Failure> {
    let mut line = Vec::new();
    loop {
        line.clear();
        if old.read_until(b'\n', &mut line).map_err(&unreadable)? == 0 {
            return Ok(());
        }
        let is_whole = line.ends_with(b"\n");
        let text = line.trim_ascii();
        let is_kept = match serde_json::from_slice::<Line>(text) {
            Ok(record) => written.insert(record.url.as_deref().unwrap_or(&record.source)),
            Err(_) => is_whole && !text.is_empty(),
        };
        if is_kept {
            new.append(text)?;
            new.append(b"\n")?;
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn article(source: &str, title: &str) -> Article {
        Article { source: source.to_owned(), title: Some(title.to_owned()), ..Article::default() }
    }

    fn write(path: &Path, articles: &[Article]) {
        let mut lines = JsonLines::open(path).unwrap();
        for article in articles {
            lines.push(article).unwrap();
        }
        lines.finish().unwrap();
    }

    fn read(path: &Path) -> Vec<Article> {
        fs::read_to_string(path).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn an_article_is_there_once_and_in_its_newest_form() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("out/articles.jsonl");
        write(&path, &[article("a", "old"), article("b", "kept"), article("a", "doubled")]);
        write(&path, &[article("a", "new"), article("c", "added")]);
        assert_eq!(read(&path), [article("a", "new"), article("c", "added"), article("b", "kept")]);
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn the_url_after_redirects_tells_articles_apart() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.jsonl");
        let same = |source| Article { url: Some("https://a.example/".to_owned()), ..article(source, source) };
        write(&path, &[same("1")]);
        write(&path, &[same("2")]);
        assert_eq!(read(&path), [same("2")]);
    }

    #[test]
    fn a_run_that_is_not_finished_changes_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.jsonl");
        write(&path, &[article("a", "old")]);
        let mut lines = JsonLines::open(&path).unwrap();
        lines.push(&article("a", "new")).unwrap();
        drop(lines);
        assert_eq!(read(&path), [article("a", "old")]);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_torn_last_line_goes_and_a_foreign_line_stays() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.jsonl");
        let whole = json::line(&article("a", "whole"));
        fs::write(&path, format!("not ours\n\n{whole}{}", &whole[..30])).unwrap();
        write(&path, &[]);
        assert_eq!(fs::read_to_string(&path).unwrap(), format!("not ours\n{whole}"));
        fs::write(&path, whole.trim_end()).unwrap();
        write(&path, &[]);
        assert_eq!(fs::read_to_string(&path).unwrap(), whole);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_in_place_of_the_file_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.jsonl");
        fs::write(dir.path().join("victim"), "safe").unwrap();
        std::os::unix::fs::symlink(dir.path().join("victim"), &path).unwrap();
        assert!(JsonLines::open(&path).is_err());
    }
}
