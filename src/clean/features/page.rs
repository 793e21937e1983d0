//! Features of a block within the page: where it stands, what it repeats, what the page says about its article.

use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};
use url::Url;

use crate::article::{BlockKind, Link};
use crate::clean::hash::fnv;
use crate::clean::meta::{self, Meta};
use crate::clean::outline::{Outline, Segment};
use crate::clean::words;

use super::block::ends_sentence;
use super::schema::Names;

/// Least words, and largest linked share, of a block that reads as prose.
const PROSE_WORDS: usize = 15;
const PROSE_LINKED: f32 = 0.3;
/// Words of a run by which a block and the structured body agree.
const AGREEMENT_RUN: usize = 4;

/// What the page says about its article, in the plain form in which texts are compared.
#[derive(Debug, Default)]
pub(crate) struct Known {
    title: String,
    /// Hashes of the words of the title.
    title_words: HashSet<u64>,
    description: String,
    authors: Vec<String>,
    date: String,
    days: Vec<String>,
    language: Option<String>,
    host: Option<String>,
    /// Runs of words of the structured body; `None` without one.
    body_runs: Option<HashSet<u64>>,
}

impl Known {
    /// `base` is the page's own URL, by which links inside the site are told from others.
    pub(crate) fn new(meta: &Meta, base: Option<&Url>) -> Self {
        let title = words::plain(meta.title.as_deref().unwrap_or_default());
        let body = meta.article_body.as_deref().filter(|body| body.len() > 200);
        Self {
            title_words: tokens(&title).collect(),
            title,
            description: words::plain(
                meta.description.as_deref().or(meta.dek.as_deref()).unwrap_or_default(),
            ),
            authors: meta
                .authors
                .iter()
                .map(|author| words::plain(author))
                .filter(|author| author.len() > 3)
                .collect(),
            days: [&meta.published, &meta.modified]
                .into_iter()
                .flatten()
                .filter_map(|date| date.get(..10).map(str::to_owned))
                .collect(),
            language: meta.language.clone(),
            date: words::plain(meta.published_raw.as_deref().unwrap_or_default()),
            host: base.and_then(Url::host_str).map(|host| host.trim_start_matches("www.").to_owned()),
            body_runs: body.map(|body| runs(&words::hashes(&words::plain(body))).into_iter().collect()),
        }
    }
}

/// Most words of a block that may be a date and no more.
const DATE_WORDS: usize = 12;

impl Known {
    /// Whether a short text names the day of publication (1), another day (0.5) or none (0).
    fn is_date(&self, text: &str, words: usize) -> f32 {
        let may_be_date = words <= DATE_WORDS && text.chars().any(char::is_numeric);
        let day = may_be_date.then(|| meta::day_of(text, self.language.as_deref())).flatten();
        day.map_or(0.0, |day| if self.days.contains(&day) { 1.0 } else { 0.5 })
    }

    fn date_share(&self, text: &str) -> f32 {
        let says_date = self.date.len() > 5 && text.contains(&self.date);
        if says_date { self.date.len() as f32 / text.len().max(1) as f32 } else { 0.0 }
    }

    fn internal_share(&self, links: &[Link]) -> f32 {
        let Some(host) = self.host.as_deref().filter(|_| !links.is_empty()) else { return -1.0 };
        let internal = links.iter().filter(|link| host_of(&link.url).trim_start_matches("www.") == host);
        internal.count() as f32 / links.len() as f32
    }
}

/// The host of an absolute URL; empty for others.
fn host_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or("", |(_, rest)| rest);
    rest.split(['/', '?', '#', ':']).next().unwrap_or_default()
}

/// The hash of each piece of a plain text between spaces.
fn tokens(plain: &str) -> impl Iterator<Item = u64> {
    plain.as_bytes().split(|byte| *byte == b' ').map(fnv)
}

/// Hashes of the runs of [`AGREEMENT_RUN`] words, from the hashes of the words; of all of them when they are fewer.
fn runs(hashes: &[u64]) -> Vec<u64> {
    let size = AGREEMENT_RUN.min(hashes.len().max(1));
    hashes
        .windows(size)
        .map(|run| {
            run.iter().fold(0_u64, |sum, hash| sum.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(*hash))
        })
        .collect()
}

/// Running sums over the blocks of a page, from which the sums over any element follow.
pub(super) struct Sums {
    words: Vec<f32>,
    linked: Vec<f32>,
    characters: Vec<f32>,
    prose: Vec<f32>,
    prose_blocks: Vec<f32>,
    /// For each block, the last heading up to it and the first after it.
    sections: Vec<(Option<usize>, usize)>,
}

/// Sums over the blocks of one element.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sum {
    pub(super) words: f32,
    pub(super) linked: f32,
    pub(super) prose: f32,
    pub(super) blocks: f32,
    pub(super) prose_blocks: f32,
}

