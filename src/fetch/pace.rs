//! Politeness: one request at a time to a host, a pause after each, and no requests at all to a host in trouble.
//!
//! Each host has a clock. The pause follows the host: as long as its last answers took, longer with each failure, and
//! never shorter than the options and robots.txt ask for (after AutoThrottle of Scrapy). A host that fails without end,
//! or that asks for more patience than a run has, is closed: its pages are deferred without a request.

mod host;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::{Instant, sleep_until};
use url::{Host, Url};

use super::Refusal;
use super::classify::redacted;
use super::gate::{Entrance, Gate};
use super::retry::Setback;
use crate::config::{self, Clock};
use crate::failure::{Failure, FailureClass};
use host::{HostClock, Turn};

/// How long a host that failed is let alone before the next run may ask it, unless it asks for more.
pub(super) const DEFERRAL: Duration = Duration::from_secs(10 * 60);

/// The longest time for which a host can have its pages deferred: it may be wrong about the year.
pub(super) const LONGEST_DEFERRAL: Duration = Duration::from_secs(24 * 60 * 60);

/// Failures in a row that close a host, however few tries a page has.
const FEWEST_FAILURES: usize = 3;

/// Time between two tries to enter a host that another process asks.
const AT_THE_GATE: Duration = Duration::from_millis(200);

/// Gives out turns, host by host; clones share them.
#[derive(Debug, Clone)]
pub(super) struct Pace {
    clock: Clock,
    limits: Limits,
    hosts: Arc<Mutex<HashMap<String, Arc<HostClock>>>>,
    entrance: Entrance,
}

#[derive(Debug, Clone, Copy)]
struct Limits {
    /// The shortest pause.
    delay: Duration,
    /// The longest pause, and the longest wait that a host may ask for within a run.
    max_wait: Duration,
    /// Failures in a row after which a page that is given up closes the host.
    failures: usize,
}

impl Pace {
    /// A pace with at least `delay` between the end of a request to a host and the next request to it.
    pub(super) fn new(options: &config::Fetch) -> Self {
        let failures = options.retries.saturating_add(1).max(FEWEST_FAILURES);
        let limits = Limits { delay: options.delay, max_wait: options.max_wait, failures };
        Self { clock: options.clock, limits, hosts: Arc::default(), entrance: Entrance::default() }
    }

    /// A pace with other limits that shares the clocks of the hosts with this one.
    pub(super) fn with(&self, options: &config::Fetch) -> Self {
        Self { hosts: Arc::clone(&self.hosts), entrance: self.entrance.clone(), ..Self::new(options) }
    }

    /// Has every request from now on pass `gate`.
    pub(super) fn pass_through(&self, gate: Arc<dyn Gate>) {
        self.entrance.set(gate);
    }

    /// Waits until the host of `url` may be asked, first come, first served.
    ///
    /// # Errors
    /// The host is closed, or closes during the wait.
    pub(super) async fn turn(&self, url: &Url) -> Result<Turn, Refusal> {
        let host = self.host(url);
        host.state().check_open(url)?;
        let place = Arc::clone(&host.queue).lock_owned().await;
        let began = Instant::now();
        loop {
            // What others learn about the host during the wait counts too.
            let free_at = {
                let mut state = host.state();
                state.check_open(url)?;
                state.floor = state.crawl_delay.max(self.limits.delay);
                state.delay = state.delay.max(state.floor);
                state.free_at()
            };
            // The timer rounds up to the next millisecond, which hosts that are free need not wait for.
            if free_at > Instant::now() {
                sleep_until(free_at).await;
                continue;
            }
            if let Some(pass) = self.entrance.enter(&self.key(url)) {
                return Ok(Turn { host, limits: self.limits, pass, _place: place });
            }
            if began.elapsed() > self.limits.max_wait {
                let message = format!("another worker asks the host of `{}`", redacted(url));
                let failure = Failure::new(FailureClass::RateLimited, message);
                return Err(Refusal { failure, not_before: Some(after(DEFERRAL)) });
            }
            tokio::time::sleep(AT_THE_GATE).await;
        }
    }

