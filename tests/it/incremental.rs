//! `pressclip run` again and again: each page is asked for when it is due, and written when it has changed.

use serde_json::Value;

use crate::binary::{Desk, Done, last_sentence, records, story, texts};
use crate::server::{Behaviour, Server, answer, ok, raw, redirect, status};

/// Every page is due again as soon as it was had.
const DUE: [&str; 2] = ["--set", "fetch.revisit.fresh=0s"];

fn tagged(etag: &str, html: &str) -> Behaviour {
    answer("200 OK", &[("Content-Type", "text/html; charset=utf-8"), ("ETag", etag)], html.as_bytes())
}

fn not_modified() -> Behaviour {
    raw("HTTP/1.1 304 Not Modified\r\n\r\n")
}

fn sequence(behaviours: impl IntoIterator<Item = Behaviour>) -> Behaviour {
    Behaviour::Sequence(behaviours.into_iter().collect())
}

/// A desk with a list of `paths` on `server`.
fn desk(server: &Server, paths: &[&str]) -> Desk {
    let desk = Desk::new();
    desk.put_job(&paths.iter().map(|path| server.url(path)).collect::<Vec<_>>());
    desk
}

fn run(desk: &Desk, more: &[&str]) -> Done {
    desk.run(&[&["run"], more].concat())
}

fn lines(desk: &Desk) -> Vec<Value> {
    records(&desk.read("out/articles.jsonl"))
}

#[track_caller]
fn check(done: &Done, code: i32, counts: &str) {
    assert_eq!(done.code, code, "{}", done.stderr);
    assert!(done.stderr.contains(counts), "`{counts}` is not in {}", done.stderr);
}

#[test]
fn a_second_run_asks_for_nothing_that_is_not_due() {
    let server = Server::start([("/a", ok(&story("a"))), ("/b", ok(&story("b")))]);
    let desk = desk(&server, &["/a", "/b", "/gone"]);
    check(&run(&desk, &[]), 3, "2 articles, 1 failed in ");
    let before = desk.read("out/articles.jsonl");
    check(&run(&desk, &[]), 0, "nothing new: 3 pages are known, the next page is due at 20");
    assert_eq!(server.requests().len(), 3);
    assert_eq!(desk.read("out/articles.jsonl"), before);
}

#[test]
fn a_page_that_is_due_is_asked_whether_it_has_changed() {
    let server = Server::start([("/a", sequence([tagged("\"1\"", &story("a")), not_modified()]))]);
    let desk = desk(&server, &["/a"]);
    check(&run(&desk, &DUE), 0, "1 article, 0 failed in ");
    check(&run(&desk, &DUE), 0, "0 articles, 0 failed, 1 unchanged in ");
    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    assert!(!requests[0].head.to_ascii_lowercase().contains("if-none-match"));
    assert!(requests[1].head.to_ascii_lowercase().contains("\r\nif-none-match: \"1\"\r\n"));
}

#[test]
fn a_story_that_is_the_same_is_unchanged_whatever_stands_around_it() {
    let again = story("a").replace("Sport", "Weather");
    let server = Server::start([("/a", sequence([ok(&story("a")), ok(&again)]))]);
    let desk = desk(&server, &["/a"]);
    run(&desk, &DUE);
    let before = desk.read("out/articles.jsonl");
    check(&run(&desk, &DUE), 0, "0 articles, 0 failed, 1 unchanged in ");
    assert_eq!((server.requests().len(), desk.read("out/articles.jsonl")), (2, before));
}

#[test]
fn a_story_that_has_changed_is_written_in_its_old_place_with_its_revision() {
    let changed = story("a").replace("Harbour story a", "Ferry vote").replace("nine to four", "ten to three");
    let server = Server::start([("/a", sequence([tagged("\"1\"", &story("a")), tagged("\"2\"", &changed)]))]);
    let desk = desk(&server, &["/a"]);
    run(&desk, &DUE);
    let files = desk.files("out");
    check(&run(&desk, &DUE), 0, "1 article (0 new, 1 changed), 0 failed in ");
    assert_eq!(desk.files("out"), files);
    let markdown = files.iter().find(|name| name.ends_with(".md")).unwrap();
    assert!(desk.read(&format!("out/{markdown}")).contains("ten to three"));
    let lines = lines(&desk);
    assert_eq!(
        (lines.len(), &lines[0]["revision"], &lines[0]["title"]),
        (1, &2.into(), &"Ferry vote".into())
    );
}

