//! Where the articles of a run go: a file each, a line each in files that grow, a row each in a database and in files of
//! columns, records in an archive, or to whoever reads the standard output.
//!
//! What stands for articles in outputs that grow is durable when [`Outputs::append`] returns, and accounted for by their
//! [`Extent`]s. All else is replaced when it is written again, so that nothing has to be known about it.

use std::fmt;
use std::io::ErrorKind;
use std::path::PathBuf;

use jiff::Timestamp;

use super::lines::{Lines, Shape};
use super::parquet::{self, Shards};
use super::sqlite::Database;
use super::template::Template;
use super::warc::{self, Capture};
use super::{appended, csv, document, extension, files, json, names};
use crate::article::Article;
use crate::config::{Format, Images, Output, Write};
use crate::failure::{Failure, FailureClass};
use crate::state::output::Extent;
use crate::write::inert::inert;

/// Articles of all runs as records, one a line.
const RECORDS_FILE: &str = "articles.jsonl";
/// What is known about the articles of all runs, one a line.
const TABLE_FILE: &str = "articles.csv";
/// The pages of all runs and their texts, as records of an archive.
const ARCHIVE_FILE: &str = "articles.warc.gz";
/// The database of the articles of all runs.
const DATABASE_FILE: &str = "articles.sqlite";

/// The outputs of a run.
#[derive(Debug)]
pub struct Outputs<'c> {
    forms: Forms<'c>,
    records: Option<Lines>,
    table: Option<Lines>,
    archive: Option<Lines>,
    shards: Option<Shards>,
    database: Option<Database>,
    stream: Option<Stream>,
}

/// In which forms an article is written. It has nothing open, so that many articles can be put into forms side by side.
#[derive(Debug)]
pub struct Forms<'c> {
    options: &'c Write,
    name: Template,
    /// The forms that get a file each.
    files: Vec<Format>,
    has_records: bool,
    has_table: bool,
    has_archive: bool,
    streamed: Option<Format>,
}

/// What stands for one article in the outputs that hold many.
#[derive(Debug, Default)]
pub struct Rows {
    record: String,
    table: String,
    archive: Vec<u8>,
    streamed: String,
}

/// Whoever reads the standard output, or what takes its place.
struct Stream {
    writer: Box<dyn std::io::Write + Send>,
    is_begun: bool,
    is_closed: bool,
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stream")
            .field("is_begun", &self.is_begun)
            .field("is_closed", &self.is_closed)
            .finish_non_exhaustive()
    }
}

