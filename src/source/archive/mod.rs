//! Archives of pages: WARC files (ISO 28500), plain or gzipped, and WACZ, which are ZIP files that hold these.
//!
//! An archive is read from its beginning to its end, page by page, and never held as a whole. A page whose record can be gone
//! to, because nothing or only the record itself is packed, has a [`Spot`] by which it is read alone later.

mod pages;
mod record;
mod unpack;
mod wacz;

use std::fs::File;
use std::io::{self, BufRead, BufReader, ErrorKind, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use url::Url;

use super::{Candidate, Location};
use crate::failure::{Failure, FailureClass};
use crate::fetch::Fetched;
pub use pages::{Listed, Pages, PassedOver};
pub use unpack::{MAGIC, Unpacked};

/// The pages of a part of an archive: a WARC file is one, a WACZ holds some.
pub type Part<'r> = Pages<Box<dyn BufRead + 'r>>;

/// The endings of the names of WARC files.
const WARC_ENDINGS: [&str; 2] = [".warc", ".warc.gz"];

/// The ending of the names of WACZ files.
const WACZ_ENDING: &str = ".wacz";

/// The keys by which the URL of a page in an archive names its spot.
const RECORD: &str = "record";
const ORIGINAL: &str = "original";

/// A page of an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The archive; `-` for standard input.
    pub path: PathBuf,
    /// The URL that the page was had from.
    pub url: Url,
    /// Where it is in the archive, if that can be gone to.
    pub spot: Option<Spot>,
}

/// Where a page is in an archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spot {
    /// Where its record begins, in bytes.
    pub place: u64,
    /// Where the record of the page begins of which it is a revisit.
    pub original: Option<u64>,
}

impl Entry {
    /// What records and messages call it.
    pub fn name(&self) -> String {
        format!("{}#{}", self.path.display(), self.url)
    }

    /// The candidate that it is.
    pub fn candidate(self) -> Candidate {
        Candidate::at(self.name(), Ok(Location::Archived(self)))
    }
}

impl Spot {
    /// The spot in the archive at a URL of a file, if it names one.
    pub fn of(url: &Url) -> Option<Self> {
        let named = |name: &str| {
            let value = url.query_pairs().find(|(key, _)| key == name);
            value.and_then(|(_, value)| value.parse().ok())
        };
        Some(Self { place: named(RECORD)?, original: named(ORIGINAL) })
    }

    /// Makes the URL of an archive that of the page at this spot.
    pub fn name_in(self, url: &mut Url) {
        let mut pairs = url.query_pairs_mut();
        pairs.clear().append_pair(RECORD, &self.place.to_string());
        if let Some(original) = self.original {
            pairs.append_pair(ORIGINAL, &original.to_string());
        }
    }
}

/// Whether a file is an archive by its name.
pub fn is_archive(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    is_warc_name(&name) || is_wacz(path)
}

fn is_warc_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    WARC_ENDINGS.iter().any(|ending| name.ends_with(ending))
}

fn is_wacz(path: &Path) -> bool {
    path.to_string_lossy().to_ascii_lowercase().ends_with(WACZ_ENDING)
}

/// Whether what begins with these bytes is a WARC file, unless it is packed.
pub fn is_warc(bytes: &[u8]) -> bool {
    bytes.starts_with(b"WARC/")
}

/// Calls `work` with the pages of each part of an archive: a WARC file is one, a WACZ holds some.
///
/// # Errors
/// An archive that can't be read, and those of `work`, which ends it.
pub fn each_part(
    path: &Path,
    work: &mut dyn FnMut(&mut Part<'_>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    if is_wacz(path) {
        return wacz::each_part(path, work);
    }
    let file = File::open(path).map_err(|error| unreadable(path, &error))?;
    if file.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.len() == 0) {
        return Err(Failure::new(FailureClass::Empty, format!("`{}` is empty", path.display())));
    }
    let reader: Box<dyn BufRead + '_> = Box::new(BufReader::new(file));
    let mut pages = Pages::new(reader, Some(0)).map_err(|error| unreadable(path, &error))?;
    work(&mut pages)
}