#[test]
fn a_page_that_cannot_be_had_is_deferred_with_its_host_and_had_when_the_host_said() {
    let busy = || answer("429 Busy", &[("Retry-After", "9")], b"");
    let server = Server::start([("/a", sequence([busy(), ok(&story("a"))])), ("/b", ok(&story("b")))]);
    let other = Server::start([("/c", ok(&story("c")))]);
    let desk = Desk::new();
    desk.put_job(&[server.url("/a"), server.url("/b"), other.url("/c")]);
    let patient = ["--set", "fetch.max_wait=1s"];
    let done = run(&desk, &patient);
    check(&done, 0, "1 article, 0 failed, 2 deferred in ");
    assert!(done.stderr.contains("deferred: 2 rate_limited, the next page is due at 20"), "{}", done.stderr);
    desk.put_job(&[other.url("/c")]);
    let plan = run(&desk, &["--dry-run"]);
    assert!(!plan.stdout.contains("now"), "{}", plan.stdout);
    check(&run(&desk, &patient), 0, "");
    assert_eq!((server.requests().len(), other.requests().len()), (1, 1));
    // A page that waits is had although no source names it any more.
    std::thread::sleep(std::time::Duration::from_millis(9100));
    let plan = run(&desk, &["--dry-run"]).stdout;
    assert!(plan.contains(&format!("now\tdeferred\t{}", server.url("/a"))), "{plan}");
    check(&run(&desk, &patient), 0, "2 articles, 0 failed in ");
    assert_eq!(server.hits("/a"), 2);
    assert_eq!(lines(&desk).len(), 3);
}

#[test]
fn a_failing_host_waits_longer_each_time() {
    let server = Server::start([("/a", status(500))]);
    let desk = desk(&server, &["/a", "/a?b"]);
    check(&run(&desk, &[]), 4, "deferred: 1 http_5xx, the next page is due at 20");
    check(&run(&desk, &[]), 0, "nothing new: 2 pages are known");
    assert_eq!(server.hits("/a"), 1);
}

#[test]
fn robots_txt_is_had_once_for_many_runs() {
    let robots = answer("200 OK", &[("Content-Type", "text/plain")], b"User-agent: *\nDisallow: /no\n");
    let server = Server::start([("/robots.txt", robots), ("/a", ok(&story("a"))), ("/no", ok(&story("b")))]);
    let desk = desk(&server, &["/a", "/no"]);
    let obedient = [&DUE[..], &["--set", "fetch.robots=true"]].concat();
    check(&run(&desk, &obedient), 3, "1 article, 1 failed in ");
    check(&run(&desk, &obedient), 0, "0 articles, 0 failed, 1 unchanged in ");
    assert_eq!((server.hits("/robots.txt"), server.hits("/a"), server.hits("/no")), (1, 2, 0));
}

#[test]
fn the_same_story_from_elsewhere_is_a_duplicate_and_written_only_if_asked_for() {
    let one = Server::start([("/a", ok(&story("a")))]);
    let two = Server::start([("/b", ok(&story("a")))]);
    for (duplicates, written) in [(false, 1), (true, 2)] {
        let desk = Desk::new();
        desk.put_job(&[one.url("/a")]);
        let setting = format!("write.duplicates={duplicates}");
        run(&desk, &["--set", &setting]);
        desk.put_job(&[one.url("/a"), two.url("/b")]);
        check(&run(&desk, &["--set", &setting]), 0, "0 articles, 0 failed, 1 duplicates in ");
        let lines = lines(&desk);
        assert_eq!((lines.len(), desk.files("out").len()), (written, written + 1));
        assert_eq!(lines[0]["duplicate_of"], Value::Null);
        if duplicates {
            assert_eq!(texts(&lines[1..], "duplicate_of"), [one.url("/a")]);
        }
    }
}

