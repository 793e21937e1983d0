//! The pictures of a story: those that stand among its blocks, or over words that are their caption.
//!
//! 1. Every picture of the page, in the order of the page, belongs to the innermost container around it that has blocks.
//! 2. It is one of the story when that container has a caption or a block of the story in it and lies where the story is,
//!    or when the page calls it its lead image; never inside what signals say is something else, and never an icon.
//! 3. The words under it are its caption; what says who made it is taken out of them.

mod caption;

use std::collections::HashSet;
use std::sync::LazyLock;

use ego_tree::{NodeId, NodeRef};
use foldhash::{HashMap, HashMapExt};
use scraper::node::Element;
use scraper::{Html, Node};
use serde::Deserialize;
use url::Url;

use super::decide::{Decision, Verdict};
use super::links::absolute;
use super::outline::Outline;
use super::signals::{Signals, VOCABULARY};
use crate::article::Image;
use caption::{figure, one_line, split, words_under};

/// Pictures of a page that are looked at, and of a story that are taken.
const MAX_LOOKED_AT: usize = 5_000;
const MAX_IMAGES: usize = 200;

/// Children of a `picture` that are looked at.
const MAX_SOURCES: usize = 40;

/// Pictures that say of themselves that they are narrower or lower than this, in pixels, are icons.
const SMALLEST: u32 = 60;

/// The attributes and words of `images.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    sources: Vec<String>,
    source_sets: Vec<String>,
    foreign: Vec<String>,
    credit_words: Vec<String>,
    credit_marks: Vec<String>,
}

static WORDS: LazyLock<Words> = LazyLock::new(|| {
    toml::from_str(include_str!("images.toml")).expect("a test proves that images.toml is read")
});

/// The groups of signals around pictures of something else.
static FOREIGN: LazyLock<Signals> = LazyLock::new(|| {
    let groups = WORDS.foreign.iter().filter_map(|name| VOCABULARY.group(name));
    groups.fold(Signals::default(), |mut all, group| {
        all.insert_all(group);
        all
    })
});

/// The pictures of the story whose blocks were decided on. `lead` is the one that the page puts first.
pub(super) fn images(
    page: &Html,
    base: Option<&Url>,
    outline: &Outline,
    decisions: &[Decision],
    lead: Option<&str>,
) -> Vec<Image> {
    let pictures =
        page.tree.nodes().filter_map(|node| Some((node, node.value().as_element().filter(is_picture)?)));
    let pictures: Vec<_> = pictures.take(MAX_LOOKED_AT).collect();
    if pictures.is_empty() {
        return Vec::new();
    }
    let story = Story::new(outline, decisions);
    let mut images: Vec<Image> = Vec::new();
    let mut seen = HashSet::new();
    for (node, element) in pictures {
        let Some(url) = address(node, element, base).filter(|_| !is_icon(element)) else { continue };
        let place = story.place(node);
        let is_lead = lead.is_some_and(|lead| without_query(lead) == without_query(&url));
        let figure = figure(node);
        if !(is_lead || place.is_some_and(|place| story.holds(place, figure.is_some())))
            || !seen.insert(url.clone())
        {
            continue;
        }
        let (caption, credit) = match figure {
            Some(figure) => words_under(figure),
            None => (place.and_then(|place| story.caption(place)).map(str::to_owned), None),
        };
        let (caption, credit) = match (caption, credit) {
            (Some(caption), None) => split(&caption),
            known => known,
        };
        let alt = element.attr("alt").map(one_line).filter(|alt| !alt.is_empty());
        images.push(Image { url, alt, caption, credit, file: None });
        if images.len() == MAX_IMAGES {
            break;
        }
    }
    images
}

/// Where the story is on the page.
struct Story<'o> {
    outline: &'o Outline,
    decisions: &'o [Decision],
    containers: HashMap<NodeId, usize>,
    /// The innermost container around all of the story.
    around: Option<usize>,
    /// It, and the containers around it.
    around_story: HashSet<usize>,
    /// For each block, how many blocks of the story, and captions, there are up to it.
    told: Vec<usize>,
}

impl<'o> Story<'o> {
    fn new(outline: &'o Outline, decisions: &'o [Decision]) -> Self {
        let mut containers = HashMap::with_capacity(outline.containers.len());
        containers
            .extend(outline.containers.iter().enumerate().map(|(place, container)| (container.node, place)));
        let is_told = |decision: &Decision| decision.verdict != Verdict::Cut;
        let blocks =
            outline.segments.iter().zip(decisions).filter(|(_, decision)| decision.verdict == Verdict::Story);
        let around = blocks
            .map(|(segment, _)| segment.container)
            .reduce(|one, other| outline.common_container(one, other));
        let told = std::iter::once(0).chain(decisions.iter().scan(0, |sum, decision| {
            *sum += usize::from(is_told(decision));
            Some(*sum)
        }));
        let around_story = around.into_iter().flat_map(|around| outline.ancestors(around)).collect();
        Self { outline, decisions, containers, around, around_story, told: told.collect() }
    }

