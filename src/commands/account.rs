//! The account of what was done, at the end of a command: on standard error, and in the files that were asked for.

use std::path::Path;

use crate::cli::{Accounts, Common, LogFormat};
use crate::failure::Failure;
use crate::source::{Candidate, Location};
use crate::summary::again::Again;
use crate::summary::{DONE, Span, Summary};

use super::say::say_with;
use super::sink::Sink;

/// Prepares a summary for what it will be asked.
pub(super) fn begin(accounts: &Accounts) -> Summary {
    let again = accounts.failed_to.is_some().then(Again::default);
    Summary { again, tolerance: accounts.allow_failures, ..Summary::default() }
}

/// Puts a candidate that failed on the list of those.
pub(super) fn note_again(summary: &mut Summary, candidate: &Candidate, failure: &Failure) {
    let Some(again) = &mut summary.again else { return };
    let name = candidate.name.as_deref();
    match &candidate.location {
        Ok(Location::Web(url)) => again.add(url, name, failure),
        Ok(Location::File(path)) => again.add_file(path.clone(), failure),
        // The archive is read once more, all of it.
        Ok(Location::Archived(entry)) => again.add_file(entry.path.clone(), failure),
        Ok(Location::Stdin) => again.add_entry("# -", None, failure),
        // What is no page fails again until a person sees to it.
        Err(_) => again.add_entry(&candidate.source, name, failure),
    }
}

/// Tells how the work of `span` went, on standard error if it `is_told`, and gives the exit code.
///
/// # Errors
/// A file that can't be written.
pub(super) fn give(
    summary: &Summary,
    span: Span,
    is_told: bool,
    accounts: &Accounts,
    common: &Common,
) -> anyhow::Result<u8> {
    if is_told {
        let text = summary.render(span.took);
        // Programs have the failures in the object.
        let text = match common.log_format {
            LogFormat::Text => text.as_str(),
            LogFormat::Json => text.lines().last().unwrap_or_default(),
        };
        say_with(common.log_format, text, &[("summary", summary.to_json(span))]);
    }
    if let Some(path) = &accounts.summary_json {
        write(path, &format!("{:#}\n", summary.to_json(span)))?;
    }
    if let Some(path) = &accounts.metrics {
        write(path, &summary.to_metrics(span, &super::job(common)))?;
    }
    if let (Some(path), Some(again)) = (&accounts.failed_to, &summary.again) {
        write(path, again.text())?;
    }
    Ok(summary.exit_code())
}

/// Writes a whole file, or to standard output for `-`.
fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    let mut sink = Sink::open(Some(path).filter(|path| path.as_os_str() != "-"))?;
    sink.write(text)?;
    sink.finish()
}

/// Whether a summary is worth words although nobody asked for any.
pub(super) fn is_bad(summary: &Summary) -> bool {
    summary.failures() > 0 || summary.stuck.is_some() || summary.exit_code() != DONE
}
