//! The command line: commands and flags, nothing else. What stands before the flags in the help of a command, its examples,
//! is in the files of `cli/examples/`, which a test runs.

use std::path::{Path, PathBuf};

use clap::error::{ContextKind, ContextValue};
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use jiff::Timestamp;

use crate::config::{Format, Output};
use crate::failure::FailureClass;
use crate::state::outcome::Outcome;
use crate::state::page::point_in_time;
use crate::summary::tolerance::Tolerance;

/// Fetches news pages and saves the article: the story whole, and nothing but the story.
#[derive(Debug, Parser)]
#[command(name = "pressclip", version, arg_required_else_help = true, before_help = include_str!("cli/examples/all.txt"))]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Flags that every command takes.
    #[command(flatten)]
    pub common: Common,
}

/// The help of a command: what it does, examples, and then the flags.
const HELP: &str = "{about-with-newline}\n{before-help}{usage-heading} {usage}\n\n{all-args}{after-help}";

/// The command line with all its commands, whose help shows examples first.
pub fn command() -> clap::Command {
    fn examples_first(command: clap::Command) -> clap::Command {
        command.help_template(HELP).mut_subcommands(examples_first)
    }
    examples_first(Cli::command())
}

/// The arguments of this process. Ends it with help or with what is wrong when they ask for nothing that can be done.
pub fn parse() -> Cli {
    let matches = command().try_get_matches().unwrap_or_else(|error| with_next_step(error).exit());
    Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
}

/// Says what was meant by somebody who gave a page in place of a command.
fn with_next_step(mut error: clap::Error) -> clap::Error {
    let Some(ContextValue::String(given)) = error.get(ContextKind::InvalidSubcommand) else { return error };
    if given == "-" || given.contains("://") || Path::new(given).exists() {
        let step = format!("to clean a page, write `pressclip clean {given}`");
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![step.into()]));
    }
    error
}

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
    /// Plain lines in place of moving ones, one a minute.
    #[arg(long, global = true)]
    pub no_progress: bool,
    /// The form of what is said on standard error: text, or json for an object a line.
    #[arg(
        long,
        global = true,
        value_enum,
        value_name = "FORMAT",
        default_value = "text",
        hide_possible_values = true
    )]
    pub log_format: LogFormat,
}

/// The form of what is said on standard error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// Lines for people.
    Text,
    /// A JSON object a line, for programs.
    Json,
}

/// Where it is told how the work went, besides standard error.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "How it went")]
pub struct Accounts {
    /// Write the summary as JSON.
    #[arg(long, value_name = "FILE")]
    pub summary_json: Option<PathBuf>,
    /// Write the summary as metrics for the textfile collector of Prometheus' node_exporter.
    #[arg(long, value_name = "FILE")]
    pub metrics: Option<PathBuf>,
    /// Write what failed, and why, as a list that -i takes.
    #[arg(long, value_name = "FILE")]
    pub failed_to: Option<PathBuf>,
    /// Exit with 0 when no more than this failed: a number of pages, or a share such as 5%.
    #[arg(long, value_name = "N|N%")]
    pub allow_failures: Option<Tolerance>,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Write a config for some sites: their feeds, their sitemaps, or their front pages.
    #[command(before_help = include_str!("cli/examples/init.txt"))]
    Init(Init),
    /// Do the configured job: fetch what the sources name, clean it, write the articles.
    #[command(before_help = include_str!("cli/examples/run.txt"))]
    Run(Run),
    /// Show how the work stands: what is known, what is due, who works on it.
    #[command(before_help = include_str!("cli/examples/status.txt"))]
    Status(Status),
    /// Change what waits to be fetched.
    #[command(before_help = include_str!("cli/examples/queue.txt"))]
    Queue {
        /// What to do with it.
        #[command(subcommand)]
        action: Queue,
    },
    /// Write the articles that a shared state holds (`state.url`), in any form.
    #[command(before_help = include_str!("cli/examples/export.txt"))]
    Export(Export),
    /// Clean pages and print the articles.
    #[command(before_help = include_str!("cli/examples/clean.txt"))]
    Clean(Clean),
    /// Show what became of every block of a page, and why.
    #[command(before_help = include_str!("cli/examples/explain.txt"))]
    Explain(Explain),
    /// Compare golden samples (page.html with expected.md) with what the cleaner makes of them.
    #[command(before_help = include_str!("cli/examples/check.txt"))]
    Check(Check),
    /// Show the rules of the cleaner, or prove them by their examples.
    #[command(before_help = include_str!("cli/examples/rules.txt"))]
    Rules {
        /// What to do with them.
        #[command(subcommand)]
        action: RulesAction,
    },
    /// Look at all that a run needs, and say what to fix; nothing is changed.
    #[command(before_help = include_str!("cli/examples/doctor.txt"))]
    Doctor,
    /// Print a file that others read: the default configuration, man pages, completions for a shell.
    #[command(before_help = include_str!("cli/examples/generate.txt"))]
    Generate {
        /// Which one.
        #[command(subcommand)]
        what: Generate,
    },
}

