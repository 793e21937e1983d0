//! How the layers of configuration become one `Config`: merging, naming what is wrong, "did you mean".

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serializer};
use toml::{Table, Value};

use crate::clean::rules::RuleError;
use crate::nearest::{hint, nearest};

use super::Config;

/// Prefix of environment variables that set an option; `__` stands for the dot of a key.
const ENVIRONMENT_PREFIX: &str = "PRESSCLIP_";

/// Why a configuration can't be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file can't be read.
    #[error(
        "can't read the config `{path}`; name another one with --config, or write one with `pressclip init URL…`"
    )]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A layer is not TOML, or a value does not fit its option.
    #[error("{origin} can't be used{}", hint(meant(.source.message())))]
    Invalid {
        /// The layer.
        origin: String,
        /// What is wrong with it.
        source: toml::de::Error,
    },
    /// No option has this key.
    #[error("unknown key `{key}` in {origin}{}", hint(.nearest.as_ref()))]
    UnknownKey {
        /// The key, dotted.
        key: String,
        /// The layer.
        origin: String,
        /// The known key that looks most like it.
        nearest: Option<String>,
    },
    /// The values fit their options and still make no job.
    #[error("{0}")]
    Unsound(String),
    /// A file of rules can't be read.
    #[error("can't read the rules `{path}` that `clean.rules` names")]
    ReadRules {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Rules of the user's can't be used.
    #[error("the rules in `{origin}` can't be used")]
    Rules {
        /// The file with the rules.
        origin: PathBuf,
        /// What is wrong with them.
        source: RuleError,
    },
    /// `--set` without `=`.
    #[error("`--set {0}` has no `=`; write it as `--set fetch.delay=2s`")]
    NotAPair(String),
}

/// Where values come from, besides the defaults.
#[derive(Debug, Clone, Default)]
pub struct Layers {
    /// The config file.
    pub file: Option<PathBuf>,
    /// Environment variables; only those with the prefix `PRESSCLIP_` count.
    pub environment: Vec<(String, String)>,
    /// `key=value` from the command line, dotted keys.
    pub set: Vec<String>,
}

/// Reads the layers into one configuration.
///
/// # Errors
/// A file that can't be read, a layer that is not TOML, a value that does not fit, a key that no option has.
pub fn read(layers: &Layers) -> Result<Config, ConfigError> {
    let mut merged = Table::new();
    if let Some(path) = &layers.file {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Read { path: path.clone(), source })?;
        let origin = format!("`{}`", path.display());
        checked(&origin, toml::de::Deserializer::parse(&text))?;
        merged = text.parse().map_err(|source| ConfigError::Invalid { origin, source })?;
    }
    for (name, value) in &layers.environment {
        let Some(key) = name.strip_prefix(ENVIRONMENT_PREFIX) else { continue };
        let key = key.to_lowercase().replace("__", ".");
        overlay(&mut merged, &key, value, &format!("the environment variable `{name}`"))?;
    }
    for pair in &layers.set {
        let (key, value) = pair.split_once('=').ok_or_else(|| ConfigError::NotAPair(pair.clone()))?;
        overlay(&mut merged, key.trim(), value.trim(), &format!("`--set {pair}`"))?;
    }
    let mut config: Config = merged
        .try_into()
        .map_err(|source| ConfigError::Invalid { origin: "the configuration".to_owned(), source })?;
    if let Some(folder) = layers.file.as_deref().and_then(Path::parent) {
        for source in &mut config.source {
            source.place(folder);
        }
        for rules in &mut config.clean.rules {
            *rules = folder.join(&*rules);
        }
    }
    config.clean.origin = layers.file.clone();
    let state = &config.state;
    if state.url.get().is_some() && state.path != super::State::default().path {
        let problem = "`state.url` and `state.path` are two places for one state; leave one of them out";
        return Err(ConfigError::Unsound(problem.to_owned()));
    }
    if state.lease < super::SHORTEST_LEASE {
        return Err(ConfigError::Unsound(
            "`state.lease` is too short to be kept; make it 1s or longer".to_owned(),
        ));
    }
    Ok(config)
}

