//! Segmenting: one walk over the tree, in document order, that cuts the page into blocks.
//!
//! Nothing is judged here. `hidden`, `aria-hidden` and `display:none` are noted and not obeyed, since folds and
//! streamed pages hide the story itself.

use ego_tree::{NodeId, NodeRef};
use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};
use scraper::{Html, Node, node::Element};
use url::Url;

use crate::article::{Block, BlockKind, MarkKind};

use super::elements::{self, Flow};
use super::hash::fnv;
use super::initials::{self, Initials};
use super::outline::{Container, MAX_BLOCKS, Outline, Segment};
use super::run::{Finished, Run, Span};
use super::signals::{Signals, VOCABULARY};
use super::{table, words};

/// Deeper elements than this are not walked into; the parser's guard keeps real pages far above it.
const MAX_WALK_DEPTH: usize = 1_000;
/// A `<br>` after this many words ends a paragraph; after fewer it only breaks the line, as in an address.
const BREAK_ENDS_PARAGRAPH: usize = 25;
/// Characters with which writers begin the items of a list that is typed as text.
const BULLETS: [char; 8] = ['•', '▪', '●', '◦', '‣', '∙', '■', '►'];

/// Cuts `page` into blocks. Links are made absolute against `base`; what stands in `noscript` counts as text only
/// `with_noscript`.
pub(crate) fn segment(page: &Html, base: Option<&Url>, with_noscript: bool) -> Outline {
    let mut walker = Walker::new(page, base, with_noscript);
    walker.node(page.tree.root(), Place::default());
    walker.flush(Place::default());
    walker.release_initial();
    walker.outline
}

/// Where in the tree the walk is, handed down from element to element.
#[derive(Debug, Clone, Copy, Default)]
struct Place {
    depth: usize,
    container: usize,
    list_depth: u8,
    ordered: bool,
    in_item: bool,
    heading: Option<u8>,
    in_quote: bool,
    in_caption: bool,
    is_preformatted: bool,
}

struct Walker<'p> {
    page: &'p Html,
    with_noscript: bool,
    outline: Outline,
    run: Run<'p>,
    /// The container of the picture or film since the last text.
    media: Option<usize>,
    /// The innermost container that holds all text of the run.
    run_container: usize,
    initials: Initials,
    known_tokens: HashMap<&'p str, Signals>,
    streamed: HashMap<&'p str, NodeId>,
    /// Streamed pieces that were read at their place.
    placed: HashSet<NodeId>,
    /// Items so far in each open list, and whether the present item has shown its number.
    counters: Vec<u32>,
    item_is_open: bool,
}

impl<'p> Walker<'p> {
    fn new(page: &'p Html, base: Option<&'p Url>, with_noscript: bool) -> Self {
        Self {
            page,
            with_noscript,
            media: None,
            outline: Outline::default(),
            run: Run::new(base),
            run_container: 0,
            initials: Initials::default(),
            known_tokens: HashMap::new(),
            streamed: super::streamed::pieces(page),
            placed: HashSet::new(),
            counters: Vec::new(),
            item_is_open: false,
        }
    }

    fn node(&mut self, node: NodeRef<'p, Node>, place: Place) {
        match node.value() {
            Node::Text(text) => self.text(text, place),
            Node::Element(element) => self.element(node, element, place),
            Node::Document | Node::Fragment => self.children(node, place),
            Node::Comment(_) | Node::Doctype(_) | Node::ProcessingInstruction(_) => {}
        }
    }

    fn children(&mut self, node: NodeRef<'p, Node>, place: Place) {
        if place.depth < MAX_WALK_DEPTH {
            let place = Place { depth: place.depth + 1, ..place };
            node.children().for_each(|child| self.node(child, place));
        }
    }

    fn text(&mut self, text: &str, place: Place) {
        let was_empty = self.run.is_empty();
        let before = self.run.text().len();
        if place.is_preformatted {
            self.run.push_preformatted(text);
        } else {
            self.run.push(text);
        }
        if was_empty && !self.run.is_empty() {
            self.run_container = place.container;
        } else if self.run.text().len() > before {
            self.run_container = self.outline.common_container(self.run_container, place.container);
        }
    }