/// Arguments of `init`.
#[derive(Debug, Args)]
pub struct Init {
    /// URLs of sites, sections, feeds or pages.
    #[arg(value_name = "URL", required = true)]
    pub sites: Vec<String>,
    /// Where the config is written; - for standard output.
    #[arg(short, long, value_name = "FILE", default_value = "config.toml")]
    pub output: PathBuf,
    /// Write over a file that is there.
    #[arg(long)]
    pub force: bool,
}

/// Arguments of `run`.
#[derive(Debug, Args)]
pub struct Run {
    /// Ask these sources alone, and visit what they name or have found: names from the config, or feed:URL, sitemap:URL, page:URL, opml:FILE, list:FILE, files:GLOB, warc:GLOB.
    #[arg(value_name = "SOURCE", conflicts_with = "input_file")]
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
    /// Read a list in place of the configured sources, one page a line, and ask for all of it now; - for standard input.
    #[arg(short, long, value_name = "FILE", conflicts_with = "sources")]
    pub input_file: Option<PathBuf>,
    /// Share the work with others on the same state (`state.url`), until all of it is done.
    #[arg(long)]
    pub worker: bool,
    /// Be a worker that does not end by itself but waits for what comes due.
    #[arg(long)]
    pub stay: bool,
    /// Where it is told how it went.
    #[command(flatten)]
    pub accounts: Accounts,
    /// Write in these forms, in place of `write.formats`; several with commas between.
    #[arg(short, long, value_name = "FORMAT", value_delimiter = ',')]
    pub format: Vec<Output>,
    /// Write into this folder, in place of `write.dir`; - streams the articles to standard output as they come.
    #[arg(short, long, value_name = "FOLDER")]
    pub output: Option<PathBuf>,
}

/// Arguments of `status`.
#[derive(Debug, Args)]
pub struct Status {
    /// As a JSON object.
    #[arg(long)]
    pub json: bool,
    /// Again every two seconds, until interrupted; on a terminal in one place.
    #[arg(long)]
    pub watch: bool,
}

/// What to do with what waits. Pages are named by their URLs, or by the names of their hosts.
#[derive(Debug, Subcommand)]
pub enum Queue {
    /// Add pages, which are due at once where they are new.
    Add {
        /// URLs, or paths of saved pages.
        #[arg(value_name = "PAGE", required_unless_present = "input_file")]
        sources: Vec<String>,
        /// Read a list, one page a line; - for standard input.
        #[arg(short, long, value_name = "FILE")]
        input_file: Option<PathBuf>,
    },
    /// Make pages due now.
    Retry {
        /// URLs, paths, or names of hosts.
        #[arg(value_name = "PAGE|HOST", required_unless_present = "failed")]
        what: Vec<String>,
        /// Those whose last visit failed or was put off, all or those of one class.
        #[arg(long, value_name = "CLASS", num_args = 0..=1, require_equals = true, default_missing_value = "", value_parser = failing)]
        failed: Option<Failing>,
    },
    /// Leave pages alone from now on, whatever names them.
    Drop {
        /// URLs, paths, or names of hosts.
        #[arg(value_name = "PAGE|HOST", required = true)]
        what: Vec<String>,
    },
    /// Forget pages, with their articles in a shared state. A source that names one makes it new.
    Purge {
        /// URLs, paths, or names of hosts.
        #[arg(value_name = "PAGE|HOST", required_unless_present = "all")]
        what: Vec<String>,
        /// All pages.
        #[arg(long)]
        all: bool,
    },
}

/// A class of failures, or any.
#[derive(Debug, Clone, Copy)]
pub struct Failing(pub Option<FailureClass>);

/// The class of failures with this name, any for none.
fn failing(name: &str) -> Result<Failing, String> {
    match Outcome::parse(&format!("failed:{name}")) {
        Some(Outcome::Failed(class)) => Ok(Failing(Some(class))),
        _ if name.is_empty() => Ok(Failing(None)),
        _ => Err("no class of failures; the summary of a run names them".to_owned()),
    }
}

/// Arguments of `export`.
#[derive(Debug, Args)]
pub struct Export {
    /// The form of the articles; several with commas between.
    #[arg(short, long, value_name = "FORMAT", value_delimiter = ',', default_value = "jsonl")]
    pub format: Vec<Output>,
    /// Write into this folder, which must be new or empty, in place of standard output.
    #[arg(short, long, value_name = "FOLDER")]
    pub output: Option<PathBuf>,
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
    /// URLs, saved pages (*.html, *.htm, *.html.gz, *.mhtml), archives (*.warc, *.warc.gz, *.wacz), folders of these, - for
    /// standard input (a page or a WARC file), or what names pages: a source of the config, feed:URL, sitemap:URL, page:URL,
    /// opml:FILE, list:FILE, files:GLOB, warc:GLOB.
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
    /// Where it is told how it went.
    #[command(flatten)]
    pub accounts: Accounts,
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
    /// Man pages: that of pressclip on standard output, or one for each command into a folder.
    Man {
        /// Where the pages go.
        #[arg(value_name = "FOLDER")]
        folder: Option<PathBuf>,
    },
    /// Completions for a shell.
    Completions {
        /// Which shell.
        #[arg(value_enum, value_name = "SHELL")]
        shell: Shell,
    },
}
