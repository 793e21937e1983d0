//! Wording: how far the words of a block are those of a story, or those of what surrounds stories.
//!
//! A linear model over words and pairs of neighbouring words (logistic regression), whose weights are data in the model
//! file. It knows the languages it was trained on; in others it says nothing and the phrases have to do.

use super::hash::{START, fnv_from};
use super::model::{ModelError, Reader};

/// Words of a block that are looked at.
const MAX_WORDS: usize = 60;

/// The weights of words and pairs, by the hash that [`grams`] gives them.
#[derive(Debug, Clone)]
pub(crate) struct Wording {
    bias: f32,
    /// Open addressing with linear probing, at most half full; a weight of zero marks an empty place.
    places: Vec<(u32, f32)>,
    /// A bit for each beginning of a hash, set where a gram begins so. Nearly all pairs are unknown, and these few
    /// kilobytes stay in the cache of the processor, as the places do not.
    beginnings: Vec<u64>,
}

/// Bits of a hash by which [`Wording::beginnings`] knows it.
const BEGINNING: u32 = 18;

impl Wording {
    /// Knows no words.
    pub(super) fn none() -> Self {
        Self::new(0.0, Vec::new())
    }

    /// Reads the weights: how many (u32), the bias (f32), then each hash (u32) with its weight (f32).
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, ModelError> {
        let count = u32::from_le_bytes(reader.take()?) as usize;
        let bias = reader.number()?;
        let mut weights = Vec::new();
        for _ in 0..count {
            weights.push((u32::from_le_bytes(reader.take()?), reader.number()?));
        }
        Ok(Self::new(bias, weights))
    }

    fn new(bias: f32, weights: Vec<(u32, f32)>) -> Self {
        let mut places = vec![(0, 0.0); (2 * weights.len()).next_power_of_two().max(2)];
        let mut beginnings = vec![0; 1 << (BEGINNING - u64::BITS.ilog2())];
        for (gram, weight) in weights {
            let (word, bit) = beginning(gram);
            beginnings[word] |= bit;
            let mut at = gram as usize & (places.len() - 1);
            while places[at].1 != 0.0 {
                at = (at + 1) & (places.len() - 1);
            }
            places[at] = (gram, weight);
        }
        Self { bias, places, beginnings }
    }

    fn weight(&self, gram: u32) -> f32 {
        let (word, bit) = beginning(gram);
        if self.beginnings[word] & bit == 0 {
            return 0.0;
        }
        let mut at = gram as usize & (self.places.len() - 1);
        loop {
            match self.places[at] {
                (_, 0.0) => return 0.0,
                (found, weight) if found == gram => return weight,
                _ => at = (at + 1) & (self.places.len() - 1),
            }
        }
    }

    /// The logarithm of the odds that a block of these words, each a hash, belongs to the story, by its wording alone.
    ///
    /// The more grams are known, the less each counts, so that long texts are not judged by their length.
    pub(super) fn log_odds(&self, words: &[u64]) -> f32 {
        let (mut sum, mut known) = (0.0, 0);
        grams(words, |gram| {
            let weight = self.weight(gram);
            sum += weight;
            known += i32::from(weight != 0.0);
        });
        self.bias + sum / (known.max(1) as f32).sqrt()
    }
}

/// The place of a hash among the beginnings: the number of the word, and the bit in it.
fn beginning(gram: u32) -> (usize, u64) {
    let place = gram >> (u32::BITS - BEGINNING);
    ((place / u64::BITS) as usize, 1 << (place % u64::BITS))
}

/// Gives `take` the gram of each of the first words, from their hashes, and of each pair of neighbours; the ends of the
/// text count as words in pairs.
pub(super) fn grams(words: &[u64], mut take: impl FnMut(u32)) {
    let mut before = START;
    for word in words.iter().take(MAX_WORDS) {
        take(folded(*word));
        take(folded(pair(before, *word)));
        before = *word;
    }
    if words.len() <= MAX_WORDS && before != START {
        take(folded(pair(before, START)));
    }
}

fn pair(one: u64, other: u64) -> u64 {
    fnv_from(one, &other.to_le_bytes())
}

fn folded(hash: u64) -> u32 {
    (hash ^ (hash >> 32)) as u32
}
