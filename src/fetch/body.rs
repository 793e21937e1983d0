//! The body of an answer: read piece by piece, its content encoding undone, and never past the limit.

use std::io;

use async_compression::tokio::bufread::{BrotliDecoder, GzipDecoder, ZlibDecoder, ZstdDecoder};
use async_compression::zstd::DParameter;
use bytesize::ByteSize;
use futures::{FutureExt, TryStreamExt};
use reqwest::header::{CONTENT_ENCODING, CONTENT_LENGTH, HeaderMap, TRANSFER_ENCODING};
use reqwest::{Response, Version};
use tokio::io::{AsyncBufRead, AsyncRead, AsyncReadExt};
use tokio_util::io::StreamReader;
use url::Url;

use super::classify::{self, redacted};
use super::{content, rate};
use crate::config;
use crate::failure::{Failure, FailureClass};

/// The largest window that a zstd body may ask for is 8 MiB, as a power of two (RFC 9659).
const ZSTD_WINDOW: u32 = 23;

/// What zstd says of a window that is larger, in words alone (`ZSTD_error_frameParameter_windowTooLarge`).
const WINDOW_TOO_LARGE: &str = "requires too much memory";

/// A body that is whole.
#[derive(Debug)]
pub(super) struct Body {
    pub(super) bytes: Vec<u8>,
    pub(super) notes: Vec<String>,
}

/// Reads the body of `response`, the answer to `url`, up to the largest size, as long as it comes fast enough.
pub(super) async fn read(response: Response, url: &Url, options: &config::Fetch) -> Result<Body, Failure> {
    let max_body = options.max_body.as_u64();
    let mut notes = Vec::new();
    let coding = coding(response.headers(), url, &mut notes)?;
    let length = response.content_length();
    if length == Some(0) {
        return Err(empty(url));
    }
    if length.is_some_and(|length| length > max_body) {
        return Err(too_large(url, max_body));
    }
    if coding == Coding::Identity && ends_with_the_connection(&response) {
        notes.push("the server did not say where the page ends".to_owned());
    }
    let mut bytes = Vec::new();
    decoded(raw(response, url, options.min_rate), coding)
        .take(max_body.saturating_add(1))
        .read_to_end(&mut bytes)
        .await
        .map_err(|error| broken(error, coding, url))?;
    if bytes.len() as u64 > max_body {
        return Err(too_large(url, max_body));
    }
    if bytes.is_empty() {
        return Err(empty(url));
    }
    Ok(Body { bytes, notes })
}

/// Reads the first `count` decoded bytes of the body of `response`, the answer to `url`, and leaves the rest where it is.
pub(super) async fn beginning(
    response: Response,
    url: &Url,
    count: u64,
    options: &config::Fetch,
) -> Result<Vec<u8>, Failure> {
    let coding = coding(response.headers(), url, &mut Vec::new())?;
    let mut bytes = Vec::new();
    let read =
        decoded(raw(response, url, options.min_rate), coding).take(count).read_to_end(&mut bytes).await;
    read.map_err(|error| broken(error, coding, url))?;
    Ok(bytes)
}

/// Undoes the content encoding of a body that was kept, up to the largest size. Archives also keep bodies with the encoding
/// undone already under headers that still name it; no encoded data begins like a page.
pub(super) fn undo(
    bytes: Vec<u8>,
    headers: &HeaderMap,
    url: &Url,
    max_body: u64,
    notes: &mut Vec<String>,
) -> Result<Vec<u8>, Failure> {
    let coding = coding(headers, url, notes)?;
    let bytes = match coding {
        Coding::Identity => bytes,
        _ if content::looks_like_html(&bytes) => {
            notes.push("kept without the content encoding that its header names".to_owned());
            bytes
        }
        _ => {
            let mut undone = Vec::new();
            let mut reader = decoded(io::Cursor::new(bytes), coding).take(max_body.saturating_add(1));
            // What is in memory never waits.
            let read = reader.read_to_end(&mut undone).now_or_never().unwrap_or(Ok(0));
            read.map_err(|error| broken(error, coding, url))?;
            undone
        }
    };
    if bytes.len() as u64 > max_body {
        return Err(too_large(url, max_body));
    }
    if bytes.is_empty() { Err(empty(url)) } else { Ok(bytes) }
}

