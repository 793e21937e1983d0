//! Further tries: after which pause, and what a server's `Retry-After` makes of it.

use std::time::{Duration, SystemTime};

use backon::ExponentialBuilder;
use reqwest::header::{HeaderMap, RETRY_AFTER};

use crate::config;
use crate::failure::Failure;

/// The longest pause before a further try; a server that asks for more is left alone.
pub(super) const MAX_WAIT: Duration = Duration::from_secs(60);

/// A failure, and how long the server asked to be left alone.
#[derive(Debug)]
pub(super) struct Setback {
    pub(super) failure: Failure,
    pub(super) retry_after: Option<Duration>,
}

impl From<Failure> for Setback {
    fn from(failure: Failure) -> Self {
        Self { failure, retry_after: None }
    }
}

/// The pauses before the further tries: from `delay` up, doubled each time, with as much again at random.
pub(super) fn pauses(options: &config::Fetch) -> ExponentialBuilder {
    ExponentialBuilder::new()
        .with_min_delay(options.delay.min(MAX_WAIT))
        .with_max_delay(MAX_WAIT)
        .with_max_times(options.retries)
        .with_jitter()
}

/// The pause after `setback`, of which `pause` is the plain length; `None` ends the tries.
pub(super) fn pause_after(setback: &Setback, pause: Option<Duration>) -> Option<Duration> {
    let pause = pause?;
    match setback.retry_after {
        None => Some(pause),
        Some(wait) if wait <= MAX_WAIT => Some(wait.max(pause)),
        Some(_) => None,
    }
}

/// How long `Retry-After` asks to wait at the time `now` (RFC 9110, section 10.2.3); `None` where it says nothing.
pub(super) fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // Only too many digits can fail, and they mean longer than anybody waits.
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
    }
    let date = httpdate::parse_http_date(value).ok()?;
    Some(date.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::failure::FailureClass;

    #[test]
    fn retry_after_is_read_as_seconds_or_as_a_date() {
        let now = httpdate::parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT").unwrap();
        for (value, seconds) in [
            ("2", Some(2)),
            (" 0 ", Some(0)),
            ("1000000000", Some(1_000_000_000)),
            ("99999999999999999999999999", Some(u64::MAX)),
            ("Sun, 06 Nov 1994 08:50:07 GMT", Some(30)),
            ("Thu, 01 Jan 1970 00:00:00 GMT", Some(0)),
            ("", None),
            ("-1", None),
            ("soon", None),
        ] {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, value.parse().unwrap())]);
            assert_eq!(retry_after(&headers, now), seconds.map(Duration::from_secs), "{value:?}");
        }
    }

    #[test]
    fn a_server_that_asks_for_more_than_the_longest_wait_is_not_asked_again() {
        let setback = |retry_after| Setback {
            failure: Failure::new(FailureClass::RateLimited, "slow down"),
            retry_after,
        };
        let pause = Duration::from_secs(1);
        assert_eq!(pause_after(&setback(None), Some(pause)), Some(pause));
        assert_eq!(pause_after(&setback(Some(MAX_WAIT)), Some(pause)), Some(MAX_WAIT));
        assert_eq!(pause_after(&setback(Some(Duration::ZERO)), Some(pause)), Some(pause));
        assert_eq!(pause_after(&setback(Some(MAX_WAIT + pause)), Some(pause)), None);
        assert_eq!(pause_after(&setback(Some(pause)), None), None);
    }
}
