//! Text with links and marks as CommonMark.
//!
//! CommonMark has no tags but runs of `*`, which open and close by what stands beside them (section 6.2). A mark
//! whose delimiters would not be read as such is moved inwards, or dropped where that is of no help.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::super::spans::{Inline, Span, Step, Style, nest, trimmed, walk};
use super::super::tidy::Breaks;
use super::escape::{Around, escape};
use crate::article::Block;

/// The text of `block` with its links and marks; hard breaks end in `\` and `\n`.
///
/// Text whose breaks are joined is taken to stand behind other markup on its line, as in a heading or a cell.
pub(super) fn inline(block: &Block, breaks: Breaks) -> String {
    let mut inline = nest(block, breaks, between_words);
    keep_readable(&mut inline);
    write(&inline, breaks)
}

/// `text` without links and marks, on one line.
pub(super) fn plain(text: &str) -> String {
    inline(&Block { text: text.to_owned(), ..Block::default() }, Breaks::Join)
}

/// Whether `c` is surely a letter or a digit for every reader: neither white space nor punctuation nor symbol.
pub(super) fn is_word(c: char) -> bool {
    // Circled and squared letters are alphabetic symbols.
    c.is_alphanumeric() && !matches!(c, '\u{24b6}'..='\u{24e9}' | '\u{1f130}'..='\u{1f189}')
}

/// Whether `c` is surely white space or punctuation for every reader; symbols became punctuation in
/// CommonMark 0.31.
fn is_gap(c: char) -> bool {
    c.is_ascii_punctuation()
        || matches!(c, ' ' | '\n' | '\u{a0}' | '\u{3000}')
        || matches!(c, '¡' | '«' | '»' | '¿' | '\u{2010}'..='\u{2027}' | '\u{3001}' | '\u{3002}')
        || matches!(c, '\u{3008}'..='\u{3011}' | '（' | '）' | '，')
}

/// The range over which `*` can open and close: each end has a letter inside or a gap outside.
fn between_words(text: &str, range: Range<usize>) -> Range<usize> {
    let mut range = trimmed(text, range);
    let inside = &text[range.clone()];
    if !opens_after(text, range.start) && !inside.starts_with(is_word) {
        range.start += inside.find(is_word).unwrap_or(inside.len());
    }
    let inside = &text[range.clone()];
    if !closes_before(text, range.end) && !inside.ends_with(is_word) {
        range.end = range.start
            + inside
                .rfind(is_word)
                .map_or(0, |last| last + inside[last..].chars().next().map_or(0, char::len_utf8));
    }
    range
}

/// Whether a delimiter at `at` opens even before punctuation.
fn opens_after(text: &str, at: usize) -> bool {
    text[..at].chars().next_back().is_none_or(is_gap)
}

/// Whether a delimiter at `at` closes even after punctuation.
fn closes_before(text: &str, at: usize) -> bool {
    text[at..].chars().next().is_none_or(is_gap)
}

/// Drops the marks that could be misread beside the other spans.
fn keep_readable(inline: &mut Inline) {
    let text = &inline.text;
    // Line breaks in code would become spaces.
    inline.spans.retain(|span| span.style != Style::Code || !text[span.start..span.end].contains('\n'));

    // A mark that begins or ends together with a link or code inside it has punctuation at that end.
    let mut ends_by_start = HashMap::new();
    let mut starts_by_end = HashMap::new();
    for span in inline.spans.iter().filter(|span| !is_emphasis(span)) {
        ends_by_start.insert(span.start, span.end);
        starts_by_end.insert(span.end, span.start);
    }
    // Runs of `*` that touch are read as one, which is sound only when both marks have the same extent.
    let (mut starts, mut ends) = (HashSet::new(), HashSet::new());
    let mut extents = HashSet::new();
    inline.spans.retain(|span| {
        if !is_emphasis(span) {
            return true;
        }
        let opens =
            ends_by_start.get(&span.start).is_none_or(|&end| end > span.end) || opens_after(text, span.start);
        let closes = starts_by_end.get(&span.end).is_none_or(|&start| start < span.start)
            || closes_before(text, span.end);
        let touches = [span.start, span.end].iter().any(|at| starts.contains(at) || ends.contains(at));
        let is_kept = opens && closes && (!touches || extents.contains(&(span.start, span.end)));
        if is_kept {
            starts.insert(span.start);
            ends.insert(span.end);
            extents.insert((span.start, span.end));
        }
        is_kept
    });
}