    /// The innermost container around a node that has blocks; `None` inside of something else.
    fn place(&self, node: NodeRef<'_, Node>) -> Option<usize> {
        let first = node.ancestors().find_map(|around| self.containers.get(&around.id()).copied())?;
        let around = || {
            let places = self.outline.ancestors(first);
            places.filter_map(|place| Some((place, self.outline.containers.get(place)?)))
        };
        // What holds the story is no foreign part of the page, whatever it is called.
        let apart = around().take_while(|(place, _)| !self.around_story.contains(place));
        if apart.into_iter().any(|(_, container)| container.signals.meets(*FOREIGN)) {
            return None;
        }
        around().find(|(_, container)| container.first < container.last).map(|(place, _)| place)
    }

    /// Whether what stands in a container beside its blocks is a part of the story.
    fn holds(&self, place: usize, is_figure: bool) -> bool {
        let Some(container) = self.outline.containers.get(place) else { return false };
        let told = |end: usize| self.told.get(end).copied().unwrap_or_default();
        if told(container.last) == told(container.first) {
            return false;
        }
        let is_inside =
            self.around.is_some_and(|around| self.outline.ancestors(place).any(|outer| outer == around));
        is_inside || is_figure && self.caption(place).is_some()
    }

    /// The caption in a container that holds a picture and little else.
    fn caption(&self, place: usize) -> Option<&'o str> {
        let container = self.outline.containers.get(place)?;
        let blocks = self.outline.segments.get(container.first..container.last)?;
        let decisions = self.decisions.get(container.first..container.last)?;
        let is_small = decisions.iter().all(|decision| decision.verdict == Verdict::Caption);
        blocks.first().filter(|_| is_small).map(|segment| segment.block.text.as_str())
    }
}

fn is_picture(element: &&Element) -> bool {
    matches!(element.name(), "img" | "amp-img")
}

/// Where a picture is, in the largest size.
fn address(node: NodeRef<'_, Node>, element: &Element, base: Option<&Url>) -> Option<String> {
    let sets = |element: &Element| {
        let sets = WORDS.source_sets.iter().filter_map(|name| element.attr(name).and_then(largest));
        sets.collect::<Vec<String>>()
    };
    let picture = node
        .parent()
        .filter(|parent| parent.value().as_element().is_some_and(|parent| parent.name() == "picture"));
    let sources = picture.into_iter().flat_map(|picture| picture.children().take(MAX_SOURCES));
    let sources =
        sources.filter_map(|node| node.value().as_element()).filter(|element| element.name() == "source");
    let all = sets(element).into_iter().chain(sources.flat_map(sets));
    let plain = WORDS.sources.iter().filter_map(|name| element.attr(name)).map(str::to_owned);
    all.chain(plain)
        .filter_map(|source| absolute(&source, base))
        .find(|url| url.starts_with("http") && !has_icon_name(url))
}

/// The URL of the largest picture in a set (HTML, section 4.8.4.2.1: URLs with a width or a density, commas between).
fn largest(set: &str) -> Option<String> {
    let mut best: Option<(f32, &str)> = None;
    for candidate in set.split(", ").flat_map(|part| part.split(",\n")).take(100) {
        let mut words = candidate.split_ascii_whitespace();
        let Some(url) = words.next().map(|url| url.trim_matches(',')) else { continue };
        let size =
            words.next().and_then(|size| size.trim_end_matches([',', 'w', 'x']).parse().ok()).unwrap_or(1.0);
        if !url.is_empty() && best.is_none_or(|(largest, _)| size > largest) {
            best = Some((size, url));
        }
    }
    best.map(|(_, url)| url.to_owned())
}

/// Whether a picture says that it is too small to be one.
fn is_icon(element: &Element) -> bool {
    let size = |name: &str| {
        element.attr(name).and_then(|size| size.trim().trim_end_matches("px").parse::<u32>().ok())
    };
    ["width", "height"].iter().filter_map(|name| size(name)).any(|size| size < SMALLEST)
}

/// Vectors are logos and icons.
fn has_icon_name(url: &str) -> bool {
    without_query(url).to_ascii_lowercase().ends_with(".svg")
}

