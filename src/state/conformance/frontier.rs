//! The frontier: what is due when, whose it is, and what people change of that.

use std::time::Duration;

use super::*;
use crate::state::Added;
use crate::state::status::{Change, Selection};

pub(super) const CHECKS: [Check; 8] = [
    a_page_is_there_once_and_keeps_its_history,
    hosts_take_turns_and_the_order_of_a_host_is_kept,
    a_host_rests_until_its_clock_says_so,
    new_pages_go_before_revisits_and_later_ones_wait_for_the_next_run,
    a_leased_host_is_nobody_elses_and_a_lost_lease_records_nothing,
    what_is_due_is_told_in_its_order_and_stays_as_it_is,
    a_page_can_be_made_due,
    what_waits_can_be_changed_by_hand_and_it_is_told_how_it_stands,
];

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

fn what_is_due_is_told_in_its_order_and_stays_as_it_is(mut state: Box<dyn State>) {
    state
        .add(&[pages("a.example", 2), pages("b.example", 1), pages("c.example", 1)].concat(), at(0))
        .unwrap();
    state.set_clock("a.example:443", resting_until(50)).unwrap();
    let claim = state.claim(&wanted(0, 1, 1)).unwrap().remove(0);
    state.record(&[gone(0, claim.lease, &claim.pages[0])], &[]).unwrap();
    state.release(&[claim.lease]).unwrap();
    let mut told = Vec::new();
    state.due(at(9), &mut |host, page| told.push((host, page.url.as_str().replace("https://", "")))).unwrap();
    let expected = [(Timestamp::UNIX_EPOCH, "c.example/0"), (at(50), "a.example/0"), (at(50), "a.example/1")];
    assert_eq!(told.iter().map(|(host, path)| (*host, path.as_str())).collect::<Vec<_>>(), expected);
    assert_eq!(work(&mut *state, &wanted(60, 9, 9)), ["c.example/0", "a.example/0", "a.example/1"]);
}

fn a_page_can_be_made_due(mut state: Box<dyn State>) {
    state.add(&pages("a.example", 2), at(0)).unwrap();
    assert_eq!(work(&mut *state, &wanted(0, 9, 9)), ["a.example/0", "a.example/1"]);
    assert_eq!(work(&mut *state, &wanted(1_000_000, 9, 9)), [""; 0]);
    let key = Digest::of_page(&page("a.example", "1").url);
    assert_eq!(state.refetch(&[key, Digest::of("nothing")]).unwrap(), 1);
    assert_eq!(work(&mut *state, &wanted(5, 9, 9)), ["a.example/1"]);
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

pub(super) fn a_state_that_was_killed_has_what_was_recorded_and_nothing_claimed(place: &impl Place) {
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
