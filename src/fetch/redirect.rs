//! Redirects: followed here, hop by hop, because every hop has to pass the same checks as the first URL.

use std::collections::HashSet;

use reqwest::Response;
use reqwest::header::LOCATION;
use tokio::time::{Instant, timeout};
use url::Url;

use super::classify::redacted;
use super::request::{Reply, request};
use super::retry::{MAX_WAIT, Setback};
use super::{Answer, Client, Validators};
use crate::failure::{Failure, FailureClass};

/// Asks for `start` and for what it redirects to, until a page comes.
///
/// Each hop waits for the turn of its host; the time of the options counts only while a request is under way.
pub(super) async fn follow(client: &Client, start: &Url, validators: &Validators) -> Result<Answer, Setback> {
    let mut url = without_fragment(start.clone());
    let conditional = without_fragment(validators.url.clone().unwrap_or_else(|| start.clone()));
    let mut seen = HashSet::new();
    let mut left = client.options.timeout;
    let mut notes = Vec::new();
    for _ in 0..=client.options.max_redirects {
        permit(&url)?;
        if !seen.insert(url.clone()) {
            return Err(too_many(format!("`{}` redirects back to itself", redacted(&url))).into());
        }
        let mut turn = client.pace.turn(&url).await;
        // The semaphore is never closed, so the room is always had.
        let _room = client.room.acquire().await.ok();
        let begun = Instant::now();
        let answer =
            match timeout(left, request(client, &url, (url == conditional).then_some(validators))).await {
                Err(_) => Err(out_of_time(client, &url).into()),
                Ok(answer) => answer,
            };
        left = left.saturating_sub(begun.elapsed());
        log(&url, &answer);
        match answer {
            Err(setback) => {
                if let Some(wait) = setback.retry_after.filter(|wait| *wait <= MAX_WAIT) {
                    turn.hold_off(wait);
                }
                return Err(setback);
            }
            Ok(Reply::Answer(mut answer)) => {
                if let Answer::Page(page) = &mut answer {
                    page.notes.splice(..0, notes);
                }
                return Ok(answer);
            }
            Ok(Reply::Redirect(target)) => {
                if url.scheme() == "https" && target.scheme() == "http" {
                    notes.push(format!("redirected from https to http at `{}`", redacted(&target)));
                }
                url = without_fragment(target);
            }
        }
    }
    let limit = client.options.max_redirects;
    Err(too_many(format!("`{}` redirects more than {limit} times", redacted(start))).into())
}

fn log(url: &Url, answer: &Result<Reply, Setback>) {
    match answer {
        Ok(Reply::Answer(Answer::Page(page))) => {
            tracing::debug!("{}: {}, {} bytes", redacted(url), page.status, page.bytes.len());
        }
        Ok(Reply::Answer(Answer::NotModified { .. })) => tracing::debug!("{}: not modified", redacted(url)),
        Ok(Reply::Redirect(target)) => tracing::debug!("{}: leads to {}", redacted(url), redacted(target)),
        Err(setback) => tracing::debug!("{}", setback.failure),
    }
}

/// Whether a request may be sent to `url`: the one place that the URL of every hop goes through.
fn permit(url: &Url) -> Result<(), Failure> {
    if !matches!(url.scheme(), "http" | "https") {
        let message = format!("`{}` is neither http nor https", redacted(url));
        return Err(Failure::new(FailureClass::BlockedScheme, message));
    }
    if !url.username().is_empty() || url.password().is_some() {
        let message = format!("the URL `{}` carries a user name or password", redacted(url));
        return Err(Failure::new(FailureClass::BlockedUserinfo, message));
    }
    Ok(())
}

/// Where `response`, the answer to `url`, redirects to.
pub(super) fn target(url: &Url, response: &Response) -> Result<Url, Failure> {
    let status = response.status().as_u16();
    let bad = |why: &str| {
        let message = format!("`{}` answers {status} {why}", redacted(url));
        Failure::new(FailureClass::BadRedirect, message)
    };
    let location = response.headers().get(LOCATION).ok_or_else(|| bad("without saying where to"))?;
    // Browsers take the bytes of a Location as UTF-8, and so do servers that leave letters unescaped.
    let location = String::from_utf8_lossy(location.as_bytes());
    match location.trim() {
        "" => Err(bad("without saying where to")),
        location => url.join(location).map_err(|_| bad("with a target that is no URL")),
    }
}

fn without_fragment(mut url: Url) -> Url {
    url.set_fragment(None);
    url
}

fn too_many(message: String) -> Failure {
    Failure::new(FailureClass::TooManyRedirects, message)
}

fn out_of_time(client: &Client, url: &Url) -> Failure {
    let limit = humantime::format_duration(client.options.timeout);
    let message = format!("`{}` was not complete after {limit}", redacted(url));
    Failure::new(FailureClass::TimeoutTotal, message)
}
