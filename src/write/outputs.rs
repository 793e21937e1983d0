//! Where the articles of a run go: a file each, and a line each in `articles.jsonl`.

use std::path::PathBuf;

use super::jsonl::JsonLines;
use super::{document, extension, files, json, names};
use crate::article::Article;
use crate::config::{Format, Write};
use crate::failure::Failure;
use crate::state::output::Extent;
use crate::write::inert::inert;

/// Articles of all runs, one a line.
pub const JSONL_FILE: &str = "articles.jsonl";

/// The outputs of a run.
#[derive(Debug)]
pub struct Outputs<'c> {
    options: &'c Write,
    jsonl: Option<JsonLines>,
}

impl<'c> Outputs<'c> {
    /// Opens the outputs, whose file of lines was recorded to have grown to `extent`.
    ///
    /// # Errors
    /// Those of [`JsonLines::open`].
    pub fn open(options: &'c Write, extent: Option<Extent>) -> Result<Self, Failure> {
        let wants_lines = options.formats.contains(&Format::Jsonl);
        let open = || JsonLines::open(&options.dir.join(JSONL_FILE), extent);
        Ok(Self { options, jsonl: wants_lines.then(open).transpose()? })
    }

    /// What the files of an article are called by `template`, without an extension; `None` when it gets no file of its own.
    pub fn stem(&self, article: &Article, name: Option<&str>, template: &str) -> Option<String> {
        let format = self.options.formats.iter().find(|format| **format != Format::Jsonl)?;
        let file = names::file_name(article, name, template, extension(*format));
        Some(file.with_extension("").to_string_lossy().into_owned())
    }

    /// Writes the files of an article, which are called `stem`, and gives its line.
    ///
    /// # Errors
    /// `DiskFull` or `WriteFailed`.
    pub fn save(&self, article: &Article, stem: Option<&str>) -> Result<String, Failure> {
        for format in self.options.formats.iter().filter(|format| **format != Format::Jsonl) {
            let Some(stem) = stem else { continue };
            let file = PathBuf::from(format!("{stem}.{}", extension(*format)));
            let path = files::save(&self.options.dir, &file, document(article, *format).as_bytes())?;
            tracing::debug!("{} → {}", inert(&article.source), path.display());
        }
        Ok(if self.jsonl.is_some() { json::line(article) } else { String::new() })
    }

    /// Appends lines of articles, of which some `supersede` earlier ones.
    ///
    /// # Errors
    /// `DiskFull` or `WriteFailed`; none of the lines is there then.
    pub fn append(&mut self, lines: &str, supersede: bool) -> Result<(), Failure> {
        let Some(jsonl) = &mut self.jsonl else { return Ok(()) };
        jsonl.append(lines.as_bytes())?;
        if supersede && !lines.is_empty() {
            jsonl.supersede();
        }
        Ok(())
    }

    /// How far the file of lines has grown, to be recorded with the pages.
    pub fn extent(&self) -> Option<&Extent> {
        self.jsonl.as_ref().map(JsonLines::extent)
    }

    /// Takes back the lines that were appended since the file had this extent.
    pub fn roll_back(&mut self, extent: Option<Extent>) {
        if let (Some(jsonl), Some(extent)) = (&mut self.jsonl, extent) {
            jsonl.roll_back(extent);
        }
    }

    /// Takes out the lines that others have superseded.
    ///
    /// # Errors
    /// `DiskFull` or `WriteFailed`; the file is then as it was.
    pub fn compact(&mut self) -> Result<(), Failure> {
        self.jsonl.as_mut().map_or(Ok(()), JsonLines::compact)
    }
}
