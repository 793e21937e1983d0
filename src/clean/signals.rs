//! Signals: what the words of ids, classes and roles tell about an element. The words are data, in `signals.toml`.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use foldhash::{HashMap, HashMapExt};
use serde::Deserialize;

/// A set of groups, one bit for each group of `signals.toml` in the order of the file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Signals(pub(crate) u64);

impl Signals {
    /// Whether any group of `other` is in this set.
    pub(crate) fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub(crate) fn insert_all(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

/// The words of `signals.toml`, ready for look-up.
pub(crate) struct Vocabulary {
    names: Vec<String>,
    words: HashMap<String, Signals>,
    /// Finds the parts; the number of each is that of its group in `part_groups`.
    parts: AhoCorasick,
    part_groups: Vec<Signals>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    words: Vec<String>,
    parts: Vec<String>,
}

/// The built-in vocabulary.
pub(crate) static VOCABULARY: LazyLock<Vocabulary> = LazyLock::new(|| {
    let table: toml::Table =
        include_str!("signals.toml").parse().expect("a test proves that signals.toml is TOML");
    Vocabulary::new(table)
});

impl Vocabulary {
    fn new(table: toml::Table) -> Self {
        let (mut names, mut words) = (Vec::new(), HashMap::<String, Signals>::new());
        let (mut parts, mut part_groups) = (Vec::new(), Vec::new());
        for (place, (name, value)) in table.into_iter().enumerate() {
            let group: Group = value.try_into().expect("a test proves that each group has words and parts");
            let signal = Signals(1 << place);
            for word in group.words {
                words.entry(word).or_default().insert_all(signal);
            }
            part_groups.extend(group.parts.iter().map(|_| signal));
            parts.extend(group.parts);
            names.push(name);
        }
        let parts = AhoCorasick::new(parts).expect("a few hundred words are far from the limits");
        Self { names, words, parts, part_groups }
    }

    /// Names of the groups, in the order of their bits.
    pub(crate) fn names(&self) -> &[String] {
        &self.names
    }

    /// The set that holds the group called `name` alone.
    pub(crate) fn group(&self, name: &str) -> Option<Signals> {
        self.names.iter().position(|known| known == name).map(|place| Signals(1 << place))
    }

    /// What one id, class or role tells.
    pub(crate) fn read(&self, token: &str) -> Signals {
        let mut signals = Signals::default();
        // Letters and digits in lower case; the present word begins at `start`.
        let mut joined = String::with_capacity(token.len().min(MAX_TOKEN));
        let mut start = 0;
        let mut before = ' ';
        for c in token.chars().take(MAX_TOKEN).chain([' ']) {
            let starts_word = c.is_ascii_uppercase() && before.is_ascii_lowercase();
            if starts_word || !c.is_ascii_alphanumeric() {
                self.look_up(joined.get(start..).unwrap_or_default(), &mut signals);
                start = joined.len();
            }
            if c.is_ascii_alphanumeric() {
                joined.push(c.to_ascii_lowercase());
            }
            before = c;
        }
        for part in self.parts.find_overlapping_iter(&joined) {
            signals.insert_all(self.part_groups[part.pattern().as_usize()]);
        }
        signals
    }

    fn look_up(&self, word: &str, signals: &mut Signals) {
        if let Some(found) = self.words.get(word) {
            signals.insert_all(*found);
        }
    }
}

/// Longest token that is read, in characters: generated class names can be kilobytes.
const MAX_TOKEN: usize = 96;

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[track_caller]
    fn check(token: &str, groups: &[&str]) {
        let signals = VOCABULARY.read(token);
        let found: Vec<&str> = VOCABULARY
            .names()
            .iter()
            .map(String::as_str)
            .filter(|name| signals.meets(VOCABULARY.group(name).unwrap()))
            .collect();
        assert_eq!(found, groups, "{token}");
    }

    #[test]
    fn whole_words_are_read_from_every_style_of_naming() {
        check("td-post-sharing", &["share", "article"]);
        check("articleBody", &["article", "body"]);
        check("shareholder-report", &[]);
        check("jp-relatedposts", &["related"]);
        check("css-1q2w3e", &[]);
    }

    #[test]
    fn groups_fit_into_their_bits() {
        assert!(VOCABULARY.names().len() <= 64);
    }
}
