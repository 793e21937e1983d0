//! Opt-outs: what a page says against being used for text and data mining or for AI.
//!
//! Known are `noai` and `noimageai` among the directives for robots, and the reservation of the TDM Reservation Protocol
//! (W3C community group report, sections 4 and 6), in headers and in `<meta>`.

use reqwest::header::HeaderMap;

use super::prescan::Scan;

/// Directives for robots that opt out.
const DIRECTIVES: [&str; 2] = ["noai", "noimageai"];

/// Directives that have a value, so that what stands before their colon is no robot.
const WITH_VALUE: [&str; 4] = ["unavailable_after", "max-snippet", "max-image-preview", "max-video-preview"];

/// The name of the reservation, as a header and as a `<meta>`.
const RESERVATION: &str = "tdm-reservation";

/// Starts of elements whose content is no markup.
const RAW_TEXT: [&[u8]; 4] = [b"<script", b"<style", b"<title", b"<textarea"];

/// The opt-out in the headers of an answer, for the robot `agent`.
pub(super) fn in_headers(headers: &HeaderMap, agent: &str) -> Option<String> {
    let texts = |name| headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    texts("x-robots-tag")
        .find_map(|value| in_robots_tag(value, agent))
        .map(|directive| format!("x-robots-tag: {directive}"))
        .or_else(|| texts(RESERVATION).any(|value| value.trim() == "1").then(|| format!("{RESERVATION}: 1")))
}

/// The directive in an `X-Robots-Tag`, in which `name:` begins directives for one robot alone.
fn in_robots_tag(value: &str, agent: &str) -> Option<&'static str> {
    let mut is_for_us = true;
    for part in value.split(',') {
        let mut directive = part.trim();
        if let Some((name, rest)) = directive.split_once(':')
            && !name.contains(' ')
            && !WITH_VALUE.iter().any(|known| name.eq_ignore_ascii_case(known))
        {
            is_for_us = name.eq_ignore_ascii_case(agent);
            directive = rest.trim();
        }
        if let Some(known) = opt_out(directive).filter(|_| is_for_us) {
            return Some(known);
        }
    }
    None
}

fn opt_out(directive: &str) -> Option<&'static str> {
    DIRECTIVES.into_iter().find(|known| directive.eq_ignore_ascii_case(known))
}

/// The opt-out in the `<meta>` of a page, for the robot `agent`. The page is read byte by byte up to the end of its head,
/// so that one in UTF-16 says nothing.
pub(super) fn in_markup(bytes: &[u8], agent: &str) -> Option<String> {
    let mut scan = Scan { rest: bytes, unknown: None };
    while let Some(at) = memchr::memchr(b'<', scan.rest) {
        scan.skip(at);
        if scan.rest.starts_with(b"<!--") {
            let end = memchr::memmem::find(&scan.rest[2..], b"-->");
            scan.skip(end.map_or(usize::MAX, |end| end + 5));
        } else if scan.skip_meta() {
            if let Some(found) = in_meta(&mut scan, agent) {
                return Some(found);
            }
        } else if scan.is_at_tag(b"<body") || scan.is_at_tag(b"</head") {
            return None;
        } else if let Some(start) = RAW_TEXT.into_iter().find(|start| scan.is_at_tag(start)) {
            skip_raw_text(&mut scan, &start[1..]);
        } else {
            scan.skip(1);
        }
    }
    None
}

/// Skips the rest of the start tag of `name`, its content, and the beginning of its end tag.
fn skip_raw_text(scan: &mut Scan, name: &[u8]) {
    scan.skip_until(|byte| byte == b'>');
    while let Some(at) = memchr::memmem::find(scan.rest, b"</") {
        scan.skip(at + 2);
        if scan.rest.get(..name.len()).is_some_and(|found| found.eq_ignore_ascii_case(name)) {
            return;
        }
    }
    scan.skip(usize::MAX);
}

