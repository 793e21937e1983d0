//! The sources that a command works with: those of the configuration, or those that its operands name.

use std::collections::HashSet;
use std::path::Path;

use crate::config::{Config, ConfigError, KINDS, Source};
use crate::nearest::{hint, nearest};
use crate::source::patterns::Patterns;
use crate::write::template::Template;

/// The source that an operand names: one of the configuration by its name, or one by its kind, as in `feed:https://…`, unless
/// there is a file of that name.
pub(super) fn named(operand: &str, config: &Config) -> Option<Source> {
    if let Some(source) = config.source_named(operand) {
        return Some(source.clone());
    }
    Source::of_operand(operand).filter(|_| !Path::new(operand).exists())
}

/// The sources that operands name.
///
/// # Errors
/// An operand that names none.
pub(super) fn chosen(operands: &[String], config: &Config) -> Result<Vec<Source>, ConfigError> {
    let unknown = |operand: &String| {
        let known: Vec<String> = config.source.iter().map(Source::title).collect();
        ConfigError::Unsound(format!(
            "`{operand}` is no source of the config and begins with none of `{}:`{}",
            KINDS.join(":`, `"),
            hint(nearest(operand, known))
        ))
    };
    operands.iter().map(|operand| named(operand, config).ok_or_else(|| unknown(operand))).collect()
}

/// Proves before anything is asked that each source names one thing, and has a name of its own.
///
/// # Errors
/// The first source that does not.
pub(super) fn check(sources: &[Source]) -> Result<(), ConfigError> {
    let mut names = HashSet::new();
    for source in sources {
        source.target().map_err(ConfigError::Unsound)?;
        Patterns::new(source).map_err(ConfigError::Unsound)?;
        if let Some(name) = &source.write.name {
            Template::parse(name).map_err(ConfigError::Unsound)?;
        }
        if !names.insert(source.title()) {
            let title = source.title();
            return Err(ConfigError::Unsound(format!(
                "two sources are called `{title}`; give each its own `name`"
            )));
        }
    }
    Ok(())
}
