//! Features: the numbers by which the model judges a block.
//!
//! Every feature is a plain function of the page. [`schema::NAMES`] documents each one: its name, its meaning and its range.
//! The model file carries a hash of the names, so that a model never reads the numbers of another schema.

mod around;
mod block;
mod boxes;
mod form;
mod page;
pub(crate) mod schema;

use super::outline::Outline;
use super::phrases::Kinds;
use super::wording::Wording;
use super::words;

pub(crate) use page::Known;

/// The features of a page.
pub(crate) struct Features {
    boxes: boxes::Boxes,
    /// For each block, whether its words stand inside a longer block too.
    repeated: Vec<bool>,
    /// The numbers, row by row.
    values: Vec<f32>,
}

impl Features {
    /// Counts the features. `known` is what the page says about its article, `phrases` what its blocks begin with.
    pub(crate) fn new(outline: &Outline, known: &Known, phrases: &[Kinds], wording: &Wording) -> Self {
        let hashes: Vec<Vec<u64>> =
            outline.segments.iter().map(|segment| words::hashes(&segment.plain)).collect();
        let wording: Vec<f32> = hashes.iter().map(|hashes| wording.log_odds(hashes)).collect();
        let sums = page::Sums::new(outline);
        let mut numbers = page::Numbers::new(outline, known, &hashes);
        let forms = form::Forms::new(outline, &sums);
        let boxes = boxes::Boxes::new(outline, &sums, phrases);
        let width = schema::width();
        let mut values = Vec::with_capacity(width * outline.segments.len());
        for place in 0..outline.segments.len() {
            block::push(outline, place, phrases[place], wording[place], &mut values);
            numbers.push(outline, &sums, place, known, &mut values);
            around::push(outline, &sums, place, phrases, &mut values);
            forms.push(outline, place, &mut values);
            boxes.push(outline, &sums, place, &mut values);
            debug_assert_eq!(values.len(), width * (place + 1));
        }
        Self { boxes, repeated: numbers.into_repeated(), values }
    }

    /// The numbers of each block.
    pub(crate) fn rows(&self) -> impl Iterator<Item = &[f32]> {
        self.values.chunks_exact(schema::width())
    }

    /// The numbers of one block.
    pub(crate) fn row(&self, place: usize) -> &[f32] {
        let width = schema::width();
        self.values.get(place * width..(place + 1) * width).unwrap_or_default()
    }

    /// Whether the words of a block stand inside a longer block of the page too, as those of a pull quote do.
    pub(crate) fn is_repeated(&self, place: usize) -> bool {
        self.repeated.get(place).copied().unwrap_or(false)
    }

    /// The largest container around a block that does not hold the story.
    pub(crate) fn box_of(&self, place: usize) -> Option<usize> {
        self.boxes.box_of(place)
    }
}
