//! Leases: hosts are claimed with their due pages, and given back.

use std::collections::BTreeMap;

use super::Postgres;
use super::guests::give_back;
use super::link::{KEPT_PLANS, Link};
use super::row;
use super::statements::*;
use crate::state::StateError;
use crate::state::host::{Claim, Clock, Lease, Wanted};
use crate::state::page::Page;

/// Hosts of one claim: so few that workers that begin together share what there is.
const MOST_HOSTS: usize = 16;

impl Postgres {
    /// What the database does for a claim, by the plans that are kept, and how long that takes, in its own words. Nothing is
    /// claimed.
    ///
    /// # Errors
    /// As for every call.
    pub fn plan_of_claim(&mut self, wanted: &Wanted) -> Result<String, StateError> {
        let me = self.me();
        self.line.call(|link| {
            let (now, due_by) = (link.skew.theirs(wanted.now), link.skew.theirs(wanted.due_by));
            link.script(KEPT_PLANS)?;
            let lease = explain(link, LEASE_HOSTS, &format!("{now}, {due_by}, {MOST_HOSTS}, {me}"))?;
            let rows = link.client().query("SELECT id FROM hosts WHERE worker = $1", &[&me])?;
            let hosts = rows.iter().map(|row| row.get::<_, i64>(0).to_string()).collect::<Vec<_>>().join(",");
            let pages = format!("'{{{hosts}}}', {due_by}, {}", wanted.pages_a_host);
            let pages = explain(link, DUE_PAGES, &pages)?;
            link.script("ROLLBACK")?;
            Ok(format!("{lease}\n\n{pages}"))
        })
    }

    /// Leases the first hosts that are ready, with their due pages.
    pub(super) fn lease(&mut self, wanted: &Wanted) -> Result<Vec<Claim>, StateError> {
        let me = self.me();
        if wanted.pages_a_host == 0 || self.keeper.as_ref().is_none_or(|keeper| !keeper.standing.is_still(me))
        {
            return Ok(Vec::new());
        }
        let most = i64::try_from(wanted.hosts.min(MOST_HOSTS)).unwrap_or(i64::MAX);
        let limit = i64::try_from(wanted.pages_a_host).unwrap_or(i64::MAX);
        let (leased, pages, skew) = self.line.call(|link| {
            let (now, due_by) = (link.skew.theirs(wanted.now), link.skew.theirs(wanted.due_by));
            link.by_kept_plans(|link| {
                let leased = link.rows(LEASE_HOSTS, &[&now, &due_by, &most, &me])?;
                let ids: Vec<i64> = leased.iter().map(|row| row.get(0)).collect();
                let pages = match ids.is_empty() {
                    true => Vec::new(),
                    false => link.rows(DUE_PAGES, &[&ids, &due_by, &limit])?,
                };
                Ok((leased, pages, link.skew))
            })
        })?;
        let mut hosts = Vec::new();
        for row in leased {
            let lease = Lease { host: row.get(0), epoch: row.get(1) };
            self.held.insert(lease.host, lease.epoch);
            let (host, clock): (String, Clock) = (row.get(2), row::clock(&row, skew)?);
            if let Some(guests) = &self.guests {
                guests.claim(&host, lease, me);
            }
            hosts.push(Leased { ready_at: row.get("ready_at"), lease, host, clock });
        }
        self.tidy(me)?;
        hosts.sort_by_key(|host| (host.ready_at, host.lease.host));
        let mut by_host: BTreeMap<i64, Vec<Page>> = BTreeMap::new();
        for row in pages {
            by_host.entry(row.get("host")).or_default().push(row::page(&row, skew)?);
        }
        let claims = self.with_pages(hosts, by_host, me)?;
        // A worker that was taken for dead meanwhile has no hosts.
        let is_alive = self.keeper.as_ref().is_some_and(|keeper| keeper.standing.is_still(me));
        Ok(if is_alive { claims } else { Vec::new() })
    }

    /// Gives hosts back, each with the rest that it wants.
    pub(super) fn give_back(&mut self, leases: &[Lease]) -> Result<(), StateError> {
        // Leases under an earlier id are lost.
        self.me();
        let returns = self.guests.as_ref().map(|guests| guests.release(leases)).unwrap_or_default();
        if !returns.is_empty() {
            self.line.call(|link| give_back(link, &returns))?;
        }
        for lease in leases {
            if self.held.get(&lease.host) == Some(&lease.epoch) {
                self.held.remove(&lease.host);
            }
        }
        Ok(())
    }

    /// The id of the worker; leases under another one are lost.
    pub(super) fn me(&mut self) -> i64 {
        let now = self.keeper.as_ref().map_or(0, |keeper| keeper.standing.id());
        if now != self.held_as {
            self.held.clear();
            self.held_as = now;
        }
        now
    }

    /// Gives back what was leased in an answer that was lost with the connection.
    fn tidy(&mut self, me: i64) -> Result<(), StateError> {
        if self.line.was_lost() {
            let visited = self.guests.iter().flat_map(|guests| guests.visited());
            let held: Vec<i64> = self.held.keys().copied().chain(visited).collect();
            self.line.call(|link| link.change(RELEASE_OTHERS, &[&me, &held]))?;
        }
        Ok(())
    }

    /// The claims of leased hosts, in the order of their turns. Hosts that were said to have due pages and have none are
    /// given back, and said right.
    fn with_pages(
        &mut self,
        hosts: Vec<Leased>,
        mut pages: BTreeMap<i64, Vec<Page>>,
        me: i64,
    ) -> Result<Vec<Claim>, StateError> {
        let (mut claims, mut empty) = (Vec::new(), Vec::new());
        for Leased { lease, host, clock, .. } in hosts {
            match pages.remove(&lease.host) {
                Some(mut pages) => {
                    pages.sort_by_key(|page| (page.due_at, page.id));
                    claims.push(Claim { lease, host, clock, pages });
                }
                None => empty.push(lease),
            }
        }
        if !empty.is_empty() {
            let (hosts, epochs) = columns(&empty);
            if let Some(guests) = &self.guests {
                guests.release(&empty);
            }
            self.line.call(|link| link.change(SETTLE_HOSTS, &[&hosts, &epochs, &me]))?;
            self.held.retain(|host, _| !hosts.contains(host));
        }
        Ok(claims)
    }
}

fn explain(link: &mut Link, statement: &str, values: &str) -> Result<String, postgres::Error> {
    link.script(&format!("PREPARE explained AS {statement}"))?;
    let explain = format!("EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) EXECUTE explained ({values})");
    let rows = link.client().query(&explain, &[])?;
    link.script("DEALLOCATE explained")?;
    Ok(rows.iter().map(|row| row.get::<_, String>(0)).collect::<Vec<_>>().join("\n"))
}

/// A host that was leased.
struct Leased {
    ready_at: i64,
    lease: Lease,
    host: String,
    clock: Clock,
}

fn columns(leases: &[Lease]) -> (Vec<i64>, Vec<i64>) {
    leases.iter().map(|lease| (lease.host, lease.epoch)).unzip()
}
