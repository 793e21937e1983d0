//! One pass over the tree that collects everything on the page that may be metadata.
//!
//! Nothing is judged here: the readers of single fields choose among the clues.

use std::collections::VecDeque;

use scraper::node::Element;
use scraper::{Html, Node};

use ego_tree::NodeRef;
use ego_tree::iter::Edge;

use super::mark::{Attributes, Mark, signs, value};
use super::signals::{Role, Signals};
use super::text::{one_line, squeeze};

/// Characters that are kept of a byline or date line; longer ones are prose.
const LINE_LIMIT: usize = 300;
/// Characters that are kept of a heading, a title or a standfirst.
const HEADING_LIMIT: usize = 600;
/// Edges of the tree that are walked for the text of one element; a byline or a headline has fewer.
const STEPS_LIMIT: usize = 400;
/// First-level headings that are kept.
const HEADINGS_LIMIT: usize = 50;
/// Second-level headings that are kept, for pages without a first-level one.
const SUBHEADINGS_LIMIT: usize = 3;
/// Texts before a heading that are kept.
const LINES_BEFORE: usize = 12;
/// Texts after a heading that are kept.
const LINES_AFTER: usize = 40;
/// Texts that are kept on a page.
const LINES_LIMIT: usize = 300;
/// Texts far from headings that are kept.
const FAR_LIMIT: usize = 40;
/// Bytes of a text that is a date and little else.
const DATE_LIMIT: usize = 80;
/// Digits of a day and a year.
const DATE_DIGITS: usize = 5;
/// Inline elements around a date.
const INLINE_LIMIT: usize = 8;
/// Marks that are kept on a page; an index page has hundreds that say nothing about itself.
const MARK_LIMIT: usize = 60;

/// Everything on a page that may be metadata, in document order.
#[derive(Default)]
pub(super) struct Clues<'a> {
    /// `lang` of the root element.
    pub language: Option<&'a str>,
    /// Lower-case name and content of each filled `<meta>`.
    pub tags: Vec<(String, &'a str)>,
    /// `href` of `<link rel=canonical>`.
    pub canonical: Option<&'a str>,
    /// `<title>`.
    pub title: Option<String>,
    /// Each `<h1>`.
    pub headings: Vec<Heading>,
    /// The first `<h2>`s.
    pub subheadings: Vec<Heading>,
    /// Content of each `<script type="application/ld+json">`.
    pub json_ld: Vec<String>,
    /// Bylines, dates and standfirsts in the visible page.
    pub marks: Vec<Mark<'a>>,
    /// Short texts around headings, in document order: unmarked bylines and dates are among them.
    pub lines: Vec<Line<'a>>,
    /// Texts far from headings that may be a date and little else.
    pub far: Vec<Line<'a>>,
    /// The last text, where it is in the same aside or outside of any.
    previous: &'a str,
    /// The last short texts, which a heading may yet turn out to follow.
    recent: VecDeque<Line<'a>>,
    /// Texts seen so far; the place of everything on the page is counted in them.
    texts: usize,
}

/// A heading of the page.
pub(super) struct Heading {
    /// Its text on one line.
    pub text: String,
    /// Texts before it.
    pub at: usize,
}

/// A short text.
#[derive(Clone, Copy)]
pub(super) struct Line<'a> {
    /// The text as it stands in the source, trimmed.
    pub text: &'a str,
    /// The text just before it, which may be its label.
    pub before: &'a str,
    /// Inside a list of other stories, comments, a footer or a menu.
    pub aside: bool,
    /// It has the length and the digits of a date, and a block of its own.
    pub alone: bool,
    /// Texts before it.
    pub at: usize,
}

/// Collects the clues of a page.
pub(super) fn gather<'a>(page: &'a Html, signals: &Signals) -> Clues<'a> {
    let mut clues = Clues::default();
    let (mut aside, mut opaque) = (None, None);
    for edge in page.tree.root().traverse() {
        match edge {
            Edge::Open(_) if opaque.is_some() => {}
            Edge::Open(node) => match node.value() {
                Node::Text(text) => take_line(&mut clues, node, text, aside.is_some()),
                Node::Element(element) => {
                    if take_head(&mut clues, node, element) {
                        opaque = Some(node.id());
                        continue;
                    }
                    if element.name() == "h1" {
                        // What holds the headline is no aside, whatever its class says.
                        aside = None;
                        clues.previous = "";
                    }
                    let attributes = Attributes::of(element, signals);
                    if aside.is_none()
                        && (attributes.roles.aside || is_aside(element))
                        && !holds_page(element)
                    {
                        aside = Some(node.id());
                        clues.previous = "";
                    }
                    take_marks(&mut clues, node, element, &attributes, aside.is_some(), signals);
                }
                _ => {}
            },
            Edge::Close(node) => {
                if opaque == Some(node.id()) {
                    opaque = None;
                }
                if aside == Some(node.id()) {
                    aside = None;
                    clues.previous = "";
                }
            }
        }
    }
    // Those before a headline were taken when it came.
    clues.lines.sort_by_key(|line| line.at);
    clues
}

