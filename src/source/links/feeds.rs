//! The feeds that a page names.

use scraper::Node;
use url::Url;

use super::words::{WORDS, words};
use crate::clean::links;
use crate::clean::parse::{Scripting, parse};

/// The feeds of stories that the page at `url` names with `link rel=alternate`, in its order; first those that are not
/// about something else, such as its comments.
pub fn feeds(text: &str, url: &Url) -> Vec<Url> {
    let html = parse(text, Scripting::On).html;
    let base = links::base(&html, Some(url), None).unwrap_or_else(|| url.clone());
    let mut found = Vec::new();
    for node in html.tree.nodes() {
        let Node::Element(element) = node.value() else { continue };
        let has = |name: &str, word: &str| {
            element.attr(name).is_some_and(|value| {
                value
                    .split_ascii_whitespace()
                    .any(|part| part.trim_end_matches(';').eq_ignore_ascii_case(word))
            })
        };
        if element.name() != "link" || !has("rel", "alternate") {
            continue;
        }
        if !WORDS.feeds.types.iter().any(|kind| has("type", kind)) {
            continue;
        }
        let Some(feed) = element.attr("href").and_then(|href| base.join(href.trim()).ok()) else { continue };
        let title = element.attr("title").unwrap_or_default();
        let is_other = words(title).chain(words(feed.path())).any(|word| WORDS.feeds.other.contains(&word));
        if !is_other && matches!(feed.scheme(), "http" | "https") && !found.contains(&feed) {
            found.push(feed);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_feeds_of_a_site_are_found_and_those_of_comments_are_not() {
        let page = "<head><link rel=alternate type=application/rss+xml title='News &raquo; Comments Feed' href=/comments/feed/>\
            <link rel='alternate home' type='application/rss+xml; charset=utf-8' href=feed/>\
            <link rel=alternate type=application/atom+xml href=https://b.example/atom><link rel=alternate hreflang=de href=/de>\
            <link rel=alternate type=application/json href=/wp-json/wp/v2/pages/1><link rel=icon type=application/rss+xml href=/x>";
        let found = feeds(page, &"https://a.example/news/".parse().unwrap());
        let found: Vec<&str> = found.iter().map(Url::as_str).collect();
        assert_eq!(found, ["https://a.example/news/feed/", "https://b.example/atom"]);
    }
}
