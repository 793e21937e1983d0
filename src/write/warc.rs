//! Pages as they were had, and their clean text, as records of a WARC file (ISO 28500, version 1.1).
//!
//! Each record is a member of the gzip file, so that it can be gone to and a torn one costs itself alone. The same page and
//! article give the same bytes: a record is named by a hash of what it says.

use std::io::Write;

use data_encoding::BASE32;
use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use url::Url;

use super::lines::{Shape, whole_records};
use crate::article::Article;

/// A file of records, which only grows: what has changed is had once more, as archives have it.
pub const RECORDS: Shape = Shape { header: "", article: None, whole: whole_records };

/// The version that all records are of.
const VERSION: &str = "WARC/1.1";

/// What a page is whose type nobody has told.
const HTML: &str = "text/html";

/// A page as it was had.
#[derive(Debug, Clone, Copy)]
pub struct Page<'p> {
    /// Its URL, after redirects.
    pub url: &'p Url,
    /// When it was had.
    pub fetched_at: Timestamp,
    /// The status line and the headers, each with its line break; `None` where only the bytes are known.
    pub head: Option<&'p [u8]>,
    /// Its type, where that is known.
    pub content_type: Option<&'p str>,
    /// Its bytes, with no coding around them.
    pub bytes: &'p [u8],
}

/// The record of a page, and what the record of its text says about it.
#[derive(Debug, Clone)]
pub struct Capture {
    uri: String,
    date: String,
    id: String,
    packed: Vec<u8>,
}

impl Capture {
    /// The record of a page: a `response` with the head of the answer, or a `resource` where there is none.
    pub fn of(page: &Page<'_>) -> Self {
        let (uri, date) = (page.url.to_string(), to_the_microsecond(page.fetched_at));
        let head = page.head.map(|head| {
            let length = format!("content-length: {}\r\n\r\n", page.bytes.len());
            [head, length.as_bytes()].concat()
        });
        let payload = digest(&[page.bytes]);
        let content_type =
            page.content_type.filter(|kind| kind.bytes().all(|byte| matches!(byte, b' '..=b'~')));
        let (kind, content_type) = match head {
            Some(_) => ("response", "application/http; msgtype=response"),
            None => ("resource", content_type.unwrap_or(HTML)),
        };
        let (id, packed) = packed(&Record {
            kind,
            fields: &[("WARC-Target-URI", &uri), ("WARC-Date", &date), ("WARC-Payload-Digest", &payload)],
            content_type,
            block: &[head.as_deref().unwrap_or_default(), page.bytes],
        });
        Self { uri, date, id, packed }
    }

    /// The bytes of the record as it is written.
    pub fn size(&self) -> usize {
        self.packed.len()
    }
}

/// The records of an article: that of its page, if there is one, and a `conversion` with its body.
pub fn records(article: &Article, capture: Option<&Capture>) -> Vec<u8> {
    let Some(Capture { uri, date, id, packed: page }) = capture else {
        let date = article.fetched_at.clone().unwrap_or_else(|| Timestamp::UNIX_EPOCH.to_string());
        return conversion(article, &[("WARC-Target-URI", &target(article)), ("WARC-Date", &date)]);
    };
    let fields = [("WARC-Target-URI", uri.as_str()), ("WARC-Date", date), ("WARC-Refers-To", id)];
    [page.as_slice(), &conversion(article, &fields)].concat()
}

/// The record with which a file begins.
pub fn info(now: Timestamp) -> Vec<u8> {
    let software = concat!("software: ", env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"), "\r\n");
    let standard = "format: WARC File Format 1.1\r\n\
        conformsTo: http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/\r\n";
    let (_, packed) = packed(&Record {
        kind: "warcinfo",
        fields: &[("WARC-Date", &to_the_microsecond(now))],
        content_type: "application/warc-fields",
        block: &[software.as_bytes(), standard.as_bytes()],
    });
    packed
}

/// A record before it is put into bytes.
struct Record<'r> {
    kind: &'static str,
    fields: &'r [(&'static str, &'r str)],
    content_type: &'r str,
    block: &'r [&'r [u8]],
}

