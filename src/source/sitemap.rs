//! Sitemaps (<https://www.sitemaps.org/protocol.html>): lists of URLs, news sitemaps with titles and dates, and indexes of
//! sitemaps, in XML or as plain lines, gzipped or not.

use std::io::{BufReader, Read};

use flate2::read::MultiGzDecoder;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use quick_xml::events::Event;
use url::Url;

use super::xml::Events;
use super::{Candidate, Location};
use crate::failure::{Failure, FailureClass};
use crate::state::source::Hints;

/// The most bytes of a sitemap that are read, unpacked; the protocol allows no more.
pub const MOST_BYTES: u64 = 50 * 1024 * 1024;

/// The most entries of a sitemap that are taken; the protocol allows no more.
pub const MOST_ENTRIES: usize = 50_000;

/// The longest text of an element that is kept, in bytes; the protocol allows URLs of 2,048.
const LONGEST_TEXT: usize = 4096;

/// What a sitemap holds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sitemap {
    /// The sitemaps that it names, with the times of their last changes.
    pub sitemaps: Vec<(Url, Option<Timestamp>)>,
    /// The pages that it names, in its order.
    pub candidates: Vec<Candidate>,
    /// Whether the rest was left out, because the sitemap is too large or breaks off.
    pub is_cut: bool,
}

/// Reads the sitemap at `url`.
///
/// # Errors
/// Bytes that are no sitemap (`wrong_type`).
pub fn parse(bytes: &[u8], url: &Url) -> Result<Sitemap, Failure> {
    let is_packed = bytes.starts_with(&[0x1F, 0x8B]);
    let reader: Box<dyn Read + '_> =
        if is_packed { Box::new(MultiGzDecoder::new(bytes)) } else { Box::new(bytes) };
    let mut reader = BufReader::new(reader.take(MOST_BYTES));
    let beginning = beginning(&mut reader);
    if beginning.starts_with(b"<") { read_xml(reader, url) } else { read_lines(reader, url) }
}

/// The first bytes, without the mark of an encoding and white space.
fn beginning(reader: &mut impl std::io::BufRead) -> Vec<u8> {
    let bytes = reader.fill_buf().unwrap_or_default();
    bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes).trim_ascii_start().iter().take(64).copied().collect()
}

/// The elements that matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Element {
    /// A sitemap or an index of them.
    Root,
    /// `url` or `sitemap`.
    Entry {
        is_sitemap: bool,
    },
    /// The `news` of a `url`.
    News,
    Location,
    LastChange,
    Title,
    Published,
    Other,
}

/// An entry while it is read.
#[derive(Debug, Default)]
struct Draft {
    location: String,
    last_change: String,
    title: String,
    published: String,
}

impl Draft {
    fn text(&mut self, element: Element) -> Option<&mut String> {
        match element {
            Element::Location => Some(&mut self.location),
            Element::LastChange => Some(&mut self.last_change),
            Element::Title => Some(&mut self.title),
            Element::Published => Some(&mut self.published),
            Element::Root | Element::Entry { .. } | Element::News | Element::Other => None,
        }
    }
}

fn read_xml(reader: impl std::io::BufRead, url: &Url) -> Result<Sitemap, Failure> {
    let mut events = Events::new(reader);
    let mut sitemap = Sitemap::default();
    let mut open: Vec<Element> = Vec::new();
    let mut draft = Draft::default();
    let mut is_one = false;
    loop {
        match events.next() {
            Ok(Event::Start(tag)) => {
                let element = element(open.last().copied(), tag.local_name().as_ref());
                is_one |= element == Element::Root;
                if let Element::Entry { .. } = element {
                    draft = Draft::default();
                }
                open.push(element);
            }
            Ok(Event::End(_)) => {
                if let Some(Element::Entry { is_sitemap }) = open.pop() {
                    take(&mut sitemap, &draft, is_sitemap, url);
                }
            }
            Ok(Event::Text(text)) => add(&mut draft, &open, &text),
            Ok(Event::CData(text)) => add(&mut draft, &open, &text),
            Ok(Event::GeneralRef(name)) => {
                let text = match name.resolve_char_ref() {
                    Ok(Some(letter)) => letter.to_string(),
                    Ok(None) | Err(_) => {
                        quick_xml::escape::resolve_predefined_entity(&name).unwrap_or_default().to_owned()
                    }
                };
                add(&mut draft, &open, &text);
            }
            Ok(Event::Eof) => {
                sitemap.is_cut |= !open.is_empty();
                break;
            }
            Ok(_) => {}
            Err(_) => {
                sitemap.is_cut = true;
                break;
            }
        }
        if sitemap.candidates.len() + sitemap.sitemaps.len() >= MOST_ENTRIES {
            sitemap.is_cut = true;
            break;
        }
    }
    if is_one { Ok(sitemap) } else { Err(none(url)) }
}