/// Whether a block reads as prose.
pub(super) fn is_prose(segment: &Segment) -> bool {
    let is_text = !matches!(segment.block.kind, BlockKind::Heading | BlockKind::Table | BlockKind::Caption);
    is_text
        && segment.words >= PROSE_WORDS
        && (segment.linked as f32) < PROSE_LINKED * segment.characters as f32
}

impl Sums {
    pub(super) fn new(outline: &Outline) -> Self {
        let running = |value: &dyn Fn(&Segment) -> f32| {
            let mut sum = 0.0;
            let mut sums = vec![0.0];
            sums.extend(outline.segments.iter().map(|segment| {
                sum += value(segment);
                sum
            }));
            sums
        };
        Self {
            words: running(&|segment| segment.words as f32),
            linked: running(&|segment| segment.linked as f32),
            characters: running(&|segment| segment.characters as f32),
            prose: running(&|segment| if is_prose(segment) { segment.words as f32 } else { 0.0 }),
            prose_blocks: running(&|segment| f32::from(u8::from(is_prose(segment)))),
            sections: sections(outline),
        }
    }

    /// Sums over `segments[first..last]`.
    pub(super) fn between(&self, first: usize, last: usize) -> Sum {
        let last = last.min(self.words.len() - 1);
        let first = first.min(last);
        let within = |sums: &[f32]| sums[last] - sums[first];
        Sum {
            words: within(&self.words),
            linked: within(&self.linked) / within(&self.characters).max(1.0),
            prose: within(&self.prose),
            blocks: (last - first) as f32,
            prose_blocks: within(&self.prose_blocks),
        }
    }

    /// Sums over a container.
    pub(super) fn of(&self, outline: &Outline, container: usize) -> Sum {
        let container = &outline.containers[container];
        self.between(container.first, container.last)
    }

    /// The last heading up to a block, and the place of the next heading after it.
    pub(super) fn section(&self, place: usize) -> (Option<usize>, usize) {
        self.sections[place]
    }

    /// Sums over the page.
    pub(super) fn all(&self) -> Sum {
        self.between(0, self.words.len() - 1)
    }
}

/// Names of these features, in the order in which [`Numbers::push`] gives them.
pub(super) fn names(names: &mut Names) {
    for (name, meaning) in [
        ("place", "share of the blocks before this one; 0 to 1"),
        ("blocks_before", "blocks before this one; 0 and up"),
        ("blocks_after", "blocks after this one; 0 and up"),
        ("words_before", "share of the page's words before this block; 0 to 1"),
        ("prose_before", "share of the page's prose before this block; 0 to 1"),
        ("prose_after", "share of the page's prose after this block; 0 to 1"),
        ("page_blocks", "blocks of the page; 0 and up"),
        ("page_prose", "words of prose on the page; 0 and up"),
        ("page_linked", "share of linked characters on the page; 0 to 1"),
        ("title_words", "share of the block's words that are in the title; 0 to 1"),
        ("is_title", "1 when the block says the title and no more"),
        ("after_title", "blocks since the block that says the title; -1 before it or without one"),
        ("description", "share of the block's runs of words that are in the page's description; 0 to 1"),
        ("names_author", "share of the block that is the name of an author; 0 to 1"),
        ("starts_author", "1 when the block begins with the name of an author"),
        ("names_date", "share of the block that is the date of publication as the page writes it; 0 to 1"),
        (
            "is_date",
            "for a short block: 1 when it names the day of publication or of the last change, 0.5 for another day",
        ),
        ("after_media", "1 when a picture or a film comes right before the block"),
        ("media_blocks", "blocks in the element that holds both it and the block; -1 without one"),
        ("media_words", "words in that element; -1 without one"),
        ("link_internal", "share of the block's links that stay on the page's host; -1 without links"),
        ("structured", "share of the block's runs of words that are in the structured body; -1 without one"),
        ("repeats", "blocks of the page with the same text; 1 and up"),
        ("repeated_inside", "1 when the text stands inside a longer block of the page, as a pull quote does"),
        ("distinct", "share of the block's words that differ from each other; 0 to 1"),
        ("since_heading", "blocks since the last heading; -1 without one"),
        ("section_words", "words from the last heading to the next; 0 and up"),
        ("section_linked", "share of linked characters from the last heading to the next; 0 to 1"),
        ("section_prose", "words of prose from the last heading to the next; 0 and up"),
    ] {
        names.push((name.to_owned(), meaning.to_owned()));
    }
}

/// What is counted once for a page.
pub(super) struct Numbers {
    /// The runs of words of each block.
    runs: Vec<Vec<u64>>,
    /// For each block, the blocks with the same text.
    repeats: Vec<f32>,
    description_runs: HashSet<u64>,
    /// For each block, whether its words stand inside a longer block too.
    repeated: Vec<bool>,
    title_at: Option<usize>,
    /// The words of the present block. One set for all blocks spares each the making of its own.
    distinct: HashSet<u64>,
}

