//! One page over HTTP: asked for politely, followed through redirects, bounded, and told apart from what is no page.
//!
//! Stages: the turn of the host (`pace`), one request (`request`), its redirects (`redirect`), its body (`body`), what
//! it holds (`content`), and the retries around all of that (`retry`). The text comes later, from [`charset::decode`].
//! Nothing here reads markup, keeps state between runs or writes.

mod body;
pub mod charset;
mod classify;
mod client;
mod content;
mod pace;
mod prescan;
mod redirect;
mod request;
mod retry;

use std::sync::Arc;

use backon::Retryable;
use tokio::sync::Semaphore;
use url::Url;

use crate::config;
use crate::failure::Failure;

/// A page as it came: its bytes and what the server said about them.
#[derive(Debug, Clone, PartialEq)]
pub struct Fetched {
    /// The URL of the page itself, after redirects and without a fragment.
    pub url: Url,
    /// HTTP status code, from 200 to 299.
    pub status: u16,
    /// The body with its content encoding undone, at most `max_body` bytes and never empty.
    pub bytes: Vec<u8>,
    /// The `Content-Type` header.
    pub content_type: Option<String>,
    /// The `ETag` header.
    pub etag: Option<String>,
    /// The `Last-Modified` header.
    pub last_modified: Option<String>,
    /// When the last byte had come.
    pub fetched_at: jiff::Timestamp,
    /// What was taken as is although it might be wrong, for a person.
    pub notes: Vec<String>,
}

/// What a server said about a page when it was last had, to ask whether it has changed (RFC 9110, section 13.1).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Validators {
    /// The URL whose answer they came with, after redirects, and the only one that they are sent to. Without it they
    /// belong to the URL that is asked for.
    pub url: Option<Url>,
    /// The `ETag` header.
    pub etag: Option<String>,
    /// The `Last-Modified` header.
    pub last_modified: Option<String>,
}

/// What came of a request that went well.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// The page.
    Page(Box<Fetched>),
    /// The page is still what it was when its validators came.
    NotModified {
        /// HTTP status code, 304.
        status: u16,
        /// When the answer had come.
        fetched_at: jiff::Timestamp,
    },
}

/// Why a page was not had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What went wrong.
    pub failure: Failure,
    /// Not before this time may the page be asked for again: it is deferred.
    pub not_before: Option<jiff::Timestamp>,
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        refusal.failure
    }
}

/// Fetches pages; clones share their connections and the politeness towards each host.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    pace: pace::Pace,
    /// Room for pages in flight over all hosts.
    room: Arc<Semaphore>,
    options: Arc<config::Fetch>,
}

impl Client {
    /// A client with these options.
    ///
    /// # Errors
    /// A user agent that no header can carry, or a system without usable certificates.
    pub fn new(options: &config::Fetch) -> anyhow::Result<Client> {
        Ok(Self {
            http: client::build(options)?,
            pace: pace::Pace::new(options.delay),
            room: Arc::new(Semaphore::new(options.concurrency.clamp(1, Semaphore::MAX_PERMITS))),
            options: Arc::new(options.clone()),
        })
    }

    /// Fetches one page, with as many further tries as the options allow where a further try can help.
    ///
    /// With validators, a page that has not changed is not sent again: that is [`Answer::NotModified`]. Without any, the
    /// answer is always a page.
    ///
    /// The time limit of the options holds for each try; the wait for the turn of a host does not count.
    ///
    /// # Errors
    /// One failure of a class that tells what went wrong last; its message names no query and no credentials.
    pub async fn fetch(&self, url: &Url, validators: &Validators) -> Result<Answer, Refusal> {
        (|| redirect::follow(self, url, validators))
            .retry(retry::pauses(&self.options))
            .when(|setback| setback.failure.class.is_transient())
            .adjust(retry::pause_after)
            .await
            .map_err(|setback| Refusal { failure: setback.failure, not_before: None })
    }
}
