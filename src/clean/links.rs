//! Links: what a reader may follow, made absolute.

use scraper::{Html, Node};
use url::Url;

/// What relative links are relative to: the first `<base href>`, which may itself be relative to `url`.
pub(crate) fn base(page: &Html, url: Option<&Url>) -> Option<Url> {
    let declared = page.tree.nodes().find_map(|node| match node.value() {
        Node::Element(element) if element.name() == "base" => element.attr("href"),
        _ => None,
    });
    match (declared, url) {
        (Some(href), Some(url)) => url.join(href).ok(),
        (Some(href), None) => Url::parse(href).ok(),
        (None, url) => url.cloned(),
    }
}

/// `href` as an absolute `http`, `https` or `mailto` URL; `None` for anything else.
pub(crate) fn absolute(href: &str, base: Option<&Url>) -> Option<String> {
    let href = href.trim();
    if href.is_empty() || href.starts_with('#') {
        return None;
    }
    let url = match base {
        Some(base) => base.join(href),
        None => Url::parse(href),
    };
    url.ok().filter(|url| matches!(url.scheme(), "http" | "https" | "mailto")).map(String::from)
}
