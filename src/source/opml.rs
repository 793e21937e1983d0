//! OPML: outlines of feeds, as feed readers write them (<http://opml.org/spec2.opml>).

use std::collections::HashSet;

use quick_xml::events::{BytesStart, Event};
use url::Url;

use super::xml::Events;
use crate::failure::{Failure, FailureClass};

/// The most feeds that are taken from an outline.
const MOST_FEEDS: usize = 5000;

/// The feeds that an outline names, each once, in its order; `name` is what a message calls it.
///
/// # Errors
/// Bytes that are no outline (`wrong_type`).
pub fn parse(bytes: &[u8], name: &str) -> Result<Vec<Url>, Failure> {
    let mut events = Events::new(bytes);
    let (mut feeds, mut seen) = (Vec::new(), HashSet::new());
    let mut is_outline = false;
    loop {
        match events.next() {
            Ok(Event::Start(tag) | Event::Empty(tag)) => match tag.local_name().as_ref() {
                "opml" => is_outline = true,
                "outline" => feeds.extend(feed(&tag).filter(|feed| seen.insert(feed.clone()))),
                _ => {}
            },
            Ok(Event::Eof) | Err(_) => break,
            Ok(_) => {}
        }
        if feeds.len() >= MOST_FEEDS {
            break;
        }
    }
    if is_outline {
        return Ok(feeds);
    }
    Err(Failure::new(FailureClass::WrongType, format!("`{name}` is no OPML outline")))
}

/// The feed that an outline element names.
fn feed(tag: &BytesStart<'_>) -> Option<Url> {
    let address = tag
        .html_attributes()
        .with_checks(false)
        .flatten()
        .find(|attribute| attribute.key.local_name().as_ref().eq_ignore_ascii_case("xmlUrl"))?;
    let text = address.value.into_owned();
    let text = quick_xml::escape::unescape(&text).map(|text| text.into_owned()).unwrap_or(text);
    Url::parse(text.trim()).ok().filter(|url| matches!(url.scheme(), "http" | "https"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_feeds_of_an_outline_are_found_at_any_depth_each_once() {
        let text = "<?xml version=\"1.0\"?><opml version=\"2.0\"><body><outline text=\"News\">\
            <outline type=\"rss\" text=\"A\" xmlUrl=\"https://a.example/rss?x=1&amp;y=2\"/>\
            <outline text=\"B\" xmlurl='https://b.example/feed'></outline></outline>\
            <outline xmlUrl=\"https://b.example/feed\"/><outline xmlUrl=\"ftp://c.example/\"/></body></opml>";
        let feeds = parse(text.as_bytes(), "feeds.opml").unwrap();
        let feeds: Vec<&str> = feeds.iter().map(Url::as_str).collect();
        assert_eq!(feeds, ["https://a.example/rss?x=1&y=2", "https://b.example/feed"]);
        assert_eq!(parse(b"<html></html>", "x").unwrap_err().class, FailureClass::WrongType);
    }
}
