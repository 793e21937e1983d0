//! What a source may change, when it is asked, and what is said about mistakes.

use super::{check, desk, paths, rss, written};
use crate::binary::{Desk, story};
use crate::server::{Server, ok, typed};

fn feed_of(server: &Server, paths: &[&str]) -> Server {
    let items: Vec<String> = paths.iter().map(|path| format!("<link>{}</link>", server.url(path))).collect();
    Server::start([("/feed", typed("application/rss+xml", rss(&items).as_bytes()))])
}

#[test]
fn patterns_over_host_and_path_choose_the_candidates() {
    let pages = Server::start([
        ("/news/a", ok(&story("a"))),
        ("/news/live/b", ok(&story("b"))),
        ("/sport/c", ok(&story("c"))),
    ]);
    let feeds = feed_of(&pages, &["/news/a", "/news/live/b", "/sport/c"]);
    let desk = desk(&format!(
        "[[source]]\nfeed = \"{}\"\ninclude = [\"/news/**\"]\nexclude = [\"127.0.0.1/**/live/*\"]\n",
        feeds.url("/feed")
    ));
    check(&desk.run(&["run"]), 0, &["1 article"]);
    assert_eq!(paths(&written(&desk)), ["news/a"]);
}

#[test]
fn a_source_is_asked_again_only_after_its_time_and_the_dry_run_shows_that() {
    let pages = Server::start([("/a", ok(&story("a")))]);
    let feeds = feed_of(&pages, &["/a"]);
    let desk = desk(&format!(
        "[[source]]\nname = \"news\"\nfeed = \"{}\"\nevery = \"1h\"\nlimit = 9\n",
        feeds.url("/feed")
    ));
    let done = desk.run(&["run", "--dry-run"]);
    assert_eq!(
        (done.code, done.stdout.as_str()),
        (0, "now\tsource\tnews\tevery 1h, limit 9\n"),
        "{}",
        done.stderr
    );
    check(&desk.run(&["run"]), 0, &["1 article"]);
    check(&desk.run(&["run"]), 0, &["nothing new"]);
    assert_eq!(feeds.requests().len(), 1);
    let done = desk.run(&["run", "--dry-run"]);
    assert!(
        done.stdout.starts_with("20") && done.stdout.ends_with("Z\tsource\tnews\tevery 1h, limit 9\n"),
        "{}",
        done.stdout
    );
    desk.run(&["run", "--refetch"]);
    assert_eq!(feeds.requests().len(), 2);
    desk.run(&["run", "--set", "fetch.robots=false"]);
    assert_eq!(feeds.requests().len(), 2);
}

#[test]
fn settings_of_a_source_hold_for_its_pages_alone() {
    let pages = Server::start([("/a", ok(&story("a"))), ("/b", ok(&story("b")))]);
    let captioned = story("c").replace(
        "</h1>",
        "</h1><figure><img src=x.jpg><figcaption>The ferry at the quay in Saltholm.</figcaption></figure>",
    );
    let other = Server::start([("/c", ok(&captioned))]);
    let desk = desk(
        "[[source]]\nname = \"one\"\nlist = \"one.txt\"\n[source.fetch]\nmax_body = \"100 B\"\n[source.write]\nname = \"one/{slug}\"\n\
         [[source]]\nname = \"two\"\nlist = \"two.txt\"\n[source.clean]\nkeep = [\"captions\"]\n[source.write]\nname = \"two/{slug}\"\n",
    );
    desk.put("one.txt", pages.url("/a"));
    desk.put("two.txt", other.url("/c"));
    check(&desk.run(&["run"]), 3, &["1 article, 1 failed", "too_large (1)"]);
    assert!(written(&desk)[0]["body"].as_str().unwrap().contains("The ferry at the quay"));
    assert!(desk.files("out").iter().any(|name| name.starts_with("two/")), "{:?}", desk.files("out"));
}

#[test]
fn a_pause_of_a_source_is_kept_between_its_requests() {
    let pages = Server::start([("/a", ok(&story("a"))), ("/b", ok(&story("b"))), ("/c", ok(&story("c")))]);
    let desk = desk("[[source]]\nlist = \"urls.txt\"\n[source.fetch]\ndelay = \"300ms\"\n");
    desk.put("urls.txt", ["/a", "/b", "/c"].map(|path| pages.url(path)).join("\n"));
    check(&desk.run(&["run"]), 0, &["3 articles"]);
    let gaps = pages.gaps();
    assert!(gaps.iter().all(|gap| gap.as_millis() >= 290), "{gaps:?}");
}

#[test]
fn a_story_that_is_too_old_for_its_source_is_set_aside_by_the_date_in_the_page() {
    let old = story("old").replace(
        "<meta charset",
        "<meta property=\"article:published_time\" content=\"2020-01-01T10:00:00Z\"><meta charset",
    );
    let pages = Server::start([("/old", ok(&old)), ("/undated", ok(&story("undated")))]);
    let desk = desk("[[source]]\nlist = \"urls.txt\"\nmax_age = \"30days\"\n");
    desk.put("urls.txt", ["/old", "/undated"].map(|path| pages.url(path)).join("\n"));
    check(&desk.run(&["run"]), 0, &["1 article, 0 failed, 1 older"]);
}

#[test]
fn mistakes_in_sources_are_usage_errors_that_say_what_to_do() {
    for (config, parts) in [
        (
            "[[source]]\nname = \"x\"\n",
            vec!["the source `x` names nothing; give it exactly one of list, feed"],
        ),
        ("[[source]]\nlist = \"a\"\nfeed = \"https://a.example/\"\n", vec!["has `list`, `feed` at once"]),
        (
            "[[source]]\nfeed = \"a.example\"\n",
            vec!["`a.example`, the feed of a source, is no URL of the web"],
        ),
        (
            "[[source]]\nsitemp = \"https://a.example/\"\n",
            vec!["unknown key `source.0.sitemp`", "did you mean `source.sitemap`?"],
        ),
        (
            "[[source]]\nlist = \"a\"\n[source.fetch]\ndely = \"1s\"\n",
            vec!["unknown key `source.0.fetch.dely`", "did you mean `source.fetch.delay`?"],
        ),
        ("[[source]]\nlist = \"a\"\nexclude = [\"/[\"]\n", vec!["a pattern of the source", "is no glob"]),
        ("[[source]]\nlist = \"a\"\nevery = \"often\"\n", vec!["`often` is not a duration"]),
        ("[[source]]\nlist = \"a\"\n[[source]]\nlist = \"a\"\n", vec!["two sources are called"]),
        ("[[source]]\nlist = \"a\"\n[source.write]\nname = \"{nope}\"\n", vec!["{nope}"]),
    ] {
        let desk = Desk::new();
        desk.put("config.toml", config);
        check(&desk.run(&["run"]), 2, &parts);
    }
}
