//! When a page is asked for again: a pure function of what is remembered about it.
//!
//! - A story: after `fresh` on the day of its publication, then less and less often, about every `old` when it is nearly
//!   `max_age` old, and then no more. A story that did not change in the last visits waits longer, up to four times, but
//!   never more than `old`: pages that never changed are less likely to change (Cho and Garcia-Molina, Estimating
//!   frequency of change, ACM TOIT 2003).
//! - A failure that may pass: after ten minutes, and twice as long after each further one, at most a day. When that did not
//!   help for a week, it is taken for one that lasts.
//! - What lasts (gone, forbidden, no story, a duplicate of another page): every `old`, twice as long after each further
//!   time, until nobody has found the page for `max_age`.
//! - What a server put off: when it said, and after a failure not before it would come back without that.
//!
//! So no page comes back for ever, whether or not a source still names it and whatever its patterns say by now: they choose
//! what is taken up, and from there on the age of a page decides.
//!
//! Pages of one host that failed together don't come back together: each waits up to a quarter longer, by a hash of its
//! URL, so that the same state gives the same plan.

use std::time::Duration;

use jiff::Timestamp;

use super::identity::Digest;
use super::outcome::Outcome;
use super::page::Page;
use crate::config::{Ages, Revisit};
use crate::failure::FailureClass;

const MINUTE: f64 = 60.0;
const DAY: f64 = 24.0 * 60.0 * MINUTE;

/// Wait after the first failure that may pass, in seconds.
const FIRST_BACKOFF: f64 = 10.0 * MINUTE;

/// Longest wait after a failure that may pass, in seconds.
const LONGEST_BACKOFF: f64 = DAY;

/// Failures in a row after which one that may pass is taken for one that lasts: with the waits above, a week.
const PATIENCE: u32 = 14;

/// How often the wait for a page that is not expected to bring anything is doubled at most.
const MOST_DOUBLINGS: u32 = 4;

/// How many times longer each visit without a change makes the next wait, and all of them together at most.
const UNCHANGED_FACTOR: f64 = 1.5;
const UNCHANGED_MOST: f64 = 4.0;

/// The largest part of a wait that is added to it to spread the pages of a host.
const SPREAD: f64 = 0.25;

/// When `page`, which was last asked for at `at` with the outcome that it holds, is due again; `None` for never.
/// `not_before` is what the server or the politeness asked for.
pub(super) fn next_due(
    page: &Page,
    at: Timestamp,
    not_before: Option<Timestamp>,
    revisit: &Revisit,
) -> Option<Timestamp> {
    let not_before = not_before.filter(|earliest| *earliest > at);
    let wait = match (page.outcome?.into(), revisit) {
        (Return::AtOnce, _) => 0.0,
        (Return::Patience, Revisit::ByAge(ages)) if not_before.is_some() => {
            // A story that was had is not asked for longer than if the server let us; one that was never had is.
            page.story.as_ref().map_or(Some(0.0), |_| by_age(page, at, ages).map(|_| 0.0))?
        }
        (Return::Patience, Revisit::Never) if not_before.is_some() => 0.0,
        (Return::Backoff | Return::Patience, _) if page.tries <= PATIENCE => {
            backoff(page.tries) * spread(page)
        }
        (Return::ByAge | Return::Rarely | Return::Backoff | Return::Patience, Revisit::Never) => return None,
        (Return::ByAge, Revisit::ByAge(ages)) => by_age(page, at, ages)?,
        (Return::Rarely | Return::Backoff | Return::Patience, Revisit::ByAge(ages)) => {
            rarely(page, at, ages)? * spread(page)
        }
    };
    let due = later(at, wait);
    Some(not_before.map_or(due, |earliest| due.max(earliest)))
}

/// How the last outcome decides about the next visit.
enum Return {
    /// The fault was ours: the next run may try.
    AtOnce,
    /// A little later may be better.
    Backoff,
    /// The server is well and says when.
    Patience,
    /// By the age of the story.
    ByAge,
    /// A surprise would be needed.
    Rarely,
}

impl From<Outcome> for Return {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Written | Outcome::Unchanged | Outcome::NotModified => Self::ByAge,
            Outcome::Duplicate | Outcome::SetAside(_) => Self::Rarely,
            Outcome::Deferred(FailureClass::RateLimited) => Self::Patience,
            Outcome::Deferred(_) => Self::Backoff,
            Outcome::Failed(FailureClass::WriteFailed | FailureClass::DiskFull) => Self::AtOnce,
            // A server that is too slow, or whose robots.txt is out of reach, may be better later, though not within a run.
            Outcome::Failed(
                FailureClass::TimeoutTotal
                | FailureClass::TooSlow
                | FailureClass::RobotsUnreachable
                | FailureClass::Tls
                | FailureClass::BadHttp,
            ) => Self::Backoff,
            Outcome::Failed(class) if class.is_transient() => Self::Backoff,
            Outcome::Failed(_) => Self::Rarely,
        }
    }
}

/// Seconds to wait after the `tries`-th failure in a row.
fn backoff(tries: u32) -> f64 {
    (FIRST_BACKOFF * f64::from(tries.saturating_sub(1)).exp2()).min(LONGEST_BACKOFF)
}

