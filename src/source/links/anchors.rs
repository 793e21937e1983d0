//! The links of a page, with what stands in and around each of them.

use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

use ego_tree::NodeId;
use ego_tree::iter::Edge;
use scraper::node::Element;
use scraper::{Html, Node};
use url::Url;

use super::words::{WORDS, words};

/// The most links of a page that are looked at.
const MOST_ANCHORS: usize = 5000;

/// The most bytes of the text of a link that are kept.
const MOST_TEXT: usize = 400;

/// The largest share of the links of a page that one element of navigation holds. What holds more is the page.
const MOST_IN_NAVIGATION: f64 = 0.5;

/// Elements around a link, the nearest ones, by which it is told whether two links stand in the same shape.
const SHAPE_DEPTH: usize = 5;

/// One link of a page.
#[derive(Debug)]
pub(super) struct Anchor {
    /// Where it leads, without a fragment.
    pub(super) url: Url,
    /// Its text, in one line.
    pub(super) text: String,
    /// Whether it stands in a heading or holds one.
    pub(super) is_heading: bool,
    /// Whether elements around it are those of navigation.
    pub(super) is_navigation: bool,
    /// Whether it stands in the small print of a card.
    pub(super) is_detail: bool,
    /// Whether it is in what others paid for.
    pub(super) is_paid: bool,
    /// Whether it stands in a card of a story.
    pub(super) is_in_story: bool,
    /// What links in the same place of a repeated pattern share.
    pub(super) shape: u64,
}

/// What an open element means for the links in it.
#[derive(Debug, Clone, Copy, Default)]
struct Around {
    shape: u64,
    navigation: bool,
    detail: bool,
    paid: bool,
    story: bool,
    heading: bool,
    /// Whether stories may have headers and footers of their own from here on.
    main: bool,
}

/// All links of a page to other pages, in their order.
pub(super) fn anchors(html: &Html, base: &Url) -> Vec<Anchor> {
    let held = links_held(html);
    let most = held.get(&html.tree.root().id()).copied().unwrap_or_default() as f64 * MOST_IN_NAVIGATION;
    let mut open: Vec<Around> = vec![Around::default()];
    let mut found: Vec<Anchor> = Vec::new();
    // The link that is open, if any: its place in `found`.
    let mut current: Option<usize> = None;
    for edge in html.tree.root().traverse() {
        match edge {
            Edge::Open(node) => match node.value() {
                Node::Element(element) => {
                    let is_part = held.get(&node.id()).copied().unwrap_or_default() as f64 <= most;
                    let around = entered(open.last().copied().unwrap_or_default(), element, is_part);
                    if element.name() == "a" {
                        current = anchor(element, &open, around, base).map(|anchor| {
                            found.push(anchor);
                            found.len() - 1
                        });
                        if found.len() >= MOST_ANCHORS {
                            return found;
                        }
                    }
                    if let (Some(current), true) = (current, around.heading) {
                        found[current].is_heading = true;
                    }
                    open.push(around);
                }
                Node::Text(text) => {
                    if let Some(current) = current {
                        push_text(&mut found[current].text, text);
                    }
                }
                _ => {}
            },
            Edge::Close(node) => {
                if let Node::Element(element) = node.value() {
                    open.pop();
                    if element.name() == "a" {
                        current = None;
                    }
                }
            }
        }
    }
    found
}

/// The link of an `a` element, if it leads to another page.
fn anchor(element: &Element, open: &[Around], around: Around, base: &Url) -> Option<Anchor> {
    let mut url = base.join(element.attr("href")?.trim()).ok()?;
    url.set_fragment(None);
    if !matches!(url.scheme(), "http" | "https") {
        return None;
    }
    let mut hasher = DefaultHasher::new();
    around.shape.hash(&mut hasher);
    for around in open.iter().rev().take(SHAPE_DEPTH) {
        around.shape.hash(&mut hasher);
    }
    let mut text = String::new();
    if let Some(label) = element.attr("aria-label").or_else(|| element.attr("title")) {
        push_text(&mut text, label);
        text.push('\u{0}');
    }
    Some(Anchor {
        url,
        text,
        is_heading: around.heading,
        is_navigation: around.navigation,
        is_detail: around.detail,
        is_paid: around.paid || element.attr("rel").is_some_and(|rel| rel.contains("sponsored")),
        is_in_story: around.story,
        shape: hasher.finish(),
    })
}

/// How many links each element holds.
fn links_held(html: &Html) -> HashMap<NodeId, usize> {
    let mut held = HashMap::new();
    let is_link = |node: &Node| node.as_element().is_some_and(|element| element.name() == "a");
    for link in html.tree.nodes().filter(|node| is_link(node.value())).take(MOST_ANCHORS) {
        *held.entry(link.id()).or_default() += 1;
        for ancestor in link.ancestors() {
            *held.entry(ancestor.id()).or_default() += 1;
        }
    }
    held
}

/// What is around the children of `element`, which stands in `outer` and is or isn't only a part of the page.
fn entered(outer: Around, element: &Element, is_part: bool) -> Around {
    let name = element.name();
    let classes = element.attr("class").unwrap_or_default();
    let mut around = outer;
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    // Classes of frameworks differ in their numbers; the first one tells most.
    let first = classes.split_whitespace().next().unwrap_or_default();
    first.trim_end_matches(|letter: char| letter.is_ascii_digit() || letter == '-').hash(&mut hasher);
    around.shape = hasher.finish();
    let role = element.attr("role").unwrap_or_default();
    match name {
        "nav" => around.navigation = true,
        "header" | "footer" if !outer.main => around.navigation = true,
        "footer" => around.navigation |= !outer.story,
        "article" => (around.story, around.main) = (true, true),
        "main" => around.main = true,
        "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => around.heading = true,
        _ => {}
    }
    around.navigation |= matches!(role, "navigation" | "menu" | "menubar" | "contentinfo" | "search");
    around.heading |= role == "heading";
    // Names of the whole page say nothing of its parts.
    if matches!(name, "html" | "body" | "main") || !is_part {
        return around;
    }
    let id = element.attr("id").unwrap_or_default();
    let mut is_outside = false;
    for word in words(classes).chain(words(id)).take(40) {
        around.navigation |= WORDS.around.navigation.contains(&word);
        is_outside |= WORDS.around.outside.contains(&word);
        around.detail |= WORDS.around.details.contains(&word);
        around.paid |= WORDS.around.paid.contains(&word);
        around.story |= WORDS.around.stories.contains(&word);
    }
    around.navigation |= is_outside && !around.story && !around.main;
    around
}

/// Adds text, its white space as one blank.
fn push_text(text: &mut String, piece: &str) {
    for word in piece.split_whitespace() {
        if text.len() + word.len() >= MOST_TEXT {
            return;
        }
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(word);
    }
}
