//! Claiming hosts with their due pages: all that there are, or those of a scope.

use std::collections::HashSet;

use jiff::Timestamp;
use rusqlite::{Row, params};

use super::Sqlite;
use super::row::{self, clock, milliseconds, time};
use super::statements::{DUE_PAGES, PAGES_OF_SOURCE, PLAN_OF_PAGE, READY_HOSTS, SETTLE_HOST};
use crate::state::host::{Claim, Clock, Lease, Wanted};
use crate::state::page::Page;
use crate::state::scope::Scope;
use crate::state::{State, StateError};

/// What may be claimed where not everything may.
#[derive(Debug, Default)]
pub(super) struct Within {
    /// Hosts that may have pages of the scope that are due.
    hosts: HashSet<i64>,
    pages: HashSet<i64>,
}

impl Sqlite {
    /// The next due pages of a host, in their order.
    fn due_pages(&self, host: i64, wanted: &Wanted) -> Result<Vec<Page>, StateError> {
        let mut select = self.db.prepare_cached(DUE_PAGES)?;
        // Pages outside of the scope are passed over and don't count.
        let limit = if self.scope.is_some() { usize::MAX } else { wanted.pages_a_host };
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut rows = select.query(params![host, milliseconds(wanted.due_by), limit])?;
        let mut pages = Vec::new();
        while pages.len() < wanted.pages_a_host
            && let Some(row) = rows.next()?
        {
            let id = row.get(0)?;
            if self.scope.as_ref().is_none_or(|scope| scope.pages.contains(&id)) {
                pages.push(row::page(row)?);
            }
        }
        Ok(pages)
    }

    /// The claims of leased hosts.
    fn with_pages(
        &mut self,
        hosts: Vec<(Lease, String, Clock)>,
        wanted: &Wanted,
    ) -> Result<Vec<Claim>, StateError> {
        let mut claims = Vec::new();
        for (lease, host, clock) in hosts {
            let pages = self.due_pages(lease.host, wanted)?;
            if pages.is_empty() {
                // The host was said to have due pages and has none: now it is said right.
                self.db.prepare_cached(SETTLE_HOST)?.execute([lease.host])?;
                self.release(&[lease])?;
                if let Some(scope) = &mut self.scope {
                    // What else of it is due is none of this run's business.
                    scope.hosts.remove(&lease.host);
                }
            } else {
                claims.push(Claim { lease, host, clock, pages });
            }
        }
        Ok(claims)
    }

    /// Leases the first hosts that are ready.
    fn lease_hosts(&mut self, wanted: &Wanted) -> Result<Vec<(Lease, String, Clock)>, StateError> {
        let mut select = self.db.prepare_cached(READY_HOSTS)?;
        let mut rows = select.query([milliseconds(wanted.now), milliseconds(wanted.due_by)])?;
        let mut hosts = Vec::new();
        while hosts.len() < wanted.hosts
            && let Some(row) = rows.next()?
        {
            let host = row.get(0)?;
            if !self.may_claim(host) {
                continue;
            }
            hosts.push((Lease { host, epoch: self.epoch + 1 }, row.get(1)?, clock(row, 2)?));
            self.epoch += 1;
        }
        for (lease, ..) in &hosts {
            self.leases.insert(lease.host, lease.epoch);
        }
        Ok(hosts)
    }

    /// Narrows all further claims to `scope`, and gives how many of its pages are due.
    pub(super) fn restrict_claims(&mut self, scope: &Scope, now: Timestamp) -> Result<u64, StateError> {
        let mut within = Within::default();
        let mut due = 0;
        let mut enter = |row: &Row<'_>| -> rusqlite::Result<()> {
            if within.pages.insert(row.get(0)?) {
                within.hosts.insert(row.get(1)?);
                due += u64::from(row.get::<_, i64>(2)? <= milliseconds(now));
            }
            Ok(())
        };
        for source in &scope.sources {
            let mut select = self.db.prepare_cached(PAGES_OF_SOURCE)?;
            select.query_map([source], &mut enter)?.collect::<rusqlite::Result<()>>()?;
        }
        for key in &scope.pages {
            let mut select = self.db.prepare_cached(PLAN_OF_PAGE)?;
            select.query_map([key.0], &mut enter)?.collect::<rusqlite::Result<()>>()?;
        }
        self.scope = Some(within);
        Ok(due)
    }

    /// Leases hosts that are ready, with their due pages.
    pub(super) fn claim_hosts(&mut self, wanted: &Wanted) -> Result<Vec<Claim>, StateError> {
        if wanted.pages_a_host == 0 {
            return Ok(Vec::new());
        }
        let hosts = self.lease_hosts(wanted)?;
        let leases: Vec<Lease> = hosts.iter().map(|(lease, ..)| *lease).collect();
        let claims = self.with_pages(hosts, wanted);
        if claims.is_err() {
            self.release(&leases)?;
        }
        claims
    }

    /// When the first host that can be claimed may be asked.
    pub(super) fn first_ready(&self, due_by: Timestamp) -> Result<Option<Timestamp>, StateError> {
        let mut select = self.db.prepare_cached(READY_HOSTS)?;
        let mut rows = select.query([i64::MAX, milliseconds(due_by)])?;
        while let Some(row) = rows.next()? {
            if self.may_claim(row.get(0)?) {
                return Ok(Some(time(row, 4)?));
            }
        }
        Ok(None)
    }

    /// Whether nobody has the host, and it is in the scope.
    fn may_claim(&self, host: i64) -> bool {
        !self.leases.contains_key(&host)
            && self.scope.as_ref().is_none_or(|scope| scope.hosts.contains(&host))
    }
}
