//! The data of link discovery, read once.

use std::collections::HashSet;
use std::sync::LazyLock;

use serde::Deserialize;

/// `links.toml`.
pub(super) static WORDS: LazyLock<Words> = LazyLock::new(|| {
    toml::from_str(include_str!("links.toml")).expect("a test parses the table that is built in")
});

/// Words of links, by where they stand.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Words {
    pub(super) path: PathWords,
    pub(super) around: AroundWords,
    pub(super) text: TextWords,
    pub(super) pages: PageWords,
    pub(super) feeds: FeedWords,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PathWords {
    pub(super) lists: HashSet<String>,
    pub(super) files: HashSet<String>,
    pub(super) actions: HashSet<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AroundWords {
    pub(super) navigation: HashSet<String>,
    pub(super) outside: HashSet<String>,
    pub(super) details: HashSet<String>,
    pub(super) paid: HashSet<String>,
    pub(super) stories: HashSet<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TextWords {
    pub(super) empty: HashSet<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PageWords {
    pub(super) parameters: HashSet<String>,
    pub(super) segments: HashSet<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FeedWords {
    pub(super) types: HashSet<String>,
    pub(super) other: HashSet<String>,
}

/// The words of a class or an id, in lower case: between hyphens, underscores, blanks and changes of case.
pub(super) fn words(names: &str) -> impl Iterator<Item = String> + '_ {
    names.split(|letter: char| !letter.is_alphanumeric()).flat_map(|name| {
        let mut words = Vec::new();
        let mut word = String::new();
        let mut was_lower = false;
        for letter in name.chars().take(60) {
            if letter.is_uppercase() && was_lower {
                words.push(std::mem::take(&mut word));
            }
            was_lower = letter.is_lowercase();
            word.extend(letter.to_lowercase());
        }
        words.push(word);
        words.into_iter().filter(|word| !word.is_empty())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_each_word_once() {
        let table: toml::Table = include_str!("links.toml").parse().unwrap_or_default();
        let mut lists = 0;
        for (name, list) in table.values().filter_map(toml::Value::as_table).flatten() {
            let words: Vec<&str> =
                list.as_array().into_iter().flatten().filter_map(toml::Value::as_str).collect();
            assert!(words.is_sorted_by(|one, other| one < other), "{name}: {words:?}");
            lists += 1;
        }
        assert!(lists > 8, "{lists}");
    }

    #[test]
    fn the_table_is_read_and_names_fall_into_words() {
        assert!(WORDS.path.lists.contains("tag") && WORDS.feeds.types.len() > 2);
        let found: Vec<String> = words("c-card__headline topStories2 NAV").collect();
        assert_eq!(found, ["c", "card", "headline", "top", "stories2", "nav"]);
    }
}