/// Takes a short text that stands near a heading, or may be a date.
fn take_line<'a>(clues: &mut Clues<'a>, node: NodeRef<'a, Node>, text: &'a str, aside: bool) {
    let text = text.trim();
    if text.is_empty() {
        return;
    }
    clues.texts += 1;
    let before = std::mem::replace(&mut clues.previous, text);
    let may_be_date = may_be_date(text);
    let alone = may_be_date && is_alone(node);
    let line = Line { text, before, aside, alone, at: clues.texts };
    if text.len() > LINE_LIMIT {
        return;
    }
    let headings = clues.headings.last().into_iter().chain(clues.subheadings.last());
    let heading = headings.map(|heading| heading.at).max();
    let is_near = heading.is_some_and(|heading| line.at - heading <= LINES_AFTER);
    if is_near && clues.lines.len() < LINES_LIMIT {
        if !aside || may_be_date {
            clues.lines.push(line);
        }
        return;
    }
    if clues.far.len() < FAR_LIMIT && may_be_date {
        clues.far.push(line);
    }
    if !aside {
        if clues.recent.len() >= LINES_BEFORE {
            clues.recent.pop_front();
        }
        clues.recent.push_back(line);
    }
}

/// Whether a text is short and has the digits of a day and a year.
fn may_be_date(text: &str) -> bool {
    text.len() <= DATE_LIMIT && text.chars().filter(|c| c.is_numeric()).nth(DATE_DIGITS - 1).is_some()
}

/// Whether a text has a block of its own: nothing is beside it or the inline elements around it.
fn is_alone(text: NodeRef<'_, Node>) -> bool {
    let is_beside = |node: NodeRef<'_, Node>| match node.value() {
        Node::Text(text) => !text.trim().is_empty(),
        Node::Element(element) => is_inline(element.name()) && node.has_children(),
        _ => false,
    };
    let mut inner = text;
    for outer in text.ancestors().take(INLINE_LIMIT) {
        if inner.prev_sibling().is_some_and(is_beside) || inner.next_sibling().is_some_and(is_beside) {
            return false;
        }
        if !matches!(outer.value(), Node::Element(element) if is_inline(element.name())) {
            return true;
        }
        inner = outer;
    }
    false
}

/// Takes a heading, and the short texts before it that no other heading is near to.
fn take_heading(clues: &mut Clues<'_>, node: NodeRef<'_, Node>, is_first_level: bool) {
    let heading = Heading { text: one_line(&text_of(node, HEADING_LIMIT, false)), at: clues.texts };
    if is_first_level {
        clues.lines.extend(clues.recent.drain(..));
        if clues.headings.len() < HEADINGS_LIMIT {
            clues.headings.push(heading);
        }
    } else if clues.subheadings.len() < SUBHEADINGS_LIMIT {
        clues.subheadings.push(heading);
    }
}

