//! The further pages of one story.

use scraper::Node;
use url::Url;

use super::words::WORDS;
use crate::clean::links;
use crate::clean::parse::{Scripting, parse};

/// The longest link, in bytes, that may lead to a further page.
const LONGEST_LINK: usize = 2000;

/// The page after the page `number` of the story that begins at `first`, if the `text` of that page links to it: by
/// `rel=next`, or by a link whose URL is that of the story with the next number. Sites say `rel=next` of the next story, too,
/// so that the URL decides in any case.
pub fn next(text: &str, first: &Url, number: u32) -> Option<Url> {
    // Most pages are whole, and need not be parsed for that.
    if !may_go_on(text, first, number + 1) {
        return None;
    }
    let html = parse(text, Scripting::On).html;
    let base = links::base(&html, Some(first), None).unwrap_or_else(|| first.clone());
    html.tree.nodes().find_map(|node| {
        let Node::Element(element) = node.value() else { return None };
        if !matches!(element.name(), "a" | "link") {
            return None;
        }
        let mut target = base.join(element.attr("href")?.trim()).ok()?;
        target.set_fragment(None);
        is_page(first, number + 1, &target).then_some(target)
    })
}

/// Whether the markup may link to the page `next` of the story that begins at `first`: a look at what stands after `href=`,
/// since only few pages are worth a second parse.
fn may_go_on(text: &str, first: &Url, next: u32) -> bool {
    let number = next.to_string();
    let has_base = memchr::memmem::find(text.as_bytes(), b"<base").is_some();
    memchr::memmem::find_iter(text.as_bytes(), b"href=").any(|at| {
        let value = text.get(at + "href=".len()..).unwrap_or_default().trim_start_matches(['"', '\'']);
        let end = value.find(['"', '\'', '>', ' ', '\n']).unwrap_or(value.len());
        let value = &value[..end];
        // Where a base says what links are relative to, only the parser knows where they lead.
        value.len() <= LONGEST_LINK
            && has_alone(value, &number)
            && (has_base
                || first.join(&value.replace("&amp;", "&")).is_ok_and(|target| is_page(first, next, &target)))
    })
}

/// Whether the `number` stands in a link without further digits around it, as that of a page does and those of dates don't.
fn has_alone(link: &str, number: &str) -> bool {
    let is_digit = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_digit);
    let bytes = link.as_bytes();
    link.match_indices(number).any(|(at, _)| {
        let before = at.checked_sub(1).and_then(|before| bytes.get(before));
        !is_digit(before) && !is_digit(bytes.get(at + number.len()))
    })
}

/// Whether `target` is the page `number` of the story that begins at `first`.
fn is_page(first: &Url, number: u32, target: &Url) -> bool {
    let (story, own) = numbered(first);
    let (other, next) = numbered(target);
    // A front page has no further pages that belong to its story.
    target.host_str() == first.host_str() && own == 1 && next == number && story == other && story.0.len() > 1
}

/// The number of the page of a story, 1 without one, and the rest of its URL: path and query.
fn numbered(url: &Url) -> ((String, Vec<(String, String)>), u32) {
    let mut number = None;
    let mut query = Vec::new();
    for (name, value) in url.query_pairs() {
        match small(&value) {
            Some(page) if WORDS.pages.parameters.contains(name.to_lowercase().as_str()) => {
                number = Some(page)
            }
            Some(_) | None => query.push((name.into_owned(), value.into_owned())),
        }
    }
    let path = url.path().trim_end_matches('/');
    if number.is_some() {
        return ((path.to_owned(), query), number.unwrap_or(1));
    }
    let (path, number) = numbered_path(path);
    ((path, query), number)
}

