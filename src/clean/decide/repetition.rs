//! What a page says twice: the title inside the body, a body that is printed again for another kind of screen, sentences
//! set large beside their paragraphs.

use foldhash::{HashMap, HashMapExt};
use memchr::memmem::Finder;

use super::{Decision, LEAST_PROSE, Reason, Verdict};
use crate::article::BlockKind;
use crate::clean::outline::Outline;
use crate::clean::words;

/// Fewest words that are printed again, side by side: a chorus or a warning may well be repeated.
const SECOND_PRINT_WORDS: usize = 60;
/// Fewest words of a pull quote: shorter ones are found in a paragraph by chance.
const PULL_QUOTE_WORDS: usize = 8;
/// Fewest words that a paragraph has more than the pull quote that was taken from it.
const LEFT_IN_PLACE: usize = 4;
/// Blocks between a pull quote and the paragraph that it was taken from, at most.
const PULL_QUOTE_REACH: usize = 6;

/// The title stands above the body; inside it, before the first prose, it would be said twice.
pub(super) fn drop_title(outline: &Outline, title: Option<&str>, decisions: &mut [Decision]) {
    let Some(title) = title.map(words::plain).filter(|title| !title.is_empty()) else { return };
    for (segment, decision) in outline.segments.iter().zip(decisions) {
        if decision.verdict != Verdict::Story {
            continue;
        }
        if segment.plain == title {
            decision.cut(Reason::RepeatsTitle);
        } else if segment.block.kind != BlockKind::Heading && segment.words >= LEAST_PROSE {
            return;
        }
    }
}

/// The first print of a story stays: pages bring a body again for small screens, or for the script that takes over.
pub(super) fn drop_second_prints(outline: &Outline, decisions: &mut [Decision]) {
    let story: Vec<usize> =
        (0..decisions.len()).filter(|place| decisions[*place].verdict == Verdict::Story).collect();
    let text = |at: usize| story.get(at).map(|place| outline.segments[*place].plain.as_str());
    let mut first: HashMap<&str, usize> = HashMap::new();
    let mut at = 0;
    while at < story.len() {
        let source = text(at).and_then(|text| first.get(text).copied());
        let Some(source) = source else {
            first.extend(text(at).map(|text| (text, at)));
            at += 1;
            continue;
        };
        let same =
            (at..story.len()).zip(source..at).take_while(|(again, source)| text(*again) == text(*source));
        let again = at..at + same.count();
        let words: usize = again.clone().map(|at| outline.segments[story[at]].words).sum();
        if words >= SECOND_PRINT_WORDS {
            again.clone().for_each(|at| decisions[story[at]].cut(Reason::SecondPrint));
        }
        at = again.end;
    }
}

/// A sentence of the story that is printed once more between its paragraphs is not told twice.
pub(super) fn drop_pull_quotes(outline: &Outline, decisions: &mut [Decision]) {
    let is_prose = |place: usize, decisions: &[Decision]| {
        let kind = outline.segments[place].block.kind;
        decisions[place].verdict == Verdict::Story && matches!(kind, BlockKind::Paragraph | BlockKind::Quote)
    };
    for place in 0..decisions.len() {
        let segment = &outline.segments[place];
        if segment.words < PULL_QUOTE_WORDS || !is_prose(place, decisions) {
            continue;
        }
        let quote = Finder::new(segment.plain.trim_matches(|c: char| !c.is_alphanumeric()));
        let near = place.saturating_sub(PULL_QUOTE_REACH)..decisions.len().min(place + PULL_QUOTE_REACH + 1);
        let is_pulled = near.into_iter().any(|other| {
            let source = &outline.segments[other];
            source.words >= segment.words + LEFT_IN_PLACE
                && is_prose(other, decisions)
                && words::contains(&source.plain, &quote)
        });
        if is_pulled {
            decisions[place].cut(Reason::PullQuote);
        }
    }
}