    fn element(&mut self, node: NodeRef<'p, Node>, element: &'p Element, place: Place) {
        let name = element.name();
        let flow = match elements::flow(&element.name.local) {
            Flow::Absent if name == "noscript" && self.with_noscript => Flow::Block,
            flow => flow,
        };
        if elements::is_media(name) && self.run.is_empty() {
            self.release_initial();
            self.media = Some(place.container);
        }
        match flow {
            Flow::Absent => self.absent(node, element, place),
            Flow::Break => self.line_break(place),
            // A heading's link to itself is a tool of the page.
            Flow::Inline if place.heading.is_some() && name == "a" && !says_anything(node) => {}
            Flow::Inline => {
                let place = self.enter(node, element, place, false);
                let span = span(element);
                if let Some(span) = span {
                    self.run.open(span);
                }
                self.children(node, place);
                if span.is_some() {
                    self.run.close();
                }
                self.initials.note_inline(self.run.text());
            }
            Flow::Block => {
                self.flush(place);
                if !self.streamed.is_empty() && super::streamed::is_moved(element, &self.streamed) {
                    return;
                }
                let inner = self.enter(node, element, place, true);
                self.block(node, element, inner);
            }
        }
    }

    fn block(&mut self, node: NodeRef<'p, Node>, element: &'p Element, place: Place) {
        let mut inner = place;
        let name = element.name();
        match name {
            "ul" | "ol" | "menu" | "dir" => {
                inner.list_depth = place.list_depth.saturating_add(1);
                inner.ordered = name == "ol";
                self.counters
                    .push(elements::counter(element, "start").map_or(0, |start| start.saturating_sub(1)));
            }
            "li" => {
                inner.in_item = true;
                self.item_is_open = true;
                if let Some(last) = self.counters.last_mut() {
                    *last = elements::counter(element, "value").unwrap_or(last.saturating_add(1));
                }
            }
            "blockquote" => inner.in_quote = true,
            "figcaption" => inner.in_caption = true,
            "pre" | "listing" | "xmp" => inner.is_preformatted = true,
            "table" => {
                if let Some(rows) = table::data_rows(node) {
                    self.table(rows, place);
                    return;
                }
            }
            _ => inner.heading = elements::heading_level(name).or(place.heading),
        }
        self.children(node, inner);
        self.flush(inner);
        if inner.list_depth > place.list_depth {
            self.counters.pop();
        }
    }

    /// Elements that hold no text of the page, save for streamed pieces and shadow roots, which stand in a template.
    fn absent(&mut self, node: NodeRef<'p, Node>, element: &'p Element, place: Place) {
        if element.name() != "template" {
            return;
        }
        if let Some(piece) = super::streamed::piece_for(element, &self.streamed) {
            // A piece is read once, even where a page asks for it twice or from inside itself.
            if let (true, Some(piece)) = (self.placed.insert(piece), self.page.tree.get(piece)) {
                self.flush(place);
                self.children(piece, place);
                self.flush(place);
            }
        } else if element.attr("shadowrootmode").is_some() {
            self.children(node, place);
        }
    }

    fn line_break(&mut self, place: Place) {
        let is_item = self.run.text().starts_with(BULLETS);
        let is_long = words::count(self.run.text()) >= BREAK_ENDS_PARAGRAPH;
        if self.run.push_break() >= 2 || is_item || is_long {
            self.flush(place);
        }
    }

    /// Notes the element as a container.
    fn enter(
        &mut self,
        node: NodeRef<'p, Node>,
        element: &'p Element,
        place: Place,
        is_block: bool,
    ) -> Place {
        let mut signals = Signals::default();
        let mut is_hidden = false;
        let mut signature = 0;
        for (name, value) in element.attrs() {
            if name == "class" {
                signature = fnv(value.as_bytes());
            }
            match name {
                "class" | "id" | "role" | "itemprop" | "data-testid" | "data-component" => {
                    signals.insert_all(self.signals(value));
                }
                "hidden" => is_hidden = true,
                "aria-hidden" => is_hidden |= value == "true",
                "style" => is_hidden |= elements::hides(value),
                _ => {}
            }
        }
        let parent = (!self.outline.containers.is_empty()).then_some(place.container);
        let around = self.outline.containers.get(place.container);
        is_hidden |= around.is_some_and(|container| container.is_hidden);
        self.outline.containers.push(Container {
            node: node.id(),
            parent,
            name: element.name.local.clone(),
            is_block,
            signals,
            signature,
            is_hidden,
            first: usize::MAX,
            last: 0,
        });
        Place { container: self.outline.containers.len() - 1, ..place }
    }

    fn signals(&mut self, value: &'p str) -> Signals {
        let mut signals = Signals::default();
        for token in value.split_ascii_whitespace() {
            signals.insert_all(*self.known_tokens.entry(token).or_insert_with(|| VOCABULARY.read(token)));
        }
        signals
    }

    /// Ends the run and makes a segment of it when it holds a letter or a digit.
    fn flush(&mut self, place: Place) {
        let mut run = self.run.finish();
        if !run.text.chars().any(char::is_alphanumeric) {
            self.initials.note_inline("");
            return;
        }
        let kind = self.kind(place);
        let released = self.initials.join(self.page, &mut run, kind);
        self.release(released);
        if kind == BlockKind::Paragraph && initials::is_initial(&run.text) {
            self.initials.hold(run, self.run_container);
        } else {
            self.segment(run, kind, place, self.run_container);
        }
    }

