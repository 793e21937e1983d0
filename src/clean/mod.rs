//! Cleaning: from the text of a page to the article, without I/O, clock or chance.
//!
//! 1. [`parse`]: a tokenizer and html5ever's tree builder, behind a guard that bounds the work for any markup.
//! 2. [`segment`]: one walk that cuts the page into blocks and notes what is around them.
//! 3. [`meta`]: everything about the article that is not its body, by which blocks are judged too.
//! 4. [`features`]: the numbers of each block; one of them is the odds of its [`wording`].
//! 5. [`model`]: from the numbers, the probability that the block belongs to the story.
//! 6. [`rules`]: named verdicts that win over the probability.
//! 7. [`decide`]: a verdict on each block; the repeated title and empty headings go.
//! 8. [`kind`]: what sort of page this is.

pub mod decide;
mod elements;
pub mod explain;
mod features;
pub(crate) mod hash;
mod initials;
mod kind;
pub(crate) mod links;
pub mod meta;
pub mod model;
mod noscript;
mod outline;
pub(crate) mod parse;
mod phrases;
pub mod rules;
mod run;
mod scan;
mod segment;
mod signals;
#[doc(hidden)]
pub mod stages;
mod streamed;
mod table;
mod tokenize;
pub mod training;
mod wording;
pub(crate) mod words;

use scraper::Html;
use sha2::{Digest, Sha256};
use url::Url;

use crate::article::{Article, Block, BlockKind, Dropped, PageKind};
use crate::config::{Clean, Keep};
use crate::failure::{Failure, FailureClass};

use decide::{Decision, Verdict};
use features::{Features, Known};
use kind::Evidence;
use meta::Meta;
use model::Model;
use outline::{Outline, Segment};
use parse::{Cut, Scripting};
use phrases::PHRASES;
use rules::Rules;

/// Least words of a body that is taken without looking for the story elsewhere.
const ENOUGH_WORDS: usize = 50;
/// The story is taken from JSON-LD when it is this many times as long as what the page shows.
const JSON_LD_ADVANTAGE: usize = 3;

/// A page to be cleaned.
#[derive(Debug, Clone, Copy)]
pub struct Page<'a> {
    /// The markup, decoded.
    pub text: &'a str,
    /// Where it came from; relative links and the site follow from it.
    pub url: Option<&'a Url>,
    /// When it was fetched; relative dates follow from it.
    pub fetched_at: Option<jiff::Timestamp>,
}

/// Cleans a page into an article.
///
/// Never fails and never panics: a page without a story gives an article whose `error` says so. The same page,
/// options and rules give the same article.
///
/// ```
/// use pressclip::clean::{Page, clean, rules::Rules};
///
/// let text = "<nav><a href=/>Home</a></nav><h1>Ferry returns</h1>\
///     <p>The ferry came back on Monday after eleven weeks in the yard, to the relief of the island.</p>\
///     <p>READ ALSO <a href=/b>Bridge closed for repairs</a></p>";
/// let page = Page { text, url: None, fetched_at: None };
/// let article = clean(page, &Default::default(), Rules::built_in());
/// assert_eq!(article.title.as_deref(), Some("Ferry returns"));
/// assert!(article.body.starts_with("The ferry came back"));
/// assert!(!article.body.contains("Bridge"));
/// ```
pub fn clean(page: Page<'_>, options: &Clean, rules: &Rules) -> Article {
    clean_with(page, options, rules, Model::built_in())
}

/// Cleans a page by another model than the built-in one, as those do who measure a model.
pub fn clean_with(page: Page<'_>, options: &Clean, rules: &Rules, model: &Model) -> Article {
    let Read { cut, meta, cleaned, mut notes } = read(page, rules, model);
    match cut {
        Some(Cut::Tags) => {
            notes.push("some tags were dropped: the markup is too deep or too large".to_owned())
        }
        Some(Cut::Rest) => notes.push("truncated: the markup is too complex to read to its end".to_owned()),
        None => {}
    }
    let (kind, confidence) = cleaned.kind(&meta, page.url);
    let mut article = Article { kind, confidence, ..Article::default() };
    let structured = meta.article_body.as_deref().map(paragraphs).unwrap_or_default();
    let structured_words: usize = structured.iter().map(|block| words::count(&block.text)).sum();
    let is_longer =
        structured_words >= ENOUGH_WORDS && structured_words > JSON_LD_ADVANTAGE * cleaned.words();
    if is_longer && !decide::has_body(&cleaned.decisions) {
        notes.push("story taken from JSON-LD".to_owned());
        article.blocks = structured;
        (article.kind, article.confidence) = kind::of_structured_story();
    } else {
        (article.blocks, article.dropped) = cleaned.into_blocks(options.keep.contains(&Keep::Captions));
    }
    article.notes = notes;
    fill_body(&mut article);
    fill_meta(&mut article, meta, page.url);
    article
}

/// A page as it was read: by its markup, or by what stands in `noscript` where nothing else holds the story.
struct Read {
    cut: Option<Cut>,
    meta: Meta,
    cleaned: Cleaned,
    notes: Vec<String>,
}

