//! The `pressclip` command: arguments, configuration, command, exit code. The only place that prints errors.

use std::process::ExitCode;

use clap::Parser;
use pressclip::cli::Cli;
use pressclip::commands;
use pressclip::config::ConfigError;
use pressclip::summary::{COULD_NOT_RUN, USAGE};

fn main() -> ExitCode {
    let cli = Cli::parse();
    start_log(cli.common.verbose);
    match commands::execute(cli) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            #[expect(clippy::print_stderr, reason = "the one place that prints errors")]
            {
                eprintln!("pressclip: {error:#}");
            }
            ExitCode::from(if error.is::<ConfigError>() { USAGE } else { COULD_NOT_RUN })
        }
    }
}

/// Sends the log to standard error: warnings, with `-v` what happens to each page, with `-vv` each request.
fn start_log(verbose: u8) {
    let level = match verbose {
        0 => "pressclip=warn",
        1 => "pressclip=info",
        _ => "pressclip=debug",
    };
    let colour = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
        && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
        && std::io::IsTerminal::is_terminal(&std::io::stderr());
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::new(level))
        .with_writer(std::io::stderr)
        .with_ansi(colour)
        .without_time()
        .with_target(false)
        .init();
    // A page that makes the cleaner panic becomes a failure of the class `internal`; where it happened goes to the log.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!("a fault of pressclip at {place}");
    }));
}
