//! The table of names and words that mark metadata, read once from `signals.toml`.

use std::sync::LazyLock;

use serde::Deserialize;

/// What an element is marked as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Author,
    Published,
    Modified,
    Dek,
    Headline,
}

/// What the words of an element's id and classes say of it.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Roles {
    pub author: bool,
    pub published: bool,
    pub modified: bool,
    /// A date, of whatever.
    pub dated: bool,
    pub dek: bool,
    pub aside: bool,
}

impl Roles {
    /// Whether it may hold the date of publication. In hAtom, which many themes follow, any date is `updated`.
    pub fn may_be_published(self) -> bool {
        self.published || self.dated
    }
}

/// The table.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Signals {
    pub tags: Tags,
    pub tiers: Tiers,
    pub schema: Schema,
    words: Words,
    links: Links,
    #[serde(skip)]
    buckets: Vec<Vec<(String, Word)>>,
    /// For each first letter, a bit for each length that a word has.
    #[serde(skip)]
    lengths: [u32; 26],
}

/// Names of `<meta>` for each field, in order of trust.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Tags {
    pub title: Vec<String>,
    pub description: Vec<String>,
    pub author: Vec<String>,
    pub published: Vec<String>,
    pub modified: Vec<String>,
    pub site: Vec<String>,
    pub language: Vec<String>,
    pub section: Vec<String>,
    pub tags: Vec<String>,
    pub image: Vec<String>,
    pub url: Vec<String>,
    pub r#type: Vec<String>,
    pub tier: Vec<String>,
}

/// What the tags for the tier of a story say.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Tiers {
    pub paid: Vec<String>,
    pub free: Vec<String>,
}

/// Types of schema.org that describe one piece of writing, and pages that hold one.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Schema {
    pub article: Vec<String>,
    pub page: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    author: Vec<String>,
    published: Vec<String>,
    modified: Vec<String>,
    dated: Vec<String>,
    dek: Vec<String>,
    aside: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Links {
    author: Vec<String>,
}

#[derive(Clone, Copy)]
enum Word {
    Author,
    Published,
    Modified,
    Dated,
    Dek,
    Aside,
}

/// The table, read once.
pub(super) static SIGNALS: LazyLock<Signals> = LazyLock::new(|| {
    let mut signals: Signals =
        toml::from_str(include_str!("signals.toml")).expect("the built-in table is tested");
    let words = &signals.words;
    let lists = [
        (&words.author, Word::Author),
        (&words.published, Word::Published),
        (&words.modified, Word::Modified),
        (&words.dated, Word::Dated),
        (&words.dek, Word::Dek),
        (&words.aside, Word::Aside),
    ];
    let mut buckets = vec![Vec::new(); 26 * LENGTHS];
    let mut lengths = [0_u32; 26];
    for (list, word) in lists {
        for name in list {
            if let Some((letter, length)) = bucket(name.as_bytes()) {
                buckets[letter * LENGTHS + length].push((name.clone(), word));
                lengths[letter] |= 1 << length;
            }
        }
    }
    signals.buckets = buckets;
    signals.lengths = lengths;
    signals
});

/// Lengths of words that are told apart; no word of the table is longer.
const LENGTHS: usize = 20;
/// Letters of the shortest word of the table.
const SHORTEST: usize = 3;

/// First letter and length of a word, by which it is kept: nearly every word of a page is compared with none of
/// the table.
fn bucket(word: &[u8]) -> Option<(usize, usize)> {
    let letter = usize::from(word.first()?.to_ascii_lowercase().checked_sub(b'a')?);
    (letter < 26 && word.len() < LENGTHS).then_some((letter, word.len()))
}

impl Signals {
    /// Adds what the words of an id or a class say of an element.
    pub fn add_roles(&self, value: &str, roles: &mut Roles) {
        each_word(value, |word| self.look_up(word, roles));
    }

    /// Whether an address is that of an author's page: a telling part of the path, and one part after it.
    pub fn leads_to_author(&self, href: &str) -> bool {
        let path = href.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
        let mut parts = path.rsplit('/');
        let (name, parent) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        !name.is_empty() && self.links.author.iter().any(|known| known == parent)
    }

    /// What the words of the name of a `<meta>` say of it.
    pub fn name_roles(&self, name: &str) -> Roles {
        let mut roles = Roles::default();
        self.add_roles(name, &mut roles);
        roles
    }

    fn look_up(&self, word: &[u8], roles: &mut Roles) {
        let Some((letter, length)) = bucket(word) else { return };
        if self.lengths[letter] & (1 << length) == 0 {
            return;
        }
        for (name, meaning) in &self.buckets[letter * LENGTHS + length] {
            if name.as_bytes().eq_ignore_ascii_case(word) {
                match meaning {
                    Word::Author => roles.author = true,
                    Word::Published => roles.published = true,
                    Word::Modified => roles.modified = true,
                    Word::Dated => roles.dated = true,
                    Word::Dek => roles.dek = true,
                    Word::Aside => roles.aside = true,
                }
            }
        }
    }
}

/// The words of an id or class: `entry-date`, `entry_date` and `entryDate` are two words each.
fn each_word(value: &str, mut take: impl FnMut(&[u8])) {
    for run in value.as_bytes().split(|byte| !byte.is_ascii_alphabetic()).filter(|run| run.len() >= SHORTEST)
    {
        let mut rest = run;
        while let Some(turn) =
            rest.windows(2).position(|pair| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase())
        {
            let (word, next) = rest.split_at(turn + 1);
            take(word);
            rest = next;
        }
        take(rest);
    }
}

#[cfg(test)]
mod tests {
    use super::{SHORTEST, SIGNALS, bucket};

    #[test]
    fn every_word_of_the_table_is_found_and_stands_once() {
        let words = &SIGNALS.words;
        for list in [&words.author, &words.published, &words.modified, &words.dated, &words.dek, &words.aside]
        {
            assert!(!list.is_empty());
            for (at, word) in list.iter().enumerate() {
                assert!(
                    word.bytes().all(|byte| byte.is_ascii_lowercase())
                        && bucket(word.as_bytes()).is_some()
                        && word.len() >= SHORTEST,
                    "{word}"
                );
                assert!(!list[..at].contains(word), "{word} twice");
            }
        }
    }

    #[test]
    fn names_are_split_into_whole_words() {
        let cases = [
            ("w-published-date", true, false),
            ("entry-date published updated", true, true),
            ("articleUpdateTime", true, true),
            ("last_updated", false, true),
            ("shareholder", false, false),
            ("candidate", false, false),
        ];
        for (name, published, modified) in cases {
            let roles = SIGNALS.name_roles(name);
            assert_eq!((roles.may_be_published(), roles.modified), (published, modified), "{name}");
        }
    }

    #[test]
    fn an_address_leads_to_an_author_by_the_part_before_the_name() {
        for href in ["/author/ada-muster/", "https://example.org/en/authors/ada?x=1"] {
            assert!(SIGNALS.leads_to_author(href), "{href}");
        }
        for href in ["/author/", "/authors", "/authority/ada", "/news/author-of-the-year", ""] {
            assert!(!SIGNALS.leads_to_author(href), "{href}");
        }
    }
}
