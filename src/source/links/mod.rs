//! Links: what the pages of a site say about where its stories are.
//!
//! [`articles`] finds the stories that a front or section page leads to. Every link is judged by its text, by the form of its
//! URL and by what stands around it; links in the same place of a repeated pattern, and those whose URLs have the same form,
//! lend each other of their evidence. [`feeds()`] finds the feeds of a site, and [`pages`] the further pages of a story.
//! All of that is pure; words are data (`links.toml`).

mod address;
mod anchors;
mod feeds;
pub mod pages;
mod words;

use std::collections::{BTreeMap, HashMap};

use url::Url;

use super::{Candidate, Location};
use crate::clean::parse::{Parsed, Scripting, parse};
use crate::clean::{links, words as text_words};
use crate::state::identity::{identity, site};
use address::Address;
use anchors::{Anchor, anchors};
use words::WORDS;

pub use feeds::feeds;

/// The evidence from which on a link leads to a story.
const ENOUGH: f64 = 2.0;

/// The part of the mean evidence of links like it that a link is lent.
const LENT: f64 = 0.4;

/// The most that a link is lent.
const MOST_LENT: f64 = 1.5;

/// Links from which on they are a pattern.
const PATTERN: usize = 3;

/// The stories that the page at `url` leads to, each once, in their order.
pub fn articles(text: &str, url: &Url) -> Vec<Candidate> {
    let Parsed { html, .. } = parse(text, Scripting::On);
    let base = links::base(&html, Some(url), None).unwrap_or_else(|| url.clone());
    let links = gathered(anchors(&html, &base), url);
    let by_shape =
        Lent::new(links.iter().flat_map(|link| link.shapes.iter().map(|shape| (*shape, link.own))));
    let by_form = Lent::new(links.iter().map(|link| (link.form.clone(), link.own)));
    let is_story = |link: &Link| {
        let of_shape = link.shapes.iter().map(|shape| by_shape.of(shape)).fold(f64::NEG_INFINITY, f64::max);
        link.own + of_shape.max(-MOST_LENT) + by_form.of(&link.form) >= ENOUGH
    };
    let stories = links.iter().filter(|link| is_story(link));
    stories
        .map(|link| Candidate::at(link.url.as_str().to_owned(), Ok(Location::Web(link.url.clone()))))
        .collect()
}

/// All that is known about one URL that a page links to.
#[derive(Debug)]
struct Link {
    url: Url,
    /// The evidence of this link alone.
    own: f64,
    /// The shapes in which it stands.
    shapes: Vec<u64>,
    /// The form of its URL.
    form: String,
}

/// The links of the page at `page` that may lead to stories, each URL once.
fn gathered(anchors: Vec<Anchor>, page: &Url) -> Vec<Link> {
    let home = site(page);
    let mut order = Vec::new();
    let mut by_url: HashMap<String, Vec<Anchor>> = HashMap::new();
    for anchor in anchors {
        if site(&anchor.url) != home {
            continue;
        }
        let key = identity(&anchor.url);
        let known = by_url.entry(key.clone()).or_default();
        if known.is_empty() {
            order.push(key);
        }
        known.push(anchor);
    }
    order
        .into_iter()
        .filter_map(|key| {
            let anchors = by_url.remove(&key)?;
            if anchors.iter().all(|anchor| anchor.is_paid) {
                return None;
            }
            let url = anchors.first()?.url.clone();
            let address = Address::of(&url, page)?;
            let own = address.evidence + evidence(&anchors);
            let mut shapes: Vec<u64> = anchors.iter().map(|anchor| anchor.shape).collect();
            shapes.sort_unstable();
            shapes.dedup();
            Some(Link { url, own, shapes, form: address.form })
        })
        .collect()
}

