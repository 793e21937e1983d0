//! Asking sources: what each of them names now, had as politely as pages are.
//!
//! Sources are asked side by side, and each document of theirs only if it has changed since it was last had with the same
//! settings. A source that fails is a failure among what was found, and ends nothing.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::path::Path;

use futures::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use url::Url;

use super::Workshop;
use super::crew::origin;
use crate::config::{Source, Target};
use crate::failure::{Failure, FailureClass};
use crate::fetch::{Answer, Client, Fetched, HostFacts, Refusal, RobotsText, Validators, charset};
use crate::source::patterns::Patterns;
use crate::source::{Candidate, Location, feed, files, links, list, opml, sitemap};
use crate::state::host::{Clock, Robots};
use crate::state::identity::Digest;
use crate::state::page::Answer as Known;
use crate::state::source::Document;
use crate::state::{State, StateError};

/// Sources, or feeds of an outline, that are asked side by side.
const SIDE_BY_SIDE: usize = 16;

/// The most sitemaps of one source that are asked for in one run.
const MOST_SITEMAPS: usize = 500;

/// How deep sitemaps may name each other.
const MOST_LEVELS: usize = 3;

/// The most candidates of one source.
const MOST_CANDIDATES: usize = 500_000;

/// What a source said.
#[derive(Debug, Default)]
pub struct Found {
    /// The name of the source.
    pub source: String,
    /// The pages that it names and that its patterns and bounds let through, in its order.
    pub candidates: Vec<Candidate>,
    /// What of the source could not be had: what was asked for, and why.
    pub failures: Vec<(String, Refusal)>,
    /// The documents that it was read from, to be remembered once the candidates are.
    pub documents: Vec<(Digest, Document)>,
    /// When it was asked, to be remembered with them.
    pub asked_at: Option<Timestamp>,
    /// When it is to be asked again; given for a source that was not asked, since it is too early.
    pub next_at: Option<Timestamp>,
}

/// Asks `sources`, in their order, of which `state` remembers what it was told of earlier runs. `in_full`, all are asked,
/// however lately that was done, and nothing that is known is spared.
///
/// # Errors
/// When the state can't be read.
pub async fn discover<'s>(
    shop: &Workshop,
    sources: &[Source],
    state: Option<&mut (dyn State + 's)>,
    now: Timestamp,
    in_full: bool,
) -> Result<Vec<Found>, StateError> {
    let context = Context { shop, state: RefCell::new(state), origins: RefCell::default(), now, in_full };
    let found: Vec<Found> =
        stream::iter(sources).map(|source| context.ask(source)).buffered(SIDE_BY_SIDE).try_collect().await?;
    context.remember_hosts()?;
    Ok(found)
}

/// When `source`, which was last asked at `asked_at`, is asked again, if that is later than `now`.
pub fn rests_until(source: &Source, asked_at: Option<Timestamp>, now: Timestamp) -> Option<Timestamp> {
    asked_at.and_then(|at| at.checked_add(source.every).ok()).filter(|next| *next > now)
}

/// What all sources share while they are asked.
struct Context<'a, 's> {
    shop: &'a Workshop,
    // Borrowed between two waits and never across one.
    state: RefCell<Option<&'a mut (dyn State + 's)>>,
    /// The origins that were asked, with a URL of each.
    origins: RefCell<HashMap<String, Url>>,
    now: Timestamp,
    in_full: bool,
}

/// What a part of a source said.
#[derive(Debug, Default)]
struct Part {
    candidates: Vec<Candidate>,
    failures: Vec<(String, Refusal)>,
    documents: Vec<(Digest, Document)>,
}

impl Part {
    fn failed(what: impl Into<String>, refusal: impl Into<Refusal>) -> Self {
        Self { failures: vec![(what.into(), refusal.into())], ..Self::default() }
    }

    fn add(&mut self, other: Part) {
        self.candidates.extend(other.candidates);
        self.failures.extend(other.failures);
        self.documents.extend(other.documents);
    }
}

