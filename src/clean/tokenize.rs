//! The tokenizer: from the text of a page to the tokens that html5ever's tree builder asks for.
//!
//! html5ever's own tokenizer takes its input in pieces and character by character. With the whole page in hand the
//! states of the standard shrink to a few searches for the next telling byte, and names and texts are shared instead
//! of copied. Tests hold the trees of both against each other.
//!
//! Source: "13.2.5 Tokenization" of the HTML standard. Of comments only their place is kept, and nothing of the
//! scripts and styles that nobody reads.

mod references;

use std::borrow::Cow;
use std::cell::RefCell;

use foldhash::{HashMap, HashMapExt};
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{
    BufferQueue, Doctype, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer as Html5ever,
    TokenizerOpts,
};
use html5ever::{Attribute, LocalName, QualName, local_name, ns};
use memchr::{memchr, memchr3, memmem};

use super::scan;

/// Attributes of a tag that are kept: each new one is compared with all before it. Real tags have a few dozen.
const MAX_ATTRIBUTES: usize = 1_000;

/// Stands for the line of every token: nobody asks.
const LINE: u64 = 1;

/// What became of a page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Outcome {
    /// A tag had more attributes than are kept.
    pub(super) dropped_attributes: bool,
    /// The page was left before its end.
    pub(super) cut_short: bool,
}

/// Gives the tokens of `text` to `sink`, for as long as `goes_on` says so.
///
/// Line ends must be plain line feeds already; see [`with_line_feeds`].
pub(super) fn tokenize(text: &str, sink: &impl TokenSink, goes_on: impl Fn() -> bool) -> Outcome {
    let mut tokenizer = Tokenizer {
        text,
        shared: StrTendril::from_slice(text),
        at: 0,
        names: HashMap::new(),
        outcome: Outcome::default(),
        sink,
    };
    tokenizer.skip_byte_order_mark();
    while tokenizer.at < text.len() {
        if !goes_on() {
            tokenizer.outcome.cut_short = true;
            break;
        }
        tokenizer.data();
    }
    tokenizer.emit(Token::EOFToken);
    sink.end();
    tokenizer.outcome
}

/// The text with every line end as a line feed, as "13.2.3.5 Preprocessing the input stream" has it.
pub(super) fn with_line_feeds(text: &str) -> Cow<'_, str> {
    if memchr(b'\r', text.as_bytes()).is_none() {
        return text.into();
    }
    let mut out = String::with_capacity(text.len());
    let mut lines = text.split('\r');
    out.extend(lines.next());
    for line in lines {
        if !line.starts_with('\n') {
            out.push('\n');
        }
        out.push_str(line);
    }
    out.into()
}

struct Tokenizer<'t, S> {
    text: &'t str,
    /// The text again, for tokens that share it.
    shared: StrTendril,
    at: usize,
    /// Names of elements and attributes that were seen: to intern one costs more than to find it here.
    names: HashMap<&'t str, LocalName>,
    outcome: Outcome,
    sink: &'t S,
}

impl<'t, S: TokenSink> Tokenizer<'t, S> {
    /// Text up to the next tag, and that tag.
    fn data(&mut self) {
        let start = self.at;
        // Most text has nothing to resolve.
        let telling = self.find(start, |text| memchr3(b'<', b'&', 0, text));
        self.at = self.find(telling, |text| memchr(b'<', text));
        if telling == self.at {
            self.emit_text(self.share(start, self.at));
        } else {
            self.visible_text(start, self.at, true);
        }
        let Some((_, after)) = self.rest().split_at_checked(1) else { return };
        match after.as_bytes() {
            [b'/', b'a'..=b'z' | b'A'..=b'Z', ..] => {
                self.at += 2;
                self.tag(TagKind::EndTag);
            }
            [b'a'..=b'z' | b'A'..=b'Z', ..] => {
                self.at += 1;
                self.tag(TagKind::StartTag);
            }
            [b'!', ..] => self.declaration(after),
            [b'/', b'>', ..] => self.at += 3,
            [b'?', ..] | [b'/', _, ..] => self.bogus_comment(),
            [b'/'] => {
                self.emit_text("</".into());
                self.at += 2;
            }
            _ => {
                self.emit_text("<".into());
                self.at += 1;
            }
        }
    }

    /// Text in which the tree builder wants to see each NUL by itself.
    fn visible_text(&self, start: usize, end: usize, with_references: bool) {
        let mut start = start;
        loop {
            let null = self.text.as_bytes().get(start..end).and_then(|piece| memchr(0, piece));
            let stop = null.map_or(end, |length| start + length);
            self.emit_text(if with_references {
                self.resolved(start, stop, false)
            } else {
                self.share(start, stop)
            });
            if null.is_none() {
                return;
            }
            self.emit(Token::NullCharacterToken);
            start = stop + 1;
        }
    }

