//! What a body holds: pages pass, all else is refused, by what the server says and by what the bytes are.

use infer::MatcherType;
use url::Url;

use super::Picture;
use super::charset;
use super::classify::redacted;
use crate::failure::{Failure, FailureClass};

/// The share of NUL bytes past which bytes are no text.
const MAX_NUL_SHARE: f64 = 0.01;

/// The first bytes that are looked at for markup, at most.
const SNIFFED: usize = 1024;

/// Starts of tags that only a page has.
const MARKUP: [&[u8]; 4] = [b"<!doctype html", b"<html", b"<head", b"<body"];

/// The kinds of pictures that browsers show and that hold nothing that runs, by the endings of their files.
const PICTURE_ENDINGS: [&str; 5] = ["jpg", "png", "gif", "webp", "avif"];

/// The picture that these bytes are, whatever the server calls them; refuses what is none, or one that could run something.
pub(super) fn picture(bytes: Vec<u8>, url: &Url) -> Result<Picture, Failure> {
    let kind = infer::get(&bytes);
    match kind.map(|kind| kind.extension()).filter(|ending| PICTURE_ENDINGS.contains(ending)) {
        Some(ending) => Ok(Picture { bytes, ending }),
        None => {
            let what = kind.map_or("data of another kind", |kind| kind.mime_type());
            Err(Failure::new(FailureClass::WrongType, format!("`{}` is no picture: {what}", redacted(url))))
        }
    }
}

/// Refuses what can't be a page by its type, before the body is read.
pub(super) fn check_header(content_type: Option<&str>, url: &Url) -> Result<(), Failure> {
    match said(content_type) {
        Said::Page | Said::Unclear => Ok(()),
        Said::Other(name) => Err(wrong_type(url, &name)),
    }
}

/// Refuses what is no page by its bytes, and what the server was unclear about unless it looks like one.
pub(super) fn check_body(bytes: &[u8], content_type: Option<&str>, url: &Url) -> Result<(), Failure> {
    if looks_like_html(bytes) {
        return Ok(());
    }
    if let Some(kind) = infer::get(bytes).filter(|kind| kind.matcher_type() != MatcherType::Text) {
        return Err(wrong_type(url, kind.mime_type()));
    }
    if is_binary(bytes, content_type) {
        return Err(wrong_type(url, "binary data"));
    }
    match said(content_type) {
        Said::Page => Ok(()),
        Said::Unclear | Said::Other(_) => Err(wrong_type(url, "plain text or data, not HTML")),
    }
}

/// What a `Content-Type` says about a body.
enum Said {
    Page,
    /// A type that servers also give to pages.
    Unclear,
    Other(String),
}

fn said(content_type: Option<&str>) -> Said {
    let name =
        content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match name.as_str() {
        // Without a usable type the bytes alone decide, as in browsers.
        _ if !name.contains('/') => Said::Page,
        "text/html" | "application/xhtml+xml" => Said::Page,
        "text/plain" | "application/octet-stream" => Said::Unclear,
        _ => Said::Other(name),
    }
}

/// Whether a body begins as a page does.
pub(super) fn looks_like_html(bytes: &[u8]) -> bool {
    let start = &bytes[..bytes.len().min(SNIFFED)];
    let start = start.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(start).trim_ascii_start();
    start.first() == Some(&b'<')
        && (infer::is_mime(start, "text/html")
            || start
                .windows(MARKUP[0].len())
                .any(|window| MARKUP.iter().any(|tag| window[..tag.len()].eq_ignore_ascii_case(tag))))
}

/// Whether there are more NULs than a text has; UTF-16 is full of them.
fn is_binary(bytes: &[u8], content_type: Option<&str>) -> bool {
    if charset::is_utf_16(bytes, content_type) {
        return false;
    }
    let nuls = bytes.iter().filter(|byte| **byte == 0).count();
    nuls as f64 > MAX_NUL_SHARE * bytes.len() as f64
}

fn wrong_type(url: &Url, what: &str) -> Failure {
    Failure::new(FailureClass::WrongType, format!("`{}` is no page: {what}", redacted(url)))
}