fn none(url: &Url) -> Failure {
    Failure::new(FailureClass::WrongType, format!("`{url}` is no sitemap"))
}

/// The element with this name inside `parent`. Pictures and videos have locations and titles of their own.
fn element(parent: Option<Element>, name: &str) -> Element {
    match (parent, name) {
        (None, "urlset" | "sitemapindex") => Element::Root,
        (Some(Element::Root), "url") => Element::Entry { is_sitemap: false },
        (Some(Element::Root), "sitemap") => Element::Entry { is_sitemap: true },
        (Some(Element::Entry { .. }), "loc") => Element::Location,
        (Some(Element::Entry { .. }), "lastmod") => Element::LastChange,
        (Some(Element::Entry { .. }), "news") => Element::News,
        (Some(Element::News), "title") => Element::Title,
        (Some(Element::News), "publication_date") => Element::Published,
        _ => Element::Other,
    }
}

fn add(draft: &mut Draft, open: &[Element], piece: &str) {
    if let Some(text) = open.last().and_then(|element| draft.text(*element))
        && text.len() + piece.len() <= LONGEST_TEXT
    {
        text.push_str(piece);
    }
}

/// Takes an entry that is complete. One without a usable location is none.
fn take(sitemap: &mut Sitemap, draft: &Draft, is_sitemap: bool, url: &Url) {
    let Some(location) = location(&draft.location, url) else { return };
    let last_change = date(&draft.last_change);
    if is_sitemap {
        sitemap.sitemaps.push((location, last_change));
        return;
    }
    let title = draft.title.split_whitespace().collect::<Vec<_>>().join(" ");
    let hints =
        Hints { title: Some(title).filter(|title| !title.is_empty()), published: date(&draft.published) };
    let source = location.as_str().to_owned();
    let changed = hints.published.or(last_change);
    sitemap.candidates.push(Candidate {
        hints,
        dated: changed,
        ..Candidate::at(source, Ok(Location::Web(location)))
    });
}

fn location(text: &str, base: &Url) -> Option<Url> {
    let mut url = base.join(text.trim()).ok().filter(|_| !text.trim().is_empty())?;
    url.set_fragment(None);
    matches!(url.scheme(), "http" | "https").then_some(url)
}

/// A date in one of the forms of the W3C (<https://www.w3.org/TR/NOTE-datetime>); without an offset it is UTC.
fn date(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    text.parse().ok().or_else(|| {
        let time: DateTime = text.parse().ok()?;
        TimeZone::UTC.to_timestamp(time).ok()
    })
}

