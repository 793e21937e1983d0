//! What every state must do, as functions over the trait: [`all`] is run against each implementation.

#![allow(clippy::unwrap_used)]

mod frontier;
mod memory;

use jiff::Timestamp;

use super::host::{Clock, Lease, Wanted};
use super::identity::Digest;
use super::outcome::Outcome;
use super::output::Extent;
use super::page::{NewPage, Page, Story, Visit};
use super::{Record, State};
use crate::article::Article;
use crate::config::Revisit;
use crate::failure::FailureClass;

/// What a state must do.
type Check = fn(Box<dyn State>);

/// Where one state lives.
pub(super) trait Place {
    /// An empty place.
    fn empty() -> Self;
    /// Opens the state here, or begins one.
    fn open(&self) -> Box<dyn State>;
    /// Ends a state of this place as a kill does, without any last words, and opens it again.
    fn reopen_killed(&self, state: Box<dyn State>) -> Box<dyn State>;
}

/// Runs every check, each in an empty place.
pub(super) fn all<P: Place>() {
    for check in frontier::CHECKS.iter().chain(&memory::CHECKS) {
        let place = P::empty();
        check(place.open());
    }
    frontier::a_state_that_was_killed_has_what_was_recorded_and_nothing_claimed(&P::empty());
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).unwrap()
}

fn extent(length: u64) -> Extent {
    Extent { name: "a.jsonl".to_owned(), length, tail: Digest::of("tail"), is_superseded: length > 9 }
}

fn page(host: &str, path: &str) -> NewPage {
    let url = format!("https://{host}/{path}").parse().unwrap();
    NewPage::new(url, format!("{host}:443"))
}

fn pages(host: &str, count: usize) -> Vec<NewPage> {
    (0..count).map(|number| page(host, &number.to_string())).collect()
}

fn wanted(now: i64, hosts: usize, pages_a_host: usize) -> Wanted {
    Wanted { now: at(now), due_by: at(now), hosts, pages_a_host }
}

fn visit(now: i64, outcome: Outcome) -> Visit {
    Visit { at: at(now), outcome, not_before: None, answer: None, story: None }
}

fn resting_until(seconds: i64) -> Clock {
    Clock { next_at: at(seconds), delay: None }
}

fn gone(now: i64, lease: Lease, page: &Page) -> Record {
    let page = page.after(visit(now, Outcome::Failed(FailureClass::Http4xx)), &Revisit::Never);
    Record { lease, page, clock: resting_until(now + 1), article: None }
}

fn article(body: &str) -> Article {
    Article { title: Some("Ferry returns".to_owned()), body: body.to_owned(), ..Article::default() }
}

fn written(now: i64, page: &Page, story: Story) -> Page {
    page.after(Visit { story: Some(story), ..visit(now, Outcome::Written) }, &Revisit::default())
}

/// Claims, records every page as gone, releases, and gives the paths in the order of the claims.
fn work(state: &mut dyn State, wanted: &Wanted) -> Vec<String> {
    let mut order = Vec::new();
    for claim in state.claim(wanted).unwrap() {
        let now = wanted.now.as_second() - at(0).as_second();
        let records: Vec<Record> = claim.pages.iter().map(|page| gone(now, claim.lease, page)).collect();
        assert_eq!(state.record(&records, &[]).unwrap(), []);
        state.release(&[claim.lease]).unwrap();
        order.extend(claim.pages.iter().map(|page| page.url.as_str().replace("https://", "")));
    }
    order
}
