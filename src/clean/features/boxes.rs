//! Features of the elements around a block: what they are called, what they hold, which of them holds the story.

use std::sync::LazyLock;

use foldhash::{HashMap, HashMapExt};
use html5ever::{LocalName, local_name};

use crate::clean::elements;
use crate::clean::hash::fnv;
use crate::clean::outline::{Container, Outline};
use crate::clean::phrases::Kinds;
use crate::clean::signals::{Signals, VOCABULARY};

use super::page::{Sum, Sums, is_prose};
use super::schema::Names;

/// Elements whose number is a feature, for the block itself and its parent.
const ELEMENTS: [&str; 32] = [
    "p",
    "li",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "blockquote",
    "td",
    "th",
    "figcaption",
    "div",
    "span",
    "a",
    "section",
    "article",
    "dd",
    "dt",
    "pre",
    "header",
    "footer",
    "aside",
    "nav",
    "button",
    "label",
    "form",
    "summary",
    "center",
    "body",
    "main",
    "table",
];
/// Elements that are looked for anywhere around a block.
const AROUND: [&str; 19] = [
    "article",
    "main",
    "aside",
    "nav",
    "header",
    "footer",
    "figure",
    "form",
    "ul",
    "ol",
    "table",
    "blockquote",
    "section",
    "p",
    "li",
    "a",
    "button",
    "details",
    "dl",
];
/// Block-level elements around a block whose sums are features, counted outwards.
const LEVELS: [usize; 6] = [0, 1, 2, 3, 5, 7];
/// An element with less than this share of the page's prose is a box beside or inside the story, not around it.
const BOX_SHARE: f32 = 0.3;
/// How far out the vote of a piece of prose reaches.
const VOTE_REACH: usize = 6;
/// Distances further out than this count the same.
const FAR: usize = 15;

/// Names of these features, in the order in which [`Boxes::push`] gives them.
pub(super) fn names(names: &mut Names) {
    let mut push = |name: String, meaning: String| names.push((name, meaning));
    push("element".into(), "name of the block's element, by its number; -1 for others".into());
    push("parent_element".into(), "name of the parent's element, by its number; -1 for others".into());
    push("depth".into(), "elements around the block; 0 and up".into());
    push("hidden".into(), "1 when an element around the block is not shown at first".into());
    for name in AROUND {
        push(format!("in_{name}"), format!("1 when a {name} element is around the block"));
    }
    for name in VOCABULARY.names() {
        push(
            format!("signal_{name}"),
            format!("steps to the nearest element that says {name}, from 1; 0 without one"),
        );
    }
    for name in VOCABULARY.names() {
        push(format!("box_signal_{name}"), format!("1 when an element of the block's box says {name}"));
    }
    for level in LEVELS {
        for (name, meaning) in [
            ("words", "words"),
            ("linked", "share of linked characters"),
            ("prose", "share of the page's prose"),
            ("blocks", "blocks"),
            ("prose_blocks", "share of blocks that are prose"),
            ("block_words", "words for each block"),
        ] {
            push(
                format!("{name}_up_{level}"),
                format!("{meaning}, of the block-level element {level} further out; -1 without one"),
            );
        }
    }
    for (name, meaning) in [
        ("in_best", "1 when the element with the most votes of prose is around the block"),
        ("steps_to_best", "elements between the block and that element; -1 outside it"),
        (
            "steps_to_shared",
            "elements between the block and the first one that is also around that element; 0 inside it",
        ),
        ("best_prose", "share of the page's prose in that element; 0 to 1"),
        ("best_linked", "share of linked characters in that element; 0 to 1"),
        ("votes", "most votes of an element around the block, as a share of the most of all; 0 to 1"),
        (
            "box_words",
            "words in the block's box, the largest element around it that does not hold the story; 0 and up",
        ),
        ("box_linked", "share of linked characters in the box; 0 to 1"),
        ("box_blocks", "blocks in the box; 0 and up"),
        ("box_prose", "share of the page's prose in the box; 0 to 1"),
        ("box_prose_blocks", "share of the box's blocks that are prose; 0 to 1"),
        ("box_phrases", "kinds of phrases that the first block of the box begins with; 0 and up"),
        ("box_place", "place of the block in its box; 0 to 1"),
        ("box_any_phrases", "share of the box's blocks that begin with a phrase; 0 to 1"),
        ("alike", "blocks in elements of the same name, class and parent; 1 and up"),
        ("alike_words", "mean words of those; 0 and up"),
        ("alike_linked", "mean linked share of those; 0 to 1"),
        ("alike_prose", "share of those that are prose; 0 to 1"),
    ] {
        push(name.into(), meaning.into());
    }
}

