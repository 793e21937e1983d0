//! Explanations for people: what became of every block of a page, and why, as text and as a page of its own.

pub mod evidence;
pub mod html;
pub mod text;

use crate::article::{Article, PageKind};
use crate::clean::decide::{Reason, Verdict};
use crate::clean::explain::Judged;

/// What decided on a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cause {
    /// A named rule.
    Rule,
    /// The probability that its features gave.
    Features,
    /// It says what is said elsewhere, or is a heading with nothing under it.
    Said,
    /// It is the caption of a picture.
    Caption,
}

impl Cause {
    /// All of them, as a legend has them.
    const ALL: [Self; 4] = [Self::Rule, Self::Features, Self::Said, Self::Caption];

    fn of(judged: &Judged) -> Self {
        match judged.reason {
            Reason::Rule(_) | Reason::OutsideBody(_) => Self::Rule,
            Reason::Probability => Self::Features,
            Reason::RepeatsTitle
            | Reason::Dateline
            | Reason::SecondPrint
            | Reason::PullQuote
            | Reason::EmptyHeading => Self::Said,
            Reason::FarCaption => Self::Caption,
        }
    }

    /// The cause behind “cut”.
    fn words(self) -> &'static str {
        match self {
            Self::Rule => "by rule",
            Self::Features => "by features",
            Self::Said => "as said elsewhere or empty heading",
            Self::Caption => "as caption far from the story",
        }
    }
}

/// How many blocks got a verdict.
fn count(blocks: &[Judged], verdict: Verdict) -> usize {
    blocks.iter().filter(|judged| judged.verdict == verdict).count()
}

/// How many blocks were cut for a cause.
fn cuts(blocks: &[Judged], cause: Cause) -> usize {
    blocks.iter().filter(|judged| judged.verdict == Verdict::Cut && Cause::of(judged) == cause).count()
}

/// What sort of page it is and how sure that is, in words.
fn kind(article: &Article) -> String {
    let kind = match article.kind {
        PageKind::Article => "article",
        PageKind::Index => "index",
        PageKind::Consent => "consent wall",
        PageKind::Paywalled => "paywalled",
        PageKind::Error => "error page",
        PageKind::Empty => "empty page",
    };
    format!("{kind}, {:.0} % sure", 100.0 * article.confidence)
}

/// What was guessed or repaired, and why there is no article where there is none.
fn notes(article: &Article) -> impl Iterator<Item = &str> {
    article.error.iter().map(|error| error.message.as_str()).chain(article.notes.iter().map(String::as_str))
}