/// Seconds to wait for a story of its age: `fresh` on the first day, and from there a power of the age that reaches `old`
/// at `max_age`.
fn by_age(page: &Page, at: Timestamp, ages: &Ages) -> Option<f64> {
    let published = page.story.as_ref().and_then(|story| story.published).unwrap_or(page.first_seen);
    let age = seconds_between(published, at);
    let (fresh, old, max_age) = (seconds(ages.fresh), seconds(ages.old), seconds(ages.max_age));
    if age > max_age {
        return None;
    }
    let steepness = if max_age > DAY && fresh > 0.0 && old > fresh {
        (old / fresh).ln() / (max_age / DAY).ln()
    } else {
        0.0
    };
    let wait = fresh * (age / DAY).max(1.0).powf(steepness);
    let settled = UNCHANGED_FACTOR.powf(f64::from(page.unchanged)).min(UNCHANGED_MOST);
    Some((wait * settled).min(old.max(fresh)))
}

/// Seconds to wait for a page that is not expected to bring anything.
fn rarely(page: &Page, at: Timestamp, ages: &Ages) -> Option<f64> {
    if seconds_between(page.first_seen, at) > seconds(ages.max_age) {
        return None;
    }
    let doublings = page.tries.saturating_sub(1).min(MOST_DOUBLINGS);
    Some(seconds(ages.old) * f64::from(doublings).exp2())
}

/// From 1 to 1 and a quarter, by the URL and the try.
fn spread(page: &Page) -> f64 {
    let Digest([first, second, ..]) = Digest::of(format!("{} {}", page.tries, page.url));
    1.0 + SPREAD * f64::from(u16::from_be_bytes([first, second])) / f64::from(u16::MAX)
}

fn seconds(duration: Duration) -> f64 {
    duration.as_secs_f64()
}

/// Seconds from `earlier` to `later`; none when the order is the other way round, as with a story of tomorrow.
fn seconds_between(earlier: Timestamp, later: Timestamp) -> f64 {
    later.duration_since(earlier).as_secs_f64().max(0.0)
}

