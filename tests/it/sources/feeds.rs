//! Feeds and outlines of feeds.

use super::{check, desk, paths, rss, tagged, written};
use crate::binary::{Desk, last_sentence, story};
use crate::server::{Behaviour, Server, ok, raw, status, typed};

fn link(server: &Server, path: &str, rest: &str) -> String {
    format!("<link>{}</link>{rest}", server.url(path))
}

/// A server whose feed names what the server has, which needs its port first.
fn server_with_feed(items: impl Fn(&str) -> Vec<String>, pages: Vec<(&str, Behaviour)>) -> (Server, Server) {
    let pages = Server::start(pages);
    let feed = rss(&items(&pages.url("")));
    let feeds = Server::start([
        (
            "/feed",
            Behaviour::Sequence(vec![
                tagged("application/rss+xml", "\"1\"", &feed),
                raw("HTTP/1.1 304 Not Modified\r\n\r\n"),
            ]),
        ),
        (
            "/",
            ok("<head><link rel=alternate type=application/rss+xml href=/feed></head><p>The front page.</p>"),
        ),
    ]);
    (pages, feeds)
}

#[test]
fn a_feed_names_pages_and_is_asked_again_only_whether_it_has_changed() {
    let pages = vec![("/a", ok(&story("a"))), ("/b", ok(&story("b")))];
    let (_pages, feeds) =
        server_with_feed(|url| vec![format!("<link>{url}/a</link>"), format!("<link>{url}/b</link>")], pages);
    let desk = desk(&format!("[[source]]\nname = \"news\"\nfeed = \"{}\"\n", feeds.url("/feed")));
    check(&desk.run(&["run"]), 0, &["2 articles, 0 failed"]);
    assert_eq!(paths(&written(&desk)), ["a", "b"]);
    check(&desk.run(&["run"]), 0, &["nothing new: 2 pages are known"]);
    let requests = feeds.requests();
    assert_eq!(requests.len(), 2);
    assert!(requests[0].head.to_lowercase().contains("accept: application/rss+xml"), "{}", requests[0].head);
    assert!(requests[1].head.to_lowercase().contains("if-none-match: \"1\""), "{}", requests[1].head);
}

#[test]
fn other_settings_of_a_source_have_its_feed_read_anew() {
    let (_pages, feeds) = server_with_feed(
        |url| vec![format!("<link>{url}/a</link>"), format!("<link>{url}/b</link>")],
        vec![("/a", ok(&story("a"))), ("/b", ok(&story("b")))],
    );
    let feed = feeds.url("/feed");
    let desk = desk(&format!("[[source]]\nfeed = \"{feed}\"\nexclude = [\"/b\"]\n"));
    check(&desk.run(&["run"]), 0, &["1 article, 0 failed"]);
    desk.put("config.toml", format!("[[source]]\nfeed = \"{feed}\"\n"));
    desk.run(&["run"]);
    assert!(!feeds.requests()[1].head.to_lowercase().contains("if-none-match"));
}

#[test]
fn the_feed_of_a_site_is_found_from_its_front_page() {
    let (_pages, feeds) =
        server_with_feed(|url| vec![format!("<link>{url}/a</link>")], vec![("/a", ok(&story("a")))]);
    let desk = Desk::new();
    let done = desk.run(&["clean", "-f", "jsonl", &format!("feed:{}", feeds.url("/"))]);
    assert_eq!((done.code, paths(&done.records())), (0, vec!["a".to_owned()]), "{}", done.stderr);
    let none = Server::start([("/", ok("<p>No feed here.</p>"))]);
    let done = desk.run(&["clean", "-f", "jsonl", &format!("feed:{}", none.url("/"))]);
    assert_eq!((done.code, done.records()[0]["error"]["class"].as_str()), (4, Some("wrong_type")));
    assert!(done.stderr.contains("is no feed and names none; try it as a `sitemap` or a `page`"));
}

#[test]
fn what_a_page_does_not_say_is_taken_from_the_feed_and_a_note_says_so() {
    let untitled =
        story("a").replace("<title>Harbour story a</title>", "").replace("<h1>Harbour story a</h1>", "");
    let pages = Server::start([("/a", Behaviour::Sequence(vec![ok(&untitled), ok(&untitled)]))]);
    let rest = "<title>Ferry &amp; crew</title><pubDate>Sun, 01 Mar 2026 10:00:00 GMT</pubDate>";
    let feeds =
        Server::start([("/feed", typed("application/rss+xml", rss(&[link(&pages, "/a", rest)]).as_bytes()))]);
    let desk = desk(&format!("[[source]]\nname = \"news\"\nfeed = \"{}\"\n", feeds.url("/feed")));
    check(&desk.run(&["run"]), 0, &["1 article"]);
    let article = &written(&desk)[0];
    assert_eq!(
        (&article["title"], &article["published"]),
        (&"Ferry & crew".into(), &"2026-03-01T10:00:00Z".into())
    );
    let note = "title and date of publication taken from the source `news`";
    assert!(article["notes"].to_string().contains(note), "{article}");
    // The hints are remembered with the page: a revisit finds the story as it was.
    desk.put("config.toml", "[[source]]\nname = \"list\"\nlist = \"urls.txt\"\n");
    desk.put("urls.txt", pages.url("/a"));
    check(
        &desk.run(&["run", "--set", "fetch.revisit.fresh=0s", "--set", "fetch.revisit.max_age=9999days"]),
        0,
        &[],
    );
    check(&desk.run(&["run", "--refetch"]), 0, &["0 articles, 0 failed, 1 unchanged"]);
}

