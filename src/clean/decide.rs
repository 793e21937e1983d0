//! Deciding: from probabilities and rules to a verdict on each block, with its reason.
//!
//! 1. A rule that fires decides; where the user wrote it, nothing below changes its verdict.
//! 2. Else the probability does, against a threshold that a page without likely blocks lowers.
//! 3. The repeated title goes.
//! 4. The line that dates the story goes.
//! 5. What the page prints again goes, and pull quotes.
//! 6. Headings with nothing left under them go.
//! 7. Captions far from the story go.

mod repetition;

use html5ever::local_name;

use crate::article::BlockKind;

use super::features::Features;
use super::meta::{self, Meta};
use super::outline::Outline;
use super::phrases::Kinds;
use super::rules::{Action, Asked, OnPage};

/// Least probability of a block that stays.
const THRESHOLD: f32 = 0.5;
/// A page with fewer likely words than this has no story that the threshold finds.
const LEAST_WORDS: usize = 40;
/// On such a page a block stays from this share of the highest probability.
const SHARE_OF_BEST: f32 = 0.5;
/// A heading, or the term of a definition, stays from this share of the threshold: one that is wrong stands alone only
/// until the headings with nothing under them go, and one that is missing leaves its section without a beginning.
const SHARE_FOR_HEADINGS: f32 = 0.8;
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
    /// A rule fired; this is its title.
    Rule(String),
    /// It says what the title says.
    RepeatsTitle,
    /// It says the date of the story, above its first prose.
    Dateline,
    /// The page prints it again, together with what stands around it.
    SecondPrint,
    /// A paragraph close by says all of it too: it was set large to catch the eye.
    PullQuote,
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
            Self::SecondPrint => f.write_str("printed before"),
            Self::PullQuote => f.write_str("a pull quote of a paragraph close by"),
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
    /// A rule of the user's decided.
    pub(crate) is_final: bool,
}

impl Decision {
    fn cut(&mut self, reason: Reason) {
        if !self.is_final {
            self.verdict = Verdict::Cut;
            self.reason = reason;
        }
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
    let mut around = Vec::new();
    let mut decisions: Vec<Decision> = (0..outline.segments.len())
        .map(|place| {
            let probability = probabilities[place];
            around.clear();
            around.extend(outline.ancestors(outline.segments[place].container));
            by_rule(outline, features, place, phrases[place], probability, &around, rules).unwrap_or_else(
                || Decision {
                    verdict: by_probability(outline, place, probability, threshold),
                    probability,
                    reason: Reason::Probability,
                    is_final: false,
                },
            )
        })
        .collect();
    only_bodies(outline, rules, &mut decisions);
    repetition::drop_title(outline, known.title, &mut decisions);
    drop_dateline(outline, known, &mut decisions);
    repetition::drop_second_prints(outline, &mut decisions);
    repetition::drop_pull_quotes(outline, &mut decisions);
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

fn by_probability(outline: &Outline, place: usize, probability: f32, threshold: f32) -> Verdict {
    let segment = &outline.segments[place];
    let kind = segment.block.kind;
    if kind == BlockKind::Caption {
        return Verdict::Caption;
    }
    let own = outline.containers.get(segment.container);
    let is_heading = kind == BlockKind::Heading || own.is_some_and(|own| own.name == local_name!("dt"));
    let least = if is_heading { SHARE_FOR_HEADINGS * threshold } else { threshold };
    if probability >= least { Verdict::Story } else { Verdict::Cut }
}

/// What the first rule that fires says. A rule looks at the block and at the elements around it, as far as its box.
fn by_rule(
    outline: &Outline,
    features: &Features,
    place: usize,
    phrases: Kinds,
    probability: f32,
    around: &[usize],
    rules: &[OnPage<'_>],
) -> Option<Decision> {
    let segment = &outline.segments[place];
    let in_box = features.box_of(place).map_or(0, |the_box| {
        around.iter().position(|at| *at == the_box).map_or(around.len(), |place| place + 1)
    });
    let asked = Asked {
        segment,
        phrases,
        probability,
        media_words: segment.under_media.map(|shared| outline.words(shared)),
        is_repeated: features.is_repeated(place),
        around,
        around_in_box: &around[..in_box],
    };
    // A `body` rule says nothing of single blocks.
    let mut verdicts = rules.iter().filter_map(|rule| Some((rule, verdict(rule.rule().action)?)));
    let (rule, verdict) = verdicts.find(|(rule, _)| rule.fires(outline, &asked))?;
    let reason = Reason::Rule(rule.rule().title().into_owned());
    Some(Decision { verdict, probability, reason, is_final: rule.is_users() })
}

fn verdict(action: Action) -> Option<Verdict> {
    match action {
        Action::Drop => Some(Verdict::Cut),
        Action::Keep => Some(Verdict::Story),
        Action::Caption => Some(Verdict::Caption),
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
        let title = rule.rule().title();
        for (place, decision) in decisions.iter_mut().enumerate() {
            let inside = bodies.iter().any(|body| {
                let body = &outline.containers[*body];
                (body.first..body.last).contains(&place)
            });
            if !inside {
                decision.cut(Reason::OutsideBody(title.clone().into_owned()));
            } else if decision.reason == Reason::Probability && decision.verdict == Verdict::Cut {
                decision.verdict = Verdict::Story;
                decision.reason = Reason::Rule(title.clone().into_owned());
            }
        }
        return;
    }
}

/// Whether a `body` rule said where the story is.
pub(crate) fn has_body(decisions: &[Decision]) -> bool {
    decisions.iter().any(|decision| matches!(decision.reason, Reason::OutsideBody(_)))
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
