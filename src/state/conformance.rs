//! What every state must do, as functions over the trait: [`all`] is run against each implementation.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use super::duplicate::{self, Likeness};
use super::figures::{Figures, HostFigures, Look, MOST_RUNS, Why};
use super::host::{Clock, Lease, Robots, Wanted};
use super::identity::Digest;
use super::outcome::Outcome;
use super::output::Extent;
use super::page::{NewPage, Page, PageId, Story, Visit};
use super::run::Outcomes;
use super::source::{Document, Hints};
use super::status::{Change, Selection};
use super::{Added, Record, State};
use crate::article::Article;
use crate::config::Revisit;
use crate::failure::FailureClass;
use crate::fetch::Validators;

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
    for check in [
        a_page_is_there_once_and_keeps_its_history,
        hosts_take_turns_and_the_order_of_a_host_is_kept,
        a_host_rests_until_its_clock_says_so,
        new_pages_go_before_revisits_and_later_ones_wait_for_the_next_run,
        a_leased_host_is_nobody_elses_and_a_lost_lease_records_nothing,
        a_record_is_read_as_it_was_written,
        facts_of_hosts_are_remembered,
        a_page_can_be_made_due,
        duplicates_are_found_among_records_and_those_that_wait,
        counts_and_runs_are_told,
        figures_of_the_last_runs_are_kept,
        the_extent_of_an_output_is_recorded_with_its_pages,
        a_page_remembers_its_source_and_what_that_said,
        sources_and_their_documents_are_remembered,
        what_waits_can_be_changed_by_hand_and_it_is_told_how_it_stands,
    ] {
        let place = P::empty();
        check(place.open());
    }
    a_state_that_was_killed_has_what_was_recorded_and_nothing_claimed(&P::empty());
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

fn a_page_is_there_once_and_keeps_its_history(mut state: Box<dyn State>) {
    let one = NewPage {
        source: Some("x".to_owned()),
        name: Some("First".to_owned()),
        ..page("a.example", "x?utm_source=feed")
    };
    let again = page("a.example", "x#top");
    let added = state.add(&[one.clone(), again.clone(), page("a.example", "y")], at(0)).unwrap();
    assert_eq!(added, Added { new: 2, known: 1 });
    let claim = state.claim(&wanted(0, 1, 1)).unwrap().remove(0);
    assert_eq!((&claim.pages[0].url, claim.pages[0].name.as_deref()), (&one.url, Some("First")));
    assert_eq!(claim.pages[0].source(), "x");
    state.record(&[gone(5, claim.lease, &claim.pages[0])], &[]).unwrap();
    let before = state.page(Digest::of_page(&one.url)).unwrap().unwrap();
    assert_eq!((before.first_seen, before.visited_at, before.tries), (at(0), Some(at(5)), 1));
    assert_eq!(state.add(std::slice::from_ref(&again), at(9)).unwrap(), Added { new: 0, known: 1 });
    assert_eq!(state.page(Digest::of_page(&again.url)).unwrap(), Some(before));
    assert_eq!(state.page(Digest::of("nothing")).unwrap(), None);
}

fn hosts_take_turns_and_the_order_of_a_host_is_kept(mut state: Box<dyn State>) {
    state.add(&pages("big.example", 10_000), at(0)).unwrap();
    state.add(&pages("small.example", 2), at(0)).unwrap();
    state.add(&pages("tiny.example", 1), at(0)).unwrap();
    let now = wanted(0, 1, 2);
    let mut order = work(&mut *state, &now);
    for second in 1..=4 {
        order.extend(work(&mut *state, &wanted(second, 1, 2)));
    }
    assert_eq!(
        order,
        [
            "big.example/0",
            "big.example/1",
            "small.example/0",
            "small.example/1",
            "tiny.example/0",
            "big.example/2",
            "big.example/3",
            "big.example/4",
            "big.example/5"
        ]
    );
    assert_eq!(state.claim(&wanted(9, 5, 20_000)).unwrap()[0].pages.len(), 9_994);
}

