//! A database that goes away, and workers that are asked to go.

use std::time::{Duration, Instant};

use super::database::Database;
use super::{Hosts, command, send, worker};
use crate::binary::{Desk, finish, records, texts};

const PATIENCE: Duration = Duration::from_secs(60);

fn wait_until(what: impl Fn() -> bool) {
    let began = Instant::now();
    while !what() {
        assert!(began.elapsed() < PATIENCE, "it does not come");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_worker_waits_for_a_database_that_was_killed_says_so_once_and_goes_on() {
    let test = "a_worker_waits_for_a_database_that_was_killed_says_so_once_and_goes_on";
    let Some(mut database) = Database::start(test) else { return };
    let (hosts, desk) = (Hosts::start(10, 12), Desk::new());
    hosts.put_job(&desk, &database.create("outage"), "50ms", "10s");
    let log = desk.path("log");
    let mut worker = worker(&desk, &log, &[]);
    wait_until(|| hosts.server.requests().len() > 20);
    database.end("KILL");
    std::thread::sleep(Duration::from_secs(2));
    database.begin();
    assert_eq!(worker.wait().unwrap().code(), Some(0), "{}", desk.read("log"));
    let said = desk.read("log");
    assert_eq!(said.matches("waits for the database `postgres://postgres@127.0.0.1:").count(), 1, "{said}");
    assert_eq!(said.matches("the database is there again").count(), 1, "{said}");
    let rows = database.client("outage").query_one("SELECT count(*) FROM articles", &[]).unwrap();
    assert_eq!(rows.get::<_, i64>(0), 120);
}

/// Has a worker meet an obstacle that is put into the way of its writes and taken away again: it must have waited and said so
/// in `words`, and have lost and doubled nothing.
fn check_that_it_waits(database: &Database, name: &str, words: &str, obstruct: impl Fn(bool)) {
    let (hosts, desk) = (Hosts::start(4, 8), Desk::new());
    hosts.put_job(&desk, &database.create(name), "100ms", "10s");
    let log = desk.path("log");
    let mut worker = worker(&desk, &log, &[]);
    wait_until(|| hosts.server.requests().len() > 8);
    obstruct(true);
    wait_until(|| desk.read("log").contains("waits for the database"));
    obstruct(false);
    assert_eq!(worker.wait().unwrap().code(), Some(0), "{}", desk.read("log"));
    let said = desk.read("log");
    assert!(said.contains(words) && said.contains("the database is there again"), "{said}");
    let rows = database.client(name).query_one("SELECT count(*) FROM articles", &[]).unwrap();
    assert_eq!(rows.get::<_, i64>(0), 32);
    let lines = records(&desk.read("out/worker-1/articles.jsonl"));
    let mut sources = texts(&lines, "source");
    sources.sort_unstable();
    sources.dedup();
    assert_eq!((lines.len(), sources.len()), (32, 32));
}

#[test]
fn a_database_that_takes_no_writes_is_waited_for() {
    let Some(database) = Database::start("a_database_that_takes_no_writes_is_waited_for") else { return };
    check_that_it_waits(&database, "frozen", "read-only transaction", |is_frozen| {
        let mut client = database.client("postgres");
        client.batch_execute("SET default_transaction_read_only = off").unwrap();
        client
            .batch_execute(&format!("ALTER SYSTEM SET default_transaction_read_only = {is_frozen}"))
            .unwrap();
        client.batch_execute("SELECT pg_reload_conf()").unwrap();
    });
}

#[test]
fn a_database_whose_disk_is_full_is_waited_for() {
    let Some(database) = Database::start("a_database_whose_disk_is_full_is_waited_for") else { return };
    let words = "could not extend file: No space left on device";
    check_that_it_waits(&database, "packed", words, |is_full| {
        let way = match is_full {
            true => format!(
                "CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION \
                 USING ERRCODE = 'disk_full', MESSAGE = '{words}'; END $$; \
                 CREATE TRIGGER no_room BEFORE INSERT ON articles EXECUTE FUNCTION no_room()"
            ),
            false => "DROP TRIGGER no_room ON articles".to_owned(),
        };
        database.client("packed").batch_execute(&way).unwrap();
    });
}

#[test]
fn a_worker_that_is_asked_to_go_gives_its_hosts_back_also_when_the_database_is_away() {
    let test = "a_worker_that_is_asked_to_go_gives_its_hosts_back_also_when_the_database_is_away";
    let Some(mut database) = Database::start(test) else { return };
    let (hosts, desk) = (Hosts::start(4, 50), Desk::new());
    hosts.put_job(&desk, &database.create("asked"), "100ms", "60s");
    let log = desk.path("log");
    let mut first = worker(&desk, &log, &[]);
    wait_until(|| hosts.server.requests().len() > 8);
    send("TERM", &first);
    assert_eq!(first.wait().unwrap().code(), Some(143));
    let left =
        "SELECT (SELECT count(*) FROM workers) + (SELECT count(*) FROM hosts WHERE worker IS NOT NULL)";
    assert_eq!(database.client("asked").query_one(left, &[]).unwrap().get::<_, i64>(0), 0);

    let mut second = worker(&desk, &log, &[]);
    let asked = hosts.server.requests().len();
    wait_until(|| hosts.server.requests().len() > asked + 8);
    database.end("INT");
    wait_until(|| desk.read("log").contains("waits for the database"));
    let began = Instant::now();
    send("TERM", &second);
    assert_eq!(second.wait().unwrap().code(), Some(143), "{}", desk.read("log"));
    assert!(began.elapsed() < Duration::from_secs(20));
    assert!(desk.read("log").contains("what is not recorded is visited again"), "{}", desk.read("log"));
}

#[test]
fn a_password_is_never_shown() {
    let desk = Desk::new();
    let url = "postgres://me:hunter2@127.0.0.1:1/none";
    for set in [format!("state.url={url}"), format!("state.url={url}?sslmode=nonsense")] {
        for arguments in [["status"].as_slice(), &["queue", "drop", "a.example"], &["export"]] {
            let done = finish(command(&desk, arguments).args(["-vv", "--set", &set]));
            assert_ne!(done.code, 0);
            assert!(!done.stderr.contains("hunter2") && !done.stderr.is_empty(), "{}", done.stderr);
        }
    }
    let done = finish(command(&desk, &["status", "--set"]).arg(format!("state.url={url}")));
    assert!(
        done.stderr.contains("can't reach the database `postgres://me@127.0.0.1:1/none`"),
        "{}",
        done.stderr
    );
}
