//! What nearly the same text is found by: a MinHash of its shingles.
//!
//! The similarity of two texts is the share of their shingles (three words in a row) that both have. A text has 64 slots;
//! a slot keeps the smallest value of its own hash over all shingles, and two texts agree in a slot with a probability
//! equal to their similarity (Broder, On the resemblance and containment of documents, 1997). Of the smallest value a byte
//! is kept (b-bit minwise hashing: Li and König, WWW 2010). Bands of four slots are looked up in an index (Indyk and
//! Motwani 1998; Leskovec, Rajaraman and Ullman, Mining of massive datasets, section 3.4): texts that share 80 % of their
//! shingles have a band in common in 998 of 1,000 cases, texts that share 10 % in 1 of 700.
//!
//! Not SimHash (Charikar 2002; Manku, Jain and Das Sarma 2007): a wire story with one paragraph in eight added is 7 of 64
//! bits away, which no index of a few bands finds. And not a crate: `minhash-rs` and `gaoya` promise no values that stay
//! the same from release to release, which a fingerprint that is stored must have, and the method is these few lines.

use crate::clean::hash::fnv;
use crate::clean::words::is_unspaced;

/// Words in a shingle.
const SHINGLE: usize = 3;

/// Slots of a fingerprint.
const SLOTS: usize = 64;

/// Bands that are looked up, and the slots in each. The slots that are left over only refine the similarity.
const BANDS: usize = 12;
const SLOTS_A_BAND: usize = 4;

/// Bodies with fewer words have no fingerprint: notices, results and tables of a few lines look alike and are different.
/// A character of a script without spaces counts as a word.
const FEWEST_WORDS: usize = 80;

/// What nearly the same text is found by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint(pub(super) [u8; SLOTS]);

impl Fingerprint {
    /// The fingerprint of a cleaned body; `None` for one that is too short to tell.
    pub fn of(body: &str) -> Option<Self> {
        let words = words(body);
        if words.len() < FEWEST_WORDS {
            return None;
        }
        let mut smallest = [u64::MAX; SLOTS];
        for shingle in words.windows(SHINGLE) {
            let hash = shingle.iter().fold(0, |hash, word| mix(hash ^ word));
            for (smallest, factor) in smallest.iter_mut().zip(FACTORS) {
                *smallest = (*smallest).min(hash.wrapping_mul(factor));
            }
        }
        // The smallest values are all small, so their high bits say little before they are mixed.
        Some(Self(smallest.map(|value| mix(value) as u8)))
    }

    /// The share of shingles that both texts have, estimated: 1 for the same text, about 0 for different ones; the
    /// standard error is at most 0.06.
    pub fn similarity(&self, other: &Self) -> f64 {
        let agree = self.0.iter().zip(other.0).filter(|(one, other)| **one == *other).count();
        // A byte also agrees by accident.
        let accident = 1.0 / 256.0;
        ((agree as f64 / SLOTS as f64 - accident) / (1.0 - accident)).max(0.0)
    }

    /// The keys under which the text is found: texts of which one is the same may be nearly the same.
    pub(super) fn bands(&self) -> impl Iterator<Item = i64> {
        self.0
            .chunks_exact(SLOTS_A_BAND)
            .take(BANDS)
            .enumerate()
            .map(|(band, slots)| slots.iter().fold(band as i64, |key, slot| key << 8 | i64::from(*slot)))
    }
}

/// The hashes of the words of a text, in lower case; marks between words don't count.
fn words(text: &str) -> Vec<u64> {
    let mut words = Vec::new();
    let mut word = String::new();
    for c in text.chars() {
        if c.is_alphanumeric() && !is_unspaced(c) {
            word.extend(c.to_lowercase());
            continue;
        }
        if !word.is_empty() {
            words.push(fnv(word.as_bytes()));
            word.clear();
        }
        if c.is_alphanumeric() {
            words.push(fnv(c.encode_utf8(&mut [0; 4]).as_bytes()));
        }
    }
    if !word.is_empty() {
        words.push(fnv(word.as_bytes()));
    }
    words
}

/// An odd factor for each slot: multiplying by it puts the shingles into another order (multiply-shift hashing,
/// Dietzfelbinger and others 1997). Stored fingerprints depend on these values.
const FACTORS: [u64; SLOTS] = {
    let mut factors = [0; SLOTS];
    let mut at = 0;
    while at < SLOTS {
        factors[at] = mix(at as u64 + 1) | 1;
        at += 1;
    }
    factors
};

/// The finaliser of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
const fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    /// Text of `count` words that are drawn by `seed`.
    fn text(seed: u64, count: u64) -> String {
        (0..count).map(|at| format!("w{} ", mix(seed << 32 | at) % 5000)).collect()
    }

    #[test]
    fn the_estimate_is_near_the_share_of_shingles_in_common() {
        // One text goes on for `more` words after the other has ended, which share / (share + more) measures.
        for more in [0, 50, 100, 200, 400] {
            let mut sum = 0.0;
            for seed in 0..20 {
                let short = text(seed, 400);
                let long = format!("{short}{}", text(seed + 1000, more));
                sum += Fingerprint::of(&short).unwrap().similarity(&Fingerprint::of(&long).unwrap());
            }
            let (estimate, expected) = (sum / 20.0, 400.0 / (400.0 + more as f64));
            assert!((estimate - expected).abs() < 0.04, "{more}: {estimate} for {expected}");
        }
    }

    #[test]
    fn texts_that_share_most_have_a_band_in_common_and_others_have_none() {
        let has_common = |one: &str, other: &str| {
            let bands: Vec<i64> = Fingerprint::of(one).unwrap().bands().collect();
            Fingerprint::of(other).unwrap().bands().any(|band| bands.contains(&band))
        };
        let (mut alike, mut different) = (0, 0);
        for seed in 0..200 {
            let one = text(seed, 300);
            alike += usize::from(has_common(&one, &format!("{one}{}", text(seed + 1000, 75))));
            different += usize::from(has_common(&one, &text(seed + 1000, 300)));
        }
        assert!(alike >= 197, "{alike} of 200");
        assert_eq!(different, 0);
    }

    #[test]
    fn short_bodies_have_none_and_marks_and_case_do_not_count() {
        assert_eq!(Fingerprint::of(&text(1, 79)), None);
        assert_eq!(Fingerprint::of(""), None);
        let body = text(1, 100);
        let other = body.to_uppercase().replace(' ', " – \n\n");
        assert_eq!(Fingerprint::of(&body), Fingerprint::of(&other));
        assert!(Fingerprint::of(&"新聞".repeat(40)).is_some());
    }

    #[test]
    fn a_fingerprint_that_was_stored_is_still_valid() {
        let Fingerprint(slots) = Fingerprint::of(&text(7, 100)).unwrap();
        assert_eq!(slots[..8], [72, 232, 67, 174, 197, 225, 129, 109]);
    }
}
