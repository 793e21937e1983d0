//! Taking out the lines that others have replaced: one pass to find the newest line of each article, one to copy those.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use super::ArticleOf;
use crate::failure::Failure;
use crate::state::identity::Digest;
use crate::write::files::{self, Draft};

/// Writes the file at `path` anew without the lines that a later line of the same article replaces. The memory for that is
/// 40 bytes an article. The new file is as old as the old one, since a closed file is named by that.
pub(super) fn keep_newest(path: &Path, article: ArticleOf) -> Result<(), Failure> {
    let mut newest: HashMap<Digest, u64> = HashMap::new();
    each_line(path, |number, line| {
        if let Some(article) = article(line) {
            newest.insert(article, number);
        }
        Ok(())
    })?;
    let mut draft = Draft::open(path)?;
    each_line(path, |number, line| match article(line) {
        Some(article) if newest.get(&article) != Some(&number) => Ok(()),
        Some(_) | None => draft.append(line),
    })?;
    draft.finish_as_old_as(path)
}

/// Calls `work` with the number and the bytes of each line.
fn each_line(path: &Path, mut work: impl FnMut(u64, &[u8]) -> Result<(), Failure>) -> Result<(), Failure> {
    let unreadable = |error| files::failure(path, &error);
    let mut file = BufReader::new(File::open(path).map_err(unreadable)?);
    let mut line = Vec::new();
    for number in 0.. {
        line.clear();
        if file.read_until(b'\n', &mut line).map_err(unreadable)? == 0 {
            break;
        }
        work(number, &line)?;
    }
    Ok(())
}
