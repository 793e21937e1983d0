//! The model: the weights of [`super::wording`], and gradient-boosted trees that give each block the probability that it
//! belongs to the story.
//!
//! Both are data, in `model.bin`, made by `tests/gold/train.py` (its `export.py` describes the file). Judging a
//! block adds up numbers from the file and compares; it allocates nothing and gives the same bits on every machine.

mod forest;

use std::sync::LazyLock;

use super::features::schema;
use super::wording::Wording;
use forest::Forest;

/// First bytes of a model file.
const MAGIC: &[u8] = b"PRESSCLIPMODEL2\n";
/// Trees after which a first look is taken.
const FIRST_LOOK: usize = 150;
/// Below this sum at the first look a block is no story, whatever the other trees say: of 371,936 blocks of real
/// pages, 44 % are, and all the trees would give none of them a probability above 0.025; [`super::decide`] makes no story
/// of less than 0.1. To be looked at again when the model is trained anew.
const HOPELESS: f32 = -5.0;

/// The built-in model.
static MODEL: LazyLock<Model> = LazyLock::new(|| {
    Model::read(include_bytes!("model.bin")).expect("a test proves that the model file is sound")
});

/// Why a model file can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    /// It is not a model file, or it is cut short.
    #[error("not a model file, or cut short")]
    Unreadable,
    /// It was trained on other features.
    #[error("the model was trained on other features than this version counts; train it again")]
    OtherFeatures,
}

/// A model ready for use.
#[derive(Debug, Clone)]
pub struct Model {
    pub(super) wording: Wording,
    trees: Vec<Tree>,
    /// The trees up to the first look, and those after it.
    look: Forest,
    rest: Forest,
}

/// A tree. Its inner nodes and then its leaves are numbered together; the first is the root.
#[derive(Debug, Clone)]
struct Tree {
    /// The inner nodes.
    nodes: Vec<Node>,
    /// For each inner node the mean of the leaves below, by the blocks of the training; for each leaf its value.
    values: Vec<f32>,
}

/// A node: rows whose number is at most `threshold` go to the first child, others to the second.
#[derive(Debug, Clone, Copy)]
struct Node {
    feature: usize,
    threshold: f32,
    children: [usize; 2],
}

impl Model {
    /// The model that comes with pressclip.
    pub fn built_in() -> &'static Self {
        &MODEL
    }

    /// Reads a model file.
    ///
    /// # Errors
    /// Bytes that are no model, and a model for other features.
    pub fn read(bytes: &[u8]) -> Result<Self, ModelError> {
        let mut reader = Reader { rest: bytes.strip_prefix(MAGIC).ok_or(ModelError::Unreadable)? };
        if u64::from_le_bytes(reader.take()?) != schema::hash() {
            return Err(ModelError::OtherFeatures);
        }
        let wording = Wording::read(&mut reader)?;
        let trees: Vec<Tree> =
            (0..u32::from_le_bytes(reader.take()?)).map(|_| reader.tree()).collect::<Result<_, _>>()?;
        if !reader.rest.is_empty() {
            return Err(ModelError::Unreadable);
        }
        let (look, rest) = trees.split_at(FIRST_LOOK.min(trees.len()));
        Ok(Self { wording, look: Forest::new(look), rest: Forest::new(rest), trees })
    }

    /// For each row of features, the probability that its block belongs to the story.
    pub(crate) fn probabilities<'r>(&self, rows: impl Iterator<Item = &'r [f32]>) -> Vec<f32> {
        let rows: Vec<&[f32]> = rows.collect();
        let mut margins = self.look.sums(&rows);
        let hopeful: Vec<usize> = (0..rows.len()).filter(|place| margins[*place] >= HOPELESS).collect();
        let hopeful_rows: Vec<&[f32]> = hopeful.iter().map(|place| rows[*place]).collect();
        for (place, sum) in hopeful.into_iter().zip(self.rest.sums(&hopeful_rows)) {
            margins[place] += sum;
        }
        margins.into_iter().map(sigmoid).collect()
    }

    /// The `most` features that moved the sum of the trees most, each with how far: above 0 towards the story.
    ///
    /// A step from a node to its child moves the sum by the difference of their means (Saabas, 2014).
    pub(crate) fn strongest(&self, row: &[f32], most: usize) -> Vec<(usize, f32)> {
        let mut moves = vec![0.0_f32; row.len()];
        for tree in &self.trees {
            let mut at = 0;
            while let Some(node) = tree.nodes.get(at) {
                let child = node.child(row[node.feature]);
                moves[node.feature] += tree.values[child] - tree.values[at];
                at = child;
            }
        }
        let mut moves: Vec<(usize, f32)> =
            moves.into_iter().enumerate().filter(|(_, step)| *step != 0.0).collect();
        moves.sort_by(|one, other| other.1.abs().total_cmp(&one.1.abs()).then(one.0.cmp(&other.0)));
        moves.truncate(most);
        moves
    }
}

