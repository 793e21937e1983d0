//! Feeds: RSS 0.9 to 2.0, Atom and JSON Feed.

use feed_rs::model::{Entry, Text};
use feed_rs::parser;
use jiff::Timestamp;
use url::Url;

use super::{Candidate, Location};
use crate::clean::parse::{Scripting, parse as parse_html};
use crate::clean::words;
use crate::failure::{Failure, FailureClass};
use crate::state::source::Hints;

/// The most entries of a feed that are taken.
const MOST_ENTRIES: usize = 50_000;

/// Words from which on a summary is taken for the story itself: feeds that give whole stories give them there, too.
const WORDS_OF_A_STORY: usize = 150;

/// The longest title that is one, in bytes.
const LONGEST_TITLE: usize = 1000;

/// The candidates that the feed at `url` names, in its order.
///
/// # Errors
/// Bytes that are no feed (`wrong_type`).
pub fn parse(bytes: &[u8], url: &Url) -> Result<Vec<Candidate>, Failure> {
    let feed = parser::Builder::new().base_uri(Some(url.as_str())).build().parse(bytes).map_err(|error| {
        Failure::new(FailureClass::WrongType, format!("`{url}` is no feed that can be read: {error}"))
    })?;
    Ok(feed.entries.into_iter().take(MOST_ENTRIES).filter_map(|entry| candidate(entry, url)).collect())
}

fn candidate(entry: Entry, feed: &Url) -> Option<Candidate> {
    let link = address(&entry, feed)?;
    let published = entry.published.or(entry.updated);
    let published = published.and_then(|time| Timestamp::from_millisecond(time.timestamp_millis()).ok());
    let title = entry.title.as_ref().and_then(plain);
    let summary = entry.summary.map(|text| text.content);
    let content = entry.content.and_then(|content| content.body);
    let content =
        content.filter(|text| !text.trim().is_empty()).or_else(|| summary.filter(|text| is_story(text)));
    Some(Candidate {
        hints: Hints { title, published },
        dated: published,
        content,
        ..Candidate::at(link.as_str().to_owned(), Ok(Location::Web(link)))
    })
}

/// The URL of the page of an entry.
fn address(entry: &Entry, feed: &Url) -> Option<Url> {
    let is_page = |rel: &Option<String>| rel.as_deref().is_none_or(|rel| rel == "alternate");
    let links = entry.links.iter().filter(|link| is_page(&link.rel)).map(|link| link.href.as_str());
    links.chain([entry.id.as_str()].into_iter().filter(|id| id.starts_with("http"))).find_map(|text| {
        let mut url = feed.join(text.trim()).ok()?;
        url.set_fragment(None);
        matches!(url.scheme(), "http" | "https").then_some(url)
    })
}

/// A title without markup and in one line.
fn plain(title: &Text) -> Option<String> {
    let text = if title.content.len() <= LONGEST_TITLE && title.content.contains(['<', '&']) {
        text_of(&title.content)
    } else {
        title.content.clone()
    };
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    (!text.is_empty() && text.len() <= LONGEST_TITLE).then_some(text)
}

fn text_of(markup: &str) -> String {
    parse_html(markup, Scripting::On).html.root_element().text().collect()
}