    /// What begins with `<!`; `after` is the text after the `<`.
    fn declaration(&mut self, after: &'t str) {
        let is_doctype = after.get(1..8).is_some_and(|name| name.eq_ignore_ascii_case("doctype"));
        if let Some(comment) = after.strip_prefix("!--") {
            self.emit(Token::CommentToken(StrTendril::new()));
            self.at += 4 + comment_end(comment.as_bytes());
        } else if is_doctype {
            let start = self.at;
            self.skip_behind(b'>');
            self.emit(Token::DoctypeToken(doctype(self.text.get(start..self.at).unwrap_or_default())));
        } else if after.starts_with("![CDATA[")
            && self.sink.adjusted_current_node_present_but_not_in_html_namespace()
        {
            let start = self.at + "<![CDATA[".len();
            let end = memmem::find(self.text.get(start..).unwrap_or_default().as_bytes(), b"]]>");
            let end = end.map_or(self.text.len(), |length| start + length);
            self.visible_text(start, end, false);
            self.at = (end + "]]>".len()).min(self.text.len());
        } else {
            self.bogus_comment();
        }
    }

    fn bogus_comment(&mut self) {
        self.emit(Token::CommentToken(StrTendril::new()));
        self.skip_behind(b'>');
    }

    /// The tag whose name begins here, and its text where that is raw. A tag that the page ends in is none.
    fn tag(&mut self, kind: TagKind) {
        let Some(tag) = self.read_tag(kind) else {
            self.at = self.text.len();
            return;
        };
        let name = tag.name.clone();
        let is_unread = is_unread(&tag);
        let start = self.at;
        match self.sink.process_token(Token::TagToken(tag), LINE) {
            TokenSinkResult::Continue => {}
            // html5ever's tokenizer starts afresh here, and starts with this.
            TokenSinkResult::Script(_) | TokenSinkResult::EncodingIndicator(_) => self.skip_byte_order_mark(),
            TokenSinkResult::Plaintext => {
                self.at = self.text.len();
                self.raw_text(start);
            }
            TokenSinkResult::RawData(RawKind::Rcdata) => {
                self.at += scan::raw_text_end(self.rest(), &name);
                self.emit_text(self.resolved(start, self.at, false));
            }
            TokenSinkResult::RawData(kind) => {
                self.at += match kind {
                    RawKind::ScriptData => scan::script_end(self.rest()),
                    RawKind::Rcdata | RawKind::Rawtext | RawKind::ScriptDataEscaped(_) => {
                        scan::raw_text_end(self.rest(), &name)
                    }
                };
                if !is_unread {
                    self.raw_text(start);
                }
            }
        }
    }

    /// Text from `start` up to here without character references.
    fn raw_text(&self, start: usize) {
        let text = self.text.get(start..self.at).unwrap_or_default();
        self.emit_text(if memchr(0, text.as_bytes()).is_some() {
            text.replace('\0', "\u{FFFD}").into()
        } else {
            self.share(start, self.at)
        });
    }

    fn read_tag(&mut self, kind: TagKind) -> Option<Tag> {
        let start = self.at;
        self.skip_until(|byte| is_space(byte) || matches!(byte, b'/' | b'>'));
        let name = self.name(start, self.at);
        let mut tag =
            Tag { kind, name, self_closing: false, attrs: Vec::new(), had_duplicate_attributes: false };
        loop {
            self.skip_spaces();
            match self.byte()? {
                b'>' => break,
                b'/' => {
                    self.at += 1;
                    if self.byte()? == b'>' {
                        tag.self_closing = true;
                        break;
                    }
                }
                _ => self.attribute(&mut tag)?,
            }
        }
        self.at += 1;
        Some(tag)
    }

    fn attribute(&mut self, tag: &mut Tag) -> Option<()> {
        let start = self.at;
        // An equals sign may begin a name but not go on with one.
        self.at += usize::from(self.byte() == Some(b'='));
        self.skip_until(|byte| is_space(byte) || matches!(byte, b'/' | b'>' | b'='));
        let end = self.at;
        self.skip_spaces();
        let value = if self.byte()? == b'=' {
            self.at += 1;
            self.skip_spaces();
            self.value()?
        } else {
            StrTendril::new()
        };
        if tag.attrs.len() >= MAX_ATTRIBUTES {
            self.outcome.dropped_attributes = true;
            return Some(());
        }
        let name = self.name(start, end);
        if tag.attrs.iter().any(|known| known.name.local == name) {
            tag.had_duplicate_attributes = true;
        } else {
            tag.attrs.push(Attribute { name: QualName::new(None, ns!(), name), value });
        }
        Some(())
    }

