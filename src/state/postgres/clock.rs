//! Two clocks: this machine's, by which a worker lives, and the database's, by which all of them agree.
//!
//! What a worker says in times of its own is stored in times of the database, and given back to it in its own.

use jiff::Timestamp;

/// How far the clock of the database is ahead of ours, in milliseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Skew(i64);

impl Skew {
    /// The smallest difference with which the database can have said `theirs`, in milliseconds, between two moments of ours.
    pub(super) fn between(before: Timestamp, theirs: i64, after: Timestamp) -> Self {
        // Both clocks are read in whole milliseconds.
        let least = theirs - after.as_millisecond() - 1;
        let most = theirs - before.as_millisecond() + 1;
        Self(0.clamp(least.min(most), most))
    }

    /// A moment of ours, by the clock of the database, rounded up. The beginning of time is the same for both.
    pub(super) fn theirs(self, time: Timestamp) -> i64 {
        let milliseconds = i64::try_from(time.as_nanosecond().div_euclid(1_000_000)).unwrap_or(i64::MAX);
        let is_whole = time.as_nanosecond().rem_euclid(1_000_000) == 0;
        let rounded = milliseconds.saturating_add(i64::from(!is_whole));
        if rounded <= 0 { rounded } else { rounded.saturating_add(self.0).max(1) }
    }

    /// A moment of the database, by our clock.
    pub(super) fn ours(self, milliseconds: i64) -> Timestamp {
        let ours = if milliseconds <= 0 { milliseconds } else { milliseconds.saturating_sub(self.0).max(1) };
        moment(ours)
    }
}

/// A moment that is nobody's clock but a page's own, in milliseconds since 1970.
pub(super) fn moment(milliseconds: i64) -> Timestamp {
    let limit = if milliseconds < 0 { Timestamp::MIN } else { Timestamp::MAX };
    Timestamp::from_millisecond(milliseconds).unwrap_or(limit)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn at(milliseconds: i64) -> Timestamp {
        Timestamp::from_millisecond(milliseconds).unwrap()
    }

    #[test]
    fn clocks_that_agree_are_not_told_apart_and_others_by_what_they_must_differ() {
        let skew = |theirs| Skew::between(at(5000), theirs, at(5010));
        assert_eq!([skew(5000), skew(5010), skew(5011)], [Skew(0); 3]);
        assert_eq!((skew(8000), skew(2000)), (Skew(2989), Skew(-2999)));
    }

    #[test]
    fn a_time_comes_back_as_it_was_given_and_is_never_too_early() {
        for skew in [Skew(0), Skew(3_600_000), Skew(-3_600_000)] {
            for time in [at(0), at(-1), at(1_800_000_000_000)] {
                assert_eq!(skew.ours(skew.theirs(time)), time);
            }
            assert!(skew.ours(skew.theirs(Timestamp::MAX)) > at(253_402_200_000_000));
        }
        assert_eq!(Skew(7).theirs(Timestamp::from_nanosecond(1_000_001).unwrap()), 9);
        assert_eq!(Skew(0).theirs(Timestamp::UNIX_EPOCH), 0);
    }
}
