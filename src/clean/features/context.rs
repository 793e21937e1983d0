//! Features of the second pass: the first pass's probabilities around a block.
//!
//! The second pass judges neighbours and containers together: a heading by its section, an item by its list, a block
//! by its template.

use crate::article::BlockKind;
use crate::clean::segment::Outline;

use super::boxes::{BlockGroups, Boxes};
use super::page::Sums;
use super::schema::Names;

/// Neighbours whose probability is a feature, by distance.
const NEAR: [isize; 11] = [-6, -4, -3, -2, -1, 0, 1, 2, 3, 4, 6];
/// Block-level elements around a block whose mean probability is a feature, counted outwards.
const LEVELS: [usize; 5] = [0, 1, 2, 3, 5];
/// Blocks on each side in the wide and the narrow window.
const WIDE: usize = 8;
const NARROW: usize = 2;
/// A block that is likelier than this counts as story when distances are counted.
const LIKELY: f32 = 0.5;

/// Names of these features, in the order in which [`context`] gives them.
pub(super) fn names(names: &mut Names) {
    let mut push = |name: String, meaning: &str| names.push((name, meaning.to_owned()));
    for distance in NEAR {
        push(format!("prob_at_{distance}"), "probability of the block that far on; 0 without one");
    }
    for level in LEVELS {
        push(
            format!("prob_up_{level}"),
            "mean probability in the block-level element that far out, by characters; -1 without one",
        );
    }
    for (name, meaning) in [
        ("window_mean", "mean probability of the 17 blocks around, by characters"),
        ("near_mean", "mean probability of the 5 blocks around"),
        ("mass_before", "share of the likely characters up to this block"),
        ("mass_after", "share of the likely characters from this block on"),
        ("mass", "likely characters of the page"),
        ("max_before", "highest probability up to this block"),
        ("max_after", "highest probability from this block on"),
        ("max", "highest probability of the page"),
        ("relative", "probability as a share of the highest"),
        ("prob_box", "mean probability in the block's box, by characters; -1 without a box"),
        ("prob_alike", "mean probability of the other blocks in elements alike; -1 without others"),
        ("prob_siblings", "mean probability of the other blocks with the same parent; -1 without others"),
        (
            "prob_section",
            "mean probability from the next block to the next heading, by characters; -1 without any",
        ),
        ("prob_heading", "probability of the last heading; -1 without one"),
        ("to_first", "blocks since the first likely block; negative before it"),
        ("to_last", "blocks until the last likely block; negative after it"),
        ("likely_blocks", "share of blocks that are likely"),
    ] {
        push(name.to_owned(), meaning);
    }
}

/// Adds the second pass's features of every block, row by row.
pub(super) fn context(
    outline: &Outline,
    sums: &Sums,
    boxes: &Boxes,
    probabilities: &[f32],
    rows: &mut dyn FnMut(usize, &[f32]),
) {
    let page = Page::new(outline, boxes, probabilities);
    let mut values = Vec::new();
    for place in 0..outline.segments.len() {
        values.clear();
        for distance in NEAR {
            let at = place.checked_add_signed(distance).and_then(|at| probabilities.get(at));
            values.push(at.copied().unwrap_or(0.0));
        }
        page.push_levels(outline, place, &mut values);
        page.push_windows(place, &mut values);
        page.push_groups(outline, boxes, sums, place, &mut values);
        rows(place, &values);
    }
}

/// What is counted once for a page.
struct Page<'p> {
    probabilities: &'p [f32],
    /// Running sums of characters, of likely characters and of probabilities.
    size: Vec<f32>,
    mass: Vec<f32>,
    sum: Vec<f32>,
    max_before: Vec<f32>,
    max_after: Vec<f32>,
    alike: BlockGroups,
    siblings: BlockGroups,
    first: Option<usize>,
    last: Option<usize>,
    likely: f32,
}