fn a_host_rests_until_its_clock_says_so(mut state: Box<dyn State>) {
    state.add(&pages("a.example", 2), at(0)).unwrap();
    let claim = state.claim(&wanted(0, 9, 1)).unwrap().remove(0);
    assert_eq!(claim.clock, Clock::default());
    let clock = Clock { next_at: at(100), delay: Some(Duration::from_millis(1500)) };
    state.record(&[Record { clock, ..gone(0, claim.lease, &claim.pages[0]) }], &[]).unwrap();
    assert_eq!(state.next_ready(at(1000)).unwrap(), None);
    state.release(&[claim.lease]).unwrap();
    assert_eq!(state.claim(&wanted(99, 9, 9)).unwrap(), []);
    assert_eq!(state.next_ready(at(0)).unwrap(), Some(at(100)));
    let claim = state.claim(&wanted(100, 9, 9)).unwrap().remove(0);
    assert_eq!((claim.clock, claim.pages.len()), (clock, 1));
}

fn new_pages_go_before_revisits_and_later_ones_wait_for_the_next_run(mut state: Box<dyn State>) {
    state.add(&[page("a.example", "old")], at(0)).unwrap();
    let claim = state.claim(&wanted(0, 1, 1)).unwrap().remove(0);
    let deferred =
        Visit { not_before: Some(at(50)), ..visit(0, Outcome::Deferred(FailureClass::RateLimited)) };
    let old = claim.pages[0].after(deferred, &Revisit::Never);
    state
        .record(&[Record { lease: claim.lease, page: old, clock: resting_until(1), article: None }], &[])
        .unwrap();
    state.release(&[claim.lease]).unwrap();
    // A run that began at 20 has met the page and leaves it alone, though it goes on until 60.
    let run = Wanted { now: at(60), due_by: at(20), hosts: 9, pages_a_host: 9 };
    assert_eq!(state.claim(&run).unwrap(), []);
    assert_eq!(state.next_ready(run.due_by).unwrap(), None);
    assert_eq!(state.next_ready(at(60)).unwrap(), Some(at(50)));
    state.add(&[page("a.example", "new")], at(60)).unwrap();
    assert_eq!(work(&mut *state, &Wanted { pages_a_host: 1, ..run }), ["a.example/new"]);
    assert_eq!(work(&mut *state, &run), [""; 0]);
    assert_eq!(work(&mut *state, &wanted(61, 9, 9)), ["a.example/old"]);
}

fn a_leased_host_is_nobody_elses_and_a_lost_lease_records_nothing(mut state: Box<dyn State>) {
    state.add(&pages("a.example", 3), at(0)).unwrap();
    state.add(&pages("b.example", 1), at(0)).unwrap();
    let first = state.claim(&wanted(0, 1, 1)).unwrap().remove(0);
    let others = state.claim(&wanted(0, 9, 9)).unwrap();
    assert_eq!(others.iter().map(|claim| claim.host.as_str()).collect::<Vec<_>>(), ["b.example:443"]);
    state.release(&[first.lease, others[0].lease]).unwrap();
    let second = state.claim(&wanted(0, 1, 1)).unwrap().remove(0);
    assert_eq!((&second.host, &second.pages), (&first.host, &first.pages));

    let id = first.pages[0].id;
    assert_eq!(state.record(&[gone(1, first.lease, &first.pages[0])], &[]).unwrap(), [id]);
    assert_eq!(state.page(Digest::of_page(&first.pages[0].url)).unwrap().as_ref(), Some(&first.pages[0]));
    // To give back a lease that is lost takes nothing from the one who has the host now.
    state.release(&[first.lease]).unwrap();
    let foreign = gone(1, second.lease, &others[0].pages[0]);
    let own = gone(1, second.lease, &second.pages[0]);
    // All of it is recorded or nothing.
    assert_eq!(state.record(&[foreign.clone(), own.clone()], &[extent(7)]).unwrap(), [foreign.page.id]);
    let key = Digest::of_page(&own.page.url);
    assert_eq!(state.page(key).unwrap().as_ref(), Some(&second.pages[0]));
    assert_eq!(state.extent("a.jsonl").unwrap(), None);
    assert_eq!(state.record(std::slice::from_ref(&own), &[extent(7)]).unwrap(), []);
    assert_eq!(state.page(key).unwrap(), Some(own.page));
}

