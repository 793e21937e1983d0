//! The memory: what is read as it was written, found among other things, and counted.

use std::collections::BTreeMap;
use std::time::Duration;

use super::*;
use crate::fetch::Validators;
use crate::state::duplicate::{self, Likeness};
use crate::state::figures::{Figures, HostFigures, Look, MOST_RUNS, Why};
use crate::state::host::Robots;
use crate::state::page::PageId;
use crate::state::run::{Counts, Outcomes};
use crate::state::source::{Document, Hints};

pub(super) const CHECKS: [Check; 8] = [
    a_record_is_read_as_it_was_written,
    facts_of_hosts_are_remembered,
    a_page_remembers_its_source_and_what_that_said,
    sources_and_their_documents_are_remembered,
    duplicates_are_found_among_records_and_those_that_wait,
    counts_and_runs_are_told,
    figures_of_the_last_runs_are_kept,
    the_extent_of_an_output_is_recorded_with_its_pages,
];

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
    assert_eq!(state.counts(at(0)).unwrap(), Counts::default());
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
