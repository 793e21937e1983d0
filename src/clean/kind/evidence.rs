//! Evidence: numbers from 0 to 1 about the whole page, by which its kind is told.

use url::Url;

use crate::article::BlockKind;
use crate::clean::meta::Meta;
use crate::clean::outline::{Outline, Segment};
use crate::clean::words;

use super::wording::{self, WORDING};

/// Every piece of evidence: its name and meaning.
pub(crate) const NAMES: [(&str, &str); 31] = [
    ("story_under_100", "how far the story falls short of 100 words"),
    ("story_under_300", "how far the story falls short of 300 words"),
    ("story_share", "share of the page's words that are story"),
    ("story_dense", "share of the words from the first block of the story to the last that are story"),
    ("story_linked", "share of the story's characters that are linked, from a quarter (0) to a half (1)"),
    ("story_code", "share of the story's words in code"),
    ("page_words", "words of the page, of 20"),
    ("page_linked", "share of the page's characters that are linked"),
    ("page_under_10_links", "how far the page falls short of 10 links"),
    ("page_prices", "blocks that give an amount of money, of 10"),
    ("page_numbers", "linked blocks that are a small number, of 4: the pages of a list"),
    ("headings_linked", "share of the page's headings that are links"),
    ("says_article", "1 when og:type says that the page is an article"),
    ("schema_article", "1 when the page describes itself as an article of schema.org"),
    ("schema_other", "1 when it describes itself as another thing of schema.org"),
    ("dated", "1 when the date of publication is known"),
    ("modified", "1 when the date of change is known"),
    ("paid", "1 when the page states that the story is not free"),
    ("title_words", "words of the title, of 10"),
    ("path_root", "1 when the URL has no path"),
    ("path_slug", "words of the last part of the path, of 6"),
    ("path_date", "1 when the path holds a year"),
    ("path_number", "1 when the last part of the path holds a number of five digits or more"),
    ("path_article", "1 when a part of the path says that stories are below it"),
    ("path_other", "1 when a part of the path says that something else is below it"),
    ("error_title", "largest share of the title or a heading that says that there is no page"),
    (
        "error_text",
        "share of the words of the story, and of blocks that say that there is no page, in the latter",
    ),
    ("consent_notice", "share of the words outside links in blocks that ask for consent"),
    ("consent_choice", "1 when a button gives or refuses consent"),
    ("story_beside_notice", "words of the story that do not ask for consent, of 50"),
    ("paywall_prompt", "1 when a block says that the rest is for subscribers"),
];

/// The numbers of one page, in the order of [`NAMES`].
pub(crate) struct Evidence([f32; NAMES.len()]);

impl Evidence {
    /// Gathers the evidence of a page.
    pub(crate) fn new(outline: &Outline, is_story: &[bool], meta: &Meta, url: Option<&Url>) -> Self {
        let numbers = story(outline, is_story)
            .into_iter()
            .chain(page(outline))
            .chain(stated(meta))
            .chain(path(url))
            .chain(wording::read(outline, is_story, meta));
        let mut values = [0.0; NAMES.len()];
        for (value, number) in values.iter_mut().zip(numbers) {
            *value = number;
        }
        Self(values)
    }

    pub(crate) fn values(&self) -> &[f32] {
        &self.0
    }
}

fn story(outline: &Outline, is_story: &[bool]) -> [f32; 6] {
    let words: usize = chosen(outline, is_story).map(|segment| segment.words).sum();
    let characters: usize = chosen(outline, is_story).map(|segment| segment.characters).sum();
    let linked: usize = chosen(outline, is_story).map(|segment| segment.linked).sum();
    let code = chosen(outline, is_story).filter(|segment| segment.block.kind == BlockKind::Code);
    let first = is_story.iter().position(|is_story| *is_story).unwrap_or(0);
    let last = is_story.iter().rposition(|is_story| *is_story).map_or(0, |last| last + 1);
    [
        1.0 - of(words, 100),
        1.0 - of(words, 300),
        of(words, words_of(&outline.segments)),
        of(words, words_of(outline.segments.get(first..last).unwrap_or_default())),
        of((4 * linked).saturating_sub(characters), characters),
        of(code.map(|segment| segment.words).sum(), words),
    ]
}

