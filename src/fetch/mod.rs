//! One page over HTTP: asked for politely, followed through redirects, bounded, and told apart from what is no page.
//!
//! Stages: where the URL leads (`guard`), the word of robots.txt (`robots`), the turn of the host (`pace`), one request
//! (`request`), its redirects (`redirect`), its body (`body`), what it holds (`content`) and forbids (`opt_out`), and the
//! retries around all of that (`retry`). The text comes later, from [`charset::decode`]. Nothing here parses markup, keeps
//! state between runs or writes; what a later run should know of a host is handed out as [`HostFacts`].

mod body;
pub mod charset;
mod classify;
mod client;
mod content;
mod gate;
mod guard;
mod guests;
mod head;
mod latency;
mod opt_out;
mod pace;
mod prescan;
mod rate;
mod redirect;
mod request;
mod retry;
mod robots;
mod skew;
pub mod stored;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use url::Url;

use crate::config;
use crate::failure::{Failure, FailureClass};

pub use gate::Gate;
pub use latency::Latency;

/// A page as it came: its bytes and what the server said about them.
#[derive(Debug)]
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
    /// The rule of robots.txt that allows the page, as in `allow: /news/`; `None` where no rule speaks of it.
    pub robots: Option<String>,
    /// The words by which the page opts out of text and data mining, where that is not respected.
    pub opt_out: Option<String>,
    /// The status line and the headers, each with its line break, without those that say how the body came, where they are
    /// kept: see [`Client::keep_heads`].
    pub head: Option<Vec<u8>>,
    /// What was taken as is although it might be wrong, for a person.
    pub notes: Vec<String>,
    /// The room that it takes among the pages in flight. Kept until the page is cleaned, it bounds the memory of all pages
    /// that wait for that: no more of them are asked for meanwhile.
    pub(crate) room: Option<OwnedSemaphorePermit>,
}

impl Fetched {
    /// What the server said, to ask with when the page is asked for again.
    pub fn validators(&self) -> Validators {
        Validators {
            url: Some(self.url.clone()),
            etag: self.etag.clone(),
            last_modified: self.last_modified.clone(),
        }
    }
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
#[derive(Debug)]
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

impl Answer {
    /// The page that was asked for in full; `what` is what a message calls it.
    ///
    /// # Errors
    /// An answer to what was not asked (`bad_http`).
    pub(crate) fn in_full(self, what: &str) -> Result<Box<Fetched>, Failure> {
        match self {
            Self::Page(page) => Ok(page),
            Self::NotModified { status, .. } => {
                let message = format!("{what} was not asked whether it changed and answers {status}");
                Err(Failure::new(FailureClass::BadHttp, message))
            }
        }
    }
}

/// A picture as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Its bytes, at most `max_body`.
    pub bytes: Vec<u8>,
    /// What the name of its file ends in, by what the bytes are.
    pub ending: &'static str,
}

/// Why a page was not had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What went wrong.
    pub failure: Failure,
    /// Not before this time may the page be asked for again: it is deferred.
    pub not_before: Option<jiff::Timestamp>,
}

impl From<Failure> for Refusal {
    /// A failure that no later time mends.
    fn from(failure: Failure) -> Self {
        Self { failure, not_before: None }
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        refusal.failure
    }
}

/// What is worth knowing about a host in a later run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HostFacts {
    /// Not before this time may the host be asked again.
    pub next_at: Option<jiff::Timestamp>,
    /// The pause that it asks for or has shown to need, where that is longer than the one of the options.
    pub delay: Option<Duration>,
    /// The robots.txt of its origin: scheme, name and port.
    pub robots: Option<RobotsText>,
}

/// A robots.txt as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RobotsText {
    /// The first 500 KiB, in UTF-8; nothing where there is no robots.txt, which allows everything.
    pub text: String,
    /// When it was had; it is good for a day.
    pub fetched_at: jiff::Timestamp,
}

impl RobotsText {
    /// The sitemaps that it names.
    pub fn sitemaps(&self) -> Vec<Url> {
        robotxt::Robots::parse(self.text.as_bytes(), robotxt::ANY_AGENT).sitemaps().to_vec()
    }
}

/// Fetches pages; clones share their connections and the politeness towards each host.
#[derive(Debug, Clone)]
pub struct Client {
    http: client::Http,
    pace: pace::Pace,
    guests: guests::Guests,
    latencies: latency::Latencies,
    skew: skew::Skew,
    robots: robots::Known,
    /// Whether the heads of answers are kept.
    keeps_heads: Arc<AtomicBool>,
    /// Room for pages in flight over all hosts: those that are asked for, and those that were had and are not let go.
    room: Arc<Semaphore>,
    options: Arc<config::Fetch>,
}

impl Client {
    /// A client with these options.
    ///
    /// # Errors
    /// A user agent or an address that no header can carry, a proxy that is no URL, or a system without usable certificates.
    pub fn new(options: &config::Fetch) -> anyhow::Result<Client> {
        let options = Arc::new(options.clone());
        Ok(Self {
            http: client::Http::new(Arc::clone(&options))?,
            pace: pace::Pace::new(&options),
            guests: guests::Guests::default(),
            latencies: latency::Latencies::default(),
            skew: skew::Skew::default(),
            robots: robots::Known::new(&options.user_agent),
            keeps_heads: Arc::default(),
            room: Arc::new(Semaphore::new(options.concurrency.clamp(1, Semaphore::MAX_PERMITS))),
            options,
        })
    }

