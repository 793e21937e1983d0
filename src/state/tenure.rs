//! How long leases hold: what tells whoever asks hosts when to fall silent, and that there is new work.
//!
//! A state that one process has for itself gives leases for ever. One that is shared gives them for a term, which it extends
//! while it reaches the others; when it does not, the term ends here before anybody else may have the hosts.

use std::future::pending;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

/// The term of all leases of one process; clones share it.
#[derive(Debug, Clone, Default)]
pub struct Tenure(Option<Arc<Shared>>);

#[derive(Debug)]
struct Shared {
    term: Mutex<Term>,
    work: Notify,
}

/// A time for which leases hold. Those of an earlier term are lost.
#[derive(Debug, Clone, Copy)]
struct Term {
    number: u64,
    until: Instant,
}

impl Tenure {
    /// A first term that ends at `until`.
    pub fn until(until: Instant) -> Self {
        let term = Mutex::new(Term { number: 0, until });
        Self(Some(Arc::new(Shared { term, work: Notify::new() })))
    }

    /// Has the present term end at `until`.
    pub fn extend(&self, until: Instant) {
        if let Some(shared) = &self.0 {
            shared.term().until = until;
        }
    }

    /// Begins a new term: all leases of the present one are lost.
    pub fn begin(&self, until: Instant) {
        if let Some(shared) = &self.0 {
            let mut term = shared.term();
            *term = Term { number: term.number + 1, until };
        }
    }

    /// Whether leases that are given now hold at all.
    pub fn holds(&self) -> bool {
        self.0.as_ref().is_none_or(|shared| shared.term().until > Instant::now())
    }

    /// Waits until the leases of the present term don't hold any more, which may be never.
    pub fn end(&self) -> impl Future<Output = ()> + Send + use<> {
        let shared = self.0.clone();
        let number = shared.as_ref().map(|shared| shared.term().number);
        async move {
            let Some(shared) = shared else { return pending().await };
            loop {
                let term = *shared.term();
                if Some(term.number) != number || term.until <= Instant::now() {
                    return;
                }
                sleep_until(term.until).await;
            }
        }
    }

    /// Says that there may be new work.
    pub fn wake(&self) {
        if let Some(shared) = &self.0 {
            shared.work.notify_one();
        }
    }

    /// Waits until there may be new work.
    pub async fn work(&self) {
        match &self.0 {
            Some(shared) => shared.work.notified().await,
            None => pending().await,
        }
    }
}

impl Shared {
    fn term(&self) -> std::sync::MutexGuard<'_, Term> {
        // A panic elsewhere can't leave two words half changed.
        self.term.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn leases_end_with_their_term_and_not_while_it_is_extended() {
        let tenure = Tenure::until(Instant::now() + SECOND);
        let end = tenure.end();
        tenure.extend(Instant::now() + 3 * SECOND);
        let began = Instant::now();
        end.await;
        assert_eq!((began.elapsed().as_secs(), tenure.holds()), (3, false));
        assert!(Tenure::default().holds());
        assert!(timeout(SECOND, Tenure::default().end()).await.is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn a_new_term_ends_the_leases_of_the_one_before() {
        let tenure = Tenure::until(Instant::now() + SECOND);
        let end = tenure.end();
        tenure.begin(Instant::now() + 9 * SECOND);
        timeout(SECOND / 2, end).await.unwrap();
        assert!(timeout(SECOND, tenure.end()).await.is_err());
    }
}
