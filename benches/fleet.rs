//! What a large frontier costs in PostgreSQL: adding, claiming and recording with many workers, and the room on the disk.
//!
//! usage: [PRESSCLIP_URLS=1000000] [PRESSCLIP_HOSTS=100000] [PRESSCLIP_WORKERS=8] cargo bench --bench fleet
//! It starts a server of its own in a temporary folder, as the tests do; `PRESSCLIP_DATABASE=postgres://…` takes another one,
//! in whose database the schema `pressclip` must not be there yet. `fleet.md` holds what it said.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    missing_docs,
    reason = "a tool for those who measure the state"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use pressclip::article::Article;
use pressclip::config::Revisit;
use pressclip::failure::FailureClass;
use pressclip::state::host::{Clock, Wanted};
use pressclip::state::outcome::Outcome;
use pressclip::state::page::{NewPage, Page, Story, Visit};
use pressclip::state::postgres::{Membership, Postgres, open};
use pressclip::state::{Record, State};

#[path = "../tests/it/fleet/database.rs"]
#[allow(dead_code, reason = "not all of what integration tests need")]
mod database;

/// Pages in one call of `add`.
const ADD_BATCH: usize = 10_000;
/// Pages of each host of a claim.
const PAGES_A_HOST: usize = 4;
/// Claims of each worker that are timed.
const CLAIMS: usize = 100;

fn main() {
    let number = |name: &str, default| {
        std::env::var(name).map_or(default, |text| text.parse::<usize>().expect("a number"))
    };
    let urls = number("PRESSCLIP_URLS", 1_000_000);
    let hosts = number("PRESSCLIP_HOSTS", 100_000);
    let workers = number("PRESSCLIP_WORKERS", 8);
    let server =
        std::env::var("PRESSCLIP_DATABASE").is_err().then(|| database::Database::start("the bench").unwrap());
    let url = match &server {
        Some(server) => server.create("bench"),
        None => std::env::var("PRESSCLIP_DATABASE").unwrap(),
    };
    let now = Timestamp::now();

    let mut state = member(&url, 0);
    let began = Instant::now();
    for batch in (0..urls).step_by(ADD_BATCH) {
        let pages: Vec<NewPage> =
            (batch..urls.min(batch + ADD_BATCH)).map(|number| page(number, hosts)).collect();
        state.add(&pages, now).unwrap();
    }
    println!(
        "add          {:>9.0} new pages/s ({urls} pages, {hosts} hosts)",
        urls as f64 / began.elapsed().as_secs_f64()
    );
    Box::new(state).close().unwrap();
    let mut client = postgres::Client::connect(&url, postgres::NoTls).unwrap();
    client.batch_execute("SET search_path = pressclip").unwrap();
    client.batch_execute("VACUUM ANALYZE").unwrap();
    sizes(&mut client);
    let before = scans(&mut client);

    for count in std::iter::successors(Some(1), |count| Some(count * 2)).take_while(|count| *count <= workers)
    {
        let (claims, records) = work(&url, count, now);
        println!("{count} workers, {} claims of up to 16 hosts", claims.len());
        report("  claim", claims);
        report("  record", records);
    }
    println!("{}", member(&url, 0).plan_of_claim(&wanted(now)).unwrap());
    println!("scans of hosts and pages while they worked: {}", scans(&mut client) - before);
    sizes(&mut client);
}

fn wanted(now: Timestamp) -> Wanted {
    Wanted { now, due_by: now, hosts: 16, pages_a_host: PAGES_A_HOST }
}

fn member(url: &str, number: usize) -> Postgres {
    let lease = Duration::from_secs(600);
    let membership = Membership { name: format!("bench {number}"), lease, delay: Duration::ZERO };
    open(url, membership, Arc::default()).unwrap()
}

fn page(number: usize, hosts: usize) -> NewPage {
    let host = format!("www.newspaper-{}.example", number % hosts);
    let url = format!("https://{host}/2026/03/01/section/a-headline-of-some-length-{number}.html");
    NewPage::new(url.parse().unwrap(), format!("{host}:443"))
}