/// Puts one dotted key over `merged`, after proving that it is known and that its value fits.
fn overlay(merged: &mut Table, key: &str, value: &str, origin: &str) -> Result<(), ConfigError> {
    let layer = nested(key, parse_value(value));
    let layer = match checked(origin, Ok(layer.clone())) {
        Ok(_) => layer,
        Err(error) => {
            // `--set fetch.user_agent=1` means the text "1".
            let plain = nested(key, Value::String(value.to_owned()));
            checked(origin, Ok(plain.clone())).map_err(|_| error)?;
            plain
        }
    };
    merge(merged, layer);
    Ok(())
}

/// A value as TOML where it is TOML, else as plain text.
fn parse_value(text: &str) -> Value {
    format!("value = {text}")
        .parse::<Table>()
        .ok()
        .and_then(|mut table| table.remove("value"))
        .unwrap_or_else(|| Value::String(text.to_owned()))
}

/// The table in which the dotted `key` has this value.
fn nested(key: &str, value: Value) -> Table {
    match key.split_once('.') {
        None => Table::from_iter([(key.to_owned(), value)]),
        Some((first, rest)) => Table::from_iter([(first.to_owned(), Value::Table(nested(rest, value)))]),
    }
}

fn merge(below: &mut Table, above: Table) {
    for (key, value) in above {
        match (below.get_mut(&key), value) {
            (Some(Value::Table(below)), Value::Table(above)) => merge(below, above),
            (_, value) => drop(below.insert(key, value)),
        }
    }
}

/// Deserializes one layer and refuses keys that no option has.
fn checked<'de, D>(origin: &str, layer: Result<D, toml::de::Error>) -> Result<Config, ConfigError>
where
    D: Deserializer<'de, Error = toml::de::Error>,
{
    let invalid = |source| ConfigError::Invalid { origin: origin.to_owned(), source };
    let mut unknown = None;
    let config = serde_ignored::deserialize(layer.map_err(invalid)?, |path| {
        unknown.get_or_insert_with(|| path.to_string());
    })
    .map_err(invalid)?;
    match unknown {
        None => Ok(config),
        Some(key) => {
            let nearest = nearest_key(&key);
            Err(ConfigError::UnknownKey { key, origin: origin.to_owned(), nearest })
        }
    }
}

/// The known key that looks most like `key`; indices of sources are left out of the comparison.
fn nearest_key(key: &str) -> Option<String> {
    let plain: Vec<&str> = key.split('.').filter(|part| part.parse::<usize>().is_err()).collect();
    nearest(&plain.join("."), known_keys())
}

/// The value that was meant by one that is none of those of its option: serde names it and them in its message, as in
/// "unknown variant `markdwon`, expected one of `text`, `markdown`".
fn meant(message: &str) -> Option<&str> {
    let mut names = message.strip_prefix("unknown variant ")?.split('`').skip(1).step_by(2);
    let given = names.next()?;
    nearest(given, names)
}

/// Every key, dotted, in the order of the structs.
pub fn known_keys() -> Vec<String> {
    let example = Config { source: vec![super::Source::example()], ..Config::default() };
    let mut keys = Vec::new();
    if let Ok(table) = Table::try_from(&example) {
        collect_keys(&table, "", &mut keys);
    }
    keys
}

fn collect_keys(table: &Table, prefix: &str, keys: &mut Vec<String>) {
    for (key, value) in table {
        let key = format!("{prefix}{key}");
        match value {
            // The keys of an empty table are the user's own.
            Value::Table(inner) if !inner.is_empty() => collect_keys(inner, &format!("{key}."), keys),
            Value::Array(items) => match items.first() {
                Some(Value::Table(inner)) => collect_keys(inner, &format!("{key}."), keys),
                _ => keys.push(key),
            },
            _ => keys.push(key),
        }
    }
}

/// A duration that may be left out.
pub(super) mod duration_if_any {
    use super::*;

    pub(crate) fn serialize<S: Serializer>(
        value: &Option<Duration>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match value {
            Some(value) => super::duration::serialize(value, serializer),
            None => serializer.serialize_none(),
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Duration>, D::Error> {
        super::duration::deserialize(deserializer).map(Some)
    }
}

/// Durations as people write them: `1s`, `500ms`, `2m`.
pub(super) mod duration {
    use super::*;

    pub(crate) fn serialize<S: Serializer>(value: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&humantime::format_duration(*value))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        let text = String::deserialize(deserializer)?;
        humantime::parse_duration(&text).map_err(|_| {
            serde::de::Error::custom(format!(
                "`{text}` is not a duration; write it like \"500ms\", \"1s\" or \"2m\""
            ))
        })
    }
}
