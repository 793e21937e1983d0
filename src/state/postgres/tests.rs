#![allow(clippy::unwrap_used)]

use std::cell::RefCell;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::state::conformance::{self, Place};

#[path = "../../../tests/it/fleet/database.rs"]
#[allow(dead_code, reason = "not all of what integration tests need")]
mod database;

use database::Database;

/// So short that a test can wait for its end.
const LEASE: Duration = Duration::from_millis(600);

thread_local! {
    /// The server of the test that runs on this thread, and how many databases it has.
    static SERVER: RefCell<Option<Database>> = const { RefCell::new(None) };
}

static DATABASES: AtomicUsize = AtomicUsize::new(0);

/// An empty database.
struct Empty(String);

impl Place for Empty {
    fn empty() -> Self {
        let name = format!("place_{}", DATABASES.fetch_add(1, Ordering::SeqCst));
        SERVER.with_borrow(|server| Self(server.as_ref().unwrap().create(&name)))
    }

    fn open(&self) -> Box<dyn State> {
        Box::new(member(&self.0, "one"))
    }

    fn reopen_killed(&self, state: Box<dyn State>) -> Box<dyn State> {
        drop(state);
        let state = self.open();
        // Those who come after a worker that was killed wait for the end of its time.
        std::thread::sleep(LEASE * 2);
        state
    }
}

fn member(url: &str, name: &str) -> Postgres {
    let membership = Membership { name: name.to_owned(), lease: LEASE, delay: Duration::ZERO };
    open(url, membership, Arc::default()).unwrap()
}

/// Starts a server for the test of this name, if there is one to be had.
fn is_served(test: &str) -> bool {
    SERVER.with_borrow_mut(|server| {
        *server = Database::start(test);
        server.is_some()
    })
}

#[test]
fn a_state_in_postgresql_does_what_every_state_must() {
    if is_served("a_state_in_postgresql_does_what_every_state_must") {
        conformance::all::<Empty>();
    }
}