impl<'c> Outputs<'c> {
    /// The names of the outputs that grow, by which their extents are recorded.
    pub fn growing(options: &Write) -> Vec<&'static str> {
        let name = |output: &Output| match output {
            Output::Text(Format::Jsonl) => Some(RECORDS_FILE),
            Output::Text(Format::Csv) => Some(TABLE_FILE),
            Output::Parquet => Some(parquet::PENDING_FILE),
            Output::Warc => Some(ARCHIVE_FILE),
            Output::Text(Format::Text | Format::Markdown | Format::Html | Format::Tei | Format::Json)
            | Output::Sqlite => None,
        };
        options.formats.iter().filter_map(name).collect()
    }

    /// Opens the outputs, of which those that grow were recorded to have grown to these extents.
    ///
    /// # Errors
    /// Those of [`Lines::open`], [`Shards::open`] and [`Database::open`], and a template that is none.
    pub fn open(options: &'c Write, extents: &[Extent]) -> Result<Self, Failure> {
        let has = |output: Output| options.formats.contains(&output);
        let recorded = |name: &str| extents.iter().find(|extent| extent.name == name).cloned();
        let lines = |output: Output, name: &str, shape: Shape| {
            let open = || Lines::open(&options.dir.join(name), shape, recorded(name));
            has(output).then(open).transpose()
        };
        let shards = || Shards::open(&options.dir, recorded(parquet::PENDING_FILE));
        let database = || Database::open(&options.dir.join(DATABASE_FILE));
        Ok(Self {
            forms: Forms::new(options, None)?,
            records: lines(Output::Text(Format::Jsonl), RECORDS_FILE, json::LINES)?,
            table: lines(Output::Text(Format::Csv), TABLE_FILE, csv::LINES)?,
            archive: lines(Output::Warc, ARCHIVE_FILE, warc::RECORDS)?,
            shards: has(Output::Parquet).then(shards).transpose()?,
            database: has(Output::Sqlite).then(database).transpose()?,
            stream: None,
        })
    }

    /// An output that writes articles in `format` to `writer` as they come, and nothing else.
    ///
    /// # Errors
    /// A template that is none.
    pub fn to(
        options: &'c Write,
        format: Format,
        writer: Box<dyn std::io::Write + Send>,
    ) -> Result<Self, Failure> {
        let stream = Stream { writer, is_begun: false, is_closed: false };
        Ok(Self {
            forms: Forms::new(options, Some(format))?,
            records: None,
            table: None,
            archive: None,
            shards: None,
            database: None,
            stream: Some(stream),
        })
    }

    /// The forms of the articles.
    pub fn forms(&self) -> &Forms<'c> {
        &self.forms
    }

    /// Puts articles into the outputs that hold many; some of them `supersede` earlier ones.
    ///
    /// # Errors
    /// `DiskFull` or `WriteFailed`; none of the articles is accounted for then.
    pub fn append(&mut self, articles: &[(&Article, Rows)], supersede: bool) -> Result<(), Failure> {
        let before = self.extents();
        let appended = self.try_to_append(articles, supersede);
        if appended.is_err() {
            self.roll_back(&before);
        }
        appended
    }

    fn try_to_append(&mut self, articles: &[(&Article, Rows)], supersede: bool) -> Result<(), Failure> {
        let text = |part: fn(&Rows) -> &str| articles.iter().map(|(_, rows)| part(rows)).collect::<String>();
        if let Some(lines) = &mut self.records {
            append(lines, &text(|rows| &rows.record), supersede)?;
        }
        if let Some(lines) = &mut self.table {
            append(lines, &text(|rows| &rows.table), supersede)?;
        }
        if let Some(archive) = &mut self.archive {
            let mut records = if archive.is_empty() { warc::info(Timestamp::now()) } else { Vec::new() };
            articles.iter().for_each(|(_, rows)| records.extend_from_slice(&rows.archive));
            archive.append(&records)?;
        }
        if let Some(shards) = &mut self.shards {
            append(shards.pending(), &text(|rows| &rows.record), false)?;
        }
        if let Some(database) = &mut self.database {
            database.put(articles.iter().map(|(article, rows)| (*article, rows.record.as_str())))?;
        }
        match (&mut self.stream, self.forms.streamed) {
            (Some(stream), Some(format)) => stream.write(format, articles),
            _ => Ok(()),
        }
    }

    /// How far the outputs that grow have grown, to be recorded with the pages.
    pub fn extents(&self) -> Vec<Extent> {
        let lines = [&self.records, &self.table, &self.archive].into_iter().flatten().map(Lines::extent);
        lines.chain(self.shards.as_ref().map(Shards::extent)).cloned().collect()
    }

    /// Takes back what was appended since the outputs had these extents.
    pub fn roll_back(&mut self, extents: &[Extent]) {
        let pending = self.shards.as_mut().map(Shards::pending);
        let archive = self.archive.as_mut();
        for lines in [self.records.as_mut(), self.table.as_mut(), archive, pending].into_iter().flatten() {
            let before = extents.iter().find(|extent| extent.name == lines.extent().name);
            before.into_iter().for_each(|extent| lines.roll_back(extent.clone()));
        }
    }

    /// Closes what has had its day or its size, and begins anew. All that the outputs hold must be recorded before, and
    /// their extents after it, also when it failed.
    ///
    /// # Errors
    /// `DiskFull` or `WriteFailed`; what could not be closed grows on.
    pub fn turn_over(&mut self, now: Timestamp) -> Result<(), Failure> {
        for lines in [&mut self.records, &mut self.table, &mut self.archive].into_iter().flatten() {
            lines.turn_over(self.forms.options.rotate, now)?;
        }
        match &mut self.shards {
            Some(shards) if shards.is_full() => shards.publish(),
            Some(_) | None => Ok(()),
        }
    }

    /// Takes out the lines that others have superseded, and puts into columns what waits for it. Their extents are to be
    /// recorded then, also when it failed.
    ///
    /// # Errors
    /// `DiskFull` or `WriteFailed`; what failed is done by the next run.
    pub fn finish(&mut self) -> Result<(), Failure> {
        for lines in [&mut self.records, &mut self.table].into_iter().flatten() {
            lines.compact()?;
        }
        self.shards.as_mut().map_or(Ok(()), Shards::publish)
    }

    /// Lets go of what is open.
    pub fn close(self) {
        if let Some(database) = self.database {
            database.close();
        }
    }

    /// Whether whoever read the articles has had enough.
    pub fn is_closed(&self) -> bool {
        self.stream.as_ref().is_some_and(|stream| stream.is_closed)
    }
}

