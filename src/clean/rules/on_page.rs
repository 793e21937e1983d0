//! A rule on one page: for which blocks it fires, and where it says that the story is.

use scraper::Html;

use crate::clean::outline::{Outline, Segment};
use crate::clean::phrases::Kinds;

use super::selector::Selected;
use super::{Action, Ready, Rule};

/// What rules ask about a block.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'s> {
    pub(crate) segment: &'s Segment,
    pub(crate) phrases: Kinds,
    pub(crate) probability: f32,
    /// Words in the element that holds the block and a picture before it.
    pub(crate) media_words: Option<usize>,
    /// Its words stand inside a longer block too.
    pub(crate) is_repeated: bool,
    /// The containers around it, innermost first.
    pub(crate) around: &'s [usize],
    /// Those of them up to the one with the story.
    pub(crate) around_in_box: &'s [usize],
}

/// A rule on one page.
pub(crate) struct OnPage<'r> {
    ready: &'r Ready,
    selected: Option<Selected<'r>>,
}

impl<'r> OnPage<'r> {
    pub(super) fn new(ready: &'r Ready, page: &'r Html) -> Self {
        Self { ready, selected: ready.selector.as_ref().map(|steps| Selected::new(steps, page)) }
    }

    pub(crate) fn rule(&self) -> &'r Rule {
        &self.ready.rule
    }

    /// Whether the user wrote the rule.
    pub(crate) fn is_users(&self) -> bool {
        self.ready.rule.origin.is_some()
    }

    /// Whether the rule fires for a block. A built-in rule looks no further than the element with the story.
    pub(crate) fn fires(&self, outline: &Outline, block: &Asked<'_>) -> bool {
        let rule = &self.ready.rule;
        let Asked { segment, phrases, probability, media_words, is_repeated, around, around_in_box } = *block;
        let around = if self.is_users() { around } else { around_in_box };
        let containers = || around.iter().filter_map(|place| outline.containers.get(*place));
        let linked = segment.linked as f32 / segment.characters.max(1) as f32;
        (rule.phrases.is_empty() || phrases.meets(self.ready.phrases))
            && rule.max_words.is_none_or(|most| segment.words <= most)
            && rule.min_linked.is_none_or(|least| linked >= least)
            && (!rule.after_media || segment.with_media.is_some())
            && (!rule.repeated || is_repeated)
            && rule.under_media.is_none_or(|most| media_words.is_some_and(|words| words <= most))
            && rule.min_probability.is_none_or(|least| probability >= least)
            && rule.max_probability.is_none_or(|most| probability <= most)
            && rule.max_linked.is_none_or(|most| linked <= most)
            && (rule.kinds.is_empty() || rule.kinds.contains(&segment.block.kind))
            && (rule.signals.is_empty()
                || containers().any(|container| container.signals.meets(self.ready.signals)))
            && (rule.elements.is_empty()
                || containers().any(|container| rule.elements.iter().any(|name| **name == *container.name)))
            && self.ready.wordings.are_in(&segment.plain)
            && self
                .selected
                .as_ref()
                .is_none_or(|selected| around.iter().any(|place| selected.names(outline, *place)))
    }

    /// The containers with blocks that a `body` rule names.
    pub(crate) fn bodies(&self, outline: &Outline) -> Vec<usize> {
        let Some(selected) = self.selected.as_ref().filter(|_| self.ready.rule.action == Action::Body) else {
            return Vec::new();
        };
        let containers = outline.containers.iter().enumerate();
        containers
            .filter(|(place, container)| container.first < container.last && selected.names(outline, *place))
            .map(|(place, _)| place)
            .collect()
    }
}
