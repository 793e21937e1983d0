//! Evidence: numbers from 0 to 1 about the whole page, by which its kind is told.

use std::collections::HashMap;

use url::Url;

use crate::article::BlockKind;
use crate::clean::meta::Meta;
use crate::clean::segment::{Container, Outline, Segment};
use crate::clean::words;

use super::wording::{self, WORDING};

/// Least words, and largest linked share, of a block that reads as prose.
const PROSE_WORDS: usize = 15;
const PROSE_LINKED: f32 = 0.3;
/// Words of a teaser, least and most.
const TEASER_WORDS: std::ops::RangeInclusive<usize> = 5..=80;

/// Every piece of evidence: its name and meaning.
pub(crate) const NAMES: [(&str, &str); 43] = [
    ("story_words", "words of the story, of 400"),
    ("story_under_50", "how far the story falls short of 50 words"),
    ("story_under_100", "how far the story falls short of 100 words"),
    ("story_under_300", "how far the story falls short of 300 words"),
    ("story_share", "share of the page's words that are story"),
    ("story_linked", "share of the story's characters that are linked"),
    ("story_prose", "share of the story's words in blocks of prose"),
    ("story_lists", "share of the story's words in lists and tables"),
    ("story_code", "share of the story's words in code"),
    ("story_headings", "share of the story's blocks that are headings"),
    ("story_dense", "share of the words from the first block of the story to the last that are story"),
    ("story_long_blocks", "mean words of the story's prose blocks, of 60"),
    ("story_questions", "share of the story's blocks that end with a question mark"),
    ("story_prices", "share of the story's blocks that give an amount of money"),
    ("page_words", "words of the page, of 20"),
    ("page_linked", "share of the page's characters that are linked"),
    ("page_prices", "blocks that give an amount of money, of 10"),
    ("page_numbers", "linked blocks that are a small number, of 4: the pages of a list"),
    ("headings_linked", "share of the page's headings that are links"),
    ("teasers", "elements alike, each with a link and few words, in the largest group; of 20"),
    ("teasers_share", "share of the page's words in that group"),
    ("says_article", "1 when og:type says that the page is an article"),
    ("says_other", "1 when og:type says that the page is something else"),
    ("schema_article", "1 when the page describes itself as an article of schema.org"),
    ("schema_other", "1 when it describes itself as another thing of schema.org"),
    ("author", "1 when an author is known"),
    ("published", "1 when the date of publication is known"),
    ("modified", "1 when the date of change is known"),
    ("paid", "1 when the page states that the story is not free"),
    ("title_words", "words of the title, of 10"),
    ("path_root", "1 when the URL has no path"),
    ("path_depth", "parts of the URL's path, of 5"),
    ("path_slug", "words of the last part of the path, of 6"),
    ("path_date", "1 when the path holds a year"),
    ("path_number", "1 when the last part of the path holds a number of five digits or more"),
    ("path_article", "1 when a part of the path says that stories are below it"),
    ("path_other", "1 when a part of the path says that something else is below it"),
    ("error_title", "largest share of the title or a heading that says that there is no page"),
    ("error_text", "share of the text that says that there is no page"),
    ("consent_notice", "share of the text that asks for consent"),
    ("consent_choice", "1 when a button gives or refuses consent"),
    ("story_beside_notice", "words of the story that do not ask for consent, of 50"),
    ("paywall_prompt", "1 when a block says that the rest is for subscribers"),
];

/// The numbers of one page, in the order of [`NAMES`].
pub(crate) struct Evidence([f32; NAMES.len()]);

