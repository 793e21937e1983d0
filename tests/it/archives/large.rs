//! Archives that are larger than memory should be.

use std::fs::File;
use std::io::{BufWriter, Write};

use super::{packed, page, response};
use crate::binary::{Desk, story};
use crate::measured::measured;

/// The most memory that may be resident, in bytes: the program with its model, and some pages.
const MOST: u64 = 150 << 20;

/// Writes an archive of at least this size, and gives the number of its pages. As in a crawl, pictures are most of it; the
/// first one is half of all.
fn put_archive(desk: &Desk, name: &str, size: usize) -> usize {
    let mut file = BufWriter::new(File::create(desk.path(name)).unwrap());
    let mut seed = 1u64;
    let mut noise = |length: usize| -> Vec<u8> {
        let next = || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            seed.to_be_bytes()
        };
        std::iter::repeat_with(next).take(length / 8).flatten().collect()
    };
    let picture = |noise: &[u8]| {
        packed(&response("https://a.example/x.png", "HTTP/1.1 200 OK\r\nContent-Type: image/png", noise))
    };
    let mut written = 0;
    let mut put = |record: &[u8]| {
        file.write_all(record).unwrap();
        written += record.len();
        written
    };
    put(&picture(&noise(size / 2)));
    for count in 1.. {
        // What is no text fills the page: a script that the cleaner leaves out.
        let script: String = noise(20_000).iter().map(|byte| char::from(b'a' + byte % 26)).collect();
        let script = format!("<script>\"{script}\"</script></head>");
        let html = story(&count.to_string()).replace("</head>", &script);
        put(&packed(&page(&format!("https://a.example/{count}"), &html)));
        if put(&picture(&noise(600_000))) >= size {
            return count;
        }
    }
    unreachable!("it has its size some time")
}

/// Cleans an archive of this size and proves that its memory is bounded by `most` bytes.
fn check(size: usize, most: u64) {
    let desk = Desk::new();
    let count = put_archive(&desk, "large.warc.gz", size);
    let done = measured(&mut desk.command(["clean", "-f", "csv", "-v", "large.warc.gz"]));
    assert_eq!((done.done.code, done.done.stdout.lines().count()), (0, count + 1));
    assert!(done.peak < most, "{count} pages took {} MiB", done.peak >> 20);
}

#[test]
fn the_memory_for_an_archive_is_that_of_its_pages_in_flight() {
    check(64 << 20, MOST);
}

#[test]
#[ignore = "it writes and reads 1 GiB; run it with --ignored"]
fn the_memory_for_an_archive_of_a_gibibyte_is_the_same() {
    check(1 << 30, MOST);
}
