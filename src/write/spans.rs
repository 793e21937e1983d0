//! Links and marks of a block as a proper nesting, which every markup language needs.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::ops::Range;

use super::inert::acts;
use super::tidy::{Breaks, Tidy, tidy};
use crate::article::{Block, MarkKind};

/// A text with styled spans that never cross: sorted by start, an outer span before the ones inside it.
#[derive(Debug)]
pub(super) struct Inline<'a> {
    /// The tidied text.
    pub(super) text: String,
    /// The spans, as bytes of `text`, none of them empty.
    pub(super) spans: Vec<Span<'a>>,
}

/// A styled run of text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Span<'a> {
    /// First byte.
    pub(super) start: usize,
    /// One past the last byte.
    pub(super) end: usize,
    /// How the text is styled.
    pub(super) style: Style<'a>,
}

/// How a span is styled; spans of one extent nest in this order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Style<'a> {
    /// A link to a URL that is safe to follow and to write between quotes or angle brackets.
    Link(Cow<'a, str>),
    /// Strong importance.
    Strong,
    /// Stress.
    Emphasis,
    /// Code, inside which there are no other spans.
    Code,
}

/// A step of a walk through an [`Inline`].
#[derive(Debug)]
pub(super) enum Step<'a> {
    /// A span opens.
    Open(&'a Span<'a>),
    /// The span that was opened last closes.
    Close(&'a Span<'a>),
    /// Bytes of the text between two boundaries.
    Text(Range<usize>),
}

/// Moves the ends of a mark to where a markup language can have them; an empty range drops the mark.
pub(super) type Fit = fn(&str, Range<usize>) -> Range<usize>;

/// The text of `block` with its links and marks.
///
/// Links win over marks; of two spans that cross, the one that starts later is dropped. Ranges that are no
/// ranges of the text and links that lead elsewhere than http, https and mailto are left out.
pub(super) fn nest(block: &Block, breaks: Breaks, fit: Fit) -> Inline<'_> {
    let tidy = tidy(&block.text, breaks);
    let place = |start, end| place(&block.text, &tidy, start, end);

    let mut links: Vec<Span> = Vec::new();
    for link in &block.links {
        if let (Some(range), Some(url)) = (place(link.start, link.end), safe_url(&link.url)) {
            links.push(Span { start: range.start, end: range.end, style: Style::Link(url) });
        }
    }
    sort(&mut links);
    let mut free_from = 0;
    links.retain_mut(|link| {
        let is_free = link.start >= free_from;
        if is_free {
            free_from = link.end;
            let inner = trimmed(&tidy.text, link.start..link.end);
            (link.start, link.end) = (inner.start, inner.end);
        }
        is_free && link.start < link.end
    });

    let mut marks = Vec::new();
    for kind in [MarkKind::Strong, MarkKind::Emphasis, MarkKind::Code] {
        let ranges = block.marks.iter().filter(|mark| mark.kind == kind);
        // Only ranges that are apart are looked into, so many of them take no longer than one.
        let ranges = merged(ranges.filter_map(|mark| place(mark.start, mark.end)).collect());
        let ranges = ranges.into_iter().map(|range| fit(&tidy.text, range)).filter(|range| !range.is_empty());
        marks.extend(ranges.map(|range| Span::mark(range, kind)));
    }
    marks.retain(|mark| agrees_with_links(mark, &links));
    sort(&mut marks);

    let mut open: Vec<(usize, bool)> = Vec::new();
    marks.retain(|mark| {
        while open.pop_if(|(end, _)| *end <= mark.start).is_some() {}
        let fits = open.last().is_none_or(|&(end, is_code)| mark.end <= end && !is_code);
        if fits {
            open.push((mark.end, mark.style == Style::Code));
        }
        fits
    });

    let mut spans = links;
    spans.extend(marks);
    sort(&mut spans);
    Inline { text: tidy.text, spans }
}

/// Calls `visit` with the boundaries and the texts between them, in order.
pub(super) fn walk<'a>(inline: &'a Inline<'a>, mut visit: impl FnMut(Step<'a>)) {
    let mut open: Vec<&Span> = Vec::new();
    let mut done = 0;
    let mut text_to = |end: usize, visit: &mut dyn FnMut(Step<'a>)| {
        if end > done {
            visit(Step::Text(done..end));
            done = end;
        }
    };
    for span in &inline.spans {
        while let Some(closed) = open.pop_if(|open| open.end <= span.start) {
            text_to(closed.end, &mut visit);
            visit(Step::Close(closed));
        }
        text_to(span.start, &mut visit);
        visit(Step::Open(span));
        open.push(span);
    }
    while let Some(closed) = open.pop() {
        text_to(closed.end, &mut visit);
        visit(Step::Close(closed));
    }
    text_to(inline.text.len(), &mut visit);
}