/// The number of an element in [`ELEMENTS`], and the bit of its place in [`AROUND`].
static NUMBERS: LazyLock<HashMap<LocalName, (f32, u32)>> = LazyLock::new(|| {
    let mut numbers: HashMap<LocalName, (f32, u32)> = HashMap::new();
    for (number, name) in ELEMENTS.iter().enumerate() {
        numbers.insert((*name).into(), (number as f32, 0));
    }
    for (bit, name) in AROUND.iter().enumerate() {
        numbers.entry((*name).into()).or_insert((NO_NUMBER, 0)).1 = 1 << bit;
    }
    numbers
});
/// Stands for elements without a number.
const NO_NUMBER: f32 = -1.0;

/// What is known of a container from all that are around it, itself included.
#[derive(Debug, Clone, Copy)]
struct Nest {
    /// Its number in [`ELEMENTS`].
    element: f32,
    depth: usize,
    /// A bit for each element of [`AROUND`].
    around: u32,
    most_votes: f32,
    /// Steps up to the container with the most votes.
    to_best: Option<usize>,
    /// Steps up to one that is around that container.
    to_shared: usize,
    /// The outermost of the containers that hold no story.
    outermost: Option<usize>,
}

/// What stands around the root.
const NOWHERE: Nest = Nest {
    element: NO_NUMBER,
    depth: 0,
    around: 0,
    most_votes: 0.0,
    to_best: None,
    to_shared: 0,
    outermost: None,
};

/// What is counted once for a page.
pub(super) struct Boxes {
    votes: Vec<f32>,
    best: usize,
    nests: Vec<Nest>,
    alike: Vec<Alike>,
    /// For each block, the number of the group of blocks in elements alike.
    alike_group: Vec<usize>,
    /// For each block, the largest element around it that does not hold the story.
    boxes: Vec<Option<usize>>,
    phrase_sums: Vec<f32>,
    first_phrases: Vec<f32>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Alike {
    blocks: f32,
    words: f32,
    linked: f32,
    prose: f32,
}

impl Boxes {
    pub(super) fn new(outline: &Outline, sums: &Sums, phrases: &[Kinds]) -> Self {
        let votes = votes(outline);
        let strength = |place: &usize| votes[*place] * (1.0 - sums.of(outline, *place).linked);
        let best =
            (0..votes.len()).max_by(|one, other| strength(one).total_cmp(&strength(other))).unwrap_or(0);
        let nests = nests(outline, sums, &votes, best);
        let boxes = outline.segments.iter().map(|segment| nests[segment.container].outermost).collect();
        let mut sum = 0.0;
        let mut phrase_sums = vec![0.0];
        phrase_sums.extend(phrases.iter().map(|kinds| {
            sum += f32::from(u8::from(kinds.0 != 0));
            sum
        }));
        let (alike, alike_group) = alike(outline);
        Self {
            votes,
            best,
            nests,
            alike,
            alike_group,
            boxes,
            phrase_sums,
            first_phrases: phrases.iter().map(|kinds| kinds.0.count_ones() as f32).collect(),
        }
    }

