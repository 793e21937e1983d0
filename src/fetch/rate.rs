//! The minimum rate: a body that drips is given up, however patiently its server does it.

use std::io;
use std::time::Duration;

use bytesize::ByteSize;
use futures::{Stream, TryStreamExt};
use tokio::time::Instant;

use crate::failure::{Failure, FailureClass};

/// The time over which the rate is taken, so that a pause alone does no harm.
const WINDOW: Duration = Duration::from_secs(10);

/// The `pieces` of a body, as long as they bring `min_rate` a second; `name` is what a message calls the page.
///
/// The error then is a [`Failure`] of the class `too_slow`. Silence is left to the read timeout.
pub(super) fn at_least<T: AsRef<[u8]>>(
    min_rate: ByteSize,
    name: String,
    pieces: impl Stream<Item = io::Result<T>>,
) -> impl Stream<Item = io::Result<T>> {
    let wanted = min_rate.as_u64().saturating_mul(WINDOW.as_secs());
    let (mut begun, mut had) = (Instant::now(), 0);
    pieces.and_then(move |piece| {
        had += piece.as_ref().len() as u64;
        let verdict = if begun.elapsed() < WINDOW {
            Ok(piece)
        } else if had < wanted {
            let message = format!("`{name}` brought less than {min_rate} a second over {WINDOW:?}");
            Err(io::Error::other(Failure::new(FailureClass::TooSlow, message)))
        } else {
            (begun, had) = (Instant::now(), 0);
            Ok(piece)
        };
        std::future::ready(verdict)
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use futures::{StreamExt, stream};
    use tokio::time::sleep;

    use super::*;

    /// What comes of `count` pieces of `size` bytes with `pause` before each.
    async fn outcome(
        min_rate: u64,
        count: usize,
        size: usize,
        pause: Duration,
    ) -> Result<usize, FailureClass> {
        let pieces = stream::iter(0..count).then(async |_| {
            sleep(pause).await;
            Ok(vec![0; size])
        });
        let guarded = at_least(ByteSize::b(min_rate), "http://a.example/".to_owned(), pieces);
        let whole = guarded.try_fold(0, async |sum, piece: Vec<u8>| Ok(sum + piece.len())).await;
        whole.map_err(|error| error.downcast::<Failure>().unwrap().class)
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_drips_is_too_slow_and_one_that_pauses_or_is_short_is_not() {
        let second = Duration::from_secs(1);
        assert_eq!(outcome(100, 60, 10, second).await, Err(FailureClass::TooSlow));
        assert_eq!(outcome(100, 60, 100, second).await, Ok(6000));
        assert_eq!(outcome(100, 5, 1, second).await, Ok(5));
        assert_eq!(outcome(100, 6, 2000, 11 * second).await, Ok(12_000));
        assert_eq!(outcome(0, 60, 1, second).await, Ok(60));
    }
}
