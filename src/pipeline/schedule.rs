//! The course of a run: hosts are claimed as there is room for them, and what their pages bring is recorded in batches.

use std::pin::Pin;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::{Instant, sleep_until};
use url::Url;

use super::crew::{Crew, News, origin};
use super::ledger::Ledger;
use crate::state::host::{Claim, Robots, Wanted};
use crate::state::{State, StateError};
use crate::summary::Summary;

/// Pages of a host in one claim: so many that a host need not wait for the next claim often, and so few that the others
/// don't wait for it.
const PAGES_A_CLAIM: usize = 64;

/// How long what is under way may take to come to an end when the run is asked to end.
const DRAIN: Duration = Duration::from_millis(750);

/// How long one that finds nothing to do waits before it looks again, besides being told.
const IDLE: Duration = Duration::from_secs(1);

/// The shortest time between a claim that brought nothing and the next one.
const IN_VAIN: Duration = Duration::from_millis(50);

/// When the work is at its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stay {
    /// When nothing more can be claimed.
    Alone,
    /// When nothing more can be claimed and nobody else has leases, who might leave work behind.
    WithOthers,
    /// Never: what comes due is taken up.
    ForEver,
}

/// What bounds a run.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// When it ends by itself.
    pub stay: Stay,
    /// Pages that are due later than this are left to the next run. It is of no account to one that stays for ever.
    pub due_by: Timestamp,
    /// The most pages that are visited.
    pub pages: usize,
    /// The longest time that is waited for a host that rests.
    pub longest_wait: Duration,
}

/// Works off what is due in the state. Ends when nothing is, when the bounds are met, when the outputs can't be written,
/// or soon after `stop`, with what that says.
///
/// # Errors
/// When the state can't be read or written. What was recorded before is there.
pub async fn work_off(
    state: &mut dyn State,
    crew: &mut Crew,
    ledger: &mut Ledger<'_>,
    bounds: Bounds,
    mut stop: Pin<&mut impl Future<Output = u8>>,
    mut show: impl FnMut(&Summary, &Crew),
) -> Result<Option<u8>, StateError> {
    let mut left = bounds.pages;
    let tenure = crew.tenure().clone();
    let is_over = |time: &Instant| *time <= Instant::now();
    // When to look for hosts that can be taken on.
    let mut look_at = Some(Instant::now());
    loop {
        if look_at.as_ref().is_some_and(is_over) {
            look_at = claim(state, crew, bounds, &mut left)?;
        }
        if crew.is_idle() && look_at.is_none() && ledger.is_clear() {
            if left == 0 || !is_more_to_come(state, bounds.stay)? {
                return Ok(None);
            }
            look_at = Some(Instant::now() + IDLE);
        }
        let flush_by =
            if crew.is_idle() && !ledger.is_clear() { Some(Instant::now()) } else { ledger.flush_by() };
        let wake = [look_at, flush_by].into_iter().flatten().min();
        tokio::select! {
            biased;
            code = &mut stop => {
                drain(state, crew, ledger).await?;
                return Ok(Some(code));
            }
            news = crew.next(), if !crew.is_idle() => {
                if let Some(news) = news {
                    look_at = look_at.or_else(|| news.is_done().then(Instant::now));
                    take(state, ledger, news)?;
                }
            }
            () = tenure.work(), if crew.room() > 0 => look_at = Some(Instant::now()),
            () = sleep_until(wake.unwrap_or_else(Instant::now)), if wake.is_some() => {}
        }
        if flush_by.as_ref().is_some_and(is_over) {
            ledger.flush(state)?;
            // Hosts that were given back may have more pages.
            look_at = Some(Instant::now());
        }
        show(ledger.summary(), crew);
        if ledger.is_stuck() {
            drain(state, crew, ledger).await?;
            return Ok(None);
        }
    }
}

/// Takes on as many hosts as there is room for, and says when to look for more: not at all while the room is full.
fn claim(
    state: &mut dyn State,
    crew: &mut Crew,
    bounds: Bounds,
    left: &mut usize,
) -> Result<Option<Instant>, StateError> {
    if *left == 0 || crew.room() == 0 {
        return Ok(None);
    }
    let now = Timestamp::now();
    let due_by = if bounds.stay == Stay::ForEver { now } else { bounds.due_by };
    let wanted = Wanted { now, due_by, hosts: crew.room(), pages_a_host: PAGES_A_CLAIM.min(*left) };
    let mut spare = Vec::new();
    let claims = state.claim(&wanted)?;
    let soonest = if claims.is_empty() { IN_VAIN } else { Duration::ZERO };
    for mut claim in claims {
        claim.pages.truncate(*left);
        if claim.pages.is_empty() {
            spare.push(claim.lease);
            continue;
        }
        *left -= claim.pages.len();
        let robots = remembered(state, crew, &claim)?;
        crew.take_on(claim, robots);
    }
    state.release(&spare)?;
    if *left == 0 || crew.room() == 0 {
        return Ok(None);
    }
    let next = state.next_ready(due_by)?;
    let wait = next.map(|next| Duration::try_from(next.duration_since(Timestamp::now())).unwrap_or_default());
    let wait = wait.filter(|wait| *wait <= bounds.longest_wait).map(|wait| wait.max(soonest));
    Ok(wait.and_then(|wait| Instant::now().checked_add(wait)))
}

/// Whether one that has nothing to do may have some later.
fn is_more_to_come(state: &mut dyn State, stay: Stay) -> Result<bool, StateError> {
    match stay {
        Stay::Alone => Ok(false),
        Stay::WithOthers => state.is_leased_by_others(),
        Stay::ForEver => Ok(true),
    }
}

/// What the state knows of the robots.txt of the pages of a claim, and the client does not.
fn remembered(state: &mut dyn State, crew: &Crew, claim: &Claim) -> Result<Vec<(Url, Robots)>, StateError> {
    let mut origins: Vec<Url> = claim
        .pages
        .iter()
        .filter(|page| page.url.scheme() != "file")
        // Where a page was led to before, it will be led to again.
        .flat_map(|page| [Some(&page.url), page.answer.url.as_ref()])
        .filter_map(|url| origin(url?))
        .collect();
    origins.sort_unstable();
    origins.dedup();
    origins.retain(|origin| crew.client().facts(origin).robots.is_none());
    let mut robots = Vec::new();
    for origin in origins {
        if let Some(known) = state.robots(&origin.origin().ascii_serialization())? {
            robots.push((origin, known));
        }
    }
    Ok(robots)
}

fn take(state: &mut dyn State, ledger: &mut Ledger<'_>, news: News) -> Result<(), StateError> {
    match news {
        News::Visited(visited) => ledger.enter(state, *visited)?,
        News::Done(done) => ledger.finish(done),
    }
    Ok(())
}

/// Begins nothing more, waits a moment for what is under way, and records what has come. What comes too late for one last
/// batch is left to the next run, since writing takes its time, too.
async fn drain(state: &mut dyn State, crew: &mut Crew, ledger: &mut Ledger<'_>) -> Result<(), StateError> {
    crew.stop();
    let deadline = Instant::now() + DRAIN;
    while !ledger.is_full()
        && let Ok(Some(news)) = tokio::time::timeout_at(deadline, crew.next()).await
    {
        take(state, ledger, news)?;
    }
    crew.abandon();
    ledger.flush(state)
}
