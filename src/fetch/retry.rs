//! Further tries: after which pause, what a server's `Retry-After` makes of it, and when a page is given up.

use std::time::{Duration, SystemTime};

use backon::{BackoffBuilder, ExponentialBuilder};
use jiff::Timestamp;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use tokio::time::sleep;
use url::Url;

use super::redirect::{self, Wanted};
use super::{Answer, Client, Refusal};
use crate::config;
use crate::failure::Failure;

/// A failure, and what it means for further tries.
#[derive(Debug)]
pub(super) struct Setback {
    pub(super) failure: Failure,
    /// How long the server asked to be left alone.
    pub(super) retry_after: Option<Duration>,
    /// The URL whose request failed, after redirects.
    pub(super) at: Option<Box<Url>>,
    /// Not before this time may there be a further try, which is too late for this run.
    pub(super) not_before: Option<Timestamp>,
}

impl From<Failure> for Setback {
    fn from(failure: Failure) -> Self {
        Self { failure, retry_after: None, at: None, not_before: None }
    }
}

impl From<Refusal> for Setback {
    fn from(refusal: Refusal) -> Self {
        Self { not_before: refusal.not_before, ..refusal.failure.into() }
    }
}

impl From<Setback> for Refusal {
    fn from(setback: Setback) -> Self {
        Self { failure: setback.failure, not_before: setback.not_before }
    }
}

/// Asks for `start` until there is an answer, until no further try can help, or until the tries are used up: then what is
/// wanted is deferred.
pub(super) async fn persist(client: &Client, start: &Url, wanted: Wanted<'_>) -> Result<Answer, Setback> {
    let mut pauses = pauses(&client.options).build();
    loop {
        let setback = match redirect::follow(client, start, wanted).await {
            Ok(answer) => return Ok(answer),
            Err(setback) => setback,
        };
        if setback.not_before.is_some() || !setback.failure.class.is_transient() {
            return Err(setback);
        }
        let Some(pause) = pauses.next() else {
            let at = setback.at.clone();
            return Err(client.pace.give_up(at.as_deref().unwrap_or(start), setback));
        };
        sleep(pause.max(setback.retry_after.unwrap_or_default())).await;
    }
}

/// The pauses before the further tries: from `delay` up, doubled each time, with as much again at random.
fn pauses(options: &config::Fetch) -> ExponentialBuilder {
    ExponentialBuilder::new()
        .with_min_delay(options.delay.min(options.max_wait))
        .with_max_delay(options.max_wait)
        .with_max_times(options.retries)
        .with_jitter()
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

    use proptest::prelude::*;
    use reqwest::header::HeaderValue;

    use super::*;

    fn now() -> SystemTime {
        httpdate::parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT").unwrap()
    }

    fn wait(value: HeaderValue) -> Option<Duration> {
        retry_after(&HeaderMap::from_iter([(RETRY_AFTER, value)]), now())
    }

    #[test]
    fn retry_after_is_read_as_seconds_or_as_a_date() {
        for (value, seconds) in [
            ("2", Some(2)),
            (" 0 ", Some(0)),
            ("1000000000", Some(1_000_000_000)),
            ("99999999999999999999999999", Some(u64::MAX)),
            ("Sun, 06 Nov 1994 08:50:07 GMT", Some(30)),
            ("Sunday, 06-Nov-94 08:50:07 GMT", Some(30)),
            ("Sun Nov  6 08:50:07 1994", Some(30)),
            ("Thu, 01 Jan 1970 00:00:00 GMT", Some(0)),
            ("", None),
            ("-1", None),
            ("1.5", None),
            ("soon", None),
        ] {
            assert_eq!(wait(value.parse().unwrap()), seconds.map(Duration::from_secs), "{value:?}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_in_retry_after_are_a_wait_or_nothing(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            if let Ok(value) = HeaderValue::from_bytes(&bytes) {
                wait(value);
            }
        }

        #[test]
        fn a_date_is_the_time_until_then(seconds in 0..400_000_000_u64) {
            let value = httpdate::fmt_http_date(now() + Duration::from_secs(seconds));
            prop_assert_eq!(wait(value.parse().unwrap()), Some(Duration::from_secs(seconds)));
            prop_assert_eq!(wait(seconds.into()), Some(Duration::from_secs(seconds)));
        }
    }
}
