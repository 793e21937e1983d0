//! Features of what is around a block: its neighbours in the page.

use crate::clean::outline::Outline;
use crate::clean::phrases::Kinds;

use super::block::kind_number;
use super::page::{Sums, is_prose, is_sentence};
use super::schema::Names;

/// Neighbours that are looked at, by distance.
const DISTANCES: [isize; 6] = [-3, -2, -1, 1, 2, 3];
/// Stands for a neighbour that does not exist.
const NONE: f32 = -1.0;

/// Names of these features, in the order in which [`push`] gives them.
pub(super) fn names(names: &mut Names) {
    for distance in DISTANCES {
        for (name, meaning) in [
            ("words", "words"),
            ("linked", "share of characters inside links"),
            ("sentence", "1 when it ends as a sentence does"),
            ("kind", "kind of block"),
            ("phrases", "kinds of phrases it begins with"),
            ("sibling", "1 when it has the same parent"),
        ] {
            names.push((
                format!("{name}_at_{distance}"),
                format!("{meaning}, of the block {distance} further; -1 without one"),
            ));
        }
    }
    for (name, meaning) in [
        ("prose_up_to", "blocks since the last prose; -1 without any"),
        ("prose_in", "blocks until the next prose; -1 without any"),
        ("window_prose", "share of words that are prose among the 9 blocks around; 0 to 1"),
        ("window_linked", "share of linked characters among the 9 blocks around; 0 to 1"),
    ] {
        names.push((name.to_owned(), meaning.to_owned()));
    }
}

/// Adds the features of one block.
pub(super) fn push(outline: &Outline, sums: &Sums, place: usize, phrases: &[Kinds], values: &mut Vec<f32>) {
    let parent = outline.parent(&outline.segments[place]);
    for distance in DISTANCES {
        let neighbour =
            place.checked_add_signed(distance).and_then(|at| Some((at, outline.segments.get(at)?)));
        match neighbour {
            Some((at, segment)) => values.extend_from_slice(&[
                segment.words as f32,
                segment.linked as f32 / segment.characters.max(1) as f32,
                f32::from(u8::from(is_sentence(segment))),
                kind_number(segment.block.kind),
                phrases[at].0.count_ones() as f32,
                f32::from(u8::from(outline.parent(segment) == parent)),
            ]),
            None => values.extend_from_slice(&[NONE; 6]),
        }
    }
    let reach = 12;
    let back = (1..=reach.min(place)).find(|step| is_prose(&outline.segments[place - step]));
    let ahead = (1..=reach).find(|step| outline.segments.get(place + step).is_some_and(is_prose));
    let window = sums.between(place.saturating_sub(4), place + 5);
    values.extend_from_slice(&[
        back.map_or(NONE, |step| step as f32),
        ahead.map_or(NONE, |step| step as f32),
        window.prose / window.words.max(1.0),
        window.linked,
    ]);
}
