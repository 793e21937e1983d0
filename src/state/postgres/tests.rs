#![allow(clippy::unwrap_used)]

use std::cell::RefCell;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::clock::Skew;
use super::*;
use crate::config::Revisit;
use crate::failure::FailureClass;
use crate::state::conformance::{self, Place};
use crate::state::outcome::Outcome;
use crate::state::page::Visit;

#[path = "../../../tests/it/fleet/database.rs"]
#[allow(dead_code, reason = "not all of what integration tests need")]
mod database;

use database::Database;

/// So short that a test can wait for its end.
const LEASE: Duration = Duration::from_millis(600);

thread_local! {
    /// The server of the test that runs on this thread, and how many databases it has.
    static SERVER: RefCell<Option<Database>> = const { RefCell::new(None) };
}

static DATABASES: AtomicUsize = AtomicUsize::new(0);

/// An empty database.
struct Empty(String);

impl Place for Empty {
    fn empty() -> Self {
        let name = format!("place_{}", DATABASES.fetch_add(1, Ordering::SeqCst));
        SERVER.with_borrow(|server| Self(server.as_ref().unwrap().create(&name)))
    }

    fn open(&self) -> Box<dyn State> {
        Box::new(member(&self.0, "one"))
    }

    fn reopen_killed(&self, state: Box<dyn State>) -> Box<dyn State> {
        drop(state);
        let state = self.open();
        // Those who come after a worker that was killed wait for the end of its time.
        std::thread::sleep(LEASE * 2);
        state
    }
}

fn member(url: &str, name: &str) -> Postgres {
    let membership = Membership { name: name.to_owned(), lease: LEASE, delay: Duration::ZERO };
    open(url, membership, Arc::default()).unwrap()
}

/// Starts a server for the test of this name, if there is one to be had.
fn is_served(test: &str) -> bool {
    SERVER.with_borrow_mut(|server| {
        *server = Database::start(test);
        server.is_some()
    })
}

#[test]
fn a_state_in_postgresql_does_what_every_state_must() {
    if is_served("a_state_in_postgresql_does_what_every_state_must") {
        conformance::all::<Empty>();
    }
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).unwrap()
}

fn wanted(now: i64) -> Wanted {
    Wanted { now: at(now), due_by: at(now), hosts: 9, pages_a_host: 9 }
}

fn new_page(host: &str) -> NewPage {
    NewPage::new(format!("https://{host}/x").parse().unwrap(), format!("{host}:443"))
}

fn gone(claim: &Claim, article: Option<Article>) -> Record {
    let visit = Visit {
        at: at(1),
        outcome: Outcome::Failed(FailureClass::Http4xx),
        not_before: None,
        answer: None,
        story: None,
    };
    Record {
        lease: claim.lease,
        page: claim.pages[0].after(visit, &Revisit::Never),
        clock: Clock { next_at: at(2), delay: None },
        article: article.map(Box::new),
    }
}

/// The articles in the state.
fn articles(state: &mut Postgres) -> Vec<Article> {
    let mut articles = Vec::new();
    state
        .articles(&mut |article| {
            articles.push(article);
            true
        })
        .unwrap();
    articles
}

#[test]
fn a_worker_that_is_silent_loses_its_hosts_and_can_record_nothing() {
    if !is_served("a_worker_that_is_silent_loses_its_hosts_and_can_record_nothing") {
        return;
    }
    let place = Empty::empty();
    let (mut one, mut two) = (member(&place.0, "one"), member(&place.0, "two"));
    one.add(&[new_page("a.example")], at(0)).unwrap();
    let lost = one.claim(&wanted(0)).unwrap().remove(0);
    assert_eq!((two.claim(&wanted(0)).unwrap(), two.is_leased_by_others().unwrap()), (vec![], true));
    assert!(!one.is_leased_by_others().unwrap());

    // It is not heard of any more, though it lives on with what it knows.
    let silent = one.keeper.take().unwrap();
    silent.standing.tenure.begin(tokio::time::Instant::now());
    silent.silence();
    std::thread::sleep(LEASE * 2);
    one.keeper = Some(silent);
    let claim = two.claim(&wanted(1_000_000)).unwrap().remove(0);
    assert_eq!((&claim.host, &claim.pages), (&lost.host, &lost.pages));
    let article = Article { title: Some("Ferry".to_owned()), ..Article::default() };
    let page = lost.pages[0].id;
    assert_eq!(one.record(&[gone(&lost, Some(article.clone()))], &[]).unwrap(), [page]);
    assert_eq!(one.claim(&wanted(1_000_000)).unwrap(), []);
    one.release(&[lost.lease]).unwrap();
    assert_eq!(articles(&mut two), []);
    assert_eq!(two.record(&[gone(&claim, Some(article.clone()))], &[]).unwrap(), []);
    assert_eq!(articles(&mut one), [article]);
}