fn read(page: Page<'_>, rules: &Rules, model: &Model) -> Read {
    let parsed = parse::parse(page.text, Scripting::On);
    let meta = meta::read(&parsed.html, page.url, page.fetched_at);
    let cleaned = Cleaned::new(&parsed.html, Scripting::On, page.url, &meta, rules, model);
    let words = cleaned.words();
    if words < ENOUGH_WORDS && words + noscript::words(&parsed.html) > ENOUGH_WORDS {
        let fallback = parse::parse(page.text, Scripting::Off);
        let other = Cleaned::new(&fallback.html, Scripting::Off, page.url, &meta, rules, model);
        if other.words() > cleaned.words().max(ENOUGH_WORDS) {
            let notes = vec!["story taken from noscript".to_owned()];
            return Read { cut: other.cut().or(fallback.cut), meta, cleaned: other, notes };
        }
    }
    Read { cut: cleaned.cut().or(parsed.cut), meta, cleaned, notes: Vec::new() }
}

/// A page cut into blocks, with a verdict on each.
struct Cleaned {
    outline: Outline,
    features: Features,
    decisions: Vec<Decision>,
}

impl Cleaned {
    fn new(
        html: &Html,
        scripting: Scripting,
        url: Option<&Url>,
        meta: &Meta,
        rules: &Rules,
        model: &Model,
    ) -> Self {
        let base = links::base(html, url, meta.canonical_url.as_deref());
        let outline = segment::segment(html, base.as_ref(), scripting == Scripting::Off);
        let phrases: Vec<_> = outline
            .segments
            .iter()
            .map(|segment| PHRASES.read(&segment.block.text, &segment.plain))
            .collect();
        let features = Features::new(&outline, &Known::new(meta, base.as_ref()), &phrases, &model.wording);
        let probabilities = model.probabilities(features.rows());
        // A saved page is where it says that it is.
        let stated = meta.canonical_url.as_deref().and_then(|canonical| Url::parse(canonical).ok());
        let on_page = rules.on_page(html, url.or(stated.as_ref()).and_then(Url::host_str));
        let known = decide::Known::new(meta);
        let decisions = decide::decide(&outline, &features, &phrases, &probabilities, &on_page, &known);
        Self { outline, features, decisions }
    }

    fn with(&self, verdict: Verdict) -> impl Iterator<Item = (&Segment, &Decision)> {
        self.outline
            .segments
            .iter()
            .zip(&self.decisions)
            .filter(move |(_, decision)| decision.verdict == verdict)
    }

    fn cut(&self) -> Option<Cut> {
        self.outline.is_cut.then_some(Cut::Rest)
    }

    /// Words of the story.
    fn words(&self) -> usize {
        self.with(Verdict::Story).map(|(segment, _)| segment.words).sum()
    }

    fn kind(&self, meta: &Meta, url: Option<&Url>) -> (PageKind, f32) {
        kind::kind(&self.evidence(meta, url))
    }

    fn evidence(&self, meta: &Meta, url: Option<&Url>) -> Evidence {
        let is_story: Vec<bool> =
            self.decisions.iter().map(|decision| decision.verdict == Verdict::Story).collect();
        let stated = meta.canonical_url.as_deref().and_then(|canonical| Url::parse(canonical).ok());
        Evidence::new(&self.outline, &is_story, meta, url.or(stated.as_ref()))
    }

    /// The blocks of the story with the captions of its pictures, and the blocks that were cut.
    fn into_blocks(self, captions_in_body: bool) -> (Vec<Block>, Vec<Dropped>) {
        let (mut blocks, mut dropped) = (Vec::new(), Vec::new());
        for (Segment { block, .. }, decision) in self.outline.segments.into_iter().zip(self.decisions) {
            match decision.verdict {
                Verdict::Story => blocks.push(block),
                Verdict::Caption => blocks.push(Block {
                    kind: BlockKind::Caption,
                    level: None,
                    number: None,
                    aside: !captions_in_body,
                    ..block
                }),
                Verdict::Cut => dropped.push(Dropped {
                    block,
                    reason: decision.reason.to_string(),
                    probability: decision.probability,
                }),
            }
        }
        (blocks, dropped)
    }
}

fn paragraphs(text: &str) -> Vec<Block> {
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(|line| Block { text: line.to_owned(), ..Block::default() })
        .collect()
}

pub(crate) fn fill_body(article: &mut Article) {
    let body: Vec<_> = article.body_blocks().map(Block::line).collect();
    article.body = body.join("\n\n");
    article.word_count = words::count(&article.body);
    if article.body.is_empty() {
        article.error = Some(match article.kind {
            PageKind::Empty => Failure::new(FailureClass::Empty, "the page holds no text"),
            _ => Failure::new(FailureClass::NoArticle, "the page holds no story"),
        });
    } else {
        article.content_hash = Some(hex(&Sha256::digest(article.body.as_bytes())));
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn fill_meta(article: &mut Article, meta: Meta, url: Option<&Url>) {
    article.url = url.map(|url| url.as_str().to_owned());
    article.canonical_url = meta.canonical_url;
    article.title = meta.title;
    article.dek = meta.dek;
    article.authors = meta.authors;
    article.published = meta.published;
    article.published_raw = meta.published_raw;
    article.modified = meta.modified;
    article.site = meta.site;
    article.language = meta.language;
    article.section = meta.section;
    article.tags = meta.tags;
    article.image = meta.image;
    article.paywalled = meta.paywalled;
}
