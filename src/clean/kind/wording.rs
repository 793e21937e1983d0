//! Wording: what error pages, consent walls and paywalls say, in many languages. The phrases are data, in `kind.toml`.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use foldhash::{HashMap, HashMapExt};
use serde::Deserialize;

use crate::article::BlockKind;
use crate::clean::meta::Meta;
use crate::clean::outline::{Outline, Segment};
use crate::clean::words;

use super::evidence::{chosen, of, yes};

/// A story of this many words leaves no doubt, and the page is not searched.
const STORY_WITHOUT_DOUBT: usize = 400;
/// Characters of a block that are searched.
const REACH: usize = 600;
/// Words of the longest label of a button and of the longest title of an error page.
const LABEL_WORDS: usize = 8;
const TITLE_WORDS: usize = 20;
/// Bytes of the first part of a phrase, by which it is looked up.
const KEY: usize = 12;

/// The wording in `kind.toml`.
pub(super) static WORDING: LazyLock<Wording> = LazyLock::new(|| {
    Wording::new(toml::from_str(super::TABLES).expect("a test proves that kind.toml is sound"))
});

/// Phrases by language.
type Pack = BTreeMap<String, Vec<String>>;

#[derive(Deserialize)]
struct Tables {
    types: Types,
    path: Path,
    error_title: Pack,
    error_text: Pack,
    consent_notice: Pack,
    consent_choice: Pack,
    paywall_prompt: Pack,
}

/// Words for the type of a page, in lower case.
#[derive(Deserialize)]
pub(super) struct Types {
    pub(super) og_article: Vec<String>,
    pub(super) schema_article: Vec<String>,
}

/// Parts of the paths of URLs, in lower case.
#[derive(Deserialize)]
pub(super) struct Path {
    pub(super) article: Vec<String>,
    pub(super) other: Vec<String>,
}

/// The wording ready for look-up.
pub(super) struct Wording {
    pub(super) types: Types,
    pub(super) path: Path,
    error_title: Phrases<1>,
    consent_choice: Phrases<1>,
    /// What may stand anywhere in a block: texts of errors, notices of consent and prompts of paywalls.
    anywhere: Phrases<3>,
}

impl Wording {
    fn new(tables: Tables) -> Self {
        Self {
            types: tables.types,
            path: tables.path,
            error_title: Phrases::new([tables.error_title]),
            consent_choice: Phrases::new([tables.consent_choice]),
            anywhere: Phrases::new([tables.error_text, tables.consent_notice, tables.paywall_prompt]),
        }
    }
}

/// The evidence from wording, in the order of the names: `error_title`, `error_text`, `consent_notice`,
/// `consent_choice`, `story_beside_notice`, `paywall_prompt`.
pub(super) fn read(outline: &Outline, is_story: &[bool], meta: &Meta) -> [f32; 6] {
    let story: usize = chosen(outline, is_story).map(|segment| segment.words).sum();
    if story >= STORY_WITHOUT_DOUBT {
        return [0.0, 0.0, 0.0, 0.0, 1.0, 0.0];
    }
    let segments = &outline.segments;
    let texts: Vec<Cow<'_, str>> = segments.iter().map(plain_head).collect();
    let headings = segments.iter().filter(|segment| segment.block.kind == BlockKind::Heading);
    let titles = headings.map(|segment| segment.block.text.as_str()).chain(meta.title.as_deref());
    let is_choice = |(segment, text): (&Segment, &Cow<'_, str>)| {
        segment.words <= LABEL_WORDS && WORDING.consent_choice.is_whole(text)
    };
    let unlinked = segments.iter().filter(|segment| 2 * segment.linked < segment.characters);
    let found: Vec<[bool; 3]> = texts.iter().map(|text| WORDING.anywhere.found_in(text)).collect();
    let (error, beside_error) = words_that_match(outline, is_story, found.iter().map(|[error, ..]| *error));
    let (notice, beside_notice) =
        words_that_match(outline, is_story, found.iter().map(|[_, notice, _]| *notice));
    [
        titles.map(|title| WORDING.error_title.share(title)).fold(0.0, f32::max),
        of(error, error + beside_error),
        of(notice, unlinked.map(|segment| segment.words).sum()),
        yes(segments.iter().zip(&texts).any(is_choice)),
        of(beside_notice, 50),
        yes(found.iter().any(|[.., prompt]| *prompt)),
    ]
}

/// The start of a block in plain form.
fn plain_head(segment: &Segment) -> Cow<'_, str> {
    match words::head(&segment.block.text, REACH) {
        None => segment.plain.as_str().into(),
        Some(head) => words::plain(head).into(),
    }
}

/// Words of the blocks that match, and of the other blocks of the story.
fn words_that_match(
    outline: &Outline,
    is_story: &[bool],
    matches: impl Iterator<Item = bool>,
) -> (usize, usize) {
    let (mut matched, mut beside) = (0, 0);
    for ((segment, is_story), matches) in outline.segments.iter().zip(is_story).zip(matches) {
        if matches {
            matched += segment.words;
        } else if *is_story {
            beside += segment.words;
        }
    }
    (matched, beside)
}