fn append(lines: &mut Lines, text: &str, supersede: bool) -> Result<(), Failure> {
    lines.append(text.as_bytes())?;
    if supersede && !text.is_empty() {
        lines.supersede();
    }
    Ok(())
}

impl<'c> Forms<'c> {
    fn new(options: &'c Write, streamed: Option<Format>) -> Result<Self, Failure> {
        let name =
            Template::parse(&options.name).map_err(|error| Failure::new(FailureClass::Internal, error))?;
        let outputs = if streamed.is_some() { [].as_slice() } else { &options.formats };
        let file = |output: &Output| match output {
            Output::Text(format) => (!format.is_lines()).then_some(*format),
            Output::Sqlite | Output::Parquet | Output::Warc => None,
        };
        let has_records = |output: &Output| match output {
            Output::Text(format) => *format == Format::Jsonl,
            Output::Sqlite | Output::Parquet => true,
            Output::Warc => false,
        };
        Ok(Self {
            options,
            name,
            files: outputs.iter().filter_map(file).collect(),
            has_records: outputs.iter().any(has_records),
            has_table: outputs.contains(&Output::Text(Format::Csv)),
            has_archive: outputs.contains(&Output::Warc),
            streamed,
        })
    }

    /// What the files of an article are called, by `template` in place of the one of the options, without an extension;
    /// `None` when it gets no file of its own.
    pub fn stem(&self, article: &Article, name: Option<&str>, template: Option<&str>) -> Option<String> {
        let own = template.and_then(|template| Template::parse(template).ok());
        let has_files = !self.files.is_empty() || self.options.images == Images::Download;
        let stem = || names::stem(article, name, own.as_ref().unwrap_or(&self.name));
        (has_files && self.streamed.is_none()).then(stem)
    }

    /// Writes the files of an article, which are called `stem`, and gives its rows. `capture` is the record of its page.
    ///
    /// # Errors
    /// `DiskFull` or `WriteFailed`.
    pub fn save(
        &self,
        article: &Article,
        stem: Option<&str>,
        capture: Option<&Capture>,
    ) -> Result<Rows, Failure> {
        for format in &self.files {
            let Some(stem) = stem else { continue };
            let file = PathBuf::from(format!("{stem}.{}", extension(*format)));
            let path = files::save(&self.options.dir, &file, document(article, *format).as_bytes())?;
            tracing::debug!("{} → {}", inert(&article.source), path.display());
        }
        Ok(Rows {
            record: if self.has_records { json::line(article) } else { String::new() },
            table: if self.has_table { csv::line(article) } else { String::new() },
            archive: if self.has_archive { warc::records(article, capture) } else { Vec::new() },
            streamed: self.streamed.map(|format| super::render(article, format)).unwrap_or_default(),
        })
    }
}

impl Stream {
    /// Writes the articles, and notes when nobody reads them any more.
    fn write(&mut self, format: Format, articles: &[(&Article, Rows)]) -> Result<(), Failure> {
        let mut text = String::new();
        for (_, rows) in articles {
            text += &appended(&rows.streamed, format, !self.is_begun);
            self.is_begun = true;
        }
        let written = self.writer.write_all(text.as_bytes()).and_then(|()| self.writer.flush());
        written.map_err(|error| {
            self.is_closed |= error.kind() == ErrorKind::BrokenPipe;
            files::failure("standard output".as_ref(), &error)
        })
    }
}