    fn value(&mut self) -> Option<StrTendril> {
        match self.byte()? {
            quote @ (b'"' | b'\'') => {
                let start = self.at + 1;
                let telling = self.find(start, |text| memchr3(quote, b'&', 0, text));
                let end = self.find(telling, |text| memchr(quote, text));
                if end == self.text.len() {
                    return None;
                }
                self.at = end + 1;
                Some(if telling == end { self.share(start, end) } else { self.resolved(start, end, true) })
            }
            b'>' => Some(StrTendril::new()),
            _ => {
                let start = self.at;
                self.skip_until(|byte| is_space(byte) || byte == b'>');
                Some(self.resolved(start, self.at, true))
            }
        }
    }

    fn name(&mut self, start: usize, end: usize) -> LocalName {
        let name = self.text.get(start..end).unwrap_or_default();
        let intern = || {
            if name.bytes().any(|byte| byte.is_ascii_uppercase() || byte == 0) {
                LocalName::from(name.to_ascii_lowercase().replace('\0', "\u{FFFD}"))
            } else {
                LocalName::from(name)
            }
        };
        self.names.entry(name).or_insert_with(intern).clone()
    }

    /// The text from the present place on.
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// The place that a search of the text from `start` on finds; the end of the text where it finds nothing.
    fn find(&self, start: usize, search: impl Fn(&[u8]) -> Option<usize>) -> usize {
        let rest = self.text.as_bytes().get(start..).unwrap_or_default();
        start + search(rest).unwrap_or(rest.len())
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_byte_order_mark(&mut self) {
        if self.rest().starts_with('\u{FEFF}') {
            self.at += '\u{FEFF}'.len_utf8();
        }
    }

    fn skip_behind(&mut self, byte: u8) {
        let rest = self.rest();
        self.at += memchr(byte, rest.as_bytes()).map_or(rest.len(), |end| end + 1);
    }

    fn skip_spaces(&mut self) {
        self.skip_until(|byte| !is_space(byte));
    }

    fn skip_until(&mut self, test: impl Fn(u8) -> bool) {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        self.at += rest.iter().position(|byte| test(*byte)).unwrap_or(rest.len());
    }

    /// Gives a token other than a tag to the sink, which answers nothing but to go on.
    fn emit(&self, token: Token) {
        let _ = self.sink.process_token(token, LINE);
    }

    fn emit_text(&self, text: StrTendril) {
        if !text.is_empty() {
            self.emit(Token::CharacterTokens(text));
        }
    }

    /// A piece of the text as a token holds it.
    fn share(&self, start: usize, end: usize) -> StrTendril {
        match (u32::try_from(start), u32::try_from(end)) {
            (Ok(start), Ok(end)) if start <= end => self.shared.subtendril(start, end - start),
            _ => StrTendril::new(),
        }
    }

    /// A piece of the text with its character references resolved.
    fn resolved(&self, start: usize, end: usize, in_attribute: bool) -> StrTendril {
        let piece = self.text.get(start..end).unwrap_or_default();
        let (references, null) = (memchr(b'&', piece.as_bytes()), memchr(0, piece.as_bytes()));
        match (references, null) {
            (None, None) => self.share(start, end),
            (Some(_), None) => references::resolve(piece, in_attribute).into(),
            (_, Some(_)) => references::resolve(piece, in_attribute).replace('\0', "\u{FFFD}").into(),
        }
    }
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b'\t' | b'\n' | b'\x0C' | b' ')
}

/// Whether nobody reads what the element holds: styles, and scripts but for the data of JSON-LD.
fn is_unread(tag: &Tag) -> bool {
    let is_data = |attribute: &Attribute| {
        attribute.name.local == local_name!("type")
            && attribute.value.to_ascii_lowercase().contains("ld+json")
    };
    tag.name == local_name!("style") || tag.name == local_name!("script") && !tag.attrs.iter().any(is_data)
}

/// Bytes of a comment from behind its `<!--` to behind its end.
fn comment_end(text: &[u8]) -> usize {
    if text.starts_with(b">") {
        return 1;
    }
    if text.starts_with(b"->") {
        return 2;
    }
    let mut at = 0;
    while let Some(length) = text.get(at..).and_then(|rest| memchr(b'>', rest)) {
        let inside = &text[..at + length];
        at += length + 1;
        if inside.ends_with(b"--") || inside.ends_with(b"--!") {
            return at;
        }
    }
    text.len()
}

/// Reads a document type by html5ever's tokenizer: it has many states and stands once in a page.
fn doctype(text: &str) -> Doctype {
    #[derive(Default)]
    struct Found(RefCell<Doctype>);

    impl TokenSink for Found {
        type Handle = ();

        fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
            if let Token::DoctypeToken(doctype) = token {
                *self.0.borrow_mut() = doctype;
            }
            TokenSinkResult::Continue
        }
    }

    let tokenizer = Html5ever::new(Found::default(), TokenizerOpts::default());
    let input = BufferQueue::default();
    input.push_back(StrTendril::from_slice(text));
    // Only a tag could make it stop before the end.
    let _ = tokenizer.feed(&input);
    tokenizer.end();
    tokenizer.sink.0.take()
}
