//! Selectors in linear time: each step of a selector is asked at most once of each element.
//!
//! Matching by itself walks to ancestors and siblings anew for each element, which a page with a hundred thousand
//! siblings or one huge attribute makes quadratic. Here a selector is taken apart at its blanks and `>`, what a step says
//! of an element is remembered, and what looks along siblings without end is refused when rules are read.

use std::cell::RefCell;
use std::ops::Range;

use cssparser::{ParseError, Parser, SourcePosition, Token};
use scraper::{ElementRef, Html, Selector};

use crate::clean::outline::Outline;

/// A selector as the steps of its alternatives, one behind the other.
#[derive(Debug, Clone)]
pub(crate) struct Steps(Vec<Step>);

/// What is asked of one element, and where the element before it must be.
#[derive(Debug, Clone)]
struct Step {
    selector: Selector,
    before: Before,
    /// An alternative ends here.
    is_last: bool,
}

/// Where the element of the step before stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Before {
    /// There is no step before.
    Nothing,
    Parent,
    Ancestor,
}

impl Steps {
    /// Reads a selector.
    ///
    /// # Errors
    /// What is wrong with it, as the end of a sentence about its rule.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let bad = |error: &dyn std::fmt::Display| format!("has the bad `selector` `{text}`: {error}");
        Selector::parse(text).map_err(|error| bad(&error))?;
        let mut steps = Vec::new();
        for (step, before, is_last) in apart(text).map_err(|problem| bad(&problem))? {
            let selector = Selector::parse(step).map_err(|error| bad(&error))?;
            steps.push(Step { selector, before, is_last });
        }
        Ok(Self(steps))
    }
}

/// A selector on one page.
pub(crate) struct Selected<'r> {
    steps: &'r [Step],
    page: &'r Html,
    /// For each container and step: whether the steps up to it lead there. Made when it is first needed.
    known: RefCell<Vec<Option<bool>>>,
}

impl<'r> Selected<'r> {
    pub(crate) fn new(steps: &'r Steps, page: &'r Html) -> Self {
        Self { steps: &steps.0, page, known: RefCell::default() }
    }

    /// Whether the selector names the element of a container.
    pub(crate) fn names(&self, outline: &Outline, container: usize) -> bool {
        let lasts = self.steps.iter().enumerate().filter(|(_, step)| step.is_last);
        lasts.map(|(number, _)| number).any(|number| self.leads(outline, number, container))
    }

    /// Whether the step `number` and those before it lead to a container. Calls itself once a step.
    fn leads(&self, outline: &Outline, number: usize, container: usize) -> bool {
        let place = container * self.steps.len() + number;
        if let Some(Some(known)) = self.known.borrow().get(place) {
            return *known;
        }
        let Some(step) = self.steps.get(number) else { return false };
        let leads = self.is_at(step, outline, container) && {
            let mut around = outline.ancestors(container).skip(1);
            match step.before {
                Before::Nothing => true,
                Before::Parent => around.next().is_some_and(|parent| self.leads(outline, number - 1, parent)),
                Before::Ancestor => around.any(|ancestor| self.leads(outline, number - 1, ancestor)),
            }
        };
        let mut known = self.known.borrow_mut();
        known.resize(outline.containers.len() * self.steps.len(), None);
        known[place] = Some(leads);
        leads
    }

    fn is_at(&self, step: &Step, outline: &Outline, container: usize) -> bool {
        let node = outline.containers.get(container).and_then(|container| self.page.tree.get(container.node));
        node.and_then(ElementRef::wrap).is_some_and(|element| step.selector.matches(&element))
    }
}

/// The steps of a selector: the text of each, where the element of the one before stands, and whether it is the last of
/// its alternative. What `+` joins is one step, since it looks at one sibling.
fn apart(text: &str) -> Result<Vec<(&str, Before, bool)>, String> {
    let mut parser = Parser::new(text);
    let mut steps = Vec::new();
    let mut before = Before::Nothing;
    let mut step: Option<Range<SourcePosition>> = None;
    // What came after the present step.
    let mut gap = None;
    let mut start = parser.position();
    while let Some(piece) = next_piece(&mut parser, false)? {
        let range = start..parser.position();
        start = range.end;
        let (ended, relation) = match (piece, gap) {
            (Piece::Blank, None) => {
                gap = step.as_ref().map(|_| Piece::Blank);
                continue;
            }
            (Piece::Blank, Some(_)) => continue,
            (Piece::Next, _) => {
                gap = Some(Piece::Next);
                continue;
            }
            (Piece::Simple, Some(Piece::Blank)) => (step.replace(range), Before::Ancestor),
            (Piece::Simple, _) => {
                step = Some(step.map_or(range.start, |step| step.start)..range.end);
                gap = None;
                continue;
            }
            (Piece::Child, _) => (step.take(), Before::Parent),
            (Piece::Comma, _) => (step.take(), Before::Nothing),
        };
        gap = None;
        steps.extend(ended.map(|step| (parser.slice(step), before, relation == Before::Nothing)));
        before = relation;
    }
    steps.extend(step.map(|step| (parser.slice(step), before, true)));
    Ok(steps)
}

/// What a selector is made of.
#[derive(Debug, Clone, Copy)]
enum Piece {
    Blank,
    Child,
    Next,
    Comma,
    /// A part of what is said of one element.
    Simple,
}

