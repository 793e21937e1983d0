//! A readable heuristic that gives each block a probability of belonging to the story. It stands where the learned
//! model will stand and answers in the same form.
//!
//! 1. Prose is text in sentences with few links. Each piece of prose votes for the elements around it.
//! 2. The element with the most votes holds the story; it grows while its parent adds much prose.
//! 3. Inside it, prose is likely, short unlinked text is possible, linked text is unlikely. Outside nothing is likely.

use super::segment::{Outline, Segment};
use crate::article::BlockKind;

/// Least words of a block that counts as prose.
const PROSE_WORDS: usize = 10;
/// Largest share of linked characters in prose.
const PROSE_LINKED: f32 = 0.4;
/// A vote counts this much less for each element further out.
const VOTE_DECAY: f32 = 0.5;
/// How far out a vote reaches, in block-level elements.
const VOTE_REACH: usize = 4;
/// The story grows to its parent when that holds this many times its prose.
const GROWTH: f32 = 1.2;
/// The parent must not be more linked than this.
const GROWTH_LINKED: f32 = 0.35;

/// The element that holds the story, and a probability for each block.
pub(crate) fn probabilities(outline: &Outline) -> (usize, Vec<f32>) {
    let prose: Vec<f32> = outline.segments.iter().map(prose).collect();
    let story = story_container(outline, &prose);
    let (first, last) = outline.containers.get(story).map_or((0, 0), |story| (story.first, story.last));
    let probabilities = outline
        .segments
        .iter()
        .zip(&prose)
        .enumerate()
        .map(|(place, (segment, prose))| match (first..last).contains(&place) {
            true => likelihood(segment, *prose),
            false => 0.02,
        })
        .collect();
    (story, probabilities)
}

/// Unlinked characters of a block in sentences; 0 for other blocks.
fn prose(segment: &Segment) -> f32 {
    let is_prose = segment.words >= PROSE_WORDS
        && linked(segment) < PROSE_LINKED
        && !matches!(segment.block.kind, BlockKind::Heading | BlockKind::Caption | BlockKind::Table);
    if is_prose { (segment.characters - segment.linked.min(segment.characters)) as f32 } else { 0.0 }
}

fn linked(segment: &Segment) -> f32 {
    segment.linked as f32 / segment.characters.max(1) as f32
}

fn likelihood(segment: &Segment, prose: f32) -> f32 {
    match segment.block.kind {
        _ if prose > 0.0 => 0.95,
        BlockKind::Table | BlockKind::Code => 0.7,
        _ if linked(segment) > 0.6 => 0.1,
        BlockKind::Heading | BlockKind::Quote | BlockKind::ListItem => 0.7,
        BlockKind::Paragraph | BlockKind::Caption => 0.6,
    }
}

fn story_container(outline: &Outline, prose: &[f32]) -> usize {
    let mut votes = vec![0.0_f32; outline.containers.len()];
    for (segment, prose) in outline.segments.iter().zip(prose).filter(|(_, prose)| **prose > 0.0) {
        let mut vote = *prose;
        let blocks = outline.ancestors(segment.container).filter(|place| outline.containers[*place].is_block);
        for place in blocks.skip(1).take(VOTE_REACH) {
            votes[place] += vote;
            vote *= VOTE_DECAY;
        }
    }
    let best = (0..votes.len()).max_by(|one, other| votes[*one].total_cmp(&votes[*other]));
    let mut story = best.unwrap_or(0);
    let sums = Sums::new(outline, prose);
    while let Some(parent) = outline.containers.get(story).and_then(|container| container.parent) {
        let (here, there) = (sums.of(outline, story), sums.of(outline, parent));
        if there.0 < here.0 * GROWTH || there.1 > GROWTH_LINKED {
            break;
        }
        story = parent;
    }
    story
}

/// Running sums over the blocks, from which the sums of every element follow.
struct Sums {
    prose: Vec<f32>,
    characters: Vec<f32>,
    linked: Vec<f32>,
}

impl Sums {
    fn new(outline: &Outline, prose: &[f32]) -> Self {
        let running = |values: Vec<f32>| {
            let mut sum = 0.0;
            let ends = values.into_iter().map(|value| {
                sum += value;
                sum
            });
            std::iter::once(0.0).chain(ends).collect::<Vec<f32>>()
        };
        let segments = &outline.segments;
        let characters = running(segments.iter().map(|segment| segment.characters as f32).collect());
        let linked = running(segments.iter().map(|segment| segment.linked as f32).collect());
        Self { prose: running(prose.to_vec()), characters, linked }
    }

    /// Prose in a container, and the share of its characters that is linked.
    fn of(&self, outline: &Outline, place: usize) -> (f32, f32) {
        let container = &outline.containers[place];
        let (first, last) = (container.first.min(container.last), container.last);
        let within = |sums: &[f32]| sums[last] - sums[first];
        (within(&self.prose), within(&self.linked) / within(&self.characters).max(1.0))
    }
}
