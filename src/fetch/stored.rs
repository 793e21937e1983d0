//! Answers that an archive has kept: the HTTP message as bytes, read as if it had just come.

use reqwest::StatusCode;
use reqwest::header::{
    CONTENT_TYPE, ETAG, HeaderMap, HeaderName, HeaderValue, LAST_MODIFIED, TRANSFER_ENCODING,
};
use url::Url;

use super::classify::redacted;
use super::{Fetched, body, content};
use crate::failure::{Failure, FailureClass};

/// The most bytes of a status line and headers.
pub const MOST_HEAD_BYTES: usize = 256 * 1024;

/// The status and the headers of an answer.
#[derive(Debug, Clone)]
pub struct Head {
    status: StatusCode,
    headers: HeaderMap,
    /// Where the body begins.
    end: usize,
}

/// Why an answer is no page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoPage {
    /// It is no HTTP.
    NoHttp,
    /// Its status promises no page: a redirect, an error, nothing new.
    Status,
    /// It is something else than HTML.
    Type,
}

/// Reads the head of a message. Lines that are no headers are left out, since archives keep what servers have sent; the
/// version is not looked at, since archives write `HTTP/2` and more. `None` for what is no answer.
pub fn head(message: &[u8]) -> Option<Head> {
    let end = head_end(message)?;
    let mut lines = message.get(..end)?.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    let status = lines.next()?.strip_prefix(b"HTTP/")?.split(|byte| *byte == b' ').nth(1)?;
    let status = StatusCode::from_bytes(status).ok()?;
    let header = |line: &[u8]| {
        let at = memchr::memchr(b':', line)?;
        let (name, value) = line.split_at(at);
        let value = value.get(1..)?.trim_ascii();
        Some((HeaderName::from_bytes(name.trim_ascii()).ok()?, HeaderValue::from_bytes(value).ok()?))
    };
    let mut headers = HeaderMap::new();
    for (name, value) in lines.filter_map(header) {
        headers.try_append(name, value).ok()?;
    }
    Some(Head { status, headers, end })
}

/// Where the first empty line of a message has ended, or the message, when that is all head.
fn head_end(message: &[u8]) -> Option<usize> {
    let start = &message[..message.len().min(MOST_HEAD_BYTES)];
    let ends = memchr::memchr_iter(b'\n', start);
    let empty_line = |at: usize| {
        let rest = start.get(at + 1..)?;
        let length = if rest.starts_with(b"\n") { 1 } else { rest.starts_with(b"\r\n").then_some(2)? };
        Some(at + 1 + length)
    };
    let found = ends.into_iter().find_map(empty_line);
    found.or((message.len() <= MOST_HEAD_BYTES).then_some(message.len()))
}

/// Whether the head of a message is there as a whole.
pub fn has_head(message: &[u8]) -> bool {
    message.len() >= MOST_HEAD_BYTES || head_end(message).is_some_and(|end| end < message.len())
}

impl Head {
    /// Why this is no head of a page, if it is none.
    pub fn no_page(&self, url: &Url) -> Option<NoPage> {
        if !self.status.is_success()
            || matches!(self.status, StatusCode::NO_CONTENT | StatusCode::RESET_CONTENT)
        {
            return Some(NoPage::Status);
        }
        content::check_header(self.text(CONTENT_TYPE).as_deref(), url).err().map(|_| NoPage::Type)
    }

    fn text(&self, name: HeaderName) -> Option<String> {
        self.headers.get(name)?.to_str().ok().map(str::to_owned)
    }
}

/// The page at `url` that is kept in `message`, which came at `fetched_at`: its chunks joined and its content encoding undone,
/// unless the archive has done that, at most `max_body` bytes.
///
/// # Errors
/// `bad_http`, `bad_encoding_body`, `truncated`, `too_large`, `empty`, and `wrong_type` for what is no HTML.
pub fn page(
    url: &Url,
    fetched_at: jiff::Timestamp,
    message: &[u8],
    max_body: u64,
) -> Result<Box<Fetched>, Failure> {
    let head = head(message).ok_or_else(|| {
        let message = format!("what is kept of `{}` is no HTTP answer", redacted(url));
        Failure::new(FailureClass::BadHttp, message)
    })?;
    let content_type = head.text(CONTENT_TYPE);
    content::check_header(content_type.as_deref(), url)?;
    let mut notes = Vec::new();
    let raw = message.get(head.end..).unwrap_or_default();
    let is_chunked =
        head.text(TRANSFER_ENCODING).is_some_and(|coding| coding.to_ascii_lowercase().contains("chunked"));
    let joined = if is_chunked { joined(raw, &mut notes) } else { None };
    let bytes = joined.unwrap_or_else(|| raw.to_vec());
    let bytes = body::undo(bytes, &head.headers, url, max_body, &mut notes)?;
    content::check_body(&bytes, content_type.as_deref(), url)?;
    Ok(Box::new(Fetched {
        url: url.clone(),
        status: head.status.as_u16(),
        bytes,
        etag: head.text(ETAG),
        last_modified: head.text(LAST_MODIFIED),
        content_type,
        fetched_at,
        robots: None,
        opt_out: None,
        head: Some(super::head::kept(head.status, &head.headers)),
        notes,
        room: None,
    }))
}

