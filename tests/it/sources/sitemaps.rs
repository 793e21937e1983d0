//! Sitemaps.

use super::{check, desk, paths, written};
use crate::binary::{Desk, story};
use crate::server::{Behaviour, Server, gzipped, ok, raw, typed};

fn urls(server: &Server, entries: &[(&str, &str)]) -> String {
    let entry = |(path, rest): &(&str, &str)| format!("<url><loc>{}</loc>{rest}</url>", server.url(path));
    format!("<urlset>{}</urlset>", entries.iter().map(entry).collect::<String>())
}

fn pages(names: &[&str]) -> Server {
    Server::start(names.iter().map(|name| (format!("/{name}"), ok(&story(name)))))
}

#[test]
fn the_sitemaps_of_a_site_are_found_in_its_robots_txt_followed_and_unpacked() {
    let pages = pages(&["a", "b"]);
    // A sitemap may name pages of another host, and the index has to name sitemaps of its own.
    let packed = gzipped(urls(&pages, &[("/a", ""), ("/b", "")]).as_bytes());
    let inner = Server::start([("/1.xml.gz", typed("application/gzip", &packed))]);
    let index =
        format!("<sitemapindex><sitemap><loc>{}</loc></sitemap></sitemapindex>", inner.url("/1.xml.gz"));
    let site = Server::start([
        (
            "/robots.txt".to_owned(),
            typed("text/plain", b"User-agent: *\nDisallow:\nSitemap: /maps/index.xml\n"),
        ),
        ("/maps/index.xml".to_owned(), typed("application/xml", index.as_bytes())),
    ]);
    // robots.txt names absolute URLs, for which the port has to be known.
    let robots = format!("User-agent: *\nDisallow:\nSitemap: {}\n", site.url("/maps/index.xml"));
    let front = Server::start([("/robots.txt", typed("text/plain", robots.as_bytes()))]);
    let desk = desk(&format!("[[source]]\nname = \"map\"\nsitemap = \"{}\"\n", front.url("/")));
    check(&desk.run(&["run"]), 0, &["2 articles, 0 failed"]);
    assert_eq!(paths(&written(&desk)), ["a", "b"]);
}

#[test]
fn a_site_that_names_no_sitemap_is_asked_at_the_usual_place() {
    let pages = pages(&["a"]);
    let site = Server::start([("/sitemap.xml", typed("text/xml", urls(&pages, &[("/a", "")]).as_bytes()))]);
    let done = Desk::new().run(&["clean", "-f", "jsonl", &format!("sitemap:{}", site.url("/"))]);
    assert_eq!((done.code, paths(&done.records())), (0, vec!["a".to_owned()]), "{}", done.stderr);
}

#[test]
fn old_entries_are_left_alone_and_the_newest_ones_are_taken_first() {
    let pages = pages(&["old", "new", "newest", "undated"]);
    let days_ago = |days: i64| {
        let day = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(24 * days);
        format!("<lastmod>{day:.0}</lastmod>")
    };
    let dates = [days_ago(30), days_ago(2), days_ago(1)];
    let map =
        urls(&pages, &[("/old", &dates[0]), ("/new", &dates[1]), ("/newest", &dates[2]), ("/undated", "")]);
    let site = Server::start([("/map.xml", typed("text/xml", map.as_bytes()))]);
    let source =
        format!("[[source]]\nname = \"map\"\nsitemap = \"{}\"\nmax_age = \"7days\"\n", site.url("/map.xml"));
    let all = desk(&source);
    check(&all.run(&["run"]), 0, &["3 articles"]);
    assert_eq!(paths(&written(&all)), ["new", "newest", "undated"]);
    let some = desk(&format!("{source}limit = 1\n"));
    check(&some.run(&["run"]), 0, &["1 article"]);
    assert_eq!(paths(&written(&some)), ["newest"]);
}

#[test]
fn a_sitemap_is_asked_again_only_whether_it_has_changed_and_not_at_all_when_its_index_says_no() {
    let pages = pages(&["a"]);
    let map = urls(&pages, &[("/a", "")]);
    let inner = Server::start([
        ("/dated.xml", typed("text/xml", map.as_bytes())),
        (
            "/undated.xml",
            Behaviour::Sequence(vec![
                super::tagged("text/xml", "\"1\"", &map),
                raw("HTTP/1.1 304 Not Modified\r\n\r\n"),
            ]),
        ),
    ]);
    let index = format!(
        "<sitemapindex><sitemap><loc>{}</loc><lastmod>2026-01-01</lastmod></sitemap><sitemap><loc>{}</loc></sitemap></sitemapindex>",
        inner.url("/dated.xml"),
        inner.url("/undated.xml")
    );
    let site = Server::start([("/index.xml", typed("text/xml", index.as_bytes()))]);
    let desk = desk(&format!("[[source]]\nsitemap = \"{}\"\n", site.url("/index.xml")));
    check(&desk.run(&["run"]), 0, &["1 article"]);
    check(&desk.run(&["run"]), 0, &["nothing new"]);
    assert_eq!((site.hits("/index.xml"), inner.hits("/dated.xml"), inner.hits("/undated.xml")), (2, 1, 2));
}

#[test]
fn sitemaps_that_name_each_other_without_end_come_to_an_end() {
    let link = |to: &str| format!("<sitemapindex><sitemap><loc>{to}</loc></sitemap></sitemapindex>");
    let chain =
        (0..9).map(|n| (format!("/{n}.xml"), typed("text/xml", link(&format!("{}.xml", n + 1)).as_bytes())));
    let loops = ("/loop.xml".to_owned(), typed("text/xml", link("/loop.xml").as_bytes()));
    let site = Server::start(chain.chain([loops]));
    let desk = desk(&format!(
        "[[source]]\nname = \"chain\"\nsitemap = \"{}\"\n[[source]]\nname = \"loop\"\nsitemap = \"{}\"\n",
        site.url("/0.xml"),
        site.url("/loop.xml")
    ));
    check(&desk.run(&["run"]), 0, &["nothing new"]);
    assert_eq!(site.requests().len(), 4);
}
