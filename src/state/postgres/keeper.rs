//! Whoever keeps a worker alive: a thread with a connection of its own that is heard of in time, takes hosts from workers that
//! are not, and listens for new work.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use postgres::Error;
use postgres::fallible_iterator::FallibleIterator;
use tokio::time::Instant;

use super::address::Address;
use super::link::{Line, Link};
use super::statements::{BURY, DEAD, INHERIT, REGISTER, STAY_ALIVE};
use super::{Membership, milliseconds};
use crate::state::StateError;
use crate::state::host::pause;
use crate::state::tenure::Tenure;

/// How often a worker is heard of within the time of a lease.
const BEATS: u32 = 3;

/// The worker of this process, as long as the value is there.
pub(super) struct Keeper {
    pub(super) standing: Standing,
    is_over: Arc<AtomicBool>,
}

/// Who the worker is, and how long it has what it has; clones share it.
#[derive(Clone)]
pub(super) struct Standing {
    /// The present id of the worker. One that was taken for dead gets another, and has lost all that it had.
    id: Arc<AtomicI64>,
    pub(super) tenure: Tenure,
}

impl Standing {
    pub(super) fn id(&self) -> i64 {
        self.id.load(Ordering::SeqCst)
    }

    /// Whether leases of the worker `id` can still be had.
    pub(super) fn is_still(&self, id: i64) -> bool {
        self.id() == id && self.tenure.holds()
    }
}

/// What the thread works with.
struct Watch {
    membership: Membership,
    id: Arc<AtomicI64>,
    tenure: Tenure,
    is_over: Arc<AtomicBool>,
    line: Line,
}

impl Keeper {
    /// Enters a worker, and keeps it alive from now on.
    pub(super) fn start(line: &mut Line, membership: &Membership) -> Result<Self, StateError> {
        let began = Instant::now();
        let id = Arc::new(AtomicI64::new(line.call(|link| register(link, membership))?));
        let tenure = Tenure::until(began + membership.lease);
        let is_over = Arc::new(AtomicBool::new(false));
        let watch = Watch {
            membership: membership.clone(),
            id: Arc::clone(&id),
            tenure: tenure.clone(),
            is_over: Arc::clone(&is_over),
            line: quiet_line(line.address().clone()),
        };
        std::thread::Builder::new()
            .name("keeper".to_owned())
            .spawn(move || watch.keep())
            .map_err(|error| StateError::Database(error.into()))?;
        Ok(Self { standing: Standing { id, tenure }, is_over })
    }

    /// Is not heard of any more.
    #[cfg(test)]
    pub(super) fn silence(&self) {
        self.is_over.store(true, Ordering::SeqCst);
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::SeqCst);
    }
}

/// A line that never waits: whoever keeps time can't be late without noticing.
fn quiet_line(address: Address) -> Line {
    Line::new(address, None)
}

fn register(link: &mut Link, membership: &Membership) -> Result<i64, Error> {
    let values: [&(dyn postgres::types::ToSql + Sync); 3] =
        [&membership.name, &milliseconds(membership.lease), &pause(membership.delay)];
    let row = link.row(REGISTER, &values)?;
    Ok(row.map(|row| row.get(0)).unwrap_or_default())
}

impl Watch {
    fn keep(mut self) {
        let beat = self.membership.lease / BEATS;
        while !self.is_over.load(Ordering::SeqCst) {
            let began = Instant::now();
            match self.beat(began) {
                Ok(()) => {
                    if self.listen(beat).is_err() {
                        // The next beat finds out what has become of the connection.
                        self.pause(beat / 4);
                    }
                }
                Err(error) => {
                    tracing::debug!("the worker is not heard of: {error:#}");
                    self.pause(beat / 4);
                }
            }
        }
    }

    fn pause(&self, time: Duration) {
        std::thread::sleep(time.max(Duration::from_millis(10)));
    }

    /// Is heard of, and looks for others that are not.
    fn beat(&mut self, began: Instant) -> Result<(), StateError> {
        let (membership, id) = (&self.membership, self.id.load(Ordering::SeqCst));
        let lease = milliseconds(membership.lease);
        let now = self.line.call(|link| {
            let is_known = link.change(STAY_ALIVE, &[&id, &lease])? == 1;
            if is_known { Ok(id) } else { register(link, membership) }
        })?;
        let until = began + membership.lease;
        if now == id {
            self.tenure.extend(until);
        } else {
            tracing::warn!("the database has not heard of this worker for too long: it begins anew");
            self.id.store(now, Ordering::SeqCst);
            self.tenure.begin(until);
        }
        if self.line.call(|link| bury(link, now, lease))? > 0 {
            self.tenure.wake();
        }
        Ok(())
    }

    /// Listens for new work for a while.
    fn listen(&mut self, time: Duration) -> Result<(), StateError> {
        let tenure = &self.tenure;
        let is_over = &self.is_over;
        let is_new = self.line.was_lost();
        self.line.call(|link| {
            if is_new {
                link.script("LISTEN pressclip")?;
            }
            let mut notifications = link.client().notifications();
            let mut said = notifications.timeout_iter(time);
            while said.next()?.is_some() {
                tenure.wake();
                if is_over.load(Ordering::SeqCst) {
                    break;
                }
            }
            Ok(())
        })
    }
}

/// Takes the hosts of workers that are not heard of from them, and gives the number of such workers.
fn bury(link: &mut Link, me: i64, lease: f64) -> Result<usize, Error> {
    link.together(|link| {
        let dead = link.rows(DEAD, &[&me, &lease])?;
        if dead.is_empty() {
            return Ok(0);
        }
        let column = |place: usize| dead.iter().map(|row| row.get(place)).collect::<Vec<i64>>();
        link.change(INHERIT, &[&column(0), &column(1), &column(2)])?;
        link.change(BURY, &[&column(0)])?;
        link.script("NOTIFY pressclip")?;
        Ok(dead.len())
    })
}
