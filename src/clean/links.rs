//! Links: what a reader may follow, made absolute.

use html5ever::local_name;
use scraper::{Html, Node};
use url::Url;

/// Longest target of a link in bytes: what RFC 9110, 4.1, asks recipients to support. Of a longer one only the text is taken,
/// lest a page that has thousands of blocks in one link stores it with each of them.
const MAX_TARGET: usize = 8_000;

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

/// `href` as an absolute `http`, `https` or `mailto` URL; `None` for anything else and for what is too long.
pub(crate) fn absolute(href: &str, base: Option<&Url>) -> Option<String> {
    let href = href.trim();
    if href.is_empty() || href.len() > MAX_TARGET || href.starts_with('#') {
        return None;
    }
    let url = match base {
        Some(base) => base.join(href),
        None => Url::parse(href),
    };
    url.ok().filter(|url| matches!(url.scheme(), "http" | "https" | "mailto")).map(String::from)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_target_is_made_absolute_unless_it_leads_nowhere_or_is_too_long() {
        let base = Url::parse("https://news.example/a/story").unwrap();
        let long = format!("/search?q={}", "x".repeat(MAX_TARGET));
        for (href, expected) in [
            (" /b ", Some("https://news.example/b")),
            ("mailto:desk@news.example", Some("mailto:desk@news.example")),
            ("javascript:void(0)", None),
            ("#comments", None),
            ("", None),
            (long.as_str(), None),
        ] {
            assert_eq!(absolute(href, Some(&base)).as_deref(), expected, "{href}");
        }
    }
}
