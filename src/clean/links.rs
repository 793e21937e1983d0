//! Links: what a reader may follow, made absolute.

use html5ever::local_name;
use scraper::{Html, Node};
use url::Url;

/// What relative links are relative to: the first `<base href>`, else `url`, else what the page calls its own URL.
pub(crate) fn base(page: &Html, url: Option<&Url>, canonical: Option<&str>) -> Option<Url> {
    let own = url.cloned().or_else(|| canonical.and_then(|canonical| Url::parse(canonical).ok()));
    let declared = page.tree.nodes().find_map(|node| match node.value() {
        Node::Element(element) if element.name.local == local_name!("base") => element.attr("href"),
        _ => None,
    });
    match (declared, own) {
        (Some(href), Some(own)) => own.join(href).ok(),
        (Some(href), None) => Url::parse(href).ok(),
        (None, own) => own,
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
