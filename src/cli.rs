//! The command line: commands and flags, nothing else.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use jiff::Timestamp;

use crate::config::Format;
use crate::state::page::point_in_time;

/// Fetches news pages and saves the article: the story whole, and nothing but the story.
#[derive(Debug, Parser)]
#[command(name = "pressclip", version, arg_required_else_help = true, after_help = EXAMPLES)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Flags that every command takes.
    #[command(flatten)]
    pub common: Common,
}

const EXAMPLES: &str = "\
Examples:
  pressclip run                                  the job of config.toml
  pressclip clean page.html                      the article as text
  pressclip clean -f markdown https://example.org/story
  pressclip clean -f jsonl saved/ > articles.jsonl
  pressclip clean feed:https://example.org/rss   every story of a feed; so do sitemap: and page:
  pressclip explain page.html                    what was kept, what was cut, and why
  pressclip explain -o report.html page.html     the same as a page to look at
  pressclip check samples                        golden samples and what changed";

/// Flags that every command takes.
#[derive(Debug, Clone, Args)]
pub struct Common {
    /// The config file; `run` reads config.toml without it, other commands when it is there.
    #[arg(short, long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Set an option over the config file, for example fetch.delay=2s.
    #[arg(long, global = true, value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// Say nothing unless something failed.
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Say more: -v for each page, -vv for each request.
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// Plain lines in place of a progress bar.
    #[arg(long, global = true)]
    pub no_progress: bool,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Do the configured job: fetch what the sources name, clean it, write the articles.
    Run(Run),
    /// Clean pages and print the articles.
    Clean(Clean),
    /// Show what became of every block of a page, and why.
    Explain(Explain),
    /// Compare golden samples (page.html with expected.md) with what the cleaner makes of them.
    Check(Check),
    /// Show the rules of the cleaner, or prove them by their examples.
    Rules {
        /// What to do with them.
        #[command(subcommand)]
        action: RulesAction,
    },
    /// Print a file that others read.
    Generate {
        /// Which one.
        #[command(subcommand)]
        what: Generate,
    },
}

/// Arguments of `run`.
#[derive(Debug, Args)]
pub struct Run {
    /// Ask these sources alone: names from the config, or feed:URL, sitemap:URL, page:URL, opml:FILE, list:FILE, files:GLOB.
    #[arg(value_name = "SOURCE")]
    pub sources: Vec<String>,
    /// Look at N pages at most.
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
    /// Show what would be fetched, when and why, and stop.
    #[arg(long)]
    pub dry_run: bool,
    /// Leave out stories published before this: a date, a time in RFC 3339, or an age such as 36h or 7days.
    #[arg(long, value_name = "WHEN", value_parser = since)]
    pub since: Option<Timestamp>,
    /// Ask for all pages that the sources name, in full and whatever their plan is, and write their articles anew.
    #[arg(long)]
    pub refetch: bool,
}

/// A point in time, or one that long ago.
fn since(text: &str) -> Result<Timestamp, String> {
    if let Ok(age) = humantime::parse_duration(text) {
        return Timestamp::now().checked_sub(age).map_err(|error| error.to_string());
    }
    point_in_time(text).ok_or_else(|| {
        "neither a date (2026-03-01), a time (2026-03-01T12:00:00Z) nor an age (36h)".to_owned()
    })
}

/// Arguments of `clean`.
#[derive(Debug, Args)]
pub struct Clean {
    /// URLs, files, folders of pages (*.html, *.htm, *.html.gz), - for standard input, or what names pages: a source of the
    /// config, feed:URL, sitemap:URL, page:URL, opml:FILE, list:FILE, files:GLOB.
    #[arg(value_name = "SOURCE", required_unless_present = "input_file")]
    pub sources: Vec<String>,
    /// Read sources from a list, one a line; - for standard input.
    #[arg(short, long, value_name = "FILE")]
    pub input_file: Option<PathBuf>,
    /// The form of the output.
    #[arg(short, long, value_enum, default_value = "text")]
    pub format: Format,
    /// Write to a file, or to a folder (one that exists, or a name that ends in /), a file for each article.
    #[arg(short, long, value_name = "PATH")]
    pub output: Option<PathBuf>,
    /// Put what was cut, and why, into JSON records.
    #[arg(long)]
    pub explain: bool,
}

/// Arguments of `explain`.
#[derive(Debug, Args)]
pub struct Explain {
    /// A URL, a file, or - for standard input.
    #[arg(value_name = "SOURCE")]
    pub source: String,
    /// Write to a file.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// The form of the explanation; without it, the ending of the output file decides, and text is the rest.
    #[arg(short, long, value_enum)]
    pub format: Option<ExplainFormat>,
}

/// The form of an explanation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExplainFormat {
    /// A line a block.
    Text,
    /// Every block with its numbers.
    Json,
    /// One page with the cuts in their places.
    Html,
}

/// Arguments of `check`.
#[derive(Debug, Args)]
pub struct Check {
    /// A folder whose sub-folders hold page.html and expected.md.
    #[arg(value_name = "FOLDER")]
    pub folder: PathBuf,
    /// Take what the cleaner makes of the pages as what is expected.
    #[arg(long)]
    pub update: bool,
}

/// What to do with the rules.
#[derive(Debug, Subcommand)]
pub enum RulesAction {
    /// Name each rule and say why it is there.
    List,
    /// Run the examples of each rule.
    Test,
}

/// Files that others read.
#[derive(Debug, Subcommand)]
pub enum Generate {
    /// The commented default configuration.
    Config,
}
