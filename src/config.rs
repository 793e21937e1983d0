//! The configuration: what each option means, its default, and where its value comes from.
//!
//! Layers, weakest first: defaults, the config file, the environment (`PRESSCLIP_FETCH__TIMEOUT`), `--set` and flags.

mod layers;
mod rules;

use std::path::PathBuf;
use std::time::Duration;

use bytesize::ByteSize;
use serde::{Deserialize, Serialize};

pub use layers::{ConfigError, Layers, known_keys, read};
pub use rules::rules;

/// All options.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Config {
    /// Where candidates come from.
    pub source: Vec<Source>,
    /// How pages are fetched.
    pub fetch: Fetch,
    /// How pages are cleaned.
    pub clean: Clean,
    /// What is written, and where.
    pub write: Write,
}

/// One place that candidates come from.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Source {
    /// What messages call it.
    pub name: String,
    /// A file with a URL or a path on each line; paths are relative to the file.
    pub list: Option<PathBuf>,
}

impl Source {
    /// A source with every key set, from which the known keys are read.
    fn example() -> Self {
        Self { name: "example".to_owned(), list: Some("urls.txt".into()) }
    }
}

/// How pages are fetched.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Fetch {
    /// What pressclip calls itself to servers.
    pub user_agent: String,
    /// Pages in flight over all hosts.
    pub concurrency: usize,
    /// Pause between the end of a request to a host and the next request to it.
    #[serde(with = "layers::duration")]
    pub delay: Duration,
    /// Longest time for a connection.
    #[serde(with = "layers::duration")]
    pub connect_timeout: Duration,
    /// Longest silence of a server.
    #[serde(with = "layers::duration")]
    pub read_timeout: Duration,
    /// Longest time for a whole request, redirects included.
    #[serde(with = "layers::duration")]
    pub timeout: Duration,
    /// Largest body, in decoded bytes.
    pub max_body: ByteSize,
    /// Redirects that are followed.
    pub max_redirects: usize,
    /// Further tries after a failure that may pass.
    pub retries: usize,
}

impl Default for Fetch {
    fn default() -> Self {
        Self {
            user_agent: concat!("pressclip/", env!("CARGO_PKG_VERSION")).to_owned(),
            concurrency: 32,
            delay: Duration::from_secs(1),
            connect_timeout: Duration::from_secs(10),
            read_timeout: Duration::from_secs(15),
            timeout: Duration::from_secs(30),
            max_body: ByteSize::mib(10),
            max_redirects: 10,
            retries: 3,
        }
    }
}

/// How pages are cleaned.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Clean {
    /// Kinds of text that are left out of the body by default and wanted in it.
    pub keep: Vec<Keep>,
    /// Files with rules of the user's; paths are relative to the config file.
    pub rules: Vec<PathBuf>,
    /// Rules of the user's, a table each with the keys of [`Rule`](crate::clean::rules::Rule).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rule: Vec<toml::Table>,
    /// The config file, by which explanations and errors call what stands in `rule`.
    #[serde(skip)]
    pub origin: Option<PathBuf>,
}

/// A kind of text that the body leaves out by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Keep {
    /// Captions of pictures.
    Captions,
}

/// What is written, and where.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Write {
    /// The folder for everything that `run` writes, relative to the working directory.
    pub dir: PathBuf,
    /// The forms in which an article is written.
    pub formats: Vec<Format>,
    /// How a file is named, below `dir` and without its extension: `{host}` and `{slug}` are filled in.
    pub name: String,
}

impl Default for Write {
    fn default() -> Self {
        Self {
            dir: "out".into(),
            formats: vec![Format::Markdown, Format::Jsonl],
            name: "{host}/{slug}".to_owned(),
        }
    }
}

/// A form in which an article is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Plain text, a blank line between blocks.
    Text,
    /// CommonMark with tables.
    Markdown,
    /// A page that can be read alone.
    Html,
    /// The whole record, indented.
    Json,
    /// The whole record, one on each line.
    Jsonl,
}
