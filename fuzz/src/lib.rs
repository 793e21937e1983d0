//! What several fuzz targets need: a page from bytes, its visible letters, and where it came from.

use pressclip::clean::Page;
use scraper::{Html, Node};
use url::Url;

/// The page that the input is.
pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Where every page of these targets comes from.
pub fn url() -> Url {
    Url::parse("https://news.example/2024/05/a-story").expect("it is a URL")
}

/// A page that was fetched at the same time as all others.
pub fn page<'a>(text: &'a str, url: &'a Url) -> Page<'a> {
    Page { text, url: Some(url), fetched_at: Some(jiff::Timestamp::UNIX_EPOCH) }
}

/// Letters and digits that a browser could show, in document order.
pub fn visible(html: &Html) -> Vec<char> {
    let hidden = |element: &scraper::node::Element| {
        matches!(element.name(), "script" | "style" | "template" | "noscript" | "head")
    };
    let mut letters = Vec::new();
    let mut depth_hidden = 0_usize;
    for edge in html.tree.root().traverse() {
        match edge {
            ego_tree::iter::Edge::Open(node) => match node.value() {
                Node::Element(element) => depth_hidden += usize::from(hidden(element)),
                Node::Text(text) if depth_hidden == 0 => letters.extend(alphanumeric(text)),
                _ => {}
            },
            ego_tree::iter::Edge::Close(node) => {
                let closes = node.value().as_element().is_some_and(hidden);
                depth_hidden -= usize::from(closes);
            }
        }
    }
    letters
}

/// The letters and digits of a text: white space and soft hyphens may differ between page and body.
pub fn alphanumeric(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter(|c| c.is_alphanumeric())
}

/// Asserts that the letters of each of the `texts` stand in `shown`, in this order.
pub fn assert_in_order<'t>(texts: impl IntoIterator<Item = &'t str>, shown: &[char]) {
    let mut rest = shown.iter();
    for text in texts {
        let found = alphanumeric(text).all(|letter| rest.any(|other| *other == letter));
        assert!(found, "not on the page, or not in this order: {text:?}");
    }
}
