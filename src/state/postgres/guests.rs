//! Requests to hosts, whoever makes them: a claim has its host; whoever is led to another one, by a redirect or by a source, has
//! it leased for that one request.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::address::Address;
use super::keeper::Standing;
use super::link::Line;
use super::statements::{ENTER, RELEASE};
use crate::fetch::Gate;
use crate::state::host::Lease;
use crate::state::host::pause;

/// The hosts of a worker, and who is with them.
pub(super) struct Guests {
    standing: Standing,
    line: Mutex<Line>,
    hosts: Mutex<HashMap<String, Host>>,
}

/// A host that is leased.
#[derive(Debug)]
struct Host {
    lease: Lease,
    /// The worker under whose id that is.
    worker: i64,
    /// Whether it is claimed with its pages, and not only visited.
    is_claimed: bool,
    /// Requests that are under way.
    requests: usize,
    /// When it may be asked again.
    rests_until: Instant,
}

/// A lease that is given back: under which id it was had, and how long the host wants to rest.
#[derive(Debug, Clone, Copy)]
pub(super) struct Return {
    pub(super) lease: Lease,
    pub(super) worker: i64,
    pub(super) rest: Duration,
}

impl std::fmt::Debug for Guests {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Guests").finish_non_exhaustive()
    }
}

impl Host {
    fn back(&self) -> Return {
        let rest = self.rests_until.saturating_duration_since(Instant::now());
        Return { lease: self.lease, worker: self.worker, rest }
    }
}

impl Guests {
    pub(super) fn new(address: Address, standing: Standing) -> Self {
        // Whoever enters asks again by himself.
        Self { standing, line: Mutex::new(Line::new(address, None)), hosts: Mutex::default() }
    }

    /// Notes a host that is claimed.
    pub(super) fn claim(&self, name: &str, lease: Lease, worker: i64) {
        let host = Host { lease, worker, is_claimed: true, requests: 0, rests_until: Instant::now() };
        self.hosts().insert(name.to_owned(), host);
    }

    /// Takes back claims, and gives those that can be given back now: the last of those who are still with a host gives it
    /// back.
    pub(super) fn release(&self, leases: &[Lease]) -> Vec<Return> {
        let mut hosts = self.hosts();
        let mut returns = Vec::new();
        hosts.retain(|_, host| {
            if !leases.contains(&host.lease) {
                return true;
            }
            host.is_claimed = false;
            if host.requests == 0 {
                returns.push(host.back());
            }
            host.requests > 0
        });
        returns
    }

    /// The hosts that are leased and not claimed.
    pub(super) fn visited(&self) -> Vec<i64> {
        let hosts = self.hosts();
        hosts.values().filter(|host| !host.is_claimed).map(|host| host.lease.host).collect()
    }

    fn hosts(&self) -> MutexGuard<'_, HashMap<String, Host>> {
        // A panic elsewhere can't leave the map half changed.
        self.hosts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Gate for Guests {
    fn enter(&self, name: &str) -> bool {
        let worker = self.standing.id();
        if !self.standing.is_still(worker) {
            return false;
        }
        if let Some(host) = self.hosts().get_mut(name).filter(|host| host.worker == worker) {
            host.requests += 1;
            return true;
        }
        let entered = self.line().call(|link| link.row(ENTER, &[&name, &worker]));
        match entered {
            Ok(Some(row)) => {
                let lease = Lease { host: row.get(0), epoch: row.get(1) };
                let host =
                    Host { lease, worker, is_claimed: false, requests: 1, rests_until: Instant::now() };
                self.hosts().insert(name.to_owned(), host);
                true
            }
            Ok(None) => false,
            Err(error) => {
                tracing::debug!("a host can't be leased: {error}");
                false
            }
        }
    }

    fn leave(&self, name: &str, rest: Duration) {
        let back = {
            let mut hosts = self.hosts();
            let Some(host) = hosts.get_mut(name) else { return };
            host.requests = host.requests.saturating_sub(1);
            host.rests_until = host.rests_until.max(Instant::now() + rest);
            if host.is_claimed || host.requests > 0 {
                return;
            }
            let back = host.back();
            hosts.remove(name);
            back
        };
        // What can't be given back now is found when the connection of the worker is there again, or when it ends.
        if let Err(error) = self.line().call(|link| give_back(link, &[back])) {
            tracing::debug!("a host can't be given back: {error}");
        }
    }
}

/// Gives hosts back, each with the rest that it wants.
pub(super) fn give_back(link: &mut super::link::Link, returns: &[Return]) -> Result<u64, postgres::Error> {
    let mut count = 0;
    let mut by_worker: HashMap<i64, Vec<&Return>> = HashMap::new();
    for back in returns {
        by_worker.entry(back.worker).or_default().push(back);
    }
    for (worker, returns) in by_worker {
        let hosts: Vec<i64> = returns.iter().map(|back| back.lease.host).collect();
        let epochs: Vec<i64> = returns.iter().map(|back| back.lease.epoch).collect();
        let rests: Vec<i64> = returns.iter().map(|back| pause(back.rest)).collect();
        count += link.change(RELEASE, &[&hosts, &epochs, &worker, &rests])?;
    }
    Ok(count)
}