#[test]
fn a_story_that_the_feed_holds_whole_stands_in_for_a_page_that_cannot_be_had() {
    let whole = format!("<content:encoded><![CDATA[{}]]></content:encoded>", {
        let page = story("gone");
        page.split("</h1>").nth(1).unwrap().split("</article>").next().unwrap().to_owned()
    });
    let pages = Server::start([("/gone", status(404)), ("/teaser", status(404))]);
    let items = [
        link(&pages, "/gone", &format!("<title>Harbour story gone</title>{whole}")),
        link(&pages, "/teaser", "<title>Teaser</title><description>Only this much.</description>"),
    ];
    let feeds = Server::start([("/feed", typed("application/rss+xml", rss(&items).as_bytes()))]);
    let desk = desk(&format!("[[source]]\nname = \"news\"\nfeed = \"{}\"\n", feeds.url("/feed")));
    check(&desk.run(&["run"]), 3, &["1 article, 1 failed", "http_4xx (1)", "/teaser"]);
    let article = &written(&desk)[0];
    assert_eq!(article["title"], "Harbour story gone");
    assert!(article["body"].as_str().unwrap().ends_with(&last_sentence("gone")), "{article}");
    let note = "story taken from the source `news`, since the page was not had: http_4xx";
    assert!(article["notes"].to_string().contains(note), "{article}");

    let done = Desk::new().run(&["clean", "-f", "jsonl", &format!("feed:{}", feeds.url("/feed"))]);
    let records = done.records();
    assert_eq!(
        (done.code, records[0]["error"].is_null(), &records[1]["error"]["class"]),
        (3, true, &"http_4xx".into())
    );
}

#[test]
fn every_feed_of_an_outline_is_asked_and_one_that_fails_ends_nothing() {
    let pages = Server::start([("/a", ok(&story("a"))), ("/b", ok(&story("b")))]);
    let feed = |path: &str| typed("application/rss+xml", rss(&[link(&pages, path, "")]).as_bytes());
    let feeds = Server::start([("/1", feed("/a")), ("/2", feed("/b")), ("/3", status(404))]);
    let outline = |path: &str| format!("<outline type=\"rss\" xmlUrl=\"{}\"/>", feeds.url(path));
    let desk = desk("[[source]]\nname = \"mine\"\nopml = \"feeds.opml\"\n");
    let outlines: String = ["/1", "/3", "/2"].iter().map(|path| outline(path)).collect();
    desk.put("feeds.opml", format!("<opml version=\"2.0\"><body>{outlines}</body></opml>"));
    check(&desk.run(&["run"]), 3, &["2 articles, 1 failed", "http_4xx (1)", &feeds.url("/3")]);
    assert_eq!(paths(&written(&desk)), ["a", "b"]);
}

#[test]
fn robots_and_patience_hold_for_feeds_too() {
    let feeds = Server::start([
        ("/robots.txt", typed("text/plain", b"User-agent: *\nDisallow: /private")),
        ("/private/feed", typed("application/rss+xml", rss(&[]).as_bytes())),
    ]);
    let busy = Server::start([("/feed", crate::server::answer("429 Busy", &[("Retry-After", "900")], b""))]);
    let desk = desk(&format!(
        "[[source]]\nfeed = \"{}\"\n[[source]]\nname = \"busy\"\nfeed = \"{}\"\n",
        feeds.url("/private/feed"),
        busy.url("/feed")
    ));
    let with_robots = |arguments: &[&str]| desk.run(&[arguments, &["--set", "fetch.robots=true"]].concat());
    check(&with_robots(&["run"]), 4, &["robots_disallowed (1)", "deferred: 1 rate_limited"]);
    assert_eq!((feeds.hits("/private/feed"), busy.hits("/feed")), (0, 1));
    // What the busy host asked for holds in the next run.
    check(&with_robots(&["run"]), 4, &["deferred: 1 rate_limited"]);
    assert_eq!(busy.hits("/feed"), 1);
}
