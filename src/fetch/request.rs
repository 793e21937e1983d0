//! One request and what its answer is: a page, a redirect, or a refusal.

use std::time::SystemTime;

use reqwest::header::{CONTENT_TYPE, ETAG, HeaderMap, HeaderName, LAST_MODIFIED};
use reqwest::{Response, StatusCode};
use url::Url;

use super::classify::redacted;
use super::client::MAX_HEADER_BYTES;
use super::retry::{Refusal, retry_after};
use super::{Client, Fetched, body, classify, content, guard, redirect};
use crate::failure::{Failure, FailureClass};

/// What a request brought.
#[derive(Debug)]
pub(super) enum Answer {
    Page(Fetched),
    Redirect(Url),
}

/// Sends one request for `url` and reads the answer.
pub(super) async fn request(client: &Client, url: &Url) -> Result<Answer, Refusal> {
    let response = client.http.get(url)?.send().await.map_err(|error| classify::failure(error, url))?;
    guard::check_peer(response.remote_addr(), url, &client.options)?;
    refuse_by_header_size(&response, url)?;
    if response.status().is_redirection() {
        return Ok(Answer::Redirect(redirect::target(url, &response)?));
    }
    refuse_by_status(&response, url)?;
    let status = response.status().as_u16();
    let headers = response.headers();
    let [content_type, etag, last_modified] =
        [CONTENT_TYPE, ETAG, LAST_MODIFIED].map(|name| text_of(headers, name));
    content::check_header(content_type.as_deref(), url)?;
    let body::Body { bytes, mut notes } = body::read(response, url, &client.options).await?;
    if client.http.trusts_blindly(url) {
        notes.push("the certificate of the server was not verified".to_owned());
    }
    content::check_body(&bytes, content_type.as_deref(), url)?;
    let fetched_at = jiff::Timestamp::now();
    let url = url.clone();
    Ok(Answer::Page(Fetched { url, status, bytes, content_type, etag, last_modified, fetched_at, notes }))
}

fn refuse_by_header_size(response: &Response, url: &Url) -> Result<(), Failure> {
    let size: usize = response.headers().iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    if size <= MAX_HEADER_BYTES as usize {
        return Ok(());
    }
    let message = format!("`{}` answers with {size} bytes of headers", redacted(url));
    Err(Failure::new(FailureClass::HeaderTooLarge, message))
}

/// Refuses every answer whose status promises no page.
fn refuse_by_status(response: &Response, url: &Url) -> Result<(), Refusal> {
    let status = response.status();
    let class = match status {
        StatusCode::NO_CONTENT | StatusCode::RESET_CONTENT => FailureClass::Empty,
        StatusCode::TOO_MANY_REQUESTS => FailureClass::RateLimited,
        _ if status.is_success() => return Ok(()),
        _ if status.is_client_error() => FailureClass::Http4xx,
        _ if status.is_server_error() => FailureClass::Http5xx,
        _ => FailureClass::BadHttp,
    };
    // The reason phrase of the server is left out: it is free text from outside.
    let reason = status.canonical_reason().map(|reason| format!(" ({reason})")).unwrap_or_default();
    let message = format!("`{}` answers {}{reason}", redacted(url), status.as_u16());
    let waits = matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE);
    let retry_after = waits.then(|| retry_after(response.headers(), SystemTime::now())).flatten();
    Err(Refusal { failure: Failure::new(class, message), retry_after })
}

/// A header as text, where it is text.
fn text_of(headers: &HeaderMap, name: HeaderName) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}