#[test]
fn workers_whose_clocks_differ_agree_on_when_a_host_may_be_asked() {
    if !is_served("workers_whose_clocks_differ_agree_on_when_a_host_may_be_asked") {
        return;
    }
    let place = Empty::empty();
    let (mut right, mut late) = (member(&place.0, "right"), member(&place.0, "late"));
    // Its clock says an hour less than that of the database.
    late.line
        .call(|link| {
            link.skew = Skew::between(Timestamp::UNIX_EPOCH, 3_600_000, Timestamp::UNIX_EPOCH);
            Ok(())
        })
        .unwrap();
    right.add(&[new_page("a.example")], at(0)).unwrap();
    let claim = right.claim(&wanted(0)).unwrap().remove(0);
    let deferred = Record {
        clock: Clock { next_at: at(5000), delay: None },
        page: Page { due_at: Some(at(5000)), ..claim.pages[0].clone() },
        ..gone(&claim, None)
    };
    assert_eq!(right.record(&[deferred], &[]).unwrap(), []);
    right.release(&[claim.lease]).unwrap();
    assert_eq!(late.claim(&wanted(5000 - 3601)).unwrap(), []);
    let claim = late.claim(&wanted(5000 - 3599)).unwrap().remove(0);
    let told = claim.clock.next_at.duration_since(at(5000 - 3600)).as_millis();
    assert!((-1..=1).contains(&told), "{told}");
}

#[test]
fn tables_are_made_once_by_workers_that_begin_together_and_a_newer_state_is_left_alone() {
    if !is_served("tables_are_made_once_by_workers_that_begin_together") {
        return;
    }
    let place = Empty::empty();
    let url = &place.0;
    std::thread::scope(|scope| {
        let begin = |number: usize| scope.spawn(move || member(url, &number.to_string()));
        (0..6).map(begin).collect::<Vec<_>>().into_iter().for_each(|worker| drop(worker.join().unwrap()));
    });
    let mut state = member(&place.0, "last");
    state.line.call(|link| link.script("INSERT INTO versions VALUES (99)")).unwrap();
    let again = look(&place.0).err().unwrap();
    assert!(matches!(again, StateError::Newer { version: 99, .. }), "{again}");
    assert!(matches!(look("mysql://x/y").err().unwrap(), StateError::NoDatabase));
}

/// Statements of the daily work. What people ask for now and then may read whole tables.
const DAILY: [&str; 34] = [
    LEASE_HOSTS,
    DUE_PAGES,
    PAGE_BY_KEY,
    SETTLE_HOSTS,
    RELEASE,
    RELEASE_OTHERS,
    ENTER,
    NEXT_READY,
    LEASED_BY_OTHERS,
    LOCK_LEASED,
    UPDATE_PAGES,
    PUT_STORIES,
    FORGET_CONTENTS,
    PUT_ARTICLES,
    UPDATE_HOSTS,
    TALLY,
    SET_EXTENTS,
    EXTENT,
    KNOWN_KEYS,
    ADD_HOSTS,
    LOCK_NAMED,
    ADD_SOURCES,
    ADD_PAGES,
    HOSTS_ARE_DUE,
    LOCK_OF_KEYS,
    REFETCH,
    SOURCE_OF_PAGE,
    STORIES_LIKE,
    CONTENT,
    CLOCK,
    SET_CLOCK,
    ROBOTS,
    INHERIT,
    STAY_ALIVE,
];

#[test]
fn no_statement_of_the_daily_work_scans() {
    if !is_served("no_statement_of_the_daily_work_scans") {
        return;
    }
    let place = Empty::empty();
    let mut state = look(&place.0).unwrap();
    let mut plan = |statement: &'static str| {
        let explained = state.line.call(|link| {
            let nulls = vec!["NULL"; link.client().prepare(statement)?.params().len()].join(", ");
            let list = if nulls.is_empty() { nulls } else { format!("({nulls})") };
            link.script(&format!("SET plan_cache_mode = force_generic_plan; PREPARE this AS {statement}"))?;
            let rows = link.client().query(&format!("EXPLAIN EXECUTE this{list}"), &[])?;
            link.script("DEALLOCATE this")?;
            Ok(rows.iter().map(|row| row.get::<_, String>(0)).collect::<Vec<_>>().join("\n"))
        });
        explained.unwrap()
    };
    for statement in DAILY {
        // There are few workers, and no index would help to find one that asks sources.
        let plan = plan(statement).replace("Seq Scan on workers", "");
        assert!(!plan.contains("Seq Scan"), "{statement}\n{plan}");
    }
    assert!(plan("SELECT url FROM pages WHERE url = $1").contains("Seq Scan"));
}

/// Whether a plan takes the rows that it needs from each table and no others, however large that is: it enters all of them by
/// what it seeks.
fn is_good(plan: &str) -> bool {
    let lines: Vec<&str> = plan.lines().collect();
    let is_entered = |(place, _)| lines.get(place + 1).is_some_and(|next: &&str| next.contains("Index Cond"));
    let is_scan =
        |(_, line): &(usize, &&str)| line.contains("Index Scan") || line.contains("Index Only Scan");
    let is_bad = ["Seq Scan", "Bitmap", "Join Filter"].iter().any(|sign| plan.contains(sign));
    !is_bad && lines.iter().enumerate().filter(is_scan).all(is_entered)
}

#[test]
fn plans_that_are_kept_hold_for_tables_that_grow() {
    if !is_served("plans_that_are_kept_hold_for_tables_that_grow") {
        return;
    }
    let place = Empty::empty();
    let mut state = member(&place.0, "one");
    for round in ["new", "known to be empty"] {
        let plan = state.plan_of_claim(&wanted(0)).unwrap();
        assert!(is_good(&plan), "{round}\n{plan}");
        assert!(plan.contains("Index Scan using hosts_by_ready on hosts"), "{plan}");
        assert!(plan.contains("Index Scan using pages_by_due on pages"), "{plan}");
        state.line.call(|link| link.script("VACUUM ANALYZE")).unwrap();
    }
    let bad = "Index Scan using pages_pkey on pages\n  Filter: (due_at < 0)";
    assert!(!is_good(bad) && !is_good("Seq Scan on pages"));
}
