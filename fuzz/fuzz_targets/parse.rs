//! Parsing: the guarded parser builds the tree of html5ever, but for comments, scripts and styles.
#![no_main]

use ego_tree::iter::Edge;
use libfuzzer_sys::fuzz_target;
use pressclip::clean::stages;
use scraper::node::Element;
use scraper::{Html, Node};

/// Bytes of the largest page that is compared; html5ever alone takes quadratic time for larger ones.
const MOST_COMPARED: usize = 4_096;

fuzz_target!(|bytes: &[u8]| {
    let text = pressclip_fuzz::text(bytes);
    let (html, is_cut) = stages::tree(&text);
    if !is_cut && text.len() <= MOST_COMPARED {
        assert_eq!(outline(&html), outline(&Html::parse_document(&text)));
    }
});

/// A tree as text, without what the guarded parser leaves empty.
fn outline(html: &Html) -> String {
    let mut out = String::new();
    for edge in html.tree.root().traverse() {
        match edge {
            Edge::Open(node) => match node.value() {
                Node::Comment(_) => out.push_str("comment "),
                Node::Text(_)
                    if node.parent().and_then(|up| up.value().as_element()).is_some_and(is_unread) => {}
                other => out.push_str(&format!("{other:?} ")),
            },
            Edge::Close(node) if node.value().is_element() => out.push_str(") "),
            Edge::Close(_) => {}
        }
    }
    out
}

fn is_unread(element: &Element) -> bool {
    let is_data = || element.attr("type").is_some_and(|kind| kind.to_ascii_lowercase().contains("ld+json"));
    &*element.name.ns == "http://www.w3.org/1999/xhtml"
        && (element.name() == "style" || element.name() == "script" && !is_data())
}
