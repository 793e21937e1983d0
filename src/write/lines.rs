//! A file with one article on each line, which grows line by line: JSON lines or a table. A WARC file grows likewise, with
//! records in place of lines.
//!
//! A line is appended in one piece and synced before its page is recorded, together with the length of the file
//! ([`Extent`]). What a killed run appended after that belongs to pages that are not recorded and will be written again, so
//! it is cut off when the file is opened: no line is torn, and none is there twice. The line of a story that has changed
//! stands after the one that it replaces, until [`Lines::compact`] takes that out at the end of the run.

mod compact;
mod rotate;

use std::fs::{self, File};
use std::io::{self, BufReader, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::files;
use crate::failure::Failure;
use crate::source::archive;
use crate::state::identity::Digest;
use crate::state::output::Extent;

/// Bytes at the end of the file that tell it from another one.
const TAIL: u64 = 1024;

/// Bytes that are read at once in search of the last line break.
const PIECE: u64 = 64 * 1024;

/// What the lines of a file are.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    /// What stands above the first article, with its line break.
    pub header: &'static str,
    /// How a line is told from one that replaces it; without that, what was replaced stays.
    pub article: Option<ArticleOf>,
    /// The length of all lines that are whole, of a file that is open for reading and has this length.
    pub whole: fn(&mut File, u64) -> io::Result<u64>,
}

/// The article that a line is about, by the digest of its [identity](super::names::identity); `None` for a line that is none of
/// ours.
pub type ArticleOf = fn(&[u8]) -> Option<Digest>;

/// The file, open for appending.
#[derive(Debug)]
pub struct Lines {
    path: PathBuf,
    shape: Shape,
    file: File,
    extent: Extent,
}

impl Lines {
    /// Opens the file at `path`, or makes one without articles in its folder, which is made when it is missing. `recorded` is how
    /// far the state says that it has grown: what stands after that is cut off. Of a file that is not the one that the state
    /// knows, or of which it knows nothing, only a torn last line is cut off.
    ///
    /// # Errors
    /// `DiskFull` or `WriteFailed`; the latter also when something is at `path` that is no file, such as a link, and when
    /// it has another header.
    pub fn open(path: &Path, shape: Shape, recorded: Option<Extent>) -> Result<Self, Failure> {
        open(path, shape, recorded).map_err(|error| files::failure(path, &error))
    }

    /// Appends whole lines and syncs them.
    ///
    /// # Errors
    /// `DiskFull` or `WriteFailed`; the file is then as it was, or is cut when it is next opened.
    pub fn append(&mut self, lines: &[u8]) -> Result<(), Failure> {
        if lines.is_empty() {
            return Ok(());
        }
        self.put(lines).map_err(|error| files::failure(&self.path, &error))
    }

    fn put(&mut self, lines: &[u8]) -> io::Result<()> {
        let end = self.extent.length + lines.len() as u64;
        let write = |file: &mut File, at: u64| {
            file.seek(SeekFrom::Start(at))?;
            file.write_all(lines)?;
            file.sync_data()?;
            tail(file, end)
        };
        match write(&mut self.file, self.extent.length) {
            Ok(tail) => {
                (self.extent.length, self.extent.tail) = (end, tail);
                Ok(())
            }
            Err(error) => {
                // If that fails too, the next run does it.
                let _ = self.file.set_len(self.extent.length);
                Err(error)
            }
        }
    }

    /// Puts the header into an empty file, and proves that any other has the same one.
    fn begin(&mut self) -> io::Result<()> {
        let header = self.shape.header.as_bytes();
        if self.extent.length > 0 {
            self.file.rewind()?;
            let mut found = Vec::new();
            (&self.file).take(header.len() as u64).read_to_end(&mut found)?;
            let refusal =
                "its columns are others than those of this version; move it away to begin a new one";
            return if found == header {
                Ok(())
            } else {
                Err(io::Error::new(ErrorKind::InvalidData, refusal))
            };
        }
        self.put(header)
    }

    /// Whether there is no article in the file.
    pub fn is_empty(&self) -> bool {
        self.extent.length <= self.shape.header.len() as u64
    }

