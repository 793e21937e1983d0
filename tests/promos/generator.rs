//! Pages with promos between the paragraphs of the story, and with story sentences that look like promos.
//!
//! The same page, seed and data give the same result. Phrases, headlines, sentences and markup are data: one set
//! to train with, one to test with, and nothing in both. The outermost element of each piece says in the attribute
//! `data-injected` what it is; the cleaner does not read it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde::Deserialize;

#[path = "../../src/clean/hash.rs"]
mod hash;
#[allow(dead_code, reason = "the packs are asked here for one thing only")]
#[path = "../../src/clean/phrases.rs"]
mod phrases;
#[path = "random.rs"]
mod random;
#[path = "spots.rs"]
mod spots;
#[allow(dead_code, reason = "a part of the words is used here")]
#[path = "../../src/clean/words.rs"]
mod words;

use random::Random;
pub use spots::{visible, words};

/// Pieces of the story among the pieces, in percent.
const STORY_SHARE: usize = 35;
/// Promos that name other stories among the promos, in percent; the rest falls to the other kinds alike.
const RELATED_SHARE: usize = 35;
/// Phrases that the packs lack among those that are drawn, in percent.
const UNSEEN_SHARE: usize = 33;
/// Least spots of a page that takes pieces.
const LEAST_SPOTS: usize = 3;

/// Phrases, headlines, sentences and markup.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Data {
    /// Marks that stand before some phrases.
    pub ornaments: Vec<String>,
    /// Markup of promos.
    pub markups: Markups,
    /// What each language says.
    pub languages: BTreeMap<String, Language>,
}

/// Templates with `{phrase}`, `{headline}`, `{headline2}` and `{url}`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Markups {
    /// Promos with a headline.
    pub linked: Vec<String>,
    /// Prompts without one.
    pub prompt: Vec<String>,
    /// Prompts with names of networks.
    pub networks: Vec<String>,
    /// Labels with two topics, which stand for the headlines.
    pub tags: Vec<String>,
}

/// What one language says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Language {
    /// Headlines of other stories.
    pub headlines: Vec<String>,
    /// Phrases by kind. Those of tags are a label and two topics between bars.
    pub promos: BTreeMap<String, Vec<String>>,
    /// Markup of pieces of the story by kind.
    pub stories: BTreeMap<String, Vec<String>>,
}

/// A piece that was put into a page.
#[derive(Debug, Clone)]
pub struct Injection {
    /// Its visible words, a line a block.
    pub text: String,
    /// Phrase, headlines and the whole of a promo; the blocks of a piece of the story.
    pub parts: Vec<String>,
    /// Its markup.
    pub html: String,
    /// What sort of promo or of sentence it is.
    pub kind: String,
    /// The code of its language.
    pub language: String,
    /// Whether it belongs to the story and must stay.
    pub is_story: bool,
    /// Whether `phrases.toml` has its phrase.
    pub is_known: bool,
    /// The number of its template: linked from 0, prompts from 100, networks from 200, tags from 300.
    pub markup: usize,
}

/// What the model is trained with.
pub static TRAINING: LazyLock<Data> =
    LazyLock::new(|| toml::from_str(include_str!("training.toml")).expect("a test proves that it is sound"));
/// What it is tested with.
pub static TEST: LazyLock<Data> =
    LazyLock::new(|| toml::from_str(include_str!("test.toml")).expect("a test proves that it is sound"));

/// The page with `count` pieces between the paragraphs of its story, or none when it has hardly any.
///
/// `language` is that of the pieces; without one that the data has, each is in any language. With `story`, the text
/// of the story, only its paragraphs count as such.
pub fn inject(
    page: &str,
    seed: u64,
    count: usize,
    data: &Data,
    language: Option<&str>,
    story: Option<&str>,
) -> Option<(String, Vec<Injection>)> {
    let mut random = Random(seed);
    let mut spots = spots::spots(page, story);
    if spots.len() < LEAST_SPOTS {
        return None;
    }
    while spots.len() > count {
        spots.remove(random.below(spots.len()));
    }
    let languages: Vec<&String> = data.languages.keys().collect();
    let mut used = BTreeSet::new();
    let mut out = String::with_capacity(page.len() * 2);
    let mut injections = Vec::new();
    let mut from = 0;
    for spot in spots {
        // A heading of the story has a paragraph under it: one without is no part of a story.
        let heads = page.get(spot..).is_some_and(|rest| rest.trim_start().starts_with("<p"));
        let piece = (0..20).find_map(|_| {
            let any = random.pick(&languages)?.as_str();
            let code = language.filter(|code| data.languages.contains_key(*code)).unwrap_or(any);
            piece(&mut random, data, code)
                .filter(|piece| heads || !piece.is_story || !piece.html.starts_with("<h"))
                .filter(|piece| used.insert(words(&piece.text)))
        });
        out.push_str(page.get(from..spot)?);
        from = spot;
        if let Some(piece) = piece {
            out.push_str(&piece.html);
            injections.push(piece);
        }
    }
    out.push_str(page.get(from..)?);
    Some((out, injections))
}

/// The page with three to eight pieces of the training set; as it is when it has hardly any story.
///
/// Two pages of three speak their own language, if the set has it; the pieces of the third are in any.
pub fn augment(page: &str, story: Option<&str>, seed: u64) -> String {
    let mut random = Random(seed ^ 0xA06);
    let count = 3 + random.below(6);
    let own = language(page).filter(|_| random.below(3) < 2);
    inject(page, seed, count, &TRAINING, own.as_deref(), story)
        .map_or_else(|| page.to_owned(), |(page, _)| page)
}

