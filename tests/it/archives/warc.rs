//! WARC files as operands, on standard input and as a source.

use super::{HTML, each_packed, packed, page, record, response};
use crate::binary::{Desk, Done, last_sentence, records, story, texts};

/// Two pages, and between them what is none.
fn some_records() -> Vec<Vec<u8>> {
    let fields = [("WARC-Target-URI", "https://a.example/one"), ("WARC-Date", "2026-03-01T10:00:00Z")];
    vec![
        record("warcinfo", &[("WARC-Date", "2026-03-01T10:00:00Z")], b"software: a crawler\r\n"),
        record("request", &fields, b"GET /one HTTP/1.1\r\nHost: a.example\r\n\r\n"),
        page("https://a.example/one", &story("one")),
        response("https://a.example/moved", "HTTP/1.1 301 Moved\r\nLocation: /one", b""),
        response("https://a.example/logo.png", "HTTP/1.1 200 OK\r\nContent-Type: image/png", b"\x89PNG"),
        response("dns:a.example", "20260301\r\na.example. IN A 192.0.2.1", b""),
        page("https://a.example/two", &story("two")),
    ]
}

#[track_caller]
fn check(done: &Done, names: &[&str]) {
    assert_eq!(done.code, 0, "{}", done.stderr);
    let records = done.records();
    let urls: Vec<String> = names.iter().map(|name| format!("https://a.example/{name}")).collect();
    assert_eq!(texts(&records, "url"), urls);
    for (record, name) in records.iter().zip(names) {
        assert!(record["body"].as_str().unwrap().ends_with(&last_sentence(name)), "{record}");
        assert_eq!((&record["status"], &record["fetched_at"]), (&200.into(), &"2026-03-01T10:00:00Z".into()));
    }
}

#[test]
fn the_pages_of_an_archive_are_cleaned_in_its_order_however_it_is_packed() {
    let desk = Desk::new();
    let records = some_records();
    desk.put("plain.warc", records.concat());
    desk.put("each.warc.gz", each_packed(&records));
    desk.put("whole.warc.gz", packed(&records.concat()));
    for name in ["plain.warc", "each.warc.gz", "whole.warc.gz"] {
        check(&desk.run(&["clean", "-f", "jsonl", name]), &["one", "two"]);
        check(&desk.run(&["clean", "-f", "jsonl", &format!("warc:{name}")]), &["one", "two"]);
        let input = std::fs::read(desk.path(name)).unwrap();
        check(&desk.run_with_input(&["clean", "-f", "jsonl", "-"], &input), &["one", "two"]);
    }
    let done = desk.run(&["clean", "-v", "-f", "jsonl", "plain.warc"]);
    assert_eq!(texts(&done.records(), "source")[0], "plain.warc#https://a.example/one");
    let counted = "passed over in archives: 1 no HTML, 1 not of the web, 1 redirects, errors and other answers without a page";
    assert!(done.stderr.contains(counted), "{}", done.stderr);
}

#[test]
fn standard_input_may_be_a_page_packed_or_not() {
    let desk = Desk::new();
    for input in [story("one").into_bytes(), packed(story("one").as_bytes())] {
        let done = desk.run_with_input(&["clean", "-f", "jsonl", "-"], &input);
        assert_eq!(
            (done.code, texts(&done.records(), "source")),
            (0, vec!["-".to_owned()]),
            "{}",
            done.stderr
        );
    }
    let done = desk.run_with_input(&["clean", "-f", "jsonl", "-"], b"");
    assert_eq!((done.code, done.records()[0]["error"]["class"].as_str()), (4, Some("empty")));
}

#[test]
fn a_folder_holds_pages_and_archives() {
    let desk = Desk::new();
    desk.put("saved/a.html", story("a"));
    desk.put("saved/b.warc.gz", each_packed(&some_records()));
    desk.put("saved/c.html", story("c"));
    let done = desk.run(&["clean", "-f", "jsonl", "saved"]);
    let titles = ["a", "one", "two", "c"].map(|name| format!("Harbour story {name}"));
    assert_eq!((done.code, texts(&done.records(), "title")), (0, titles.to_vec()), "{}", done.stderr);
    let done = desk.run(&["clean", "-o", "clips/", "-f", "markdown", "saved"]);
    assert_eq!((done.code, desk.files("clips").len()), (0, 4), "{}", done.stderr);
    let done = desk.run(&["explain", "saved/b.warc.gz"]);
    assert!(done.code == 4 && done.stderr.contains("`saved/b.warc.gz` is an archive"), "{}", done.stderr);
}

