//! The commands: each reads its arguments and the configuration, does its work, and answers with an exit code.

mod account;
mod check;
mod clean;
mod difference;
mod doctor;
mod explain;
mod export;
mod generate;
mod init;
mod interrupt;
mod look;
mod plan;
mod progress;
mod queue;
mod report;
mod rules;
mod run;
mod say;
mod sink;
mod sources;
mod status;
mod worker;

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;

pub use progress::log_writer;
pub use run::Busy;
pub use say::complain;

use crate::cli::{Cli, Command, Common, Generate, RulesAction};
use crate::config::{self, Config, ConfigError, Layers};
use crate::source::{Candidate, list};

/// The config file that is read when none is named.
const CONFIG_FILE: &str = "config.toml";

/// Does what the command line asks for.
///
/// # Errors
/// What keeps the command from running at all; pages that fail are counted and named instead.
pub fn execute(cli: Cli) -> anyhow::Result<u8> {
    match cli.command {
        Command::Init(arguments) => in_runtime(init::init(&arguments, &cli.common)),
        Command::Run(arguments) => {
            let needs_file = arguments.input_file.is_none() && arguments.sources.is_empty();
            let config = configured(&cli.common, needs_file)?;
            in_runtime(run::run(&arguments, &cli.common, config))
        }
        Command::Status(arguments) => status::status(&arguments, &configured(&cli.common, false)?),
        Command::Queue { action } => queue::queue(&action, &cli.common, &configured(&cli.common, false)?),
        Command::Export(arguments) => {
            export::export(&arguments, &cli.common, &configured(&cli.common, false)?)
        }
        Command::Clean(arguments) => {
            let config = configured(&cli.common, false)?;
            in_runtime(clean::clean(arguments, &cli.common, &config))
        }
        Command::Explain(arguments) => {
            let config = configured(&cli.common, false)?;
            in_runtime(explain::explain(&arguments, &cli.common, &config))
        }
        Command::Check(arguments) => check::check(&arguments, &configured(&cli.common, false)?),
        Command::Rules { action } => {
            let rules = config::rules(&configured(&cli.common, false)?.clean)?;
            match action {
                RulesAction::List => rules::list(&rules),
                RulesAction::Test => rules::test(&rules),
            }
        }
        Command::Doctor => in_runtime(doctor::doctor(&cli.common)),
        Command::Generate { what } => match what {
            Generate::Config => generate::config(),
            Generate::Man { folder } => generate::man(folder.as_deref()),
            Generate::Completions { shell } => generate::completions(shell),
        },
    }
}

/// The configuration; without a file named, `run` needs the one in the working directory, others take it if it is there.
fn configured(common: &Common, needs_file: bool) -> Result<Config, ConfigError> {
    let standard = PathBuf::from(CONFIG_FILE);
    let file = common.config.clone().or_else(|| (needs_file || standard.exists()).then_some(standard));
    config::read(&Layers { file, environment: environment(), set: common.set.clone() })
}

/// The environment, but for variables that are not Unicode, which are none of ours.
fn environment() -> Vec<(String, String)> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

fn in_runtime(command: impl Future<Output = anyhow::Result<u8>>) -> anyhow::Result<u8> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let code = runtime.block_on(command);
    // A thread that still works on a page is not waited for.
    runtime.shutdown_background();
    code
}

/// What the job of a command is called: the config file.
fn job(common: &Common) -> String {
    common.config.as_deref().unwrap_or(Path::new(CONFIG_FILE)).to_string_lossy().into_owned()
}

/// The entries of the list at `path`, `-` for standard input. Paths in it are relative to it.
fn entries(path: &Path) -> anyhow::Result<Vec<Candidate>> {
    let is_stdin = path.as_os_str() == "-";
    let text =
        if is_stdin { std::io::read_to_string(std::io::stdin()) } else { std::fs::read_to_string(path) };
    let text = text.with_context(|| format!("can't read the list `{}`", path.display()))?;
    let folder = if is_stdin { Path::new("") } else { path.parent().unwrap_or(path) };
    Ok(list::parse(&text, folder))
}

/// Writes to standard output.
fn print(text: &str) -> std::io::Result<()> {
    let mut output = std::io::stdout().lock();
    output.write_all(text.as_bytes())?;
    output.flush()
}

/// Whether a stream shows colours, and the user has not asked for none (<https://no-color.org>).
pub fn has_colour(stream: &impl IsTerminal) -> bool {
    stream.is_terminal()
        && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
        && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}
