//! How long hosts take to answer.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How long one host took to answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Latency {
    /// The name of its clock: the host with its port, or the registrable domain.
    pub host: String,
    /// Requests that were sent, failed ones too.
    pub requests: u32,
    /// The time that all of them took together.
    pub total: Duration,
    /// The time that the slowest of them took.
    pub longest: Duration,
}

impl Latency {
    /// The time that a request took on average.
    pub fn mean(&self) -> Duration {
        self.total.checked_div(self.requests).unwrap_or_default()
    }
}

/// The times of all hosts; clones share them.
#[derive(Debug, Clone, Default)]
pub(super) struct Latencies(Arc<Mutex<HashMap<String, Latency>>>);

impl Latencies {
    /// Notes that a request to `host` took this long.
    pub(super) fn note(&self, host: &str, took: Duration) {
        let mut hosts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !hosts.contains_key(host) {
            let none = Duration::ZERO;
            let latency = Latency { host: host.to_owned(), requests: 0, total: none, longest: none };
            hosts.insert(host.to_owned(), latency);
        }
        if let Some(latency) = hosts.get_mut(host) {
            latency.requests = latency.requests.saturating_add(1);
            latency.total = latency.total.saturating_add(took);
            latency.longest = latency.longest.max(took);
        }
    }

    /// All hosts, the slowest first.
    pub(super) fn slowest(&self) -> Vec<Latency> {
        let hosts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<Latency> = hosts.values().cloned().collect();
        all.sort_by(|one, other| other.mean().cmp(&one.mean()).then_with(|| one.host.cmp(&other.host)));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slowest_host_comes_first_by_its_mean() {
        let latencies = Latencies::default();
        for (host, milliseconds) in [("a:443", 100), ("b:443", 150), ("a:443", 400)] {
            latencies.note(host, Duration::from_millis(milliseconds));
        }
        let told: Vec<_> = latencies.slowest().into_iter().map(|one| (one.mean().as_millis(), one)).collect();
        let (mean, one) = &told[0];
        assert_eq!((one.host.as_str(), one.requests, *mean, one.longest.as_millis()), ("a:443", 2, 250, 400));
        assert_eq!((told.len(), told[1].0), (2, 150));
    }
}