/// What the links to one URL say: their texts, and what stands around them.
fn evidence(anchors: &[Anchor]) -> f64 {
    let all = |is: fn(&Anchor) -> bool| anchors.iter().all(is);
    let any = |is: fn(&Anchor) -> bool| anchors.iter().any(is);
    let text = anchors.iter().map(|anchor| of_text(&anchor.text)).fold(f64::NEG_INFINITY, f64::max);
    let mut evidence = text;
    if any(|anchor| anchor.is_heading) {
        evidence += 1.5;
    } else if all(|anchor| anchor.is_detail) {
        evidence -= 1.5;
    }
    if any(|anchor| anchor.is_in_story) {
        evidence += 0.5;
    }
    if all(|anchor| anchor.is_navigation) {
        evidence -= 3.5;
    }
    // What card after card leads to in few words is their common subject.
    if anchors.len() >= PATTERN && text < 0.0 {
        evidence -= 1.5;
    }
    evidence
}

/// What the text of a link says: a headline has some words, and a section has few.
fn of_text(text: &str) -> f64 {
    // What a label says is set apart from the text proper; the longer of both counts.
    let text = text.split('\u{0}').map(str::trim).max_by_key(|text| text.len()).unwrap_or_default();
    if text.is_empty() || WORDS.text.empty.contains(&text.to_lowercase()) {
        return 0.0;
    }
    let letters = text.chars().count();
    let words = text_words::count(text);
    // Without blanks between words, each letter counts as one.
    let words = if words * 2 > letters { words / 3 } else { words };
    match (words, letters) {
        (0 | 1, _) => -1.0,
        (2, ..20) => -0.5,
        (2 | 3, _) => 0.0,
        (4..7, _) => 1.5,
        (7.., _) => 2.0,
    }
}

/// The mean evidence of the links that have a key in common.
struct Lent<K>(BTreeMap<K, (f64, usize)>);

impl<K: Ord> Lent<K> {
    fn new(evidence: impl Iterator<Item = (K, f64)>) -> Self {
        let mut sums = BTreeMap::new();
        for (key, own) in evidence {
            let (sum, count): &mut (f64, usize) = sums.entry(key).or_default();
            *sum += own;
            *count += 1;
        }
        Self(sums)
    }

    /// What a link with this key is lent; nothing where there is no pattern.
    fn of(&self, key: &K) -> f64 {
        match self.0.get(key) {
            Some((sum, count)) if *count >= PATTERN => {
                (LENT * sum / *count as f64).clamp(-MOST_LENT, MOST_LENT)
            }
            Some(_) | None => 0.0,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    fn page() -> Url {
        "https://a.example/news/".parse().unwrap()
    }

    #[test]
    fn a_story_is_found_once_and_links_to_other_sites_never() {
        let text = "<article><h2><a href='/2026/03/ferry-returns-home-today#top'>Ferry returns home today</a></h2>\
            <a href='/2026/03/ferry-returns-home-today?utm_source=x'>Read more</a></article>\
            <article><h2><a href='https://b.example/2026/03/harbour-vote-put-off'>Harbour vote is put off</a></h2></article>";
        let found: Vec<String> = articles(text, &page()).into_iter().map(|found| found.source).collect();
        assert_eq!(found, ["https://a.example/2026/03/ferry-returns-home-today"]);
    }

    #[test]
    fn hostile_pages_are_read_in_bounded_depth_and_number() {
        let link = |number: usize| {
            format!("<div><a href=/2026/a-story-with-number-{number}>A story with a number</a>")
        };
        let many: String = (0..20_000).map(link).collect();
        assert!(articles(&many, &page()).len() <= 5000);
        assert_eq!(pages::next(&"<a href=/news?page=2".repeat(100_000), &page(), 1), None);
    }

    proptest! {
        #[test]
        fn no_page_makes_discovery_fail(text in "(<a href='?[/a-z0-9.?&=%é-]{0,20}'?>|</a>|<h2>|<div class=\"[A-Za-z_ -]{0,9}\">|[ a-zé漢]{0,9}){0,40}") {
            let found = articles(&text, &page());
            prop_assert!(found.len() <= text.matches("<a").count());
            pages::next(&text, &page(), 1);
            feeds(&text, &page());
        }
    }
}