    pub(super) fn push(&self, outline: &Outline, sums: &Sums, place: usize, values: &mut Vec<f32>) {
        let container = outline.segments[place].container;
        self.push_names(outline, container, values);
        self.push_signals(outline, place, values);
        push_levels(outline, sums, container, values);
        self.push_best(outline, sums, container, values);
        self.push_box(outline, sums, place, values);
        let alike = self.alike[self.alike_group[place]];
        values.extend_from_slice(&[
            alike.blocks,
            alike.words / alike.blocks.max(1.0),
            alike.linked / alike.blocks.max(1.0),
            alike.prose / alike.blocks.max(1.0),
        ]);
    }

    /// The largest element around a block that does not hold the story.
    pub(crate) fn box_of(&self, place: usize) -> Option<usize> {
        self.boxes[place]
    }

    fn push_names(&self, outline: &Outline, container: usize, values: &mut Vec<f32>) {
        let own = &outline.containers[container];
        let nest = self.nests[container];
        values.extend_from_slice(&[
            nest.element,
            own.parent.map_or(NO_NUMBER, |parent| self.nests[parent].element),
            nest.depth as f32,
            f32::from(u8::from(own.is_hidden)),
        ]);
        values.extend((0..AROUND.len()).map(|bit| f32::from(u8::from(nest.around >> bit & 1 == 1))));
    }

    fn push_signals(&self, outline: &Outline, place: usize, values: &mut Vec<f32>) {
        let groups = VOCABULARY.names().len();
        let start = values.len();
        values.resize(start + 2 * groups, 0.0);
        let mut boxed = self.boxes[place].is_some();
        let mut seen = Signals::default();
        for (step, at) in outline.ancestors(outline.segments[place].container).enumerate() {
            let Some(container) = outline.containers.get(at) else { break };
            if matches!(container.name, local_name!("body") | local_name!("html")) {
                break;
            }
            let mut fresh = container.signals.0 & !seen.0;
            while fresh != 0 {
                let bit = fresh.trailing_zeros() as usize;
                values[start + bit] = (step + 1).min(FAR) as f32;
                if boxed {
                    values[start + groups + bit] = 1.0;
                }
                fresh &= fresh - 1;
            }
            seen.insert_all(container.signals);
            boxed = boxed && self.boxes[place] != Some(at);
        }
    }

    fn push_best(&self, outline: &Outline, sums: &Sums, container: usize, values: &mut Vec<f32>) {
        let Nest { to_best: steps, to_shared: shared, most_votes: votes, .. } = self.nests[container];
        let best = sums.of(outline, self.best);
        let most = self.votes[self.best].max(1e-6);
        values.extend_from_slice(&[
            f32::from(u8::from(steps.is_some())),
            steps.map_or(-1.0, |steps| steps.min(FAR) as f32),
            if steps.is_some() { 0.0 } else { shared.min(FAR) as f32 },
            best.prose / sums.all().prose.max(1.0),
            best.linked,
            (votes / most).min(1.0),
        ]);
    }