    /// Fetches one page, with as many further tries as the options allow where a further try can help.
    ///
    /// With validators, a page that has not changed is not sent again: that is [`Answer::NotModified`]. Without any, the
    /// answer is always a page.
    ///
    /// Robots.txt is asked first, redirects included. The time limit of the options holds for each try; the wait for the
    /// turn of a host does not count.
    ///
    /// # Errors
    /// One failure of a class that tells what went wrong last; its message names no query and no credentials. A page that
    /// may be had later, though not soon enough for a run, is deferred; so are, without a request, all pages of a host
    /// that brings nothing but failures or asks for a long pause.
    pub async fn fetch(&self, url: &Url, validators: &Validators) -> Result<Answer, Refusal> {
        let mut answer = self.fetch_and_hold(url, validators).await?;
        if let Answer::Page(page) = &mut answer {
            page.room = None;
        }
        Ok(answer)
    }

    /// Like [`Client::fetch`], but the page keeps its room.
    pub(crate) async fn fetch_and_hold(&self, url: &Url, validators: &Validators) -> Result<Answer, Refusal> {
        Ok(retry::persist(self, url, redirect::Wanted::Page(validators)).await?)
    }

    /// Fetches a picture, as politely and within the same bounds as a page.
    ///
    /// # Errors
    /// Those of [`Client::fetch`], and `WrongType` for what is no picture.
    pub async fn fetch_picture(&self, url: &Url) -> Result<Picture, Refusal> {
        let answer = retry::persist(self, url, redirect::Wanted::Picture).await?;
        Ok(content::picture(answer.in_full("a picture")?.bytes, url)?)
    }

    /// A client for requests with other options, which shares everything else with this one: connections and what holds for
    /// them, the clocks of hosts, what is known of robots.txt, and the room for pages in flight.
    pub fn with(&self, options: &config::Fetch) -> Client {
        let options = Arc::new(options.clone());
        Self { pace: self.pace.with(&options), options, ..self.clone() }
    }

    /// Fetches a document that is no page for readers, such as a feed or a sitemap, whatever its type is; a page comes
    /// too. All else is as for [`Client::fetch`].
    ///
    /// # Errors
    /// Those of [`Client::fetch`].
    pub async fn fetch_document(&self, url: &Url, validators: &Validators) -> Result<Answer, Refusal> {
        Ok(retry::persist(self, url, redirect::Wanted::Document(validators)).await?)
    }

    /// The sitemaps that the robots.txt of the host of `url` names, which is had where it is not known.
    ///
    /// # Errors
    /// A robots.txt that can't be had.
    pub async fn sitemaps(&self, url: &Url) -> Result<Vec<Url>, Refusal> {
        match robots::permission(self, url).await.map_err(Refusal::from) {
            Err(refusal) if refusal.failure.class != FailureClass::RobotsDisallowed => Err(refusal),
            Ok(_) | Err(_) => Ok(self.robots.text(url).map(|robots| robots.sitemaps()).unwrap_or_default()),
        }
    }

    /// What the hosts that share a clock with the host of `url` have in common: its name and port, or its domain.
    pub fn clock_name(&self, url: &Url) -> String {
        self.pace.key(url)
    }

    /// The rule by which robots.txt allows `url`, if any does, whether or not the options obey it.
    ///
    /// # Errors
    /// It forbids `url`, or it can't be had.
    pub async fn permission(&self, url: &Url) -> Result<Option<String>, Failure> {
        match robots::permission(self, url).await {
            Ok(permission) => Ok(permission.rule),
            Err(setback) => Err(setback.failure),
        }
    }

    /// How far our clock is ahead of those of the servers that have answered; `None` where none has told the time.
    pub fn skew(&self) -> Option<jiff::SignedDuration> {
        self.skew.get()
    }

    /// How long hosts took to answer, the slowest first.
    pub fn latencies(&self) -> Vec<Latency> {
        self.latencies.slowest()
    }

    /// Has every request from now on, of clients that share their politeness with this one, pass `gate`.
    pub fn pass_through(&self, gate: Arc<dyn Gate>) {
        self.pace.pass_through(gate);
    }

    /// Has every page from now on, of clients that share their politeness with this one, keep the head of its answer.
    pub fn keep_heads(&self) {
        self.keeps_heads.store(true, Ordering::Relaxed);
    }

    /// What a later run should know about the host of `url`.
    pub fn facts(&self, url: &Url) -> HostFacts {
        HostFacts { robots: self.robots.text(url), ..self.clock(url) }
    }

    /// What [`Client::facts`] gives, without the text of robots.txt.
    pub fn clock(&self, url: &Url) -> HostFacts {
        HostFacts {
            next_at: self.pace.next_at(url).max(self.robots.next_at(url)),
            delay: self.pace.delay(url),
            robots: None,
        }
    }

    /// Takes what an earlier run knew about the host of `url`.
    pub fn learn(&self, url: &Url, facts: HostFacts) {
        self.learn_clock(&self.clock_name(url), facts.next_at, facts.delay);
        if let Some(robots) = facts.robots {
            self.robots.learn(url, robots);
        }
    }

    /// Takes what an earlier run knew about the clock of this name.
    pub fn learn_clock(&self, name: &str, next_at: Option<jiff::Timestamp>, delay: Option<Duration>) {
        if let Some(next_at) = next_at {
            self.pace.wait_until(name, next_at);
        }
        if let Some(delay) = delay {
            self.pace.slow_down(name, delay);
        }
    }

    /// The origins that redirects have led to since this was last asked, a URL of each.
    pub fn take_guests(&self) -> Vec<Url> {
        self.guests.take()
    }
}
