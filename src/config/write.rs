//! What is written, and where: forms of articles, names of files, when a file is closed.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use bytesize::ByteSize;
use clap::ValueEnum;
use serde::{Deserialize, Serialize};

use crate::nearest::{hint, nearest};

/// What is written, and where.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Write {
    /// The folder for everything that `run` writes, relative to the working directory.
    pub dir: PathBuf,
    /// The forms in which an article is written.
    pub formats: Vec<Output>,
    /// Whether a story that another page has brought before is written once more.
    pub duplicates: bool,
    /// Whether a page about the run is written to `dir`, with explanations of the pages that are most worth a look.
    pub report: bool,
    /// How a file is named, below `dir` and without its extension;
    /// [`template`](crate::write::template) knows the placeholders.
    pub name: String,
    /// When a file that grows, as `articles.jsonl` does, is closed and another one begun.
    pub rotate: Rotate,
    /// What becomes of the pictures of an article.
    pub images: Images,
}

impl Default for Write {
    fn default() -> Self {
        Self {
            dir: "out".into(),
            formats: vec![Output::Text(Format::Markdown), Output::Text(Format::Jsonl)],
            duplicates: false,
            report: true,
            name: "{host}/{slug}".to_owned(),
            rotate: Rotate::Never,
            images: Images::Link,
        }
    }
}

/// A form in which an article is written as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Plain text, a blank line between blocks.
    Text,
    /// CommonMark with tables.
    Markdown,
    /// A page that can be read alone.
    Html,
    /// TEI P5, the XML of corpus linguists.
    Tei,
    /// The whole record, indented.
    Json,
    /// The whole record, one on each line.
    Jsonl,
    /// What is known about the article, one on each line of a table.
    Csv,
}

impl Format {
    /// The name that people write.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Markdown => "markdown",
            Self::Html => "html",
            Self::Tei => "tei",
            Self::Json => "json",
            Self::Jsonl => "jsonl",
            Self::Csv => "csv",
        }
    }

    /// Whether all articles go into one file, a line each, in place of a file each.
    pub fn is_lines(self) -> bool {
        match self {
            Self::Jsonl | Self::Csv => true,
            Self::Text | Self::Markdown | Self::Html | Self::Tei | Self::Json => false,
        }
    }
}

/// A form in which the articles of a job are written: as text, or in a database or a file that others
/// read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Output {
    /// A file each, or a line each.
    Text(Format),
    /// A row each in a database that can be searched.
    Sqlite,
    /// A row each in files of columns.
    Parquet,
    /// The page as it was had, and the text, as records of an archive.
    Warc,
}

impl Output {
    /// All of them.
    fn all() -> Vec<Self> {
        let texts = Format::value_variants().iter().copied().map(Self::Text);
        texts.chain([Self::Sqlite, Self::Parquet, Self::Warc]).collect()
    }

    /// The name that people write.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text(format) => format.name(),
            Self::Sqlite => "sqlite",
            Self::Parquet => "parquet",
            Self::Warc => "warc",
        }
    }
}

impl FromStr for Output {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let found = Self::all().into_iter().find(|output| output.name() == name);
        let output = found.ok_or_else(|| {
            let names: Vec<&str> = Self::all().into_iter().map(Self::name).collect();
            let hint = hint(nearest(name, &names));
            format!("unknown format `{name}`; known are {}{hint}", names.join(", "))
        })?;
        if output == Self::Parquet && !cfg!(feature = "parquet") {
            return Err("this pressclip was built without `parquet`; build it with that feature".to_owned());
        }
        Ok(output)
    }
}

impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// When a file that grows line by line is closed, under a name of its own, and another one begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rotate {
    /// Not at all.
    Never,
    /// Before the first article of a new day, in UTC.
    Day,
    /// When it has grown to this.
    Size(ByteSize),
}

impl FromStr for Rotate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "never" => Ok(Self::Never),
            "day" => Ok(Self::Day),
            size => match size.parse::<ByteSize>() {
                Ok(size) if size.as_u64() > 0 => Ok(Self::Size(size)),
                Ok(_) | Err(_) => Err(format!(
                    "`{text}` is no time to begin another file; write \"never\", \"day\" or a size like \"100 MiB\""
                )),
            },
        }
    }
}

impl fmt::Display for Rotate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Never => f.write_str("never"),
            Self::Day => f.write_str("day"),
            Self::Size(size) => write!(f, "{size}"),
        }
    }
}

/// What becomes of the pictures of an article.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Images {
    /// Records say where they are.
    Link,
    /// They are saved beside the article.
    Download,
}

/// Values that are text in the config, read and shown as [`FromStr`] and [`fmt::Display`] have it.
macro_rules! as_text {
    ($type:ty) => {
        impl Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

as_text!(Output);
as_text!(Rotate);

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_name_is_read_as_it_is_written_and_a_wrong_one_gets_a_hint() {
        for output in
            Output::all().into_iter().filter(|output| cfg!(feature = "parquet") || *output != Output::Parquet)
        {
            assert_eq!(output.to_string().parse(), Ok(output));
        }
        let error = "sqlit".parse::<Output>().unwrap_err();
        assert!(error.ends_with("did you mean `sqlite`?") && error.contains("markdown"), "{error}");
    }

    #[test]
    fn a_file_is_closed_never_by_day_or_by_size() {
        for text in ["never", "day", "100.0 MiB"] {
            assert_eq!(text.parse::<Rotate>().unwrap().to_string(), text);
        }
        assert_eq!("100 MiB".parse(), Ok(Rotate::Size(ByteSize::mib(100))));
        for wrong in ["", "week", "0 B", "-1 MiB"] {
            assert!(wrong.parse::<Rotate>().is_err(), "{wrong}");
        }
    }
}
