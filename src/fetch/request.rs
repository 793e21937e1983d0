//! One request and what its answer is: a page, a redirect, or a setback.

use std::sync::atomic::Ordering;
use std::time::SystemTime;

use reqwest::header::{
    ACCEPT, CONTENT_TYPE, ETAG, HeaderMap, HeaderName, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED,
};
use reqwest::{Response, StatusCode};
use url::Url;

use super::classify::redacted;
use super::client::MAX_HEADER_BYTES;
use super::redirect::Wanted;
use super::retry::{Setback, retry_after};
use super::{
    Answer, Client, Fetched, Validators, body, classify, content, guard, head, opt_out, redirect, robots,
};
use crate::failure::{Failure, FailureClass};

/// What is asked for where a document names pages.
const DOCUMENTS: &str = "application/rss+xml, application/atom+xml, application/feed+json, application/xml;q=0.9, text/xml;q=0.9, text/html;q=0.8, */*;q=0.5";

/// What is asked for in place of a page, for a picture.
const PICTURES: &str = "image/avif, image/webp, image/*;q=0.9, */*;q=0.1";

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
    wanted: Wanted<'_>,
    validators: Option<&Validators>,
) -> Result<Reply, Setback> {
    let conditions = validators.map(conditions).unwrap_or_default();
    let is_conditional = !conditions.is_empty();
    let mut request = client.http.get(url)?.headers(conditions);
    let form = match wanted {
        Wanted::Page(_) | Wanted::Robots => None,
        Wanted::Document(_) => Some(DOCUMENTS),
        Wanted::Picture => Some(PICTURES),
    };
    if let Some(form) = form {
        request = request.header(ACCEPT, form);
    }
    let response = request.send().await.map_err(|error| classify::failure(error, url))?;
    client.skew.note(response.headers());
    guard::check_peer(response.remote_addr(), url, &client.options)?;
    refuse_by_header_size(&response, url)?;
    if response.status() == StatusCode::NOT_MODIFIED && is_conditional {
        let (status, fetched_at) = (response.status().as_u16(), jiff::Timestamp::now());
        return Ok(Reply::Answer(Answer::NotModified { status, fetched_at }));
    }
    if response.status().is_redirection() {
        return Ok(Reply::Redirect(redirect::target(url, &response)?));
    }
    refuse_by_status(&response, url)?;
    let page = match wanted {
        Wanted::Page(_) => read_page(client, url, response).await?,
        Wanted::Document(_) | Wanted::Picture => read_document(client, url, response).await?,
        Wanted::Robots => {
            let fetched = described(url, &response);
            let bytes = body::beginning(response, url, robots::MAX_BYTES, &client.options).await?;
            Fetched { bytes, fetched_at: jiff::Timestamp::now(), ..fetched }
        }
    };
    Ok(Reply::Answer(Answer::Page(Box::new(page))))
}

/// Reads the body of a page, unless its headers or it say that it is none, or none for us.
async fn read_page(client: &Client, url: &Url, response: Response) -> Result<Fetched, Failure> {
    let keeps_head = client.keeps_heads.load(Ordering::Relaxed);
    let head = keeps_head.then(|| head::kept(response.status(), response.headers()));
    let fetched = Fetched { head, ..described(url, &response) };
    let content_type = fetched.content_type.as_deref();
    content::check_header(content_type, url)?;
    let agent = robots::product(&client.options.user_agent);
    let in_headers = opt_out::in_headers(response.headers(), agent);
    refuse_by_opt_out(client, url, in_headers.as_deref())?;
    let body::Body { bytes, mut notes } = body::read(response, url, &client.options).await?;
    if client.http.trusts_blindly(url) {
        notes.push("the certificate of the server was not verified".to_owned());
    }
    content::check_body(&bytes, content_type, url)?;
    let opt_out = in_headers.or_else(|| opt_out::in_markup(&bytes, agent));
    refuse_by_opt_out(client, url, opt_out.as_deref())?;
    Ok(Fetched { bytes, notes, opt_out, fetched_at: jiff::Timestamp::now(), ..fetched })
}

/// Reads the body of a document or a picture, unless its headers say that it is none for us.
async fn read_document(client: &Client, url: &Url, response: Response) -> Result<Fetched, Failure> {
    let fetched = described(url, &response);
    let opt_out = opt_out::in_headers(response.headers(), robots::product(&client.options.user_agent));
    refuse_by_opt_out(client, url, opt_out.as_deref())?;
    let body::Body { bytes, notes } = body::read(response, url, &client.options).await?;
    Ok(Fetched { bytes, notes, opt_out, fetched_at: jiff::Timestamp::now(), ..fetched })
}

/// What the headers of `response` say, with no body yet.
fn described(url: &Url, response: &Response) -> Fetched {
    let headers = response.headers();
    let [content_type, etag, last_modified] =
        [CONTENT_TYPE, ETAG, LAST_MODIFIED].map(|name| text_of(headers, name));
    Fetched {
        url: url.clone(),
        status: response.status().as_u16(),
        bytes: Vec::new(),
        content_type,
        etag,
        last_modified,
        fetched_at: jiff::Timestamp::now(),
        robots: None,
        opt_out: None,
        head: None,
        notes: Vec::new(),
        room: None,
    }
}

fn refuse_by_opt_out(client: &Client, url: &Url, opt_out: Option<&str>) -> Result<(), Failure> {
    let Some(words) = opt_out.filter(|_| client.options.respect_opt_out) else { return Ok(()) };
    let message = format!("`{}` opts out of text and data mining by `{words}`", redacted(url));
    Err(Failure::new(FailureClass::OptedOut, message))
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
    Err(Setback { retry_after, ..Failure::new(class, message).into() })
}

/// A header as text, where it is text.
fn text_of(headers: &HeaderMap, name: HeaderName) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}