/// The next piece, or what is wrong with it. `after_colon` says that a pseudo-class begins.
fn next_piece(parser: &mut Parser<'_>, after_colon: bool) -> Result<Option<Piece>, String> {
    let Ok(token) = parser.next_including_whitespace() else { return Ok(None) };
    match token {
        Token::WhiteSpace(_) => Ok(Some(Piece::Blank)),
        Token::Comma => Ok(Some(Piece::Comma)),
        Token::Delim('>') => Ok(Some(Piece::Child)),
        Token::Delim('+') => Ok(Some(Piece::Next)),
        Token::Delim('~') => {
            Err("`~` looks along all siblings; name the element or what is around it".to_owned())
        }
        Token::Colon => next_piece(parser, true),
        Token::Ident(name) | Token::Function(name) if after_colon && looks_far(name) => {
            Err(format!("`:{name}` looks at too much of a page; use classes, ids and attributes"))
        }
        Token::Function(_) => in_brackets(parser, alternatives),
        Token::SquareBracketBlock => in_brackets(parser, |inner| {
            while inner.next_including_whitespace().is_ok() {}
            Ok(())
        }),
        _ => Ok(Some(Piece::Simple)),
    }
}

/// Whether a pseudo-class may look at any number of siblings or descendants.
fn looks_far(pseudo_class: &str) -> bool {
    let name = pseudo_class.to_ascii_lowercase();
    name == "has" || name.starts_with("nth-") || name.ends_with("-of-type")
}

/// Reads what stands in the brackets that were just opened.
fn in_brackets<'i>(
    parser: &mut Parser<'i>,
    read: impl FnOnce(&mut Parser<'i>) -> Result<(), String>,
) -> Result<Option<Piece>, String> {
    let inside = parser.parse_nested_block(|inner| read(inner).map_err(ParseError::<String>::custom));
    inside.map_err(|error| error.kind.to_string())?;
    Ok(Some(Piece::Simple))
}

/// Reads the alternatives in the brackets of a pseudo-class. Paths in them would be walked anew for each element.
fn alternatives(parser: &mut Parser<'_>) -> Result<(), String> {
    let mut before = Piece::Comma;
    let mut is_apart = false;
    while let Some(piece) = next_piece(parser, false)? {
        let is_path = match piece {
            Piece::Child | Piece::Next => true,
            Piece::Simple => is_apart && matches!(before, Piece::Simple),
            Piece::Blank | Piece::Comma => false,
        };
        if is_path {
            return Err(
                "brackets may hold no path; write the alternatives out, with commas between".to_owned()
            );
        }
        is_apart = matches!(piece, Piece::Blank);
        if !is_apart {
            before = piece;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::clean::parse::{Scripting, parse};
    use crate::clean::segment::segment;

    /// The elements with an id that a selector names, by their ids.
    fn named(selector: &str, page: &str) -> Vec<String> {
        let html = parse(page, Scripting::On).html;
        let outline = segment(&html, None, false);
        let steps = Steps::parse(selector).unwrap();
        let selected = Selected::new(&steps, &html);
        let containers = (0..outline.containers.len()).filter(|place| selected.names(&outline, *place));
        let elements = containers.filter_map(|place| html.tree.get(outline.containers[place].node));
        elements.filter_map(|node| Some(node.value().as_element()?.id()?.to_owned())).collect()
    }

    const PAGE: &str = "<div id=a class='story md:w-1'><p id=b>x<section id=c><p id=d class='x y'>x<em id=e>y</em></p>\
        <p id=f title='~ > :has(i)'>z</section></div><p id=g>w";

    #[test]
    fn a_selector_names_what_a_browser_would_name() {
        for selector in [
            "p",
            "#c, #f",
            ".story p",
            ".story > p",
            "div section>p em , p#g",
            "div > p em",
            "section p + p",
            ".story > section > .y + [title]",
            "p:not(.x, #b)",
            "p:is( .x , [title] )",
            "[title='~ > :has(i)']",
            ".md\\:w-1 p",
            "section *",
            "p:first-child",
            "div:root p",
            "/* ~ */ .x.y /* > */em, .story /* x */ em",
        ] {
            let selector_of_scraper = Selector::parse(selector).unwrap();
            let html = Html::parse_document(PAGE);
            let expected: Vec<String> = html
                .select(&selector_of_scraper)
                .filter_map(|element| Some(element.value().id()?.to_owned()))
                .collect();
            assert_eq!(named(selector, PAGE), expected, "{selector}");
        }
    }

    #[test]
    fn a_selector_that_is_wrong_or_unbounded_is_refused_with_the_reason() {
        for (selector, reason) in [
            ("p[", "bad `selector` `p[`"),
            ("", "bad `selector`"),
            ("p ~ i", "`~` looks along all siblings"),
            ("p:not(a ~ b)", "`~` looks along all siblings"),
            ("p:has(i)", "`:has`"),
            ("p:h\\61s(i)", "`:has`"),
            ("p:not(:has(i))", "`:has`"),
            ("li:NTH-child(2)", "`:NTH-child`"),
            ("li:nth-last-of-type(2)", "`:nth-last-of-type`"),
            ("li:only-of-type", "`:only-of-type`"),
            (":is(a b) c", "no path"),
            (":not(a > b)", "no path"),
            (":where(a + b, c)", "no path"),
        ] {
            let problem = Steps::parse(selector).unwrap_err();
            assert!(problem.contains(reason), "{selector}: {problem}");
        }
    }
}