    /// How far the file has grown.
    pub fn extent(&self) -> &Extent {
        &self.extent
    }

    /// Notes that a line which is there already has been replaced by one that was appended.
    pub fn supersede(&mut self) {
        self.extent.is_superseded = true;
    }

    /// Takes back what was appended since the file had this `extent`, because it can't be recorded.
    pub fn roll_back(&mut self, extent: Extent) {
        // If that fails, the next run does it.
        let _ = self.file.set_len(extent.length);
        self.extent = extent;
    }

    /// Takes out all articles, when they are kept elsewhere.
    ///
    /// # Errors
    /// `DiskFull` or `WriteFailed`.
    pub fn clear(&mut self) -> Result<(), Failure> {
        let clear = |lines: &mut Self| {
            lines.file.set_len(0)?;
            lines.file.sync_data()?;
            open(&lines.path, lines.shape, None)
        };
        *self = clear(self).map_err(|error| files::failure(&self.path, &error))?;
        Ok(())
    }

    /// Keeps only the newest line of each article, when lines were replaced. The new file takes the place of the old one
    /// when it is whole. Lines that are no records are kept, since they are not ours to lose.
    ///
    /// # Errors
    /// `DiskFull` or `WriteFailed`; the old file is then as it was.
    pub fn compact(&mut self) -> Result<(), Failure> {
        let Some(article) = self.shape.article.filter(|_| self.extent.is_superseded) else { return Ok(()) };
        compact::keep_newest(&self.path, article)?;
        let reopen = || open(&self.path, self.shape, None);
        *self = reopen().map_err(|error| files::failure(&self.path, &error))?;
        self.extent.is_superseded = false;
        Ok(())
    }
}

