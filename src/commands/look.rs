//! The state for commands that don't work on pages.

use anyhow::Context;

use crate::config::Config;
use crate::state::{State, postgres, sqlite};
use crate::write::lock::Lock;

use super::run::lock;

/// Opens the state to look at it.
///
/// # Errors
/// When there is none, or it can't be used.
pub(super) fn open(config: &Config) -> anyhow::Result<Box<dyn State>> {
    if let Some(url) = config.state.url.get() {
        return Ok(Box::new(postgres::look(url)?));
    }
    let path = config.write.dir.join(&config.state.path);
    if !path.exists() {
        anyhow::bail!("there is no state `{}`; `pressclip run` begins one", path.display());
    }
    let opened = sqlite::open(&path).with_context(|| format!("can't look at `{}`", path.display()))?;
    Ok(Box::new(opened.state))
}

/// Opens the state to change it, or begins one. One that is not shared is locked meanwhile.
///
/// # Errors
/// When it can't be used, or a run has it.
pub(super) fn open_to_change(config: &Config) -> anyhow::Result<(Box<dyn State>, Vec<Lock>)> {
    if config.state.url.get().is_some() {
        return Ok((open(config)?, Vec::new()));
    }
    let path = config.write.dir.join(&config.state.path);
    let locks = lock(&config.write.dir, &path)?;
    Ok((Box::new(sqlite::open(&path)?.state), locks))
}
