//! Asking one source: what it names, a document of its, and the choice that its settings make.

use std::collections::HashSet;
use std::path::Path;

use jiff::Timestamp;
use url::Url;

use super::{Context, MOST_CANDIDATES, Part};
use crate::config::{Source, Target};
use crate::failure::{Failure, FailureClass};
use crate::fetch::{Answer, Client, Fetched, Refusal};
use crate::source::patterns::Patterns;
use crate::source::{Candidate, files, list};
use crate::state::StateError;
use crate::state::identity::Digest;
use crate::state::source::Document;

/// Asks one source.
pub(super) struct Asker<'a, 'c, 's> {
    pub(super) context: &'a Context<'c, 's>,
    pub(super) source: &'a Source,
    pub(super) client: Client,
}

/// A document that was asked for.
pub(super) struct Had {
    /// The document; `None` when it is as it was.
    pub(super) fetched: Option<Box<Fetched>>,
    /// What to remember when it turns out to be what was wanted.
    pub(super) memory: (Digest, Document),
}

impl Asker<'_, '_, '_> {
    pub(super) async fn part(&self, target: Target) -> Result<Part, StateError> {
        match target {
            Target::Stdin => Ok(listed("-", std::io::read_to_string(std::io::stdin()), Path::new(""))),
            Target::List(path) => {
                let folder = path.parent().unwrap_or(&path);
                Ok(listed(&path.display().to_string(), std::fs::read_to_string(&path), folder))
            }
            Target::Warc(path) => Ok(Part { candidates: files::archives(&path), ..Part::default() }),
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
    pub(super) fn select(&self, candidates: &mut Vec<Candidate>, patterns: &Patterns) {
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
    pub(super) fn since(&self) -> Option<Timestamp> {
        self.source.max_age.and_then(|age| self.context.now.checked_sub(age).ok())
    }

    /// Asks for a document; `conditional`, only if it has changed since these settings were last served from it.
    pub(super) async fn document(
        &self,
        url: &Url,
        conditional: bool,
    ) -> Result<Result<Had, Refusal>, StateError> {
        self.context.recall(url)?;
        let key = self.key(url);
        let known = match &mut *self.context.state.borrow_mut() {
            Some(state) if conditional && !self.context.in_full => state.document(key)?,
            Some(_) | None => None,
        };
        let known = known.map(|document| document.answer).unwrap_or_default();
        let asked_at = self.context.now;
        Ok(self.client.fetch_document(url, &known).await.map(|answer| match answer {
            Answer::NotModified { .. } => {
                Had { fetched: None, memory: (key, Document { asked_at, answer: known }) }
            }
            Answer::Page(page) => {
                let answer = page.validators();
                Had { fetched: Some(page), memory: (key, Document { asked_at, answer }) }
            }
        }))
    }

    /// What a document is remembered by: whoever changes the settings of a source has it read anew.
    pub(super) fn key(&self, url: &Url) -> Digest {
        let settings = serde_json::to_string(self.source).expect("settings that were read can be written");
        Digest::of(format!("{settings}\n{url}"))
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
