//! Signals that ask a command to end: it then leaves its outputs whole.

use crate::summary::{INTERRUPTED, TERMINATED};

/// Listens from now on for SIGINT and SIGTERM; what it gives waits for one of them, and says which exit code it calls for.
pub(super) fn interrupted() -> impl Future<Output = u8> {
    #[cfg(unix)]
    let signals = {
        use tokio::signal::unix::{SignalKind, signal};
        signal(SignalKind::interrupt()).ok().zip(signal(SignalKind::terminate()).ok())
    };
    async move {
        #[cfg(unix)]
        if let Some((mut interrupt, mut terminate)) = signals {
            return tokio::select! {
                _ = interrupt.recv() => INTERRUPTED,
                _ = terminate.recv() => TERMINATED,
            };
        }
        let _ = tokio::signal::ctrl_c().await;
        INTERRUPTED
    }
}
