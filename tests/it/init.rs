//! `pressclip init`: what it finds on sites, and the config that it writes.

use crate::binary::{Desk, Done, records, story, texts};
use crate::server::{Server, ok, typed};

const FEED: &str = "<rss version=\"2.0\"><channel><title>News</title><item><title>A</title><link>/a</link>\
    <pubDate>Sun, 01 Mar 2026 10:00:00 GMT</pubDate></item></channel></rss>";

fn feed() -> crate::server::Behaviour {
    typed("application/rss+xml", FEED.as_bytes())
}

fn front(head: &str) -> String {
    let teasers: String = (0..12)
        .map(|at| format!("<div><h2><a href=\"/news/2026/03/01/ferry-number-{at}-sails-again\">Ferry number {at} sails again after repairs</a></h2><p>In {at} weeks.</p></div>"))
        .collect();
    format!(
        "<!DOCTYPE html><html><head><title>News</title>{head}</head><body><h1>News</h1>{teasers}</body></html>"
    )
}

fn init(desk: &Desk, sites: &[&str]) -> Done {
    desk.run(&[["init"].as_slice(), sites].concat())
}

#[test]
fn the_config_that_it_writes_makes_a_job() {
    let link = "<link rel=alternate type=application/rss+xml href=/news.rss>";
    let server = Server::start([("/", ok(&front(link))), ("/news.rss", feed()), ("/a", ok(&story("a")))]);
    let desk = Desk::new();
    let done = init(&desk, &[&server.url("/")]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    let found =
        format!("{}: feed {}, 1 entry, the latest of 2026-03-01\n", server.url("/"), server.url("/news.rss"));
    assert!(done.stderr.starts_with(&found), "{}", done.stderr);
    let config = desk.read("config.toml");
    assert!(
        config.contains(&format!("[[source]]\nname = \"127.0.0.1\"\nfeed = \"{}\"", server.url("/news.rss"))),
        "{config}"
    );
    assert_eq!(desk.run(&["run"]).code, 0);
    assert_eq!(texts(&records(&desk.read("out/articles.jsonl")), "source"), [server.url("/a")]);

    let done = init(&desk, &[&server.url("/")]);
    assert_eq!(done.code, 1);
    assert!(
        done.stderr.contains("`config.toml` is there already") && done.stderr.contains("--force"),
        "{}",
        done.stderr
    );
    assert_eq!(init(&desk, &["--force", &server.url("/news.rss")]).code, 0);
}

#[test]
fn a_sitemap_is_found_where_there_is_no_feed_and_links_where_there_is_neither() {
    let map = "<urlset><url><loc>/a</loc><lastmod>2026-03-01</lastmod></url></urlset>";
    let maps = Server::start([("/maps/all.xml", typed("text/xml", map.as_bytes()))]);
    let robots = format!("Sitemap: {}", maps.url("/maps/all.xml"));
    let named =
        Server::start([("/", ok(&front(""))), ("/robots.txt", typed("text/plain", robots.as_bytes()))]);
    let usual = Server::start([("/", ok(&front(""))), ("/feed.xml", feed())]);
    let bare = Server::start([("/world", ok(&front("")))]);
    let dead = Server::start([("/", ok(&story("alone")))]);
    let desk = Desk::new();
    let sites = [named.url("/"), usual.url("/"), bare.url("/world"), dead.url("/")];
    let mut arguments: Vec<&str> = sites.iter().map(String::as_str).collect();
    arguments.extend(["-o", "-"]);
    let done = init(&desk, &arguments);
    assert_eq!(done.code, 3, "{}", done.stderr);
    for part in [
        format!("feed = \"{}\"", usual.url("/feed.xml")),
        format!("page = \"{}\"", bare.url("/world")),
        "name = \"127.0.0.1 2\"".to_owned(),
        format!("# {}: no source was found (no_article)", dead.url("/")),
    ] {
        assert!(done.stdout.contains(&part), "{part} is not in {}", done.stdout);
    }
    assert!(done.stderr.contains("has no feed and no sitemap, and links to no stories"), "{}", done.stderr);
    assert!(
        done.stdout.contains(&format!("sitemap = \"{}\"", maps.url("/maps/all.xml"))),
        "{}\n{}",
        done.stdout,
        done.stderr
    );
    assert!(!desk.path("config.toml").exists());
}

#[test]
fn a_feed_that_a_new_site_names_is_its_source_before_there_is_a_story() {
    let link = "<link rel=alternate type=application/rss+xml href=/news.rss>";
    let empty =
        typed("application/rss+xml", b"<rss version=\"2.0\"><channel><title>News</title></channel></rss>");
    let server = Server::start([("/", ok(&format!("<title>News</title>{link}"))), ("/news.rss", empty)]);
    let desk = Desk::new();
    let done = init(&desk, &[&server.url("/")]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    assert!(
        done.stderr.contains(&format!("feed {}, 0 entries\n", server.url("/news.rss"))),
        "{}",
        done.stderr
    );
}

#[test]
fn nothing_is_written_where_nothing_is_found() {
    let server = Server::start([("/other", ok(""))]);
    let desk = Desk::new();
    let done = init(&desk, &[&server.url("/")]);
    assert_eq!(done.code, 4, "{}", done.stderr);
    assert!(
        done.stderr.contains("http_4xx: ") && done.stderr.contains("nothing was written"),
        "{}",
        done.stderr
    );
    assert!(!desk.path("config.toml").exists());
    assert_eq!(init(&desk, &["mailto://x"]).code, 2);
    assert_eq!(init(&desk, &["not a site"]).code, 2);
}