/// Lets workers claim, record and release side by side, and gives the times of their claims and records.
fn work(url: &str, count: usize, now: Timestamp) -> (Vec<f64>, Vec<f64>) {
    let pages = AtomicUsize::new(0);
    let began = Instant::now();
    let times: Vec<(Vec<f64>, Vec<f64>)> = std::thread::scope(|scope| {
        let pages = &pages;
        let workers: Vec<_> =
            (0..count).map(|number| scope.spawn(move || one(member(url, number), now, pages))).collect();
        workers.into_iter().map(|worker| worker.join().unwrap()).collect()
    });
    let seconds = began.elapsed().as_secs_f64();
    println!("{:>9.0} pages/s are claimed and recorded", pages.load(Ordering::Relaxed) as f64 / seconds);
    let (claims, records): (Vec<_>, Vec<_>) = times.into_iter().unzip();
    (claims.concat(), records.concat())
}

fn one(mut state: Postgres, now: Timestamp, pages: &AtomicUsize) -> (Vec<f64>, Vec<f64>) {
    let (mut claims, mut records) = (Vec::new(), Vec::new());
    let wanted = wanted(now);
    for round in 0..CLAIMS {
        let start = Instant::now();
        let claimed = state.claim(&wanted).unwrap();
        claims.push(start.elapsed().as_secs_f64());
        let mut batch = Vec::new();
        for claim in &claimed {
            for page in &claim.pages {
                // One in four is a story, so that its row and its article are written, too.
                let (page, article) = visited(now, page, batch.len() % 4 == 0, round);
                batch.push(Record {
                    lease: claim.lease,
                    page,
                    clock: Clock { next_at: now, delay: None },
                    article,
                });
            }
        }
        pages.fetch_add(batch.len(), Ordering::Relaxed);
        let leases: Vec<_> = claimed.iter().map(|claim| claim.lease).collect();
        let start = Instant::now();
        assert!(state.record(&batch, &[]).unwrap().is_empty());
        records.push(start.elapsed().as_secs_f64());
        state.release(&leases).unwrap();
    }
    Box::new(state).close().unwrap();
    (claims, records)
}

fn visited(at: Timestamp, page: &Page, is_story: bool, round: usize) -> (Page, Option<Box<Article>>) {
    let visit = |outcome, story| Visit { at, outcome, not_before: None, answer: None, story };
    if !is_story {
        return (page.after(visit(Outcome::Failed(FailureClass::Http4xx), None), &Revisit::default()), None);
    }
    let word = |place: u64| {
        (page.id.0 as u64 * 500 + round as u64 + place).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 44
    };
    let body: String = (0..500).map(|place| format!("w{} ", word(place))).collect();
    let article = Article { title: Some("A headline".to_owned()), body, ..Article::default() };
    let story = Story::new(&article, &page.url, at);
    (page.after(visit(Outcome::Written, Some(story)), &Revisit::default()), Some(Box::new(article)))
}

/// How often hosts and pages were read from end to end.
fn scans(client: &mut postgres::Client) -> i64 {
    // Counters come a moment late.
    std::thread::sleep(Duration::from_secs(2));
    let sum = "SELECT sum(seq_scan)::bigint FROM pg_stat_user_tables WHERE relname IN ('hosts', 'pages', 'stories')";
    client.query_one(sum, &[]).unwrap().get(0)
}

fn sizes(client: &mut postgres::Client) {
    let sizes = "SELECT relname, relkind = 'i', pg_relation_size(oid), reltuples::bigint FROM pg_class WHERE relnamespace = \
        'pressclip'::regnamespace AND relkind IN ('r', 'i') AND pg_relation_size(oid) > 1000000 ORDER BY 3 DESC";
    for row in client.query(sizes, &[]).unwrap() {
        let kind = if row.get(1) { "index" } else { "table" };
        let (name, bytes): (&str, i64) = (row.get(0), row.get(2));
        println!("size         {:>9.1} MB {kind} {name}", bytes as f64 / 1e6);
    }
}

fn report(name: &str, mut times: Vec<f64>) {
    times.sort_unstable_by(f64::total_cmp);
    let at = |share: f64| Duration::from_secs_f64(times[((times.len() - 1) as f64 * share) as usize]);
    println!(
        "{name:<13}{:>8.2?} median, {:.2?} in the worst hundredth, {:.2?} at worst",
        at(0.5),
        at(0.99),
        at(1.0)
    );
}