fn a_record_is_read_as_it_was_written(mut state: Box<dyn State>) {
    state.add(&[page("a.example", "x")], at(0)).unwrap();
    let claim = state.claim(&wanted(0, 1, 1)).unwrap().remove(0);
    let (lease, known) = (claim.lease, &claim.pages[0]);
    let words: Vec<String> = (0..100).map(|number| format!("word{number}")).collect();
    let story = Story {
        published: Some(at(-9)),
        words: 100,
        written_to: Some("a.example/x.md".to_owned()),
        ..Story::new(&article(&words.join(" ")), &known.url, at(1))
    };
    let answer = Validators {
        url: Some("https://a.example/y".parse().unwrap()),
        etag: Some("W/\"é\"".to_owned()),
        last_modified: Some("Sun, 06 Nov 1994 08:49:37 GMT".to_owned()),
    };
    let had = Visit { answer: Some(answer), story: Some(story), ..visit(1, Outcome::Written) };
    let mut page = known.after(had, &Revisit::default());
    for now in 2..5 {
        state
            .record(&[Record { lease, page: page.clone(), clock: resting_until(now), article: None }], &[])
            .unwrap();
        assert_eq!(state.page(Digest::of_page(&page.url)).unwrap().as_ref(), Some(&page));
        let story = Story::new(&article(&format!("short {now}")), &page.url, at(now));
        page = written(now, &page, Story { duplicate_of: (now == 3).then_some(page.id), ..story });
    }
    assert_eq!(page.story.as_ref().map(|story| story.revision), Some(4));
    assert_eq!(state.source(page.id).unwrap().as_deref(), Some("https://a.example/x"));
    assert_eq!(state.source(PageId(99)).unwrap(), None);
}

fn facts_of_hosts_are_remembered(mut state: Box<dyn State>) {
    assert_eq!(state.clock("a.example:443").unwrap(), None);
    let clock = Clock { next_at: at(7), delay: Some(Duration::from_secs(3)) };
    state.set_clock("a.example:443", clock).unwrap();
    assert_eq!(state.clock("a.example:443").unwrap(), Some(clock));
    state.add(&pages("a.example", 1), at(0)).unwrap();
    assert_eq!(state.claim(&wanted(6, 9, 9)).unwrap(), []);
    state.set_clock("a.example:443", resting_until(8)).unwrap();
    assert_eq!(state.next_ready(at(0)).unwrap(), Some(at(8)));

    assert_eq!(state.robots("https://a.example").unwrap(), None);
    for text in ["", "User-agent: *\nDisallow: /é\0\r\n"] {
        let robots = Robots { text: text.to_owned(), fetched_at: at(1) };
        state.set_robots(&[("https://a.example".to_owned(), robots.clone())]).unwrap();
        assert_eq!(state.robots("https://a.example").unwrap(), Some(robots));
    }
}

fn a_page_can_be_made_due(mut state: Box<dyn State>) {
    state.add(&pages("a.example", 2), at(0)).unwrap();
    assert_eq!(work(&mut *state, &wanted(0, 9, 9)), ["a.example/0", "a.example/1"]);
    assert_eq!(work(&mut *state, &wanted(1_000_000, 9, 9)), [""; 0]);
    let key = Digest::of_page(&page("a.example", "1").url);
    assert_eq!(state.refetch(&[key, Digest::of("nothing")]).unwrap(), 1);
    assert_eq!(work(&mut *state, &wanted(5, 9, 9)), ["a.example/1"]);
}

