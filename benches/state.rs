//! What a large frontier costs: adding, opening, claiming, recording, looking for duplicates, and the room on the disk.
//!
//! usage: [PRESSCLIP_URLS=1000000] [PRESSCLIP_HOSTS=100000] [TMPDIR=FOLDER] cargo bench --bench state
//! The state is made in a temporary folder and removed at the end.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    missing_docs,
    reason = "a tool for those who measure the state"
)]

use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use pressclip::article::Article;
use pressclip::config::Revisit;
use pressclip::failure::FailureClass;
use pressclip::fetch::Validators;
use pressclip::state::host::{Claim, Clock, Wanted};
use pressclip::state::outcome::Outcome;
use pressclip::state::page::{NewPage, Page, PageId, Story, Visit};
use pressclip::state::{Record, State, duplicate, sqlite};

/// Pages in one call of `add`.
const ADD_BATCH: usize = 10_000;
/// Hosts of a claim, and pages of each.
const CLAIM: (usize, usize) = (25, 4);
/// Claims that are timed.
const CLAIMS: usize = 1000;
/// Words in a body.
const WORDS: u64 = 500;

fn main() {
    let number = |name: &str, default| {
        std::env::var(name).map_or(default, |text| text.parse::<usize>().expect("a number"))
    };
    let urls = number("PRESSCLIP_URLS", 1_000_000);
    let hosts = number("PRESSCLIP_HOSTS", 100_000);
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("state.sqlite");
    let now = Timestamp::now();

    let mut state = open(&path);
    let seconds = timed(|| {
        for batch in (0..urls).step_by(ADD_BATCH) {
            let pages: Vec<NewPage> =
                (batch..urls.min(batch + ADD_BATCH)).map(|number| page(number, hosts)).collect();
            state.add(&pages, now).unwrap();
        }
    });
    println!("add          {:>9.0} new pages/s ({urls} pages, {hosts} hosts)", urls as f64 / seconds);
    let pages: Vec<NewPage> =
        (0..urls.min(100_000)).map(|number| page(number * 7919 % urls, hosts)).collect();
    let seconds = timed(|| state.add(&pages, now).unwrap());
    println!("add          {:>9.0} known pages/s", pages.len() as f64 / seconds);

    state.close().unwrap();
    let size = std::fs::metadata(&path).unwrap().len();
    println!("size         {:>9.1} MB, {:.0} bytes a page", size as f64 / 1e6, size as f64 / urls as f64);
    let mut times: Vec<f64> = (0..5).map(|_| timed(|| open(&path).close().unwrap())).collect();
    report("open, close", &mut times);

    let mut state = open(&path);
    work("record, gone", &mut *state, now, |page, _| {
        visit(now, page, Outcome::Failed(FailureClass::Http4xx), None)
    });
    work("record, story", &mut *state, now, |page, number| {
        let article = Article { body: body(number), ..Article::default() };
        visit(now, page, Outcome::Written, Some(Story::new(&article, &page.url, now)))
    });
    let mut times: Vec<f64> = (0..1000)
        .map(|number| {
            let article = Article { body: body(number * 31), ..Article::default() };
            let story = Story::new(&article, &"https://elsewhere.example/".parse().unwrap(), now);
            timed(|| duplicate::find(&mut *state, &[], PageId(0), &story).unwrap())
        })
        .collect();
    report("find", &mut times);
    let text = body(1);
    let mut times: Vec<f64> = (0..1000).map(|_| timed(|| duplicate::Fingerprint::of(&text))).collect();
    report("fingerprint", &mut times);
    report("counts", &mut [timed(|| state.counts(now).unwrap())]);
    println!("{:?}", state.counts(now).unwrap());
    drop(state);
    report("open, dropped", &mut [timed(|| open(&path))]);
    println!("size         {:>9.1} MB at the end", std::fs::metadata(&path).unwrap().len() as f64 / 1e6);
}

fn open(path: &Path) -> Box<dyn State> {
    Box::new(sqlite::open(path).unwrap().state)
}

fn page(number: usize, hosts: usize) -> NewPage {
    let host = format!("www.newspaper-{}.example", number % hosts);
    let url = format!("https://{host}/2026/03/01/section/a-headline-of-some-length-{number}.html");
    NewPage::new(url.parse().unwrap(), format!("{host}:443"))
}

/// A body that has no other's words.
fn body(number: u64) -> String {
    (0..WORDS)
        .map(|at| format!("w{} ", (number * WORDS + at).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40))
        .collect()
}

fn visit(at: Timestamp, page: &Page, outcome: Outcome, story: Option<Story>) -> Page {
    let answer = story.is_some().then(|| Validators {
        url: Some(page.url.clone()),
        etag: Some("\"5e8f-5b2c1a7d3c0e9\"".to_owned()),
        last_modified: Some("Sun, 01 Mar 2026 10:00:00 GMT".to_owned()),
    });
    page.after(Visit { at, outcome, not_before: None, answer, story }, &Revisit::default())
}

/// Claims, records and releases, as a run does, and tells what claims and records cost.
fn work(name: &str, state: &mut dyn State, now: Timestamp, visit: impl Fn(&Page, u64) -> Page) {
    let (mut claims, mut records, mut count) = (Vec::new(), Vec::new(), 0);
    for _ in 0..CLAIMS {
        let start = Instant::now();
        let (hosts, pages_a_host) = CLAIM;
        let claimed = state.claim(&Wanted { now, due_by: now, hosts, pages_a_host }).unwrap();
        claims.push(start.elapsed().as_secs_f64());
        let clock = Clock { next_at: now, delay: None };
        let record = |claim: &Claim, page: &Page, number| Record {
            lease: claim.lease,
            page: visit(page, number),
            clock,
            article: None,
        };
        let mut batch = Vec::new();
        for claim in &claimed {
            for page in &claim.pages {
                batch.push(record(claim, page, count));
                count += 1;
            }
        }
        let leases: Vec<_> = claimed.iter().map(|claim| claim.lease).collect();
        records.push(timed(|| assert!(state.record(&batch, &[]).unwrap().is_empty())));
        state.release(&leases).unwrap();
    }
    let seconds: f64 = records.iter().sum();
    println!("{name:<13}{:>8.0} pages/s in commits of {}", count as f64 / seconds, CLAIM.0 * CLAIM.1);
    report("  commit", &mut records);
    report("  claim", &mut claims);
}

/// Seconds that `work` takes.
fn timed<T>(work: impl FnOnce() -> T) -> f64 {
    let start = Instant::now();
    black_box(work());
    start.elapsed().as_secs_f64()
}

fn report(name: &str, times: &mut [f64]) {
    times.sort_unstable_by(f64::total_cmp);
    let at = |share: f64| Duration::from_secs_f64(times[((times.len() - 1) as f64 * share) as usize]);
    println!(
        "{name:<13}{:>8.1?} median, {:.1?} in the worst hundredth, {:.1?} at worst",
        at(0.5),
        at(0.99),
        at(1.0)
    );
}
