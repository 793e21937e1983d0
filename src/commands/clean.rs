//! `pressclip clean`: pages in, articles out, one record a page and in the order given. Keeps no state.

use std::collections::HashSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::time::Instant;

use anyhow::Context;
use futures::StreamExt;

use crate::article::Article;
use crate::cli::{Clean, Common};
use crate::config::{Config, Format};
use crate::pipeline::Workshop;
use crate::source::{Candidate, Location, files as saved, list};
use crate::summary::{DONE, Summary};
use crate::write::{self, files, names};

use super::progress::say;

/// How a file is named in an output folder.
const NAME: &str = "{slug}";

pub(super) async fn clean(arguments: Clean, common: &Common, config: &Config) -> anyhow::Result<u8> {
    let started = Instant::now();
    let candidates = candidates(&arguments)?;
    let mut summary = Summary { found: candidates.len(), ..Summary::default() };
    let mut output = Output::open(arguments.output.as_deref(), arguments.format)?;
    let mut articles = pin!(Workshop::new(config)?.in_order(candidates));
    while let Some((candidate, mut article)) = articles.next().await {
        match &article.error {
            Some(failure) => summary.add_failure(&candidate.source, failure),
            None => summary.add_article(),
        }
        if !arguments.explain {
            article.dropped.clear();
        }
        match output.take(&candidate, &article) {
            Ok(()) => {}
            Err(error) if error.downcast_ref().is_some_and(super::is_closed_pipe) => return Ok(DONE),
            Err(error) => return Err(error),
        }
    }
    output.finish()?;
    if summary.failures() > 0 || (common.verbose > 0 && !common.quiet) {
        say(&summary.render(started.elapsed()));
    }
    Ok(summary.exit_code())
}

fn candidates(arguments: &Clean) -> anyhow::Result<Vec<Candidate>> {
    let mut candidates: Vec<Candidate> = Vec::new();
    if let Some(path) = &arguments.input_file {
        let is_stdin = path.as_os_str() == "-";
        let text =
            if is_stdin { std::io::read_to_string(std::io::stdin()) } else { std::fs::read_to_string(path) };
        let text = text.with_context(|| format!("can't read the list `{}`", path.display()))?;
        let folder = if is_stdin { Path::new("") } else { path.parent().unwrap_or(path) };
        candidates.extend(list::parse(&text, folder));
    }
    candidates.extend(arguments.sources.iter().flat_map(|operand| saved::expand(operand)));
    Ok(candidates)
}

/// Where the articles go.
enum Output {
    Stream { format: Format, is_first: bool },
    File { format: Format, path: PathBuf, text: String },
    Folder { format: Format, path: PathBuf, taken: HashSet<PathBuf> },
}

impl Output {
    fn open(path: Option<&Path>, format: Format) -> anyhow::Result<Self> {
        let Some(path) = path else { return Ok(Self::Stream { format, is_first: true }) };
        let is_folder = path.is_dir() || path.to_string_lossy().ends_with(['/', std::path::MAIN_SEPARATOR]);
        Ok(match is_folder {
            true => Self::Folder { format, path: path.to_owned(), taken: HashSet::new() },
            false => Self::File { format, path: path.to_owned(), text: String::new() },
        })
    }

    fn take(&mut self, candidate: &Candidate, article: &Article) -> anyhow::Result<()> {
        match self {
            Self::Stream { format, is_first } => {
                let text = appended(article, *format, *is_first);
                *is_first &= text.is_empty();
                super::print(&text)?;
            }
            Self::File { format, text, .. } => {
                let next = appended(article, *format, text.is_empty());
                text.push_str(&next);
            }
            Self::Folder { format, path, taken } if article.error.is_none() => {
                let extension = write::extension(*format);
                let saved = stem(candidate).map(|stem| names::saved_name(&stem, extension));
                let file = match saved.filter(|file| !taken.contains(file)) {
                    Some(file) => file,
                    None => names::file_name(article, candidate.name.as_deref(), NAME, extension),
                };
                files::save(path, &file, super::run::document(article, *format).as_bytes())?;
                taken.insert(file);
            }
            Self::Folder { .. } => {}
        }
        Ok(())
    }

    fn finish(self) -> anyhow::Result<()> {
        match self {
            Self::Stream { .. } => std::io::stdout()
                .flush()
                .or_else(|error| if super::is_closed_pipe(&error) { Ok(()) } else { Err(error) })?,
            Self::File { path, text, .. } => {
                let folder =
                    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
                let name = path.file_name().with_context(|| format!("`{}` names no file", path.display()))?;
                files::save(folder, Path::new(name), text.as_bytes())?;
            }
            Self::Folder { .. } => {}
        }
        Ok(())
    }
}

/// An article as the next part of a stream. Records show failures; text forms leave them to the summary.
fn appended(article: &Article, format: Format, is_first: bool) -> String {
    let is_record = matches!(format, Format::Json | Format::Jsonl);
    if !is_record && article.error.is_some() {
        return String::new();
    }
    let gap = if is_record || is_first { "" } else { "\n" };
    format!("{gap}{}", write::render(article, format))
}

/// The name of a saved page without its endings; a page of the web has none.
fn stem(candidate: &Candidate) -> Option<String> {
    let Ok(Location::File(path)) = &candidate.location else { return None };
    let name = path.file_name()?.to_string_lossy().into_owned();
    let name = Path::new(name.strip_suffix(".gz").unwrap_or(&name));
    name.file_stem().map(|stem| stem.to_string_lossy().into_owned())
}
