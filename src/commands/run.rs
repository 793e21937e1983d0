//! `pressclip run`: the configured job. Articles go to the outputs, failures to the summary; pages that hold no story are
//! set aside.

use std::collections::HashSet;
use std::fs::File;
use std::path::PathBuf;
use std::pin::pin;
use std::time::Instant;

use anyhow::Context;
use futures::StreamExt;

use crate::article::{Article, PageKind};
use crate::cli::{Common, Run};
use crate::config::{Config, ConfigError, Format, Write};
use crate::failure::Failure;
use crate::pipeline::Workshop;
use crate::source::{Candidate, list};
use crate::summary::{DONE, Summary};
use crate::write::inert::inert;
use crate::write::names::{self, Identities};
use crate::write::{self, document, files, jsonl::JsonLines};

use super::interrupt::interrupted;
use super::progress::{Progress, say};

/// Articles of a run, one a line.
const JSONL_FILE: &str = "articles.jsonl";

/// Another run writes to the same folder.
#[derive(Debug, thiserror::Error)]
#[error("another run writes to `{0}`; wait for its end, or name another folder with `--set write.dir=…`")]
pub struct Busy(PathBuf);

pub(super) async fn run(arguments: &Run, common: &Common, config: &Config) -> anyhow::Result<u8> {
    check_job(config)?;
    let shop = Workshop::new(config)?;
    let mut candidates = candidates(config)?;
    candidates.truncate(arguments.limit.unwrap_or(usize::MAX));
    if arguments.dry_run {
        let lines: Vec<String> =
            candidates.iter().map(|candidate| format!("{}\n", candidate.source)).collect();
        super::print(&lines.concat())?;
        return Ok(DONE);
    }
    let started = Instant::now();
    let mut outputs = Outputs::open(&config.write)?;
    let mut summary = Summary { found: candidates.len(), ..Summary::default() };
    let mut progress = Progress::new(candidates.len(), common);
    let mut stop = pin!(interrupted());
    let mut articles = pin!(shop.as_done(candidates));
    loop {
        let (candidate, article) = tokio::select! {
            biased;
            code = &mut stop => { summary.interrupted = Some(code); break }
            next = articles.next() => match next { Some(next) => next, None => break },
        };
        match outputs.take(&candidate, article) {
            Ok(Outcome::Written) => summary.add_article(),
            Ok(Outcome::Repeated) => summary.repeated += 1,
            Ok(Outcome::SetAside(kind)) => summary.add_set_aside(kind),
            Err(failure) => summary.add_failure(&candidate.source, &failure),
        }
        progress.update(&summary);
    }
    progress.finish();
    let finished = outputs.finish();
    if !common.quiet || summary.failures() > 0 {
        say(&summary.render(started.elapsed()));
    }
    finished?;
    Ok(summary.exit_code())
}

/// Proves before anything is fetched that the options make a job.
fn check_job(config: &Config) -> Result<(), ConfigError> {
    names::check_template(&config.write.name).map_err(ConfigError::Unsound)?;
    let problem = if config.write.formats.is_empty() {
        "`write.formats` is empty, so nothing would be written".to_owned()
    } else if config.source.is_empty() {
        "the configuration has no source; add a `[[source]]` with `list = \"urls.txt\"`".to_owned()
    } else if let Some(source) = config.source.iter().find(|source| source.list.is_none()) {
        format!("the source `{}` names no list; give it `list = \"urls.txt\"`", source.name)
    } else {
        return Ok(());
    };
    Err(ConfigError::Unsound(problem))
}

/// The candidates of all sources, in the order of the config, each once.
fn candidates(config: &Config) -> anyhow::Result<Vec<Candidate>> {
    let mut candidates = Vec::new();
    for source in &config.source {
        let Some(path) = &source.list else { continue };
        let text = std::fs::read_to_string(path).with_context(|| {
            format!("can't read the list `{}` of the source `{}`", path.display(), source.name)
        })?;
        candidates.extend(list::parse(&text, path.parent().unwrap_or(path)));
    }
    let mut seen = HashSet::new();
    candidates.retain(|candidate| seen.insert(candidate.identity()));
    Ok(candidates)
}

/// What became of a page that did not fail.
enum Outcome {
    Written,
    Repeated,
    SetAside(PageKind),
}

/// Where the articles of a run go.
struct Outputs<'c> {
    options: &'c Write,
    jsonl: Option<JsonLines>,
    /// Why `jsonl` can't be written any further; it is not finished then.
    broken: Option<Failure>,
    written: Identities,
    _lock: File,
}

impl<'c> Outputs<'c> {
    fn open(options: &'c Write) -> anyhow::Result<Self> {
        let lock = files::lock(&options.dir)?.ok_or_else(|| Busy(options.dir.clone()))?;
        files::sweep(&options.dir);
        let wants_lines = options.formats.contains(&Format::Jsonl);
        let jsonl = wants_lines.then(|| JsonLines::open(&options.dir.join(JSONL_FILE))).transpose()?;
        Ok(Self { options, jsonl, broken: None, written: Identities::default(), _lock: lock })
    }

    /// Writes one article in every form that is asked for, unless it was written before.
    fn take(&mut self, candidate: &Candidate, article: Article) -> Result<Outcome, Failure> {
        if let Some(failure) = article.error.as_ref().or(self.broken.as_ref()) {
            return Err(failure.clone());
        }
        if !article.kind.has_story() {
            tracing::info!("{}: set aside as {}", inert(&article.source), article.kind.name());
            return Ok(Outcome::SetAside(article.kind));
        }
        if self.written.contains(names::identity(&article)) {
            return Ok(Outcome::Repeated);
        }
        for format in &self.options.formats {
            match (format, &mut self.jsonl) {
                (Format::Jsonl, Some(lines)) => {
                    lines.push(&article).inspect_err(|failure| self.broken = Some(failure.clone()))?;
                }
                (Format::Jsonl, None) => {}
                (Format::Text | Format::Markdown | Format::Html | Format::Json, _) => {
                    let file = names::file_name(
                        &article,
                        candidate.name.as_deref(),
                        &self.options.name,
                        write::extension(*format),
                    );
                    let path = files::save(&self.options.dir, &file, document(&article, *format).as_bytes())?;
                    tracing::debug!("{} → {}", inert(&article.source), path.display());
                }
            }
        }
        self.written.insert(names::identity(&article));
        Ok(Outcome::Written)
    }

    fn finish(self) -> Result<(), Failure> {
        match (self.broken, self.jsonl) {
            (Some(failure), _) => Err(failure),
            (None, Some(lines)) => lines.finish(),
            (None, None) => Ok(()),
        }
    }
}
