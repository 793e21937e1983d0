//! `pressclip export`: the articles that a shared state holds, in any form that a run writes.

use std::path::Path;

use crate::article::Article;
use crate::cli::{Common, Export};
use crate::config::{Config, ConfigError, Format, Output};
use crate::failure::Failure;
use crate::state::State;
use crate::summary::DONE;
use crate::write::lock;
use crate::write::outputs::{Outputs, Rows};

use super::look;
use super::say::say;

/// Articles that are written in one go.
const BATCH: usize = 256;

pub(super) fn export(arguments: &Export, common: &Common, config: &Config) -> anyhow::Result<u8> {
    if config.state.url.get().is_none() {
        let problem = "a state in SQLite holds no articles, they are where `[write]` has put them; `state.url` names one that does";
        return Err(ConfigError::Unsound(problem.to_owned()).into());
    }
    let mut options = config.write.clone();
    options.formats.clone_from(&arguments.format);
    let mut state = look::open(config)?;
    let folder = arguments.output.as_deref().filter(|path| path.as_os_str() != "-");
    let (outputs, _lock) = match folder {
        Some(folder) => {
            refuse_what_is_there(folder)?;
            options.dir = folder.to_owned();
            let lock = lock::take(&folder.join(lock::FILE))?;
            (Outputs::open(&options, &[])?, Some(lock))
        }
        None => (Outputs::to(&options, streamed(&arguments.format)?, Box::new(std::io::stdout()))?, None),
    };
    let count = write_all(&mut *state, outputs)?;
    if folder.is_some() && !common.quiet {
        say(common.log_format, &format!("{count} articles\n"));
    }
    Ok(DONE)
}

/// What is in a folder may be the outputs of a job, which would be taken for something half written.
fn refuse_what_is_there(folder: &Path) -> anyhow::Result<()> {
    match std::fs::read_dir(folder).map(|mut entries| entries.next().is_some()) {
        Ok(true) => {
            anyhow::bail!("there is something in `{}`; name a folder that is new or empty", folder.display())
        }
        Ok(false) | Err(_) => Ok(()),
    }
}

/// The form in which articles go to standard output.
fn streamed(formats: &[Output]) -> Result<Format, ConfigError> {
    match formats {
        [Output::Text(format)] => Ok(*format),
        _ => Err(ConfigError::Unsound(
            "standard output takes one format that is text; name a folder with `-o`".to_owned(),
        )),
    }
}

fn write_all(state: &mut dyn State, mut outputs: Outputs<'_>) -> anyhow::Result<usize> {
    let mut batch: Vec<Article> = Vec::new();
    let (mut count, mut failed) = (0, None);
    state.articles(&mut |article| {
        batch.push(article);
        if batch.len() < BATCH {
            return true;
        }
        count += batch.len();
        failed = put(&mut outputs, &std::mem::take(&mut batch)).err();
        failed.is_none() && !outputs.is_closed()
    })?;
    if let Some(failure) = failed.filter(|_| !outputs.is_closed()) {
        return Err(failure.into());
    }
    if !outputs.is_closed() {
        count += batch.len();
        put(&mut outputs, &batch)?;
        outputs.finish()?;
    }
    outputs.close();
    Ok(count)
}

fn put(outputs: &mut Outputs<'_>, articles: &[Article]) -> Result<(), Failure> {
    outputs.turn_over(jiff::Timestamp::now())?;
    let mut rows: Vec<(&Article, Rows)> = Vec::new();
    for article in articles {
        let stem = outputs.forms().stem(article, None, None);
        rows.push((article, outputs.forms().save(article, stem.as_deref(), None)?));
    }
    match outputs.append(&rows, false) {
        Err(_) if outputs.is_closed() => Ok(()),
        done => done,
    }
}
