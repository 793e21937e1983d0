//! Explaining: what became of every block of a page, and why. The same pass as cleaning, with its reasons kept.

use serde::{Serialize, Serializer};

use crate::article::Block;

use super::Page;
use super::decide::{Reason, Verdict};
use super::features::schema;
use super::model::Model;
use super::rules::Rules;

/// Features that are named for the verdict on each block.
const STRONGEST: usize = 3;

/// A block and what became of it.
#[derive(Debug, Clone, Serialize)]
pub struct Judged {
    /// The block.
    pub block: Block,
    /// What became of it; written as `story`, `caption` or `cut`.
    #[serde(serialize_with = "verdict_word")]
    pub verdict: Verdict,
    /// Probability that the block belongs to the story, before rules; 0 to 1.
    pub probability: f32,
    /// Why; written in words, and as `null` where it is the probability alone.
    #[serde(serialize_with = "reason_words")]
    pub reason: Reason,
    /// The three features that moved the probability most towards the verdict, the strongest first; behind them the
    /// strongest against it, when it weighs more than any of the three.
    pub evidence: Vec<Evidence>,
}

/// A feature and what it did to the probability of a block.
#[derive(Debug, Clone, Serialize)]
pub struct Evidence {
    /// The name of the feature.
    pub feature: &'static str,
    /// What it means.
    pub meaning: &'static str,
    /// Its value for the block.
    pub value: f32,
    /// How far it moved the sum of the trees: above 0 towards the story.
    pub weight: f32,
}

/// Every block of a page in document order, with its verdict and the reasons.
pub fn explain(page: Page<'_>, rules: &Rules) -> Vec<Judged> {
    let model = Model::built_in();
    let cleaned = super::read(page, rules, model).cleaned;
    let blocks = cleaned.outline.segments.iter().zip(&cleaned.decisions).enumerate();
    blocks
        .map(|(place, (segment, decision))| {
            let row = cleaned.features.row(place);
            Judged {
                block: segment.block.clone(),
                verdict: decision.verdict,
                probability: decision.probability,
                reason: decision.reason.clone(),
                evidence: evidence(row, &model.strongest(row, row.len()), decision.verdict),
            }
        })
        .collect()
}

/// Every feature: its name, and its meaning with its range.
pub fn features() -> impl Iterator<Item = (&'static str, &'static str)> {
    schema::NAMES.iter().map(|(name, meaning)| (name.as_str(), meaning.as_str()))
}

/// What speaks for a verdict, and what speaks louder against it, of the `moves` from the strongest to the weakest.
fn evidence(row: &[f32], moves: &[(usize, f32)], verdict: Verdict) -> Vec<Evidence> {
    let is_for = |(_, weight): &&(usize, f32)| match verdict {
        Verdict::Story => *weight > 0.0,
        Verdict::Cut => *weight < 0.0,
        // A caption is one by its kind, whatever its probability.
        Verdict::Caption => true,
    };
    let louder = moves.first().filter(|first| !is_for(first));
    let named = moves.iter().filter(is_for).take(STRONGEST).chain(louder);
    named.filter_map(|(at, weight)| named_feature(row, *at, *weight)).collect()
}

fn named_feature(row: &[f32], at: usize, weight: f32) -> Option<Evidence> {
    let (feature, meaning) = schema::NAMES.get(at)?;
    Some(Evidence { feature, meaning, value: *row.get(at)?, weight })
}

// The shape of both is what serde asks of such a function.
fn verdict_word<S: Serializer>(verdict: &Verdict, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(match verdict {
        Verdict::Story => "story",
        Verdict::Caption => "caption",
        Verdict::Cut => "cut",
    })
}

fn reason_words<S: Serializer>(reason: &Reason, serializer: S) -> Result<S::Ok, S::Error> {
    match reason {
        Reason::Probability => serializer.serialize_none(),
        told => serializer.collect_str(told),
    }
}
