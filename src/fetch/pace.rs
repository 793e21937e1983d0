//! Politeness: one request at a time to a host, and a pause after each.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};
use tokio::time::{Instant, sleep_until};
use url::Url;

/// When a host may be asked again; whoever holds the lock is the one who asks.
type FreeAt = Arc<AsyncMutex<Instant>>;

/// Gives out turns, host by host; clones share them.
#[derive(Debug, Clone)]
pub(super) struct Pace {
    delay: Duration,
    hosts: Arc<Mutex<HashMap<String, FreeAt>>>,
}

impl Pace {
    /// A pace with `delay` between the end of a request to a host and the next request to it.
    pub(super) fn new(delay: Duration) -> Self {
        Self { delay, hosts: Arc::default() }
    }

    /// Waits until the host of `url` may be asked, first come, first served.
    pub(super) async fn turn(&self, url: &Url) -> Turn {
        let free_at = self.lock_of(url).lock_owned().await;
        // The timer rounds up to the next millisecond, which hosts that are free need not wait for.
        if *free_at > Instant::now() {
            sleep_until(*free_at).await;
        }
        Turn { free_at, delay: self.delay }
    }

    fn lock_of(&self, url: &Url) -> FreeAt {
        let host = format!(
            "{}:{}",
            url.host_str().unwrap_or_default(),
            url.port_or_known_default().unwrap_or_default()
        );
        // A panic elsewhere can't leave the map half changed.
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        if hosts.len() == hosts.capacity() {
            // Before the map grows, hosts that nobody waits for and that are free anyway are forgotten: the map
            // stays as large as the work in flight, however many hosts a run visits.
            let now = Instant::now();
            hosts.retain(|_, lock| lock.try_lock().map_or(true, |free_at| *free_at > now));
        }
        hosts.entry(host).or_insert_with(|| Arc::new(AsyncMutex::new(Instant::now()))).clone()
    }
}

/// The right to send one request to a host; dropping it starts the pause.
#[derive(Debug)]
pub(super) struct Turn {
    free_at: OwnedMutexGuard<Instant>,
    delay: Duration,
}

impl Turn {
    /// Lets the host alone for `wait`, for everybody, because it asked for that.
    pub(super) fn hold_off(&mut self, wait: Duration) {
        if let Some(later) = Instant::now().checked_add(wait) {
            *self.free_at = later.max(*self.free_at);
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.hold_off(self.delay);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[tokio::test]
    async fn hosts_that_are_free_are_forgotten_and_those_that_rest_are_not() {
        let pace = Pace::new(Duration::ZERO);
        let resting: Url = "http://resting.example/".parse().unwrap();
        pace.turn(&resting).await.hold_off(Duration::from_secs(60));
        for number in 0..10_000 {
            pace.turn(&format!("http://host-{number}.example/").parse().unwrap()).await;
        }
        let hosts = pace.hosts.lock().unwrap();
        assert!(hosts.len() < 100, "{} hosts are remembered", hosts.len());
        assert!(hosts.contains_key("resting.example:80"));
    }
}