fn a_page_remembers_its_source_and_what_that_said(mut state: Box<dyn State>) {
    let hints = Hints { title: Some("Ferry returns".to_owned()), published: Some(at(-60)) };
    let found = NewPage {
        found_by: Some("feed".to_owned()),
        hints: hints.clone(),
        content: Some("<p>It came back.</p>".to_owned()),
        ..page("a.example", "x")
    };
    let other = NewPage { found_by: Some("list".to_owned()), hints: Hints::default(), ..found.clone() };
    state.add(&[found.clone(), page("a.example", "y")], at(0)).unwrap();
    state.add(&[other], at(0)).unwrap();
    let claim = state.claim(&wanted(0, 9, 9)).unwrap().remove(0);
    let [one, two] = claim.pages.as_slice() else { panic!("{claim:?}") };
    assert_eq!((one.found_by.as_deref(), &one.hints), (Some("feed"), &hints));
    assert_eq!((two.found_by.as_deref(), &two.hints), (None, &Hints::default()));
    assert_eq!(state.page(Digest::of_page(&found.url)).unwrap().as_ref(), Some(one));
    assert_eq!(state.content(one.id).unwrap(), found.content);
    assert_eq!(state.content(two.id).unwrap(), None);

    state.record(&[gone(1, claim.lease, one)], &[]).unwrap();
    assert_eq!(state.content(one.id).unwrap(), found.content);
    let had = written(2, one, Story::new(&article("body"), &one.url, at(2)));
    state
        .record(&[Record { lease: claim.lease, page: had, clock: resting_until(3), article: None }], &[])
        .unwrap();
    assert_eq!(state.content(one.id).unwrap(), None);
    assert_eq!(state.page(Digest::of_page(&found.url)).unwrap().unwrap().hints, hints);
}

fn sources_and_their_documents_are_remembered(mut state: Box<dyn State>) {
    let key = Digest::of("feed");
    assert_eq!((state.asked_at("feed").unwrap(), state.document(key).unwrap()), (None, None));
    state.add(&[NewPage { found_by: Some("feed".to_owned()), ..page("a.example", "x") }], at(0)).unwrap();
    assert_eq!(state.asked_at("feed").unwrap(), None);
    let url = Some("https://a.example/rss".parse().unwrap());
    let full = Validators { url, etag: Some("\"1\"".to_owned()), last_modified: Some("today".to_owned()) };
    for (now, answer) in [(1, Validators::default()), (2, full)] {
        let document = Document { asked_at: at(now), answer };
        state.set_asked(&[("feed".to_owned(), at(now))], &[(key, document.clone())]).unwrap();
        assert_eq!(state.asked_at("feed").unwrap(), Some(at(now)));
        assert_eq!(state.document(key).unwrap(), Some(document));
    }
}

fn a_state_that_was_killed_has_what_was_recorded_and_nothing_claimed(place: &impl Place) {
    let mut state = place.open();
    state.add(&pages("a.example", 3), at(0)).unwrap();
    let claim = state.claim(&wanted(0, 9, 9)).unwrap().remove(0);
    state.record(&[gone(0, claim.lease, &claim.pages[0])], &[extent(7)]).unwrap();
    state.begin_run(at(0)).unwrap();
    let mut state = place.reopen_killed(state);
    assert_eq!(state.record(&[gone(1, claim.lease, &claim.pages[1])], &[]).unwrap(), [claim.pages[1].id]);
    assert_eq!(state.extent("a.jsonl").unwrap(), Some(extent(7)));
    assert_eq!(state.runs(9).unwrap()[0].ended_at, None);
    assert_eq!(state.clock("a.example:443").unwrap(), Some(resting_until(1)));
    assert_eq!(work(&mut *state, &wanted(1, 9, 9)), ["a.example/1", "a.example/2"]);
    state.close().unwrap();
    assert_eq!(place.open().counts(at(9)).unwrap().pages, 3);
}

