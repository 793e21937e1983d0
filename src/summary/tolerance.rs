//! How many failures are taken as a success, by whoever calls pressclip.

use std::str::FromStr;

/// The most pages that may fail without a bad exit code.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Tolerance {
    /// So many pages.
    Pages(usize),
    /// This share of all pages with an outcome, in percent.
    Percent(f64),
}

impl Tolerance {
    /// Whether `failed` pages out of `all` are not too many.
    pub fn allows(self, failed: usize, all: usize) -> bool {
        match self {
            Self::Pages(most) => failed <= most,
            Self::Percent(most) => failed as f64 * 100.0 <= most * all as f64,
        }
    }
}

impl FromStr for Tolerance {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let tolerance = match text.trim().strip_suffix('%') {
            Some(percent) => percent.trim().parse().ok().map(Self::Percent),
            None => text.trim().parse().ok().map(Self::Pages),
        };
        tolerance
            .filter(
                |tolerance| !matches!(tolerance, Self::Percent(percent) if !(0.0..=100.0).contains(percent)),
            )
            .ok_or_else(|| "neither a number of pages (20) nor a share of them (5%)".to_owned())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_number_or_a_share_of_the_pages_may_fail() {
        for (text, failed, all, allowed) in [
            ("0", 0, 9, true),
            ("2", 2, 2, true),
            ("2", 3, 900, false),
            ("5%", 5, 100, true),
            ("5%", 6, 100, false),
            ("0.5 %", 1, 200, true),
            ("100%", 7, 7, true),
            ("0%", 1, 1_000_000, false),
        ] {
            let tolerance: Tolerance = text.parse().unwrap();
            assert_eq!(tolerance.allows(failed, all), allowed, "{text}: {failed} of {all}");
        }
        for text in ["", "%", "-1", "101%", "NaN%", "five", "5 pages"] {
            assert!(text.parse::<Tolerance>().is_err(), "{text}");
        }
    }
}