/// A path without the number of the page, and the number.
fn numbered_path(path: &str) -> (String, u32) {
    let whole = || (path.to_owned(), 1);
    let Some((folder, last)) = path.rsplit_once('/') else { return whole() };
    // `/story/2`, and `/story/page/2`.
    if let Some(number) = small(last) {
        return match folder.rsplit_once('/') {
            Some((story, word)) if WORDS.pages.segments.contains(word) => (story.to_owned(), number),
            // A bare number may also be that of the story itself, as in `/story/1`; no page of one is first.
            _ if number > 1 => (folder.to_owned(), number),
            _ => whole(),
        };
    }
    // `/story/page-2`, `/story/seite2`, `/story-2.html`, `/story,2.html`, `/story_p2.html`.
    let (stem, ending) = match last.rsplit_once('.') {
        Some((stem, ending)) if ending.len() <= 6 => (stem, format!(".{ending}")),
        _ => (last, String::new()),
    };
    let digits = stem.len() - stem.trim_end_matches(|letter: char| letter.is_ascii_digit()).len();
    let (start, number) = stem.split_at(stem.len() - digits);
    let Some(number) = small(number) else { return whole() };
    let start = start.trim_end_matches(['-', '_', ',']);
    let word = start.rsplit(['-', '_', ',']).next().unwrap_or_default();
    let start = match WORDS.pages.segments.contains(word) {
        true => start[..start.len() - word.len()].trim_end_matches(['-', '_', ',']),
        false if number > 1 => start,
        false => return whole(),
    };
    match start {
        "" => (folder.to_owned(), number),
        start => (format!("{folder}/{start}{ending}"), number),
    }
}

/// A number that a page of a story may have.
fn small(text: &str) -> Option<u32> {
    text.parse().ok().filter(|number| (1..=99).contains(number) && !text.starts_with(['0', '+']))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn url(text: &str) -> Url {
        Url::parse("https://a.example/").unwrap().join(text).unwrap()
    }

    #[test]
    fn the_next_page_of_a_story_has_its_url_with_the_next_number() {
        for (first, target, expected) in [
            ("/ferry", "/ferry?page=2", true),
            ("/ferry?page=1", "/ferry?page=2", true),
            ("/ferry?page=2", "/ferry?page=2", false),
            ("/ferry", "/ferry?page=3", false),
            ("/ferry", "/ferry", false),
            ("/ferry/", "/ferry/2/", true),
            ("/ferry/41", "/ferry/42", false),
            ("/ferry/1", "/ferry/2", false),
            ("/ferry-1.html", "/ferry-2.html", false),
            ("/ferry", "/ferry/page/2", true),
            ("/ferry", "/ferry/seite-2", true),
            ("/ferry.html", "/ferry-2.html", true),
            ("/ferry.html", "/ferry,2.html", true),
            ("/a/ferry-p1.html", "/a/ferry-p2.html", true),
            ("/?id=5", "/?id=5&page=2", false),
            ("/story?id=5", "/story?id=5&page=2", true),
            ("/story?id=5", "/story?id=6&page=2", false),
            ("/ferry", "/harbour", false),
            ("/ferry", "/harbour/2", false),
            ("/news/2026/1", "/news/2026/2", false),
            ("/", "/page/2", false),
            ("/ferry", "https://b.example/ferry?page=2", false),
        ] {
            assert_eq!(is_page(&url(first), 2, &url(target)), expected, "{first} {target}");
        }
    }

    #[test]
    fn a_link_to_the_next_page_is_found_and_one_to_the_next_story_is_not() {
        let page = "<p>One.</p><a href='/harbour' rel=next>Next</a><a href='ferry?page=2'>2</a><a href='ferry?page=3'>3</a>";
        assert_eq!(next(page, &url("/ferry"), 1), Some(url("/ferry?page=2")));
        assert_eq!(next(page, &url("/ferry"), 2), Some(url("/ferry?page=3")));
        assert_eq!(next(page, &url("/ferry"), 3), None);
        assert_eq!(next("<link rel=next href=/harbour>", &url("/ferry"), 1), None);
    }
}
