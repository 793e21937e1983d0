//! `pressclip run`: the configured job. Articles go to the outputs, failures to the summary.

use std::pin::pin;
use std::time::Instant;

use anyhow::Context;
use futures::StreamExt;

use crate::article::Article;
use crate::cli::{Common, Run};
use crate::config::{Config, Format, Write};
use crate::failure::Failure;
use crate::pipeline::Workshop;
use crate::source::{Candidate, list};
use crate::summary::{DONE, Summary};
use crate::write::{self, files, front_matter, jsonl::JsonLines, names};

use super::progress::{Progress, say};

/// Articles of a run, one a line.
const JSONL_FILE: &str = "articles.jsonl";

pub(super) async fn run(arguments: &Run, common: &Common, config: &Config) -> anyhow::Result<u8> {
    names::check_template(&config.write.name).map_err(anyhow::Error::msg)?;
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
    let mut articles = pin!(Workshop::new(config)?.as_done(candidates));
    loop {
        let (candidate, article) = tokio::select! {
            biased;
            () = &mut stop => { summary.interrupted = true; break }
            next = articles.next() => match next { Some(next) => next, None => break },
        };
        match outputs.take(&candidate, article) {
            Ok(()) => summary.add_article(),
            Err(failure) => summary.add_failure(&candidate.source, &failure),
        }
        progress.update(&summary);
    }
    progress.finish();
    outputs.finish()?;
    if !common.quiet || summary.failures() > 0 {
        say(&summary.render(started.elapsed()));
    }
    Ok(summary.exit_code())
}

/// The candidates of all sources, in the order of the config.
fn candidates(config: &Config) -> anyhow::Result<Vec<Candidate>> {
    let mut candidates = Vec::new();
    for source in &config.source {
        let path = source.list.as_ref().with_context(|| {
            format!("the source `{}` names no list; give it `list = \"urls.txt\"`", source.name)
        })?;
        let text = std::fs::read_to_string(path).with_context(|| {
            format!("can't read the list `{}` of the source `{}`", path.display(), source.name)
        })?;
        candidates.extend(list::parse(&text, path.parent().unwrap_or(path)));
    }
    Ok(candidates)
}

/// Waits for SIGINT or SIGTERM.
async fn interrupted() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}

/// Where the articles of a run go.
struct Outputs<'c> {
    options: &'c Write,
    jsonl: Option<JsonLines>,
}

impl<'c> Outputs<'c> {
    fn open(options: &'c Write) -> anyhow::Result<Self> {
        let wants_lines = options.formats.contains(&Format::Jsonl);
        let jsonl = wants_lines.then(|| JsonLines::open(&options.dir.join(JSONL_FILE))).transpose()?;
        Ok(Self { options, jsonl })
    }

    /// Writes one article in every form that is asked for.
    fn take(&mut self, candidate: &Candidate, article: Article) -> Result<(), Failure> {
        if let Some(failure) = article.error {
            return Err(failure);
        }
        for format in &self.options.formats {
            match (format, &mut self.jsonl) {
                (Format::Jsonl, Some(lines)) => lines.push(&article)?,
                (Format::Jsonl, None) => {}
                (Format::Text | Format::Markdown | Format::Html | Format::Json, _) => {
                    let file = names::file_name(
                        &article,
                        candidate.name.as_deref(),
                        &self.options.name,
                        write::extension(*format),
                    );
                    let path = files::save(&self.options.dir, &file, document(&article, *format).as_bytes())?;
                    tracing::info!("{} → {}", write::inert::inert(&article.source), path.display());
                }
            }
        }
        Ok(())
    }

    fn finish(self) -> Result<(), Failure> {
        self.jsonl.map_or(Ok(()), JsonLines::finish)
    }
}

/// An article as the contents of a file of its own.
pub(super) fn document(article: &Article, format: Format) -> String {
    match format {
        Format::Markdown => format!("{}\n{}", front_matter::render(article), write::render(article, format)),
        Format::Text | Format::Html | Format::Json | Format::Jsonl => write::render(article, format),
    }
}