fn is_story(summary: &str) -> bool {
    words::count(&text_of(summary)) >= WORDS_OF_A_STORY
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    /// URL, title, date and content of an entry.
    type Found = (String, Option<String>, Option<String>, Option<String>);

    fn found(feed: &str) -> Vec<Found> {
        let url = "https://a.example/feeds/news".parse().unwrap();
        let entry = |candidate: Candidate| {
            let published = candidate.hints.published.map(|time| time.to_string());
            (candidate.source, candidate.hints.title, published, candidate.content)
        };
        parse(feed.as_bytes(), &url).unwrap().into_iter().map(entry).collect()
    }

    fn some(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn entries_of_every_kind_of_feed_are_candidates_with_title_and_date() {
        let expected =
            ("https://a.example/ferry".to_owned(), some("Ferry & crew return"), some("2026-03-01T10:00:00Z"));
        for feed in [
            "<rss version=\"2.0\"><channel><title>News</title><item><title>Ferry &amp;amp; crew return</title>\
             <link>https://a.example/ferry#top</link><pubDate>Sun, 01 Mar 2026 10:00:00 GMT</pubDate></item></channel></rss>",
            "<rss version=\"0.92\"><channel><title>News</title><item><title>Ferry &amp;amp; crew return</title>\
             <link>https://a.example/ferry</link><pubDate>Sun, 01 Mar 2026 10:00:00 GMT</pubDate></item></channel></rss>",
            "<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\" xmlns=\"http://purl.org/rss/1.0/\" \
             xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><channel><title>News</title></channel><item>\
             <title>Ferry &amp;amp; crew return</title><link>https://a.example/ferry</link>\
             <dc:date>2026-03-01T10:00:00Z</dc:date></item></rdf:RDF>",
            "<feed xmlns=\"http://www.w3.org/2005/Atom\"><title>News</title><id>n</id><updated>2026-03-02T10:00:00Z</updated>\
             <entry><title type=\"html\">Ferry &amp;amp; &lt;b&gt;crew&lt;/b&gt; return</title><id>1</id>\
             <link rel=\"enclosure\" href=\"/ferry.mp3\"/><link href=\"../ferry\"/>\
             <published>2026-03-01T10:00:00Z</published><updated>2026-03-02T10:00:00Z</updated></entry></feed>",
            "{\"version\": \"https://jsonfeed.org/version/1.1\", \"title\": \"News\", \"items\": [{\"id\": \"1\", \
             \"url\": \"https://a.example/ferry\", \"title\": \"Ferry & crew return\", \
             \"date_published\": \"2026-03-01T10:00:00Z\"}]}",
        ] {
            let found: Vec<_> =
                found(feed).into_iter().map(|(url, title, date, _)| (url, title, date)).collect();
            assert_eq!(found, [(expected.0.clone(), expected.1.clone(), expected.2.clone())], "{feed}");
        }
    }

    #[test]
    fn a_whole_story_is_kept_and_a_teaser_is_not() {
        let story = "word ".repeat(200);
        let item = |inner: &str| {
            found(&format!(
                "<rss version=\"2.0\" xmlns:content=\"http://purl.org/rss/1.0/modules/content/\"><channel><item>\
                 <guid>https://a.example/1</guid>{inner}</item></channel></rss>"
            ))
            .remove(0)
        };
        let (url, .., content) = item(&format!("<description>{story}</description>"));
        assert_eq!((url.as_str(), content.is_some()), ("https://a.example/1", true));
        assert_eq!(item("<description>Only a teaser.</description>").3, None);
        let (.., content) = item(
            "<description>Teaser.</description><content:encoded><![CDATA[<p>Whole.</p>]]></content:encoded>",
        );
        assert_eq!(content.as_deref(), Some("<p>Whole.</p>"));
    }

    #[test]
    fn what_is_no_feed_is_refused_and_hostile_ones_are_read_in_bounded_depth() {
        let url = "https://a.example/".parse().unwrap();
        for text in ["", "<html><p>x</p></html>", "{}", "<rss version=\"2.0\">", "<rss", "<feed><entry>"] {
            match parse(text.as_bytes(), &url) {
                Ok(candidates) => assert_eq!(candidates, [], "{text}"),
                Err(failure) => assert_eq!(failure.class, FailureClass::WrongType, "{text}"),
            }
        }
        let deep = "<div>".repeat(100_000);
        let atom = format!(
            "<feed xmlns=\"http://www.w3.org/2005/Atom\"><entry><id>1</id><content type=\"xhtml\">{deep}"
        );
        for feed in [
            atom,
            format!("<rss version=\"2.0\"><channel><item>{deep}"),
            "[".repeat(100_000),
            "{\"a\":".repeat(100_000),
        ] {
            let _ = parse(feed.as_bytes(), &url);
        }
    }
}
