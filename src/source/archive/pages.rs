//! The pages of an archive: its answers that are pages, and revisits of pages that stand earlier in it.

use std::collections::{BTreeMap, HashMap};
use std::io::{self, BufRead};

use jiff::Timestamp;
use url::Url;

use super::Spot;
use super::record::{Head, Records};
use crate::failure::{Failure, FailureClass};
use crate::fetch::Fetched;
use crate::fetch::stored::{self, NoPage};
use crate::state::identity::Digest;

/// Pages that revisits are looked for among, a bound for memory.
const MOST_KNOWN: usize = 1_000_000;

/// Bytes of a message that are read at once in search of the end of its head.
const PIECE: u64 = 4096;

/// What a body may need beyond its size: chunks, and a coding that makes it longer.
const SLACK: u64 = 1024 * 1024;

/// The pages of an archive, one after the other.
pub struct Pages<R> {
    records: Records<R>,
    /// The present record up to the end of the head of its message.
    message: Vec<u8>,
    /// Why there is no more of it.
    torn: Option<io::Error>,
    /// Where answers stand, by the digest of their payload and by their URI and date.
    known: HashMap<Digest, u64>,
    passed_over: PassedOver,
}

/// How many records were passed over, by the reason.
pub type PassedOver = BTreeMap<&'static str, usize>;

/// A page of an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its URL.
    pub url: Url,
    /// When it was had.
    pub fetched_at: Timestamp,
    /// Where in the file its record is; `None` where that can't be gone to.
    pub place: Option<u64>,
    /// Where the record of the page is of which this is a revisit.
    pub original: Option<u64>,
}

impl Listed {
    /// Where the page is in its archive, if that can be gone to.
    pub fn spot(&self) -> Option<Spot> {
        self.place.map(|place| Spot { place, original: self.original })
    }
}

impl<R: BufRead> Pages<R> {
    /// The pages of what `reader` gives, from `offset` in its file on; without one, none has a place.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn new(reader: R, offset: Option<u64>) -> io::Result<Self> {
        Ok(Self {
            records: Records::new(reader, offset)?,
            message: Vec::new(),
            torn: None,
            known: HashMap::new(),
            passed_over: PassedOver::new(),
        })
    }

    /// What was passed over so far.
    pub fn passed_over(&self) -> &PassedOver {
        &self.passed_over
    }

    /// Places so far at which something else stood than a record.
    pub fn damages(&self) -> u64 {
        self.records.damages()
    }

    /// The next page; `None` at the end.
    ///
    /// # Errors
    /// When the system can't read on.
    pub fn advance(&mut self) -> io::Result<Option<Listed>> {
        while let Some(head) = self.records.advance()? {
            match self.judge(&head) {
                Ok(Some(page)) => return Ok(Some(page)),
                Ok(None) => {}
                Err(reason) => *self.passed_over.entry(reason).or_default() += 1,
            }
        }
        Ok(None)
    }

    /// The page of this record, or why it is none; `None` for a record of another kind.
    fn judge(&mut self, head: &Head) -> Result<Option<Listed>, &'static str> {
        let is_revisit = match head.get("WARC-Type") {
            Some("response") => false,
            Some("revisit") => true,
            _ => return Ok(None),
        };
        let uri = head.uri("WARC-Target-URI").unwrap_or_default();
        let url = Url::parse(uri).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        let url = url.ok_or("not of the web")?;
        self.read_message_head();
        let no_page = match stored::head(&self.message) {
            Some(answer) => answer.no_page(&url),
            None => Some(NoPage::NoHttp),
        };
        // A revisit may say nothing, or that nothing has changed.
        match no_page {
            Some(NoPage::Type) => return Err("no HTML"),
            Some(NoPage::NoHttp) if self.torn.is_some() => {
                self.records.note_damage();
                return Ok(None);
            }
            Some(NoPage::NoHttp) if !is_revisit => return Err("no HTTP"),
            Some(NoPage::Status) if !is_revisit => {
                return Err("redirects, errors and other answers without a page");
            }
            _ => {}
        }
        let fetched_at = date(head.get("WARC-Date"));
        let original = if is_revisit {
            let names = [
                named_by_date(head.uri("WARC-Refers-To-Target-URI"), head.get("WARC-Refers-To-Date")),
                named_by_digest(head),
            ];
            let original = names.into_iter().flatten().find_map(|name| self.known.get(&name));
            Some(*original.ok_or("revisits of what is not in the archive before them")?)
        } else {
            self.remember(head, uri);
            None
        };
        let fetched_at = fetched_at.ok_or("without a date")?;
        Ok(Some(Listed { url, fetched_at, place: head.place, original }))
    }

    fn remember(&mut self, head: &Head, uri: &str) {
        let Some(place) = head.place.filter(|_| self.known.len() < MOST_KNOWN) else { return };
        let names = [named_by_date(Some(uri), head.get("WARC-Date")), named_by_digest(head)];
        for name in names.into_iter().flatten() {
            self.known.entry(name).or_insert(place);
        }
    }

    /// Reads the present block until the head of the message in it is whole.
    fn read_message_head(&mut self) {
        self.message.clear();
        self.torn = None;
        while !stored::has_head(&self.message) && self.records.left() > 0 && self.torn.is_none() {
            self.torn = self.records.read(PIECE, &mut self.message).err();
        }
    }

    /// The page that was listed last, unless it is a revisit.
    ///
    /// # Errors
    /// Those of [`stored::page`], and `truncated` for a record that ends early or is damaged.
    pub fn page(&mut self, listed: &Listed, max_body: u64) -> Result<Box<Fetched>, Failure> {
        let most = max_body.saturating_add(stored::MOST_HEAD_BYTES as u64).saturating_add(SLACK);
        if self.records.left().saturating_add(self.message.len() as u64) > most {
            return Err(stored::too_large(&listed.url, max_body));
        }
        let read = match self.torn.take() {
            Some(error) => Err(error),
            None => self.records.read(most, &mut self.message),
        };
        read.map_err(|error| {
            let message = format!("the record of `{}` is cut short or damaged: {error}", listed.url);
            Failure::new(FailureClass::Truncated, message)
        })?;
        stored::page(&listed.url, listed.fetched_at, &self.message, max_body)
    }
}

