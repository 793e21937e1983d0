//! Sitemaps: a queue, since they name each other.

use std::collections::{HashSet, VecDeque};

use jiff::Timestamp;
use url::Url;

use super::asker::{Asker, Had};
use super::{MOST_CANDIDATES, Part};
use crate::fetch::{Client, Refusal};
use crate::source::{feed, sitemap};
use crate::state::StateError;

/// The most sitemaps of one source that are asked for in one run.
const MOST_SITEMAPS: usize = 500;

/// How deep sitemaps may name each other.
const MOST_LEVELS: usize = 3;

/// The sitemaps to begin with: for a site those of its robots.txt, or else the usual place.
pub(in crate::pipeline) async fn roots(client: &Client, start: &Url) -> Result<Vec<Url>, Refusal> {
    if start.path() != "/" || start.query().is_some() {
        return Ok(vec![start.clone()]);
    }
    let named = client.sitemaps(start).await?;
    let usual = start.join("/sitemap.xml").ok();
    Ok(if named.is_empty() { usual.into_iter().collect() } else { named })
}

impl Asker<'_, '_, '_> {
    /// The entries of a sitemap and of those that it names, or of the sitemaps of a site.
    pub(super) async fn sitemaps(&self, start: Url) -> Result<Part, StateError> {
        let mut part = Part::default();
        self.context.recall(&start)?;
        let mut queue = match roots(&self.client, &start).await {
            Ok(roots) => roots.into_iter().map(|url| (url, 1)).collect::<VecDeque<_>>(),
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

    /// Adds what one sitemap names to `part`, and gives the sitemaps in it that may have something new.
    pub(super) async fn sitemap(
        &self,
        url: Url,
        part: &mut Part,
    ) -> Result<Vec<(Url, Option<Timestamp>)>, StateError> {
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
    pub(super) fn may_be_new(&self, (url, changed): &(Url, Option<Timestamp>)) -> Result<bool, StateError> {
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

fn kept<T>(judged: Result<(bool, T), StateError>) -> Option<Result<T, StateError>> {
    match judged {
        Ok((is_kept, value)) => is_kept.then_some(Ok(value)),
        Err(error) => Some(Err(error)),
    }
}
