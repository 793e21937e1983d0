//! One request and what its answer is: a page, a redirect, or a setback.

use std::time::SystemTime;

use reqwest::header::{
    CONTENT_TYPE, ETAG, HeaderMap, HeaderName, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED,
};
use reqwest::{Response, StatusCode};
use url::Url;

use super::classify::redacted;
use super::client::MAX_HEADER_BYTES;
use super::retry::{Setback, retry_after};
use super::{Answer, Client, Fetched, Validators, body, classify, content, redirect};
use crate::failure::{Failure, FailureClass};

/// What a request brought.
#[derive(Debug)]
pub(super) enum Reply {
    Answer(Answer),
    Redirect(Url),
}

/// Sends one request for `url`, with the validators that belong to it, and reads the answer.
pub(super) async fn request(
    client: &Client,
    url: &Url,
    validators: Option<&Validators>,
) -> Result<Reply, Setback> {
    let conditions = validators.map(conditions).unwrap_or_default();
    let is_conditional = !conditions.is_empty();
    let request = client.http.get(url.clone()).headers(conditions);
    let response = request.send().await.map_err(|error| classify::failure(error, url))?;
    refuse_by_header_size(&response, url)?;
    if response.status() == StatusCode::NOT_MODIFIED && is_conditional {
        let (status, fetched_at) = (response.status().as_u16(), jiff::Timestamp::now());
        return Ok(Reply::Answer(Answer::NotModified { status, fetched_at }));
    }
    if response.status().is_redirection() {
        return Ok(Reply::Redirect(redirect::target(url, &response)?));
    }
    refuse_by_status(&response, url)?;
    let status = response.status().as_u16();
    let headers = response.headers();
    let [content_type, etag, last_modified] =
        [CONTENT_TYPE, ETAG, LAST_MODIFIED].map(|name| text_of(headers, name));
    content::check_header(content_type.as_deref(), url)?;
    let max_body = client.options.max_body.as_u64();
    let body::Body { bytes, notes } = body::read(response, url, max_body).await?;
    content::check_body(&bytes, content_type.as_deref(), url)?;
    let fetched_at = jiff::Timestamp::now();
    let url = url.clone();
    let page = Fetched { url, status, bytes, content_type, etag, last_modified, fetched_at, notes };
    Ok(Reply::Answer(Answer::Page(Box::new(page))))
}

/// The headers that ask for the page only if it has changed. A validator that no header can carry is left out.
fn conditions(validators: &Validators) -> HeaderMap {
    [(IF_NONE_MATCH, &validators.etag), (IF_MODIFIED_SINCE, &validators.last_modified)]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value.as_ref()?.parse().ok()?)))
        .collect()
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
fn refuse_by_status(response: &Response, url: &Url) -> Result<(), Setback> {
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
    Err(Setback { failure: Failure::new(class, message), retry_after })
}

/// A header as text, where it is text.
fn text_of(headers: &HeaderMap, name: HeaderName) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}