/// The logistic function, with additions and multiplications alone, which are the same on every machine:
/// e^-x as (1 - x/1024)^1024.
pub(crate) fn sigmoid(margin: f32) -> f32 {
    let base = 1.0 - margin.clamp(-30.0, 30.0) / 1024.0;
    1.0 / (1.0 + (0..10).fold(base, |power, _| power * power))
}

impl Tree {
    /// The places of the leaves, from left to right.
    fn leaves_from_left(&self) -> Vec<usize> {
        let (mut leaves, mut open) = (Vec::new(), vec![0]);
        while let Some(at) = open.pop() {
            match self.nodes.get(at) {
                Some(Node { children: [left, right], .. }) => open.extend([*right, *left]),
                None => leaves.push(at),
            }
        }
        leaves
    }
}

impl Node {
    fn child(&self, value: f32) -> usize {
        let goes_left = value <= self.threshold;
        self.children[usize::from(!goes_left)]
    }
}

/// Reads numbers from the front of a slice.
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl Reader<'_> {
    pub(super) fn take<const N: usize>(&mut self) -> Result<[u8; N], ModelError> {
        let (taken, rest) = self.rest.split_first_chunk::<N>().ok_or(ModelError::Unreadable)?;
        self.rest = rest;
        Ok(*taken)
    }

    pub(super) fn number(&mut self) -> Result<f32, ModelError> {
        Ok(f32::from_le_bytes(self.take()?))
    }

    fn tree(&mut self) -> Result<Tree, ModelError> {
        let count = usize::from(u16::from_le_bytes(self.take()?));
        if count >= forest::MAX_LEAVES {
            return Err(ModelError::Unreadable);
        }
        let (mut nodes, mut values, mut parents) = (Vec::new(), Vec::new(), vec![0; 2 * count + 1]);
        for place in 0..count {
            let node = self.node(place, count)?;
            node.children.into_iter().for_each(|child| parents[child] += 1);
            nodes.push(node);
            values.push(self.number()?);
        }
        for _ in 0..=count {
            values.push(self.number()?);
        }
        // Each node but the root hangs below one other.
        let is_tree = parents[1..].iter().all(|parents| *parents == 1);
        if is_tree { Ok(Tree { nodes, values }) } else { Err(ModelError::Unreadable) }
    }

    /// Children stand behind their parent, so that a walk ends.
    fn node(&mut self, place: usize, count: usize) -> Result<Node, ModelError> {
        let feature = usize::from(u16::from_le_bytes(self.take()?));
        let children = [self.child(place, count)?, self.child(place, count)?];
        let threshold = self.number()?;
        if feature < schema::width() {
            Ok(Node { feature, threshold, children })
        } else {
            Err(ModelError::Unreadable)
        }
    }

    /// A child below 0 is the leaf `-1 - child`.
    fn child(&mut self, parent: usize, count: usize) -> Result<usize, ModelError> {
        let child = i16::from_le_bytes(self.take()?);
        match usize::try_from(child) {
            Ok(child) => Some(child).filter(|child| (parent + 1..count).contains(child)),
            Err(_) => usize::try_from(-1 - i32::from(child))
                .ok()
                .filter(|leaf| *leaf <= count)
                .map(|leaf| count + leaf),
        }
        .ok_or(ModelError::Unreadable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_model_fits_the_features() {
        assert_eq!(Model::read(include_bytes!("model.bin")).err(), None);
    }

    #[test]
    fn a_model_for_other_features_and_a_torn_file_are_refused() {
        let mut other = include_bytes!("model.bin").to_vec();
        other[MAGIC.len()] ^= 1;
        assert_eq!(Model::read(&other).err(), Some(ModelError::OtherFeatures));
        let whole = include_bytes!("model.bin");
        assert_eq!(Model::read(&whole[..whole.len() - 3]).err(), Some(ModelError::Unreadable));
        assert_eq!(Model::read(b"").err(), Some(ModelError::Unreadable));
    }

    #[test]
    fn the_logistic_function_is_close_to_its_definition() {
        for margin in [-8.0_f32, -2.0, -0.5, 0.0, 0.5, 2.0, 8.0] {
            let exact = 1.0 / (1.0 + (-margin).exp());
            assert!((sigmoid(margin) - exact).abs() < 0.002, "{margin}");
        }
    }
}
