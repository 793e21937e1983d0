//! What became of the pieces that were put into a page: whether a promo came through, whether the story is whole.

use super::generator::{Injection, words};

/// Share of the words of a part, in sequence, that makes it present.
const PRESENT: f64 = 0.6;
/// Share of the words of a block of the story that must be there.
const WHOLE: f64 = 0.8;
/// A part with fewer words counts only where it is most of a block: its words stand in stories too.
const FEW_WORDS: usize = 4;

/// The words of a body, a list a block.
pub struct Body(Vec<Vec<String>>);

impl Body {
    /// Reads the blocks of a body.
    pub fn new<'a>(blocks: impl Iterator<Item = &'a str>) -> Self {
        Self(blocks.map(words).collect())
    }
}

/// Whether `injection` went wrong: a promo that is in the body, or a piece of the story that is not.
///
/// `before` is the body of the page without any injection, where the same words may stand already.
pub fn is_wrong(injection: &Injection, before: &Body, after: &Body) -> bool {
    let mut parts = injection.parts.iter().map(|part| words(part)).filter(|part| !part.is_empty());
    if injection.is_story {
        parts.any(|part| {
            let present = |body: &Body| {
                body.0
                    .iter()
                    .filter(|block| longest_run(&part, block) as f64 >= WHOLE * part.len() as f64)
                    .count()
            };
            present(after) <= present(before)
        })
    } else {
        parts.any(|part| {
            let present = |body: &Body| body.0.iter().filter(|block| holds(&part, block)).count();
            present(after) > present(before)
        })
    }
}

fn holds(part: &[String], block: &[String]) -> bool {
    let run = longest_run(part, block) as f64;
    let characters: usize = part.iter().map(|word| word.chars().count()).sum();
    // Characters of a script without spaces are words here, and say less than words.
    let single = part.iter().all(|word| word.chars().count() == 1);
    let is_short = part.len() < FEW_WORDS || single && characters < 2 * FEW_WORDS;
    run >= PRESENT * part.len() as f64 && (!is_short || run >= PRESENT * block.len() as f64)
}

/// The most words of `part` that follow each other in `block` as they do in the part.
fn longest_run(part: &[String], block: &[String]) -> usize {
    let mut longest = 0;
    let mut runs = vec![0; part.len() + 1];
    for word in block {
        for at in (0..part.len()).rev() {
            runs[at + 1] = if part[at] == *word { runs[at] + 1 } else { 0 };
            longest = longest.max(runs[at + 1]);
        }
    }
    longest
}
