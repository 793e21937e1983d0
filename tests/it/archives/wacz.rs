//! WACZ files: ZIP files that hold WARC files.

use std::io::{Cursor, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::page;
use crate::binary::{Desk, records, story, texts};

/// A WACZ with an archive for each of these lists of stories.
fn wacz(parts: &[&[&str]], method: CompressionMethod) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(method);
    let mut put = |name: &str, bytes: &[u8]| {
        writer.start_file(name, options).unwrap();
        writer.write_all(bytes).unwrap();
    };
    put("datapackage.json", b"{\"profile\": \"data-package\"}");
    put("pages/page.html", story("no page of the archive").as_bytes());
    for (number, names) in parts.iter().enumerate() {
        let pages: Vec<Vec<u8>> =
            names.iter().map(|name| page(&format!("https://a.example/{name}"), &story(name))).collect();
        put(&format!("archive/part-{number}.warc.gz"), &super::each_packed(&pages));
    }
    writer.finish().unwrap().into_inner()
}

#[test]
fn the_pages_of_all_parts_are_cleaned_and_a_run_goes_to_each() {
    let desk = Desk::new();
    desk.put("x.wacz", wacz(&[&["one", "two"], &["three"]], CompressionMethod::Stored));
    let titles = ["one", "two", "three"].map(|name| format!("Harbour story {name}"));
    let done = desk.run(&["clean", "-f", "jsonl", "x.wacz"]);
    assert_eq!((done.code, texts(&done.records(), "title")), (0, titles.to_vec()), "{}", done.stderr);
    let done = desk.run(&["run", "warc:x.wacz", "--set", "write.duplicates=true"]);
    assert_eq!((done.code, records(&desk.read("out/articles.jsonl")).len()), (0, 3), "{}", done.stderr);
}

#[test]
fn parts_that_are_packed_once_more_are_read_by_clean_alone() {
    let desk = Desk::new();
    desk.put("x.wacz", wacz(&[&["one", "two"]], CompressionMethod::Deflated));
    assert_eq!(desk.run(&["clean", "-f", "jsonl", "x.wacz"]).records().len(), 2);
    let done = desk.run(&["run", "warc:x.wacz"]);
    assert!(done.code != 0 && done.stderr.contains("`x.wacz` is packed as a whole"), "{}", done.stderr);
}

#[test]
fn what_is_no_wacz_is_told_and_ends_nothing() {
    let desk = Desk::new();
    let whole = wacz(&[&["one"]], CompressionMethod::Stored);
    desk.put("cut.wacz", &whole[..whole.len() - 100]);
    desk.put("page.wacz", story("one"));
    desk.put("empty.wacz", wacz(&[], CompressionMethod::Stored));
    desk.put("good.html", story("good"));
    let done = desk.run(&["clean", "-f", "jsonl", "cut.wacz", "page.wacz", "empty.wacz", "good.html"]);
    assert_eq!((done.code, done.records().len()), (3, 4), "{}", done.stderr);
    for part in ["`cut.wacz` is no WACZ", "`page.wacz` is no WACZ", "no WARC file in its folder `archive/`"] {
        assert!(done.stderr.contains(part), "{part}: {}", done.stderr);
    }
}