impl Context<'_, '_> {
    async fn ask(&self, source: &Source) -> Result<Found, StateError> {
        let mut found = Found { source: source.title(), ..Found::default() };
        if !self.in_full {
            let asked_at = match &mut *self.state.borrow_mut() {
                Some(state) => state.asked_at(&found.source)?,
                None => None,
            };
            found.next_at = rests_until(source, asked_at, self.now);
            if found.next_at.is_some() {
                return Ok(found);
            }
        }
        let part = match (source.target(), Patterns::new(source)) {
            (Ok(target), Ok(patterns)) => {
                let asker = Asker { context: self, source, client: self.shop.client_for(source) };
                let mut part = asker.part(target).await?;
                asker.select(&mut part.candidates, &patterns);
                part
            }
            (Err(problem), _) | (_, Err(problem)) => {
                Part::failed(source.title(), Failure::new(FailureClass::BadUrl, problem))
            }
        };
        let has_said = part.failures.is_empty() || !part.candidates.is_empty() || !part.documents.is_empty();
        found.asked_at = has_said.then_some(self.now);
        (found.candidates, found.failures, found.documents) =
            (part.candidates, part.failures, part.documents);
        Ok(found)
    }

    /// Tells the client what is known about the host of `url`, once an origin.
    fn recall(&self, url: &Url) -> Result<(), StateError> {
        let name = url.origin().ascii_serialization();
        let Some(front) = origin(url) else { return Ok(()) };
        if self.origins.borrow_mut().insert(name.clone(), front).is_some() {
            return Ok(());
        }
        let client = self.shop.client();
        let mut state = self.state.borrow_mut();
        let Some(state) = &mut *state else { return Ok(()) };
        if let Some(Clock { next_at, delay }) = state.clock(&client.clock_name(url))? {
            client.learn(url, HostFacts { next_at: Some(next_at), delay, robots: None });
        }
        if let Some(Robots { text, fetched_at }) = state.robots(&name)? {
            let robots = Some(RobotsText { text, fetched_at });
            client.learn(url, HostFacts { robots, ..HostFacts::default() });
        }
        Ok(())
    }

    /// Remembers what was learned of the hosts.
    fn remember_hosts(&self) -> Result<(), StateError> {
        let mut state = self.state.borrow_mut();
        let Some(state) = &mut *state else { return Ok(()) };
        let client = self.shop.client();
        let mut known = Vec::new();
        for (name, url) in self.origins.borrow_mut().drain() {
            let facts = client.facts(&url);
            if facts.next_at.is_some() || facts.delay.is_some() {
                let next_at = facts.next_at.unwrap_or(self.now);
                state.set_clock(&client.clock_name(&url), Clock { next_at, delay: facts.delay })?;
            }
            known.extend(
                facts.robots.map(|RobotsText { text, fetched_at }| (name, Robots { text, fetched_at })),
            );
        }
        state.set_robots(&known)
    }
}

/// Asks one source.
struct Asker<'a, 'c, 's> {
    context: &'a Context<'c, 's>,
    source: &'a Source,
    client: Client,
}

/// A document that was asked for.
struct Had {
    /// The document; `None` when it is as it was.
    fetched: Option<Box<Fetched>>,
    /// What to remember when it turns out to be what was wanted.
    memory: (Digest, Document),
}

