//! Archives that are torn, cut short or made to harm: a clear failure, and the pages that are whole.

use super::{HTML, each_packed, packed, page, record};
use crate::binary::{Desk, story, texts};

fn pages(names: &[&str]) -> Vec<Vec<u8>> {
    names.iter().map(|name| page(&format!("https://a.example/{name}"), &story(name))).collect()
}

/// The titles that are had of an archive, and the classes of its failures.
fn had(desk: &Desk, name: &str) -> (Vec<String>, Vec<String>) {
    let done = desk.run(&["clean", "-f", "jsonl", name]);
    let (good, bad): (Vec<_>, Vec<_>) =
        done.records().into_iter().partition(|record| record["error"].is_null());
    assert_eq!(done.code == 0, bad.is_empty(), "{}", done.stderr);
    let classes = bad.iter().map(|record| record["error"]["class"].as_str().unwrap().to_owned()).collect();
    let last = |title: String| title.rsplit(' ').next().unwrap().to_owned();
    (texts(&good, "title").into_iter().map(last).collect(), classes)
}

#[test]
fn an_archive_that_is_cut_short_gives_what_is_whole_and_one_failure_for_the_rest() {
    let desk = Desk::new();
    let records = pages(&["one", "two", "three"]);
    let [plain, each, whole] = [records.concat(), each_packed(&records), packed(&records.concat())];
    let [plain_end, each_end] = [records[..2].concat().len(), each_packed(&records[..2]).len()];
    for (name, bytes, cut) in [
        ("in-body.warc", &plain, plain_end + 600),
        ("in-head.warc", &plain, plain_end + 20),
        ("in-body.warc.gz", &each, each_end + 300),
        ("in-member-head.warc.gz", &each, each_end + 5),
        ("whole.warc.gz", &whole, whole.len() - 30),
    ] {
        desk.put(name, &bytes[..cut]);
        let (titles, failures) = had(&desk, name);
        assert_eq!(
            (titles.as_slice(), failures.len()),
            (["one", "two"].map(str::to_owned).as_slice(), 1),
            "{name}"
        );
    }
}

#[test]
fn after_a_torn_member_the_next_one_is_read() {
    let desk = Desk::new();
    let members: Vec<Vec<u8>> = pages(&["one", "two", "three"]).iter().map(|record| packed(record)).collect();
    for cut in [5, 12, 200, members[1].len() - 4] {
        desk.put("x.warc.gz", [&members[0][..], &members[1][..cut], &members[2]].concat());
        let (titles, failures) = had(&desk, "x.warc.gz");
        assert!(titles.ends_with(&["three".to_owned()]) && titles[0] == "one", "{cut}: {titles:?}");
        assert!(!failures.is_empty(), "{cut}");
        let input = std::fs::read(desk.path("x.warc.gz")).unwrap();
        let done = desk.run_with_input(&["clean", "-f", "jsonl", "-"], &input);
        let is_three = |record: &serde_json::Value| record["title"] == "Harbour story three";
        assert!(done.code == 3 && done.records().iter().any(is_three), "{}", done.stderr);
        // A run takes what it can, too.
        let done = desk.run(&["run", "warc:x.warc.gz", "--set", "write.formats=[\"jsonl\"]"]);
        assert!(done.code == 3 && done.stderr.contains("x.warc.gz"), "{}", done.stderr);
        std::fs::remove_dir_all(desk.path("out")).unwrap();
    }
}

#[test]
fn what_lies_about_itself_costs_itself_alone() {
    let [one, two] =
        [page("https://a.example/one", &story("one")), page("https://a.example/two", &story("two"))];
    let head =
        |fields: &str| format!("WARC/1.0\r\nWARC-Type: response\r\n{fields}\r\n\r\nHTTP/1.1 200 OK\r\n\r\n");
    let long_line = format!("X: {}", "y".repeat(300_000));
    let bombs = [
        head("Content-Length: 18446744073709551615").into_bytes(),
        head("Content-Length: -1").into_bytes(),
        head("No length").into_bytes(),
        head(&long_line).into_bytes(),
        b"not a record at all\r\n".repeat(1000),
        vec![0; 100_000],
        vec![b'\n'; 100_000],
        record("response", &[("WARC-Target-URI", "\u{1b}]0;x"), ("WARC-Date", "never")], HTML.as_bytes()),
        record(
            "response",
            &[("WARC-Target-URI", "https://a.example/"), ("WARC-Date", "9999999")],
            b"HTTP/1.1",
        ),
    ];
    for (number, bomb) in bombs.iter().enumerate() {
        let desk = Desk::new();
        desk.put("x.warc", [&one[..], bomb, &two].concat());
        let (titles, _) = had(&desk, "x.warc");
        assert_eq!(titles[0], "one", "{number}");
        // A length that leads past the end takes all that follows with it.
        assert_eq!(titles.len(), if number == 0 { 1 } else { 2 }, "{number}");
        desk.put("y.warc.gz", [packed(&one), packed(bomb), packed(&two)].concat());
        let (titles, _) = had(&desk, "y.warc.gz");
        assert_eq!(titles[0], "one", "{number}");
    }
}

#[test]
fn a_page_that_is_larger_than_the_limit_is_a_failure_of_its_own() {
    let desk = Desk::new();
    let bomb = packed(format!("<!doctype html><p>{}", "0".repeat(12_000_000)).as_bytes());
    let head = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip";
    let records = [
        page("https://a.example/one", &story("one")),
        super::response("https://a.example/bomb", head, &bomb),
        page("https://a.example/large", &"<p>large".repeat(2_000_000)),
        page("https://a.example/two", &story("two")),
    ];
    desk.put("x.warc.gz", each_packed(&records));
    let (titles, failures) = had(&desk, "x.warc.gz");
    assert_eq!((titles.len(), failures), (2, vec!["too_large".to_owned(); 2]));
}

#[test]
fn what_is_no_archive_is_told() {
    let desk = Desk::new();
    desk.put("page.warc", story("one"));
    desk.put("empty.warc.gz", "");
    let done = desk.run(&["clean", "page.warc", "empty.warc.gz", "missing.warc"]);
    assert_eq!(done.code, 4, "{}", done.stderr);
    for part in ["`page.warc` is damaged", "`empty.warc.gz` is empty", "can't read `missing.warc`"] {
        assert!(done.stderr.contains(part), "{part}: {}", done.stderr);
    }
}