#[test]
fn the_charset_and_the_content_encoding_are_those_of_the_kept_answer() {
    let desk = Desk::new();
    let html = story("café").replace("<meta charset=\"utf-8\">", "");
    let latin: Vec<u8> = html.chars().map(|letter| u8::try_from(u32::from(letter)).unwrap()).collect();
    let encoded = packed(&latin);
    let chunked = [format!("{:x}\r\n", encoded.len()).as_bytes(), &encoded, b"\r\n0\r\n\r\n"].concat();
    let head = "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=windows-1252\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked";
    desk.put("x.warc", response("https://a.example/caf%C3%A9", head, &chunked));
    let done = desk.run(&["clean", "-f", "jsonl", "x.warc"]);
    assert_eq!(texts(&done.records(), "title"), ["Harbour story café"], "{}", done.stderr);
    assert_eq!(done.records()[0]["notes"], serde_json::json!([]));
}

#[test]
fn a_revisit_is_the_page_that_stands_before_it_under_its_own_date() {
    let original = record(
        "response",
        &[
            ("WARC-Target-URI", "https://a.example/one"),
            ("WARC-Date", "2026-03-01T10:00:00Z"),
            ("WARC-Payload-Digest", "sha1:AAAA"),
        ],
        format!("{HTML}\r\n\r\n{}", story("one")).as_bytes(),
    );
    let revisit = |url: &str, more: &[(&str, &str)]| {
        let fields = [&[("WARC-Target-URI", url), ("WARC-Date", "2026-04-01T10:00:00Z")], more].concat();
        record("revisit", &fields, b"HTTP/1.1 304 Not Modified\r\n\r\n")
    };
    let by_date = [
        ("WARC-Refers-To-Target-URI", "https://a.example/one"),
        ("WARC-Refers-To-Date", "2026-03-01T10:00:00Z"),
    ];
    let records = [
        original,
        revisit("https://a.example/by-date", &by_date),
        revisit("https://a.example/by-digest", &[("WARC-Payload-Digest", "sha1:AAAA")]),
        revisit("https://a.example/lost", &[("WARC-Payload-Digest", "sha1:BBBB")]),
    ];
    let desk = Desk::new();
    desk.put("x.warc.gz", each_packed(&records));
    desk.put(
        "config.toml",
        "[[source]]\nname = \"crawl\"\nwarc = \"*.warc.gz\"\n[write]\nduplicates = true\n",
    );
    let expected = ["one", "by-date", "by-digest"].map(|name| format!("https://a.example/{name}"));
    let reason = "passed over in archives: 1 revisits of what is not in the archive before them";
    let done = desk.run(&["clean", "-v", "-f", "jsonl", "x.warc.gz"]);
    assert_eq!(texts(&done.records(), "url"), expected, "{}", done.stderr);
    assert_eq!(texts(&done.records(), "fetched_at")[2], "2026-04-01T10:00:00Z");
    assert!(done.stderr.contains(reason), "{}", done.stderr);
    let done = desk.run(&["run"]);
    assert!(done.code == 0 && done.stderr.contains(reason), "{}", done.stderr);
    let mut written = texts(&records_of(&desk), "url");
    written.sort();
    assert_eq!(
        written,
        ["https://a.example/by-date", "https://a.example/by-digest", "https://a.example/one"]
    );
}

fn records_of(desk: &Desk) -> Vec<serde_json::Value> {
    records(&desk.read("out/articles.jsonl"))
}

#[test]
fn a_run_takes_the_pages_of_an_archive_once_and_all_of_them_when_it_is_to() {
    let desk = Desk::new();
    desk.put("crawls/x.warc.gz", each_packed(&some_records()));
    desk.put(
        "config.toml",
        "[[source]]\nname = \"crawl\"\nwarc = \"crawls\"\nexclude = [\"a.example/two\"]\n[[source]]\nfiles = \"crawls\"\n",
    );
    let done = desk.run(&["run", "crawl"]);
    assert_eq!((done.code, texts(&records_of(&desk), "url")), (0, vec!["https://a.example/one".to_owned()]));
    let done = desk.run(&["run"]);
    assert_eq!((done.code, records_of(&desk).len()), (0, 2), "{}", done.stderr);
    let done = desk.run(&["run"]);
    assert!(done.code == 0 && done.stderr.contains("0 articles, 0 failed, 2 unchanged"), "{}", done.stderr);
    let done = desk.run(&["run", "--refetch"]);
    assert!(done.code == 0 && done.stderr.contains("2 unchanged"), "{}", done.stderr);
    assert_eq!(texts(&records_of(&desk), "fetched_at"), ["2026-03-01T10:00:00Z"; 2]);
    let done = desk.run(&["run", "--dry-run", "warc:crawls/x.warc.gz"]);
    assert!(done.stdout.contains("crawls/x.warc.gz#https://a.example/one"), "{}", done.stdout);

    desk.put("whole.warc.gz", packed(&some_records().concat()));
    let done = desk.run(&["run", "warc:whole.warc.gz"]);
    assert!(
        done.code != 0 && done.stderr.contains("`whole.warc.gz` is packed as a whole"),
        "{}",
        done.stderr
    );
}
