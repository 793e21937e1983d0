//! The model: gradient-boosted trees that give each block the probability that it belongs to the story.
//!
//! The trees are data, in `model.bin`, made by `tests/gold/train.py` (its `export.py` describes the file). Judging a
//! block adds up numbers from the file and compares; it allocates nothing and gives the same bits on every machine.

use std::sync::LazyLock;

use super::features::schema;

/// First bytes of a model file.
const MAGIC: &[u8] = b"PRESSCLIPMODEL1\n";
/// Trees after which a first look is taken.
const FIRST_LOOK: usize = 60;
/// Below this sum at the first look a block is no story, whatever the other trees say.
const HOPELESS: f32 = -4.0;

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
    trees: Vec<Tree>,
}

#[derive(Debug, Clone)]
struct Tree {
    nodes: Vec<Node>,
    leaves: Vec<f32>,
}

/// An inner node: rows whose number is at most `threshold` go left. A child below 0 is the leaf `-1 - child`.
#[derive(Debug, Clone, Copy)]
struct Node {
    feature: u16,
    left: i16,
    right: i16,
    threshold: f32,
    /// Mean of the leaves below, by the blocks of the training.
    mean: f32,
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
        let trees =
            (0..u32::from_le_bytes(reader.take()?)).map(|_| reader.tree()).collect::<Result<_, _>>()?;
        if reader.rest.is_empty() { Ok(Self { trees }) } else { Err(ModelError::Unreadable) }
    }

    /// The probability that the block with these features belongs to the story.
    pub(crate) fn probability(&self, row: &[f32]) -> f32 {
        let (look, rest) = self.trees.split_at(FIRST_LOOK.min(self.trees.len()));
        let sum = |trees: &[Tree]| trees.iter().map(|tree| tree.value(row)).sum::<f32>();
        let margin = sum(look);
        sigmoid(if margin < HOPELESS { margin } else { margin + sum(rest) })
    }

    /// The `most` features that moved the sum of the trees most, each with how far: above 0 towards the story.
    ///
    /// A step from a node to its child moves the sum by the difference of their means (Saabas, 2014).
    pub(crate) fn strongest(&self, row: &[f32], most: usize) -> Vec<(usize, f32)> {
        let mut moves = vec![0.0_f32; row.len()];
        for tree in &self.trees {
            tree.walk(row, |feature, step| {
                if let Some(sum) = moves.get_mut(usize::from(feature)) {
                    *sum += step;
                }
            });
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
    fn value(&self, row: &[f32]) -> f32 {
        let mut at = 0_i16;
        while let Some(node) = usize::try_from(at).ok().and_then(|at| self.nodes.get(at)) {
            at = node.child(row);
        }
        self.leaf(at)
    }

    fn leaf(&self, at: i16) -> f32 {
        usize::try_from(-1 - i32::from(at))
            .ok()
            .and_then(|leaf| self.leaves.get(leaf))
            .copied()
            .unwrap_or(0.0)
    }

    /// Tells `step` of each feature on the way of a row, and how far it moves the value.
    fn walk(&self, row: &[f32], mut step: impl FnMut(u16, f32)) {
        let mut at = 0_i16;
        while let Some(node) = usize::try_from(at).ok().and_then(|at| self.nodes.get(at)) {
            at = node.child(row);
            let child = usize::try_from(at).ok().and_then(|at| self.nodes.get(at));
            step(node.feature, child.map_or_else(|| self.leaf(at), |child| child.mean) - node.mean);
        }
    }
}

impl Node {
    fn child(&self, row: &[f32]) -> i16 {
        let goes_left = row.get(usize::from(self.feature)).is_none_or(|value| *value <= self.threshold);
        if goes_left { self.left } else { self.right }
    }
}

/// Reads numbers from the front of a slice.
struct Reader<'a> {
    rest: &'a [u8],
}

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], ModelError> {
        let (taken, rest) = self.rest.split_first_chunk::<N>().ok_or(ModelError::Unreadable)?;
        self.rest = rest;
        Ok(*taken)
    }

    fn tree(&mut self) -> Result<Tree, ModelError> {
        let count = u16::from_le_bytes(self.take()?);
        let nodes = (0..count).map(|place| self.node(place, count)).collect::<Result<Vec<_>, _>>()?;
        let leaves = (0..=count).map(|_| Ok(f32::from_le_bytes(self.take()?))).collect::<Result<_, _>>()?;
        Ok(Tree { nodes, leaves })
    }

    /// Children stand behind their parent, so that a walk ends.
    fn node(&mut self, place: u16, count: u16) -> Result<Node, ModelError> {
        let node = Node {
            feature: u16::from_le_bytes(self.take()?),
            left: i16::from_le_bytes(self.take()?),
            right: i16::from_le_bytes(self.take()?),
            threshold: f32::from_le_bytes(self.take()?),
            mean: f32::from_le_bytes(self.take()?),
        };
        let last_leaf = -1 - i16::try_from(count).unwrap_or(i16::MAX - 1);
        let is_sound = |child: i16| {
            u16::try_from(child).map_or(child >= last_leaf, |child| child > place && child < count)
        };
        if is_sound(node.left) && is_sound(node.right) { Ok(node) } else { Err(ModelError::Unreadable) }
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
