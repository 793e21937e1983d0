//! Origins that were asked because a redirect led to them. They have clocks and a robots.txt of their own, which a later run
//! has to know though none of its pages is there.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use url::{Position, Url};

/// Origins that wait to be taken; a run takes them often.
const MOST: usize = 10_000;

/// The origins since they were last taken, each with a URL of it; clones share them.
#[derive(Debug, Clone, Default)]
pub(super) struct Guests(Arc<Mutex<HashMap<String, Url>>>);

impl Guests {
    /// Notes the origin of `url`, to which `start` has led, if it is another one.
    pub(super) fn note(&self, url: &Url, start: &Url) {
        if url[..Position::BeforePath] == start[..Position::BeforePath] {
            return;
        }
        // A panic elsewhere can't leave the map half changed.
        let mut guests = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if guests.len() < MOST {
            guests.insert(url[..Position::BeforePath].to_owned(), url.clone());
        }
    }

    /// Gives what was noted since it was last given.
    pub(super) fn take(&self) -> Vec<Url> {
        let mut guests = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        guests.drain().map(|(_, url)| url).collect()
    }
}
