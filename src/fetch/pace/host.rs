//! The clock of one host: what is known of it, and the turns in which it is asked.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};
use tokio::time::Instant;
use url::Url;

use super::{LONGEST_DEFERRAL, Limits, after};
use crate::failure::{Failure, FailureClass};
use crate::fetch::Refusal;
use crate::fetch::classify::redacted;
use crate::fetch::gate::Pass;
use crate::fetch::request::Reply;
use crate::fetch::retry::Setback;

#[derive(Debug)]
pub(super) struct HostClock {
    /// Whoever holds the lock is the one who asks.
    pub(super) queue: Arc<AsyncMutex<()>>,
    state: Mutex<State>,
}

impl HostClock {
    /// The clock of a host that was never asked.
    pub(super) fn new(delay: Duration) -> Self {
        let crawl_delay = Duration::ZERO;
        let state = State {
            ended: None,
            held_until: None,
            delay,
            floor: delay,
            crawl_delay,
            failures: 0,
            closed: None,
        };
        Self { queue: Arc::default(), state: Mutex::new(state) }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is known about a host.
#[derive(Debug)]
pub(super) struct State {
    /// When the last request ended.
    ended: Option<Instant>,
    /// Until when the host asked to be let alone.
    held_until: Option<Instant>,
    /// The pause after a request at present.
    pub(super) delay: Duration,
    /// The shortest pause, by the options of whoever asked last.
    pub(super) floor: Duration,
    /// The pause that robots.txt asks for.
    pub(super) crawl_delay: Duration,
    /// Failures since the last answer that was none.
    pub(super) failures: usize,
    /// Why no page of the host is asked for, and until when.
    pub(super) closed: Option<Refusal>,
}

impl State {
    /// When it may be asked.
    pub(super) fn free_at(&self) -> Instant {
        let rested = self.ended.and_then(|ended| ended.checked_add(self.delay));
        // A moment that has passed is as good as any.
        rested.max(self.held_until).unwrap_or_else(Instant::now)
    }

    /// Lets it alone for so long at least.
    pub(super) fn hold_off(&mut self, wait: Duration) {
        self.held_until = self.held_until.max(Instant::now().checked_add(wait));
    }

    /// Refuses `url` where the host is closed.
    pub(super) fn check_open(&self, url: &Url) -> Result<(), Refusal> {
        match &self.closed {
            Some(refusal) if refusal.not_before.is_some_and(|time| time > Timestamp::now()) => {
                let Failure { class, message } = &refusal.failure;
                let message = format!("`{}` was not asked for, since {message}", redacted(url));
                Err(Refusal { failure: Failure::new(*class, message), not_before: refusal.not_before })
            }
            _ => Ok(()),
        }
    }

    /// Whether a later request has to know this.
    pub(super) fn is_notable(&self) -> bool {
        self.closed.is_some()
            || self.failures > 0
            || self.delay > self.floor
            || self.free_at() > Instant::now()
    }
}

/// The right to send one request to a host; dropping it starts the pause.
#[derive(Debug)]
pub(in crate::fetch) struct Turn {
    pub(super) host: Arc<HostClock>,
    pub(super) limits: Limits,
    /// What is left again, where others ask the host, too.
    pub(super) pass: Option<Pass>,
    pub(super) _place: OwnedMutexGuard<()>,
}

impl Turn {
    /// Sets the pause by what the request brought and by the time that it `took`.
    ///
    /// An answer draws the pause towards its time, up at once and down by halves. A failure doubles the pause. What is
    /// neither, such as a 404 that comes fast, makes no pause shorter.
    pub(in crate::fetch) fn heed(&mut self, reply: &Result<Reply, Setback>, took: Duration) {
        let mut state = self.host.state();
        let delay = match reply {
            Ok(Reply::Answer(_)) => took.max((state.delay + took) / 2),
            Err(setback) if is_trouble(setback) => took.max(state.delay.saturating_mul(2)),
            Ok(Reply::Redirect(_)) | Err(_) => took.max(state.delay),
        };
        state.failures = match reply {
            Err(setback) if is_trouble(setback) => state.failures + 1,
            _ => 0,
        };
        state.delay = delay.min(self.limits.max_wait).max(state.floor);
    }

    /// Lets the host alone for `wait`, for everybody, because it asked for that with `failure`. A host that asks for more
    /// than the longest wait is closed; then this is the time before which it may not be asked.
    pub(in crate::fetch) fn hold_off(&mut self, wait: Duration, failure: &Failure) -> Option<Timestamp> {
        let mut state = self.host.state();
        if wait <= self.limits.max_wait {
            state.hold_off(wait);
            return None;
        }
        let not_before = Some(after(wait.min(LONGEST_DEFERRAL)));
        state.closed = Some(Refusal { failure: failure.clone(), not_before });
        not_before
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let pause = {
            let mut state = self.host.state();
            state.ended = Some(Instant::now());
            let held = state.held_until.map(|until| until.saturating_duration_since(Instant::now()));
            state.delay.max(held.unwrap_or_default())
        };
        if let Some(pass) = self.pass.take() {
            pass.leave(pause);
        }
    }
}

/// Whether the host, not only the page, may be in trouble.
fn is_trouble(setback: &Setback) -> bool {
    match setback.failure.class {
        // The host answers, even if the page is cut.
        FailureClass::Truncated => false,
        FailureClass::TimeoutTotal | FailureClass::TooSlow => true,
        class => class.is_transient(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::config;
    use crate::fetch::pace::Pace;

    const SECOND: Duration = Duration::from_secs(1);

    fn answered() -> Result<Reply, Setback> {
        Ok(Reply::Answer(crate::fetch::Answer::NotModified { status: 304, fetched_at: Timestamp::now() }))
    }

    fn failed(class: FailureClass) -> Result<Reply, Setback> {
        Err(Failure::new(class, "a test").into())
    }

    #[tokio::test]
    async fn a_slow_or_failing_host_gets_longer_pauses_and_a_quick_one_the_shortest() {
        let pace = Pace::new(&config::Fetch { delay: SECOND, ..config::Fetch::default() });
        let mut turn = pace.turn(&"http://a.example/".parse().unwrap()).await.unwrap();
        for (reply, took, pause) in [
            (answered(), SECOND / 10, SECOND),
            (answered(), 5 * SECOND, 5 * SECOND),
            (failed(FailureClass::Http4xx), SECOND / 10, 5 * SECOND),
            (answered(), SECOND, 3 * SECOND),
            (failed(FailureClass::Http5xx), SECOND, 6 * SECOND),
            (failed(FailureClass::Connect), SECOND, 12 * SECOND),
            (failed(FailureClass::TimeoutTotal), 30 * SECOND, 30 * SECOND),
            (failed(FailureClass::TimeoutRead), SECOND, 60 * SECOND),
            (failed(FailureClass::TimeoutRead), SECOND, 60 * SECOND),
            (answered(), Duration::ZERO, 30 * SECOND),
        ] {
            turn.heed(&reply, took);
            assert_eq!(turn.host.state().delay, pause, "{reply:?} after {took:?}");
        }
    }
}
