//! A run: the text between two block-level boundaries while it is being collected.
//!
//! White space is collapsed as a browser does; links and emphasis are kept as byte ranges.

use std::ops::Range;

use crate::article::{Link, Mark, MarkKind};

use url::Url;

use super::{links, words};

/// What an inline element does to the text in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Span<'p> {
    /// A link, with its target as the page writes it.
    Link(&'p str),
    /// Emphasis.
    Mark(MarkKind),
}

const NO_BREAK_SPACE: char = '\u{A0}';

/// Text in the making.
#[derive(Debug, Default)]
pub(crate) struct Run<'p> {
    /// What the targets of links are relative to.
    base: Option<&'p Url>,
    text: String,
    /// White space was seen after the text; `true` inside when it held a line break of the source.
    space: Option<bool>,
    /// That white space is one no-break space and no more, as French sets before its marks.
    no_break: bool,
    /// How many `<br>` were seen after the text.
    breaks: usize,
    open: Vec<(Span<'p>, usize)>,
    links: Vec<Link>,
    marks: Vec<Mark>,
    pub(crate) characters: usize,
    pub(crate) linked: usize,
    pub(crate) strong: usize,
    pub(crate) anchors: usize,
}

/// A finished run.
#[derive(Debug, Default)]
pub(crate) struct Finished {
    pub(crate) text: String,
    pub(crate) links: Vec<Link>,
    pub(crate) marks: Vec<Mark>,
    /// Characters that are not white space.
    pub(crate) characters: usize,
    /// Those of them inside links.
    pub(crate) linked: usize,
    /// Those of them that are strong.
    pub(crate) strong: usize,
    /// Links that hold text.
    pub(crate) anchors: usize,
}

impl<'p> Run<'p> {
    /// A run whose links are relative to `base`.
    pub(crate) fn new(base: Option<&'p Url>) -> Self {
        Self { base, ..Self::default() }
    }

    /// Whether nothing but white space has come yet.
    pub(crate) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// The text so far.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Adds text with collapsible white space.
    pub(crate) fn push(&mut self, text: &str) {
        let linked = self.is_inside(|span| matches!(span, Span::Link(_)));
        let strong = self.is_inside(|span| matches!(span, Span::Mark(MarkKind::Strong)));
        let before = self.characters;
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            let plain = rest.bytes().position(|byte| !byte.is_ascii_graphic()).unwrap_or(rest.len());
            if plain > 0 {
                // Most text is words of such characters, which are copied in one go.
                let (word, after) = rest.split_at(plain);
                self.settle_space(c);
                self.text.push_str(word);
                self.characters += plain;
                rest = after;
                continue;
            }
            rest = rest.get(c.len_utf8()..).unwrap_or_default();
            if c == NO_BREAK_SPACE && self.space.is_none() && self.breaks == 0 && !self.text.is_empty() {
                self.no_break = true;
                self.space = Some(false);
            } else if c.is_whitespace() {
                self.no_break = false;
                let newline = c == '\n' || c == '\r';
                self.space = Some(self.space.unwrap_or(false) || newline);
            } else if !words::is_invisible(c) {
                self.settle_space(c);
                self.text.push(c);
                self.characters += 1;
            }
        }
        let added = self.characters - before;
        self.linked += if linked { added } else { 0 };
        self.strong += if strong { added } else { 0 };
    }

    /// Adds preformatted text: every space and line break counts.
    pub(crate) fn push_preformatted(&mut self, text: &str) {
        for c in text.chars().filter(|c| *c != '\r' && (*c == '\n' || *c == '\t' || !words::is_invisible(*c)))
        {
            self.text.push(c);
            self.characters += usize::from(!c.is_whitespace());
        }
    }

    /// Adds a line break and says how many have come in a row.
    pub(crate) fn push_break(&mut self) -> usize {
        self.breaks += 1;
        self.breaks
    }

    fn settle_space(&mut self, next: char) {
        let last = self.text.chars().next_back();
        if self.breaks > 0 && last.is_some() {
            self.text.push('\n');
        } else if let (Some(newline), Some(last)) = (self.space, last) {
            let joined = newline && words::joins_without_space(last) && words::joins_without_space(next);
            if !joined && last != '\n' {
                self.text.push(if self.no_break { NO_BREAK_SPACE } else { ' ' });
            }
        }
        self.space = None;
        self.no_break = false;
        self.breaks = 0;
    }

    fn is_inside(&self, test: impl Fn(Span<'_>) -> bool) -> bool {
        self.open.iter().any(|(span, _)| test(*span))
    }

    /// Begins an inline element.
    pub(crate) fn open(&mut self, span: Span<'p>) {
        self.open.push((span, self.text.len()));
    }

    /// Ends the inline element that was begun last.
    pub(crate) fn close(&mut self) {
        if let Some((span, start)) = self.open.pop() {
            self.record(span, start);
        }
    }

    fn record(&mut self, span: Span<'_>, start: usize) {
        let inside = self.text.get(start..).unwrap_or_default();
        let start = start + (inside.len() - inside.trim_start().len());
        let end = self.text.len();
        if start >= end {
            return;
        }
        match span {
            Span::Link(target) => {
                self.anchors += 1;
                if let Some(url) = links::absolute(target, self.base) {
                    self.links.push(Link { start, end, url });
                }
            }
            Span::Mark(kind) => match self.marks.last_mut() {
                Some(last) if last.kind == kind && last.end == start => last.end = end,
                _ => self.marks.push(Mark { start, end, kind }),
            },
        }
    }

    /// Ends the run. Inline elements that are still open go on in the next one.
    pub(crate) fn finish(&mut self) -> Finished {
        let open = std::mem::take(&mut self.open);
        for (span, start) in open.iter().rev() {
            self.record(*span, *start);
        }
        let next = Self::new(self.base);
        let run = std::mem::replace(self, next);
        self.open = open.into_iter().map(|(span, _)| (span, 0)).collect();
        let mut finished = Finished {
            text: run.text,
            links: run.links,
            marks: run.marks,
            characters: run.characters,
            linked: run.linked,
            strong: run.strong,
            anchors: run.anchors,
        };
        finished.links.sort_by_key(|link| (link.start, std::cmp::Reverse(link.end)));
        finished.marks.sort_by_key(|mark| (mark.start, std::cmp::Reverse(mark.end)));
        finished
    }
}

