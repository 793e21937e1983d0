//! Leave to ask hosts, where other processes ask them, too.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// Whoever knows whether another process asks a host. Its calls may block for as long as a database takes.
pub trait Gate: fmt::Debug + Send + Sync {
    /// Whether the host of this clock may be asked now; then no other process asks it until [`Gate::leave`].
    fn enter(&self, host: &str) -> bool;

    /// The request is over, and the host wants a pause of this length.
    fn leave(&self, host: &str, pause: Duration);
}

/// A gate that may be there; clones share it.
#[derive(Debug, Clone, Default)]
pub(super) struct Entrance(Arc<OnceLock<Arc<dyn Gate>>>);

/// A host that was entered.
#[derive(Debug)]
pub(super) struct Pass {
    gate: Arc<dyn Gate>,
    host: String,
}

impl Entrance {
    /// Puts up the gate, once.
    pub(super) fn set(&self, gate: Arc<dyn Gate>) {
        // A second gate would be that of the same state.
        let _ = self.0.set(gate);
    }

    /// Enters a host: with a pass where there is a gate that must be left again. `None` when it can't be entered now.
    pub(super) fn enter(&self, host: &str) -> Option<Option<Pass>> {
        match self.0.get() {
            None => Some(None),
            Some(gate) => {
                gate.enter(host).then(|| Some(Pass { gate: Arc::clone(gate), host: host.to_owned() }))
            }
        }
    }
}

impl Pass {
    /// Leaves the host.
    pub(super) fn leave(self, pause: Duration) {
        self.gate.leave(&self.host, pause);
    }
}
