//! Deciding: from probabilities and rules to a verdict on each block, with its reason.
//!
//! 1. A rule that fires decides. 2. Else the probability does. 3. The repeated title goes. 4. Headings with nothing
//! left under them go.

use crate::article::BlockKind;

use super::phrases::{Kinds, PHRASES};
use super::rules::{Action, OnPage};
use super::segment::{Container, Outline};
use super::words;

/// Least probability of a block that stays.
const THRESHOLD: f32 = 0.5;

/// What becomes of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is in the body.
    Story,
    /// It belongs to a picture of the story.
    Caption,
    /// It is cut.
    Cut,
}

/// A verdict, the probability before rules, and the reason in words.
#[derive(Debug, Clone)]
pub(crate) struct Decision {
    pub(crate) verdict: Verdict,
    pub(crate) probability: f32,
    pub(crate) reason: String,
}

/// Decides on every block of the page.
pub(crate) fn decide(
    outline: &Outline,
    story: usize,
    probabilities: &[f32],
    rules: &[OnPage<'_>],
    title: Option<&str>,
) -> Vec<Decision> {
    let phrases: Vec<Kinds> =
        outline.segments.iter().map(|segment| PHRASES.read(&segment.block.text)).collect();
    let mut decisions: Vec<Decision> = (0..outline.segments.len())
        .map(|place| judge(outline, story, place, phrases[place], probabilities[place], rules))
        .collect();
    only_bodies(outline, rules, &mut decisions);
    drop_repeated_title(outline, title, &mut decisions);
    drop_empty_headings(outline, &mut decisions);
    drop_far_captions(&mut decisions);
    decisions
}

fn judge(
    outline: &Outline,
    story: usize,
    place: usize,
    phrases: Kinds,
    probability: f32,
    rules: &[OnPage<'_>],
) -> Decision {
    let segment = &outline.segments[place];
    let holds_story: Vec<usize> = outline.ancestors(story).collect();
    let local: Vec<&Container> = outline
        .ancestors(segment.container)
        .take_while(|container| !holds_story.contains(container))
        .map(|container| &outline.containers[container])
        .collect();
    let fired = rules.iter().find(|rule| {
        rule.rule().action != Action::Body && rule.fires(segment, phrases, local.iter().copied())
    });
    let by_rule = fired.map(|rule| (rule.rule().action, format!("rule {}", rule.rule().name)));
    let is_likely = probability >= THRESHOLD;
    let (verdict, reason) = match by_rule {
        Some((Action::Drop, reason)) => (Verdict::Cut, reason),
        Some((Action::Keep, reason)) => (Verdict::Story, reason),
        Some((Action::Caption, reason)) => (Verdict::Caption, reason),
        Some((Action::Body, _)) | None if segment.block.kind == BlockKind::Caption => {
            (if is_likely { Verdict::Caption } else { Verdict::Cut }, "a caption".to_owned())
        }
        Some((Action::Body, _)) | None if is_likely => (Verdict::Story, "likely".to_owned()),
        Some((Action::Body, _)) | None => (Verdict::Cut, "unlikely".to_owned()),
    };
    Decision { verdict, probability, reason }
}

/// Where a `body` rule names an element of the page, nothing outside it is story.
fn only_bodies(outline: &Outline, rules: &[OnPage<'_>], decisions: &mut [Decision]) {
    for rule in rules {
        let bodies = rule.bodies(outline);
        if bodies.is_empty() {
            continue;
        }
        for (place, decision) in decisions.iter_mut().enumerate() {
            let inside = bodies.iter().any(|body| {
                let body = &outline.containers[*body];
                (body.first..body.last).contains(&place)
            });
            let by_rule = decision.reason.starts_with("rule ");
            match (inside, decision.verdict) {
                (false, _) => decision.verdict = Verdict::Cut,
                (true, Verdict::Cut) if !by_rule => decision.verdict = Verdict::Story,
                (true, _) => continue,
            }
            decision.reason = format!("rule {}", rule.rule().name);
        }
        return;
    }
}

/// The title stands above the body; inside it, before the first prose, it would be said twice.
fn drop_repeated_title(outline: &Outline, title: Option<&str>, decisions: &mut [Decision]) {
    let Some(title) = title.map(words::plain).filter(|title| !title.is_empty()) else { return };
    for (segment, decision) in outline.segments.iter().zip(decisions) {
        let is_heading = segment.block.kind == BlockKind::Heading;
        if decision.verdict == Verdict::Story && words::plain(&segment.block.text) == title {
            decision.verdict = Verdict::Cut;
            decision.reason = "repeats the title".to_owned();
        } else if decision.verdict == Verdict::Story && !is_heading && segment.words >= 20 {
            return;
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
        match segment.block.kind {
            BlockKind::Heading => {
                let level = segment.block.level.unwrap_or(1);
                if next_level.is_some_and(|next| next <= level) {
                    decision.verdict = Verdict::Cut;
                    decision.reason = "a heading with nothing left under it".to_owned();
                } else {
                    next_level = Some(level);
                }
            }
            BlockKind::Paragraph
            | BlockKind::ListItem
            | BlockKind::Quote
            | BlockKind::Code
            | BlockKind::Table
            | BlockKind::Caption => next_level = None,
        }
    }
}

/// Captions belong to the story when they stand inside it or directly around it.
fn drop_far_captions(decisions: &mut [Decision]) {
    let story = |decision: &Decision| decision.verdict == Verdict::Story;
    let first = decisions.iter().position(story);
    let last = decisions.iter().rposition(story);
    for (place, decision) in decisions.iter_mut().enumerate() {
        let near = first.zip(last).is_some_and(|(first, last)| place + 12 >= first && place <= last + 3);
        if decision.verdict == Verdict::Caption && !near {
            decision.verdict = Verdict::Cut;
            decision.reason = "a caption far from the story".to_owned();
        }
    }
}