    /// A letter that waited for its word is a block of its own after all.
    fn release(&mut self, initial: Option<(Finished, usize)>) {
        if let Some((run, container)) = initial {
            self.segment(run, BlockKind::Paragraph, Place::default(), container);
        }
    }

    fn release_initial(&mut self) {
        let initial = self.initials.release();
        self.release(initial);
    }

    fn segment(&mut self, mut run: Finished, kind: BlockKind, place: Place, container: usize) {
        if self.outline.segments.len() >= MAX_BLOCKS {
            self.outline.is_cut = true;
            return;
        }
        let mut block = Block { kind, ..Block::default() };
        let bullet = run.text.strip_prefix(BULLETS).map(|rest| run.text.len() - rest.trim_start().len());
        if let (BlockKind::Paragraph | BlockKind::ListItem, Some(bytes)) = (block.kind, bullet) {
            run.cut(0..bytes);
            block.kind = BlockKind::ListItem;
            block.level = Some(place.list_depth.max(1));
        }
        match block.kind {
            BlockKind::Heading => {
                block.level = place.heading;
                run.text = run.text.replace('\n', " ");
            }
            BlockKind::ListItem if bullet.is_none() => {
                block.level = Some(place.list_depth.max(1));
                block.number = self.counters.last().copied().filter(|_| place.ordered);
                self.item_is_open = false;
            }
            BlockKind::Code => {
                run.text = run.text.trim_matches('\n').trim_end().to_owned();
                run.marks.clear();
                run.links.clear();
            }
            BlockKind::ListItem
            | BlockKind::Paragraph
            | BlockKind::Quote
            | BlockKind::Caption
            | BlockKind::Table => {}
        }
        block.text = run.text;
        block.links = run.links;
        block.marks = run.marks;
        let words = words::count(&block.text);
        let with_media = self.media.take().map(|media| self.outline.common_container(media, container));
        let before = self.outline.segments.last().and_then(|segment| segment.under_media);
        let still_under =
            before.filter(|shared| self.outline.common_container(*shared, container) == *shared);
        self.push(Segment {
            plain: words::plain(&block.text),
            with_media,
            // A heading opens something new, be it beside a picture.
            under_media: with_media.or(still_under).filter(|_| block.kind != BlockKind::Heading),
            block,
            container,
            characters: run.characters,
            linked: run.linked,
            strong: run.strong,
            anchors: run.anchors,
            words,
        });
    }

    fn kind(&self, place: Place) -> BlockKind {
        if place.is_preformatted {
            BlockKind::Code
        } else if place.heading.is_some() {
            BlockKind::Heading
        } else if place.in_caption {
            BlockKind::Caption
        } else if place.in_quote {
            BlockKind::Quote
        } else if place.in_item && self.item_is_open {
            BlockKind::ListItem
        } else {
            BlockKind::Paragraph
        }
    }

    fn table(&mut self, rows: table::Rows, place: Place) {
        let text = table::text(&rows.cells);
        let words = words::count(&text);
        if words > 0 {
            self.release_initial();
            self.media = None;
            self.push(Segment {
                plain: words::plain(&text),
                with_media: None,
                under_media: None,
                block: Block { kind: BlockKind::Table, text, rows: rows.cells, ..Block::default() },
                container: place.container,
                characters: rows.characters,
                linked: rows.linked,
                strong: 0,
                anchors: rows.anchors,
                words,
            });
        }
    }

    fn push(&mut self, segment: Segment) {
        let place = self.outline.segments.len();
        let mut around = Some(segment.container);
        while let Some(container) = around.and_then(|at| self.outline.containers.get_mut(at)) {
            container.first = container.first.min(place);
            container.last = place + 1;
            around = container.parent;
        }
        let before = self.outline.words_up_to.last().copied().unwrap_or(0);
        self.outline.words_up_to.push(before + segment.words);
        self.outline.segments.push(segment);
    }
}

/// What an inline element does to the text in it.
fn span(element: &Element) -> Option<Span<'_>> {
    match element.name() {
        "a" => element.attr("href").map(Span::Link),
        "b" | "strong" => Some(Span::Mark(MarkKind::Strong)),
        "i" | "em" => Some(Span::Mark(MarkKind::Emphasis)),
        "code" | "kbd" | "samp" | "tt" => Some(Span::Mark(MarkKind::Code)),
        _ => None,
    }
}

/// Whether there is a letter or a digit in the text of an element.
fn says_anything(node: NodeRef<'_, Node>) -> bool {
    node.descendants()
        .filter_map(|node| node.value().as_text())
        .any(|text| text.chars().any(char::is_alphanumeric))
}
