//! Files: saved pages and archives of pages, one by one or a folder at a time.

use std::io::Read;
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;
use globset::GlobBuilder;
use walkdir::WalkDir;

use super::archive::is_archive;
use super::saved::is_mhtml;
use super::{Candidate, Location};
use crate::failure::{Failure, FailureClass};

/// The candidates that an operand names: itself, or the pages in it when it is a folder, sorted by path.
pub fn expand(operand: &str) -> Vec<Candidate> {
    if operand == "-" {
        return vec![Candidate::at("-".to_owned(), Ok(Location::Stdin))];
    }
    if !Path::new(operand).is_dir() {
        return vec![Candidate::parse(operand, Path::new(""))];
    }
    let pages: Vec<Candidate> = walk(operand.as_ref())
        .filter_map(|entry| match entry {
            Ok(entry) if may_be_read(&entry) && is_page(entry.path()) => {
                Some(file(entry.into_path(), operand))
            }
            Ok(_) => None,
            Err(error) => Some(unreadable(
                error.path().map_or_else(|| operand.to_owned(), |path| path.display().to_string()),
                &error.to_string(),
            )),
        })
        .collect();
    if pages.is_empty() {
        return vec![unreadable(
            operand.to_owned(),
            "it holds no page (*.html, *.htm, *.html.gz, *.mhtml) and no archive",
        )];
    }
    pages
}

/// The candidates of a source: the pages in the folder `path`, or those whose paths match it where it is a glob.
pub fn matching(path: &Path) -> Vec<Candidate> {
    let text = path.to_string_lossy();
    let is_glob = |part: &str| part.contains(['*', '?', '[', '{']);
    if !is_glob(&text) || path.exists() {
        return expand(&text);
    }
    let glob = match GlobBuilder::new(&text).literal_separator(true).build() {
        Ok(glob) => glob.compile_matcher(),
        Err(error) => return vec![unreadable(text.into_owned(), &error.to_string())],
    };
    // The folder that holds all that can match.
    let base: PathBuf =
        path.components().take_while(|part| !is_glob(&part.as_os_str().to_string_lossy())).collect();
    let root = if base.as_os_str().is_empty() { Path::new(".") } else { &base };
    let pages: Vec<Candidate> = walk(root)
        .flatten()
        .filter(may_be_read)
        .map(|entry| entry.path().strip_prefix(".").unwrap_or(entry.path()).to_owned())
        .filter(|path| glob.is_match(path))
        .map(|path| file(path, &base.to_string_lossy()))
        .collect();
    if pages.is_empty() {
        return vec![unreadable(text.into_owned(), "no file matches it")];
    }
    pages
}

/// The archives in the folder `path`, or those whose paths match it where it is a glob, or itself.
pub fn archives(path: &Path) -> Vec<Candidate> {
    let is_none =
        |candidate: &Candidate| matches!(&candidate.location, Ok(Location::File(path)) if !is_archive(path));
    let mut archives = matching(path);
    archives.retain(|candidate| !is_none(candidate));
    if archives.is_empty() {
        let why = "it names no archive (*.warc, *.warc.gz, *.wacz)";
        archives.push(unreadable(path.display().to_string(), why));
    }
    archives
}

/// What is below `root`, sorted, without what browsers save beside a page: `story_files/` beside `story.html`.
fn walk(root: &Path) -> impl Iterator<Item = walkdir::Result<walkdir::DirEntry>> {
    let belongs_to_a_page = |entry: &walkdir::DirEntry| {
        let stem = entry.file_name().to_str().and_then(|name| name.strip_suffix("_files"));
        let is_there = |stem: &str| {
            ["html", "htm"]
                .iter()
                .any(|ending| entry.path().with_file_name(format!("{stem}.{ending}")).is_file())
        };
        entry.depth() > 0 && entry.file_type().is_dir() && stem.is_some_and(is_there)
    };
    WalkDir::new(root).sort_by_file_name().into_iter().filter_entry(move |entry| !belongs_to_a_page(entry))
}

/// Whether an entry is a file or a link, and no pipe or device, which might never end.
fn may_be_read(entry: &walkdir::DirEntry) -> bool {
    entry.file_type().is_file() || entry.path_is_symlink()
}

fn is_page(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    let is_html = [".html", ".htm", ".html.gz"].iter().any(|ending| name.ends_with(ending));
    is_html || is_mhtml(path) || is_archive(path)
}

/// A page that was found in `folder`; its name is its path below that, without the endings.
fn file(path: PathBuf, folder: &str) -> Candidate {
    let below = path.strip_prefix(folder).unwrap_or(&path);
    let below = if below.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("gz")) {
        below.with_extension("")
    } else {
        below.to_owned()
    };
    let name = below.with_extension("").display().to_string();
    Candidate { name: Some(name), ..Candidate::at(path.display().to_string(), Ok(Location::File(path))) }
}

fn unreadable(source: String, why: &str) -> Candidate {
    let failure = Failure::new(FailureClass::ReadFailed, format!("can't read `{source}`: {why}"));
    Candidate::at(source, Err(failure))
}

/// The bytes of a file, unpacked when it is gzipped, at most `limit` of them.
///
/// # Errors
/// A file that can't be read (`read_failed`), holds more than `limit` bytes (`too_large`) or nothing (`empty`).
pub fn read(path: &Path, limit: u64) -> Result<Vec<u8>, Failure> {
    let failed = |error: &std::io::Error| {
        Failure::new(FailureClass::ReadFailed, format!("can't read `{}`: {error}", path.display()))
    };
    let file = std::fs::File::open(path).map_err(|error| failed(&error))?;
    let is_packed = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("gz"));
    let reader: Box<dyn Read> = if is_packed { Box::new(MultiGzDecoder::new(file)) } else { Box::new(file) };
    bounded(reader, limit, &path.display().to_string(), failed)
}

/// What tells whether the file at `path` has changed: its size and the time of its last change. `None` where the system
/// does not say.
pub fn stamp(path: &Path) -> Option<String> {
    let metadata = std::fs::metadata(path).ok()?;
    let changed = metadata.modified().ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
    Some(format!("{}-{}", metadata.len(), changed.as_nanos()))
}

/// The bytes on standard input, at most `limit` of them.
///
/// # Errors
/// As for [`read`].
pub fn read_stdin(limit: u64) -> Result<Vec<u8>, Failure> {
    let failed = |error: &std::io::Error| {
        Failure::new(FailureClass::ReadFailed, format!("can't read standard input: {error}"))
    };
    bounded(std::io::stdin(), limit, "-", failed)
}

/// All that `reader` gives, at most `limit` bytes; `name` is what messages call it.
///
/// # Errors
/// `failed` for what the reader fails with; otherwise as for [`read`].
pub fn bounded(
    reader: impl Read,
    limit: u64,
    name: &str,
    failed: impl Fn(&std::io::Error) -> Failure,
) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    reader.take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(|error| failed(&error))?;
    if bytes.len() as u64 > limit {
        return Err(too_large(&format!("`{name}`"), limit));
    }
    if bytes.is_empty() {
        return Err(Failure::new(FailureClass::Empty, format!("`{name}` is empty")));
    }
    Ok(bytes)
}

/// The refusal of what holds more than `limit` bytes; `what` is what the message calls it.
pub(super) fn too_large(what: &str, limit: u64) -> Failure {
    let limit = bytesize::ByteSize(limit);
    let message = format!("{what} holds more than {limit}; raise `fetch.max_body` to take it");
    Failure::new(FailureClass::TooLarge, message)
}