impl<'p> Page<'p> {
    fn new(outline: &Outline, boxes: &Boxes, probabilities: &'p [f32]) -> Self {
        let characters = |place: usize| outline.segments[place].characters as f32;
        let count = probabilities.len();
        let mut max_before = probabilities.to_vec();
        for place in 1..count {
            max_before[place] = max_before[place].max(max_before[place - 1]);
        }
        let mut max_after = probabilities.to_vec();
        for place in (1..count).rev() {
            max_after[place - 1] = max_after[place - 1].max(max_after[place]);
        }
        Self {
            probabilities,
            size: running((0..count).map(characters)),
            mass: running((0..count).map(|place| characters(place) * probabilities[place])),
            sum: running(probabilities.iter().copied()),
            max_before,
            max_after,
            alike: boxes.alike_groups(probabilities),
            siblings: boxes.sibling_groups(outline, probabilities),
            first: probabilities.iter().position(|probability| *probability > LIKELY),
            last: probabilities.iter().rposition(|probability| *probability > LIKELY),
            likely: probabilities.iter().filter(|probability| **probability > LIKELY).count() as f32,
        }
    }

    /// Mean probability of the blocks `first..last`, by characters; -1 without any.
    fn mean(&self, first: usize, last: usize) -> f32 {
        let last = last.min(self.probabilities.len());
        if first >= last {
            return -1.0;
        }
        (self.mass[last] - self.mass[first]) / (self.size[last] - self.size[first]).max(1.0)
    }

    fn push_levels(&self, outline: &Outline, place: usize, values: &mut Vec<f32>) {
        let start = values.len();
        values.resize(start + LEVELS.len(), -1.0);
        let blocks = outline
            .ancestors(outline.segments[place].container)
            .filter(|at| outline.containers[*at].is_block);
        for (level, at) in blocks.take(LEVELS[LEVELS.len() - 1] + 1).enumerate() {
            if let Some(column) = LEVELS.iter().position(|known| *known == level) {
                let container = &outline.containers[at];
                values[start + column] = self.mean(container.first, container.last);
            }
        }
    }

    fn push_windows(&self, place: usize, values: &mut Vec<f32>) {
        let count = self.probabilities.len();
        let total = self.mass[count].max(1e-6);
        let own = self.probabilities[place];
        let top = self.max_after[0];
        let (near, far) = (place.saturating_sub(NARROW), (place + NARROW + 1).min(count));
        values.extend([
            self.mean(place.saturating_sub(WIDE), place + WIDE + 1),
            (self.sum[far] - self.sum[near]) / (2 * NARROW + 1) as f32,
            self.mass[place + 1] / total,
            (self.mass[count] - self.mass[place]) / total,
            self.mass[count],
            self.max_before[place],
            self.max_after[place],
            top,
            own / top.max(1e-6),
        ]);
    }

    fn push_groups(
        &self,
        outline: &Outline,
        boxes: &Boxes,
        sums: &Sums,
        place: usize,
        values: &mut Vec<f32>,
    ) {
        let in_box = boxes.box_of(place).map(|at| &outline.containers[at]);
        let (heading, next) = sums.section(place);
        let is_heading = outline.segments[place].block.kind == BlockKind::Heading;
        let own_heading = if is_heading { None } else { heading };
        values.extend([
            in_box.map_or(-1.0, |in_box| self.mean(in_box.first, in_box.last)),
            self.alike.without(place, self.probabilities[place]),
            self.siblings.without(place, self.probabilities[place]),
            self.mean(place + 1, next),
            own_heading.map_or(-1.0, |heading| self.probabilities[heading]),
            self.first.map_or(0.0, |first| place as f32 - first as f32),
            self.last.map_or(0.0, |last| last as f32 - place as f32),
            self.likely / self.probabilities.len().max(1) as f32,
        ]);
    }
}

fn running(values: impl Iterator<Item = f32>) -> Vec<f32> {
    let mut sum = 0.0;
    std::iter::once(0.0)
        .chain(values.map(|value| {
            sum += value;
            sum
        }))
        .collect()
}
