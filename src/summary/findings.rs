//! What the pages of a run were like, as far as they were had: what its figures are made of.

use std::collections::BTreeMap;

use url::Url;

use super::Summary;
use crate::article::{Article, PageKind};
use crate::state::figures::{CUTS, Figures, HostFigures, LENGTHS, Look, Why};
use crate::state::identity::Digest;

/// Pages that are said to be worth a look.
const MOST_LOOKS: usize = 12;

/// Hosts and sources whose figures are remembered: those with the most pages.
const MOST_NAMES: usize = 200;

/// A page is doubtful below this confidence.
const SURE: f32 = 0.75;

/// Stories shorter than this, in words, change their length easily.
const LONG: u32 = 80;

/// The length of a story has changed suddenly when it is more than so many times what it was, or less than that part.
const SUDDEN: u32 = 2;

/// What the pages of a run were like.
#[derive(Debug, Default)]
pub struct Findings {
    hosts: BTreeMap<String, Seen>,
    lengths: [u32; LENGTHS.len() + 1],
    cuts: [u32; CUTS],
    looks: Vec<(Look, Option<String>)>,
}

/// The pages of one host.
#[derive(Debug, Default)]
struct Seen {
    pages: u32,
    words: Vec<u32>,
    cuts: Vec<u32>,
    example: String,
}

/// What there is to say of a page beside its article.
#[derive(Debug, Default)]
pub struct Impression {
    /// The share of its text that was cut, in percent.
    pub cut: u32,
    /// Why it is worth a look, if it is.
    pub why: Option<Why>,
    /// What became of every block of such a page, as a page.
    pub explained: Option<String>,
}

/// Why the page of an article is worth a look, if it is; its story had so many words `before`.
pub fn why(article: &Article, before: Option<u32>) -> Option<Why> {
    let now = if article.kind.has_story() { words(article) } else { 0 };
    let before = before.filter(|before| *before >= LONG);
    let changed =
        before.filter(|before| now.saturating_mul(SUDDEN) < *before || now > before.saturating_mul(SUDDEN));
    if let Some(before) = changed {
        return Some(Why::Length(before, now));
    }
    let is_doubtful = article.confidence < SURE && article.kind != PageKind::Empty;
    is_doubtful.then_some(Why::Doubtful(article.confidence))
}

impl Findings {
    /// Enters the article of the page at `url`.
    pub fn enter(&mut self, url: &Url, article: &Article, impression: Impression) {
        let Impression { cut, why, explained } = impression;
        let seen = self.hosts.entry(host(url)).or_default();
        seen.pages = seen.pages.saturating_add(1);
        if seen.example.is_empty() {
            seen.example.clone_from(&article.source);
        }
        if article.kind.has_story() {
            let words = words(article);
            seen.words.push(words);
            seen.cuts.push(cut);
            self.lengths[LENGTHS.partition_point(|bound| *bound <= words)] += 1;
            self.cuts[(cut as usize * CUTS / 100).min(CUTS - 1)] += 1;
        }
        if let Some(why) = why {
            let (source, title) = (article.source.clone(), article.title.clone());
            self.looks.push((Look { source, title, why, explained: None }, explained));
            self.looks.sort_by(|(one, _), (other, _)| other.why.weight().total_cmp(&one.why.weight()));
            self.looks.truncate(MOST_LOOKS);
        }
    }
}

impl Summary {
    /// The figures of the run, and the explanations of pages that are worth a look, each with the name of its file.
    pub fn figures(&mut self) -> (Figures, Vec<(String, String)>) {
        let findings = std::mem::take(&mut self.findings);
        let mut hosts: BTreeMap<String, HostFigures> =
            findings.hosts.into_iter().map(|(host, seen)| (host, figures(seen))).collect();
        for latency in &self.hosts {
            let name = latency.host.trim_end_matches(":443").trim_end_matches(":80");
            let host = hosts.entry(name.to_owned()).or_default();
            let milliseconds =
                |time: std::time::Duration| u32::try_from(time.as_millis()).unwrap_or(u32::MAX);
            (host.mean_ms, host.longest_ms) = (milliseconds(latency.mean()), milliseconds(latency.longest));
        }
        let written = self.by_source.iter().map(|(name, counts)| (name.clone(), counts.written() as u64));
        let mut explanations = Vec::new();
        let looks = findings.looks.into_iter().map(|(look, explained)| {
            let name = explained.map(|page| (file(&look.source), page));
            explanations.extend(name.clone());
            Look { explained: name.map(|(name, _)| name), ..look }
        });
        let looks = looks.collect();
        let figures = Figures {
            written: most(written.filter(|(_, count)| *count > 0).collect(), |count| *count),
            hosts: most(hosts, |host| u64::from(host.pages)),
            lengths: findings.lengths,
            cuts: findings.cuts,
            looks,
        };
        (figures, explanations)
    }
}

