//! Writing XML: elements around elements, and elements with the text of a block.

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

use crate::article::Block;
use crate::write::spans::{Step, Style, nest, trimmed, walk};
use crate::write::tidy::Breaks;

/// A document that grows in memory.
pub(super) struct Xml(Writer<Vec<u8>>);

impl Xml {
    pub(super) fn new() -> Self {
        let mut xml = Self(Writer::new(Vec::new()));
        xml.event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)));
        xml.line_break();
        xml
    }

    /// What was written.
    pub(super) fn finish(self) -> String {
        String::from_utf8(self.0.into_inner()).expect("text stays text")
    }

    fn event(&mut self, event: Event<'_>) {
        self.0.write_event(event).expect("memory takes what is written");
    }

    fn start<'n>(name: &'n str, attributes: &[(&str, &str)]) -> BytesStart<'n> {
        let mut start = BytesStart::new(name);
        for (key, value) in attributes {
            start.push_attribute((*key, legal(value).as_str()));
        }
        start
    }

    pub(super) fn open(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.event(Event::Start(Self::start(name, attributes)));
    }

    pub(super) fn close(&mut self, name: &str) {
        self.event(Event::End(BytesEnd::new(name)));
        self.line_break();
    }

    pub(super) fn empty(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.event(Event::Empty(Self::start(name, attributes)));
        self.line_break();
    }

    fn text(&mut self, text: &str) {
        self.event(Event::Text(BytesText::new(&legal(text))));
    }

    pub(super) fn line_break(&mut self) {
        self.event(Event::Text(BytesText::from_escaped("\n")));
    }

    /// An element with elements in it.
    pub(super) fn around(&mut self, name: &str, attributes: &[(&str, &str)], inner: impl FnOnce(&mut Self)) {
        self.open(name, attributes);
        self.line_break();
        inner(self);
        self.close(name);
    }

    /// An element with text in it.
    pub(super) fn leaf(&mut self, name: &str, attributes: &[(&str, &str)], text: &str) {
        self.open(name, attributes);
        self.text(text);
        self.close(name);
    }

    /// An element with the text of a block, its links and marks in it.
    pub(super) fn inline(&mut self, name: &str, attributes: &[(&str, &str)], block: &Block) {
        self.open(name, attributes);
        self.runs(block);
        self.close(name);
    }

    pub(super) fn runs(&mut self, block: &Block) {
        let inline = nest(block, Breaks::Keep, trimmed);
        walk(&inline, |step| match step {
            Step::Open(span) => match &span.style {
                Style::Link(url) => self.open("ref", &[("target", url)]),
                Style::Strong => self.open("hi", &[("rend", "bold")]),
                Style::Emphasis => self.open("hi", &[("rend", "italic")]),
                Style::Code => self.open("hi", &[("rend", "code")]),
            },
            Step::Close(span) => {
                let name = if matches!(span.style, Style::Link(_)) { "ref" } else { "hi" };
                self.event(Event::End(BytesEnd::new(name)));
            }
            Step::Text(range) => {
                for (number, line) in inline.text[range].split('\n').enumerate() {
                    if number > 0 {
                        self.event(Event::Empty(BytesStart::new("lb")));
                    }
                    self.text(line);
                }
            }
        });
    }
}

/// `text` without the characters that XML does not have (XML 1.0, section 2.2).
pub(super) fn legal(text: &str) -> String {
    let is_legal = |c: &char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    text.chars().filter(is_legal).collect()
}
