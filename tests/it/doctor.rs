//! `pressclip doctor`: what it says about a job that works, and about each thing that does not.

use crate::binary::{Desk, finish, story};
use crate::server::{Server, answer, ok, typed};

const FEED: &str = "<rss version=\"2.0\"><channel><title>News</title><item><title>A</title><link>/a</link></item></channel></rss>";

/// The lines of the doctor that begin with this word, by what they are about.
fn lines<'o>(output: &'o str, word: &str) -> Vec<&'o str> {
    let lines = output.lines().filter(|line| line.split(' ').next() == Some(word));
    lines.map(|line| line.split_whitespace().nth(1).unwrap()).collect()
}

#[test]
fn a_job_that_works_is_well_and_left_as_it_is() {
    let now = format!("{}", jiff::Timestamp::now().strftime("%a, %d %b %Y %H:%M:%S GMT"));
    let feed = answer("200 OK", &[("Content-Type", "application/rss+xml"), ("Date", &now)], FEED.as_bytes());
    let server = Server::start([
        ("/robots.txt", typed("text/plain", b"User-agent: *\nAllow: /rss\n")),
        ("/rss", feed),
        (
            "/maps.xml",
            typed("text/xml", b"<sitemapindex><sitemap><loc>/1.xml</loc></sitemap></sitemapindex>"),
        ),
        ("/a", ok(&story("a"))),
    ]);
    let desk = Desk::new();
    let source = |name, kind, url| format!("[[source]]\nname = \"{name}\"\n{kind} = \"{url}\"\n");
    let feed = source("news", "feed", server.url("/rss"));
    desk.put("config.toml", feed.clone() + &source("map", "sitemap", server.url("/maps.xml")));
    let done = desk.run(&["doctor"]);
    assert_eq!(done.code, 0, "{}", done.stdout);
    assert_eq!(
        lines(&done.stdout, "ok"),
        ["config", "outputs", "disk", "state", "robots", "source", "robots", "source", "clock"],
        "{}",
        done.stdout
    );
    assert!(done.stdout.contains("/maps.xml` names 1 pages or sitemaps"), "{}", done.stdout);
    assert_eq!(server.hits("/1.xml"), 0);
    assert!(
        done.stdout.contains("allow: /rss") && done.stdout.contains("`news` names 1 pages"),
        "{}",
        done.stdout
    );
    assert!(
        done.stdout.ends_with("all is well\n") && done.stdout.contains("`fetch.user_agent` names nobody")
    );
    assert_eq!(server.hits("/a"), 0);
    assert_eq!(desk.files(""), ["config.toml"]);

    desk.put("config.toml", feed);
    assert_eq!(desk.run(&["run"]).code, 0);
    let names = || {
        let entries = std::fs::read_dir(desk.path("out")).unwrap().map(|entry| entry.unwrap());
        let mut names: Vec<_> =
            entries.map(|entry| (entry.file_name(), entry.metadata().unwrap().modified().unwrap())).collect();
        names.sort();
        names
    };
    let before = names();
    let done = desk.run(&["doctor"]);
    assert!(
        done.code == 0 && done.stdout.contains("knows 1 pages, 0 are due, the last run began 20"),
        "{}",
        done.stdout
    );
    assert_eq!(names(), before, "nothing is changed");
}

#[test]
fn each_thing_to_fix_is_a_line_with_what_helps() {
    let late = answer("404 Not Found", &[("Date", "Sun, 06 Nov 1994 08:49:37 GMT")], b"gone");
    let server = Server::start([
        ("/robots.txt", typed("text/plain", b"User-agent: *\nDisallow: /closed\n")),
        ("/gone", late),
    ]);
    let desk = Desk::new();
    desk.put("out/state.sqlite", "no database at all, and long enough to be none");
    let sources = [
        ("closed", "feed", server.url("/closed/rss")),
        ("gone", "feed", server.url("/gone")),
        ("lost", "sitemap", server.url("/lost.xml")),
        ("nowhere", "page", "http://127.0.0.1:1/".to_owned()),
        ("missing", "list", "missing.txt".to_owned()),
    ];
    let tables =
        sources.map(|(name, kind, what)| format!("[[source]]\nname = \"{name}\"\n{kind} = \"{what}\"\n"));
    desk.put("config.toml", tables.concat());
    let mut command = desk.command(["doctor"]);
    command.env("PRESSCLIP_FETCH__ROBOTS", "true");
    let done = finish(&mut command);
    assert_eq!(done.code, 1, "{}", done.stdout);
    assert_eq!(
        lines(&done.stdout, "fix"),
        ["robots", "source", "source", "network", "source", "clock"],
        "{}",
        done.stdout
    );
    for part in [
        "take out the source, or ask its owner",
        "look at the URL in a browser",
        "which is no address of the public web",
        "missing.txt",
        "ahead of the servers; set its clock",
        "is damaged",
        "6 things to fix",
    ] {
        assert!(done.stdout.contains(part), "{part} is not in {}", done.stdout);
    }
    assert!(desk.read("out/state.sqlite").starts_with("no database"), "it is not set aside");
}

#[test]
fn a_config_that_cannot_be_read_is_the_first_thing_to_fix() {
    let desk = Desk::new();
    let done = desk.run(&["doctor"]);
    assert_eq!(done.code, 1);
    assert!(
        done.stdout.contains("pressclip init URL") && done.stdout.ends_with("one thing to fix\n"),
        "{}",
        done.stdout
    );
    desk.put("config.toml", "[fetch]\ndelai = \"1s\"\n");
    assert!(desk.run(&["doctor"]).stdout.contains("did you mean `fetch.delay`?"));
    desk.put("config.toml", "[write]\ndir = \"file/out\"\n");
    desk.put("file", "in the way");
    let done = desk.run(&["doctor"]);
    assert_eq!(lines(&done.stdout, "fix"), ["config", "outputs"], "{}", done.stdout);
}
