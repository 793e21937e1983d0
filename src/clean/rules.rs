//! Rules: named verdicts about blocks, read from `rules.toml` and from the user's own files.
//!
//! A rule that fires wins over the model and is named in the explanation.

pub mod examples;

use std::sync::LazyLock;

use scraper::{ElementRef, Html, Selector};
use serde::Deserialize;

use crate::article::BlockKind;

use super::outline::{Container, Outline, Segment};
use super::phrases::{Kinds, PHRASES};
use super::signals::{Signals, VOCABULARY};

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
    /// Its name in explanations.
    pub name: String,
    /// The reason for it, one sentence.
    pub why: String,
    /// What it does.
    pub action: Action,
    /// Hosts for which it holds; all when empty.
    #[serde(default)]
    pub hosts: Vec<String>,
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    rule: Vec<Rule>,
}

/// Rules ready for use.
#[derive(Debug, Clone)]
pub struct Rules {
    rules: Vec<Ready>,
}

#[derive(Debug, Clone)]
struct Ready {
    rule: Rule,
    phrases: Kinds,
    signals: Signals,
    selector: Option<Selector>,
}

/// Why a file of rules can't be used.
#[derive(Debug, thiserror::Error)]
pub enum RuleError {
    /// It is not TOML, or a key is wrong.
    #[error("the rules can't be read")]
    Invalid(#[from] toml::de::Error),
    /// A rule names what does not exist, or asks for nothing.
    #[error("the rule `{rule}` {problem}")]
    Unsound {
        /// Its name.
        rule: String,
        /// What is wrong.
        problem: String,
    },
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
    /// Text that is not TOML, unknown keys, names of phrases or signals that do not exist, a bad selector, a rule
    /// that asks for nothing.
    pub fn parse(text: &str) -> Result<Self, RuleError> {
        let file: File = toml::from_str(text)?;
        Ok(Self { rules: file.rule.into_iter().map(Ready::new).collect::<Result<_, _>>()? })
    }

    /// The rules, in the order in which they are tried.
    pub fn iter(&self) -> impl Iterator<Item = &Rule> {
        self.rules.iter().map(|ready| &ready.rule)
    }

    /// The rules that hold for a page.
    pub(crate) fn on_page<'r>(&'r self, page: &'r Html, host: Option<&str>) -> Vec<OnPage<'r>> {
        let rules = self.rules.iter().filter(|ready| ready.holds_for(host));
        rules.map(|ready| OnPage { ready, page }).collect()
    }
}

impl Ready {
    fn new(rule: Rule) -> Result<Self, RuleError> {
        let unsound = |problem: String| RuleError::Unsound { rule: rule.name.clone(), problem };
        let mut phrases = Kinds::default();
        for name in &rule.phrases {
            let kind =
                PHRASES.kind(name).ok_or_else(|| unsound(format!("names the unknown phrases `{name}`")))?;
            phrases.0 |= kind.0;
        }
        let mut signals = Signals::default();
        for name in &rule.signals {
            let group = VOCABULARY
                .group(name)
                .ok_or_else(|| unsound(format!("names the unknown signal `{name}`")))?;
            signals.insert_all(group);
        }
        let selector = match &rule.selector {
            None => None,
            Some(text) => Some(
                Selector::parse(text)
                    .map_err(|error| unsound(format!("has the bad selector `{text}`: {error}")))?,
            ),
        };
        let asks = !rule.phrases.is_empty()
            || !rule.signals.is_empty()
            || !rule.elements.is_empty()
            || rule.under_media.is_some()
            || rule.repeated
            || selector.is_some();
        if !asks {
            return Err(unsound(
                "asks for nothing; give it phrases, signals, elements or a selector".to_owned(),
            ));
        }
        Ok(Self { rule, phrases, signals, selector })
    }

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

/// What rules ask about a block.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'s> {
    pub(crate) segment: &'s Segment,
    pub(crate) phrases: Kinds,
    pub(crate) probability: f32,
    /// Words in the element that holds the block and a picture before it.
    pub(crate) media_words: Option<usize>,
    /// Its words stand inside a longer block too.
    pub(crate) is_repeated: bool,
}

/// A rule on one page.
pub(crate) struct OnPage<'r> {
    ready: &'r Ready,
    page: &'r Html,
}

impl<'r> OnPage<'r> {
    pub(crate) fn rule(&self) -> &'r Rule {
        &self.ready.rule
    }

    /// Whether the rule fires for a block. `around` are the containers around it, up to the one with the story.
    pub(crate) fn fires<'c>(
        &self,
        block: &Asked<'_>,
        around: impl Iterator<Item = &'c Container> + Clone,
    ) -> bool {
        let rule = &self.ready.rule;
        let Asked { segment, phrases, probability, media_words, is_repeated } = *block;
        let linked = segment.linked as f32 / segment.characters.max(1) as f32;
        (rule.phrases.is_empty() || phrases.meets(self.ready.phrases))
            && rule.max_words.is_none_or(|most| segment.words <= most)
            && rule.min_linked.is_none_or(|least| linked >= least)
            && (!rule.after_media || segment.with_media.is_some())
            && (!rule.repeated || is_repeated)
            && rule.under_media.is_none_or(|most| media_words.is_some_and(|words| words <= most))
            && rule.min_probability.is_none_or(|least| probability >= least)
            && rule.max_probability.is_none_or(|most| probability <= most)
            && rule.max_linked.is_none_or(|most| linked <= most)
            && (rule.kinds.is_empty() || rule.kinds.contains(&segment.block.kind))
            && (rule.signals.is_empty()
                || around.clone().any(|container| container.signals.meets(self.ready.signals)))
            && (rule.elements.is_empty()
                || around.clone().any(|container| rule.elements.iter().any(|name| **name == *container.name)))
            && (self.ready.selector.is_none() || around.clone().any(|container| self.selects(container)))
    }

    /// Whether the selector of the rule names this element. Asked last, since few blocks get so far.
    fn selects(&self, container: &Container) -> bool {
        let element = self.page.tree.get(container.node).and_then(ElementRef::wrap);
        self.ready
            .selector
            .as_ref()
            .zip(element)
            .is_some_and(|(selector, element)| selector.matches(&element))
    }

    /// The containers with blocks that a `body` rule names.
    pub(crate) fn bodies(&self, outline: &Outline) -> Vec<usize> {
        if self.ready.rule.action != Action::Body {
            return Vec::new();
        }
        let containers = outline.containers.iter().enumerate();
        containers
            .filter(|(_, container)| container.first < container.last && self.selects(container))
            .map(|(place, _)| place)
            .collect()
    }
}
