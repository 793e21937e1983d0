//! `pressclip check`: golden samples, each a folder with page.html and expected.md, and what changed.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::Context;
use walkdir::WalkDir;

use crate::clean::explain::explain;
use crate::clean::{Page, clean};
use crate::cli::Check;
use crate::config::{self, Config, Format};
use crate::fetch::charset;
use crate::summary::{DONE, SOME_FAILED};
use crate::write::inert::inert;
use crate::write::{self, files};

use super::difference::difference;

pub(super) fn check(arguments: &Check, config: &Config) -> anyhow::Result<u8> {
    let samples = samples(&arguments.folder)?;
    let rules = &config::rules(&config.clean)?;
    let colour = super::has_colour(&std::io::stdout());
    let mut different = 0;
    for sample in &samples {
        let text = text_of(&sample.join("page.html"))?;
        let page = Page { text: &text, url: None, fetched_at: None };
        let made = write::render(&clean(page, &config.clean, rules), Format::Markdown);
        let expected = expectation(&sample.join("expected.md"))?;
        if made == expected {
            continue;
        }
        different += 1;
        let changes = difference(&expected, &made, &explain(page, rules), colour);
        super::print(&format!("{}\n{changes}", inert(&sample.to_string_lossy())))?;
        if arguments.update {
            files::save(sample, Path::new("expected.md"), made.as_bytes())?;
        }
    }
    let verb = if arguments.update { "rewritten" } else { "different" };
    super::print(&format!("{} samples, {different} {verb}\n", samples.len()))?;
    Ok(if different == 0 || arguments.update { DONE } else { SOME_FAILED })
}

/// The folders below `folder` that hold a page, sorted.
fn samples(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut samples = Vec::new();
    for entry in WalkDir::new(folder).sort_by_file_name() {
        let entry = entry.with_context(|| format!("can't read the samples in `{}`", folder.display()))?;
        if entry.file_name() == "page.html" {
            samples.extend(entry.path().parent().map(Path::to_owned));
        }
    }
    anyhow::ensure!(
        !samples.is_empty(),
        "`{}` holds no samples; a sample is a folder with page.html and expected.md",
        folder.display()
    );
    Ok(samples)
}

/// What is expected of a sample; nothing yet where the file is missing.
fn expectation(path: &Path) -> anyhow::Result<String> {
    match std::fs::read_to_string(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(String::new()),
        read => read.with_context(|| format!("can't read `{}`", path.display())),
    }
}

/// The text of a saved page.
fn text_of(path: &Path) -> anyhow::Result<String> {
    let bytes = std::fs::read(path).with_context(|| format!("can't read `{}`", path.display()))?;
    let decoded = charset::decode(&bytes, None);
    Ok(decoded.with_context(|| format!("can't read `{}`", path.display()))?.text)
}
