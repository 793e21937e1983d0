//! How a config says when pages are asked for again: `"never"`, or a table of ages.

use std::fmt;
use std::time::Duration;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::layers;

/// The word for [`Revisit::Never`].
const NEVER: &str = "never";

/// Whether and when a page that was had is asked for again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revisit {
    /// A page is had once. One that could not be had is still tried again.
    Never,
    /// By the age of the story.
    ByAge(Ages),
}

/// When a story is asked for again, by its age.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Ages {
    /// How long after the last visit on the day of publication.
    #[serde(with = "layers::duration")]
    pub fresh: Duration,
    /// How long after the last visit when the story is about as old as `max_age`.
    #[serde(with = "layers::duration")]
    pub old: Duration,
    /// Stories older than this are left alone.
    #[serde(with = "layers::duration")]
    pub max_age: Duration,
}

impl Default for Ages {
    fn default() -> Self {
        const HOUR: u64 = 60 * 60;
        Self {
            fresh: Duration::from_secs(HOUR),
            old: Duration::from_secs(7 * 24 * HOUR),
            max_age: Duration::from_secs(30 * 24 * HOUR),
        }
    }
}

impl Default for Revisit {
    fn default() -> Self {
        Self::ByAge(Ages::default())
    }
}

impl Serialize for Revisit {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Never => serializer.serialize_str(NEVER),
            Self::ByAge(ages) => ages.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Revisit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(WordOrAges)
    }
}

struct WordOrAges;

impl<'de> Visitor<'de> for WordOrAges {
    type Value = Revisit;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"never\" or a table such as { fresh = \"1h\", old = \"7d\", max_age = \"30d\" }")
    }

    fn visit_str<E: Error>(self, word: &str) -> Result<Revisit, E> {
        if word == NEVER {
            Ok(Revisit::Never)
        } else {
            Err(E::invalid_value(serde::de::Unexpected::Str(word), &self))
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Revisit, A::Error> {
        Ages::deserialize(MapAccessDeserializer::new(map)).map(Revisit::ByAge)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::config::{Layers, read};

    #[track_caller]
    fn revisit(pairs: &[&str]) -> Result<Revisit, String> {
        let set = pairs.iter().map(ToString::to_string).collect();
        read(&Layers { set, ..Layers::default() }).map(|config| config.fetch.revisit).map_err(|error| {
            let source = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
            format!("{error} {source}")
        })
    }

    #[test]
    fn revisits_are_a_word_or_a_table_of_ages() {
        assert_eq!(revisit(&[]), Ok(Revisit::ByAge(Ages::default())));
        assert_eq!(revisit(&["fetch.revisit=never"]), Ok(Revisit::Never));
        let ages = Ages { fresh: Duration::from_secs(60), ..Ages::default() };
        assert_eq!(revisit(&["fetch.revisit.fresh=1m"]), Ok(Revisit::ByAge(ages)));
        assert_eq!(revisit(&["fetch.revisit={fresh=\"1m\"}"]), Ok(Revisit::ByAge(ages)));
    }

    #[test]
    fn a_mistake_in_revisits_is_named() {
        assert!(revisit(&["fetch.revisit=sometimes"]).unwrap_err().contains("max_age = \"30d\""));
        assert!(revisit(&["fetch.revisit.fresh=soon"]).unwrap_err().contains("`soon` is not a duration"));
        assert!(
            revisit(&["fetch.revisit.frsh=1m"]).unwrap_err().contains("did you mean `fetch.revisit.fresh`")
        );
    }
}
