//! How a run went, told to people and to programs: the summary, its files, and what failures are allowed.

use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::binary::{Desk, finish, records, story, texts};
use crate::server::{Behaviour, Server, ok, slow, status};

/// The samples of metrics in the text format of Prometheus: by name and labels. Whatever does not follow the format fails.
fn samples(text: &str) -> BTreeMap<String, f64> {
    let mut samples = BTreeMap::new();
    let mut typed = Vec::new();
    let mut helped = "";
    assert!(text.ends_with('\n'));
    for line in text.lines() {
        if let Some(help) = line.strip_prefix("# HELP ") {
            helped = help.split(' ').next().unwrap();
        } else if let Some(kind) = line.strip_prefix("# TYPE ") {
            assert_eq!(kind, format!("{helped} gauge"));
            assert!(!typed.contains(&helped), "{helped} stands in two places");
            typed.push(helped);
        } else {
            let (series, value) = line.rsplit_once(' ').unwrap();
            let name = series.split('{').next().unwrap();
            assert_eq!(typed.last(), Some(&name), "{line}");
            assert!(samples.insert(series.to_owned(), value.parse().unwrap()).is_none(), "twice: {line}");
        }
    }
    samples
}

/// Has promtool look at metrics, where it is installed.
fn promtool(text: &str) {
    let tool = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut tool) = tool else { return };
    tool.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = tool.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_run_is_told_as_json_and_as_metrics() {
    let server =
        Server::start([("/a", ok(&story("a"))), ("/b", slow(30, &story("b"))), ("/late", status(503))]);
    let desk = Desk::new();
    desk.put_job(&["/a", "/b", "/late", "/gone"].map(|path| server.url(path)));
    std::fs::rename(desk.path("config.toml"), desk.path("odd\"job\\.toml")).unwrap();
    desk.put("summary.json", "what was there before");
    let arguments = [
        "run",
        "-c",
        "odd\"job\\.toml",
        "--summary-json",
        "summary.json",
        "--metrics",
        "metrics/pressclip.prom",
    ];
    let done = desk.run(&arguments);
    assert_eq!(done.code, 3, "{}", done.stderr);

    let summary: Value = serde_json::from_str(&desk.read("summary.json")).unwrap();
    for (key, expected) in [("found", 4), ("new", 2), ("changed", 0), ("exit_code", 3), ("not_reached", 0)] {
        assert_eq!(summary[key], expected, "{key}");
    }
    assert_eq!(summary["deferred"]["http_5xx"], 1);
    assert_eq!(summary["failed"]["http_4xx"]["count"], 1);
    assert_eq!(summary["state"]["pages"], 4);
    let host = &summary["hosts"][0];
    assert_eq!(
        (&host["host"], &host["requests"]),
        (&format!("127.0.0.1:{}", server.port()).into(), &4.into())
    );
    assert!(host["longest"].as_f64().unwrap() >= 0.03, "{host}");

    let metrics = desk.read("metrics/pressclip.prom");
    promtool(&metrics);
    let samples = samples(&metrics);
    let job = r#"job_config="odd\"job\\.toml""#;
    for (series, expected) in [
        (format!("pressclip_run_exit_code{{{job}}}"), 3.0),
        (format!("pressclip_run_pages{{{job},outcome=\"new\"}}"), 2.0),
        (format!("pressclip_run_failed_pages{{{job},class=\"http_4xx\"}}"), 1.0),
        (format!("pressclip_run_deferred_pages{{{job},class=\"http_5xx\"}}"), 1.0),
        (format!("pressclip_state_pages{{{job}}}"), 4.0),
    ] {
        assert_eq!(samples.get(&series), Some(&expected), "{series} in {metrics}");
    }
    assert_eq!(desk.files("metrics"), ["pressclip.prom"], "nothing half-written stays");
}

#[test]
fn what_failed_is_a_list_that_can_be_asked_for_again() {
    let server = Server::start([
        ("/a", ok(&story("a"))),
        ("/b", Behaviour::Sequence(vec![status(404), ok(&story("b"))])),
    ]);
    let desk = Desk::new();
    let named = format!("{}\tSecond", server.url("/b"));
    desk.put_job(&[server.url("/a"), named, "saved/c.html".to_owned()]);
    let done = desk.run(&["run", "--failed-to", "lists/failed.txt"]);
    assert_eq!(done.code, 3, "{}", done.stderr);
    let list = desk.read("lists/failed.txt");
    assert_eq!(list.lines().filter(|line| line.starts_with("# http_4xx: ")).count(), 1, "{list}");
    assert_eq!(list.lines().count(), 4, "{list}");

    desk.put("saved/c.html", story("c"));
    let done = desk.run(&["clean", "-f", "jsonl", "-i", "lists/failed.txt"]);
    assert_eq!((done.code, done.records().len()), (0, 2), "{}", done.stderr);
    let hits = server.hits("/a");
    let done = desk.run(&["run", "-i", "lists/failed.txt", "--failed-to", "lists/failed.txt"]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    assert_eq!(server.hits("/a"), hits, "what did not fail is not asked for");
    assert_eq!(desk.read("lists/failed.txt"), "");
    assert_eq!(texts(&records(&desk.read("out/articles.jsonl")), "source").len(), 3);
}

#[test]
fn clean_gives_the_same_accounts() {
    let desk = Desk::new();
    desk.put("page.html", story("page"));
    let flags = ["--summary-json", "-", "--failed-to", "failed.txt", "--metrics", "m.prom"];
    let done =
        desk.run(&[["clean", "-o", "page.txt", "page.html", "missing.html"].as_slice(), &flags].concat());
    assert_eq!(done.code, 3, "{}", done.stderr);
    let summary: Value = serde_json::from_str(&done.stdout).unwrap();
    assert_eq!((&summary["new"], &summary["failed"]["read_failed"]["count"]), (&1.into(), &1.into()));
    assert!(desk.read("failed.txt").lines().nth(1).unwrap().ends_with("/missing.html"));
    promtool(&desk.read("m.prom"));
}

#[test]
fn some_failures_can_be_allowed() {
    let server = Server::start([("/a", ok(&story("a"))), ("/b", ok(&story("b"))), ("/c", ok(&story("c")))]);
    let desk = Desk::new();
    desk.put_job(&["/a", "/b", "/c", "/gone"].map(|path| server.url(path)));
    for (allowed, code) in [("0", 3), ("1", 0), ("24%", 3), ("25%", 0)] {
        let mut command = desk.command(["run", "--refetch", "--allow-failures", allowed]);
        assert_eq!(finish(&mut command).code, code, "{allowed}");
    }
    // A site that is down as a whole is not what a share allows for.
    desk.put_job(&[server.url("/gone"), server.url("/away")]);
    desk.run(&["run", "--set", "write.dir=other", "--allow-failures", "50%"]);
    let done = desk.run(&["run", "--set", "write.dir=third", "--allow-failures", "50%"]);
    assert_eq!(done.code, 4, "{}", done.stderr);
}
