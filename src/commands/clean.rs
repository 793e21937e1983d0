//! `pressclip clean`: pages in, articles out, one record a page and in the order given. Keeps no state.

use std::collections::HashSet;
use std::fs::File;
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
use crate::summary::Summary;
use crate::write::files::{self, Draft};
use crate::write::{self, names};

use super::interrupt::interrupted;
use super::progress::say;

/// How a file is named in an output folder.
const NAME: &str = "{slug}";

pub(super) async fn clean(arguments: Clean, common: &Common, config: &Config) -> anyhow::Result<u8> {
    let started = Instant::now();
    let candidates = candidates(&arguments)?;
    let mut summary = Summary { found: candidates.len(), ..Summary::default() };
    let mut output = Output::open(arguments.output.as_deref(), arguments.format)?;
    let mut articles = pin!(Workshop::new(config)?.in_order(candidates));
    let mut stop = pin!(interrupted());
    loop {
        let (candidate, mut article) = tokio::select! {
            biased;
            // A file that was begun goes with `output`.
            code = &mut stop => return Ok(code),
            next = articles.next() => match next { Some(next) => next, None => break },
        };
        match &article.error {
            Some(failure) => summary.add_failure(&candidate.source, failure),
            None => summary.add_article(),
        }
        if !arguments.explain {
            article.dropped.clear();
        }
        output.take(&candidate, &article)?;
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
    Stream { format: Format, is_first: bool, stream: Box<dyn Write> },
    File { format: Format, is_first: bool, draft: Draft },
    Folder { format: Format, path: PathBuf, taken: HashSet<PathBuf> },
}

impl Output {
    fn open(path: Option<&Path>, format: Format) -> anyhow::Result<Self> {
        let Some(path) = path else {
            return Ok(Self::Stream { format, is_first: true, stream: Box::new(std::io::stdout()) });
        };
        if path.is_dir() || path.to_string_lossy().ends_with(['/', std::path::MAIN_SEPARATOR]) {
            return Ok(Self::Folder { format, path: path.to_owned(), taken: HashSet::new() });
        }
        if path.exists() && !path.is_file() {
            // A pipe or a device is written to; a file in its place would be of no use to anybody.
            let stream = File::options().write(true).open(path);
            let stream = stream.with_context(|| format!("can't write to `{}`", path.display()))?;
            return Ok(Self::Stream { format, is_first: true, stream: Box::new(stream) });
        }
        // Where a link leads to, the file is replaced and not the link.
        let target = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        Ok(Self::File { format, is_first: true, draft: Draft::open(&target)? })
    }

    fn take(&mut self, candidate: &Candidate, article: &Article) -> anyhow::Result<()> {
        match self {
            Self::Stream { format, is_first, stream } => {
                let text = appended(article, *format, *is_first);
                *is_first &= text.is_empty();
                stream.write_all(text.as_bytes())?;
                stream.flush()?;
            }
            Self::File { format, is_first, draft } => {
                let text = appended(article, *format, *is_first);
                *is_first &= text.is_empty();
                draft.append(text.as_bytes())?;
            }
            Self::Folder { format, path, taken } if article.error.is_none() => {
                let extension = write::extension(*format);
                let stem = candidate.name.clone().or_else(|| stem(candidate));
                let saved = stem.map(|stem| names::saved_name(&stem, extension));
                let file = match saved.filter(|file| !taken.contains(file)) {
                    Some(file) => file,
                    None => names::file_name(article, candidate.name.as_deref(), NAME, extension),
                };
                files::save(path, &file, write::document(article, *format).as_bytes())?;
                taken.insert(file);
            }
            Self::Folder { .. } => {}
        }
        Ok(())
    }

    fn finish(self) -> anyhow::Result<()> {
        match self {
            Self::File { draft, .. } => draft.finish()?,
            Self::Stream { .. } | Self::Folder { .. } => {}
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
