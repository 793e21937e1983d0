//! Phrase packs: what promos, prompts and labels say, in many languages. The phrases are data, in `phrases.toml`.
//!
//! A phrase is evidence. Rules and the model decide what it means where it stands.

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use serde::Deserialize;

use super::words;

/// Characters of a block that are compared with phrases; all phrases are shorter.
const REACH: usize = 100;

/// A set of kinds of phrases, one bit for each table of `phrases.toml` in the order of the file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Kinds(pub(crate) u32);

impl Kinds {
    /// Whether any kind of `other` is in this set.
    pub(crate) fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

/// The built-in packs.
pub(crate) static PHRASES: LazyLock<Phrases> = LazyLock::new(|| {
    let packs =
        toml::from_str(include_str!("phrases.toml")).expect("a test proves that phrases.toml is sound");
    Phrases::new(packs)
});

/// Phrases ready for look-up.
pub(crate) struct Phrases {
    names: Vec<String>,
    starts: HashMap<String, Kinds>,
    whole: HashMap<String, Kinds>,
}

/// One kind of phrase, in all languages.
#[derive(Debug, Deserialize)]
#[cfg_attr(not(test), expect(dead_code, reason = "reason and examples are there for readers and tests"))]
pub(crate) struct Pack {
    /// Why text that says this is not a part of the story.
    #[serde(default)]
    pub(crate) why: String,
    /// Texts that the pack must know.
    #[serde(default)]
    pub(crate) drops: Vec<String>,
    /// Texts of stories that it must not know.
    #[serde(default)]
    pub(crate) keeps: Vec<String>,
    /// Phrases by language.
    #[serde(flatten)]
    pub(crate) languages: BTreeMap<String, Language>,
}

/// The phrases of one language.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Language {
    /// A block that begins with one of these matches.
    pub(crate) starts: Vec<String>,
    /// A block that says this and no more matches.
    pub(crate) whole: Vec<String>,
}

/// The packs as the file has them, in its order.
pub(crate) type Packs = toml::map::Map<String, toml::Value>;

impl Phrases {
    fn new(packs: Packs) -> Self {
        let mut names = Vec::new();
        let mut starts: HashMap<String, Kinds> = HashMap::new();
        let mut whole: HashMap<String, Kinds> = HashMap::new();
        for (place, (name, pack)) in packs.into_iter().enumerate() {
            let pack: Pack = pack.try_into().expect("a test proves that each pack is sound");
            let kinds = Kinds(1 << place);
            for language in pack.languages.into_values() {
                for phrase in language.whole {
                    whole.entry(phrase).or_default().0 |= kinds.0;
                }
                for phrase in language.starts {
                    starts.entry(phrase).or_default().0 |= kinds.0;
                }
            }
            names.push(name);
        }
        Self { names, starts, whole }
    }

    /// Names of the kinds, in the order of their bits.
    pub(crate) fn names(&self) -> &[String] {
        &self.names
    }

    /// The set that holds the kind called `name` alone.
    pub(crate) fn kind(&self, name: &str) -> Option<Kinds> {
        self.names.iter().position(|known| known == name).map(|place| Kinds(1 << place))
    }

    /// The kinds of phrases that a block begins with or consists of.
    pub(crate) fn read(&self, text: &str) -> Kinds {
        let mut characters = text.chars();
        let head: String = characters.by_ref().take(REACH).collect();
        let head = words::plain(&head);
        let mut kinds = Kinds::default();
        for (start, c) in head.char_indices() {
            let end = start + c.len_utf8();
            if let (true, Some(lead)) = (ends_word(&head, end), head.get(..end)) {
                kinds.0 |= self.starts.get(lead).map_or(0, |kinds| kinds.0);
            }
        }
        if characters.next().is_none() {
            kinds.0 |= self.whole.get(&head).map_or(0, |kinds| kinds.0);
        }
        kinds
    }
}

/// Whether a word ends at byte `end`; in scripts without spaces it may end anywhere.
fn ends_word(text: &str, end: usize) -> bool {
    let before = text.get(..end).and_then(|head| head.chars().next_back());
    let after = text.get(end..).and_then(|tail| tail.chars().next());
    match (before, after) {
        (Some(before), Some(after)) => {
            !before.is_alphanumeric() || !after.is_alphanumeric() || words::is_unspaced(before)
        }
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn packs() -> Vec<(String, Pack)> {
        let packs: Packs = toml::from_str(include_str!("phrases.toml")).unwrap();
        packs.into_iter().map(|(name, pack)| (name, pack.try_into().unwrap())).collect()
    }

    #[test]
    fn every_pack_knows_its_examples_and_leaves_the_story_alone() {
        let mut wrong = Vec::new();
        for (name, pack) in packs() {
            assert!(!pack.why.is_empty() && !pack.drops.is_empty() && !pack.keeps.is_empty(), "{name}");
            let kind = PHRASES.kind(&name).unwrap();
            wrong.extend(
                pack.drops
                    .iter()
                    .filter(|text| !PHRASES.read(text).meets(kind))
                    .map(|text| format!("{name} misses: {text}")),
            );
            wrong.extend(
                pack.keeps
                    .iter()
                    .filter(|text| PHRASES.read(text).meets(kind))
                    .map(|text| format!("{name} takes: {text}")),
            );
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    #[test]
    fn phrases_are_sorted_unique_and_in_plain_form() {
        let mut wrong = Vec::new();
        for (name, pack) in packs() {
            for (tag, language) in &pack.languages {
                for list in [&language.starts, &language.whole] {
                    let sound = list.windows(2).all(|pair| pair[0] < pair[1]);
                    if !sound {
                        wrong.push(format!("{name}.{tag} is not sorted and unique"));
                    }
                    wrong.extend(
                        list.iter()
                            .filter(|phrase| {
                                words::plain(phrase) != phrase.trim_end_matches([':', ' ', '-'])
                                    || phrase.chars().count() > REACH
                            })
                            .map(|phrase| {
                                format!("{name}.{tag}: `{phrase}` should be `{}`", words::plain(phrase))
                            }),
                    );
                }
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    }
}
