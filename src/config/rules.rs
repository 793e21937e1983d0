//! The rules that a configuration asks for: the user's, then the built-in ones.

use std::path::{Path, PathBuf};

use crate::clean::rules::{RuleError, Rules};

use super::{Clean, ConfigError};

/// What rules are called that come from no file.
const COMMAND_LINE: &str = "command line";

/// Reads the user's rules, those of the config file first, and puts the built-in ones behind them.
///
/// # Errors
/// A file that can't be read, and rules that can't be used.
pub fn rules(options: &Clean) -> Result<Rules, ConfigError> {
    let unusable = |origin: &Path| {
        let origin = origin.to_owned();
        |source: RuleError| ConfigError::Rules { origin, source }
    };
    let config = options.origin.clone().unwrap_or_else(|| PathBuf::from(COMMAND_LINE));
    let mut rules = Rules::of_user_tables(options.rule.clone(), &config).map_err(unusable(&config))?;
    for path in &options.rules {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::ReadRules { path: path.clone(), source })?;
        rules.append(Rules::of_user(&text, path).map_err(unusable(path))?);
    }
    rules.append(Rules::built_in().clone());
    Ok(rules)
}