fn duplicates_are_found_among_records_and_those_that_wait(mut state: Box<dyn State>) {
    let text = |from: usize, to: usize| {
        (from..to).map(|number| format!("word{number}")).collect::<Vec<_>>().join(" ")
    };
    state.add(&[page("a.example", "0"), page("b.example", "0"), page("c.example", "0")], at(0)).unwrap();
    let claims = state.claim(&wanted(0, 9, 9)).unwrap();
    let story = |claim: usize, body: &str| Story::new(&article(body), &claims[claim].pages[0].url, at(0));
    let record = |claim: usize, story: Story| Record {
        lease: claims[claim].lease,
        page: written(0, &claims[claim].pages[0], story),
        clock: Clock::default(),
        article: None,
    };
    let [a, b, c] = [0, 1, 2].map(|claim: usize| claims[claim].pages[0].id);
    let find = |state: &mut dyn State, pending: &[Record], page, story: &Story| {
        duplicate::find(state, pending, page, story).unwrap().map(|duplicate| (duplicate.of, duplicate.by))
    };

    let first = record(0, story(0, &text(0, 200)));
    let near = story(1, &text(0, 220));
    assert_eq!(find(&mut *state, &[], b, &near), None);
    assert_eq!(find(&mut *state, std::slice::from_ref(&first), b, &near), Some((a, Likeness::NearText)));
    state.record(std::slice::from_ref(&first), &[]).unwrap();
    assert_eq!(find(&mut *state, &[], b, &near), Some((a, Likeness::NearText)));
    assert_eq!(find(&mut *state, &[], b, &story(1, &text(0, 200))), Some((a, Likeness::Text)));
    assert_eq!(find(&mut *state, &[], b, &story(1, &text(500, 700))), None);
    assert_eq!(
        find(&mut *state, &[], a, first.page.story.as_ref().unwrap()),
        None,
        "a page is no duplicate of itself"
    );

    // All duplicates name the story that was first.
    state.record(&[record(1, Story { duplicate_of: Some(a), ..near })], &[]).unwrap();
    assert_eq!(find(&mut *state, &[], c, &story(2, &text(0, 230))), Some((a, Likeness::NearText)));
    // When the first one has changed, it is no longer found by what it was.
    let changed = story(0, &text(900, 1100));
    let page = written(9, &first.page, changed);
    state.record(&[Record { page, ..first }], &[]).unwrap();
    assert_eq!(find(&mut *state, &[], c, &story(2, &text(0, 230))), None);
    assert_eq!(find(&mut *state, &[], c, &story(2, &text(900, 1110))), Some((a, Likeness::NearText)));
}

fn counts_and_runs_are_told(mut state: Box<dyn State>) {
    assert_eq!(state.counts(at(0)).unwrap(), super::run::Counts::default());
    state.add(&pages("a.example", 3), at(0)).unwrap();
    state.add(&pages("b.example", 1), at(0)).unwrap();
    let claim = state.claim(&wanted(0, 1, 2)).unwrap().remove(0);
    let deferred =
        Visit { not_before: Some(at(50)), ..visit(0, Outcome::Deferred(FailureClass::RateLimited)) };
    let page = claim.pages[0].after(deferred, &Revisit::Never);
    let deferred = Record { lease: claim.lease, page, clock: resting_until(50), article: None };
    state.record(&[deferred, gone(0, claim.lease, &claim.pages[1])], &[]).unwrap();
    let counts = state.counts(at(10)).unwrap();
    assert_eq!((counts.pages, counts.hosts, counts.due, counts.deferred), (4, 2, 2, 1));
    assert_eq!(counts.next_due, Some(at(50)));
    assert_eq!(state.counts(at(50)).unwrap().deferred, 0);

    let outcomes = Outcomes::from([(Outcome::Written, 3), (Outcome::Failed(FailureClass::Dns), 1)]);
    let first = state.begin_run(at(0)).unwrap();
    state.end_run(first, at(9), &outcomes).unwrap();
    let second = state.begin_run(at(10)).unwrap();
    let runs = state.runs(9).unwrap();
    assert_eq!(
        runs.iter().map(|run| (run.id, run.ended_at)).collect::<Vec<_>>(),
        [(second, None), (first, Some(at(9)))]
    );
    assert_eq!(runs[1].outcomes, outcomes);
    assert_eq!(state.runs(1).unwrap().len(), 1);
}