impl Evidence {
    /// Gathers the evidence of a page.
    pub(crate) fn new(outline: &Outline, is_story: &[bool], meta: &Meta, url: Option<&Url>) -> Self {
        let page = Amount::new(outline.segments.iter());
        let numbers = story(outline, is_story, &page)
            .into_iter()
            .chain(whole_page(outline, &page))
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

/// How much text some blocks hold.
#[derive(Default)]
struct Amount {
    blocks: usize,
    words: usize,
    characters: usize,
    linked: usize,
    prices: usize,
}

impl Amount {
    fn new<'a>(segments: impl Iterator<Item = &'a Segment>) -> Self {
        segments.fold(Self::default(), |sum, segment| Self {
            blocks: sum.blocks + 1,
            words: sum.words + segment.words,
            characters: sum.characters + segment.characters,
            linked: sum.linked + segment.linked,
            prices: sum.prices + usize::from(is_price(&segment.block.text)),
        })
    }

    fn linked(&self) -> f32 {
        of(self.linked, self.characters)
    }
}

fn story(outline: &Outline, is_story: &[bool], page: &Amount) -> [f32; 14] {
    let blocks: Vec<&Segment> = chosen(outline, is_story).collect();
    let all = Amount::new(blocks.iter().copied());
    let words_of = |test: &dyn Fn(&Segment) -> bool| -> usize {
        blocks.iter().filter(|segment| test(segment)).map(|segment| segment.words).sum()
    };
    let kinds = |kinds: &[BlockKind]| words_of(&|segment| kinds.contains(&segment.block.kind));
    let count = |test: &dyn Fn(&Segment) -> bool| blocks.iter().filter(|segment| test(segment)).count();
    let first = is_story.iter().position(|is_story| *is_story).unwrap_or(0);
    let last = is_story.iter().rposition(|is_story| *is_story).map_or(0, |last| last + 1);
    let between = outline.segments.get(first..last).unwrap_or_default().iter().map(|segment| segment.words);
    [
        of(all.words, 400),
        1.0 - of(all.words, 50),
        1.0 - of(all.words, 100),
        1.0 - of(all.words, 300),
        of(all.words, page.words),
        all.linked(),
        of(words_of(&is_prose), all.words),
        of(kinds(&[BlockKind::ListItem, BlockKind::Table]), all.words),
        of(kinds(&[BlockKind::Code]), all.words),
        of(count(&|segment| segment.block.kind == BlockKind::Heading), all.blocks),
        of(all.words, between.sum()),
        of(words_of(&is_prose), 60 * count(&is_prose)),
        of(count(&|segment| segment.block.text.ends_with(['?', '？', '؟'])), all.blocks),
        of(all.prices, all.blocks),
    ]
}

fn whole_page(outline: &Outline, page: &Amount) -> [f32; 7] {
    let headings = || outline.segments.iter().filter(|segment| segment.block.kind == BlockKind::Heading);
    let linked = headings().filter(|segment| 2 * segment.linked > segment.characters).count();
    let numbers = outline.segments.iter().filter(|segment| {
        segment.anchors > 0 && segment.characters <= 3 && segment.block.text.chars().all(char::is_numeric)
    });
    let (teasers, teaser_words) = teasers(outline);
    [
        of(page.words, 20),
        page.linked(),
        of(page.prices, 10),
        of(numbers.count(), 4),
        of(linked, headings().count()),
        of(teasers, 20),
        of(teaser_words, page.words),
    ]
}

/// Elements alike in the largest group that looks like teasers, and their words.
fn teasers(outline: &Outline) -> (usize, usize) {
    let mut words = vec![0];
    let mut anchors = vec![0];
    for segment in &outline.segments {
        words.push(words[words.len() - 1] + segment.words);
        anchors.push(anchors[anchors.len() - 1] + segment.anchors);
    }
    let within = |sums: &[usize], container: &Container| {
        let at = |place: usize| sums.get(place).copied().unwrap_or(0);
        at(container.last).saturating_sub(at(container.first))
    };
    let mut groups: HashMap<(Option<usize>, u64, &str), (usize, usize)> = HashMap::new();
    for container in outline.containers.iter().filter(|container| container.is_block && container.last > 0) {
        let inside = within(&words, container);
        if TEASER_WORDS.contains(&inside) && within(&anchors, container) > 0 {
            let group = groups.entry((container.parent, container.signature, &container.name)).or_default();
            *group = (group.0 + 1, group.1 + inside);
        }
    }
    groups.into_values().max().unwrap_or_default()
}

/// What the page says about itself.
fn stated(meta: &Meta) -> [f32; 9] {
    let known = |value: &Option<String>| yes(value.is_some());
    let says = |value: &Option<String>, list: &[String]| {
        let value = value.as_deref().map(str::to_lowercase);
        value.map_or((0.0, 0.0), |value| (yes(list.contains(&value)), yes(!list.contains(&value))))
    };
    let (says_article, says_other) = says(&meta.og_type, &WORDING.types.og_article);
    let (schema_article, schema_other) = says(&meta.schema_type, &WORDING.types.schema_article);
    [
        says_article,
        says_other,
        schema_article,
        schema_other,
        yes(!meta.authors.is_empty()),
        known(&meta.published),
        known(&meta.modified),
        yes(meta.paywalled == Some(true)),
        of(words::count(meta.title.as_deref().unwrap_or_default()), 10),
    ]
}

fn path(url: Option<&Url>) -> [f32; 7] {
    let Some(url) = url else { return [0.0; 7] };
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
        of(parts.len(), 5),
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

fn is_prose(segment: &Segment) -> bool {
    matches!(segment.block.kind, BlockKind::Paragraph | BlockKind::ListItem | BlockKind::Quote)
        && segment.words >= PROSE_WORDS
        && (segment.linked as f32) < PROSE_LINKED * segment.characters as f32
}

/// Whether a text gives an amount of money: the sign of a currency and a digit.
fn is_price(text: &str) -> bool {
    text.contains(|c| matches!(c, '$' | '£' | '¥' | '฿' | '\u{20A0}'..='\u{20C0}'))
        && text.contains(|c: char| c.is_numeric())
}

pub(super) fn yes(test: bool) -> f32 {
    f32::from(u8::from(test))
}

/// `count` of `full`, at most 1.
pub(super) fn of(count: usize, full: usize) -> f32 {
    (count as f32 / full.max(1) as f32).min(1.0)
}