/// The phrases of some packs, each with the number of its pack, by their first characters.
struct Phrases<const PACKS: usize>(HashMap<String, Vec<(usize, String)>>);

impl<const PACKS: usize> Phrases<PACKS> {
    fn new(packs: [Pack; PACKS]) -> Self {
        let mut phrases: HashMap<String, Vec<(usize, String)>> = HashMap::new();
        for (number, pack) in packs.into_iter().enumerate() {
            for phrase in pack.into_values().flatten() {
                phrases.entry(key(&phrase).to_owned()).or_default().push((number, phrase));
            }
        }
        Self(phrases)
    }

    /// The phrases that `text` begins with, where a word ends.
    fn at_start(&self, text: &str) -> impl Iterator<Item = &(usize, String)> {
        let known = self.0.get(key(text)).into_iter().flatten();
        known.filter(move |(_, phrase)| {
            text.strip_prefix(phrase.as_str()).is_some_and(|rest| {
                let last = phrase.chars().next_back().is_some_and(words::is_unspaced);
                last || !rest.starts_with(char::is_alphanumeric)
            })
        })
    }

    /// Bytes of the longest phrase that `text` begins with; 0 without one.
    fn bytes_at_start(&self, text: &str) -> usize {
        self.at_start(text).map(|(_, phrase)| phrase.len()).max().unwrap_or(0)
    }

    fn is_whole(&self, text: &str) -> bool {
        !text.is_empty() && self.bytes_at_start(text) == text.len()
    }

    /// For each pack, whether one of its phrases stands in `text`.
    fn found_in(&self, text: &str) -> [bool; PACKS] {
        let mut found = [false; PACKS];
        for (pack, _) in word_starts(text).flat_map(|rest| self.at_start(rest)) {
            found[*pack] = true;
        }
        found
    }

    /// The share of a title's words that phrases make up.
    fn share(&self, title: &str) -> f32 {
        let title = words::plain(title);
        let words = words::count(&title);
        if words == 0 || words > TITLE_WORDS {
            return 0.0;
        }
        let mut said = 0;
        let mut end = title.len();
        for rest in word_starts(&title) {
            // Phrases that overlap count once.
            if rest.len() <= end {
                let bytes = self.bytes_at_start(rest);
                if bytes > 0 {
                    said += words::count(rest.get(..bytes).unwrap_or_default());
                    end = rest.len() - bytes;
                }
            }
        }
        of(said, words)
    }
}

/// The first word of a text, cut short; its first character in scripts without spaces.
fn key(text: &str) -> &str {
    let mut end = 0;
    for (start, c) in text.char_indices() {
        if start > 0 && (start >= KEY || !c.is_alphanumeric()) {
            break;
        }
        end = start + c.len_utf8();
        if words::is_unspaced(c) {
            break;
        }
    }
    text.get(..end).unwrap_or_default()
}

/// The rest of a text from each place where a word begins.
fn word_starts(text: &str) -> impl Iterator<Item = &str> {
    let mut before = ' ';
    text.char_indices().filter_map(move |(start, c)| {
        let begins = c.is_alphanumeric()
            && (!before.is_alphanumeric() || words::is_unspaced(c) || words::is_unspaced(before));
        before = c;
        begins.then(|| text.get(start..)).flatten()
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn phrases_are_sorted_unique_and_in_plain_form() {
        let tables: Tables = toml::from_str(super::super::TABLES).unwrap();
        let packs = [
            ("error_title", tables.error_title),
            ("error_text", tables.error_text),
            ("consent_notice", tables.consent_notice),
            ("consent_choice", tables.consent_choice),
            ("paywall_prompt", tables.paywall_prompt),
        ];
        let mut wrong = Vec::new();
        for (name, pack) in &packs {
            for (language, phrases) in pack {
                if !phrases.windows(2).all(|pair| pair[0] < pair[1]) || phrases.is_empty() {
                    let mut sorted = phrases.clone();
                    sorted.sort();
                    wrong.push(format!("{name}.{language} should be {sorted:?}"));
                }
                let is_plain = |phrase: &&String| words::plain(phrase) != **phrase;
                wrong.extend(phrases.iter().filter(is_plain).map(|phrase| format!("{name}: `{phrase}`")));
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    #[test]
    fn a_phrase_is_found_at_whole_words_alone() {
        let pack = |phrases: &[&str]| {
            Pack::from([("any".to_owned(), phrases.iter().map(|phrase| (*phrase).to_owned()).collect())])
        };
        let phrases =
            Phrases::new([pack(&["not found", "404", "ページが見つかりません"]), pack(&["not here"])]);
        for (text, expected) in [
            ("not found", true),
            ("page not found, sorry", true),
            ("not foundational", false),
            ("knot found", false),
            ("4044", false),
            ("ご指定のページが見つかりませんでした", true),
            ("", false),
        ] {
            assert_eq!(phrases.found_in(text), [expected, false], "{text}");
        }
        assert_eq!(phrases.found_in("not found, or not here"), [true, true]);
        assert!((phrases.share("404 – Page not found") - 0.75).abs() < 1e-6);
        assert!(phrases.is_whole("404") && !phrases.is_whole("404 b"));
    }
}
