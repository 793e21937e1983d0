//! Numbers 6 to 8 and 21 to 24: bodies that never end, end early, or grow when they are unpacked.

use std::io::Write;

use flate2::{Compress, Compression, FlushCompress};

use super::{Expected, Failure, check, page, served, with_head};
use crate::server::{encoded, endless, raw};

/// What a bomb may cost in memory beside a run on good pages alone, in bytes.
const BOMB: u64 = 40 << 20;

/// The CRC-32 of 1 GiB of zeros.
const CRC_OF_ZEROS: u32 = 0x5B64_C2B0;

const TOO_LARGE: Expected = Failure(&["too_large"]);

#[test]
fn cases_6_to_8_bodies_without_an_end_or_with_an_early_one_are_told_apart() {
    let cut = |lines: &str, body: &str| raw(with_head(lines, body));
    let page = page();
    check(
        vec![
            served("6", "a body without end", endless(), TOO_LARGE),
            served(
                "7",
                "5 of 1,000 bytes",
                cut("Content-Length: 1000\r\n", "<p>xx"),
                Failure(&["truncated"]),
            ),
            served(
                "8",
                "chunks that are cut",
                cut("Transfer-Encoding: chunked\r\n", &format!("ffff\r\n{page}")),
                Failure(&["truncated"]),
            ),
        ],
        &["fetch.max_body=256KiB"],
    );
}

#[test]
fn cases_21_to_24_bombs_are_too_large_and_cost_no_more_than_their_limit() {
    let harmless = check(Vec::new(), &[]).measured.peak;
    for (number, what, bomb) in [
        ("21", "gzip of 1 GiB", encoded("gzip", &gzip_bomb())),
        ("22", "809 bytes of brotli for 1 GiB", encoded("br", include_bytes!("zeros-1gib.br"))),
        ("23a", "32 KB of zstd for 1 GiB", encoded("zstd", &zstd_bomb(17))),
        ("23b", "zstd with a window of 128 MiB", encoded("zstd", &zstd_bomb(27))),
        ("24", "deflate of 1 GiB", encoded("deflate", &deflate_bomb())),
    ] {
        let outcome = check(vec![served(number, what, bomb, TOO_LARGE)], &[]);
        let extra = outcome.measured.peak.saturating_sub(harmless);
        assert!(extra < BOMB, "{what}: {extra} bytes more than without");
    }
}

/// The raw deflate data of 1 GiB of zeros: a piece of 1 MiB over and over.
fn zeros() -> Vec<u8> {
    let mut piece = Vec::with_capacity(1 << 16);
    let mut deflate = Compress::new(Compression::best(), false);
    deflate.compress_vec(&vec![0; 1 << 20], &mut piece, FlushCompress::Full).unwrap();
    let mut bytes = piece.repeat(1024);
    // An empty block of fixed codes that is the last.
    bytes.extend([0x03, 0x00]);
    bytes
}

fn gzip_bomb() -> Vec<u8> {
    let mut bytes = b"\x1f\x8b\x08\0\0\0\0\0\0\xff".to_vec();
    bytes.extend(zeros());
    bytes.extend(CRC_OF_ZEROS.to_le_bytes());
    bytes.extend((1_u32 << 30).to_le_bytes());
    bytes
}

fn deflate_bomb() -> Vec<u8> {
    // The checksum of zeros: 1, and how often that was added up (RFC 1950, section 8.2).
    let adler = ((1_u32 << 30) % 65521) << 16 | 1;
    [b"\x78\xda".as_slice(), &zeros(), &adler.to_be_bytes()].concat()
}

/// A frame of 8,192 blocks that each repeat a zero 128 Ki times (RFC 8878, section 3.1.1), with a window of two to the
/// power of `log` bytes.
fn zstd_bomb(log: u8) -> Vec<u8> {
    let mut bytes = vec![0x28, 0xB5, 0x2F, 0xFD, 0x00, (log - 10) << 3];
    for number in 1..=8192_u32 {
        let (is_last, run_of_one_byte) = (u32::from(number == 8192), 1 << 1);
        let header = is_last | run_of_one_byte | (128 * 1024) << 3;
        bytes.write_all(&header.to_le_bytes()[..3]).unwrap();
        bytes.push(0);
    }
    bytes
}
