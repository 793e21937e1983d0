//! Sources that are one document or a few: feeds, outlines of feeds, front and section pages.

use futures::{StreamExt, stream};
use url::Url;

use super::asker::{Asker, Had};
use super::{Part, SIDE_BY_SIDE};
use crate::failure::{Failure, FailureClass};
use crate::fetch::{Fetched, Refusal, charset};
use crate::source::{feed, links, opml, sitemap};
use crate::state::StateError;

impl Asker<'_, '_, '_> {
    /// The entries of a feed, or of the first one that a page names.
    pub(super) async fn feed(&self, url: Url) -> Result<Part, StateError> {
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
    pub(super) async fn outline(&self, bytes: &[u8], name: &str) -> Result<Part, StateError> {
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
    pub(super) async fn page(&self, url: Url) -> Result<Part, StateError> {
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
}

/// Why a URL gave no entries.
enum Detour {
    /// It is a page that names this feed.
    To(Url),
    /// It can't be had or read.
    Refused(Box<Refusal>),
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
