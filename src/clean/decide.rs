//! Deciding: from probabilities and rules to a verdict on each block, with its reason.
//!
//! 1. A rule that fires decides.
//! 2. Else the probability does, against a threshold that a page without likely blocks lowers.
//! 3. The repeated title goes.
//! 4. The line that dates the story goes.
//! 5. Headings with nothing left under them go.
//! 6. Captions far from the story go.

use crate::article::BlockKind;

use super::features::Features;
use super::meta::{self, Meta};
use super::outline::{Container, Outline};
use super::phrases::Kinds;
use super::rules::{Action, Asked, OnPage};
use super::words;

/// Least probability of a block that stays.
const THRESHOLD: f32 = 0.5;
/// A page with fewer likely words than this has no story that the threshold finds.
const LEAST_WORDS: usize = 40;
/// On such a page a block stays from this share of the highest probability.
const SHARE_OF_BEST: f32 = 0.5;
/// Nothing below this is a story, however poor the page.
const LEAST_PROBABILITY: f32 = 0.1;
/// Words of the first block that is certainly prose: neither title nor date come after it.
const LEAST_PROSE: usize = 20;
/// Most words of a line that dates the story.
const DATELINE_WORDS: usize = 10;
/// Blocks before the first and after the last of the story in which a caption still belongs to it.
const CAPTION_BEFORE: usize = 12;
const CAPTION_AFTER: usize = 3;

/// What becomes of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is in the body.
    Story,
    /// It belongs to a picture of the story.
    Caption,
    /// It is cut.
    Cut,
}

/// Why a block got its verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// The probability stands for itself.
    Probability,
    /// A rule fired; this is its name.
    Rule(String),
    /// It says what the title says.
    RepeatsTitle,
    /// It says the date of the story, above its first prose.
    Dateline,
    /// It is a heading with nothing left under it.
    EmptyHeading,
    /// It is a caption far from the story.
    FarCaption,
    /// It stands outside the element that a `body` rule names.
    OutsideBody(String),
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Probability => f.write_str("probability"),
            Self::Rule(name) => write!(f, "rule {name}"),
            Self::RepeatsTitle => f.write_str("repeats the title"),
            Self::Dateline => f.write_str("says the date of the story"),
            Self::EmptyHeading => f.write_str("a heading with nothing left under it"),
            Self::FarCaption => f.write_str("a caption far from the story"),
            Self::OutsideBody(name) => write!(f, "outside the body that the rule {name} names"),
        }
    }
}

/// A verdict, its reason, and the probability before rules.
#[derive(Debug, Clone)]
pub(crate) struct Decision {
    pub(crate) verdict: Verdict,
    pub(crate) probability: f32,
    pub(crate) reason: Reason,
}

impl Decision {
    fn cut(&mut self, reason: Reason) {
        self.verdict = Verdict::Cut;
        self.reason = reason;
    }
}

/// What the page says about its article that decides on blocks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Known<'m> {
    title: Option<&'m str>,
    /// Dates of publication and of the last change.
    dates: [&'m Option<String>; 2],
    language: Option<&'m str>,
}

impl<'m> Known<'m> {
    pub(crate) fn new(meta: &'m Meta) -> Self {
        let dates = [&meta.published, &meta.modified];
        Self { title: meta.title.as_deref(), dates, language: meta.language.as_deref() }
    }
}

