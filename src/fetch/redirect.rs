//! Redirects: followed here, hop by hop, because every hop has to pass the same checks as the first URL.

use std::collections::HashSet;
use std::sync::Arc;

use reqwest::Response;
use reqwest::header::LOCATION;
use tokio::time::{Instant, timeout};
use url::Url;

use super::classify::redacted;
use super::request::{Reply, request};
use super::retry::Setback;
use super::{Answer, Client, Validators, guard, robots};
use crate::failure::{Failure, FailureClass};

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Wanted<'a> {
    /// A page, if it is not the one that these belong to.
    Page(&'a Validators),
    /// A feed, a sitemap or another document that names pages, on the same condition.
    Document(&'a Validators),
    /// A picture.
    Picture,
    /// The robots.txt of a host.
    Robots,
}

/// Asks for `start` and for what it redirects to, until there is an answer.
///
/// For a page or a picture, each hop has to be allowed by the robots.txt of its host. Each hop waits for the turn of its host; the time
/// of the options counts only while a request is under way.
pub(super) async fn follow(client: &Client, start: &Url, wanted: Wanted<'_>) -> Result<Answer, Setback> {
    let mut url = without_fragment(start.clone());
    let mut seen = HashSet::new();
    let mut left = client.options.timeout;
    let mut notes = Vec::new();
    let (limit, validators) = match wanted {
        Wanted::Page(validators) | Wanted::Document(validators) => {
            (client.options.max_redirects, Some(validators))
        }
        Wanted::Picture => (client.options.max_redirects, None),
        Wanted::Robots => (robots::MAX_REDIRECTS, None),
    };
    let home = without_fragment(validators.and_then(|known| known.url.as_ref()).unwrap_or(start).clone());
    for _ in 0..=limit {
        permit(client, &url)
            .map_err(|failure| Setback { at: Some(Box::new(url.clone())), ..failure.into() })?;
        if !seen.insert(url.clone()) {
            return Err(too_many(format!("`{}` redirects back to itself", redacted(&url))).into());
        }
        client.guests.note(&url, start);
        let rule = match wanted {
            Wanted::Page(_) | Wanted::Document(_) | Wanted::Picture => allowed(client, &url).await?,
            Wanted::Robots => None,
        };
        let mut turn = client.pace.turn(&url).await?;
        // The semaphore is never closed, so the room is always had.
        let room = Arc::clone(&client.room).acquire_owned().await.ok();
        let validators = validators.filter(|_| url == home);
        let begun = Instant::now();
        let reply = match timeout(left, request(client, &url, wanted, validators)).await {
            Err(_) => Err(out_of_time(client, &url).into()),
            Ok(reply) => reply,
        };
        left = left.saturating_sub(begun.elapsed());
        log(&url, &reply);
        turn.heed(&reply, begun.elapsed());
        client.latencies.note(&client.pace.key(&url), begun.elapsed());
        match reply {
            Err(mut setback) => {
                if let Some(wait) = setback.retry_after {
                    setback.not_before = turn.hold_off(wait, &setback.failure);
                }
                return Err(Setback { at: Some(Box::new(url)), ..setback });
            }
            Ok(Reply::Answer(mut answer)) => {
                if let Answer::Page(page) = &mut answer {
                    page.notes.splice(..0, notes);
                    page.robots = rule;
                    page.room = room;
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
    Err(too_many(format!("`{}` redirects more than {limit} times", redacted(start))).into())
}

/// The rule by which robots.txt allows `url`, whose crawl delay is kept from here on.
async fn allowed(client: &Client, url: &Url) -> Result<Option<String>, Setback> {
    if !client.options.robots {
        return Ok(None);
    }
    let permission = robots::permission(client, url).await?;
    if let Some(crawl_delay) = permission.crawl_delay {
        client.pace.at_least(url, crawl_delay);
    }
    Ok(permission.rule)
}

fn log(url: &Url, reply: &Result<Reply, Setback>) {
    match reply {
        Ok(Reply::Answer(Answer::Page(page))) => {
            tracing::debug!("{}: {}, {} bytes", redacted(url), page.status, page.bytes.len());
        }
        Ok(Reply::Answer(Answer::NotModified { .. })) => tracing::debug!("{}: not modified", redacted(url)),
        Ok(Reply::Redirect(target)) => tracing::debug!("{}: leads to {}", redacted(url), redacted(target)),
        Err(setback) => tracing::debug!("{}", setback.failure),
    }
}

/// Whether a request may be sent to `url`: the one place that the URL of every hop goes through.
fn permit(client: &Client, url: &Url) -> Result<(), Failure> {
    guard::check_url(url, &client.options)
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
