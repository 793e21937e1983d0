//! Features: the numbers by which the model judges a block.
//!
//! Every feature is a plain function of the page. [`NAMES`] documents each one: its name, its meaning and its range.
//! The model file carries a hash of the names, so that a model never reads the numbers of another schema.

mod around;
mod block;
mod boxes;
mod page;
pub(crate) mod schema;

use super::phrases::{Kinds, PHRASES};
use super::segment::Outline;

pub(crate) use page::{Known, fnv};

/// The numbers of every block of a page, row by row.
#[derive(Debug, Default)]
pub(crate) struct Matrix {
    pub(crate) width: usize,
    pub(crate) values: Vec<f32>,
}

impl Matrix {
    /// The numbers of one block.
    pub(crate) fn row(&self, place: usize) -> &[f32] {
        self.values.get(place * self.width..(place + 1) * self.width).unwrap_or_default()
    }

    /// Rows in the matrix.
    pub(crate) fn rows(&self) -> usize {
        self.values.len().checked_div(self.width).unwrap_or(0)
    }
}

/// The features of every block of a page. `known` is what the page says about its article.
pub(crate) fn features(outline: &Outline, known: &Known) -> Matrix {
    let phrases: Vec<Kinds> =
        outline.segments.iter().map(|segment| PHRASES.read(&segment.block.text)).collect();
    let sums = page::Sums::new(outline);
    let numbers = page::Numbers::new(outline, &sums, known);
    let boxes = boxes::Boxes::new(outline, &sums, &phrases);
    let width = schema::width();
    let mut values = Vec::with_capacity(width * outline.segments.len());
    for place in 0..outline.segments.len() {
        block::push(outline, place, phrases[place], &mut values);
        numbers.push(outline, &sums, place, known, &mut values);
        around::push(outline, &sums, place, &phrases, &mut values);
        boxes.push(outline, &sums, place, &mut values);
        debug_assert_eq!(values.len(), width * (place + 1));
    }
    Matrix { width, values }
}
