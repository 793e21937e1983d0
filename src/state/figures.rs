//! The figures of a run: what reports show of it when it is over, and what later runs are compared with.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Runs whose figures are kept.
pub const MOST_RUNS: i64 = 100;

/// The bounds between the classes of lengths, in words. The first class is below the first, the last one above the last.
pub const LENGTHS: [u32; 6] = [100, 200, 400, 800, 1600, 3200];

/// The classes of shares that were cut: so many, of the same width.
pub const CUTS: usize = 10;

/// What is shown of a run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Figures {
    /// Articles that were written, by the source that found them.
    pub written: BTreeMap<String, u64>,
    /// Hosts, by the name of their URLs.
    pub hosts: BTreeMap<String, HostFigures>,
    /// Stories by their length, a number for each class of [`LENGTHS`].
    pub lengths: [u32; LENGTHS.len() + 1],
    /// Stories by the share of their page that was cut.
    pub cuts: [u32; CUTS],
    /// The pages that are most worth a look.
    pub looks: Vec<Look>,
}

/// What one host was like in a run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct HostFigures {
    /// Pages that were had, with a story or without.
    pub pages: u32,
    /// Those with a story.
    pub stories: u32,
    /// The median length of a story, in words.
    pub words: u32,
    /// The median share of a page that was cut, in percent.
    pub cut: u32,
    /// A page of it.
    pub example: String,
    /// The mean time of an answer, in milliseconds; 0 where it was not asked.
    pub mean_ms: u32,
    /// The longest time of an answer, in milliseconds.
    pub longest_ms: u32,
}

/// A page that is worth a look.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Look {
    /// Its URL or path.
    pub source: String,
    /// Its title.
    pub title: Option<String>,
    /// Why.
    pub why: Why,
    /// The name of the file that explains it, if there is one.
    pub explained: Option<String>,
}

/// Why a page is worth a look.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// It is not sure that it is what it was taken for: how sure, from 0 to 1.
    Doubtful(f32),
    /// It has become much longer or shorter: its words before and now. None now where it holds no story any more.
    Length(u32, u32),
}

impl Why {
    /// How much it is worth, from 0 to 1.
    pub fn weight(self) -> f32 {
        match self {
            Self::Doubtful(confidence) => 1.0 - confidence,
            Self::Length(before, now) => 1.0 - before.min(now) as f32 / before.max(now).max(1) as f32,
        }
    }
}
