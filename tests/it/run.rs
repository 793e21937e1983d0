//! `pressclip run`: lists, outcomes, outputs, exit codes and signals.

use std::collections::{BTreeMap, BTreeSet};
use std::net::TcpListener;
use std::time::Duration;

use pressclip::write::lock;
use serde_json::Value;

use crate::binary::{Desk, done, finish, last_sentence, records, story, texts};
use crate::measured::{Measured, measured};
use crate::server::{Behaviour, Server, allow, gzip, ok, redirect, slow, status, typed};

/// A URL of a host that refuses connections.
fn refused(path: &str) -> String {
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    allow(address);
    format!("http://{address}{path}")
}

/// What the page of this number does, and the class of its failure.
fn behaviour(number: usize) -> (Option<Behaviour>, Option<&'static str>) {
    let name = number.to_string();
    match number % 10 {
        0..=3 => (Some(ok(&story(&name))), None),
        4 => (Some(slow(20, &story(&name))), None),
        5 => (Some(status(404)), Some("http_4xx")),
        6 => (Some(status(500)), None),
        7 => (Some(redirect(&format!("/moved/{number}"))), None),
        8 => (Some(typed("application/pdf", b"%PDF-1.7 and so on")), Some("wrong_type")),
        _ if number % 20 == 9 => (Some(ok("")), Some("empty")),
        _ => (None, None),
    }
}

/// Whether the page of this number is put off, because its server fails or is not there.
fn is_deferred(number: usize) -> bool {
    number % 10 == 6 || number % 20 == 19
}

/// The sources that a summary names, by class.
fn failures(summary: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut failures: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut class = String::new();
    for line in summary.lines() {
        match line.strip_prefix("  ") {
            Some(page) => {
                let (source, _) = page.split_once(": ").unwrap();
                assert!(failures.get_mut(&class).unwrap().insert(source.to_owned()), "{source} twice");
            }
            None if line.ends_with(')') && !line.contains(" in ") => {
                class = line.split(' ').next().unwrap().to_owned();
                failures.insert(class.clone(), BTreeSet::new());
            }
            None => {}
        }
    }
    failures
}

#[test]
fn three_hundred_pages_of_many_hosts_come_to_three_hundred_classed_outcomes_and_whole_files() {
    let numbers = |host: usize| (0..300).filter(move |number| number / 10 % 5 == host);
    let servers: Vec<Server> = (0..5)
        .map(|host| {
            let moved =
                numbers(host).map(|number| (format!("/moved/{number}"), ok(&story(&number.to_string()))));
            let pages = numbers(host).filter_map(|number| Some((format!("/{number}"), behaviour(number).0?)));
            Server::start(pages.chain(moved))
        })
        .collect();
    let url = |number: usize| match behaviour(number).0 {
        Some(_) => servers[number / 10 % 5].url(&format!("/{number}")),
        None => refused(&format!("/{number}")),
    };
    let urls: Vec<String> = (0..300).map(url).collect();
    let mut expected: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut good = BTreeMap::new();
    for (number, url) in urls.iter().enumerate() {
        match behaviour(number).1 {
            Some(class) => drop(expected.entry(class.to_owned()).or_default().insert(url.clone())),
            None if is_deferred(number) => {}
            None => drop(good.insert(url.clone(), number.to_string())),
        }
    }

    let desk = Desk::new();
    desk.put_job(&urls);
    let done = desk.run(&["run"]);
    assert_eq!(done.code, 3, "{}", done.stderr);
    assert_eq!(failures(&done.stderr), expected);
    assert!(
        done.stderr.contains("deferred: 15 connect, 30 http_5xx, the next page is due at 20"),
        "{}",
        done.stderr
    );
    assert!(done.stderr.contains("180 articles, 75 failed, 45 deferred in "), "{}", done.stderr);
    assert_eq!(done.stdout, "");

    let articles = records(&desk.read("out/articles.jsonl"));
    assert_eq!(articles.len(), good.len());
    let sources: BTreeSet<String> = texts(&articles, "source").into_iter().collect();
    assert_eq!(sources, good.keys().cloned().collect());
    for article in &articles {
        let number = &good[article["source"].as_str().unwrap()];
        assert!(article["body"].as_str().unwrap().ends_with(&last_sentence(number)), "{article}");
        assert_eq!(article.get("dropped"), None, "{article}");
    }
    let files = desk.files("out");
    assert_eq!(files.len(), good.len() + 1, "a Markdown file an article, the JSONL file, and nothing else");
    let written: Vec<String> = files
        .iter()
        .filter(|name| name.ends_with(".md"))
        .map(|name| desk.read(&format!("out/{name}")))
        .collect();
    for number in good.values() {
        let end = format!("{}\n", last_sentence(number));
        let is_whole = |text: &&String| text.starts_with("---\ntitle: ") && text.ends_with(&end);
        assert_eq!(written.iter().filter(is_whole).count(), 1, "{number}");
    }
}

