//! Kind: what sort of page this is, by weighed evidence. The weights and the wording are data, in `kind.toml`.
//!
//! Each kind has a sum of weights. The first of error, consent, empty and paywalled whose sum is above zero is the
//! kind; of the other pages, those with a sum for articles above zero are articles and the rest are indexes. Pages of
//! shops, services, forums and manuals have no kind of their own: without a story they are indexes too.

mod evidence;
mod wording;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::article::PageKind;
use serde::Deserialize;

use super::model::sigmoid;

pub(crate) use evidence::{Evidence, NAMES};

/// Weights by the name of the evidence; `bias` stands for itself.
type Weights = BTreeMap<String, f32>;

/// Sums of weights for the kinds, from `kind.toml`.
static SUMS: LazyLock<Sums> = LazyLock::new(|| {
    let tables: Tables = toml::from_str(TABLES).expect("a test proves that kind.toml is sound");
    let sum = |weights: &Weights| Sum::new(weights);
    Sums {
        article: sum(&tables.article),
        error: sum(&tables.error),
        consent: sum(&tables.consent),
        empty: sum(&tables.empty),
        paywalled: sum(&tables.paywalled),
    }
});

const TABLES: &str = include_str!("kind.toml");

#[derive(Deserialize)]
struct Tables {
    article: Weights,
    error: Weights,
    consent: Weights,
    empty: Weights,
    paywalled: Weights,
}

struct Sums {
    article: Sum,
    error: Sum,
    consent: Sum,
    empty: Sum,
    paywalled: Sum,
}

/// A bias and a weight for each piece of evidence, in the order of [`NAMES`].
struct Sum {
    bias: f32,
    weights: Vec<f32>,
}

impl Sum {
    fn new(weights: &Weights) -> Self {
        let weight = |name: &str| weights.get(name).copied().unwrap_or(0.0);
        Self { bias: weight("bias"), weights: NAMES.iter().map(|(name, _)| weight(name)).collect() }
    }

    fn of(&self, evidence: &Evidence) -> f32 {
        self.weights
            .iter()
            .zip(evidence.values())
            .fold(self.bias, |sum, (weight, value)| sum + weight * value)
    }
}

/// The kind of a page, and how sure that is, 0 to 1.
pub(crate) fn kind(evidence: &Evidence) -> (PageKind, f32) {
    let sums = &*SUMS;
    let special = [
        (PageKind::Error, &sums.error),
        (PageKind::Consent, &sums.consent),
        (PageKind::Empty, &sums.empty),
        (PageKind::Paywalled, &sums.paywalled),
    ];
    for (kind, sum) in special {
        let margin = sum.of(evidence);
        if margin > 0.0 {
            return (kind, sigmoid(margin));
        }
    }
    let margin = sums.article.of(evidence);
    if margin > 0.0 { (PageKind::Article, sigmoid(margin)) } else { (PageKind::Index, sigmoid(margin.abs())) }
}

/// The kind of a page that carries its story as structured data.
pub(crate) fn of_structured_story() -> (PageKind, f32) {
    (PageKind::Article, 0.9)
}