fn open(path: &Path, shape: Shape, recorded: Option<Extent>) -> io::Result<Lines> {
    match fs::symlink_metadata(path) {
        Ok(metadata) if !metadata.is_file() => {
            return Err(io::Error::new(ErrorKind::InvalidInput, "there is something that is no file"));
        }
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        Ok(_) | Err(_) => {}
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut file = File::options().read(true).write(true).create(true).truncate(false).open(path)?;
    let found = file.metadata()?.len();
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let is_known = |file: &mut File, extent: &Extent| -> io::Result<bool> {
        Ok(extent.length <= found && tail(file, extent.length)? == extent.tail)
    };
    let extent = match recorded {
        Some(extent) if is_known(&mut file, &extent)? => extent,
        Some(_) | None => {
            let length = (shape.whole)(&mut file, found)?;
            // Nobody knows what it holds, so that it may hold what is written once more.
            Extent { name, length, tail: tail(&mut file, length)?, is_superseded: length > 0 }
        }
    };
    if extent.length < found {
        // When its last article was written is what a closed file is named by.
        let modified = file.metadata()?.modified()?;
        file.set_len(extent.length)?;
        file.set_modified(modified)?;
        file.sync_data()?;
    }
    let mut lines = Lines { path: path.to_owned(), shape, file, extent };
    lines.begin()?;
    Ok(lines)
}

/// The digest of the last bytes of what is before `end`.
fn tail(file: &mut File, end: u64) -> io::Result<Digest> {
    let start = end.saturating_sub(TAIL);
    file.seek(SeekFrom::Start(start))?;
    let mut bytes = Vec::new();
    file.take(end - start).read_to_end(&mut bytes)?;
    Ok(Digest::of(bytes))
}

/// The length of all lines that are whole, of a file of `length` bytes.
///
/// # Errors
/// When it can't be read.
pub fn whole_lines(file: &mut File, length: u64) -> io::Result<u64> {
    let mut end = length;
    let mut piece = Vec::new();
    while end > 0 {
        let start = end.saturating_sub(PIECE);
        file.seek(SeekFrom::Start(start))?;
        piece.clear();
        file.take(end - start).read_to_end(&mut piece)?;
        if let Some(at) = piece.iter().rposition(|byte| *byte == b'\n') {
            return Ok(start + at as u64 + 1);
        }
        end = start;
    }
    Ok(0)
}

/// The length of all records that are whole, of a WARC file that is packed record by record.
///
/// # Errors
/// When it can't be read, and for a file of another kind.
pub fn whole_records(file: &mut File, _: u64) -> io::Result<u64> {
    file.rewind()?;
    archive::whole_length(BufReader::new(file))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::article::Article;
    use crate::write::json;

    fn line(source: &str, title: &str) -> String {
        let article =
            Article { source: source.to_owned(), title: Some(title.to_owned()), ..Article::default() };
        json::line(&article)
    }

    fn read(path: &Path) -> String {
        fs::read_to_string(path).unwrap()
    }

    #[test]
    fn what_was_appended_and_not_recorded_is_cut_off_torn_or_whole() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("out/articles.jsonl");
        let mut lines = Lines::open(&path, json::LINES, None).unwrap();
        lines.append(line("a", "recorded").as_bytes()).unwrap();
        let recorded = lines.extent().clone();
        assert_eq!((recorded.name.as_str(), recorded.is_superseded), ("articles.jsonl", false));
        let long = line("b", &"long ".repeat(1000));
        for lost in [line("b", "lost"), line("b", "lost")[..20].to_owned(), format!("{long}{}", &long[..9])] {
            fs::write(&path, line("a", "recorded") + &lost).unwrap();
            let again = Lines::open(&path, json::LINES, Some(recorded.clone())).unwrap();
            assert_eq!((again.extent(), read(&path)), (&recorded, line("a", "recorded")));
        }
    }

    #[test]
    fn of_a_file_that_is_not_known_only_a_torn_last_line_goes() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.jsonl");
        let mut lines = Lines::open(&path, json::LINES, None).unwrap();
        lines.append(line("a", "recorded").as_bytes()).unwrap();
        let other = lines.extent().clone();
        let whole = format!("not ours\n{}{}", line("b", "of a user"), line("c", &"long ".repeat(50_000)));
        for recorded in [None, Some(other)] {
            fs::write(&path, format!("{whole}{{\"source\"")).unwrap();
            let again = Lines::open(&path, json::LINES, recorded).unwrap();
            assert_eq!((again.extent().is_superseded, read(&path) == whole), (true, true));
        }
        fs::write(&path, "torn").unwrap();
        assert_eq!(Lines::open(&path, json::LINES, None).unwrap().extent().length, 0);
    }

    #[test]
    fn what_cannot_be_recorded_is_taken_back() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.jsonl");
        let mut lines = Lines::open(&path, json::LINES, None).unwrap();
        lines.append(line("a", "recorded").as_bytes()).unwrap();
        let recorded = lines.extent().clone();
        lines.append(line("b", "lost").as_bytes()).unwrap();
        lines.roll_back(recorded);
        lines.append(line("c", "kept").as_bytes()).unwrap();
        assert_eq!(read(&path), line("a", "recorded") + &line("c", "kept"));
    }

    #[test]
    fn the_newest_line_of_each_article_is_kept_in_its_place() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.jsonl");
        let mut lines = Lines::open(&path, json::LINES, None).unwrap();
        let same = |source: &str| {
            let url = Some("https://a.example/".to_owned());
            json::line(&Article { url, ..serde_json::from_str(&line(source, source)).unwrap() })
        };
        let old = [line("a", "old"), same("1"), "not ours\n".to_owned(), line("b", "kept")];
        lines.append(old.concat().as_bytes()).unwrap();
        lines.compact().unwrap();
        assert_eq!(read(&path), old.concat());
        lines.append((line("a", "new") + &same("2")).as_bytes()).unwrap();
        lines.supersede();
        lines.compact().unwrap();
        let expected = ["not ours\n".to_owned(), line("b", "kept"), line("a", "new"), same("2")].concat();
        assert_eq!(read(&path), expected);
        assert!(!lines.extent().is_superseded);
        lines.append(line("c", "added").as_bytes()).unwrap();
        assert_eq!(read(&path), expected + &line("c", "added"));
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_in_place_of_the_file_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.jsonl");
        fs::write(dir.path().join("victim"), "safe").unwrap();
        std::os::unix::fs::symlink(dir.path().join("victim"), &path).unwrap();
        assert!(Lines::open(&path, json::LINES, None).is_err());
    }
}
