//! The FNV-1a hash: the same on every machine, unlike the hashes of the standard library.
//!
//! Source: <http://www.isthe.com/chongo/tech/comp/fnv/>.

/// The hash of nothing.
pub(crate) const START: u64 = 0xCBF2_9CE4_8422_2325;

/// The hash of `bytes`.
pub(crate) fn fnv(bytes: &[u8]) -> u64 {
    fnv_from(START, bytes)
}

/// The hash of what goes on with `bytes`, from the `hash` of what comes before.
pub(crate) fn fnv_from(hash: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(hash, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01B3))
}