fn page(outline: &Outline) -> [f32; 6] {
    let segments = &outline.segments;
    let sum = |number: &dyn Fn(&Segment) -> usize| -> usize { segments.iter().map(number).sum() };
    let count = |test: &dyn Fn(&Segment) -> bool| segments.iter().filter(|segment| test(segment)).count();
    let is_heading = |segment: &Segment| segment.block.kind == BlockKind::Heading;
    let is_number = |segment: &Segment| {
        segment.anchors > 0 && segment.characters <= 3 && segment.block.text.chars().all(char::is_numeric)
    };
    [
        of(words_of(segments), 20),
        of(sum(&|segment| segment.linked), sum(&|segment| segment.characters)),
        1.0 - of(sum(&|segment| segment.anchors), 10),
        of(count(&|segment| is_price(&segment.block.text)), 10),
        of(count(&is_number), 4),
        of(
            count(&|segment| is_heading(segment) && 2 * segment.linked > segment.characters),
            count(&is_heading),
        ),
    ]
}

fn words_of(segments: &[Segment]) -> usize {
    segments.iter().map(|segment| segment.words).sum()
}

/// What the page says about itself.
fn stated(meta: &Meta) -> [f32; 7] {
    let is_in = |value: &str, list: &[String]| list.contains(&value.to_lowercase());
    let schema = meta.schema_type.as_deref().map(|name| is_in(name, &WORDING.types.schema_article));
    [
        yes(meta.og_type.as_deref().is_some_and(|name| is_in(name, &WORDING.types.og_article))),
        yes(schema == Some(true)),
        yes(schema == Some(false)),
        yes(meta.published.is_some()),
        yes(meta.modified.is_some()),
        yes(meta.paywalled == Some(true)),
        of(words::count(meta.title.as_deref().unwrap_or_default()), 10),
    ]
}

fn path(url: Option<&Url>) -> [f32; 6] {
    let Some(url) = url else { return [0.0; 6] };
    let parts: Vec<String> =
        url.path().split('/').filter(|part| !part.is_empty()).map(str::to_lowercase).collect();
    let last = parts.last().map_or("", String::as_str);
    let digits = last.split(|c: char| !c.is_ascii_digit()).map(str::len).max().unwrap_or(0);
    let is_year = |part: &String| {
        let year = part.get(..4).filter(|_| part.bytes().all(|byte| byte.is_ascii_digit()));
        year.and_then(|year| year.parse::<u16>().ok()).is_some_and(|year| (1990..2100).contains(&year))
    };
    let below = |list: &[String]| yes(parts.iter().any(|part| list.contains(part)));
    [
        yes(parts.is_empty()),
        of(words::count(last), 6),
        yes(parts.iter().any(is_year)),
        yes(digits >= 5),
        below(&WORDING.path.article),
        below(&WORDING.path.other),
    ]
}

/// The blocks of the story.
pub(super) fn chosen<'o>(outline: &'o Outline, is_story: &'o [bool]) -> impl Iterator<Item = &'o Segment> {
    outline.segments.iter().zip(is_story).filter(|(_, is_story)| **is_story).map(|(segment, _)| segment)
}

/// Whether a text gives an amount of money: the sign of a currency and a digit.
fn is_price(text: &str) -> bool {
    // The bytes with which the signs begin.
    text.bytes().any(|byte| matches!(byte, b'$' | 0xC2 | 0xE0 | 0xE2))
        && text.contains(|c| matches!(c, '$' | '£' | '¥' | '฿' | '\u{20A0}'..='\u{20C0}'))
        && text.contains(|c: char| c.is_numeric())
}

pub(super) fn yes(test: bool) -> f32 {
    f32::from(u8::from(test))
}

/// `count` of `full`, at most 1.
pub(super) fn of(count: usize, full: usize) -> f32 {
    (count as f32 / full.max(1) as f32).min(1.0)
}
