//! The report of a run, and the explanations that it leads to: files below `write.dir`.

use std::path::Path;

use crate::config::Config;
use crate::failure::Failure;
use crate::state::run::RunId;
use crate::state::{State, StateError};
use crate::summary::findings::is_explanation;
use crate::summary::{Span, Summary};
use crate::write::files;
use crate::write::report::{Report, render, worth};

/// The report.
pub const FILE: &str = "report.html";

/// The folder of the explanations.
const EXPLAINED: &str = "report";

/// Runs that are looked back on.
const MOST_RUNS: usize = 60;

/// Remembers the figures of a run, and writes its report if one is wanted. That a report can't be written harms nothing else.
///
/// # Errors
/// When the state can't be read or written.
pub(super) fn publish(
    state: &mut dyn State,
    run: RunId,
    summary: &mut Summary,
    span: Span,
    job: &str,
    config: &Config,
) -> Result<(), StateError> {
    let (figures, explanations) = summary.figures();
    match state.set_figures(run, &figures) {
        Ok(()) | Err(StateError::Full(_)) => {}
        Err(error) => return Err(error),
    }
    if !config.write.report {
        return Ok(());
    }
    let runs = state.runs(MOST_RUNS)?;
    let report = Report { job, summary, span, runs: &runs };
    if let Err(failure) = write(&report, &explanations, &config.write.dir) {
        tracing::warn!("there is no report of this run: {failure}");
    }
    Ok(())
}

/// Writes the explanations, then the report that leads to them, and takes away what it leads to no more.
fn write(report: &Report<'_>, explanations: &[(String, String)], dir: &Path) -> Result<(), Failure> {
    let shown: Vec<&str> =
        worth::looks(report).into_iter().filter_map(|look| look.explained.as_deref()).collect();
    let folder = dir.join(EXPLAINED);
    for (name, page) in explanations.iter().filter(|(name, _)| shown.contains(&name.as_str())) {
        files::save(dir, &Path::new(EXPLAINED).join(name), page.as_bytes())?;
    }
    files::save(dir, Path::new(FILE), render(report).as_bytes())?;
    for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        if is_explanation(&name.to_string_lossy()) && !shown.iter().any(|shown| *shown == name) {
            // What can't be removed is only of no more use.
            let _ = std::fs::remove_file(entry.path());
        }
    }
    Ok(())
}
