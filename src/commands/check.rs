//! `pressclip check`: golden samples, each a folder with page.html and expected.md, and what changed.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::Context;
use similar::{ChangeTag, TextDiff};
use walkdir::WalkDir;

use crate::clean::{Page, clean, rules::Rules};
use crate::cli::Check;
use crate::config::{Config, Format};
use crate::fetch::charset;
use crate::summary::{DONE, SOME_FAILED};
use crate::write::{self, files};

/// Lines of context around a difference.
const CONTEXT: usize = 2;

pub(super) fn check(arguments: &Check, config: &Config) -> anyhow::Result<u8> {
    let samples = samples(&arguments.folder)?;
    let mut different = 0;
    for sample in &samples {
        let made = made_of(&sample.join("page.html"), config)?;
        let expected = expectation(&sample.join("expected.md"))?;
        if made == expected {
            continue;
        }
        different += 1;
        super::print(&format!("{}\n{}", sample.display(), difference(&expected, &made)))?;
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

fn made_of(path: &Path, config: &Config) -> anyhow::Result<String> {
    let bytes = std::fs::read(path).with_context(|| format!("can't read `{}`", path.display()))?;
    let decoded =
        charset::decode(&bytes, None).with_context(|| format!("can't read `{}`", path.display()))?;
    let page = Page { text: &decoded.text, url: None, fetched_at: None };
    Ok(write::render(&clean(page, &config.clean, Rules::built_in()), Format::Markdown))
}

/// The lines that differ, `-` for what was expected and `+` for what came.
fn difference(expected: &str, made: &str) -> String {
    let diff = TextDiff::from_lines(expected, made);
    let mut text = String::new();
    for group in diff.grouped_ops(CONTEXT) {
        for change in group.iter().flat_map(|operation| diff.iter_changes(operation)) {
            let sign = match change.tag() {
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
                ChangeTag::Equal => ' ',
            };
            text.push_str(&format!("  {sign} {}\n", change.value().trim_end_matches('\n')));
        }
        text.push_str("  ...\n");
    }
    text
}
