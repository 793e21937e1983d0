//! Pages as browsers save them: alone, with a folder of what they need beside them, or all in one file as MHTML (RFC 2557).

use std::path::Path;

use jiff::Timestamp;
use mail_parser::decoders::base64::base64_decode;
use mail_parser::decoders::quoted_printable::quoted_printable_decode;
use mail_parser::{Encoding, Message, MessageParser, MessagePart, MimeHeaders};
use url::Url;

use super::files;
use crate::failure::{Failure, FailureClass};

/// The endings of MHTML files, without the dot.
const ENDINGS: [&str; 2] = ["mht", "mhtml"];

/// What an MHTML file may hold beside the page, in pages of the largest size: pictures and styles.
const MOST_PARTS: u64 = 8;

/// What browsers write at the head of a page that they save, before the length of its URL and the URL.
const SAVED_FROM: &[u8] = b"<!-- saved from url=(";

/// Bytes in which that is looked for.
const HEAD: usize = 4096;

/// A page that was saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saved {
    /// Its HTML.
    pub bytes: Vec<u8>,
    /// Its type with the charset, where that was saved with it.
    pub content_type: Option<String>,
    /// Where it was saved from, where that is known.
    pub url: Option<Url>,
    /// When it was saved, where that is known.
    pub saved_at: Option<Timestamp>,
}

/// Whether a file is MHTML by its name.
pub fn is_mhtml(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| ENDINGS.iter().any(|ending| extension.eq_ignore_ascii_case(ending)))
}

/// Reads a saved page of at most `max_body` bytes.
///
/// # Errors
/// Those of [`files::read`], and `wrong_type` for an MHTML file without a page.
pub fn read(path: &Path, max_body: u64) -> Result<Saved, Failure> {
    if !is_mhtml(path) {
        return Ok(page(files::read(path, max_body)?));
    }
    let bytes = files::read(path, max_body.saturating_mul(MOST_PARTS))?;
    let name = path.display();
    let saved = mhtml(&bytes).ok_or_else(|| {
        Failure::new(
            FailureClass::WrongType,
            format!("`{name}` is MHTML without a page in it, or none at all"),
        )
    })?;
    if saved.bytes.len() as u64 > max_body {
        return Err(files::too_large(&format!("the page in `{name}`"), max_body));
    }
    Ok(saved)
}

/// The page that is these bytes.
pub fn page(bytes: Vec<u8>) -> Saved {
    Saved { url: saved_from(&bytes), bytes, content_type: None, saved_at: None }
}

/// The URL in the comment that browsers leave, the "mark of the web".
fn saved_from(bytes: &[u8]) -> Option<Url> {
    let head = &bytes[..bytes.len().min(HEAD)];
    let at = memchr::memmem::find(head, SAVED_FROM)?;
    let rest = head.get(at + SAVED_FROM.len()..)?;
    let comment = std::str::from_utf8(&rest[..memchr::memmem::find(rest, b"-->")?]).ok()?;
    web(comment.split_once(')')?.1.trim())
}

fn web(text: &str) -> Option<Url> {
    Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"))
}

/// The page of an MHTML file.
fn mhtml(bytes: &[u8]) -> Option<Saved> {
    let message = MessageParser::default().parse(bytes)?;
    let page = root(&message)?;
    let raw = bytes.get(page.raw_body_offset() as usize..page.raw_end_offset() as usize)?;
    let decoded = match page.encoding {
        Encoding::None => raw.to_vec(),
        Encoding::QuotedPrintable => quoted_printable_decode(raw)?,
        Encoding::Base64 => base64_decode(raw)?,
    };
    let location = page.content_location().and_then(web);
    let snapshot = || web(message.header_raw("Snapshot-Content-Location")?.trim());
    let url = location.or_else(snapshot).or_else(|| saved_from(&decoded));
    let charset = page.content_type().and_then(|kind| kind.attribute("charset"));
    Some(Saved {
        content_type: charset.map(|charset| format!("text/html; charset={charset}")),
        url,
        saved_at: message.date().and_then(|date| Timestamp::from_second(date.to_timestamp()).ok()),
        bytes: decoded,
    })
}

/// The part that is the page: the one that the message names as its start, or the first one in HTML.
fn root<'m>(message: &'m Message<'_>) -> Option<&'m MessagePart<'m>> {
    let is_html = |part: &&MessagePart<'_>| {
        part.content_type().is_some_and(|kind| {
            let name = kind.subtype().unwrap_or_default();
            name.eq_ignore_ascii_case("html") || name.eq_ignore_ascii_case("xhtml+xml")
        })
    };
    let named = message.content_type().and_then(|kind| kind.attribute("start"));
    let named = named.map(|name| name.trim_matches(['<', '>']));
    let start = named
        .and_then(|name| message.parts.iter().filter(is_html).find(|part| part.content_id() == Some(name)));
    start.or_else(|| message.parts.iter().find(is_html))
}