fn what_waits_can_be_changed_by_hand_and_it_is_told_how_it_stands(mut state: Box<dyn State>) {
    state.add(&[pages("a.example", 3), pages("b.example", 2)].concat(), at(0)).unwrap();
    let status = state.status(at(5)).unwrap();
    assert_eq!((status.counts.due, status.ready, status.resting, status.leased), (5, 2, 0, 0));
    let overdue = status.overdue.unwrap();
    assert_eq!((overdue.host.as_str(), overdue.since), ("a.example:443", at(0)));
    assert_eq!(work(&mut *state, &wanted(0, 9, 9)).len(), 5);
    let status = state.status(at(5)).unwrap();
    assert_eq!((status.counts.due, status.ready, status.overdue), (0, 0, None));

    let a = Selection::Host("a.example:443".to_owned());
    let one = Selection::Pages(vec![Digest::of_page(&page("b.example", "1").url), Digest::of("nothing")]);
    let failed = |class| Selection::Failed(Some(class));
    assert_eq!(state.change(&failed(FailureClass::Dns), Change::Retry).unwrap(), 0);
    assert_eq!(state.change(&failed(FailureClass::Http4xx), Change::Retry).unwrap(), 5);
    assert_eq!(state.change(&Selection::All, Change::Drop).unwrap(), 5);
    assert_eq!((state.claim(&wanted(9, 9, 9)).unwrap(), state.next_ready(at(99)).unwrap()), (vec![], None));
    assert_eq!(state.change(&a, Change::Retry).unwrap(), 3);
    assert_eq!(state.change(&one, Change::Retry).unwrap(), 1);
    assert_eq!(
        work(&mut *state, &wanted(9, 9, 9)),
        ["a.example/0", "a.example/1", "a.example/2", "b.example/1"]
    );

    // What is forgotten is new when it is found again, and nothing refers to it any more.
    let claim = {
        state.change(&Selection::Failed(None), Change::Retry).unwrap();
        state.claim(&wanted(20, 9, 9)).unwrap()
    };
    let first = Story::new(&article("body"), &claim[0].pages[0].url, at(20));
    let again = Story { duplicate_of: Some(claim[0].pages[0].id), ..first.clone() };
    for (claim, story) in claim.iter().zip([first, again]) {
        let page = written(20, &claim.pages[0], story);
        let record = Record { lease: claim.lease, page, clock: resting_until(21), article: None };
        assert_eq!(state.record(&[record], &[]).unwrap(), []);
        state.release(&[claim.lease]).unwrap();
    }
    assert_eq!(state.change(&a, Change::Purge).unwrap(), 3);
    assert_eq!(state.counts(at(20)).unwrap().pages, 2);
    let left = state.page(Digest::of_page(&claim[1].pages[0].url)).unwrap().unwrap();
    assert_eq!(left.story.unwrap().duplicate_of, None);
    assert_eq!(state.add(&pages("a.example", 3), at(30)).unwrap().new, 3);
}

fn figures_of_the_last_runs_are_kept(mut state: Box<dyn State>) {
    let host = HostFigures { pages: 4, stories: 3, words: 512, cut: 31, ..HostFigures::default() };
    let figures = |written| Figures {
        written: BTreeMap::from([("the \"list\"".to_owned(), written)]),
        hosts: BTreeMap::from([("a.example:443".to_owned(), host.clone())]),
        lengths: [0, 1, 2, 3, 4, 5, 6],
        looks: vec![Look {
            source: "https://a.example/x".to_owned(),
            title: None,
            why: Why::Doubtful(0.1 + 0.2),
            explained: Some("x.html".to_owned()),
        }],
        ..Figures::default()
    };
    let first = state.begin_run(at(0)).unwrap();
    state.set_figures(first, &figures(7)).unwrap();
    state.set_figures(first, &figures(8)).unwrap();
    assert_eq!(state.runs(1).unwrap()[0].figures, figures(8));
    for number in 1..=MOST_RUNS {
        let run = state.begin_run(at(number)).unwrap();
        state.set_figures(run, &figures(9)).unwrap();
    }
    let runs = state.runs(usize::MAX).unwrap();
    let kept = runs.iter().filter(|run| run.figures == figures(9)).count();
    assert_eq!((kept as i64, &runs.last().unwrap().figures), (MOST_RUNS, &Figures::default()));
}

fn the_extent_of_an_output_is_recorded_with_its_pages(mut state: Box<dyn State>) {
    assert_eq!(state.extent("a.jsonl").unwrap(), None);
    for length in [7, 1 << 40] {
        state.record(&[], &[extent(length)]).unwrap();
        assert_eq!(state.extent("a.jsonl").unwrap(), Some(extent(length)));
    }
    assert_eq!(state.extent("b.jsonl").unwrap(), None);
}
