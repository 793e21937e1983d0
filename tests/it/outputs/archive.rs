//! Articles as records of an archive: what was fetched, and the clean text.

use std::fs;
use std::io::Read;

use flate2::read::MultiGzDecoder;

use super::desk_with;
use crate::binary::{Desk, last_sentence, records, story, texts};
use crate::server::{Server, answer, gzip, gzipped, ok};

/// The records of an archive of the desk as text: head and block.
pub fn unpacked(desk: &Desk, name: &str) -> Vec<String> {
    let mut text = String::new();
    MultiGzDecoder::new(fs::File::open(desk.path(name)).unwrap()).read_to_string(&mut text).unwrap();
    text.split("WARC/1.1\r\n").skip(1).map(str::to_owned).collect()
}

/// The value of a field of a record.
pub fn field<'r>(record: &'r str, name: &str) -> &'r str {
    let line = record.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    line.unwrap_or_else(|| panic!("no {name} in {record}"))
}

fn kinds(records: &[String]) -> Vec<&str> {
    records.iter().map(|record| field(record, "WARC-Type")).collect()
}

/// What `key` is in each record that `clean` makes of an archive, in order.
fn cleaned(desk: &Desk, archive: &str, key: &str) -> Vec<String> {
    let done = desk.run(&["clean", "-f", "jsonl", archive]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    let mut values = texts(&records(&done.stdout), key);
    values.sort();
    values
}

#[test]
fn the_archive_of_a_run_is_cleaned_to_the_same_bodies() {
    let headers = [("Content-Type", "text/html"), ("Content-Encoding", "gzip"), ("X-Cache", "HIT")];
    let server = Server::start([
        ("/a", answer("200 Fine", &headers, &gzipped(story("a").as_bytes()))),
        ("/b", gzip(&story("Zürich"))),
        ("/c", ok("<!DOCTYPE html><title>x</title><p>No story.")),
    ]);
    let desk = Desk::new();
    desk.put_job(&["/a", "/b", "/c"].map(|path| server.url(path)));
    assert_eq!(desk.run(&["run", "-f", "warc,jsonl"]).code, 0);
    assert_eq!(desk.files("out"), ["articles.jsonl", "articles.warc.gz"]);
    let written = records(&desk.read("out/articles.jsonl"));
    for key in ["body", "url"] {
        let mut expected = texts(&written, key);
        expected.sort();
        assert_eq!(cleaned(&desk, "out/articles.warc.gz", key), expected);
    }
    let archive = unpacked(&desk, "out/articles.warc.gz");
    assert_eq!(kinds(&archive), ["warcinfo", "response", "conversion", "response", "conversion"]);
    let of_a = archive.iter().position(|record| record.contains("\r\nx-cache: HIT\r\n")).unwrap();
    let (page, conversion) = (&archive[of_a], &archive[of_a + 1]);
    assert_eq!(field(page, "WARC-Target-URI"), server.url("/a"));
    assert_eq!(field(conversion, "WARC-Refers-To"), field(page, "WARC-Record-ID"));
    assert!(page.ends_with(&format!("content-length: {}\r\n\r\n{}\r\n\r\n", story("a").len(), story("a"))));
    assert!(page.contains("\r\n\r\nHTTP/1.1 200 OK\r\n") && !page.contains("content-encoding"), "{page}");
    assert!(conversion.ends_with(&format!("{}\r\n\r\n", last_sentence("a"))), "{conversion}");
}

#[test]
fn a_saved_page_is_a_resource_and_one_of_an_archive_a_response_again() {
    let desk = desk_with(&["a"]);
    let page = crate::archives::page("https://a.example/kept", &story("kept"));
    desk.put("kept.warc", page);
    assert_eq!(desk.run(&["run", "-f", "warc", "warc:kept.warc", "files:a.html"]).code, 0);
    let archive = unpacked(&desk, "out/articles.warc.gz");
    let kept = archive.iter().find(|record| record.contains("WARC-Type: response")).unwrap();
    assert_eq!(
        (field(kept, "WARC-Target-URI"), field(kept, "WARC-Date")),
        ("https://a.example/kept", "2026-03-01T10:00:00Z")
    );
    let saved = archive.iter().find(|record| record.contains("WARC-Type: resource")).unwrap();
    let uri = field(saved, "WARC-Target-URI");
    assert!(uri.starts_with("file:///") && uri.ends_with("/a.html"), "{uri}");
    assert!(saved.ends_with(&format!(
        "\r\nContent-Length: {}\r\n\r\n{}\r\n\r\n",
        story("a").len(),
        story("a")
    )));
    assert_eq!(cleaned(&desk, "out/articles.warc.gz", "url"), ["https://a.example/kept"]);
}

#[test]
fn of_a_story_on_several_pages_the_first_is_kept_and_the_text_of_all() {
    let first = story("one").replace("</head>", "<link rel=\"next\" href=\"/story?page=2\"></head>");
    let server = Server::start([("/story", ok(&first)), ("/story?page=2", ok(&story("two")))]);
    let desk = Desk::new();
    desk.put_job(&[server.url("/story")]);
    assert_eq!(desk.run(&["run", "-f", "warc"]).code, 0);
    assert_eq!(server.hits("/story?page=2"), 1);
    let archive = unpacked(&desk, "out/articles.warc.gz");
    assert_eq!(kinds(&archive), ["warcinfo", "response", "conversion"]);
    assert!(archive[1].ends_with(&format!("{first}\r\n\r\n")));
    assert!(
        archive[2].contains(&last_sentence("one")) && archive[2].contains(&last_sentence("two")),
        "{}",
        archive[2]
    );
}

#[test]
fn what_has_changed_is_there_in_both_forms_and_what_a_killed_run_began_is_not() {
    let desk = desk_with(&["a"]);
    let run = |more: &[&str]| {
        let done = desk.run(&[&["run", "-f", "warc"], more].concat());
        assert_eq!(done.code, 0, "{}", done.stderr);
    };
    let path = desk.path("out/articles.warc.gz");
    run(&[]);
    let first = fs::read(&path).unwrap();
    // A run that was killed in the middle of a record, with its state and without.
    for is_known in [true, false] {
        fs::write(&path, [first.as_slice(), &first[..first.len() - 20]].concat()).unwrap();
        if !is_known {
            // Whole records stay, since nobody knows any more that they are not recorded.
            fs::write(&path, [first.as_slice(), &first[..70]].concat()).unwrap();
            fs::remove_file(desk.path("out/state.sqlite")).unwrap();
            desk.put("a.html", story("a").replace("nine to four", "ten to three"));
        }
        run(&[]);
        assert!(fs::read(&path).unwrap().starts_with(&first));
    }
    let archive = unpacked(&desk, "out/articles.warc.gz");
    assert_eq!(kinds(&archive), ["warcinfo", "resource", "conversion", "resource", "conversion"]);
    assert!(archive[2].contains("nine to four") && archive[4].contains("ten to three"));

    desk.put("a.html", story("a").replace("nine to four", "eight to five"));
    run(&["--set", "write.rotate=1 KiB"]);
    let files = desk.files("out");
    assert_eq!(files.len(), 2, "{files:?}");
    assert!(files[0].starts_with("articles-2") && files[0].ends_with("-001.warc.gz"), "{files:?}");
    let newest = unpacked(&desk, "out/articles.warc.gz");
    assert_eq!(kinds(&newest), ["warcinfo", "resource", "conversion"]);
    assert!(newest[2].contains("eight to five"), "{newest:?}");
    assert_eq!(unpacked(&desk, &format!("out/{}", files[0])), archive);
}

#[test]
fn a_file_of_another_kind_in_its_place_is_refused_and_left_alone() {
    let desk = desk_with(&["a"]);
    desk.put("out/articles.warc.gz", "not packed");
    let done = desk.run(&["run", "-f", "warc"]);
    assert_eq!(done.code, 1, "{}", done.stderr);
    assert!(done.stderr.contains("it is no gzip file; move it away"), "{}", done.stderr);
    assert_eq!(desk.read("out/articles.warc.gz"), "not packed");
}
