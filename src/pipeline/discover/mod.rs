//! Asking sources: what each of them names now, had as politely as pages are.
//!
//! Sources are asked side by side, and each document of theirs only if it has changed since it was last had with the same
//! settings. A source that fails is a failure among what was found, and ends nothing.

mod asker;
mod documents;
pub(super) mod sitemaps;

use std::cell::RefCell;
use std::collections::HashMap;

use futures::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use url::Url;

use super::Workshop;
use super::crew::origin;
use crate::config::Source;
use crate::failure::{Failure, FailureClass};
use crate::fetch::{HostFacts, Refusal};
use crate::source::archive::PassedOver;
use crate::source::patterns::Patterns;
use crate::source::{Candidate, Location, archive};
use crate::state::host::Clock;
use crate::state::identity::Digest;
use crate::state::source::Document;
use crate::state::{State, StateError};
use asker::Asker;

/// Sources, or feeds of an outline, that are asked side by side.
const SIDE_BY_SIDE: usize = 16;

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
    /// What was passed over in archives, by the reason.
    pub passed_over: PassedOver,
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
                let candidates = std::mem::take(&mut part.candidates);
                // An archive takes a while to be read.
                match self.shop.on_any_core(move || Ok(unpack(candidates))).await {
                    Ok(unpacked) => (part.candidates, found.passed_over) = unpacked,
                    Err(failure) => part.failures.push((source.title(), failure.into())),
                }
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
        if let Some(robots) = state.robots(&name)? {
            client.learn(url, HostFacts { robots: Some(robots.into()), ..HostFacts::default() });
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
                state.set_clock(&client.clock_name(&url), Clock::of(&facts, self.now))?;
            }
            known.extend(facts.robots.map(|robots| (name, robots.into())));
        }
        state.set_robots(&known)
    }
}

/// Puts the pages of archives in the places of these, and counts what is passed over in them.
fn unpack(candidates: Vec<Candidate>) -> (Vec<Candidate>, PassedOver) {
    let mut passed_over = PassedOver::new();
    let unpacked = candidates.into_iter().flat_map(|candidate| match &candidate.location {
        Ok(Location::File(path)) if archive::is_archive(path) => {
            let (pages, reasons) = archive::candidates(path);
            reasons.into_iter().for_each(|(reason, count)| *passed_over.entry(reason).or_default() += count);
            pages
        }
        _ => vec![candidate],
    });
    (unpacked.collect(), passed_over)
}

/// Whether a candidate is a saved page, which is looked at whenever it is named.
pub fn is_saved(candidate: &Candidate) -> bool {
    matches!(candidate.location, Ok(Location::File(_) | Location::Archived(_)))
}