/// A content coding that can be undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Coding {
    Identity,
    Gzip,
    Brotli,
    Zstd,
    Deflate,
}

/// The one coding of the body. Codings in a stack are refused: no server needs them, and each multiplies a bomb.
fn coding(headers: &HeaderMap, url: &Url, notes: &mut Vec<String>) -> Result<Coding, Failure> {
    let names: Vec<String> = headers
        .get_all(CONTENT_ENCODING)
        .iter()
        .flat_map(|value| value.to_str().unwrap_or_default().split(','))
        .map(|name| name.trim().to_ascii_lowercase())
        .filter(|name| !name.is_empty() && name != "identity")
        .collect();
    let name = match names.as_slice() {
        [] => return Ok(Coding::Identity),
        [name] => name,
        [..] => {
            let message = format!("`{}` names {} content encodings at once", redacted(url), names.len());
            return Err(Failure::new(FailureClass::BadEncodingBody, message));
        }
    };
    Ok(match name.as_str() {
        "gzip" | "x-gzip" => Coding::Gzip,
        "br" => Coding::Brotli,
        "zstd" => Coding::Zstd,
        "deflate" => Coding::Deflate,
        unknown => {
            // Servers write a charset or `none` here; browsers read such a body as it is. If it was encoded after
            // all, it does not pass as a page.
            notes.push(format!("unknown content encoding ignored: {unknown}"));
            Coding::Identity
        }
    })
}

/// The body as it comes over the wire, which is refused when it comes too slowly.
fn raw(response: Response, url: &Url, min_rate: ByteSize) -> impl AsyncBufRead + Send + Unpin + use<> {
    let pieces = response.bytes_stream().map_err(io::Error::other);
    StreamReader::new(Box::pin(rate::at_least(min_rate, redacted(url), pieces)))
}

/// The decoded body. Errors of the connection keep their type, so that they can be told from errors of the coding.
fn decoded(
    raw: impl AsyncBufRead + Send + Unpin + 'static,
    coding: Coding,
) -> Box<dyn AsyncRead + Send + Unpin> {
    match coding {
        Coding::Identity => Box::new(raw),
        Coding::Gzip => Box::new(GzipDecoder::new(raw)),
        Coding::Brotli => Box::new(BrotliDecoder::new(raw)),
        Coding::Zstd => {
            let mut decoder = ZstdDecoder::with_params(raw, &[DParameter::window_log_max(ZSTD_WINDOW)]);
            decoder.multiple_members(true);
            Box::new(decoder)
        }
        Coding::Deflate => Box::new(ZlibDecoder::new(raw)),
    }
}

/// Whether only the end of the connection marks the end of the body, so that a cut can't be noticed.
fn ends_with_the_connection(response: &Response) -> bool {
    let headers = response.headers();
    response.version() <= Version::HTTP_11
        && !headers.contains_key(CONTENT_LENGTH)
        && !headers.contains_key(TRANSFER_ENCODING)
}

fn broken(error: io::Error, coding: Coding, url: &Url) -> Failure {
    let name = redacted(url);
    let error = match error.downcast::<Failure>() {
        Ok(failure) => return failure,
        Err(error) => error,
    };
    match error.downcast::<reqwest::Error>() {
        Ok(error) => classify::failure(error, url),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            Failure::new(FailureClass::Truncated, format!("the {coding:?} data of `{name}` ends early"))
        }
        Err(error) if coding == Coding::Zstd && error.to_string().contains(WINDOW_TOO_LARGE) => {
            let message = format!("the Zstd data of `{name}` needs more memory than browsers give it");
            Failure::new(FailureClass::TooLarge, message)
        }
        Err(error) => {
            let message =
                format!("the body of `{name}` is not the {coding:?} data that it is said to be: {error}");
            Failure::new(FailureClass::BadEncodingBody, message)
        }
    }
}

pub(super) fn too_large(url: &Url, max_body: u64) -> Failure {
    let message = format!(
        "`{}` is larger than {}; raise `fetch.max_body` to take it",
        redacted(url),
        ByteSize::b(max_body)
    );
    Failure::new(FailureClass::TooLarge, message)
}

fn empty(url: &Url) -> Failure {
    Failure::new(FailureClass::Empty, format!("`{}` has no body", redacted(url)))
}
