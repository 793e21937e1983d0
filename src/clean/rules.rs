//! Rules: named verdicts about blocks, read from `rules.toml` and from the user's own files.
//!
//! A rule that fires wins over the model and is named in the explanation. The user's rules are tried first, and what
//! they say is final.

pub mod examples;
mod on_page;
mod reading;
mod selector;
mod wording;

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use scraper::Html;
use serde::Deserialize;

use crate::article::BlockKind;

use super::phrases::Kinds;
use super::signals::Signals;
pub(crate) use on_page::{Asked, OnPage};
use selector::Steps;
pub use wording::At;
use wording::Wordings;

/// What becomes of a block for which a rule fires.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// It is cut.
    Drop,
    /// It stays.
    Keep,
    /// It is the caption of a picture.
    Caption,
    /// The story is inside the matched element and nowhere else.
    Body,
}

impl std::fmt::Display for Action {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Drop => "drop",
            Self::Keep => "keep",
            Self::Caption => "caption",
            Self::Body => "body",
        })
    }
}

/// A rule as its file has it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// The file that it comes from, when it is a rule of the user's.
    #[serde(skip)]
    pub origin: Option<PathBuf>,
    /// Its name in explanations; `#` and its number in the file where it has none.
    #[serde(default)]
    pub name: String,
    /// The reason for it, one sentence; every built-in rule has one.
    #[serde(default)]
    pub why: String,
    /// What it does.
    pub action: Action,
    /// Hosts for which it holds, with their subdomains; all when empty.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// Words that the block says, whatever their case.
    #[serde(default)]
    pub words: Vec<String>,
    /// Where in the block they stand.
    #[serde(default)]
    pub words_at: At,
    /// Kinds of phrases that the block begins with.
    #[serde(default)]
    pub phrases: Vec<String>,
    /// Signals that an element around the block carries.
    #[serde(default)]
    pub signals: Vec<String>,
    /// Names of elements around the block.
    #[serde(default)]
    pub elements: Vec<String>,
    /// A CSS selector that an element around the block matches.
    pub selector: Option<String>,
    /// Kinds of blocks.
    #[serde(default)]
    pub kinds: Vec<BlockKind>,
    /// Most words in the block.
    pub max_words: Option<usize>,
    /// Least share of linked characters, 0 to 1.
    pub min_linked: Option<f32>,
    /// Largest share of linked characters, 0 to 1.
    pub max_linked: Option<f32>,
    /// The block comes after a picture, and the element that holds both has no more words than this.
    pub under_media: Option<usize>,
    /// A picture comes right before the block.
    #[serde(default)]
    pub after_media: bool,
    /// The words of the block stand inside a longer block of the page too.
    #[serde(default)]
    pub repeated: bool,
    /// Least probability by the model that the block belongs to the story, 0 to 1.
    pub min_probability: Option<f32>,
    /// Largest probability by the model, 0 to 1.
    pub max_probability: Option<f32>,
    /// Markup that the rule drops.
    #[serde(default)]
    pub drops: Vec<String>,
    /// Markup that it must leave alone.
    #[serde(default)]
    pub keeps: Vec<String>,
}

impl Rule {
    /// What explanations call it: its name, and the file where that is the user's.
    pub fn title(&self) -> Cow<'_, str> {
        match self.origin.as_deref().map(|path| path.file_name().unwrap_or(path.as_os_str())) {
            Some(file) => format!("{} ({})", self.name, file.display()).into(),
            None => self.name.as_str().into(),
        }
    }
}

/// Rules ready for use.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    rules: Vec<Ready>,
}

/// A rule, and what it asks for in the form in which that is asked.
#[derive(Debug, Clone)]
struct Ready {
    rule: Rule,
    phrases: Kinds,
    wordings: Wordings,
    signals: Signals,
    selector: Option<Steps>,
}

/// Why a file of rules can't be used.
#[derive(Debug, thiserror::Error)]
pub enum RuleError {
    /// It is not a list of rules in TOML.
    #[error("it is no list of rules")]
    Invalid(#[from] toml::de::Error),
    /// A rule has a key or a value that does not exist, or asks for nothing.
    #[error("the rule `{rule}` {problem}")]
    Unsound {
        /// Its name, or `#` and its number.
        rule: String,
        /// What is wrong.
        problem: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    rule: Vec<toml::Table>,
}

static BUILT_IN: LazyLock<Rules> = LazyLock::new(|| {
    Rules::parse(include_str!("rules.toml")).expect("a test proves that the built-in rules are sound")
});

impl Rules {
    /// The rules that come with pressclip.
    pub fn built_in() -> &'static Self {
        &BUILT_IN
    }

    /// Reads rules from TOML.
    ///
    /// # Errors
    /// Text that is not TOML, unknown keys, names of phrases or signals that do not exist, a selector that is wrong or
    /// whose time could grow faster than a page, a rule that asks for nothing, two rules of one name.
    pub fn parse(text: &str) -> Result<Self, RuleError> {
        let file: File = toml::from_str(text)?;
        reading::rules(file.rule, None)
    }

    /// Reads rules of the user's from the text of the file `origin`.
    ///
    /// # Errors
    /// As [`Rules::parse`].
    pub fn of_user(text: &str, origin: &Path) -> Result<Self, RuleError> {
        let file: File = toml::from_str(text)?;
        Self::of_user_tables(file.rule, origin)
    }

    /// Reads rules of the user's, a table each, that stand in the file `origin`.
    ///
    /// # Errors
    /// As [`Rules::parse`].
    pub fn of_user_tables(tables: Vec<toml::Table>, origin: &Path) -> Result<Self, RuleError> {
        reading::rules(tables, Some(origin))
    }

    /// Adds rules that are tried after these.
    pub fn append(&mut self, others: Self) {
        self.rules.extend(others.rules);
    }

    /// The rules, in the order in which they are tried.
    pub fn iter(&self) -> impl Iterator<Item = &Rule> {
        self.rules.iter().map(|ready| &ready.rule)
    }

    /// The rules that hold for a page.
    pub(crate) fn on_page<'r>(&'r self, page: &'r Html, host: Option<&str>) -> Vec<OnPage<'r>> {
        let rules = self.rules.iter().filter(|ready| ready.holds_for(host));
        rules.map(|ready| OnPage::new(ready, page)).collect()
    }
}

impl Ready {
    fn holds_for(&self, host: Option<&str>) -> bool {
        self.rule.hosts.is_empty()
            || host.is_some_and(|host| {
                self.rule.hosts.iter().any(|known| {
                    host.strip_suffix(known.as_str())
                        .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
                })
            })
    }
}
