//! Trees laid out so that many blocks are judged at once.
//!
//! Walking down a tree means waiting at each node for the one before. Here each question of the trees is put to
//! [`LANES`] blocks side by side, question after question in the order of the file's memory, and a no strikes the
//! leaves out that can no longer be reached; the first leaf that is left is the answer of the tree. Source:
//! "Exploiting CPU SIMD Extensions to Speed-up Document Scoring with Tree Ensembles" (Lucchese and others, 2016).

use super::Tree;

/// Most leaves of a tree: one for each bit of the set of leaves.
pub(super) const MAX_LEAVES: usize = u32::BITS as usize;
/// Blocks that are judged side by side.
const LANES: usize = 16;

/// Trees ready for judging.
#[derive(Debug, Clone)]
pub(super) struct Forest {
    features: Vec<Questions>,
    /// The values of the leaves of each tree, from left to right.
    leaves: Vec<[f32; MAX_LEAVES]>,
}

/// What all trees ask about one feature.
#[derive(Debug, Clone)]
struct Questions {
    feature: usize,
    /// From the lowest threshold to the highest.
    questions: Vec<Question>,
}

/// Whether the feature is at most `threshold`.
#[derive(Debug, Clone, Copy)]
struct Question {
    threshold: f32,
    tree: u16,
    /// The leaves that can be reached when it is not.
    if_not: u32,
}

impl Forest {
    pub(super) fn new(trees: &[Tree]) -> Self {
        let mut asked: Vec<(usize, Question)> = Vec::new();
        let mut leaves = vec![[0.0; MAX_LEAVES]; trees.len()];
        for ((number, tree), leaves) in (0..).zip(trees).zip(&mut leaves) {
            // Children stand behind their parents: from the back, each node knows the leaves below it.
            let order = tree.leaves_from_left();
            order.iter().zip(&mut *leaves).for_each(|(leaf, value)| *value = tree.values[*leaf]);
            let mut below = vec![0_u32; tree.values.len()];
            order.iter().enumerate().for_each(|(bit, leaf)| below[*leaf] = 1 << bit);
            for (place, node) in tree.nodes.iter().enumerate().rev() {
                let [left, right] = node.children.map(|child| below[child]);
                below[place] = left | right;
                asked.push((
                    node.feature,
                    Question { threshold: node.threshold, tree: number, if_not: !left },
                ));
            }
        }
        asked.sort_by(|(feature, one), (other_feature, other)| {
            feature.cmp(other_feature).then(one.threshold.total_cmp(&other.threshold))
        });
        let features = asked
            .chunk_by(|one, other| one.0 == other.0)
            .map(|asked| Questions {
                feature: asked[0].0,
                questions: asked.iter().map(|(_, question)| *question).collect(),
            })
            .collect();
        Self { features, leaves }
    }

    /// For each row, the sum of the values of the trees, added up in their order.
    pub(super) fn sums(&self, rows: &[&[f32]]) -> Vec<f32> {
        let mut sums = Vec::with_capacity(rows.len());
        let mut open = vec![[0; LANES]; self.leaves.len()];
        for rows in rows.chunks(LANES) {
            self.answer(rows, &mut open);
            // Side by side, no sum waits for its own addition before.
            let mut lanes = [0.0; LANES];
            for (leaves, open) in self.leaves.iter().zip(&open) {
                for (sum, open) in lanes.iter_mut().zip(open) {
                    *sum += leaves[open.trailing_zeros() as usize];
                }
            }
            sums.extend_from_slice(&lanes[..rows.len()]);
        }
        sums
    }

    /// Strikes the leaves out of `open` that the rows can't reach.
    fn answer(&self, rows: &[&[f32]], open: &mut [[u32; LANES]]) {
        open.fill([u32::MAX; LANES]);
        for Questions { feature, questions } in &self.features {
            let values: [f32; LANES] = std::array::from_fn(|lane| rows[lane.min(rows.len() - 1)][*feature]);
            let most = values.into_iter().fold(f32::MIN, f32::max);
            // Above the highest value every answer is yes.
            for Question { threshold, tree, if_not } in
                questions.iter().copied().take_while(|question| most > question.threshold)
            {
                // Without a branch, this is a few instructions for all lanes.
                for (open, value) in open[usize::from(tree)].iter_mut().zip(values) {
                    let yes = u32::from(value <= threshold).wrapping_neg();
                    *open &= yes | if_not;
                }
            }
        }
    }
}
