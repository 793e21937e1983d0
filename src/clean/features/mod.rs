//! Features: the numbers by which the model judges a block.
//!
//! Every feature is a plain function of the page. [`NAMES`] documents each one: its name, its meaning and its range.
//! The model file carries a hash of the names, so that a model never reads the numbers of another schema.

mod around;
mod block;
mod boxes;
mod context;
mod page;
pub(crate) mod schema;

use super::phrases::Kinds;
use super::segment::Outline;

pub(crate) use page::{Known, fnv};

/// The features of a page, ready for both passes of the model.
pub(crate) struct Features<'o> {
    outline: &'o Outline,
    sums: page::Sums,
    boxes: boxes::Boxes,
    /// The numbers of the first pass, row by row.
    values: Vec<f32>,
}

impl<'o> Features<'o> {
    /// Counts what the first pass asks for. `known` is what the page says about its article.
    pub(crate) fn new(outline: &'o Outline, known: &Known, phrases: &[Kinds]) -> Self {
        let sums = page::Sums::new(outline);
        let numbers = page::Numbers::new(outline, known);
        let boxes = boxes::Boxes::new(outline, &sums, phrases);
        let width = schema::width();
        let mut values = Vec::with_capacity(width * outline.segments.len());
        for place in 0..outline.segments.len() {
            block::push(outline, place, phrases[place], &mut values);
            numbers.push(outline, &sums, place, known, &mut values);
            around::push(outline, &sums, place, phrases, &mut values);
            boxes.push(outline, &sums, place, &mut values);
            debug_assert_eq!(values.len(), width * (place + 1));
        }
        Self { outline, sums, boxes, values }
    }

    /// The numbers of one block for the first pass.
    pub(crate) fn row(&self, place: usize) -> &[f32] {
        let width = schema::width();
        self.values.get(place * width..(place + 1) * width).unwrap_or_default()
    }

    /// Gives `rows` the place and the second pass's own numbers of every block; they come after those of the first.
    pub(crate) fn context(&self, probabilities: &[f32], rows: &mut dyn FnMut(usize, &[f32])) {
        context::context(self.outline, &self.sums, &self.boxes, probabilities, rows);
    }
}