/// The language that a page says it is in: the first part of the `lang` of its root.
fn language(page: &str) -> Option<String> {
    let root = page.get(page.find("<html")?..)?.split_once('>')?.0;
    let code = root.split_once("lang=")?.1.trim_start_matches(['"', '\'']);
    let code: String = code.chars().take_while(char::is_ascii_alphabetic).collect();
    Some(code.to_ascii_lowercase()).filter(|code| !code.is_empty())
}

fn piece(random: &mut Random, data: &Data, code: &str) -> Option<Injection> {
    let language = data.languages.get(code)?;
    if random.chance(STORY_SHARE) { story(random, language, code) } else { promo(random, data, code) }
}

fn story(random: &mut Random, language: &Language, code: &str) -> Option<Injection> {
    let pieces: Vec<(&String, usize, &String)> = language
        .stories
        .iter()
        .flat_map(|(kind, pieces)| pieces.iter().enumerate().map(move |(number, html)| (kind, number, html)))
        .collect();
    let &(kind, markup, html) = random.pick(&pieces)?;
    let html = marked(&html.replace("{url}", &url(random)), "story");
    let text = visible(&html);
    Some(Injection {
        parts: text.lines().map(str::to_owned).collect(),
        text,
        html,
        kind: kind.clone(),
        language: code.to_owned(),
        is_story: true,
        is_known: false,
        markup,
    })
}

fn promo(random: &mut Random, data: &Data, code: &str) -> Option<Injection> {
    let language = data.languages.get(code)?;
    let kinds: Vec<&String> = language.promos.keys().collect();
    let any = random.pick(&kinds)?.as_str();
    let kind = if random.chance(RELATED_SHARE) { "related" } else { any };
    let phrase = phrase(random, language.promos.get(kind)?)?.clone();
    let headline = random.pick(&language.headlines)?.clone();
    let second = random.pick(&language.headlines)?.clone();
    let (group, templates) = match kind {
        "related" | "navigation" => (0, &data.markups.linked),
        "share" | "follow" if random.chance(35) => (2, &data.markups.networks),
        "tags" => (3, &data.markups.tags),
        _ => (1, &data.markups.prompt),
    };
    let number = random.below(templates.len());
    let template = templates.get(number)?;
    let mut names = phrase.split('|').map(str::to_owned);
    let phrase = styled(random, data, &names.next()?, group != 1);
    let (headline, second) = if group == 3 { (names.next()?, names.next()?) } else { (headline, second) };
    let mut html = template.replace("{phrase}", &escape(&phrase));
    html = html.replace("{headline}", &escape(&headline)).replace("{headline2}", &escape(&second));
    while html.contains("{url}") {
        html = html.replacen("{url}", &url(random), 1);
    }
    let text = visible(&html);
    let says = |placeholder: &str| template.contains(placeholder);
    let parts = [
        says("{phrase}").then(|| phrase.clone()),
        says("{headline}").then_some(headline),
        says("{headline2}").then_some(second),
        Some(text.replace('\n', " ")),
    ];
    Some(Injection {
        parts: parts.into_iter().flatten().collect(),
        kind: kind.to_owned(),
        language: code.to_owned(),
        is_story: false,
        is_known: says("{phrase}") && is_known(&[&phrase, &format!("{phrase}:"), &text]),
        markup: group * 100 + number,
        html: marked(&html, "promo"),
        text,
    })
}

/// One of `phrases`; how many of those that the packs lack are drawn does not depend on how many there are.
fn phrase<'a>(random: &mut Random, phrases: &'a [String]) -> Option<&'a String> {
    let unseen = random.chance(UNSEEN_SHARE);
    let label = |phrase: &str| phrase.split('|').next().unwrap_or_default().to_owned();
    let (known, new): (Vec<_>, Vec<_>) =
        phrases.iter().partition(|phrase| is_known(&[&label(phrase), &format!("{}:", label(phrase))]));
    let (wanted, other) = if unseen { (new, known) } else { (known, new) };
    random.pick(&wanted).or(random.pick(&other)).copied()
}

/// Whether a pack knows any of `texts`.
pub fn is_known(texts: &[&str]) -> bool {
    texts.iter().any(|text| phrases::PHRASES.read(text, &words::plain(text)).0 != 0)
}

/// A phrase as sites vary it: in capitals, behind a mark, before a colon. Only phrases that lead to something
/// have the colon.
fn styled(random: &mut Random, data: &Data, phrase: &str, leads: bool) -> String {
    let mut phrase = phrase.to_owned();
    if random.chance(22) {
        phrase = phrase.to_uppercase();
    }
    if leads && random.chance(50) && phrase.ends_with(char::is_alphanumeric) {
        phrase.push(':');
    }
    if random.chance(12)
        && let Some(ornament) = random.pick(&data.ornaments)
    {
        phrase = format!("{ornament} {phrase}");
    }
    phrase
}

/// An address on the site itself or on another.
fn url(random: &mut Random) -> String {
    let number = random.below(1_000_000);
    match random.below(4) {
        0 => format!("/news/{number}/"),
        1 => format!("/2024/0{}/{number}.html", 1 + random.below(9)),
        2 => format!("https://www.paper{}.example/a/{number}", random.below(90)),
        _ => format!("https://site{}.example/{number}?ref=inline", random.below(90)),
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// `html` with the mark on its outermost element.
fn marked(html: &str, mark: &str) -> String {
    let end = html.char_indices().skip(1).find(|(_, c)| !c.is_ascii_alphanumeric()).map_or(0, |(at, _)| at);
    let (open, rest) = html.split_at(end);
    format!("{open} data-injected=\"{mark}\"{rest}")
}