    /// Refuses `url` where its host is closed.
    pub(super) fn check_open(&self, url: &Url) -> Result<(), Refusal> {
        self.host(url).state().check_open(url)
    }

    /// Makes every pause of the host of `url` at least as long as its robots.txt asks for, within the longest wait.
    pub(super) fn at_least(&self, url: &Url, crawl_delay: Duration) {
        let host = self.host(url);
        let mut state = host.state();
        state.crawl_delay = crawl_delay.min(self.limits.max_wait);
        state.floor = state.crawl_delay.max(self.limits.delay);
        state.delay = state.delay.max(state.floor);
    }

    /// Gives up the page at `url` after its last try failed with `setback`: the page is deferred, and so are all pages
    /// of its host where that has brought nothing but failures for a while.
    pub(super) fn give_up(&self, url: &Url, setback: Setback) -> Setback {
        let wait = setback.retry_after.unwrap_or_default().clamp(DEFERRAL, LONGEST_DEFERRAL);
        let host = self.host(url);
        let mut state = host.state();
        let not_before = after(wait);
        if state.failures >= self.limits.failures {
            state.closed = Some(Refusal { failure: setback.failure.clone(), not_before: Some(not_before) });
        }
        Setback { not_before: Some(not_before), ..setback }
    }

    /// The pause of the host of `url`, where it is longer than the one of the options.
    pub(super) fn delay(&self, url: &Url) -> Option<Duration> {
        let hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        let delay = hosts.get(&self.key(url))?.state().delay;
        (delay > self.limits.delay).then_some(delay)
    }

    /// Begins with this pause at the host of this clock, within the limits.
    pub(super) fn slow_down(&self, name: &str, delay: Duration) {
        let host = self.host_named(name);
        let mut state = host.state();
        state.delay = delay.min(self.limits.max_wait).max(state.floor);
    }

    /// When the host of `url` may be asked next; `None` for now.
    pub(super) fn next_at(&self, url: &Url) -> Option<Timestamp> {
        let hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        let state = hosts.get(&self.key(url))?.state();
        let free_at = state.free_at().checked_duration_since(Instant::now());
        let free_at = free_at.filter(|wait| !wait.is_zero()).map(after);
        free_at.max(state.closed.as_ref().and_then(|refusal| refusal.not_before))
    }

    /// Lets the host of this clock alone until `next_at`, which an earlier run has heard from it.
    pub(super) fn wait_until(&self, name: &str, next_at: Timestamp) {
        let wait = Duration::try_from(next_at.duration_since(Timestamp::now())).unwrap_or_default();
        let wait = wait.min(LONGEST_DEFERRAL);
        let host = self.host_named(name);
        if wait <= self.limits.max_wait {
            host.state().hold_off(wait);
        } else if !wait.is_zero() {
            let message = format!("`{name}` was let alone by an earlier run until {next_at:.0}");
            let failure = Failure::new(FailureClass::RateLimited, message);
            host.state().closed = Some(Refusal { failure, not_before: Some(after(wait)) });
        }
    }

    fn host(&self, url: &Url) -> Arc<HostClock> {
        self.host_named(&self.key(url))
    }

    fn host_named(&self, name: &str) -> Arc<HostClock> {
        // A panic elsewhere can't leave the map half changed.
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        if hosts.len() == hosts.capacity() {
            // Before the map grows, hosts that nobody waits for and of which there is nothing to remember are
            // forgotten: the map does not grow with the hosts that a run visits, as long as they are well.
            hosts.retain(|_, host| Arc::strong_count(host) > 1 || host.state().is_notable());
        }
        let new = || Arc::new(HostClock::new(self.limits.delay));
        hosts.entry(name.to_owned()).or_insert_with(new).clone()
    }

    /// What the hosts that share a clock have in common.
    pub(super) fn key(&self, url: &Url) -> String {
        let host = url.host_str().unwrap_or_default();
        if let (Clock::Domain, Some(Host::Domain(name))) = (self.clock, url.host())
            && let Some(domain) = psl::domain_str(name)
        {
            return domain.to_owned();
        }
        // Servers for http and https on the usual ports are one host; other ports belong to other servers.
        match url.port() {
            None => host.to_owned(),
            Some(port) => format!("{host}:{port}"),
        }
    }
}

