//! The `pressclip` command: arguments, configuration, command, exit code. The only place that prints errors.

use std::io::ErrorKind;
use std::process::ExitCode;

use pressclip::cli::{self, LogFormat};
use pressclip::commands::{self, Busy};
use pressclip::config::ConfigError;
use pressclip::summary::{BUSY, COULD_NOT_RUN, USAGE};

fn main() -> ExitCode {
    let cli = cli::parse();
    let format = cli.common.log_format;
    start_log(cli.common.verbose, format);
    match commands::execute(cli) {
        Ok(code) => ExitCode::from(code),
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            commands::complain(format, &error);
            ExitCode::from(exit_code(&error))
        }
    }
}

/// Whether the reader of standard output has seen enough.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}

fn exit_code(error: &anyhow::Error) -> u8 {
    if error.is::<ConfigError>() {
        USAGE
    } else if error.is::<Busy>() {
        BUSY
    } else {
        COULD_NOT_RUN
    }
}

/// Sends the log to standard error: warnings, with `-v` what happens to each page, with `-vv` each request.
fn start_log(verbose: u8, format: LogFormat) {
    let level = match verbose {
        0 => "pressclip=warn",
        1 => "pressclip=info",
        _ => "pressclip=debug",
    };
    let log = tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::new(level))
        .with_writer(commands::log_writer)
        .with_target(false);
    match format {
        LogFormat::Text => log.with_ansi(commands::has_colour(&std::io::stderr())).without_time().init(),
        LogFormat::Json => {
            log.json().flatten_event(true).with_current_span(false).with_span_list(false).init()
        }
    }
    // A page that makes the cleaner panic becomes a failure of the class `internal`; where it happened goes to the log.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!("a fault of pressclip at {place}");
    }));
}