/// The refusal of a message that is too large to be read.
pub fn too_large(url: &Url, max_body: u64) -> Failure {
    body::too_large(url, max_body)
}

/// The chunks of a body joined (RFC 9112, section 7.1); `None` where the archive has joined them already.
fn joined(mut rest: &[u8], notes: &mut Vec<String>) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let line_end = memchr::memchr(b'\n', &rest[..rest.len().min(1024)]);
        let size = line_end.and_then(|end| {
            let line = std::str::from_utf8(&rest[..end]).ok()?;
            usize::from_str_radix(line.split(';').next()?.trim(), 16).ok()
        });
        let (Some(end), Some(size)) = (line_end, size) else {
            if body.is_empty() {
                return None;
            }
            notes.push("the last chunk is missing".to_owned());
            return Some(body);
        };
        rest = &rest[end + 1..];
        if size == 0 {
            return Some(body);
        }
        let taken = rest.len().min(size);
        body.extend_from_slice(&rest[..taken]);
        rest = &rest[taken..];
        rest = rest.strip_prefix(b"\r").unwrap_or(rest);
        rest = rest.strip_prefix(b"\n").unwrap_or(rest);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::io::Write;

    const PAGE: &str =
        "<!DOCTYPE html><title>x</title><p>The ferry is late again, the harbour master said.</p>";

    fn read(head: &str, body: &[u8]) -> Result<Box<Fetched>, Failure> {
        let message = [head.as_bytes(), b"\r\n\r\n", body].concat();
        page(&"https://a.example/x?secret".parse().unwrap(), jiff::Timestamp::UNIX_EPOCH, &message, 10_000)
    }

    fn packed(kind: &str) -> Vec<u8> {
        match kind {
            "gzip" => {
                let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
                writer.write_all(PAGE.as_bytes()).unwrap();
                writer.finish().unwrap()
            }
            "deflate" => {
                let mut writer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
                writer.write_all(PAGE.as_bytes()).unwrap();
                writer.finish().unwrap()
            }
            kind => {
                use tokio::io::AsyncReadExt;
                let source = std::io::Cursor::new(PAGE);
                let mut packed = Vec::new();
                let read = async {
                    if kind == "br" {
                        let mut reader = async_compression::tokio::bufread::BrotliEncoder::new(source);
                        reader.read_to_end(&mut packed).await
                    } else {
                        let mut reader = async_compression::tokio::bufread::ZstdEncoder::new(source);
                        reader.read_to_end(&mut packed).await
                    }
                };
                futures::FutureExt::now_or_never(read).unwrap().unwrap();
                packed
            }
        }
    }

    #[test]
    fn every_content_encoding_is_undone_and_one_that_is_undone_already_is_let_be() {
        for kind in ["gzip", "deflate", "br", "zstd"] {
            let head = format!("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: {kind}");
            let page = read(&head, &packed(kind)).unwrap();
            assert_eq!((page.bytes.as_slice(), page.notes.len()), (PAGE.as_bytes(), 0), "{kind}");
            let page = read(&head, PAGE.as_bytes()).unwrap();
            assert_eq!((page.bytes.as_slice(), page.notes.len()), (PAGE.as_bytes(), 1), "{kind}");
            let failure = read(&head, b"neither a page nor packed").unwrap_err();
            assert!(
                matches!(failure.class, FailureClass::BadEncodingBody | FailureClass::Truncated),
                "{failure:?}"
            );
        }
    }

    #[test]
    fn chunks_are_joined_unless_the_archive_has_done_so() {
        let head = "HTTP/2 200\r\nTransfer-Encoding: chunked";
        let (first, second) = PAGE.as_bytes().split_at(20);
        let size = format!("{:X}\r\n", second.len());
        let chunked = [b"14;x=y\r\n", first, b"\r\n", size.as_bytes(), second].concat();
        let whole = [&chunked[..], b"\r\n0\r\n\r\n"].concat();
        for (body, notes) in [(&whole[..], 0), (&chunked[..], 1), (PAGE.as_bytes(), 0)] {
            let page = read(head, body).unwrap();
            assert_eq!((page.bytes.as_slice(), page.notes.len()), (PAGE.as_bytes(), notes));
        }
    }

    #[test]
    fn what_is_no_page_or_too_large_is_refused_with_its_class() {
        for (head, body, class) in [
            ("HTTP/1.1 200 OK\r\nContent-Type: image/png", PAGE, FailureClass::WrongType),
            ("HTTP/1.1 200 OK\r\nContent-Type: text/html", "", FailureClass::Empty),
            ("HTTP/1.1 200 OK", &PAGE.repeat(200), FailureClass::TooLarge),
            ("220 mail.example", PAGE, FailureClass::BadHttp),
            ("HTTP/1.1 99999 OK", PAGE, FailureClass::BadHttp),
        ] {
            assert_eq!(read(head, body.as_bytes()).unwrap_err().class, class, "{head}");
        }
        let page = read("HTTP/1.1 203 \r\nbad line\r\n:\r\nETag:\"1\" ", PAGE.as_bytes()).unwrap();
        assert_eq!((page.status, page.etag.as_deref()), (203, Some("\"1\"")));
    }
}
