//! The words under a picture, and who made it.

use ego_tree::NodeRef;
use scraper::Node;
use scraper::node::Element;

use super::WORDS;

/// Elements between a picture and the `figure` that holds it and its caption.
const FIGURE_DEPTH: usize = 8;

/// Text nodes of a caption that are read, and its longest length in bytes.
const MAX_CAPTION_NODES: usize = 500;
const MAX_CAPTION: usize = 2_000;

/// The most words of a name at the end of a caption.
const MAX_CREDIT_WORDS: usize = 12;

/// The `figure` around a picture.
pub(super) fn figure(node: NodeRef<'_, Node>) -> Option<NodeRef<'_, Node>> {
    node.ancestors()
        .take(FIGURE_DEPTH)
        .find(|around| around.value().as_element().is_some_and(|element| element.name() == "figure"))
}

/// Caption and credit of a figure.
pub(super) fn words_under(figure: NodeRef<'_, Node>) -> (Option<String>, Option<String>) {
    let (mut caption, mut credit) = (String::new(), String::new());
    for node in figure.descendants().take(MAX_CAPTION_NODES) {
        let Some(text) = node.value().as_text() else { continue };
        let around = || node.ancestors().take_while(|around| around.id() != figure.id());
        let elements = || around().filter_map(|around| around.value().as_element());
        if elements().any(|element| matches!(element.name(), "script" | "style" | "noscript" | "button")) {
            continue;
        }
        let target = if elements().any(says_who) {
            &mut credit
        } else if elements().any(|element| element.name() == "figcaption") {
            &mut caption
        } else {
            continue;
        };
        if target.len() < MAX_CAPTION {
            target.push_str(text);
            // Elements that stand apart are words apart.
            target.push(' ');
        }
    }
    let said = |text: &str| Some(tidied(text)).filter(|text| !text.is_empty());
    let credit = said(&credit).map(|credit| unmarked(&credit).to_owned());
    (said(&caption), credit)
}

/// Whether an element says who made a picture.
fn says_who(element: &Element) -> bool {
    let values = ["class", "itemprop"].into_iter().filter_map(|name| element.attr(name));
    values.flat_map(|value| value.split(|c: char| !c.is_alphanumeric())).any(|word| {
        !word.is_empty() && WORDS.credit_words.iter().any(|known| known.eq_ignore_ascii_case(word))
    })
}

/// A caption without the name at its end, and that name.
pub(super) fn split(caption: &str) -> (Option<String>, Option<String>) {
    let caption = tidied(caption);
    let marks = WORDS.credit_marks.iter().filter_map(|mark| Some((caption.rfind(mark.as_str())?, mark)));
    // Of "Photo: © AP" the name is what stands after both.
    let first = marks
        .filter(|(at, _)| is_short(&caption[*at..]))
        .min_by_key(|(at, mark)| (*at, usize::MAX - mark.len()));
    let Some((at, mark)) = first else { return (Some(caption).filter(|caption| !caption.is_empty()), None) };
    let credit = unmarked(&caption[at + mark.len()..]).to_owned();
    let rest = caption[..at].trim_end_matches([' ', '(', '[', '|', '/', '–', '-']).to_owned();
    (Some(rest).filter(|rest| !rest.is_empty()), Some(credit).filter(|credit| !credit.is_empty()))
}

fn is_short(text: &str) -> bool {
    text.split_whitespace().nth(MAX_CREDIT_WORDS).is_none()
}

/// A name without what stands before it.
fn unmarked(credit: &str) -> &str {
    let mut name = credit.trim_matches([' ', '(', ')', '[', ']', ':']);
    while let Some(rest) = WORDS.credit_marks.iter().find_map(|mark| name.strip_prefix(mark.as_str())) {
        name = rest.trim_matches([' ', '(', ')', '[', ']', ':']);
    }
    name
}

/// Words on one line, without a space before a full stop.
fn tidied(text: &str) -> String {
    one_line(text).replace(" .", ".").replace(" ,", ",")
}

pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