/// The time after `wait`.
pub(super) fn after(wait: Duration) -> Timestamp {
    Timestamp::now().saturating_add(wait).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn url(text: &str) -> Url {
        text.parse().unwrap()
    }

    fn pace(delay: Duration) -> Pace {
        Pace::new(&config::Fetch { delay, ..config::Fetch::default() })
    }

    #[tokio::test]
    async fn hosts_that_are_well_are_forgotten_and_those_that_rest_are_not() {
        let pace = pace(Duration::ZERO);
        let failure = Failure::new(FailureClass::RateLimited, "slow down");
        let resting = url("http://resting.example/");
        pace.turn(&resting).await.unwrap().hold_off(60 * SECOND, &failure);
        for number in 0..10_000 {
            pace.turn(&url(&format!("http://host-{number}.example/"))).await.unwrap();
        }
        let hosts = pace.hosts.lock().unwrap();
        assert!(hosts.len() < 100, "{} hosts are remembered", hosts.len());
        assert!(hosts.contains_key("resting.example"));
    }

    #[tokio::test]
    async fn a_crawl_delay_lengthens_the_pause_within_the_longest_wait() {
        let pace = pace(SECOND);
        let page = url("http://a.example/");
        for (crawl_delay, pause) in
            [(SECOND / 2, SECOND), (5 * SECOND, 5 * SECOND), (Duration::MAX, 60 * SECOND)]
        {
            pace.at_least(&page, crawl_delay);
            assert_eq!(pace.host(&page).state().delay, pause, "{crawl_delay:?}");
        }
        assert_eq!(pace.delay(&page), Some(60 * SECOND));
        for (earlier, later) in [(SECOND / 2, None), (9 * SECOND, Some(9 * SECOND))] {
            let page = url("http://b.example/");
            pace.slow_down(&pace.key(&page), earlier);
            assert_eq!(pace.delay(&page), later);
        }
    }

    #[test]
    fn hosts_share_a_clock_by_name_or_by_registrable_domain() {
        let key =
            |clock, text| Pace::new(&config::Fetch { clock, ..config::Fetch::default() }).key(&url(text));
        for (page, host, domain) in [
            ("http://www.a.example/", "www.a.example", "a.example"),
            ("https://www.a.example/x", "www.a.example", "a.example"),
            ("http://news.a.co.uk/", "news.a.co.uk", "a.co.uk"),
            ("http://a.example:8080/", "a.example:8080", "a.example"),
            ("http://localhost:8080/", "localhost:8080", "localhost:8080"),
            ("http://127.0.0.1:8080/", "127.0.0.1:8080", "127.0.0.1:8080"),
            ("http://[::1]/", "[::1]", "[::1]"),
        ] {
            assert_eq!((key(Clock::Host, page), key(Clock::Domain, page)), (host.into(), domain.into()));
        }
    }

    #[tokio::test]
    async fn a_host_is_let_alone_as_long_as_an_earlier_run_heard_and_no_longer_than_a_day() {
        let pace = pace(Duration::ZERO);
        let [soon, later, never] = ["a", "b", "c"].map(|host| url(&format!("http://{host}.example/")));
        pace.wait_until(&pace.key(&soon), after(50 * SECOND));
        assert!(pace.next_at(&soon).unwrap() > after(40 * SECOND));
        pace.wait_until(&pace.key(&later), after(3600 * SECOND));
        let refusal = pace.turn(&later).await.unwrap_err();
        assert_eq!(refusal.failure.class, FailureClass::RateLimited);
        assert_eq!(refusal.not_before, pace.next_at(&later));
        pace.wait_until(&pace.key(&never), Timestamp::MAX);
        assert!(pace.next_at(&never).unwrap() <= after(LONGEST_DEFERRAL));
        pace.wait_until(&pace.key(&never), Timestamp::MIN);
    }
}