/// Whether the span is written with `*`.
fn is_emphasis(span: &Span) -> bool {
    matches!(span.style, Style::Strong | Style::Emphasis)
}

/// Writes text and delimiters.
fn write(inline: &Inline, breaks: Breaks) -> String {
    let count = |c| inline.text.chars().filter(|&other| other == c).count();
    let has = |wanted: fn(&Span) -> bool| inline.spans.iter().any(wanted);
    let lone_star = count('*') == 1 && !has(is_emphasis);
    let lone_backtick = count('`') == 1 && !has(|span| span.style == Style::Code);
    let lone_underscore = count('_') == 1;
    let inside_line = breaks == Breaks::Join;
    let is_link = |span: &&Span| matches!(span.style, Style::Link(_));
    let link_starts: HashSet<usize> = inline.spans.iter().filter(is_link).map(|link| link.start).collect();

    let mut markdown = String::with_capacity(inline.text.len() + 16);
    let (mut in_link, mut in_code) = (false, false);
    walk(inline, |step| match step {
        Step::Open(span) => match span.style {
            Style::Link(_) => {
                in_link = true;
                markdown.push('[');
            }
            Style::Strong => markdown.push_str("**"),
            Style::Emphasis => markdown.push('*'),
            Style::Code => in_code = true,
        },
        Step::Close(span) => match &span.style {
            Style::Link(url) => {
                in_link = false;
                markdown.push_str("](");
                markdown.push_str(&destination(url));
                markdown.push(')');
            }
            Style::Strong => markdown.push_str("**"),
            Style::Emphasis => markdown.push('*'),
            Style::Code => in_code = false,
        },
        Step::Text(range) if in_code => markdown.push_str(&code(&inline.text[range])),
        Step::Text(range) => {
            let before_link = link_starts.contains(&range.end);
            let around =
                Around { inside_line, lone_star, lone_underscore, lone_backtick, in_link, before_link };
            escape(&mut markdown, &inline.text, range, around);
        }
    });
    markdown
}

/// `url` as the destination of a link; nothing else in it could be read as markup but entities.
fn destination(url: &str) -> String {
    let url = if url.contains(';') { Cow::Owned(url.replace('&', "\\&")) } else { Cow::Borrowed(url) };
    if url.contains(['(', ')']) { format!("<{url}>") } else { url.into_owned() }
}