/// `url` if it leads to http, https or mailto, with everything percent-encoded that could end a quoted or
/// bracketed URL, start markup or act on a terminal.
pub(super) fn safe_url(url: &str) -> Option<Cow<'_, str>> {
    let url = url.trim();
    let has_scheme =
        |scheme: &str| url.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    if !["http://", "https://", "mailto:"].into_iter().any(has_scheme) {
        return None;
    }
    let is_unsafe = |c: char| c.is_whitespace() || acts(c) || matches!(c, '<' | '>' | '"' | '\\' | '`');
    if !url.contains(is_unsafe) {
        return Some(Cow::Borrowed(url));
    }
    let mut encoded = String::with_capacity(url.len() + 16);
    for c in url.chars() {
        if is_unsafe(c) {
            let mut bytes = [0; 4];
            encoded.extend(c.encode_utf8(&mut bytes).bytes().map(|byte| format!("%{byte:02X}")));
        } else {
            encoded.push(c);
        }
    }
    Some(Cow::Owned(encoded))
}

/// `range` without white space at its ends: enough for languages whose tags can stand anywhere.
pub(super) fn trimmed(text: &str, range: Range<usize>) -> Range<usize> {
    let inner = &text[range.clone()];
    let start = range.start + inner.len() - inner.trim_start().len();
    start..start + inner.trim().len()
}

impl Span<'_> {
    /// A mark over `range`.
    fn mark(range: Range<usize>, kind: MarkKind) -> Self {
        let style = match kind {
            MarkKind::Strong => Style::Strong,
            MarkKind::Emphasis => Style::Emphasis,
            MarkKind::Code => Style::Code,
        };
        Self { start: range.start, end: range.end, style }
    }
}

/// The bytes of the tidied text to which `start..end` of the source has come, when they are a range at all.
fn place(source: &str, tidy: &Tidy, start: usize, end: usize) -> Option<Range<usize>> {
    source.get(start..end)?;
    let range = tidy.place(start)..tidy.place(end);
    (!range.is_empty()).then_some(range)
}

/// `ranges` sorted, with those that overlap or touch made one.
fn merged(mut ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    ranges.sort_by_key(|range| range.start);
    ranges.dedup_by(|later, earlier| {
        let touches = later.start <= earlier.end;
        if touches {
            earlier.end = earlier.end.max(later.end);
        }
        touches
    });
    ranges
}

/// Whether `mark` crosses none of `links`; code must not have one inside either.
fn agrees_with_links(mark: &Span, links: &[Span]) -> bool {
    let around = |at: usize| {
        let link = links.get(links.partition_point(|link| link.end <= at))?;
        (link.start < at).then_some(link)
    };
    let starts_well = around(mark.start).is_none_or(|link| mark.end <= link.end);
    let ends_well = around(mark.end).is_none_or(|link| link.start <= mark.start);
    let first_inside = links.get(links.partition_point(|link| link.start < mark.start));
    let holds_link = first_inside
        .is_some_and(|link| link.end <= mark.end && (link.start, link.end) != (mark.start, mark.end));
    starts_well && ends_well && !(mark.style == Style::Code && holds_link)
}

/// Sorts spans so that an outer one comes before the ones inside it.
fn sort(spans: &mut [Span]) {
    spans.sort_by(|a, b| (a.start, Reverse(a.end), &a.style).cmp(&(b.start, Reverse(b.end), &b.style)));
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::article::{Link, Mark};
    use proptest::prelude::*;

    #[test]
    fn only_links_that_can_be_followed_without_harm_are_safe() {
        for url in
            ["javascript:alert(1)", "data:text/html,x", "vbscript:x", "java\tscript:x", "/path", "", "é"]
        {
            assert_eq!(safe_url(url), None, "{url}");
        }
        assert_eq!(
            safe_url(" HTTPS://a.example/\" onclick=x ").unwrap(),
            "HTTPS://a.example/%22%20onclick=x"
        );
        assert_eq!(
            safe_url("http://a.example/\u{202e}\n`<\\").unwrap(),
            "http://a.example/%E2%80%AE%0A%60%3C%5C"
        );
    }

    proptest! {
        #[test]
        fn spans_nest_whatever_their_ranges(
            text in "[ab é\\n]{0,12}",
            ranges in prop::collection::vec((0_usize..16, 0_usize..16, 0_usize..4), 0..8),
        ) {
            let mut block = Block { text, ..Block::default() };
            for (start, end, sort) in ranges {
                match [MarkKind::Strong, MarkKind::Emphasis, MarkKind::Code].get(sort) {
                    Some(&kind) => block.marks.push(Mark { start, end, kind }),
                    None => block.links.push(Link { start, end, url: "https://a.example/".to_owned() }),
                }
            }
            let inline = nest(&block, Breaks::Keep, trimmed);
            let (mut text, mut open) = (String::new(), Vec::new());
            walk(&inline, |step| match step {
                Step::Open(span) => {
                    assert!(open.iter().all(|outer: &&Span| span.end <= outer.end && outer.style != Style::Code));
                    open.push(span);
                }
                Step::Close(span) => assert_eq!(open.pop(), Some(span)),
                Step::Text(range) => text.push_str(&inline.text[range]),
            });
            prop_assert!(open.is_empty());
            prop_assert_eq!(text, inline.text);
        }
    }
}
