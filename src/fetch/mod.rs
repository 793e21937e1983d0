//! One page over HTTP: asked for politely, followed through redirects, bounded, and told apart from what is no page.
//!
//! Stages: where the URL leads (`guard`), the turn of the host (`pace`), one request (`request`), its redirects
//! (`redirect`), its body (`body`), what it holds (`content`), and the retries around all of that (`retry`). The text
//! comes later, from [`charset::decode`].
//! Nothing here reads markup, keeps state between runs or writes.

mod body;
pub mod charset;
mod classify;
mod client;
mod content;
mod guard;
mod pace;
mod prescan;
mod rate;
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

/// Fetches pages; clones share their connections and the politeness towards each host.
#[derive(Debug, Clone)]
pub struct Client {
    http: client::Http,
    pace: pace::Pace,
    /// Room for pages in flight over all hosts.
    room: Arc<Semaphore>,
    options: Arc<config::Fetch>,
}

impl Client {
    /// A client with these options.
    ///
    /// # Errors
    /// A user agent that no header can carry, a proxy that is no URL, or a system without usable certificates.
    pub fn new(options: &config::Fetch) -> anyhow::Result<Client> {
        let options = Arc::new(options.clone());
        Ok(Self {
            http: client::Http::new(Arc::clone(&options))?,
            pace: pace::Pace::new(options.delay),
            room: Arc::new(Semaphore::new(options.concurrency.clamp(1, Semaphore::MAX_PERMITS))),
            options,
        })
    }

    /// Fetches one page, with as many further tries as the options allow where a further try can help.
    ///
    /// The time limit of the options holds for each try; the wait for the turn of a host does not count.
    ///
    /// # Errors
    /// One failure of a class that tells what went wrong last; its message names no query and no credentials.
    pub async fn fetch(&self, url: &Url) -> Result<Fetched, Failure> {
        (|| redirect::follow(self, url))
            .retry(retry::pauses(&self.options))
            .when(|refusal| refusal.failure.class.is_transient())
            .adjust(retry::pause_after)
            .await
            .map_err(|refusal| refusal.failure)
    }
}
