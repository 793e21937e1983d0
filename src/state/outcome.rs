//! What a visit to a page came to: one class a visit.

use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::{Error, StrDeserializer};

use crate::article::PageKind;
use crate::failure::FailureClass;

/// What a visit to a page came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// A story was written: a new one, or a known one that has changed.
    Written,
    /// The server sent the story as it was known.
    Unchanged,
    /// The server said that the page is as it was (304).
    NotModified,
    /// The story is had already, from another page.
    Duplicate,
    /// The page holds no story.
    SetAside(PageKind),
    /// The page was not had.
    Failed(FailureClass),
    /// The page could not be had now and is left for later, which is nobody's fault.
    Deferred(FailureClass),
}

impl Outcome {
    /// The name that the state and reports use, such as `written` or `failed:http_4xx`; [`Outcome::parse`] reads it.
    pub fn name(self) -> String {
        match self {
            Self::Written => "written".to_owned(),
            Self::Unchanged => "unchanged".to_owned(),
            Self::NotModified => "not_modified".to_owned(),
            Self::Duplicate => "duplicate".to_owned(),
            Self::SetAside(kind) => format!("set_aside:{}", kind.name()),
            Self::Failed(class) => format!("failed:{class}"),
            Self::Deferred(class) => format!("deferred:{class}"),
        }
    }

    /// The outcome with this name.
    pub fn parse(name: &str) -> Option<Self> {
        match name.split_once(':') {
            None => [Self::Written, Self::Unchanged, Self::NotModified, Self::Duplicate]
                .into_iter()
                .find(|outcome| outcome.name() == name),
            Some(("set_aside", kind)) => variant(kind).map(Self::SetAside),
            Some(("failed", class)) => variant(class).map(Self::Failed),
            Some(("deferred", class)) => variant(class).map(Self::Deferred),
            Some(_) => None,
        }
    }

    /// Whether the page holds a story, whatever was made of it.
    pub fn brought_story(self) -> bool {
        match self {
            Self::Written | Self::Unchanged | Self::NotModified | Self::Duplicate => true,
            Self::SetAside(_) | Self::Failed(_) | Self::Deferred(_) => false,
        }
    }

    /// Whether the page is as it was known.
    pub fn is_unchanged(self) -> bool {
        matches!(self, Self::Unchanged | Self::NotModified)
    }

    /// Whether the page waits for a better time.
    pub fn is_deferred(self) -> bool {
        matches!(self, Self::Deferred(_))
    }
}

/// The variant of a plain enum that serde knows by this name.
fn variant<'de, T: Deserialize<'de>>(name: &'de str) -> Option<T> {
    let deserializer: StrDeserializer<'de, Error> = name.into_deserializer();
    T::deserialize(deserializer).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_the_outcome() {
        for (outcome, name) in [
            (Outcome::Written, "written"),
            (Outcome::Unchanged, "unchanged"),
            (Outcome::NotModified, "not_modified"),
            (Outcome::Duplicate, "duplicate"),
            (Outcome::SetAside(PageKind::Index), "set_aside:index"),
            (Outcome::Failed(FailureClass::Http4xx), "failed:http_4xx"),
            (Outcome::Deferred(FailureClass::RateLimited), "deferred:rate_limited"),
        ] {
            assert_eq!(outcome.name(), name);
            assert_eq!(Outcome::parse(name), Some(outcome));
        }
        for name in ["", "written:", "failed", "failed:", "failed:unheard_of", "set_aside:http_4xx"] {
            assert_eq!(Outcome::parse(name), None, "{name}");
        }
    }
}
