//! The words of dates in many languages, read once from `dates.toml`.

use std::sync::LazyLock;

use foldhash::{HashMap, HashMapExt, HashSet};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    months: HashMap<String, Vec<String>>,
    solar_hijri: HashMap<String, Vec<String>>,
    marks: Marks,
    order: Order,
    zones: HashMap<String, i16>,
    relative: Relative,
    labels: Labels,
}

/// Words that say what a date is the date of.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Labels {
    pub published: Vec<String>,
    pub modified: Vec<String>,
    /// Beside a word for published: the first time.
    pub original: Vec<String>,
    /// What is said to have been published: the story itself.
    pub subject: Vec<String>,
    /// The date of something else.
    pub other: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Marks {
    pub year: Vec<String>,
    pub month: Vec<String>,
    pub day: Vec<String>,
    pub hour: Vec<String>,
    pub minute: Vec<String>,
    pub ordinal: Vec<String>,
    pub filler: Vec<String>,
    pub morning: Vec<String>,
    pub afternoon: Vec<String>,
    pub clock: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Order {
    pub month_first: Vec<String>,
    pub solar_hijri: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Relative {
    pub ago: Vec<String>,
    pub ago_phrase: Vec<String>,
    second: Vec<String>,
    minute: Vec<String>,
    hour: Vec<String>,
    day: Vec<String>,
    week: Vec<String>,
    pub today: Vec<String>,
    pub yesterday: Vec<String>,
}

/// A month by name, in its calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Month {
    /// From 1.
    pub number: i32,
    /// Whether it is a month of the Solar Hijri calendar.
    pub solar_hijri: bool,
}

/// The table, with its lists turned into maps.
pub(super) struct DateWords {
    months: HashMap<String, Month>,
    /// First parts of the names of months that have two.
    beginnings: HashSet<String>,
    pub marks: Marks,
    pub order: Order,
    /// Minutes east of Greenwich.
    pub zones: HashMap<String, i16>,
    pub relative: Relative,
    pub labels: Labels,
    /// Seconds of each unit of time; the longest names first.
    units: Vec<(String, i64)>,
}

/// The table, read once.
pub(super) static DATE_WORDS: LazyLock<DateWords> = LazyLock::new(|| {
    let table: Table = toml::from_str(include_str!("dates.toml")).expect("the built-in table is tested");
    let mut months = HashMap::new();
    for (lists, solar_hijri) in [(&table.months, false), (&table.solar_hijri, true)] {
        for names in lists.values() {
            for (number, names) in (1..).zip(names) {
                for name in names.split(' ') {
                    months.insert(name.replace('_', " "), Month { number, solar_hijri });
                }
            }
        }
    }
    let relative = table.relative;
    let lists = [
        (&relative.second, 1),
        (&relative.minute, 60),
        (&relative.hour, 3600),
        (&relative.day, 86_400),
        (&relative.week, 604_800),
    ];
    let mut units: Vec<(String, i64)> = lists
        .into_iter()
        .flat_map(|(names, seconds)| names.iter().map(move |name| (name.clone(), seconds)))
        .collect();
    units.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
    let beginnings = months.keys().filter_map(|name| name.split_once(' '));
    DateWords {
        beginnings: beginnings.map(|(first, _)| first.to_owned()).collect(),
        months,
        marks: table.marks,
        order: table.order,
        zones: table.zones,
        relative,
        labels: table.labels,
        units,
    }
});

impl DateWords {
    /// The month of a lower-case word.
    pub fn month(&self, word: &str) -> Option<Month> {
        self.months.get(word).copied()
    }

    /// Whether a lower-case word is the first of the two that name a month.
    pub fn begins_month(&self, word: &str) -> bool {
        self.beginnings.contains(word)
    }

    /// Seconds of a unit of time, and what follows it in the same word (`時間前` is a unit and a direction).
    pub fn unit<'a>(&self, word: &'a str) -> Option<(i64, &'a str)> {
        self.units.iter().find_map(|(name, seconds)| {
            let rest = word.strip_prefix(name.as_str())?;
            let glued = name.chars().next().is_some_and(without_spaces);
            (rest.is_empty() || glued).then_some((*seconds, rest))
        })
    }
}

/// Whether a character is of a script that puts no space between a number, a unit and a direction.
fn without_spaces(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}')
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::{DATE_WORDS, Table};

    #[test]
    fn every_language_has_twelve_months_and_no_spelling_means_two() {
        let table: Table = toml::from_str(include_str!("dates.toml")).unwrap();
        for (language, months) in table.months.iter().chain(&table.solar_hijri) {
            assert_eq!(months.len(), 12, "{language}");
            for (number, names) in (1..).zip(months) {
                for name in names.split(' ') {
                    let month = DATE_WORDS.month(&name.replace('_', " ")).unwrap();
                    assert_eq!(month.number, number, "{language}: {name}");
                }
            }
        }
    }
}