fn conversion(article: &Article, fields: &[(&'static str, &str)]) -> Vec<u8> {
    let block = [article.body.as_bytes()];
    let content_type = "text/plain; charset=utf-8";
    packed(&Record { kind: "conversion", fields, content_type, block: &block }).1
}

/// The name of a record, and its bytes.
fn packed(record: &Record<'_>) -> (String, Vec<u8>) {
    let Record { kind, fields, content_type, block } = record;
    let mut head = String::new();
    for (name, value) in *fields {
        head += &format!("{name}: {value}\r\n");
    }
    head += &format!("WARC-Block-Digest: {}\r\nContent-Type: {content_type}\r\n", digest(block));
    let id = id(&format!("{kind}\r\n{head}"));
    let length: usize = block.iter().map(|part| part.len()).sum();
    let head = format!(
        "{VERSION}\r\nWARC-Type: {kind}\r\nWARC-Record-ID: {id}\r\n{head}Content-Length: {length}\r\n\r\n"
    );
    (id, gzipped(&[&[head.as_bytes()], *block, &[b"\r\n\r\n"]].concat()))
}

/// A member of a gzip file, without a name and a time.
fn gzipped(parts: &[&[u8]]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    let written = parts.iter().try_for_each(|part| encoder.write_all(part)).and_then(|()| encoder.finish());
    written.expect("memory takes whatever is written to it")
}

/// A digest as WARC files have it: the algorithm, and its value in base 32.
fn digest(parts: &[&[u8]]) -> String {
    let mut hasher = Sha256::new();
    parts.iter().for_each(|part| hasher.update(part));
    format!("sha256:{}", BASE32.encode(&hasher.finalize()))
}

/// The name of a record that says `text`: a UUID of version 8 (RFC 9562, section 5.8), which is made of a hash.
fn id(text: &str) -> String {
    let hash = Sha256::digest(text);
    let mut bytes: [u8; 16] = std::array::from_fn(|at| hash[at]);
    bytes[6] = bytes[6] & 0x0F | 0x80;
    bytes[8] = bytes[8] & 0x3F | 0x80;
    let digits = format!("{:032x}", u128::from_be_bytes(bytes));
    let parts = [0..8, 8..12, 12..16, 16..20, 20..32].map(|part| &digits[part]);
    format!("<urn:uuid:{}>", parts.join("-"))
}

/// The URI of an article whose page is not there.
fn target(article: &Article) -> String {
    let known = article.url.as_deref().into_iter().chain([article.source.as_str()]);
    let url = known.filter_map(|name| Url::parse(name).ok()).next();
    let path = || {
        let mut url = Url::parse("file:///").ok()?;
        url.set_path(&article.source);
        Some(url)
    };
    url.or_else(path).map(String::from).unwrap_or_default()
}

fn to_the_microsecond(time: Timestamp) -> String {
    Timestamp::from_microsecond(time.as_microsecond()).unwrap_or(time).to_string()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::io::Read;

    use super::*;
    use crate::write::lines::Lines;

    fn capture(head: Option<&[u8]>) -> Capture {
        Capture::of(&Page {
            url: &"https://a.example/x y".parse().unwrap(),
            fetched_at: "2026-03-01T10:00:00.1234567Z".parse().unwrap(),
            head,
            content_type: Some("text/html\r\nX: y"),
            bytes: b"<p>x",
        })
    }

    fn unpacked(bytes: &[u8]) -> String {
        let mut text = String::new();
        flate2::read::MultiGzDecoder::new(bytes).read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn a_page_is_a_response_and_its_text_refers_to_it() {
        let head = b"HTTP/1.1 200 OK\r\nserver: x\r\n";
        let article = Article { body: "Zwölf Boote.".to_owned(), ..Article::default() };
        let bytes = records(&article, Some(&capture(Some(head))));
        assert_eq!(bytes, records(&article, Some(&capture(Some(head)))), "chance has a part in it");
        let text = unpacked(&bytes);
        let (page, conversion) = text.split_at(text.rfind("WARC/1.1\r\n").unwrap());
        assert!(page.starts_with("WARC/1.1\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:"), "{page}");
        assert!(
            page.contains(
                "\r\nWARC-Target-URI: https://a.example/x%20y\r\nWARC-Date: 2026-03-01T10:00:00.123456Z\r\n"
            ),
            "{page}"
        );
        assert!(page.contains("\r\nContent-Length: 53\r\n\r\nHTTP/1.1 200 OK\r\nserver: x\r\ncontent-length: 4\r\n\r\n<p>x\r\n\r\n"), "{page}");
        let id = page.split("WARC-Record-ID: ").nth(1).unwrap().lines().next().unwrap();
        assert!(conversion.contains("WARC-Type: conversion\r\n"), "{conversion}");
        assert!(conversion.contains(&format!("\r\nWARC-Refers-To: {id}\r\n")), "{conversion}");
        assert!(conversion.ends_with("\r\nContent-Length: 13\r\n\r\nZwölf Boote.\r\n\r\n"), "{conversion}");
    }

    #[test]
    fn bytes_alone_are_a_resource_and_a_type_that_would_end_the_line_is_left_out() {
        let text = unpacked(&records(&Article::default(), Some(&capture(None))));
        assert!(
            text.contains("WARC-Type: resource\r\n") && text.contains("\r\nContent-Type: text/html\r\n"),
            "{text}"
        );
        assert!(!text.contains("X: y"), "{text}");
    }

    #[test]
    fn an_article_without_a_page_is_a_conversion_alone_with_a_uri_whatever_its_source_is() {
        let fetched_at = Some("2026-03-01T10:00:00Z".to_owned());
        for (source, uri) in
            [("https://a.example/x", "https://a.example/x"), ("a b\r\n.html", "file:///a%20b.html")]
        {
            let article =
                Article { source: source.to_owned(), fetched_at: fetched_at.clone(), ..Article::default() };
            let text = unpacked(&records(&article, None));
            assert!(
                text.contains(&format!("\r\nWARC-Target-URI: {uri}\r\nWARC-Date: 2026-03-01T10:00:00Z\r\n")),
                "{text}"
            );
            assert!(!text.contains("Refers-To") && text.matches("WARC/1.1").count() == 1, "{text}");
        }
    }

    #[test]
    fn of_a_file_that_is_not_known_only_a_torn_last_record_goes() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("articles.warc.gz");
        let page = records(&Article::default(), None);
        let mut damaged = page.clone();
        damaged[40] ^= 0xFF;
        let whole = [info(Timestamp::UNIX_EPOCH), damaged, page.clone()].concat();
        for torn in [1, 2, 3, 12, 100, page.len() / 2] {
            std::fs::write(&path, [whole.as_slice(), &page[..torn]].concat()).unwrap();
            let mut lines = Lines::open(&path, RECORDS, None).unwrap();
            assert_eq!(std::fs::read(&path).unwrap(), whole, "{torn}");
            lines.supersede();
            lines.compact().unwrap();
            assert_eq!(std::fs::read(&path).unwrap(), whole, "what was replaced stays");
        }
        std::fs::write(&path, &whole[..9]).unwrap();
        assert!(Lines::open(&path, RECORDS, None).unwrap().is_empty());
        for other in ["WARC/1.1\r\n", "{}\n"] {
            std::fs::write(&path, other).unwrap();
            assert!(Lines::open(&path, RECORDS, None).is_err());
            assert_eq!(std::fs::read_to_string(&path).unwrap(), other);
        }
    }
}