fn in_meta(scan: &mut Scan, agent: &str) -> Option<String> {
    let (mut name, mut content) = (None, None);
    while let Some((attribute, value)) = scan.attribute() {
        let text = || String::from_utf8_lossy(&value).trim().to_owned();
        match attribute.as_slice() {
            b"name" => name = name.or_else(|| Some(text())),
            b"content" => content = content.or_else(|| Some(text())),
            _ => {}
        }
    }
    let (name, content) = (name?, content?);
    if name == RESERVATION {
        return (content == "1").then(|| format!("meta {RESERVATION}: 1"));
    }
    if name != "robots" && !name.eq_ignore_ascii_case(agent) {
        return None;
    }
    let directive = content.split([',', ' ']).find_map(|part| opt_out(part.trim()))?;
    Some(format!("meta {name}: {directive}"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn headers_opt_out_by_a_directive_for_us_or_by_a_reservation() {
        for (name, value, expected) in [
            ("X-Robots-Tag", "noai", Some("x-robots-tag: noai")),
            ("X-Robots-Tag", "noindex, NoImageAI", Some("x-robots-tag: noimageai")),
            ("X-Robots-Tag", "PressClip: noai", Some("x-robots-tag: noai")),
            ("X-Robots-Tag", "otherbot: noindex, noai", None),
            ("X-Robots-Tag", "otherbot: noai, pressclip: noindex, noai", Some("x-robots-tag: noai")),
            ("X-Robots-Tag", "max-snippet: 20, noai", Some("x-robots-tag: noai")),
            (
                "X-Robots-Tag",
                "unavailable_after: Wed, 03 Dec 2025 13:09:53 GMT, noai",
                Some("x-robots-tag: noai"),
            ),
            ("X-Robots-Tag", "noindex, nofollow, noaid", None),
            ("TDM-Reservation", " 1", Some("tdm-reservation: 1")),
            ("TDM-Reservation", "0", None),
        ] {
            let name: reqwest::header::HeaderName = name.parse().unwrap();
            let headers = HeaderMap::from_iter([(name, value.parse().unwrap())]);
            assert_eq!(in_headers(&headers, "pressclip").as_deref(), expected, "{value}");
        }
    }

    #[test]
    fn markup_opts_out_in_the_meta_elements_of_its_head() {
        let late =
            format!("<head><script>{}</script><meta name=robots content=noai>", "x < y;".repeat(100_000));
        for (page, expected) in [
            ("<meta name=robots content=noai>", Some("meta robots: noai")),
            ("<META CONTENT='index, NOIMAGEAI' NAME='Robots'/>", Some("meta robots: noimageai")),
            ("<meta name=pressclip content='noindex noai'>", Some("meta pressclip: noai")),
            ("<meta name=tdm-reservation content=1>", Some("meta tdm-reservation: 1")),
            ("<meta name=tdm-reservation content=0>", None),
            ("<meta name=otherbot content=noai>", None),
            ("<meta name=description content=noai>", None),
            ("<meta name=robots content=index><meta name=robots content=noai>", Some("meta robots: noai")),
            ("<!-- <meta name=robots content=noai> -->", None),
            ("<!--><meta name=robots content=noai>", Some("meta robots: noai")),
            ("<script>'<meta name=robots content=noai>'</script>", None),
            ("<title></TITLE><meta name=robots content=noai>", Some("meta robots: noai")),
            ("<body><meta name=robots content=noai>", None),
            ("<head></head><p><meta name=robots content=noai>", None),
            ("<header><bodyguard><meta name=robots content=noai>", Some("meta robots: noai")),
            ("<script><meta name=robots content=noai>", None),
            ("<!-- <meta name=robots content=noai>", None),
            ("<meta name=robots content='noai", None),
            ("<meta name=robots>", None),
            ("<", None),
            (&late, Some("meta robots: noai")),
        ] {
            assert_eq!(in_markup(page.as_bytes(), "pressclip").as_deref(), expected, "{page:.200}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_markup(page in "(<|meta |name=|robots|content=|noai|'|\"|>|/|script|--|!|=| |x){0,40}") {
            in_markup(page.as_bytes(), "pressclip");
        }
    }
}
