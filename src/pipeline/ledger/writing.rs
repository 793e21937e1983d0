//! Writing the articles of a batch, before its pages are recorded.

use jiff::Timestamp;

use super::{Entry, Ledger};
use crate::article::Article;
use crate::failure::Failure;
use crate::state::Record;
use crate::state::outcome::Outcome;
use crate::state::page::Visit;

/// Articles that are written at once: writing waits for the disk more than for a core.
const WRITERS: usize = 8;

/// Failures to write in a row after which no site is asked for pages that can't be kept.
const PATIENCE: usize = 3;

impl Ledger<'_> {
    /// Writes the articles of the batch. A page whose article can't be written has failed.
    pub(super) fn write(&mut self) {
        let work: Vec<(usize, &Article, &Entry, Option<&str>)> = self
            .records
            .iter()
            .zip(&self.entries)
            .enumerate()
            .filter_map(|(place, (record, entry))| {
                let stem = record.page.story.as_ref().and_then(|story| story.written_to.as_deref());
                Some((place, record.article.as_deref()?, entry, stem))
            })
            .collect();
        if work.is_empty() {
            return;
        }
        let forms = self.outputs.forms();
        let saved = side_by_side(&work, |(_, article, entry, stem)| {
            entry.pictures.iter().try_for_each(|picture| picture.settle(article, &self.config.write.dir))?;
            forms.save(article, *stem, entry.capture.as_ref())
        });
        let mut results = Vec::new();
        let mut rows = Vec::new();
        for ((place, article, ..), saved) in work.into_iter().zip(saved) {
            match saved {
                Ok(saved) => {
                    rows.push((article, saved));
                    results.push((place, Ok(())));
                }
                Err(failure) => results.push((place, Err(failure))),
            }
        }
        let is_known =
            |(record, entry): (&Record, &Entry)| record.article.is_some() && entry.before.story.is_some();
        let replaces = self.records.iter().zip(&self.entries).any(is_known);
        let appended = self.outputs.append(&rows, replaces);
        if self.outputs.is_closed() {
            // What nobody read is left as it was.
            return self.leave_out(|record| record.article.is_some());
        }
        for (place, result) in results {
            match result.and_then(|()| appended.clone()) {
                Ok(()) => self.failures_in_a_row = 0,
                Err(failure) => self.fail(place, failure),
            }
        }
    }

    fn fail(&mut self, place: usize, failure: Failure) {
        self.failures_in_a_row += 1;
        if self.failures_in_a_row >= PATIENCE {
            self.summary.stuck.get_or_insert_with(|| failure.clone());
        }
        let outcome = Outcome::Failed(failure.class);
        let entry = &self.entries[place];
        let at = self.records[place].page.visited_at.unwrap_or_else(Timestamp::now);
        let visit = Visit { at, outcome, not_before: None, answer: None, story: None };
        self.records[place].page = entry.before.after(visit, self.revisit(&entry.before));
        self.records[place].article = None;
        let entry = &mut self.entries[place];
        (entry.outcome, entry.failure) = (outcome, Some(failure));
    }
}

/// Does `work` on all items, some at a time, and gives the results in their order.
fn side_by_side<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let work = &work;
    std::thread::scope(|scope| {
        let begin = |piece| scope.spawn(move || -> Vec<R> { <[T]>::iter(piece).map(work).collect() });
        let threads: Vec<_> = items.chunks(items.len().div_ceil(WRITERS).max(1)).map(begin).collect();
        threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    })
}
