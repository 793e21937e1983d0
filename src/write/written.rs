//! The articles of earlier runs, read from the records that were written: what a state that was lost can be told again.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use crate::article::Article;

/// What the names of the files with records begin with, whether they are closed or grow.
const STEM: &str = "articles";

/// The articles in the records below `dir`, those that were written first before the others. Lines that are none are passed
/// over, and so are files that can't be read.
pub fn articles(dir: &Path) -> impl Iterator<Item = Article> {
    // A closed file has a day in its name, which puts it before the one that grows.
    let mut paths: Vec<PathBuf> = fs::read_dir(dir)
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok().filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file())))
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "jsonl"))
        .filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(STEM)))
        .collect();
    paths.sort_unstable();
    paths.into_iter().filter_map(|path| File::open(path).ok()).flat_map(|file| {
        let lines = BufReader::new(file).split(b'\n').map_while(Result::ok);
        lines.filter_map(|line| serde_json::from_slice(&line).ok())
    })
}
