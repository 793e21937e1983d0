//! The commands around a state: status, queue, export.

use serde_json::Value;

use super::database::Database;
use super::{Hosts, command, worker};
use crate::binary::{Desk, finish, records, texts};
use crate::outputs::archive::{field, unpacked};

fn status(desk: &Desk) -> Value {
    let done = finish(&mut command(desk, &["status", "--json"]));
    assert_eq!(done.code, 0, "{}", done.stderr);
    serde_json::from_str(&done.stdout).unwrap()
}

fn said(desk: &Desk, arguments: &[&str]) -> String {
    let done = finish(&mut command(desk, arguments));
    assert_eq!(done.code, 0, "{}", done.stderr);
    done.stderr
}

/// What a state with twelve pages of three hosts says before and after changes by hand.
fn check_queue(desk: &Desk, hosts: &Hosts, run: &[&str]) {
    assert_eq!(said(desk, &["queue", "add", "-i", "urls.txt"]), "12 pages are new, 0 were known\n");
    let url = &hosts.urls()[0];
    assert_eq!(said(desk, &["queue", "add", url]), "0 pages are new, 1 were known\n");
    assert_eq!(said(desk, &["queue", "drop", &hosts.name(1)]), "4 pages are left alone from now on\n");
    let before = status(desk);
    assert_eq!((&before["counts"]["pages"], &before["counts"]["due"]), (&12.into(), &8.into()));
    assert_eq!(before["hosts"]["ready"], 2);
    assert_eq!(before["overdue"]["host"], hosts.name(0).as_str());
    assert_eq!(finish(&mut command(desk, run)).code, 0);
    assert_eq!(status(desk)["last_hour"]["written"], 8);
    assert_eq!(said(desk, &["queue", "retry", url]), "1 pages are due now\n");
    assert_eq!(said(desk, &["queue", "retry", "--failed"]), "0 pages are due now\n");
    assert_eq!(said(desk, &["queue", "purge", &hosts.name(2)]), "4 pages are forgotten\n");
    let after = status(desk);
    assert_eq!((&after["counts"]["pages"], &after["counts"]["due"]), (&8.into(), &1.into()));
    let text = finish(&mut command(desk, &["status"])).stdout;
    assert!(text.starts_with("pages     8 known, 1 due, 0 deferred\nhosts     3 known"), "{text}");
    assert!(finish(&mut command(desk, &["queue", "retry"])).code == 2);
}

#[test]
fn what_waits_is_told_and_changed_on_either_state() {
    let (hosts, desk) = (Hosts::start(3, 4), Desk::new());
    hosts.put_job(&desk, "", "1ms", "9s");
    assert_eq!(finish(&mut command(&desk, &["status"])).code, 1);
    check_queue(&desk, &hosts, &["run"]);

    let Some(database) = Database::start("what_waits_is_told_and_changed_on_either_state") else { return };
    let desk = Desk::new();
    hosts.put_job(&desk, &database.create("queue"), "1ms", "9s");
    check_queue(&desk, &hosts, &["run", "--worker"]);
    let told = finish(&mut command(&desk, &["doctor"])).stdout;
    assert!(told.contains("the database knows 8 pages, 1 are due; 0 workers work on it"), "{told}");
    hosts.put_job(&desk, "postgres://nobody@127.0.0.1:1/none", "1ms", "9s");
    let told = finish(&mut command(&desk, &["doctor"])).stdout;
    assert!(told.contains("fix   state ") && told.contains("`state.url` must name a database"), "{told}");
}

