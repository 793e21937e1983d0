//! Archives that are larger than memory should be.

use std::fs::File;
use std::io::{BufWriter, Write};

use super::{packed, page};
use crate::binary::{Desk, story};
use crate::measured::measured;

/// Writes an archive of at least this size, with pages that do not compress well, and gives the number of its pages.
fn put_archive(desk: &Desk, name: &str, size: usize) -> usize {
    let mut file = BufWriter::new(File::create(desk.path(name)).unwrap());
    let (mut written, mut count, mut seed) = (0, 0, 1u32);
    while written < size {
        // What is no text fills the page: a script that the cleaner leaves out.
        let noise = std::iter::repeat_with(|| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            char::from(b'a' + u8::try_from(seed >> 24).unwrap() % 26)
        });
        let script: String = noise.take(600_000).collect();
        let html =
            story(&count.to_string()).replace("</head>", &format!("<script>\"{script}\"</script></head>"));
        let record = packed(&page(&format!("https://a.example/{count}"), &html));
        file.write_all(&record).unwrap();
        written += record.len();
        count += 1;
    }
    file.flush().unwrap();
    count
}

/// Cleans an archive of this size and proves that its memory is bounded by `most` bytes.
fn check(size: usize, most: u64) {
    let desk = Desk::new();
    let count = put_archive(&desk, "large.warc.gz", size);
    let done = measured(&mut desk.command(["clean", "-f", "csv", "-v", "large.warc.gz"]));
    assert_eq!((done.done.code, done.done.stdout.lines().count()), (0, count + 1));
    eprintln!("{count} pages, {} MiB, peak {} MiB, {:?}", size >> 20, done.peak >> 20, done.cpu);
    assert!(done.peak < most, "{} bytes", done.peak);
}

#[test]
fn the_memory_for_an_archive_is_that_of_its_pages_in_flight() {
    check(64 << 20, 150 << 20);
}

#[test]
#[ignore = "it writes and reads 1 GiB; run it with --ignored"]
fn the_memory_for_an_archive_of_a_gibibyte_is_the_same() {
    check(1 << 30, 150 << 20);
}