/// `text` as code within a line, between more backticks than any run in it.
fn code(text: &str) -> String {
    let fence = "`".repeat(longest_run_of_backticks(text) + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// The length of the longest run of backticks in `text`.
pub(super) fn longest_run_of_backticks(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::article::{Link, Mark, MarkKind};
    use proptest::prelude::*;
    use pulldown_cmark::{Event, Parser, Tag};

    fn block(text: &str, marks: &[(MarkKind, usize, usize)], links: &[(usize, usize, &str)]) -> Block {
        Block {
            text: text.to_owned(),
            marks: marks.iter().map(|&(kind, start, end)| Mark { start, end, kind }).collect(),
            links: links.iter().map(|&(start, end, url)| Link { start, end, url: url.to_owned() }).collect(),
            ..Block::default()
        }
    }

    /// What a reader of CommonMark sees: the text, and the spans in the order in which they open.
    fn read(markdown: &str) -> (String, Vec<(usize, usize, String)>) {
        let (mut text, mut spans, mut open) = (String::new(), Vec::new(), Vec::new());
        for event in Parser::new(markdown) {
            match event {
                Event::Start(tag) => {
                    open.push(spans.len());
                    spans.push((
                        text.len(),
                        0,
                        match tag {
                            Tag::Link { dest_url, .. } => dest_url.into_string(),
                            tag => format!("{:?}", tag.to_end()),
                        },
                    ));
                }
                Event::End(_) => spans[open.pop().unwrap()].1 = text.len(),
                Event::Text(part) => text.push_str(&part),
                Event::Code(part) => {
                    spans.push((text.len(), text.len() + part.len(), "Code".to_owned()));
                    text.push_str(&part);
                }
                Event::HardBreak => text.push('\n'),
                other => text.push_str(&format!("[{other:?}]")),
            }
        }
        spans.retain(|span| span.2 != "Paragraph");
        (text, spans)
    }

    #[track_caller]
    fn check(block: &Block, expected: &str) {
        assert_eq!(inline(block, Breaks::Keep), expected);
    }

    #[test]
    fn marks_and_links_are_written_where_they_were() {
        let marks = [(MarkKind::Strong, 0, 4), (MarkKind::Emphasis, 4, 8), (MarkKind::Code, 8, 11)];
        check(&block("one two a`b", &marks, &[]), "**one** *two* ``a`b``");
        let link = [(0, 3, "https://a.example/x_(y)?a=b;c&d")];
        check(
            &block("one!", &[(MarkKind::Strong, 0, 3)], &link),
            r"[**one**](<https://a.example/x_(y)?a=b;c\&d>)!",
        );
        check(&block("Hi!there", &[], &[(3, 8, "mailto:a@a.example")]), r"Hi\![there](mailto:a@a.example)");
        check(&block("a]b", &[], &[(0, 3, "javascript:x")]), "a]b");
    }

    #[test]
    fn emphasis_moves_inwards_to_where_it_can_be_read() {
        check(&block("Title.Text", &[(MarkKind::Strong, 0, 6)], &[]), "**Title**.Text");
        check(&block("a “b” c", &[(MarkKind::Emphasis, 2, 9)], &[]), "a *“b”* c");
        check(&block("x“b”x", &[(MarkKind::Emphasis, 1, 8)], &[]), "x“*b*”x");
        check(&block("x--x", &[(MarkKind::Emphasis, 1, 3)], &[]), "x--x");
    }

    #[test]
    fn marks_that_cross_or_are_no_ranges_are_dropped() {
        let crossing = [(MarkKind::Strong, 0, 5), (MarkKind::Emphasis, 2, 8)];
        check(&block("abcdefgh", &crossing, &[]), "**abcde**fgh");
        check(
            &block("abcdefgh", &crossing, &[(4, 6, "https://a.example/")]),
            "ab*cd[ef](https://a.example/)gh*",
        );
        check(
            &block("é", &[(MarkKind::Strong, 1, 2), (MarkKind::Code, 0, 9), (MarkKind::Code, 2, 0)], &[]),
            "é",
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1000))]

        #[test]
        fn a_reader_sees_the_text_and_the_spans_that_were_written(
            text in "[-ab\\PC(\\[\\]<&;#*_`~|\\\\!. \\n“é€新\u{0}]{0,16}",
            marks in prop::collection::vec((0_usize..3, 0_usize..20, 0_usize..20), 0..6),
            links in prop::collection::vec((0_usize..20, 0_usize..20, "https://[a-z()\\[\\]*_`&;\\\\<> !'\"é]{0,8}"), 0..3),
        ) {
            let kinds = [MarkKind::Strong, MarkKind::Emphasis, MarkKind::Code];
            let marks: Vec<_> = marks.into_iter().map(|(kind, start, end)| (kinds[kind], start, end)).collect();
            let links: Vec<_> = links.iter().map(|(start, end, url)| (*start, *end, url.as_str())).collect();
            let block = block(&text, &marks, &links);
            let mut written = nest(&block, Breaks::Keep, between_words);
            keep_readable(&mut written);
            let mut expected: Vec<_> = written.spans.iter().map(|span| (span.start, span.end, match &span.style {
                Style::Link(url) => url.to_string(),
                style => format!("{style:?}"),
            })).collect();
            let (text, mut spans) = read(&write(&written, Breaks::Keep));
            prop_assert_eq!(text, written.text);
            expected.sort();
            spans.sort();
            prop_assert_eq!(spans, expected);
        }
    }
}
