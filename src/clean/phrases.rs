//! Phrase packs: what promos, prompts and labels say, in many languages. The phrases are data, in `phrases.toml`.
//!
//! A phrase is evidence. Rules and the model decide what it means where it stands.

// Generators of test pages load this file by its path too.
#[path = "phrases/lines.rs"]
mod lines;

use std::sync::LazyLock;

use foldhash::{HashMap, HashMapExt};

use super::hash::{self, fnv, fnv_from};
use super::words;
use lines::Entry;

/// Characters of a block that are compared with phrases; all phrases are shorter.
const REACH: usize = 100;

/// Bytes of the file for each beginning of a phrase, about.
const BYTES_PER_LEAD: usize = 10;

/// A set of kinds of phrases, one bit for each table of `phrases.toml` in the order of the file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Kinds(pub(crate) u32);

impl Kinds {
    /// Whether any kind of `other` is in this set.
    pub(crate) fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

/// The file of the built-in packs.
const FILE: &str = include_str!("phrases.toml");

/// The built-in packs.
pub(crate) static PHRASES: LazyLock<Phrases> = LazyLock::new(|| Phrases::new(FILE));

/// Phrases ready for look-up.
pub(crate) struct Phrases {
    names: Vec<String>,
    /// By the hash of each beginning of a phrase that ends where a word ends: the kinds of the phrases that end there.
    starts: HashMap<u64, Kinds>,
    /// By the hash of a phrase.
    whole: HashMap<u64, Kinds>,
}

impl Phrases {
    fn new(file: &str) -> Self {
        let mut phrases = Self {
            names: Vec::new(),
            // Making room in one go takes a third of the time of growing to it.
            starts: HashMap::with_capacity(file.len() / BYTES_PER_LEAD),
            whole: HashMap::new(),
        };
        let mut kinds = Kinds::default();
        lines::read(file, |entry| match entry {
            Entry::Kind(name) => {
                kinds = Kinds(1 << phrases.names.len());
                phrases.names.push(name.to_owned());
            }
            Entry::Start(phrase) => {
                // The last of the leads is the phrase itself.
                let mut last = 0;
                for lead in leads(&phrase) {
                    phrases.starts.entry(lead).or_default();
                    last = lead;
                }
                phrases.starts.entry(last).or_default().0 |= kinds.0;
            }
            Entry::Whole(phrase) => {
                phrases.whole.entry(fnv(phrase.as_bytes())).or_default().0 |= kinds.0;
            }
        });
        phrases
    }

    /// Names of the kinds, in the order of their bits.
    pub(crate) fn names(&self) -> &[String] {
        &self.names
    }

    /// The set that holds the kind called `name` alone.
    pub(crate) fn kind(&self, name: &str) -> Option<Kinds> {
        self.names.iter().position(|known| known == name).map(|place| Kinds(1 << place))
    }

    /// The kinds of phrases that a text begins with or consists of; `plain` is its plain form.
    pub(crate) fn read(&self, text: &str, plain: &str) -> Kinds {
        match words::head(text, REACH) {
            None => Kinds(self.starts_of(plain).0 | self.whole_of(plain).0),
            Some(head) => self.starts_of(&words::plain(head)),
        }
    }

    /// A label says the same as a question: “Already read?”.
    fn whole_of(&self, plain: &str) -> Kinds {
        let of = |text: &str| self.whole.get(&fnv(text.as_bytes())).map_or(0, |kinds| kinds.0);
        let unasked = plain.trim_end_matches(['?', '？', '؟']).trim_end();
        Kinds(of(plain) | if unasked.len() < plain.len() { of(unasked) } else { 0 })
    }

    fn starts_of(&self, plain: &str) -> Kinds {
        let mut kinds = Kinds::default();
        for lead in leads(plain) {
            // Most blocks say something else from their first word on.
            let Some(found) = self.starts.get(&lead) else { break };
            kinds.0 |= found.0;
        }
        kinds
    }
}

/// Hashes of the beginnings of a text that end where a word ends, from the shortest to the whole.
fn leads(text: &str) -> impl Iterator<Item = u64> {
    let mut hash = hash::START;
    text.char_indices().filter_map(move |(start, c)| {
        let end = start + c.len_utf8();
        hash = fnv_from(hash, text.get(start..end)?.as_bytes());
        ends_word(text, end).then_some(hash)
    })
}

/// Whether a word ends at byte `end`; in scripts without spaces it may end anywhere.
pub(crate) fn ends_word(text: &str, end: usize) -> bool {
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
    use std::collections::BTreeMap;

    use super::*;

    /// One kind of phrase, in all languages.
    #[derive(serde::Deserialize)]
    struct Pack {
        /// Why text that says this is not a part of the story.
        why: String,
        /// Texts that the pack must know.
        drops: Vec<String>,
        /// Texts of stories that it must not know.
        keeps: Vec<String>,
        /// Phrases by language.
        #[serde(flatten)]
        languages: BTreeMap<String, Language>,
    }

    /// The phrases of one language.
    #[derive(Default, serde::Deserialize)]
    #[serde(default, deny_unknown_fields)]
    struct Language {
        /// A block that begins with one of these matches.
        starts: Vec<String>,
        /// A block that says this and no more matches.
        whole: Vec<String>,
    }

    fn packs() -> Vec<(String, Pack)> {
        let packs: toml::map::Map<String, toml::Value> = toml::from_str(FILE).unwrap();
        packs.into_iter().map(|(name, pack)| (name, pack.try_into().unwrap())).collect()
    }

    #[test]
    fn the_file_is_read_as_toml_reads_it() {
        let mut expected = Vec::new();
        for (name, pack) in &packs() {
            expected.push(format!("{:?}", Entry::Kind(name)));
            for language in pack.languages.values() {
                let starts = language.starts.iter().map(|phrase| Entry::Start(phrase.into()));
                let whole = language.whole.iter().map(|phrase| Entry::Whole(phrase.into()));
                expected.extend(starts.chain(whole).map(|entry| format!("{entry:?}")));
            }
        }
        let mut entries = Vec::new();
        lines::read(FILE, |entry| entries.push(format!("{entry:?}")));
        // Languages and lists stand in the file in an order of their own.
        let by_kind = |entries: Vec<String>| {
            let mut kinds: Vec<Vec<String>> = Vec::new();
            for entry in entries {
                if entry.starts_with("Kind") {
                    kinds.push(Vec::new());
                }
                kinds.last_mut().unwrap().push(entry);
            }
            kinds.iter_mut().for_each(|kind| kind.sort());
            kinds
        };
        assert_eq!(by_kind(entries), by_kind(expected));
    }

    #[test]
    fn no_two_phrases_share_a_hash() {
        let mut known = BTreeMap::new();
        lines::read(FILE, |entry| {
            if let Entry::Start(phrase) | Entry::Whole(phrase) = entry {
                let mut ends = leads(&phrase).collect::<Vec<_>>().into_iter();
                for end in 1..=phrase.len() {
                    if phrase.is_char_boundary(end) && ends_word(&phrase, end) {
                        let lead = phrase[..end].to_owned();
                        let same = known.entry(ends.next().unwrap()).or_insert_with(|| lead.clone());
                        assert_eq!(*same, lead);
                    }
                }
            }
        });
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
                    .filter(|text| !PHRASES.read(text, &words::plain(text)).meets(kind))
                    .map(|text| format!("{name} misses: {text}")),
            );
            wrong.extend(
                pack.keeps
                    .iter()
                    .filter(|text| PHRASES.read(text, &words::plain(text)).meets(kind))
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