fn without_query(url: &str) -> &str {
    url.split(['?', '#']).next().unwrap_or(url)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::article::Article;
    use crate::clean::{Page, clean, rules::Rules};

    const STORY: [&str; 3] = [
        "<p>The council of the island met late on Tuesday to speak about the old ferry and its crew, and the hall was full.</p>",
        "<p>Residents had come from every village, she said, because the winter timetable leaves them without a boat on two days.</p>",
        "<p>The members voted shortly before midnight, by nine to four, to keep the ferry for another year and to ask for help.</p>",
    ];

    /// The article of a page with this in the middle of its story, and this in its head.
    fn article(head: &str, middle: &str) -> Article {
        let [one, two, three] = STORY;
        let text = format!(
            "<html><head>{head}</head><body><header><a href=/><img src=/logo.png width=300></a></header><main><article><h1>Ferry</h1>\
            <div class=story>{one}{middle}{two}{three}</div></article><div class=related><a href=/x><img src=/other.jpg>Another \
            story of the island and its people</a></div></main></body></html>"
        );
        let url = Url::parse("https://a.example/news/x").unwrap();
        clean(Page { text: &text, url: Some(&url), fetched_at: None }, &Default::default(), Rules::built_in())
    }

    fn image(url: &str, alt: Option<&str>, caption: Option<&str>, credit: Option<&str>) -> Image {
        let text = |text: Option<&str>| text.map(str::to_owned);
        Image {
            url: url.to_owned(),
            alt: text(alt),
            caption: text(caption),
            credit: text(credit),
            file: None,
        }
    }

    #[track_caller]
    fn check(middle: &str, expected: &[Image]) {
        assert_eq!(article("", middle).images, expected);
    }

    #[test]
    fn a_picture_comes_with_its_caption_and_its_maker() {
        check(
            "<figure><img src=ferry.jpg alt=' The  ferry '><figcaption>The ferry at dawn. <span class='photo-credit'>Photo: Ann Archer/AP</span>\
            </figcaption></figure>",
            &[image(
                "https://a.example/news/ferry.jpg",
                Some("The ferry"),
                Some("The ferry at dawn."),
                Some("Ann Archer/AP"),
            )],
        );
        check(
            "<figure><div><img src=/a.jpg></div><figcaption>Die Fähre am Morgen (Foto: © dpa)</figcaption></figure>",
            &[image("https://a.example/a.jpg", None, Some("Die Fähre am Morgen"), Some("dpa"))],
        );
        check("<figure><img src=/a.jpg></figure>", &[image("https://a.example/a.jpg", None, None, None)]);
    }

    #[test]
    fn the_largest_size_is_taken_and_late_pictures_are_found() {
        let found = |url: &str| [image(url, None, None, None)];
        check(
            "<p><img src=/s.jpg srcset='/s.jpg 300w, /l.jpg 1200w, /m.jpg 600w'></p>",
            &found("https://a.example/l.jpg"),
        );
        check(
            "<img src='data:image/gif;base64,R0' data-src=/late.jpg>",
            &found("https://a.example/late.jpg"),
        );
        check(
            "<picture><source srcset='/big.webp 2x, /small.webp'><img src=/plain.jpg></picture>",
            &found("https://a.example/big.webp"),
        );
        check("<amp-img src=/amp.jpg width=800 height=600></amp-img>", &found("https://a.example/amp.jpg"));
    }

    #[test]
    fn what_is_no_picture_of_the_story_is_left_out() {
        for middle in [
            "<img src=/pixel.gif width=1 height=1>",
            "<img src=/icon.svg>",
            "<img src='javascript:x'>",
            "<div class=advertisement><img src=/ad.jpg></div>",
            "<div class='social share'><img src=/f.png></div>",
            "",
        ] {
            check(middle, &[]);
        }
        check("<img src=/a.jpg><img src=/a.jpg>", &[image("https://a.example/a.jpg", None, None, None)]);
    }

    #[test]
    fn the_lead_image_is_one_wherever_it_stands() {
        let lead = "<meta property='og:image' content='https://a.example/logo.png?w=1200'>";
        let images = article(lead, "").images;
        assert_eq!(
            images.iter().map(|image| image.url.as_str()).collect::<Vec<_>>(),
            ["https://a.example/logo.png"]
        );
    }

    #[test]
    fn the_words_are_known() {
        assert!(WORDS.foreign.iter().all(|name| VOCABULARY.group(name).is_some()));
        assert!(!WORDS.sources.is_empty() && !WORDS.credit_marks.is_empty());
    }

    #[test]
    fn a_page_of_pictures_takes_no_time_to_speak_of() {
        let many = "<figure><img src=/a.jpg srcset=', , ,'><figcaption>".repeat(20_000);
        assert!(article("", &many).images.len() <= MAX_IMAGES);
    }
}
