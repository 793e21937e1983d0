//! Kind: what sort of page this is, by how much of it is story and how much is links.

use crate::article::PageKind;

use super::outline::Outline;

/// Words of a story that leave no doubt.
const STORY_WORDS: usize = 150;
/// Share of linked characters above which a page without much story is a list of links.
const INDEX_LINKED: f32 = 0.5;

/// The kind of a page whose body has `words` words, and how sure that is, 0 to 1.
pub(crate) fn kind(outline: &Outline, words: usize) -> (PageKind, f32) {
    let characters: usize = outline.segments.iter().map(|segment| segment.characters).sum();
    let linked: usize = outline.segments.iter().map(|segment| segment.linked).sum();
    let linked = linked as f32 / characters.max(1) as f32;
    if characters == 0 {
        (PageKind::Empty, 1.0)
    } else if words >= STORY_WORDS {
        (PageKind::Article, 0.9)
    } else if linked > INDEX_LINKED {
        (PageKind::Index, 0.6)
    } else if words > 0 {
        (PageKind::Article, 0.5)
    } else {
        (PageKind::Empty, 0.5)
    }
}

/// The kind of a page that carries its story as structured data.
pub(crate) fn of_structured_story() -> (PageKind, f32) {
    (PageKind::Article, 0.9)
}