/// Decides on every block of the page.
pub(crate) fn decide(
    outline: &Outline,
    features: &Features,
    phrases: &[Kinds],
    probabilities: &[f32],
    rules: &[OnPage<'_>],
    known: &Known<'_>,
) -> Vec<Decision> {
    let threshold = threshold(outline, probabilities);
    let mut decisions: Vec<Decision> = (0..outline.segments.len())
        .map(|place| {
            let (verdict, reason) =
                by_rule(outline, features, place, phrases[place], probabilities[place], rules)
                    .unwrap_or_else(|| {
                        (
                            by_probability(outline, place, probabilities[place] >= threshold),
                            Reason::Probability,
                        )
                    });
            Decision { verdict, probability: probabilities[place], reason }
        })
        .collect();
    only_bodies(outline, rules, &mut decisions);
    drop_repeated_title(outline, known.title, &mut decisions);
    drop_dateline(outline, known, &mut decisions);
    drop_empty_headings(outline, &mut decisions);
    drop_far_captions(&mut decisions);
    decisions
}

/// The least probability of a block that stays on this page.
fn threshold(outline: &Outline, probabilities: &[f32]) -> f32 {
    let likely =
        outline.segments.iter().zip(probabilities).filter(|(_, probability)| **probability >= THRESHOLD);
    let words: usize = likely.map(|(segment, _)| segment.words).sum();
    if words >= LEAST_WORDS {
        return THRESHOLD;
    }
    let best = probabilities.iter().copied().fold(0.0, f32::max);
    (best * SHARE_OF_BEST).clamp(LEAST_PROBABILITY, THRESHOLD)
}

fn by_probability(outline: &Outline, place: usize, is_likely: bool) -> Verdict {
    match (outline.segments[place].block.kind, is_likely) {
        (BlockKind::Caption, _) => Verdict::Caption,
        (_, true) => Verdict::Story,
        (_, false) => Verdict::Cut,
    }
}

/// What the first rule that fires says. A rule looks at the block and at the elements around it, as far as its box.
fn by_rule(
    outline: &Outline,
    features: &Features,
    place: usize,
    phrases: Kinds,
    probability: f32,
    rules: &[OnPage<'_>],
) -> Option<(Verdict, Reason)> {
    let segment = &outline.segments[place];
    let in_box = features.box_of(place);
    let mut local: Vec<&Container> = Vec::new();
    for at in in_box.iter().flat_map(|_| outline.ancestors(segment.container)) {
        local.push(&outline.containers[at]);
        if in_box == Some(at) {
            break;
        }
    }
    let asked = Asked {
        segment,
        phrases,
        probability,
        media_words: segment.under_media.map(|shared| outline.words(shared)),
        is_repeated: features.is_repeated(place),
    };
    let fired = rules.iter().find(|rule| rule.fires(&asked, local.iter().copied()))?;
    let reason = Reason::Rule(fired.rule().name.clone());
    match fired.rule().action {
        Action::Drop => Some((Verdict::Cut, reason)),
        Action::Keep => Some((Verdict::Story, reason)),
        Action::Caption => Some((Verdict::Caption, reason)),
        Action::Body => None,
    }
}

/// Where a `body` rule names an element of the page, the story is inside it and nowhere else.
fn only_bodies(outline: &Outline, rules: &[OnPage<'_>], decisions: &mut [Decision]) {
    for rule in rules {
        let bodies = rule.bodies(outline);
        if bodies.is_empty() {
            continue;
        }
        let name = &rule.rule().name;
        for (place, decision) in decisions.iter_mut().enumerate() {
            let inside = bodies.iter().any(|body| {
                let body = &outline.containers[*body];
                (body.first..body.last).contains(&place)
            });
            if !inside {
                decision.cut(Reason::OutsideBody(name.clone()));
            } else if decision.reason == Reason::Probability && decision.verdict == Verdict::Cut {
                decision.verdict = Verdict::Story;
                decision.reason = Reason::Rule(name.clone());
            }
        }
        return;
    }
}

/// The title stands above the body; inside it, before the first prose, it would be said twice.
fn drop_repeated_title(outline: &Outline, title: Option<&str>, decisions: &mut [Decision]) {
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

/// The date of the story is in the record; a short line above the first prose that says it would say it twice.
fn drop_dateline(outline: &Outline, known: &Known<'_>, decisions: &mut [Decision]) {
    let days: Vec<&str> = known.dates.iter().filter_map(|date| date.as_deref()?.get(..10)).collect();
    for (segment, decision) in outline.segments.iter().zip(decisions) {
        if decision.verdict != Verdict::Story {
            continue;
        }
        if segment.words >= LEAST_PROSE {
            return;
        }
        let may_be_date = segment.words <= DATELINE_WORDS && segment.block.text.chars().any(char::is_numeric);
        let day = may_be_date.then(|| meta::day_of(&segment.block.text, known.language)).flatten();
        if day.is_some_and(|day| days.contains(&day.as_str())) {
            decision.cut(Reason::Dateline);
        }
    }
}

/// A heading stays when something of the story follows before the next heading of its rank or higher.
fn drop_empty_headings(outline: &Outline, decisions: &mut [Decision]) {
    let mut next_level = Some(0);
    for (segment, decision) in outline.segments.iter().zip(decisions).rev() {
        if decision.verdict != Verdict::Story {
            continue;
        }
        if segment.block.kind != BlockKind::Heading {
            next_level = None;
            continue;
        }
        let level = segment.block.level.unwrap_or(1);
        if next_level.is_some_and(|next| next == 0) {
            decision.cut(Reason::EmptyHeading);
        } else {
            next_level = Some(level);
        }
    }
}

/// Captions belong to the story when they stand inside it or close to it.
fn drop_far_captions(decisions: &mut [Decision]) {
    let is_story = |decision: &Decision| decision.verdict == Verdict::Story;
    let first = decisions.iter().position(is_story);
    let last = decisions.iter().rposition(is_story);
    for (place, decision) in decisions.iter_mut().enumerate() {
        let is_near = first
            .zip(last)
            .is_some_and(|(first, last)| place + CAPTION_BEFORE >= first && place <= last + CAPTION_AFTER);
        if decision.verdict == Verdict::Caption && !is_near {
            decision.cut(Reason::FarCaption);
        }
    }
}