impl Asker<'_, '_, '_> {
    async fn part(&self, target: Target) -> Result<Part, StateError> {
        match target {
            Target::Stdin => Ok(listed("-", std::io::read_to_string(std::io::stdin()), Path::new(""))),
            Target::List(path) => {
                let folder = path.parent().unwrap_or(&path);
                Ok(listed(&path.display().to_string(), std::fs::read_to_string(&path), folder))
            }
            Target::Files(path) => Ok(Part { candidates: files::matching(&path), ..Part::default() }),
            Target::Feed(url) => self.feed(url).await,
            Target::Sitemap(url) => self.sitemaps(url).await,
            Target::Page(url) => self.page(url).await,
            Target::OpmlFile(path) => {
                let name = path.display().to_string();
                match std::fs::read(&path) {
                    Ok(bytes) => self.outline(&bytes, &name).await,
                    Err(error) => Ok(Part::failed(&name, unreadable(&name, &error))),
                }
            }
            Target::Opml(url) => match self.document(&url, false).await? {
                Ok(Had { fetched: Some(fetched), .. }) => self.outline(&fetched.bytes, url.as_str()).await,
                Ok(Had { fetched: None, .. }) => Ok(Part::default()),
                Err(refusal) => Ok(Part::failed(url, refusal)),
            },
        }
    }

    /// Leaves of the candidates what the patterns and bounds of the source let through, each once.
    fn select(&self, candidates: &mut Vec<Candidate>, patterns: &Patterns) {
        let since = self.since();
        let mut seen = HashSet::new();
        candidates.retain(|candidate| {
            let is_recent = candidate.dated.is_none_or(|dated| since.is_none_or(|since| dated >= since));
            let is_wanted = candidate.location.as_ref().map_or(true, |location| patterns.admit(location));
            is_recent && is_wanted && seen.insert(candidate.identity())
        });
        let limit = self.source.limit.unwrap_or(MOST_CANDIDATES);
        if candidates.len() > limit {
            candidates.sort_by_key(|candidate| std::cmp::Reverse(candidate.dated));
            if self.source.limit.is_none() {
                let title = self.source.title();
                tracing::warn!("the source `{title}` names more than {limit} pages; the rest is left out");
            }
            candidates.truncate(limit);
        }
        for candidate in candidates {
            candidate.found_by = Some(self.source.title());
        }
    }

    /// The time before which stories are too old.
    fn since(&self) -> Option<Timestamp> {
        self.source.max_age.and_then(|age| self.context.now.checked_sub(age).ok())
    }

    /// Asks for a document; `conditional`, only if it has changed since these settings were last served from it.
    async fn document(&self, url: &Url, conditional: bool) -> Result<Result<Had, Refusal>, StateError> {
        self.context.recall(url)?;
        let key = self.key(url);
        let known = match &mut *self.context.state.borrow_mut() {
            Some(state) if conditional && !self.context.in_full => state.document(key)?,
            Some(_) | None => None,
        };
        let known = known.map(|document| document.answer).unwrap_or_default();
        let validators = Validators {
            url: known.url.clone(),
            etag: known.etag.clone(),
            last_modified: known.last_modified.clone(),
        };
        let asked_at = self.context.now;
        Ok(self.client.fetch_document(url, &validators).await.map(|answer| match answer {
            Answer::NotModified { .. } => {
                Had { fetched: None, memory: (key, Document { asked_at, answer: known }) }
            }
            Answer::Page(page) => {
                let answer = Known {
                    url: Some(page.url.clone()),
                    etag: page.etag.clone(),
                    last_modified: page.last_modified.clone(),
                };
                Had { fetched: Some(page), memory: (key, Document { asked_at, answer }) }
            }
        }))
    }

    /// What a document is remembered by: whoever changes the settings of a source has it read anew.
    fn key(&self, url: &Url) -> Digest {
        let settings = serde_json::to_string(self.source).expect("settings that were read can be written");
        Digest::of(format!("{settings}\n{url}"))
    }

    /// The entries of a feed, or of the first one that a page names.
    async fn feed(&self, url: Url) -> Result<Part, StateError> {
        match self.entries(&url).await? {
            Ok(part) => Ok(part),
            Err(Detour::Refused(refusal)) => Ok(Part::failed(url, *refusal)),
            Err(Detour::To(feed)) => {
                tracing::info!("{url}: its feed is {feed}");
                match self.entries(&feed).await? {
                    Ok(part) => Ok(part),
                    Err(Detour::Refused(refusal)) => Ok(Part::failed(feed, *refusal)),
                    Err(Detour::To(_)) => Ok(Part::failed(feed.as_str(), no_feed(&feed))),
                }
            }
        }
    }

    async fn entries(&self, url: &Url) -> Result<Result<Part, Detour>, StateError> {
        let Had { fetched, memory } = match self.document(url, true).await? {
            Ok(had) => had,
            Err(refusal) => return Ok(Err(Detour::Refused(Box::new(refusal)))),
        };
        let documents = vec![memory];
        let Some(fetched) = fetched else { return Ok(Ok(Part { documents, ..Part::default() })) };
        let read = self.context.shop.on_any_core(move || match feed::parse(&fetched.bytes, &fetched.url) {
            Ok(candidates) => Ok(Ok(candidates)),
            Err(_) => Ok(Err(links::feeds(&text_of(&fetched)?, &fetched.url).into_iter().next())),
        });
        Ok(match read.await {
            Ok(Ok(candidates)) => Ok(Part { candidates, documents, ..Part::default() }),
            Ok(Err(Some(feed))) if feed != *url => Err(Detour::To(feed)),
            Ok(Err(_)) => Err(Detour::Refused(Box::new(no_feed(url).into()))),
            Err(failure) => Err(Detour::Refused(Box::new(failure.into()))),
        })
    }

    /// The feeds of an outline.
    async fn outline(&self, bytes: &[u8], name: &str) -> Result<Part, StateError> {
        let feeds = match opml::parse(bytes, name) {
            Ok(feeds) => feeds,
            Err(failure) => return Ok(Part::failed(name, failure)),
        };
        let mut parts = stream::iter(feeds).map(|feed| self.feed(feed)).buffered(SIDE_BY_SIDE);
        let mut all = Part::default();
        while let Some(part) = parts.next().await {
            all.add(part?);
        }
        Ok(all)
    }

    /// The links of a front or section page.
    async fn page(&self, url: Url) -> Result<Part, StateError> {
        let Had { fetched, memory } = match self.document(&url, true).await? {
            Ok(had) => had,
            Err(refusal) => return Ok(Part::failed(url, refusal)),
        };
        let documents = vec![memory];
        let Some(fetched) = fetched else { return Ok(Part { documents, ..Part::default() }) };
        let name = url.clone();
        let read = self.context.shop.on_any_core(move || {
            if let Some(words) = &fetched.opt_out {
                tracing::debug!("{name}: opts out by {words}");
            }
            Ok(links::articles(&text_of(&fetched)?, &fetched.url))
        });
        Ok(match read.await {
            Ok(candidates) if candidates.is_empty() => {
                let message = format!("`{url}` links to no stories; is it a front or section page?");
                Part::failed(url, Failure::new(FailureClass::NoArticle, message))
            }
            Ok(candidates) => Part { candidates, documents, ..Part::default() },
            Err(failure) => Part::failed(url, failure),
        })
    }

    /// The entries of a sitemap and of those that it names, or of the sitemaps of a site.
    async fn sitemaps(&self, start: Url) -> Result<Part, StateError> {
        let mut part = Part::default();
        let mut queue = match self.roots(&start).await? {
            Ok(roots) => roots.into_iter().map(|url| (url, 1)).collect::<std::collections::VecDeque<_>>(),
            Err(refusal) => return Ok(Part::failed(start, refusal)),
        };
        let mut seen: HashSet<Url> = queue.iter().map(|(url, _)| url.clone()).collect();
        let mut asked = 0;
        while let Some((url, level)) = queue.pop_front() {
            asked += 1;
            if asked > MOST_SITEMAPS || part.candidates.len() > MOST_CANDIDATES {
                tracing::warn!("`{start}` has more sitemaps or pages than are taken; the rest is left out");
                break;
            }
            let mut inner = self.sitemap(url, &mut part).await?;
            // The newest first, so that what is left out is old.
            inner.sort_by_key(|(_, changed)| std::cmp::Reverse(*changed));
            let inner = inner.into_iter().map(|(url, _)| url).filter(|url| seen.insert(url.clone()));
            if level < MOST_LEVELS {
                queue.extend(inner.map(|url| (url, level + 1)));
            }
        }
        Ok(part)
    }

    /// The sitemaps to begin with: for a site those of its robots.txt, or else the usual place.
    async fn roots(&self, start: &Url) -> Result<Result<Vec<Url>, Refusal>, StateError> {
        if start.path() != "/" || start.query().is_some() {
            return Ok(Ok(vec![start.clone()]));
        }
        self.context.recall(start)?;
        let named = match self.client.sitemaps(start).await {
            Ok(named) => named,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let usual = start.join("/sitemap.xml").ok();
        Ok(Ok(if named.is_empty() { usual.into_iter().collect() } else { named }))
    }

    /// Adds what one sitemap names to `part`, and gives the sitemaps in it that may have something new.
    async fn sitemap(&self, url: Url, part: &mut Part) -> Result<Vec<(Url, Option<Timestamp>)>, StateError> {
        let Had { fetched, memory } = match self.document(&url, true).await? {
            Ok(had) => had,
            Err(refusal) => {
                part.failures.push((url.into(), refusal));
                return Ok(Vec::new());
            }
        };
        let Some(fetched) = fetched else {
            part.documents.push(memory);
            return Ok(Vec::new());
        };
        let read =
            self.context.shop.on_any_core(move || match sitemap::parse(&fetched.bytes, &fetched.url) {
                // Sites give feeds for sitemaps, too, as the protocol allows.
                Err(failure) => match feed::parse(&fetched.bytes, &fetched.url) {
                    Ok(candidates) => Ok(sitemap::Sitemap { candidates, ..sitemap::Sitemap::default() }),
                    Err(_) => Err(failure),
                },
                read => read,
            });
        match read.await {
            Err(failure) => {
                part.failures.push((url.into(), failure.into()));
                Ok(Vec::new())
            }
            Ok(sitemap::Sitemap { sitemaps, candidates, is_cut }) => {
                if is_cut {
                    tracing::warn!("`{url}` breaks off or is too large; the rest of it is left out");
                }
                // An index that is as it was would hide changes in the sitemaps that it names.
                if sitemaps.is_empty() {
                    part.documents.push(memory);
                }
                part.candidates.extend(candidates);
                sitemaps
                    .into_iter()
                    .map(|named| Ok((self.may_be_new(&named)?, named)))
                    .filter_map(kept)
                    .collect()
            }
        }
    }

    /// Whether a sitemap that changed at the given time may name what is wanted and not known.
    fn may_be_new(&self, (url, changed): &(Url, Option<Timestamp>)) -> Result<bool, StateError> {
        let Some(changed) = *changed else { return Ok(true) };
        // A day alone stands for its beginning.
        let until = changed.checked_add(jiff::SignedDuration::from_hours(24)).unwrap_or(changed);
        if self.since().is_some_and(|since| until < since) {
            return Ok(false);
        }
        let known = match &mut *self.context.state.borrow_mut() {
            Some(state) if !self.context.in_full => state.document(self.key(url))?,
            Some(_) | None => None,
        };
        Ok(known.is_none_or(|document| document.asked_at <= until))
    }
}

