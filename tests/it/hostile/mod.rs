//! The hostile list: 84 numbers, each with what must come of it, run by the built command next to pages that are good.
//!
//! A case is named by its number, with a letter where a number has several. Here are those of the network, of redirects
//! and addresses, of content, of markup and of names. 54 is in `src/fetch/guard/tests.rs`, since it needs a resolver that
//! lies; 59 and 61 to 67, about robots.txt and Retry-After, are in `politeness.rs`.

mod addresses;
mod bodies;
mod content;
mod encodings;
mod heads;
mod markup;
mod names;
mod redirects;
mod text;
pub mod tls;

use std::process::Command;

use serde_json::Value;

use crate::binary::{Desk, Done, last_sentence, records, story};
use crate::measured::{Measured, measured};
use crate::server::{Behaviour, Server, ok};

/// The most memory that a run of all cases of a test may take, in bytes.
const MEMORY: u64 = 400 << 20;

/// What a case must come to.
#[derive(Debug, Clone)]
pub enum Expected {
    /// The whole story of [`page`].
    Story,
    /// A failure of one of these classes.
    Failure(&'static [&'static str]),
}

use Expected::{Failure, Story};

/// One case: its number, what happens, and what must come of it.
pub struct Case {
    number: &'static str,
    what: String,
    page: Page,
    expected: Expected,
}

/// Where the page of a case is.
enum Page {
    /// On a host of its own that behaves like this.
    Behaviour(Behaviour),
    Url(String),
}

/// A case that is a page of a server.
fn served(number: &'static str, what: &str, behaviour: Behaviour, expected: Expected) -> Case {
    Case { number, what: what.to_owned(), page: Page::Behaviour(behaviour), expected }
}

/// A case that is a URL.
fn at(number: &'static str, url: impl Into<String>, expected: Expected) -> Case {
    let url = url.into();
    Case { number, what: url.clone(), page: Page::Url(url), expected }
}

/// The markup of a page with a story, for cases in which that must come through.
fn page() -> String {
    story("hostile")
}

/// The head of an answer with these lines, and then `rest`.
fn with_head(lines: &str, rest: impl AsRef<[u8]>) -> Vec<u8> {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n{lines}\r\n");
    [head.as_bytes(), rest.as_ref()].concat()
}

/// What [`check`] brought, for further looks.
struct Outcome {
    measured: Measured,
    /// The records of the cases, in their order.
    records: Vec<Value>,
    /// The server that all behaviours are on.
    server: Server,
}

/// Cleans all cases in one run of the command, good pages before, between and after them, and reports every case that
/// comes to something else than it must. Each case has a host of its own, by name.
#[track_caller]
fn check(cases: Vec<Case>, settings: &[&str]) -> Outcome {
    check_with(cases, settings, |_| {})
}

#[track_caller]
fn check_with(cases: Vec<Case>, settings: &[&str], prepare: impl FnOnce(&mut Command)) -> Outcome {
    let mut routes = vec![("/good".to_owned(), ok(&story("good")))];
    routes.extend(cases.iter().enumerate().filter_map(|(place, case)| match &case.page {
        Page::Behaviour(behaviour) => Some((format!("/{place}"), behaviour.clone())),
        Page::Url(_) => None,
    }));
    let server = Server::start(routes);
    let mut urls = Vec::new();
    let mut hosts = Vec::new();
    let mut host = |name: String, path: &str| {
        let url = format!("http://{name}:{}{path}", server.port());
        hosts.push(name);
        url
    };
    for (place, case) in cases.iter().enumerate() {
        urls.push(host(format!("good-{place}.test"), "/good"));
        urls.push(match &case.page {
            Page::Behaviour(_) => host(format!("case-{place}.test"), &format!("/{place}")),
            Page::Url(url) => url.clone(),
        });
    }
    urls.push(host("good.test".to_owned(), "/good"));

    let desk = Desk::new();
    desk.put("urls.txt", urls.join("\n"));
    let hosts = hosts.iter().map(|name| format!("\"{name}\" = [\"127.0.0.1\"]\n"));
    desk.put("config.toml", format!("[fetch.hosts]\n{}", hosts.collect::<String>()));
    let mut command = desk.command(["clean", "-f", "jsonl", "-i", "urls.txt", "-vv"]);
    command.args(settings.iter().flat_map(|setting| ["--set", setting]));
    prepare(&mut command);
    let measured = measured(&mut command);
    assert!(measured.peak < MEMORY, "{} bytes of memory", measured.peak);
    let records = check_records(&cases, &urls, &measured.done);
    Outcome { measured, records, server }
}

#[track_caller]
fn check_records(cases: &[Case], urls: &[String], done: &Done) -> Vec<Value> {
    let all = records(&done.stdout);
    let sources: Vec<&str> = all.iter().map(|record| record["source"].as_str().unwrap()).collect();
    assert_eq!(sources, urls, "one record a URL, in their order");
    assert!(!done.stdout.contains('\u{1b}') && !done.stderr.contains('\u{1b}'), "{:?}", done.stderr);
    let is_story = |record: &Value, name: &str| {
        record["error"].is_null() && record["body"].as_str().unwrap().ends_with(&last_sentence(name))
    };
    let mut wrong = Vec::new();
    let (good, hostile): (Vec<_>, Vec<_>) =
        all.into_iter().enumerate().partition(|(place, _)| place % 2 == 0);
    for (_, record) in good.iter().filter(|(_, record)| !is_story(record, "good")) {
        wrong.push(format!("a good page suffers: {record}"));
    }
    for (case, (_, record)) in cases.iter().zip(&hostile) {
        let matches = match &case.expected {
            Story => is_story(record, "hostile"),
            Failure(classes) => {
                record["error"]["class"].as_str().is_some_and(|class| classes.contains(&class))
            }
        };
        if !matches {
            wrong.push(format!("{} {}: not {:?}: {record:.600}", case.number, case.what, case.expected));
        }
    }
    assert!(wrong.is_empty(), "{}\n{}", wrong.join("\n"), done.stderr);
    let is_failure = |case: &&Case| matches!(case.expected, Failure(_));
    assert_eq!(done.code, if cases.iter().any(|case| is_failure(&case)) { 3 } else { 0 });
    hostile.into_iter().map(|(_, record)| record).collect()
}
