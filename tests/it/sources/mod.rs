//! `[[source]]`: where candidates come from, and what becomes of what is said about them.

mod feeds;
mod fronts;
mod local;
mod pages;
mod settings;
mod sitemaps;

use serde_json::Value;

use crate::binary::{Desk, Done, records, texts};
use crate::server::{Behaviour, answer};

/// A desk whose config has these sources.
fn desk(sources: &str) -> Desk {
    let desk = Desk::new();
    desk.put("config.toml", sources);
    desk
}

/// An answer of this type with an ETag.
fn tagged(content_type: &str, etag: &str, body: &str) -> Behaviour {
    answer("200 OK", &[("Content-Type", content_type), ("ETag", etag)], body.as_bytes())
}

/// A feed with these items, whatever they hold.
fn rss(items: &[String]) -> String {
    format!(
        "<?xml version=\"1.0\"?><rss version=\"2.0\" xmlns:content=\"http://purl.org/rss/1.0/modules/content/\">\
         <channel><title>News</title>{}</channel></rss>",
        items.iter().map(|item| format!("<item>{item}</item>")).collect::<String>()
    )
}

fn written(desk: &Desk) -> Vec<Value> {
    records(&std::fs::read_to_string(desk.path("out/articles.jsonl")).unwrap_or_default())
}

/// The paths of the articles that were written, sorted.
fn paths(articles: &[Value]) -> Vec<String> {
    let path = |url: String| url.split('/').skip(3).collect::<Vec<_>>().join("/");
    let mut paths: Vec<String> = texts(articles, "source").into_iter().map(path).collect();
    paths.sort();
    paths
}

#[track_caller]
fn check(done: &Done, code: i32, parts: &[&str]) {
    assert_eq!(done.code, code, "{}", done.stderr);
    for part in parts {
        assert!(done.stderr.contains(part), "`{part}` is not in {}", done.stderr);
    }
}