/// Why a URL gave no entries.
enum Detour {
    /// It is a page that names this feed.
    To(Url),
    /// It can't be had or read.
    Refused(Box<Refusal>),
}

fn kept<T>(judged: Result<(bool, T), StateError>) -> Option<Result<T, StateError>> {
    match judged {
        Ok((is_kept, value)) => is_kept.then_some(Ok(value)),
        Err(error) => Some(Err(error)),
    }
}

fn listed(name: &str, text: std::io::Result<String>, folder: &Path) -> Part {
    match text {
        Ok(text) => Part { candidates: list::parse(&text, folder), ..Part::default() },
        Err(error) => Part::failed(name, unreadable(name, &error)),
    }
}

fn unreadable(name: &str, error: &std::io::Error) -> Failure {
    Failure::new(FailureClass::ReadFailed, format!("can't read `{name}`: {error}"))
}

fn no_feed(url: &Url) -> Failure {
    let message = format!("`{url}` is no feed and names none; try it as a `sitemap` or a `page`");
    Failure::new(FailureClass::WrongType, message)
}

/// The text of a page among documents.
fn text_of(fetched: &Fetched) -> Result<String, Failure> {
    let decoded =
        charset::decode_within(sitemap::MOST_BYTES, &fetched.bytes, fetched.content_type.as_deref())?;
    Ok(decoded.text)
}

/// Whether a candidate is a saved page, which is looked at whenever it is named.
pub fn is_saved(candidate: &Candidate) -> bool {
    matches!(candidate.location, Ok(Location::File(_)))
}