impl Numbers {
    pub(super) fn new(outline: &Outline, known: &Known, hashes: &[Vec<u64>]) -> Self {
        let runs_of: Vec<Vec<u64>> = hashes.iter().map(|hashes| runs(hashes)).collect();
        let mut repeats: HashMap<&str, f32> = HashMap::new();
        let mut long_runs: HashMap<u64, usize> = HashMap::new();
        for (segment, runs) in outline.segments.iter().zip(&runs_of) {
            *repeats.entry(segment.plain.as_str()).or_default() += 1.0;
            if segment.words >= PROSE_WORDS {
                for run in runs {
                    *long_runs.entry(*run).or_insert(0) += 1;
                }
            }
        }
        let title_at = (!known.title.is_empty())
            .then(|| outline.segments.iter().position(|segment| segment.plain == known.title))
            .flatten();
        let is_repeated = |(segment, runs): (&Segment, &Vec<u64>)| {
            let own = usize::from(segment.words >= PROSE_WORDS);
            runs.len() > 1 && runs.iter().all(|run| long_runs.get(run).is_some_and(|blocks| *blocks > own))
        };
        Self {
            repeated: outline.segments.iter().zip(&runs_of).map(is_repeated).collect(),
            runs: runs_of,
            repeats: outline.segments.iter().map(|segment| repeats[segment.plain.as_str()]).collect(),
            description_runs: runs(&words::hashes(&known.description)).into_iter().collect(),
            title_at,
            distinct: HashSet::new(),
        }
    }

    /// For each block, whether its words stand inside a longer block of the page too.
    pub(super) fn into_repeated(self) -> Vec<bool> {
        self.repeated
    }

    pub(super) fn push(
        &mut self,
        outline: &Outline,
        sums: &Sums,
        place: usize,
        known: &Known,
        values: &mut Vec<f32>,
    ) {
        let count = outline.segments.len();
        let text = outline.segments[place].plain.as_str();
        let with_media = outline.segments[place].with_media.map(|shared| sums.of(outline, shared));
        let page = sums.all();
        let before = sums.between(0, place);
        let after = sums.between(place + 1, count);
        let (heading, next) = sums.section(place);
        let section = sums.between(heading.unwrap_or(0), next);
        self.distinct.clear();
        let mut count_of_tokens = 0.0_f32;
        let mut in_title = 0.0_f32;
        for token in tokens(text) {
            count_of_tokens += 1.0;
            in_title += f32::from(u8::from(known.title_words.contains(&token)));
            self.distinct.insert(token);
        }
        let is_title = !known.title.is_empty() && text == known.title;
        let author =
            known.authors.iter().filter(|author| text.contains(author.as_str())).map(String::len).max();
        let block_runs = &self.runs[place];
        let share = |test: &dyn Fn(&u64) -> bool| {
            block_runs.iter().filter(|run| test(run)).count() as f32 / block_runs.len().max(1) as f32
        };
        values.extend_from_slice(&[
            place as f32 / count as f32,
            place as f32,
            (count - place - 1) as f32,
            before.words / page.words.max(1.0),
            before.prose / page.prose.max(1.0),
            after.prose / page.prose.max(1.0),
            count as f32,
            page.prose,
            page.linked,
            in_title / count_of_tokens.max(1.0),
            f32::from(u8::from(is_title)),
            self.title_at.filter(|at| *at <= place).map_or(-1.0, |at| (place - at) as f32),
            share(&|run| self.description_runs.contains(run)),
            author.map_or(0.0, |author| author as f32 / text.len().max(1) as f32),
            f32::from(u8::from(known.authors.iter().any(|author| text.starts_with(author.as_str())))),
            known.date_share(text),
            known.is_date(text, outline.segments[place].words),
            f32::from(u8::from(with_media.is_some())),
            with_media.map_or(-1.0, |sum| sum.blocks),
            with_media.map_or(-1.0, |sum| sum.words),
            known.internal_share(&outline.segments[place].block.links),
            known.body_runs.as_ref().map_or(-1.0, |body| share(&|run| body.contains(run))),
            self.repeats[place],
            f32::from(u8::from(self.repeated[place])),
            self.distinct.len() as f32 / count_of_tokens.max(1.0),
            heading.map_or(-1.0, |heading| (place - heading) as f32),
            section.words,
            section.linked,
            section.prose,
        ]);
    }
}

/// For each block, the last heading up to it and the place of the next heading after it.
fn sections(outline: &Outline) -> Vec<(Option<usize>, usize)> {
    let count = outline.segments.len();
    let is_heading = |place: usize| outline.segments[place].block.kind == BlockKind::Heading;
    let mut next = vec![count; count];
    let mut seen = count;
    for place in (0..count).rev() {
        next[place] = seen;
        if is_heading(place) {
            seen = place;
        }
    }
    let mut last = None;
    (0..count)
        .map(|place| {
            if is_heading(place) {
                last = Some(place);
            }
            (last, next[place])
        })
        .collect()
}

/// Whether a block ends a sentence, for its neighbours.
pub(super) fn is_sentence(segment: &Segment) -> bool {
    ends_sentence(&segment.block.text)
}