impl Finished {
    /// Puts a text before this one.
    pub(crate) fn put_front(&mut self, text: &str) {
        self.text.insert_str(0, text);
        self.characters += text.chars().filter(|c| !c.is_whitespace()).count();
        let links = self.links.iter_mut().map(|link| (&mut link.start, &mut link.end));
        let marks = self.marks.iter_mut().map(|mark| (&mut mark.start, &mut mark.end));
        for (start, end) in links.chain(marks) {
            *start += text.len();
            *end += text.len();
        }
    }

    /// Takes a part of the text away, and moves links and marks along.
    pub(crate) fn cut(&mut self, part: Range<usize>) {
        if self.text.get(part.clone()).is_none() {
            return;
        }
        self.text.drain(part.clone());
        let moved = |at: usize| if at < part.end { at.min(part.start) } else { at - part.len() };
        self.links.retain_mut(|link| {
            (link.start, link.end) = (moved(link.start), moved(link.end));
            link.start < link.end
        });
        self.marks.retain_mut(|mark| {
            (mark.start, mark.end) = (moved(mark.start), moved(mark.end));
            mark.start < mark.end
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(pieces: &[&str]) -> String {
        let mut run = Run::default();
        pieces.iter().for_each(|piece| run.push(piece));
        run.finish().text
    }

    #[test]
    fn white_space_collapses_and_a_line_break_between_ideographs_vanishes() {
        assert_eq!(text(&[" a \n b ", "\u{a0}c "]), "a b c");
        assert_eq!(text(&["qui\u{a0}? et\u{a0} non\u{a0}"]), "qui\u{a0}? et non");
        assert_eq!(text(&["東京で\n", "会議。\n「次」"]), "東京で会議。「次」");
        assert_eq!(text(&["T", "he fo\u{ad}x"]), "The fox");
    }

    #[test]
    fn links_and_marks_keep_to_their_text_across_runs() {
        let mut run = Run::default();
        run.push("see ");
        run.open(Span::Link("https://a.example/"));
        run.push(" this ");
        let first = run.finish();
        run.push("and that");
        run.close();
        run.push(" end");
        let second = run.finish();
        assert_eq!((first.links[0].start, first.links[0].end, first.linked), (4, 8, 4));
        assert_eq!((second.links[0].start, second.links[0].end, second.anchors), (0, 8, 1));
    }
}