/// The URL and the date of the record with which `reader` begins.
///
/// # Errors
/// When it can't be read.
pub fn named(reader: impl BufRead) -> io::Result<Option<(Url, Timestamp)>> {
    let head = Records::new(reader, None)?.advance()?;
    Ok(head.and_then(|head| {
        let url = Url::parse(head.uri("WARC-Target-URI")?).ok()?;
        Some((url, date(head.get("WARC-Date"))?))
    }))
}

fn date(text: Option<&str>) -> Option<Timestamp> {
    text?.parse().ok()
}

fn named_by_date(uri: Option<&str>, when: Option<&str>) -> Option<Digest> {
    let (uri, when) = (uri?, date(when)?);
    Some(Digest::of(format!("{uri}\n{when}")))
}

fn named_by_digest(head: &Head) -> Option<Digest> {
    head.get("WARC-Payload-Digest").map(Digest::of)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::io::{Cursor, Write};

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use proptest::prelude::*;

    use super::*;

    fn record(number: usize) -> Vec<u8> {
        let page = format!("HTTP/1.1 200 OK\r\n\r\n<!doctype html><p>Story {number} of the harbour.");
        let head = format!(
            "WARC/1.1\r\nWARC-Type: response\r\nWARC-Target-URI: https://a.example/{number}\r\n\
             WARC-Date: 2026-03-01T10:00:00Z\r\nContent-Length: {}\r\n\r\n",
            page.len()
        );
        format!("{head}{page}\r\n\r\n").into_bytes()
    }

    fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut writer = GzEncoder::new(Vec::new(), Compression::fast());
        writer.write_all(bytes).unwrap();
        writer.finish().unwrap()
    }

    /// Reads all pages: how many were had, how many failed, and how often anything was damaged.
    fn read(bytes: &[u8]) -> (usize, usize, u64) {
        let mut pages = Pages::new(Cursor::new(bytes), Some(0)).unwrap();
        let (mut had, mut failed) = (0, 0);
        while let Some(listed) = pages.advance().unwrap() {
            match pages.page(&listed, 10_000) {
                Ok(_) => had += 1,
                Err(_) => failed += 1,
            }
        }
        (had, failed, pages.damages())
    }

    #[test]
    fn a_page_has_a_place_where_nothing_or_only_its_record_is_packed() {
        let records = [record(0), record(1)];
        let places = |bytes: Vec<u8>| {
            let mut pages = Pages::new(Cursor::new(bytes), Some(100)).unwrap();
            std::iter::from_fn(|| pages.advance().unwrap()).map(|listed| listed.place).collect::<Vec<_>>()
        };
        let plain = records[0].len() as u64;
        assert_eq!(places(records.concat()), [Some(100), Some(100 + plain)]);
        let each: Vec<Vec<u8>> = records.iter().map(|record| packed(record)).collect();
        assert_eq!(places(each.concat()), [Some(100), Some(100 + each[0].len() as u64)]);
        assert_eq!(places(packed(&records.concat())), [Some(100), None]);
    }

    #[test]
    fn a_packed_archive_whose_first_byte_is_damaged_loses_one_record() {
        let mut bytes: Vec<u8> = (0..3).map(record).flat_map(|one| packed(&one)).collect();
        bytes[0] = 0;
        assert_eq!(read(&bytes).0, 2);
    }

    proptest! {
        #[test]
        fn whatever_is_changed_in_an_archive_it_is_read_to_its_end(
            is_packed: bool,
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
            cut in any::<prop::sample::Index>(),
        ) {
            let records = (0..6).map(record);
            let mut bytes: Vec<u8> = if is_packed { records.flat_map(|one| packed(&one)).collect() } else { records.flatten().collect() };
            for (at, byte) in &changes {
                let at = at.index(bytes.len());
                bytes[at] = *byte;
            }
            let (had, failed, _) = read(&bytes);
            prop_assert!(had + failed <= 6);
            bytes.truncate(cut.index(bytes.len()));
            read(&bytes);
        }

        #[test]
        fn one_byte_costs_at_most_two_records_when_each_is_packed(at in any::<prop::sample::Index>(), byte: u8) {
            let mut bytes: Vec<u8> = (0..6).map(record).flat_map(|one| packed(&one)).collect();
            prop_assert_eq!(read(&bytes), (6, 0, 0));
            let at = at.index(bytes.len());
            bytes[at] = byte;
            let (had, ..) = read(&bytes);
            prop_assert!(had >= 4, "{} were had", had);
        }
    }
}