/// Takes elements whose name alone says what they hold; true when nothing else is to be read from it.
fn take_head<'a>(clues: &mut Clues<'a>, node: NodeRef<'a, Node>, element: &'a Element) -> bool {
    match element.name() {
        "html" => clues.language = element.attr("lang").or_else(|| element.attr("xml:lang")),
        "meta" => {
            let content = element.attr("content").map(str::trim).filter(|content| !content.is_empty());
            let name =
                ["property", "name", "itemprop", "http-equiv"].iter().find_map(|key| element.attr(key));
            if let (Some(name), Some(content)) = (name, content) {
                // Some frameworks write a script of the head as a tag.
                if name.to_ascii_lowercase().contains("ld+json") {
                    clues.json_ld.push(content.to_owned());
                    return true;
                }
                clues.tags.push((name.trim().to_lowercase(), content));
            }
            return true;
        }
        "link" => {
            let canonical = element.attr("rel").is_some_and(|rel| rel.eq_ignore_ascii_case("canonical"));
            if canonical && clues.canonical.is_none() {
                clues.canonical = element.attr("href");
            }
            return true;
        }
        "title" => {
            let in_svg =
                node.ancestors().any(|up| matches!(up.value(), Node::Element(up) if up.name() == "svg"));
            if clues.title.is_none() && !in_svg {
                clues.title = Some(text_of(node, HEADING_LIMIT, false)).filter(|text| !text.is_empty());
            }
            return true;
        }
        "script" => {
            let kind = element.attr("type").unwrap_or_default();
            if kind.to_ascii_lowercase().contains("ld+json") {
                clues
                    .json_ld
                    .push(node.children().filter_map(|child| Some(&**child.value().as_text()?)).collect());
            }
            return true;
        }
        "style" | "svg" | "template" | "noscript" => return true,
        "h1" | "h2" => take_heading(clues, node, element.name() == "h1"),
        _ => {}
    }
    false
}

/// Elements whose classes speak of the layout of the whole page.
fn holds_page(element: &Element) -> bool {
    matches!(element.name(), "html" | "body" | "main" | "article")
}

fn is_aside(element: &Element) -> bool {
    matches!(element.name(), "footer" | "nav" | "aside")
}

fn take_marks<'a>(
    clues: &mut Clues<'a>,
    node: NodeRef<'a, Node>,
    element: &'a Element,
    attributes: &Attributes<'a>,
    aside: bool,
    signals: &Signals,
) {
    if matches!(element.name(), "html" | "body" | "main" | "h1") {
        return;
    }
    let mut found = signs(element.name(), attributes, signals);
    let value = value(element.name(), attributes);
    // In an aside only a date is read from a class, and only as the last resort.
    if aside {
        found.retain(|(role, sign)| !sign.is_weak() || matches!(role, Role::Published | Role::Modified));
    }
    let Some(&(first, sign)) = found.first() else { return };
    let same = clues.marks.iter().filter(|mark| mark.sign.is_weak() == sign.is_weak()).count();
    if same >= MARK_LIMIT {
        return;
    }
    let text = text_of(node, if first == Role::Dek { HEADING_LIMIT } else { LINE_LIMIT }, true);
    if text.is_empty() && value.is_none() {
        return;
    }
    for (role, sign) in found {
        clues.marks.push(Mark {
            role,
            sign,
            text: text.clone(),
            value,
            before: clues.previous,
            aside,
            at: clues.texts,
        });
    }
}

/// The text under a node, squeezed, with a line break at each block, or nothing when it is longer than `limit`.
///
/// `apart` puts a space between inline elements, which a layout often keeps apart where the source does not.
fn text_of(node: NodeRef<'_, Node>, limit: usize, apart: bool) -> String {
    let mut text = String::new();
    let (mut hidden, mut length) = (None, 0);
    for (step, edge) in node.traverse().enumerate() {
        if step > STEPS_LIMIT {
            return String::new();
        }
        match edge {
            Edge::Open(inner) => match inner.value() {
                Node::Text(piece) if hidden.is_none() => {
                    // White space at both ends counts for nothing; four bytes hold any character.
                    length += piece.trim().len();
                    if length > limit * 4 {
                        return String::new();
                    }
                    text.push_str(piece);
                }
                Node::Element(element) if hidden.is_none() => {
                    if matches!(
                        element.name(),
                        "script" | "style" | "svg" | "noscript" | "template" | "button"
                    ) {
                        hidden = Some(inner.id());
                    } else if !is_inline(element.name()) {
                        text.push('\n');
                    } else if apart {
                        text.push(' ');
                    }
                }
                _ => {}
            },
            Edge::Close(inner) => {
                if hidden == Some(inner.id()) {
                    hidden = None;
                } else if let Node::Element(element) = inner.value() {
                    if !is_inline(element.name()) {
                        text.push('\n');
                    } else if apart {
                        text.push(' ');
                    }
                }
            }
        }
    }
    let text = squeeze(&text);
    if text.chars().count() > limit { String::new() } else { text }
}

fn is_inline(name: &str) -> bool {
    matches!(
        name,
        "a" | "span"
            | "b"
            | "i"
            | "em"
            | "strong"
            | "small"
            | "abbr"
            | "time"
            | "sup"
            | "sub"
            | "u"
            | "mark"
            | "font"
            | "cite"
            | "wbr"
            | "q"
            | "bdi"
    )
}
