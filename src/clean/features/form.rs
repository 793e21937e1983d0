//! Features of the form that a block shares with others: headings of one rank, and lines of one look with one parent.
//!
//! The items of a list article are such lines, each with prose below; so are the teasers between paragraphs.

use foldhash::{HashMap, HashMapExt};

use crate::article::BlockKind;
use crate::clean::outline::{Outline, Segment};

use super::page::{Sums, is_prose};
use super::schema::Names;

/// Least share of characters by which a block counts as linked, or as strong.
const MOST: f32 = 0.8;

/// Names of these features, in the order in which [`Forms::push`] gives them.
pub(super) fn names(names: &mut Names) {
    for (name, meaning) in [
        ("rank_count", "headings of the same rank on the page; 0 for other blocks"),
        ("rank_prose", "share of those with prose before the next heading; 0 to 1, -1 for other blocks"),
        ("form_count", "blocks with the same parent that are alike in kind, links and weight; 1 and up"),
        ("form_prose", "share of those that prose with the same parent follows; 0 to 1"),
        ("form_words", "mean words of those; 0 and up"),
    ] {
        names.push((name.to_owned(), meaning.to_owned()));
    }
}

/// What makes blocks of one form: their parent, their kind, whether they are linked, whether they are strong.
type Form = (Option<usize>, BlockKind, bool, bool);

/// Counts over the blocks of one form.
#[derive(Default)]
struct Count {
    blocks: f32,
    with_prose: f32,
    words: f32,
}

impl Count {
    fn add(&mut self, has_prose: bool, words: usize) {
        self.blocks += 1.0;
        self.with_prose += f32::from(u8::from(has_prose));
        self.words += words as f32;
    }
}

/// The forms of a page.
pub(super) struct Forms {
    ranks: HashMap<Option<u8>, Count>,
    forms: HashMap<Form, Count>,
}

impl Forms {
    pub(super) fn new(outline: &Outline, sums: &Sums) -> Self {
        let (mut ranks, mut forms) = (HashMap::<_, Count>::new(), HashMap::<_, Count>::new());
        for (place, segment) in outline.segments.iter().enumerate() {
            if segment.block.kind == BlockKind::Heading {
                let (_, next) = sums.section(place);
                let has_prose = sums.between(place + 1, next).prose > 0.0;
                ranks.entry(segment.block.level).or_default().add(has_prose, segment.words);
            }
            let next = outline.segments.get(place + 1);
            let has_prose =
                next.is_some_and(|next| is_prose(next) && outline.parent(next) == outline.parent(segment));
            forms.entry(form(outline, segment)).or_default().add(has_prose, segment.words);
        }
        Self { ranks, forms }
    }

    pub(super) fn push(&self, outline: &Outline, place: usize, values: &mut Vec<f32>) {
        let segment = &outline.segments[place];
        let rank = Some(segment.block.level).filter(|_| segment.block.kind == BlockKind::Heading);
        match rank.and_then(|level| self.ranks.get(&level)) {
            Some(count) => values.extend_from_slice(&[count.blocks, count.with_prose / count.blocks]),
            None => values.extend_from_slice(&[0.0, -1.0]),
        }
        match self.forms.get(&form(outline, segment)) {
            Some(count) => {
                values.extend_from_slice(&[
                    count.blocks,
                    count.with_prose / count.blocks,
                    count.words / count.blocks,
                ]);
            }
            None => values.extend_from_slice(&[0.0; 3]),
        }
    }
}

fn form(outline: &Outline, segment: &Segment) -> Form {
    let is_most = |part: usize| part as f32 >= MOST * segment.characters.max(1) as f32;
    (outline.parent(segment), segment.block.kind, is_most(segment.linked), is_most(segment.strong))
}
