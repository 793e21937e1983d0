//! A survey of a site: what it offers as a source. A feed is best, since it tells what is new; then a sitemap; then the links
//! of its front page.
//!
//! Steps: the given page itself, which may be a feed; the feeds that it names; the usual places of feeds; the sitemaps that
//! robots.txt names; the usual places of sitemaps; the links of the page. All are asked for as politely as pages are.

use std::sync::LazyLock;

use jiff::Timestamp;
use serde::Deserialize;
use url::Url;

use super::Workshop;
use super::discover::sitemaps;
use crate::failure::{Failure, FailureClass};
use crate::fetch::{Fetched, Refusal, Validators, charset};
use crate::source::{Candidate, feed, links, sitemap};

/// Links to stories that make a page a source.
const FEWEST_LINKS: usize = 5;

static USUAL: LazyLock<Usual> =
    LazyLock::new(|| toml::from_str(include_str!("usual_places.toml")).expect("a test reads this file"));

/// Where sites keep what they don't name.
#[derive(Debug, Deserialize)]
struct Usual {
    feeds: Vec<String>,
    sitemaps: Vec<String>,
}

/// What a site offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// What it is.
    pub kind: Kind,
    /// Where it is.
    pub url: Url,
    /// Stories, or sitemaps of an index, that it names.
    pub entries: usize,
    /// The date of the latest of them.
    pub latest: Option<Timestamp>,
}

/// What can be a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A feed.
    Feed,
    /// A sitemap, or an index of sitemaps.
    Sitemap,
    /// A front or section page.
    Page,
}

/// What the site of `url` offers.
///
/// # Errors
/// A page that can't be had, and a site that offers nothing.
pub async fn survey(shop: &Workshop, url: &Url) -> Result<Offer, Failure> {
    let survey = Survey { shop, url };
    let page = survey.document(url).await?;
    // What a new site names as its feed is one though nothing has been published yet.
    let mut empty = None;
    if let Some(offer) = survey.feed(&page).await.and_then(|offer| filled(offer, &mut empty)) {
        return Ok(offer);
    }
    let (named, stories) = survey.links(&page).await?;
    let at = |path: &String| page.url.join(path).ok();
    for place in named.into_iter().chain(USUAL.feeds.iter().filter_map(at)) {
        if let Ok(document) = survey.document(&place).await
            && let Some(offer) = survey.feed(&document).await.and_then(|offer| filled(offer, &mut empty))
        {
            return Ok(offer);
        }
    }
    let named = shop.client().sitemaps(&page.url).await.unwrap_or_default();
    for place in named.into_iter().chain(USUAL.sitemaps.iter().filter_map(at)) {
        if let Ok(document) = survey.document(&place).await
            && let Ok(offer) = survey.sitemap(&document).await
            && offer.entries > 0
        {
            return Ok(offer);
        }
    }
    if stories.len() >= FEWEST_LINKS {
        return Ok(offer(Kind::Page, page.url.clone(), &stories));
    }
    empty.ok_or_else(|| {
        let message = format!("`{url}` has no feed and no sitemap, and links to no stories");
        Failure::new(FailureClass::NoArticle, message)
    })
}

/// The sitemap at `url`, or, for a site, the first that it has; none that this one names.
///
/// # Errors
/// A sitemap that can't be had or read.
pub async fn first_sitemap(shop: &Workshop, url: &Url) -> Result<Offer, Failure> {
    let roots = sitemaps::roots(shop.client(), url).await?;
    let survey = Survey { shop, url };
    let document = survey.document(roots.first().unwrap_or(url)).await?;
    survey.sitemap(&document).await
}

/// The offer when there is something in it; the first without goes to `empty`.
fn filled(offer: Offer, empty: &mut Option<Offer>) -> Option<Offer> {
    if offer.entries > 0 {
        return Some(offer);
    }
    empty.get_or_insert(offer);
    None
}

struct Survey<'s> {
    shop: &'s Workshop,
    url: &'s Url,
}

impl Survey<'_> {
    async fn document(&self, url: &Url) -> Result<Box<Fetched>, Refusal> {
        let answer = self.shop.client().fetch_document(url, &Validators::default()).await?;
        Ok(answer.in_full(&format!("`{}`", self.url))?)
    }

    /// The document as a feed, if it is one.
    async fn feed(&self, document: &Fetched) -> Option<Offer> {
        let (bytes, url) = (document.bytes.clone(), document.url.clone());
        let read = self.shop.on_any_core(move || {
            let found = feed::parse(&bytes, &url)?;
            Ok(offer(Kind::Feed, url, &found))
        });
        read.await.ok()
    }

    /// The document as a sitemap.
    async fn sitemap(&self, document: &Fetched) -> Result<Offer, Failure> {
        let (bytes, url) = (document.bytes.clone(), document.url.clone());
        let read = self.shop.on_any_core(move || {
            let found = sitemap::parse(&bytes, &url)?;
            let pages = offer(Kind::Sitemap, url, &found.candidates);
            let latest = found.sitemaps.iter().filter_map(|(_, changed)| *changed).max();
            Ok(Offer {
                entries: pages.entries + found.sitemaps.len(),
                latest: pages.latest.max(latest),
                ..pages
            })
        });
        read.await
    }

    /// The feeds that a page names, and the stories that it links to.
    async fn links(&self, page: &Fetched) -> Result<(Vec<Url>, Vec<Candidate>), Failure> {
        let (bytes, url, content_type) = (page.bytes.clone(), page.url.clone(), page.content_type.clone());
        let read = self.shop.on_any_core(move || {
            let text = charset::decode(&bytes, content_type.as_deref())?.text;
            Ok((links::feeds(&text, &url), links::articles(&text, &url)))
        });
        read.await
    }
}

fn offer(kind: Kind, url: Url, found: &[Candidate]) -> Offer {
    let latest = found.iter().filter_map(|candidate| candidate.dated).max();
    Offer { kind, url, entries: found.len(), latest }
}
