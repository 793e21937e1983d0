//! Eight workers while one after the other is killed, and the log of the server as the judge.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Child;
use std::time::{Duration, Instant};

use super::database::Database;
use super::{Hosts, worker};
use crate::binary::{Desk, records, texts};

/// What is tried.
#[derive(Debug, Clone, Copy)]
struct Trial {
    workers: usize,
    hosts: usize,
    pages_a_host: usize,
    delay: Duration,
    /// Time between two kills of a worker, for as long as the work goes on.
    kill_every: Option<Duration>,
    /// The kill after which the database is restarted.
    restart_at: usize,
    patience: Duration,
}

impl Trial {
    /// Eight workers for so many pages as one can wait for; the environment may say otherwise.
    fn from_environment() -> Self {
        let number = |name: &str, default| {
            std::env::var(name).map_or(default, |text| text.parse::<usize>().expect("a number"))
        };
        let hosts = number("PRESSCLIP_HOSTS", 500);
        Self {
            workers: number("PRESSCLIP_WORKERS", 8),
            hosts,
            pages_a_host: number("PRESSCLIP_URLS", 50_000) / hosts,
            delay: Duration::from_millis(number("PRESSCLIP_DELAY", 500) as u64),
            kill_every: None,
            restart_at: 5,
            patience: Duration::from_secs(3600),
        }
    }

    fn pages(&self) -> usize {
        self.hosts * self.pages_a_host
    }
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
#[allow(clippy::print_stdout, reason = "the long trials are also read as measurements")]
fn run(database: &mut Database, name: &str, trial: &Trial) -> Duration {
    let hosts = Hosts::start(trial.hosts, trial.pages_a_host);
    let desk = Desk::new();
    let delay = humantime::format_duration(trial.delay).to_string();
    hosts.put_job(&desk, &database.create(name), &delay, "3s");
    let log = desk.path("log");
    let start = || worker(&desk, &log, &["-q"]);
    let began = Instant::now();
    let mut workers: Vec<Option<Child>> = (0..trial.workers).map(|_| Some(start())).collect();
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
        if trial.kill_every.is_some_and(|every| killed_at.elapsed() >= every) {
            let place = &mut workers[dice.below(trial.workers)];
            if let Some(mut worker) = place.take() {
                worker.kill().unwrap();
                worker.wait().unwrap();
                *place = Some(start());
                kills += 1;
            }
            if kills == trial.restart_at && database.starts() == 1 {
                database.end("INT");
                std::thread::sleep(Duration::from_millis(500));
                database.begin();
            }
            killed_at = Instant::now();
        }
    }
    let took = began.elapsed();
    let rate = trial.pages() as f64 / took.as_secs_f64();
    println!("{name}: {} workers, {kills} kills, {took:.1?}, {rate:.0} pages/s", trial.workers);
    assert!(trial.kill_every.is_none() || database.starts() == 2, "the database was never restarted");
    // What killed workers have written and not recorded is cut off when others take their places.
    let mut last: Vec<Child> = (0..trial.workers).map(|_| start()).collect();
    assert!(last.iter_mut().all(|worker| worker.wait().unwrap().success()));
    judge(&hosts, trial);
    check_articles(&hosts, &desk, database, (name, trial.workers));
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
fn check_articles(hosts: &Hosts, desk: &Desk, database: &Database, (name, workers): (&str, usize)) {
    let urls: BTreeSet<String> = hosts.urls().into_iter().collect();
    let rows =
        database.client(name).query("SELECT record ->> 'source', record ->> 'body' FROM articles", &[]);
    let rows: Vec<(String, String)> = rows.unwrap().iter().map(|row| (row.get(0), row.get(1))).collect();
    assert_eq!(rows.len(), urls.len());
    assert_eq!(rows.iter().map(|(source, _)| source.clone()).collect::<BTreeSet<_>>(), urls);
    assert!(rows.iter().all(|(_, body)| body.contains("The clerk closed the book of ")));
    let lines: String =
        (1..=workers).map(|number| desk.read(&format!("out/worker-{number}/articles.jsonl"))).collect();
    let mut sources = texts(&records(&lines), "source");
    sources.sort_unstable();
    assert_eq!(sources, urls.into_iter().collect::<Vec<_>>());
}

#[test]
fn workers_that_are_killed_and_a_database_that_restarts_lose_and_double_nothing() {
    let test = "workers_that_are_killed_and_a_database_that_restarts_lose_and_double_nothing";
    let Some(mut database) = Database::start(test) else { return };
    let trial = Trial {
        workers: 8,
        hosts: 40,
        pages_a_host: 12,
        delay: Duration::from_millis(100),
        kill_every: Some(Duration::from_millis(500)),
        restart_at: 5,
        patience: Duration::from_secs(240),
    };
    run(&mut database, "judged", &trial);
}

/// `[PRESSCLIP_URLS=50000] [PRESSCLIP_HOSTS=500] [PRESSCLIP_WORKERS=8] [PRESSCLIP_DELAY=500]
/// cargo test --release --test it fleet::judged::kills -- --ignored --nocapture`, the delay in milliseconds.
#[test]
#[ignore = "takes some minutes"]
fn kills_of_workers_and_a_restart_of_the_database_make_the_work_little_longer() {
    let Some(mut database) = Database::start("kills_of_workers") else { return };
    let quiet = Trial::from_environment();
    let without = run(&mut database, "without_kills", &quiet);
    let kill_every = Some(Duration::from_secs(4));
    let with = run(&mut database, "with_kills", &Trial { kill_every, ..quiet });
    assert!(
        with.as_secs_f64() <= 1.3 * without.as_secs_f64(),
        "{without:.1?} without kills, {with:.1?} with them"
    );
}

/// As above with `fleet::judged::throughput`: what more workers bring, up to eight or to as many as the environment says.
#[test]
#[ignore = "takes some minutes"]
fn throughput_grows_with_the_workers_until_something_else_bounds_it() {
    let Some(mut database) = Database::start("throughput") else { return };
    let trial = Trial::from_environment();
    let counts =
        std::iter::successors(Some(1), |count| Some(count * 2)).take_while(|count| *count <= trial.workers);
    for workers in counts {
        run(&mut database, &format!("throughput_{workers}"), &Trial { workers, ..trial });
    }
}