/// Reads a sitemap that is a URL a line.
fn read_lines(mut reader: impl Read, url: &Url) -> Result<Sitemap, Failure> {
    let mut bytes = Vec::new();
    let is_whole = reader.read_to_end(&mut bytes).is_ok();
    let text = String::from_utf8_lossy(&bytes);
    let lines = text.trim_start_matches('\u{FEFF}').lines().map(str::trim).filter(|line| !line.is_empty());
    let mut sitemap = Sitemap { is_cut: !is_whole, ..Sitemap::default() };
    for line in lines {
        let Some(location) = Url::parse(line).ok().and_then(|_| location(line, url)) else {
            return Err(none(url));
        };
        if sitemap.candidates.len() >= MOST_ENTRIES {
            sitemap.is_cut = true;
            break;
        }
        sitemap.candidates.push(Candidate::at(location.as_str().to_owned(), Ok(Location::Web(location))));
    }
    if sitemap.candidates.is_empty() { Err(none(url)) } else { Ok(sitemap) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::io::Write;

    use super::*;

    fn url() -> Url {
        "https://a.example/sitemap.xml".parse().unwrap()
    }

    fn read(text: &str) -> Sitemap {
        parse(text.as_bytes(), &url()).unwrap()
    }

    const NEWS: &str = "\u{FEFF}<?xml version=\"1.0\"?><urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\" \
        xmlns:news=\"http://www.google.com/schemas/sitemap-news/0.9\" xmlns:image=\"http://www.google.com/schemas/sitemap-image/1.1\">\
        <url><loc> https://a.example/ferry?a=1&amp;b=2 </loc><lastmod>2026-03-02</lastmod>\
        <image:image><image:loc>https://a.example/ferry.jpg</image:loc><image:title>A boat</image:title></image:image>\
        <news:news><news:publication><news:name>News</news:name></news:publication>\
        <news:publication_date>2026-03-01T10:00+01:00</news:publication_date><news:title><![CDATA[Ferry & crew]]></news:title>\
        </news:news></url><url><loc>/harbour</loc><lastmod>2026-03-01T10:00:00</lastmod></url><url><lastmod>2026</lastmod></url></urlset>";

    #[test]
    fn pages_come_with_their_dates_and_news_with_their_titles() {
        let sitemap = read(NEWS);
        let [ferry, harbour] = sitemap.candidates.as_slice() else { panic!("{sitemap:?}") };
        assert_eq!(ferry.source, "https://a.example/ferry?a=1&b=2");
        let hints =
            Hints { title: Some("Ferry & crew".to_owned()), published: "2026-03-01T09:00:00Z".parse().ok() };
        assert_eq!((&ferry.hints, ferry.dated), (&hints, hints.published));
        assert_eq!(harbour.source, "https://a.example/harbour");
        assert_eq!((&harbour.hints, harbour.dated), (&Hints::default(), "2026-03-01T10:00:00Z".parse().ok()));
        assert!(!sitemap.is_cut);
    }

    #[test]
    fn an_index_names_sitemaps_and_a_gzipped_one_is_unpacked() {
        let index = "<sitemapindex><sitemap><loc>https://a.example/1.xml.gz</loc><lastmod>2026-03-01</lastmod></sitemap>\
            <sitemap><loc>https://a.example/2.xml</loc></sitemap></sitemapindex>";
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(index.as_bytes()).unwrap();
        let packed = encoder.finish().unwrap();
        for bytes in [index.as_bytes(), &packed] {
            let sitemaps = parse(bytes, &url()).unwrap().sitemaps;
            let expected = [("https://a.example/1.xml.gz", true), ("https://a.example/2.xml", false)];
            assert_eq!(
                sitemaps.iter().map(|(url, date)| (url.as_str(), date.is_some())).collect::<Vec<_>>(),
                expected
            );
        }
    }

    #[test]
    fn lines_of_urls_are_a_sitemap_and_other_things_are_none() {
        assert_eq!(read("https://a.example/1\r\n\r\nhttps://a.example/2\n").candidates.len(), 2);
        for text in [
            "",
            "hello",
            "<html><body></body></html>",
            "<rss version=\"2.0\"></rss>",
            "https://a.example/\nx y",
        ] {
            let failure = parse(text.as_bytes(), &url()).unwrap_err();
            assert_eq!(failure.class, FailureClass::WrongType, "{text}");
        }
    }

    #[test]
    fn a_sitemap_is_cut_at_its_bounds_and_where_it_breaks_off() {
        let entry = "<url><loc>https://a.example/x</loc></url>";
        let many = format!("<urlset>{}</urlset>", entry.repeat(MOST_ENTRIES + 5));
        let sitemap = read(&many);
        assert_eq!((sitemap.candidates.len(), sitemap.is_cut), (MOST_ENTRIES, true));
        let broken = read(&format!("<urlset>{entry}<url><loc>https://a.exam"));
        assert_eq!((broken.candidates.len(), broken.is_cut), (1, true));
        let deep = read(&format!("<urlset>{entry}{}", "<a>".repeat(300_000)));
        assert_eq!((deep.candidates.len(), deep.is_cut), (1, true));
        let bomb = format!("<urlset><url><loc>{}</loc></url>{entry}</urlset>", "x".repeat(3_000_000));
        assert_eq!(read(&bomb).candidates.len(), 1);
    }
}
