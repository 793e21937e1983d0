//! How far our clock is from those of servers, by the `Date` of their answers (RFC 9110, section 6.6.1).

use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use jiff::{SignedDuration, Timestamp};
use reqwest::header::{DATE, HeaderMap};

/// The smallest difference that any answer has shown: an answer from a cache may be old, and no server is ahead by accident.
#[derive(Debug, Clone, Default)]
pub(super) struct Skew(Arc<Mutex<Option<SignedDuration>>>);

impl Skew {
    /// Notes an answer that has just come.
    pub(super) fn note(&self, headers: &HeaderMap) {
        let date = headers.get(DATE).and_then(|date| httpdate::parse_http_date(date.to_str().ok()?).ok());
        let Some(Ok(date)) = date.map(|date: SystemTime| Timestamp::try_from(date)) else { return };
        let ahead = Timestamp::now().duration_since(date);
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.is_none_or(|known| ahead.abs() < known.abs()) {
            *known = Some(ahead);
        }
    }

    /// How far our clock is ahead.
    pub(super) fn get(&self) -> Option<SignedDuration> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
