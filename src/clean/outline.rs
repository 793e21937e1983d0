//! The outline of a page: its blocks, the elements around them, and how they lie in each other.

use ego_tree::NodeId;
use html5ever::LocalName;

use crate::article::Block;

use super::signals::Signals;

/// Blocks after which the rest of the page is not read: what is known about each takes some 1.6 KB. The 30 largest of 1,703
/// real pages have up to 1,615.
pub(crate) const MAX_BLOCKS: usize = 20_000;

/// The page as blocks and the elements that hold them.
#[derive(Debug, Default)]
pub(crate) struct Outline {
    pub(crate) segments: Vec<Segment>,
    /// In document order; the first is the root.
    pub(crate) containers: Vec<Container>,
    /// For each block, the words of the page up to its end.
    pub(crate) words_up_to: Vec<usize>,
    /// There were more blocks than [`MAX_BLOCKS`].
    pub(crate) is_cut: bool,
}

/// A block of the page and what was noted on the way.
#[derive(Debug)]
pub(crate) struct Segment {
    pub(crate) block: Block,
    /// The text of the block in the form in which texts are compared.
    pub(crate) plain: String,
    /// The innermost container that holds all of its text.
    pub(crate) container: usize,
    /// Characters that are not white space; those inside links; those that are strong.
    pub(crate) characters: usize,
    pub(crate) linked: usize,
    pub(crate) strong: usize,
    /// Links that hold text.
    pub(crate) anchors: usize,
    pub(crate) words: usize,
    /// The innermost container around this block and the picture or film right before it, where there is one.
    pub(crate) with_media: Option<usize>,
    /// The same container for every block in it that comes after the picture.
    pub(crate) under_media: Option<usize>,
}

/// An element that may hold blocks. Its blocks are `segments[first..last]`.
#[derive(Debug)]
pub(crate) struct Container {
    pub(crate) node: NodeId,
    pub(crate) parent: Option<usize>,
    pub(crate) name: LocalName,
    pub(crate) is_block: bool,
    pub(crate) signals: Signals,
    /// A hash of its class attribute; 0 without one.
    pub(crate) signature: u64,
    /// It, or an element around it, is not shown at first.
    pub(crate) is_hidden: bool,
    pub(crate) first: usize,
    pub(crate) last: usize,
}

impl Outline {
    /// Words in a container.
    pub(crate) fn words(&self, container: usize) -> usize {
        let before = |place: usize| place.checked_sub(1).and_then(|last| self.words_up_to.get(last)).copied();
        let within = self.containers.get(container).filter(|container| container.first < container.last);
        within.map_or(0, |within| before(within.last).unwrap_or(0) - before(within.first).unwrap_or(0))
    }

    /// The containers around a segment, innermost first.
    pub(crate) fn around(&self, segment: &Segment) -> impl Iterator<Item = &Container> {
        self.ancestors(segment.container).filter_map(|place| self.containers.get(place))
    }

    /// The container around the innermost one of a segment: blocks that share it are siblings.
    pub(crate) fn parent(&self, segment: &Segment) -> Option<usize> {
        self.containers.get(segment.container).and_then(|own| own.parent)
    }

    /// `container` and the containers around it, innermost first, by their place.
    pub(crate) fn ancestors(&self, container: usize) -> impl Iterator<Item = usize> {
        std::iter::successors(Some(container), |place| self.containers.get(*place)?.parent)
    }

    /// The innermost container around both. Containers are numbered in document order, so the later one climbs.
    pub(crate) fn common_container(&self, one: usize, other: usize) -> usize {
        let (mut one, mut other) = (one, other);
        while one != other {
            let (low, high) = (one.min(other), one.max(other));
            let parent = self.containers.get(high).and_then(|container| container.parent);
            (one, other) = (low, parent.unwrap_or(0).min(high.saturating_sub(1)));
        }
        one
    }
}
