//! `pressclip clean`: pages in, articles out, one record a page and in the order given. Keeps no state.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::time::Instant;

use futures::StreamExt;
use jiff::Timestamp;

use crate::article::Article;
use crate::cli::{Clean, Common};
use crate::config::{Config, Format, Source, Target};
use crate::pipeline::Workshop;
use crate::pipeline::discover::discover;
use crate::pipeline::unpack::Tally;
use crate::source::{Candidate, Location, files as saved};
use crate::summary::Span;
use crate::write::template::Template;
use crate::write::{self, files, names};

use super::account;
use super::interrupt::interrupted;
use super::sink::Sink;
use super::sources;

pub(super) async fn clean(arguments: Clean, common: &Common, config: &Config) -> anyhow::Result<u8> {
    let (started_at, started) = (Timestamp::now(), Instant::now());
    let mut stop = pin!(interrupted());
    let shop = Workshop::new(config)?;
    let candidates = tokio::select! {
        biased;
        code = &mut stop => return Ok(code),
        candidates = candidates(&arguments, &shop, config) => candidates?,
    };
    let accounts = &arguments.accounts;
    let mut summary = account::begin(accounts);
    let mut output = Output::open(arguments.output.as_deref(), arguments.format)?;
    let tally = Tally::default();
    let mut articles = pin!(shop.in_order(candidates, &tally));
    loop {
        let (candidate, mut article) = tokio::select! {
            biased;
            // A file that was begun goes with `output`.
            code = &mut stop => return Ok(code),
            next = articles.next() => match next { Some(next) => next, None => break },
        };
        summary.found += 1;
        match &article.error {
            Some(failure) => {
                summary.add_failure(&candidate.source, failure);
                account::note_again(&mut summary, &candidate, failure);
            }
            None => summary.add_article(),
        }
        if !arguments.explain {
            article.dropped.clear();
        }
        output.take(&candidate, &article)?;
    }
    output.finish()?;
    summary.pass_over(&tally.counts());
    summary.hosts = shop.client().latencies();
    let span = Span { started_at, took: started.elapsed() };
    let is_told = account::is_bad(&summary) || (common.verbose > 0 && !common.quiet);
    account::give(&summary, span, is_told, accounts, common)
}

async fn candidates(arguments: &Clean, shop: &Workshop, config: &Config) -> anyhow::Result<Vec<Candidate>> {
    let mut candidates: Vec<Candidate> = Vec::new();
    if let Some(path) = &arguments.input_file {
        candidates.extend(super::entries(path)?);
    }
    let named =
        |operand: &String| sources::named(operand, config).filter(|_| archives(operand, config).is_none());
    let sources: Vec<Source> = arguments.sources.iter().filter_map(named).collect();
    sources::check(&sources)?;
    let mut found = discover(shop, &sources, None, Timestamp::now(), true).await?.into_iter();
    for operand in &arguments.sources {
        match named(operand).and_then(|_| found.next()) {
            None => candidates.extend(
                archives(operand, config)
                    .map_or_else(|| saved::expand(operand), |path| saved::archives(&path)),
            ),
            Some(found) => {
                candidates.extend(found.candidates);
                let failures = found.failures.into_iter();
                candidates.extend(failures.map(|(what, refusal)| Candidate::at(what, Err(refusal.failure))));
            }
        }
    }
    Ok(candidates)
}

/// What an operand such as `warc:crawls` names: its pages are read as they are cleaned. Of a source of the config, patterns
/// and bounds have to choose among the pages first.
fn archives(operand: &str, config: &Config) -> Option<PathBuf> {
    let source = sources::named(operand, config)
        .filter(|source| Source::of_operand(operand).as_ref() == Some(source))?;
    match source.target() {
        Ok(Target::Warc(path)) => Some(path),
        _ => None,
    }
}

/// Where the articles go.
enum Output {
    Sink { format: Format, is_first: bool, sink: Sink },
    Folder { format: Format, path: PathBuf, taken: HashSet<PathBuf> },
}

impl Output {
    fn open(path: Option<&Path>, format: Format) -> anyhow::Result<Self> {
        let is_folder =
            |path: &Path| path.is_dir() || path.to_string_lossy().ends_with(['/', std::path::MAIN_SEPARATOR]);
        match path.filter(|path| is_folder(path)) {
            Some(path) => Ok(Self::Folder { format, path: path.to_owned(), taken: HashSet::new() }),
            None => Ok(Self::Sink { format, is_first: true, sink: Sink::open(path)? }),
        }
    }

    fn take(&mut self, candidate: &Candidate, article: &Article) -> anyhow::Result<()> {
        match self {
            Self::Sink { format, is_first, sink } => {
                let text = next_part(article, *format, *is_first);
                *is_first &= text.is_empty();
                sink.write(&text)?;
            }
            Self::Folder { format, path, taken } if article.error.is_none() => {
                let extension = write::extension(*format);
                let stem = candidate.name.clone().or_else(|| stem(candidate));
                let saved = stem.map(|stem| names::saved_name(&stem, extension));
                let file = match saved.filter(|file| !taken.contains(file)) {
                    Some(file) => file,
                    None => {
                        names::file_name(article, candidate.name.as_deref(), &Template::slug(), extension)
                    }
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
            Self::Sink { sink, .. } => sink.finish()?,
            Self::Folder { .. } => {}
        }
        Ok(())
    }
}

/// An article as the next part of a stream. Records show failures; text forms leave them to the summary.
fn next_part(article: &Article, format: Format, is_first: bool) -> String {
    let is_record = matches!(format, Format::Json | Format::Jsonl | Format::Csv);
    if !is_record && article.error.is_some() {
        return String::new();
    }
    write::appended(&write::render(article, format), format, is_first)
}

/// The name of a saved page without its endings; a page of the web has none.
fn stem(candidate: &Candidate) -> Option<String> {
    let Ok(Location::File(path)) = &candidate.location else { return None };
    let name = path.file_name()?.to_string_lossy().into_owned();
    let name = Path::new(name.strip_suffix(".gz").unwrap_or(&name));
    name.file_stem().map(|stem| stem.to_string_lossy().into_owned())
}
