//! Archives of pages: WARC and WACZ in, WARC out. All archives are made here.

mod damaged;
mod large;
mod readme;
mod saved;
mod wacz;
mod warc;

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

/// A record of a WARC file with these fields, and a block.
pub fn record(kind: &str, fields: &[(&str, &str)], block: &[u8]) -> Vec<u8> {
    let mut head =
        format!("WARC/1.1\r\nWARC-Type: {kind}\r\nWARC-Record-ID: <urn:uuid:{}>\r\n", fields.len());
    for (name, value) in fields {
        head += &format!("{name}: {value}\r\n");
    }
    head += &format!("Content-Length: {}\r\n\r\n", block.len());
    [head.as_bytes(), block, b"\r\n\r\n"].concat()
}

/// A `response` record: `head` is the status line and the headers.
pub fn response(url: &str, head: &str, body: &[u8]) -> Vec<u8> {
    let fields = [("WARC-Target-URI", url), ("WARC-Date", "2026-03-01T10:00:00Z")];
    record("response", &fields, &[head.as_bytes(), b"\r\n\r\n", body].concat())
}

/// The head of an answer that brings a page.
pub const HTML: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8";

/// A record of a page that was had.
pub fn page(url: &str, html: &str) -> Vec<u8> {
    response(url, HTML, html.as_bytes())
}

/// A member of a gzip file.
pub fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut writer = GzEncoder::new(Vec::new(), Compression::fast());
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

/// Records, each a member of its own.
pub fn each_packed(records: &[Vec<u8>]) -> Vec<u8> {
    records.iter().flat_map(|record| packed(record)).collect()
}