fn figures(mut seen: Seen) -> HostFigures {
    HostFigures {
        pages: seen.pages,
        stories: u32::try_from(seen.words.len()).unwrap_or(u32::MAX),
        words: median(&mut seen.words),
        cut: median(&mut seen.cuts),
        example: seen.example,
        ..HostFigures::default()
    }
}

/// The upper median; 0 of nothing.
fn median(values: &mut [u32]) -> u32 {
    let middle = values.len() / 2;
    if values.is_empty() { 0 } else { *values.select_nth_unstable(middle).1 }
}

/// The entries with the largest numbers, as many as are remembered.
fn most<T>(all: BTreeMap<String, T>, number: impl Fn(&T) -> u64) -> BTreeMap<String, T> {
    let mut all: Vec<(String, T)> = all.into_iter().collect();
    all.sort_by_key(|(_, value)| std::cmp::Reverse(number(value)));
    all.into_iter().take(MOST_NAMES).collect()
}

/// The name of the host of `url` for people, with its port where that is not the usual one.
fn host(url: &Url) -> String {
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    url.host_str().map_or_else(|| "saved pages".to_owned(), |host| format!("{host}{port}"))
}

fn words(article: &Article) -> u32 {
    u32::try_from(article.word_count).unwrap_or(u32::MAX)
}

/// The share of the text of a page that was cut, in percent.
pub fn cut(article: &Article) -> u32 {
    let cut: usize = article.dropped.iter().map(|dropped| dropped.block.text.len()).sum();
    let all = cut + article.body.len();
    u32::try_from(cut * 100 / all.max(1)).unwrap_or_default()
}

/// The name of the file that explains a page: the same for the same page.
fn file(source: &str) -> String {
    format!("why-{}.html", Digest::of(source).digits(12))
}

/// Whether a file with this name explains a page.
pub fn is_explanation(name: &str) -> bool {
    let digest = name.strip_prefix("why-").and_then(|name| name.strip_suffix(".html"));
    digest.is_some_and(|digest| digest.len() == 12 && digest.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn article(kind: PageKind, words: usize, confidence: f32) -> Article {
        Article { source: format!("{words}"), kind, confidence, word_count: words, ..Article::default() }
    }

    #[test]
    fn doubt_and_a_sudden_change_of_length_are_worth_a_look() {
        for (kind, words, confidence, before, expected) in [
            (PageKind::Article, 400, 0.99, None, None),
            (PageKind::Article, 400, 0.99, Some(300), None),
            (PageKind::Article, 100, 0.99, Some(300), Some(Why::Length(300, 100))),
            (PageKind::Article, 700, 0.99, Some(300), Some(Why::Length(300, 700))),
            (PageKind::Consent, 400, 0.99, Some(300), Some(Why::Length(300, 0))),
            (PageKind::Article, 10, 0.99, Some(50), None),
            (PageKind::Index, 400, 0.5, None, Some(Why::Doubtful(0.5))),
            (PageKind::Empty, 0, 0.5, None, None),
        ] {
            assert_eq!(
                why(&article(kind, words, confidence), before),
                expected,
                "{kind:?} {words} {before:?}"
            );
        }
    }

    #[test]
    fn the_figures_of_a_run_tell_of_its_hosts_and_of_the_pages_that_are_worth_most() {
        let mut summary = Summary::default();
        let url: Url = "https://news.example/a".parse().unwrap();
        for words in [100, 150, 900] {
            summary.findings.enter(&url, &article(PageKind::Article, words, 0.9), Impression::default());
        }
        for number in 0..2 * MOST_LOOKS {
            let doubtful = article(PageKind::Index, number, 0.7 - number as f32 / 100.0);
            let explained = number.is_multiple_of(2).then(|| "<html>".to_owned());
            let impression = Impression { why: why(&doubtful, None), explained, ..Impression::default() };
            summary.findings.enter(&url, &doubtful, impression);
        }
        let (figures, explanations) = summary.figures();
        let host = &figures.hosts["news.example"];
        assert_eq!((host.pages, host.stories, host.words, host.example.as_str()), (27, 3, 150, "100"));
        assert_eq!(figures.lengths, [0, 2, 0, 0, 1, 0, 0]);
        assert_eq!((figures.looks.len(), figures.looks[0].source.as_str()), (MOST_LOOKS, "23"));
        let named: Vec<&String> = figures.looks.iter().filter_map(|look| look.explained.as_ref()).collect();
        assert_eq!(named, explanations.iter().map(|(name, _)| name).collect::<Vec<_>>());
        assert!(named.len() == MOST_LOOKS / 2 && named.iter().all(|name| is_explanation(name)), "{named:?}");
        assert!(!is_explanation("why-we-left.html") && !is_explanation("why-0123456789ag.html"));
    }
}