    fn push_box(&self, outline: &Outline, sums: &Sums, place: usize, values: &mut Vec<f32>) {
        let (first, last) = match self.boxes[place] {
            Some(at) => (outline.containers[at].first, outline.containers[at].last),
            None => (place, place + 1),
        };
        let sum = sums.between(first, last);
        values.extend_from_slice(&[
            sum.words,
            sum.linked,
            sum.blocks,
            sum.prose / sums.all().prose.max(1.0),
            sum.prose_blocks / sum.blocks.max(1.0),
            self.first_phrases[first],
            (place - first) as f32 / sum.blocks.max(1.0),
            (self.phrase_sums[last] - self.phrase_sums[first]) / sum.blocks.max(1.0),
        ]);
    }
}

/// Containers are numbered in document order, so that what is around each is known before it.
fn nests(outline: &Outline, sums: &Sums, votes: &[f32], best: usize) -> Vec<Nest> {
    let mut around_best = vec![false; outline.containers.len()];
    outline.ancestors(best).for_each(|place| around_best[place] = true);
    let page_prose = sums.all().prose.max(1.0);
    let mut nests: Vec<Nest> = Vec::with_capacity(outline.containers.len());
    for (place, container) in outline.containers.iter().enumerate() {
        let up = container.parent.map_or(NOWHERE, |parent| nests[parent]);
        let (element, around) = NUMBERS.get(&container.name).copied().unwrap_or((NO_NUMBER, 0));
        let holds_story = around_best[place] || sums.of(outline, place).prose >= BOX_SHARE * page_prose;
        nests.push(Nest {
            element,
            depth: up.depth + 1,
            around: up.around | around,
            most_votes: up.most_votes.max(votes[place]),
            to_best: if place == best { Some(0) } else { up.to_best.map(|steps| steps + 1) },
            to_shared: if around_best[place] { 0 } else { up.to_shared + 1 },
            outermost: if holds_story { None } else { up.outermost.or(Some(place)) },
        });
    }
    nests
}

fn push_levels(outline: &Outline, sums: &Sums, container: usize, values: &mut Vec<f32>) {
    let is_block = |place: &usize| outline.containers[*place].is_block;
    let page_prose = sums.all().prose.max(1.0);
    let blocks: Vec<usize> = outline.ancestors(container).filter(is_block).take(8).collect();
    for level in LEVELS {
        match blocks.get(level).map(|place| sums.of(outline, *place)) {
            None => values.extend_from_slice(&[-1.0; 6]),
            Some(Sum { words, linked, prose, blocks, prose_blocks }) => values.extend_from_slice(&[
                words,
                linked,
                prose / page_prose,
                blocks,
                prose_blocks / blocks.max(1.0),
                words / blocks.max(1.0),
            ]),
        }
    }
}

/// Votes of prose for the elements around it, as Readability scores parents and grandparents.
fn votes(outline: &Outline) -> Vec<f32> {
    let mut votes = vec![0.0_f32; outline.containers.len()];
    for segment in outline.segments.iter().filter(|segment| segment.words >= 8) {
        let commas = segment.block.text.matches([',', '،', '、', '，']).count() as f32;
        let linked = segment.linked as f32 / segment.characters.max(1) as f32;
        let vote = (1.0 + commas + (segment.characters as f32 / 100.0).min(3.0)) * (1.0 - linked);
        let is_block = |place: &usize| outline.containers[*place].is_block;
        let own = usize::from(
            outline.containers.get(segment.container).is_some_and(|own| own.name == local_name!("p")),
        );
        for (level, place) in
            outline.ancestors(segment.container).filter(is_block).skip(own).take(VOTE_REACH).enumerate()
        {
            votes[place] += vote / [1.0, 2.0, 6.0, 9.0, 12.0, 15.0][level];
        }
    }
    votes
}

/// Blocks in elements of the same name, class words and parent: a template treats them alike.
fn alike(outline: &Outline) -> (Vec<Alike>, Vec<usize>) {
    let signature = |container: &Container| {
        let mut parts = vec![fnv(container.name.as_bytes()), container.signature];
        let parent = container.parent.and_then(|parent| outline.containers.get(parent));
        if let Some(parent) = parent.filter(|_| elements::flow(&container.name) == elements::Flow::Block) {
            parts.extend([fnv(parent.name.as_bytes()), parent.signature]);
        }
        parts.into_iter().fold(0_u64, |sum, part| sum.wrapping_mul(31).wrapping_add(part))
    };
    let keys: Vec<u64> = outline
        .segments
        .iter()
        .map(|segment| outline.containers.get(segment.container).map_or(0, &signature))
        .collect();
    let mut numbers: HashMap<u64, usize> = HashMap::new();
    let mut groups: Vec<Alike> = Vec::new();
    let mut group_of = Vec::with_capacity(keys.len());
    for (segment, key) in outline.segments.iter().zip(keys) {
        let number = *numbers.entry(key).or_insert(groups.len());
        if number == groups.len() {
            groups.push(Alike::default());
        }
        let group = &mut groups[number];
        group.blocks += 1.0;
        group.words += segment.words as f32;
        group.linked += segment.linked as f32 / segment.characters.max(1) as f32;
        group.prose += f32::from(u8::from(is_prose(segment)));
        group_of.push(number);
    }
    (groups, group_of)
}