#[test]
fn the_table_of_articles_is_searched_and_turned_into_any_form() {
    let test = "the_table_of_articles_is_searched_and_turned_into_any_form";
    let Some(database) = Database::start(test) else { return };
    let (hosts, desk) = (Hosts::start(2, 3), Desk::new());
    hosts.put_job(&desk, &database.create("articles"), "1ms", "9s");
    let log = desk.path("log");
    assert!(worker(&desk, &log, &[]).wait().unwrap().success());

    let found = "SELECT record ->> 'title' FROM articles WHERE words @@ websearch_to_tsquery('simple', '\"story of 1-2\"')";
    let rows = database.client("articles").query(found, &[]).unwrap();
    assert_eq!(rows.iter().map(|row| row.get::<_, &str>(0)).collect::<Vec<_>>(), ["Harbour story 1-2"]);

    let done = finish(&mut command(&desk, &["export"]));
    assert_eq!(done.code, 0, "{}", done.stderr);
    let mut exported = records(&done.stdout);
    let mut written = records(&desk.read("out/worker-1/articles.jsonl"));
    let by_source = |record: &Value| record["source"].as_str().unwrap().to_owned();
    exported.sort_by_key(by_source);
    written.sort_by_key(by_source);
    assert_eq!(exported, written);
    assert_eq!(texts(&exported, "source").len(), 6);

    assert_eq!(said(&desk, &["export", "-f", "markdown,csv,sqlite,warc", "-o", "corpus"]), "6 articles\n");
    let files = desk.files("corpus");
    assert_eq!(files.iter().filter(|name| name.ends_with(".md")).count(), 6);
    assert_eq!(desk.read("corpus/articles.csv").lines().count(), 7);
    assert!(files.iter().any(|name| name == "articles.sqlite"));
    let archive = unpacked(&desk, "corpus/articles.warc.gz");
    let kinds = archive.iter().map(|record| field(record, "WARC-Type"));
    assert_eq!(kinds.filter(|kind| *kind == "conversion").count(), 6, "a state holds texts, and no pages");
    assert_eq!(archive.len(), 7);
    let again = finish(&mut command(&desk, &["export", "-o", "corpus"]));
    assert!(again.code == 1 && again.stderr.contains("there is something in `corpus`"), "{}", again.stderr);
}

#[test]
fn what_a_worker_would_ask_is_shown_while_others_work_and_takes_nothing_from_them() {
    let test = "what_a_worker_would_ask_is_shown_while_others_work_and_takes_nothing_from_them";
    let Some(database) = Database::start(test) else { return };
    let (hosts, desk) = (Hosts::start(2, 3), Desk::new());
    hosts.put_job(&desk, &database.create("plan"), "1ms", "9s");
    let plan = || {
        let done = finish(&mut command(&desk, &["run", "--dry-run"]));
        assert_eq!(done.code, 0, "{}", done.stderr);
        done.stdout
    };
    let new = hosts.urls().iter().map(|url| format!("now\tnew\t{url}\n")).collect::<String>();
    assert_eq!(plan(), new);
    // Nothing was begun by looking.
    let begun = "SELECT to_regclass('pressclip.pages') IS NOT NULL";
    assert!(!database.client("plan").query_one(begun, &[]).unwrap().get::<_, bool>(0));

    assert_eq!(said(&desk, &["queue", "add", "-i", "urls.txt"]), "6 pages are new, 0 were known\n");
    desk.put("urls.txt", hosts.urls()[5].as_str());
    let leased = "INSERT INTO workers (name, alive_until, delay) VALUES ('other', now() + interval '1 hour', 0); \
        UPDATE hosts SET worker = workers.id FROM workers WHERE hosts.name = ";
    database.client("plan").batch_execute(&format!("{leased}'{}'", hosts.name(0))).unwrap();
    let mut shown: Vec<String> = plan().lines().map(str::to_owned).collect();
    assert_eq!(shown[0], format!("now\tnew\t{}", hosts.urls()[5]));
    shown.sort_unstable();
    let mut expected: Vec<String> = new.lines().map(str::to_owned).collect();
    expected.sort_unstable();
    assert_eq!(shown, expected);
    assert_eq!(status(&desk)["hosts"]["leased"], 1);
    assert!(hosts.server.requests().is_empty());
}