/// `wait` seconds after `at`, in whole seconds, so that no machine rounds another way; at most the end of time.
fn later(at: Timestamp, wait: f64) -> Timestamp {
    let second = at.as_second().saturating_add(wait.round() as i64);
    if wait < 0.5 { at } else { Timestamp::from_second(second).unwrap_or(Timestamp::MAX) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::article::{Article, PageKind};
    use crate::state::page::Story;
    use crate::state::page::tests::{new_page, time};

    const NOON: &str = "2026-03-01T12:00:00Z";

    /// Hours until the next visit, for a page that was found at noon and asked for `age` hours later.
    fn hours(outcome: Outcome, age: f64, set: impl FnOnce(&mut Page), revisit: &Revisit) -> Option<f64> {
        let mut page = new_page("https://news.example/a", time(NOON));
        page.outcome = Some(outcome);
        set(&mut page);
        let at = later(time(NOON), age * 3600.0);
        next_due(&page, at, None, revisit).map(|due| seconds_between(at, due) / 3600.0)
    }

    fn unset(_: &mut Page) {}

    #[test]
    fn a_fresh_story_is_visited_sooner_than_an_old_one_and_a_very_old_one_never() {
        let wait = |age| hours(Outcome::Written, age, unset, &Revisit::default());
        assert_eq!(wait(0.0), Some(1.0));
        assert_eq!(wait(23.0), Some(1.0));
        let mut last = 1.0;
        for day in 2..=30 {
            let next = wait(f64::from(day) * 24.0).unwrap();
            assert!(next > last, "day {day}: {next} after {last}");
            last = next;
        }
        assert!((last - 7.0 * 24.0).abs() < 0.01, "{last}");
        assert_eq!(wait(30.0 * 24.0 + 1.0), None);
    }

    #[test]
    fn the_time_of_publication_counts_where_it_is_known_and_tomorrow_is_today() {
        let story = |published: &str| {
            let article = Article { published: Some(published.to_owned()), ..Article::default() };
            Some(Story::new(&article, &"https://news.example/a".parse().unwrap(), time(NOON)))
        };
        let wait = |published: &str| {
            hours(Outcome::Written, 0.0, |page| page.story = story(published), &Revisit::default())
        };
        assert_eq!(wait("2026-03-01T09:00:00Z"), Some(1.0));
        assert_eq!(wait("2026-03-09T09:00:00Z"), Some(1.0));
        assert!(wait("2026-02-20").unwrap() > 20.0);
        assert_eq!(wait("2025-02-20"), None);
    }

    #[test]
    fn a_story_that_stays_as_it_is_waits_up_to_four_times_longer() {
        let wait = |unchanged, age| {
            hours(Outcome::NotModified, age, |page| page.unchanged = unchanged, &Revisit::default()).unwrap()
        };
        assert_eq!([wait(0, 1.0), wait(1, 1.0), wait(2, 1.0), wait(50, 1.0)], [1.0, 1.5, 2.25, 4.0]);
        assert_eq!(wait(50, 720.0), 168.0);
    }

    #[test]
    fn a_failure_that_may_pass_backs_off_and_comes_back_though_revisits_are_off() {
        let wait = |tries| {
            hours(Outcome::Failed(FailureClass::Connect), 0.0, |page| page.tries = tries, &Revisit::Never)
        };
        for (tries, at_least) in [(1, 1.0 / 6.0), (2, 1.0 / 3.0), (3, 2.0 / 3.0), (9, 24.0), (14, 24.0)] {
            let hours = wait(tries).unwrap();
            assert!(hours >= at_least && hours <= at_least * 1.25 + 0.001, "{tries}: {hours}");
        }
        assert_eq!(wait(15), None);
        let mut spread: Vec<i64> = Vec::new();
        for number in 0..20 {
            let url = format!("https://news.example/{number}");
            let set = |page: &mut Page| (page.url, page.tries) = (url.parse().unwrap(), 1);
            let hours = hours(Outcome::Failed(FailureClass::Connect), 0.0, set, &Revisit::Never).unwrap();
            spread.push((hours * 3600.0).round() as i64);
        }
        spread.sort_unstable();
        spread.dedup();
        assert!(spread.len() > 10, "{spread:?}");
    }

    #[test]
    fn what_lasts_is_visited_rarely_and_then_no_more() {
        let outcomes = [
            Outcome::Failed(FailureClass::Http4xx),
            Outcome::Failed(FailureClass::RobotsDisallowed),
            Outcome::SetAside(PageKind::Index),
            Outcome::Duplicate,
        ];
        for outcome in outcomes {
            let first = hours(outcome, 0.0, |page| page.tries = 1, &Revisit::default()).unwrap();
            let second = hours(outcome, 0.0, |page| page.tries = 2, &Revisit::default()).unwrap();
            assert!((168.0..=210.0).contains(&first) && second >= 336.0, "{outcome:?}: {first}, {second}");
            assert_eq!(hours(outcome, 721.0, |page| page.tries = 3, &Revisit::default()), None);
            assert_eq!(hours(outcome, 0.0, |page| page.tries = 1, &Revisit::Never), None);
        }
    }

    #[test]
    fn a_deferred_page_is_due_when_the_server_said_and_never_before() {
        let mut page = new_page("https://news.example/a", time(NOON));
        let (at, later) = (time(NOON), time("2026-03-02T07:30:00Z"));
        page.tries = 3;
        for outcome in [Outcome::Deferred(FailureClass::RateLimited), Outcome::Failed(FailureClass::Http5xx)]
        {
            page.outcome = Some(outcome);
            assert_eq!(next_due(&page, at, Some(later), &Revisit::Never), Some(later));
            let long_ago = Some(time("1970-01-01T00:00:00Z"));
            assert_eq!(
                next_due(&page, at, long_ago, &Revisit::Never),
                next_due(&page, at, None, &Revisit::Never)
            );
        }
        page.outcome = Some(Outcome::Written);
        assert_eq!(next_due(&page, at, Some(later), &Revisit::default()), Some(later));
        assert_eq!(next_due(&page, at, Some(later), &Revisit::Never), None);
    }

    #[test]
    fn no_story_comes_back_for_ever_though_its_server_always_asks_for_patience() {
        let mut page = new_page("https://news.example/a", time(NOON));
        page.outcome = Some(Outcome::Deferred(FailureClass::RateLimited));
        let due = |page: &Page, day: &str| {
            let not_before = Some(time("2027-01-01T00:00:00Z"));
            next_due(page, time(day), not_before, &Revisit::default()).is_some()
        };
        assert!(due(&page, "2026-12-31T00:00:00Z"), "it was never had");
        let url = "https://news.example/a".parse().unwrap();
        page.story = Some(Story::new(&Article::default(), &url, time(NOON)));
        assert!(due(&page, "2026-03-31T00:00:00Z") && !due(&page, "2026-04-02T00:00:00Z"));
    }

    #[test]
    fn a_full_disk_is_no_fault_of_the_page() {
        assert_eq!(hours(Outcome::Failed(FailureClass::DiskFull), 0.0, unset, &Revisit::Never), Some(0.0));
    }

    #[test]
    fn odd_ages_in_the_config_still_give_a_plan() {
        let ages = |fresh, old, max_age| {
            Revisit::ByAge(Ages {
                fresh: Duration::from_secs(fresh),
                old: Duration::from_secs(old),
                max_age: Duration::from_secs(max_age),
            })
        };
        assert_eq!(hours(Outcome::Written, 1.0, unset, &ages(7200, 3600, 1 << 40)), Some(2.0));
        assert_eq!(hours(Outcome::Written, 1.0, unset, &ages(0, 3600, 86400)), Some(0.0));
        assert_eq!(hours(Outcome::Written, 0.0, unset, &ages(3600, 3600, 0)), Some(1.0));
        let endless = ages(u64::MAX, u64::MAX, u64::MAX);
        assert!(hours(Outcome::Written, 1.0, unset, &endless).is_some());
    }
}