/// The candidates of an archive whose pages are read one by one later, and what was passed over. What is damaged, or can't be
/// read that way, is a candidate that fails.
pub fn candidates(path: &Path) -> (Vec<Candidate>, PassedOver) {
    let name = path.display().to_string();
    let (mut candidates, mut passed_over) = (Vec::new(), PassedOver::new());
    let read = each_part(path, &mut |pages| {
        while let Some(listed) = pages.advance().map_err(|error| unreadable(path, &error))? {
            let spot = Some(listed.spot().ok_or_else(|| packed_as_a_whole(&name))?);
            candidates.push(Entry { path: path.to_owned(), url: listed.url, spot }.candidate());
        }
        for (reason, count) in pages.passed_over() {
            *passed_over.entry(*reason).or_default() += count;
        }
        damage(&name, pages.damages()).map_or(Ok(()), Err)
    });
    candidates.extend(read.err().map(|failure| Candidate::at(name.clone(), Err(failure))));
    (candidates, passed_over)
}

/// The page at a spot of an archive, at most `max_body` bytes.
///
/// # Errors
/// An archive that can't be read or holds something else there, and those of [`Pages::page`].
pub fn read(path: &Path, spot: Spot, max_body: u64) -> Result<Box<Fetched>, Failure> {
    let failed = |error: io::Error| unreadable(path, &error);
    let place = spot.original.unwrap_or(spot.place);
    let mut pages = Pages::new(open_at(path, place)?, Some(place)).map_err(failed)?;
    let listed = pages.advance().map_err(failed)?.filter(|listed| listed.place == Some(place));
    let listed = listed.ok_or_else(|| {
        let message = format!("`{}` holds no page at byte {place} any more", path.display());
        Failure::new(FailureClass::ReadFailed, message)
    })?;
    let mut page = pages.page(&listed, max_body)?;
    if spot.original.is_some()
        && let Some((url, fetched_at)) = pages::named(open_at(path, spot.place)?).map_err(failed)?
    {
        (page.url, page.fetched_at) = (url, fetched_at);
    }
    Ok(page)
}

/// How many bytes of a WARC file that is packed record by record there are up to the end of its last whole record. What stands
/// behind that is what a writer has begun who was killed.
///
/// # Errors
/// When it can't be read, and `InvalidData` for something else than packed records.
pub fn whole_length(reader: impl BufRead) -> io::Result<u64> {
    let mut stream = Unpacked::new(reader, Some(0))?;
    if !stream.is_packed() && !stream.fill_buf()?.is_empty() {
        return Err(io::Error::new(
            ErrorKind::InvalidData,
            "it is no gzip file; move it away to begin a new one",
        ));
    }
    loop {
        let count = match stream.fill_buf() {
            Ok([]) => return Ok(stream.whole()),
            Ok(piece) => piece.len(),
            // Reading goes on with the next record.
            Err(error) if unpack::is_damage(&error) => 0,
            Err(error) => return Err(error),
        };
        stream.consume(count);
    }
}

fn open_at(path: &Path, place: u64) -> Result<BufReader<File>, Failure> {
    let open = || {
        let mut file = File::open(path)?;
        file.seek(SeekFrom::Start(place))?;
        Ok(BufReader::new(file))
    };
    open().map_err(|error: io::Error| unreadable(path, &error))
}

/// The failure of an archive that the system can't read.
pub fn unreadable(path: &Path, error: &io::Error) -> Failure {
    Failure::new(FailureClass::ReadFailed, format!("can't read `{}`: {error}", path.display()))
}

fn packed_as_a_whole(name: &str) -> Failure {
    let message = format!(
        "`{name}` is packed as a whole, so that no page in it can be gone to; unpack it first, or read all of it with \
        `pressclip clean`"
    );
    Failure::new(FailureClass::ReadFailed, message)
}

/// The failure that stands for what of an archive is damaged, if anything is.
pub fn damage(name: &str, damages: u64) -> Option<Failure> {
    let message = || {
        format!(
            "`{name}` is damaged or cut short in {damages} places; what could be read around them was taken"
        )
    };
    (damages > 0).then(|| Failure::new(FailureClass::ReadFailed, message()))
}
