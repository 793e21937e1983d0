//! Eight workers while one after the other is killed, and the log of the server as the judge.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Child;
use std::time::{Duration, Instant};

use super::database::Database;
use super::{Hosts, worker};
use crate::binary::{Desk, records, texts};

const WORKERS: usize = 8;

/// What is tried.
struct Trial {
    hosts: usize,
    pages_a_host: usize,
    delay: Duration,
    kills: usize,
    /// Time between two kills.
    every: Duration,
    patience: Duration,
}

/// Numbers that look random and are the same in every run.
struct Dice(usize);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

/// Runs the trial, and gives the time that it took.
fn run(database: &mut Database, name: &str, trial: &Trial) -> Duration {
    let hosts = Hosts::start(trial.hosts, trial.pages_a_host);
    let desk = Desk::new();
    let delay = humantime::format_duration(trial.delay).to_string();
    hosts.put_job(&desk, &database.create(name), &delay, "3s");
    let log = desk.path("log");
    let start = || worker(&desk, &log, &["-q"]);
    let began = Instant::now();
    let mut workers: Vec<Option<Child>> = (0..WORKERS).map(|_| Some(start())).collect();
    let (mut dice, mut kills, mut killed_at) = (Dice(7), 0, Instant::now());
    while workers.iter().any(Option::is_some) {
        assert!(began.elapsed() < trial.patience, "the work does not end\n{}", desk.read("log"));
        std::thread::sleep(Duration::from_millis(20));
        for place in &mut workers {
            if let Some(status) = place.as_mut().and_then(|worker| worker.try_wait().unwrap()) {
                assert_eq!(status.code(), Some(0), "{}", desk.read("log"));
                *place = None;
            }
        }
        if kills < trial.kills && killed_at.elapsed() >= trial.every {
            let place = dice.below(WORKERS);
            if let Some(mut worker) = workers[place].take() {
                worker.kill().unwrap();
                worker.wait().unwrap();
                workers[place] = Some(start());
            }
            if kills == trial.kills / 2 {
                database.end("INT");
                std::thread::sleep(Duration::from_millis(500));
                database.begin();
            }
            (kills, killed_at) = (kills + 1, Instant::now());
        }
    }
    let took = began.elapsed();
    // What killed workers have written and not recorded is cut off when others take their places.
    let mut last: Vec<Child> = (0..WORKERS).map(|_| start()).collect();
    assert!(last.iter_mut().all(|worker| worker.wait().unwrap().success()));
    judge(&hosts, trial);
    check_articles(&hosts, &desk, database, name);
    took
}

/// No host sees two requests at once, or one that comes before its time.
fn judge(hosts: &Hosts, trial: &Trial) {
    let mut by_host: BTreeMap<String, Vec<(Instant, Instant)>> = BTreeMap::new();
    for request in hosts.server.requests() {
        let name = request.head.lines().find_map(|line| line.strip_prefix("host: ")).unwrap().to_owned();
        by_host.entry(name).or_default().push((request.began, request.ended.unwrap_or(request.began)));
    }
    assert_eq!(by_host.len(), trial.hosts);
    for (host, mut requests) in by_host {
        assert!(requests.len() >= trial.pages_a_host);
        requests.sort_unstable();
        for pair in requests.windows(2) {
            let gap = pair[1].0.checked_duration_since(pair[0].1);
            assert!(gap.is_some_and(|gap| gap >= trial.delay), "{host} had {gap:?} of {:?}", trial.delay);
        }
    }
}

/// Every page has one row and one line.
fn check_articles(hosts: &Hosts, desk: &Desk, database: &Database, name: &str) {
    let urls: BTreeSet<String> = hosts.urls().into_iter().collect();
    let rows =
        database.client(name).query("SELECT record ->> 'source', record ->> 'body' FROM articles", &[]);
    let rows: Vec<(String, String)> = rows.unwrap().iter().map(|row| (row.get(0), row.get(1))).collect();
    assert_eq!(rows.len(), urls.len());
    assert_eq!(rows.iter().map(|(source, _)| source.clone()).collect::<BTreeSet<_>>(), urls);
    assert!(rows.iter().all(|(_, body)| body.contains("The clerk closed the book of ")));
    let lines: String =
        (1..=WORKERS).map(|number| desk.read(&format!("out/worker-{number}/articles.jsonl"))).collect();
    let mut sources = texts(&records(&lines), "source");
    sources.sort_unstable();
    assert_eq!(sources, urls.into_iter().collect::<Vec<_>>());
}

#[test]
fn workers_that_are_killed_and_a_database_that_restarts_lose_and_double_nothing() {
    let test = "workers_that_are_killed_and_a_database_that_restarts_lose_and_double_nothing";
    let Some(mut database) = Database::start(test) else { return };
    let trial = Trial {
        hosts: 40,
        pages_a_host: 12,
        delay: Duration::from_millis(100),
        kills: 10,
        every: Duration::from_millis(500),
        patience: Duration::from_secs(240),
    };
    run(&mut database, "judged", &trial);
}

/// `cargo test --release --test it fleet::judged -- --ignored --nocapture`
#[test]
#[ignore = "takes some minutes"]
fn eight_workers_and_fifty_thousand_pages_take_little_longer_when_workers_are_killed() {
    let Some(mut database) = Database::start("eight_workers_and_fifty_thousand_pages") else { return };
    let quiet = Trial {
        hosts: 500,
        pages_a_host: 100,
        delay: Duration::from_millis(500),
        kills: 0,
        every: Duration::from_secs(4),
        patience: Duration::from_secs(1800),
    };
    let without = run(&mut database, "without", &quiet);
    let with = run(&mut database, "with_kills", &Trial { kills: 20, ..quiet });
    let times = format!("{without:.1?} without kills, {with:.1?} with them");
    assert!(with.as_secs_f64() <= 1.3 * without.as_secs_f64(), "{times}");
}
