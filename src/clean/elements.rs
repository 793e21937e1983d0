//! What HTML itself says about its elements: which hold text, which begin a block.

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
pub(crate) fn flow(name: &str) -> Flow {
    match name {
        "script" | "style" | "template" | "noscript" | "svg" | "math" | "head" | "iframe" | "object"
        | "embed" | "canvas" | "select" | "option" | "datalist" | "textarea" | "input" | "audio"
        | "video" | "source" | "track" | "map" | "area" | "link" | "meta" | "param" | "noframes"
        | "noembed" | "frameset" | "progress" | "meter" | "dialog" | "rp" | "rt" | "img" | "picture"
        | "wbr" => Flow::Absent,
        "address" | "article" | "aside" | "blockquote" | "body" | "button" | "caption" | "center" | "dd"
        | "details" | "dir" | "div" | "dl" | "dt" | "fieldset" | "figcaption" | "figure" | "footer"
        | "form" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "header" | "hgroup" | "hr" | "html"
        | "legend" | "li" | "listing" | "main" | "menu" | "nav" | "ol" | "optgroup" | "p" | "pre"
        | "search" | "section" | "summary" | "table" | "tbody" | "td" | "tfoot" | "th" | "thead" | "tr"
        | "ul" | "xmp" => Flow::Block,
        "br" => Flow::Break,
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
