//! What HTML itself says about its elements: which hold text, which begin a block.

use html5ever::{LocalName, local_name};
use scraper::node::Element;

/// How an element takes part in the flow of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flow {
    /// Never text of the page.
    Absent,
    /// Begins and ends a block.
    Block,
    /// Runs within a line.
    Inline,
    /// Breaks a line.
    Break,
}

/// How the element called `name` takes part in the flow, by the rendering section of the HTML standard.
///
/// A button is a block here: its label is never a part of the sentence before it.
pub(crate) fn flow(name: &LocalName) -> Flow {
    match *name {
        local_name!("script")
        | local_name!("style")
        | local_name!("template")
        | local_name!("noscript")
        | local_name!("svg")
        | local_name!("math")
        | local_name!("head")
        | local_name!("iframe")
        | local_name!("object")
        | local_name!("embed")
        | local_name!("canvas")
        | local_name!("select")
        | local_name!("option")
        | local_name!("datalist")
        | local_name!("textarea")
        | local_name!("input")
        | local_name!("audio")
        | local_name!("video")
        | local_name!("source")
        | local_name!("track")
        | local_name!("map")
        | local_name!("area")
        | local_name!("link")
        | local_name!("meta")
        | local_name!("param")
        | local_name!("noframes")
        | local_name!("noembed")
        | local_name!("frameset")
        | local_name!("progress")
        | local_name!("meter")
        | local_name!("dialog")
        | local_name!("rp")
        | local_name!("rt")
        | local_name!("img")
        | local_name!("picture")
        | local_name!("wbr") => Flow::Absent,
        local_name!("address")
        | local_name!("article")
        | local_name!("aside")
        | local_name!("blockquote")
        | local_name!("body")
        | local_name!("button")
        | local_name!("caption")
        | local_name!("center")
        | local_name!("dd")
        | local_name!("details")
        | local_name!("dir")
        | local_name!("div")
        | local_name!("dl")
        | local_name!("dt")
        | local_name!("fieldset")
        | local_name!("figcaption")
        | local_name!("figure")
        | local_name!("footer")
        | local_name!("form")
        | local_name!("h1")
        | local_name!("h2")
        | local_name!("h3")
        | local_name!("h4")
        | local_name!("h5")
        | local_name!("h6")
        | local_name!("header")
        | local_name!("hgroup")
        | local_name!("hr")
        | local_name!("html")
        | local_name!("legend")
        | local_name!("li")
        | local_name!("listing")
        | local_name!("main")
        | local_name!("menu")
        | local_name!("nav")
        | local_name!("ol")
        | local_name!("optgroup")
        | local_name!("p")
        | local_name!("pre")
        | local_name!("search")
        | local_name!("section")
        | local_name!("summary")
        | local_name!("table")
        | local_name!("tbody")
        | local_name!("td")
        | local_name!("tfoot")
        | local_name!("th")
        | local_name!("thead")
        | local_name!("tr")
        | local_name!("ul")
        | local_name!("xmp") => Flow::Block,
        local_name!("br") => Flow::Break,
        _ => Flow::Inline,
    }
}

/// Whether the element shows a picture or a film.
pub(crate) fn is_media(name: &str) -> bool {
    matches!(name, "img" | "picture" | "video" | "iframe" | "amp-img" | "amp-video")
}

/// The level of a heading element, 1 to 6.
pub(crate) fn heading_level(name: &str) -> Option<u8> {
    match name {
        "h1" => Some(1),
        "h2" => Some(2),
        "h3" => Some(3),
        "h4" => Some(4),
        "h5" => Some(5),
        "h6" => Some(6),
        _ => None,
    }
}

/// The number that a list or an item gives itself.
pub(crate) fn counter(element: &Element, attribute: &str) -> Option<u32> {
    element.attr(attribute)?.trim().parse().ok()
}

/// Whether an inline style takes the element out of sight.
pub(crate) fn hides(style: &str) -> bool {
    let style: String = style.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_ascii_lowercase();
    style.contains("display:none") || style.contains("visibility:hidden")
}