#[test]
fn two_spellings_of_a_url_are_one_page_and_the_first_is_asked_for() {
    let server = Server::start([("/a?utm_source=feed&b=1", ok(&story("a"))), ("/moved", redirect("/a?b=1"))]);
    let desk = desk(&server, &["/a?utm_source=feed&b=1#top", "/a?b=1"]);
    check(&run(&desk, &[]), 0, "1 article, 0 failed in ");
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn refetch_asks_in_full_and_writes_again_and_limit_ends_early() {
    let server = Server::start([("/a", tagged("\"1\"", &story("a"))), ("/b", tagged("\"1\"", &story("b")))]);
    let desk = desk(&server, &["/a", "/b"]);
    check(&run(&desk, &["--limit", "1"]), 0, "1 article, 0 failed in ");
    check(&run(&desk, &[]), 0, "1 article, 0 failed in ");
    std::fs::remove_dir_all(desk.path("out/127.0.0.1")).unwrap();
    check(&run(&desk, &["--refetch"]), 0, "0 articles, 0 failed, 2 unchanged in ");
    assert!(server.requests().iter().all(|request| !request.head.to_ascii_lowercase().contains("if-none")));
    assert_eq!((server.requests().len(), desk.files("out").len(), lines(&desk).len()), (4, 3, 2));
}

#[test]
fn since_leaves_older_stories_out() {
    let dated = |name: &str, date: &str| {
        let meta = format!("<meta property=\"article:published_time\" content=\"{date}\"></head>");
        ok(&story(name).replace("</head>", &meta))
    };
    let server = Server::start([
        ("/old", dated("old", "2020-01-01T00:00:00Z")),
        ("/new", dated("new", "2026-01-01T00:00:00Z")),
        ("/undated", ok(&story("undated"))),
    ]);
    for (since, articles) in [("2025-12-31", 2), ("2019-01-01T00:00:00Z", 3), ("1000years", 3)] {
        let desk = desk(&server, &["/old", "/new", "/undated"]);
        let done = run(&desk, &["--since", since]);
        assert_eq!((done.code, lines(&desk).len()), (0, articles), "{since}: {}", done.stderr);
    }
    let done = run(&desk(&server, &[]), &["--since", "lately"]);
    assert_eq!(done.code, 2);
    assert!(done.stderr.contains("an age (36h)"), "{}", done.stderr);
}

#[test]
fn a_saved_page_is_cleaned_again_when_it_has_changed() {
    let desk = Desk::new();
    desk.put("a.html", story("a"));
    desk.put("b.html", story("b"));
    desk.put_job(&["a.html", "b.html"]);
    check(&run(&desk, &[]), 0, "2 articles, 0 failed in ");
    check(&run(&desk, &[]), 0, "0 articles, 0 failed, 2 unchanged in ");
    desk.put("b.html", story("b").replace("nine to four", "ten to three"));
    check(&run(&desk, &[]), 0, "1 article (0 new, 1 changed), 0 failed, 1 unchanged in ");
    let lines = lines(&desk);
    assert_eq!(texts(&lines, "source"), ["a.html", "b.html"]);
    assert!(lines[0]["body"].as_str().unwrap().ends_with(&last_sentence("a")));
}

#[test]
fn a_plan_says_when_and_why_and_touches_nothing() {
    let server = Server::start([("/a", ok(&story("a")))]);
    let desk = desk(&server, &["/a"]);
    let plan = run(&desk, &["--dry-run"]);
    assert_eq!((plan.code, plan.stdout), (0, format!("now\tnew\t{}\n", server.url("/a"))));
    assert!(server.requests().is_empty() && !desk.path("out").exists());
    run(&desk, &[]);
    desk.put_job(&[server.url("/a"), server.url("/b"), "ftp://c.example/".to_owned()]);
    let plan = run(&desk, &["--dry-run"]).stdout;
    let expected = format!("\trevisit\t{}\nnow\tnew\t{}\n", server.url("/a"), server.url("/b"));
    assert!(plan.starts_with("20") && plan.contains(&expected), "{plan}");
    assert!(plan.ends_with("never\tblocked_scheme\tftp://c.example/\n"), "{plan}");
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn a_host_that_redirects_alone_lead_to_is_let_alone_by_the_next_run_too() {
    let guest = Server::start([
        ("/robots.txt", answer("200 OK", &[("Content-Type", "text/plain")], b"User-agent: *\nAllow: /\n")),
        ("/a", answer("429 Too Many Requests", &[("Retry-After", "3600")], b"<p>later")),
        ("/b", ok(&story("b"))),
    ]);
    let server = Server::start([("/a", redirect(&guest.url("/a"))), ("/b", redirect(&guest.url("/b")))]);
    let desk = desk(&server, &["/a"]);
    let obedient = ["--set", "fetch.robots=true"];
    check(&run(&desk, &obedient), 4, "deferred: 1 rate_limited");
    assert_eq!((guest.hits("/robots.txt"), guest.hits("/a")), (1, 1));
    desk.put_job(&[server.url("/b")]);
    check(&run(&desk, &obedient), 4, "deferred: 1 rate_limited");
    assert_eq!(guest.requests().len(), 2);
}

#[test]
fn the_robots_txt_of_a_host_that_redirects_lead_to_is_remembered() {
    let robots = answer("200 OK", &[("Content-Type", "text/plain")], b"User-agent: *\nAllow: /\n");
    let guest = Server::start([("/robots.txt", robots), ("/a", ok(&story("a")))]);
    let server = Server::start([("/a", redirect(&guest.url("/a")))]);
    let desk = desk(&server, &["/a"]);
    let obedient = [&DUE[..], &["--set", "fetch.robots=true"]].concat();
    check(&run(&desk, &obedient), 0, "1 article, 0 failed in ");
    check(&run(&desk, &obedient), 0, "0 articles, 0 failed, 1 unchanged in ");
    assert_eq!((guest.hits("/a"), guest.hits("/robots.txt")), (2, 1));
}