#[test]
fn a_page_that_waits_for_its_next_try_holds_up_none_of_the_others() {
    let server = Server::start([
        ("/a", Behaviour::Sequence(vec![status(500), ok(&story("a"))])),
        ("/b", ok(&story("b"))),
    ]);
    let desk = Desk::new();
    desk.put_job(&[server.url("/a"), server.url("/b")]);
    let done = desk.run(&["run", "--set", "fetch.retries=1", "--set", "fetch.delay=50ms"]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    let paths: Vec<String> = server.requests().into_iter().map(|request| request.path).collect();
    assert_eq!(paths, ["/a", "/b", "/a"]);
}

#[test]
fn the_exit_code_tells_all_some_and_none_apart() {
    let server = Server::start([("/good", ok(&story("good"))), ("/also", ok(&story("also")))]);
    let (good, also, bad) = (server.url("/good"), server.url("/also"), server.url("/bad"));
    for (entries, code) in [(vec![&good, &also], 0), (vec![&good, &bad], 3), (vec![&bad], 4), (Vec::new(), 0)]
    {
        let desk = Desk::new();
        desk.put_job(&entries);
        let done = desk.run(&["run"]);
        assert_eq!(done.code, code, "{entries:?}: {}", done.stderr);
    }
}

#[test]
fn pages_that_hold_no_story_are_set_aside_and_are_no_failures() {
    let teasers: String = (0..20)
        .map(|at| format!("<div><h2><a href=/{at}>Ferry number {at} sails again after repairs</a></h2><p>In {at} weeks.</p></div>"))
        .collect();
    let index = format!("<title>News</title><h1>News</h1>{teasers}");
    let gone =
        "<title>Page not found</title><h1>Page not found</h1><p>The page you are looking for has moved.</p>";
    let server = Server::start([("/story", ok(&story("good"))), ("/news", ok(&index)), ("/gone", ok(gone))]);
    let desk = Desk::new();
    desk.put_job(&[server.url("/news"), server.url("/gone"), server.url("/story")]);
    let done = desk.run(&["run"]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    for part in ["set aside: 1 index, 1 error\n", "\n1 article, 0 failed in "] {
        assert!(done.stderr.contains(part), "{part} is not in {}", done.stderr);
    }
    let articles = records(&desk.read("out/articles.jsonl"));
    assert_eq!(texts(&articles, "source"), [server.url("/story")]);
    assert_eq!(desk.files("out").len(), 2, "{:?}", desk.files("out"));
}

#[test]
fn a_list_has_comments_names_and_windows_line_ends_and_names_each_page_once() {
    let server = Server::start([("/story", ok(&story("web"))), ("/other?a=b", ok(&story("other")))]);
    let desk = Desk::new();
    desk.put("lists/pages/saved.html", story("saved"));
    let lines = [
        "\u{feff}# pages of the harbour",
        "",
        &format!("{}\tFront Page", server.url("/story")),
        &server.url("/story#top"),
        "pages/saved.html",
        "  pages/saved.html\tagain",
        &server.url("/other?a=b"),
    ];
    desk.put("lists/urls.txt", lines.join("\r\n"));
    desk.put("lists/more.txt", format!("{}\n", server.url("/story")));
    desk.put(
        "lists/job.toml",
        "[[source]]\nname = \"one\"\nlist = \"urls.txt\"\n[[source]]\nname = \"two\"\nlist = \"more.txt\"\n",
    );
    let dry = desk.run(&["run", "-c", "lists/job.toml", "--dry-run"]);
    let expected = [server.url("/story"), "pages/saved.html".to_owned(), server.url("/other?a=b")]
        .map(|source| format!("now\tnew\t{source}\n"));
    assert_eq!((dry.code, dry.stdout), (0, expected.concat()));
    assert!(server.requests().is_empty());

    let done = desk.run(&["run", "-c", "lists/job.toml"]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    assert_eq!(server.requests().len(), 2);
    let files = desk.files("out");
    assert_eq!(files.len(), 4, "{files:?}");
    assert!(files[0].starts_with("127.0.0.1/front-page-"), "{files:?}");
    assert!(files[1].starts_with("127.0.0.1/harbour-story-other-"), "{files:?}");
    assert_eq!(files[2], "articles.jsonl");
    assert!(files[3].starts_with("local/harbour-story-saved-"), "{files:?}");
}

#[test]
fn two_urls_of_one_article_make_one_file_and_one_line() {
    let server =
        Server::start([("/story", ok(&story("one"))), ("/short", redirect("/story")), ("/bad", status(404))]);
    let desk = Desk::new();
    desk.put_job(&[server.url("/short"), server.url("/story"), server.url("/bad")]);
    let done = desk.run(&["run"]);
    assert_eq!(done.code, 3);
    assert!(done.stderr.contains("1 article, 1 failed, 1 duplicates in "), "{}", done.stderr);
    assert_eq!(records(&desk.read("out/articles.jsonl")).len(), 1);
    assert_eq!(desk.files("out").len(), 2);
}

#[test]
fn a_second_run_brings_articles_up_to_date_and_keeps_the_others() {
    let desk = Desk::new();
    for name in ["a", "b"] {
        desk.put(&format!("{name}.html"), story(name));
    }
    desk.put_job(&["a.html", "b.html"]);
    assert_eq!(desk.run(&["run"]).code, 0);
    desk.put("a.html", story("a").replace("nine to four", "ten to three"));
    desk.put_job(&["a.html"]);
    let done = desk.run(&["run"]);
    assert_eq!(done.code, 0);
    assert!(done.stderr.contains("1 article (0 new, 1 changed), 0 failed in "), "{}", done.stderr);
    let articles = records(&desk.read("out/articles.jsonl"));
    assert_eq!(texts(&articles, "source"), ["b.html", "a.html"]);
    assert!(articles[1]["body"].as_str().unwrap().contains("ten to three"));
    assert_eq!((&articles[0]["revision"], &articles[1]["revision"]), (&1.into(), &2.into()));
    assert_eq!(desk.files("out").len(), 3, "{:?}", desk.files("out"));
}

#[test]
fn every_format_that_is_asked_for_is_written_and_limit_ends_early() {
    let desk = Desk::new();
    desk.put("a.html", story("a"));
    desk.put("b.html", story("b"));
    desk.put_job(&["a.html", "b.html"]);
    let formats = r#"write.formats=["text", "markdown", "html", "json"]"#;
    let done = desk.run(&["run", "--limit", "1", "--set", formats, "--set", "write.name={slug}"]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    let files = desk.files("out");
    let endings: Vec<&str> = files.iter().map(|name| name.rsplit('.').next().unwrap()).collect();
    assert_eq!(endings, ["html", "json", "md", "txt"], "{files:?}");
    for name in &files {
        assert!(desk.read(&format!("out/{name}")).contains(&last_sentence("a")), "{name}");
    }
    let record: Value = serde_json::from_str(&desk.read(&format!("out/{}", files[1]))).unwrap();
    assert_eq!(record["source"], "a.html");
}

#[test]
fn a_job_that_makes_no_sense_is_refused_before_anything_is_fetched() {
    let server = Server::start([("/", ok(&story("x")))]);
    let desk = Desk::new();
    desk.put_job(&[server.url("/")]);
    for (setting, problem) in [
        ("write.name={title}", "unknown placeholder"),
        ("write.name={host}", "lacks `{slug}`"),
        ("write.formats=[]", "`write.formats` is empty"),
        ("source=[]", "has no source"),
        ("source=[{name = \"empty\"}]", "`empty` names nothing"),
    ] {
        let done = desk.run(&["run", "--set", setting]);
        assert_eq!(done.code, 2, "{setting}: {}", done.stderr);
        assert!(done.stderr.contains(problem), "{setting}: {}", done.stderr);
    }
    assert!(server.requests().is_empty() && !desk.path("out").exists());
    desk.put("config.toml", "[[source]]\nname = \"x\"\nlist = \"missing.txt\"\n");
    let done = desk.run(&["run"]);
    assert_eq!(done.code, 4);
    assert!(
        done.stderr.contains("read_failed (1)\n  missing.txt: can't read `missing.txt`"),
        "{}",
        done.stderr
    );
}

#[test]
fn two_runs_do_not_write_to_one_folder() {
    let desk = Desk::new();
    desk.put("a.html", story("a"));
    desk.put_job(&["a.html"]);
    let lock = lock::take(&desk.path("out").join(lock::FILE)).unwrap();
    let done = desk.run(&["run"]);
    assert_eq!(done.code, 75, "{}", done.stderr);
    let holder = format!("another run (process {}, since 20", std::process::id());
    assert!(done.stderr.contains(&holder) && done.stderr.contains("has `out/`"), "{}", done.stderr);
    drop(lock);
    assert_eq!(desk.run(&["run"]).code, 0);
}

#[test]
fn an_output_that_cannot_be_written_is_the_failure_of_its_page_alone() {
    let desk = Desk::new();
    desk.put("a.html", story("a"));
    desk.put("b.html", story("b"));
    desk.put_job(&["a.html\tone", "b.html\ttwo"]);
    assert_eq!(desk.run(&["run", "--set", "write.name={slug}"]).code, 0);
    let first = desk.files("out").into_iter().find(|name| name.starts_with("one-")).unwrap();
    std::fs::remove_file(desk.path("out").join(&first)).unwrap();
    std::fs::create_dir(desk.path("out").join(&first)).unwrap();
    let done = desk.run(&["run", "--refetch", "--set", "write.name={slug}"]);
    assert_eq!(done.code, 3, "{}", done.stderr);
    assert!(done.stderr.starts_with("write_failed (1)\n  a.html: "), "{}", done.stderr);
}

#[test]
fn quiet_is_quiet_unless_something_failed_and_what_servers_say_cannot_act() {
    let server = Server::start([("/good", ok(&story("good")))]);
    let desk = Desk::new();
    desk.put_job(&[server.url("/good")]);
    let done = desk.run(&["run", "-q"]);
    assert_eq!((done.code, done.stdout.as_str(), done.stderr.as_str()), (0, "", ""));
    assert_eq!(desk.run(&["run", "-q", "-v"]).code, 2);

    desk.put_job(&[server.url("/good"), server.url("/\u{1b}[31mred")]);
    let done = desk.run(&["run", "-q"]);
    assert!(done.stderr.starts_with("http_4xx (1)\n"), "{}", done.stderr);
    let done =
        finish(desk.command(["run", "-v", "--refetch"]).env("NO_COLOR", "1").env("CLICOLOR_FORCE", "1"));
    assert_eq!(done.code, 3);
    assert!(done.stderr.contains("http_4xx (1)\n  ") && done.stderr.contains("\\u{1b}[31mred"));
    assert!(!done.stderr.contains('\u{1b}'), "{:?}", done.stderr);
}

#[cfg(unix)]
#[test]
fn a_signal_ends_the_run_and_leaves_what_was_done_whole() {
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let silent = Server::start([("/", Behaviour::Silent)]);
        let server = Server::start(["a", "b", "c"].map(|name| (format!("/{name}"), ok(&story(name)))));
        let desk = Desk::new();
        desk.put_job(&[silent.url("/"), server.url("/a"), server.url("/b"), server.url("/c")]);
        let mut child = desk.command(["run"]).spawn().unwrap();
        let markdown = || desk.files("out").iter().filter(|name| name.ends_with(".md")).count();
        while silent.requests().is_empty() || !desk.path("out").exists() || markdown() < 3 {
            assert!(child.try_wait().unwrap().is_none(), "it ended by itself");
            std::thread::sleep(Duration::from_millis(5));
        }
        let id = child.id().to_string();
        assert!(std::process::Command::new("kill").args(["-s", signal, &id]).status().unwrap().success());
        let done = done(child.wait_with_output().unwrap());
        assert_eq!(done.code, code, "{}", done.stderr);
        assert!(done.stderr.contains("3 articles, 0 failed, 1 not reached (interrupted)"), "{}", done.stderr);
        assert_eq!(records(&desk.read("out/articles.jsonl")).len(), 3);
        assert_eq!(desk.files("out").len(), 4);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn pages_that_wait_to_be_cleaned_are_no_more_than_those_in_flight() {
    let count = 60;
    let large = format!("<!--{}-->{}", "x".repeat(6 << 20), story("large"));
    let servers: Vec<Server> = (0..count).map(|_| Server::start([("/", gzip(&large))])).collect();
    let desk = Desk::new();
    desk.put_job(&servers.iter().map(|server| server.url("/")).collect::<Vec<_>>());
    let Measured { done, peak, .. } = measured(&mut desk.command(["run", "--set", "fetch.concurrency=2"]));
    assert_eq!(done.code, 0, "{}", done.stderr);
    assert!(peak >> 20 < 200, "{} MiB for two pages of 6 MiB", peak >> 20);
}
