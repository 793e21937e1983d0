//! Signals that ask a command to end: it then leaves its outputs whole.

use crate::summary::{INTERRUPTED, TERMINATED};

/// Waits for SIGINT or SIGTERM, and says which exit code it calls for.
pub(super) async fn interrupted() -> u8 {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            return tokio::select! {
                _ = tokio::signal::ctrl_c() => INTERRUPTED,
                _ = terminate.recv() => TERMINATED,
            };
        }
    }
    let _ = tokio::signal::ctrl_c().await;
    INTERRUPTED
}
