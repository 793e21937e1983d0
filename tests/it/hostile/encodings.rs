//! Numbers 25 to 31: content encodings that are wrong, broken or stacked.

use super::{Expected, Failure, Story, check, page, served};
use crate::server::{answer, encoded, gzipped, typed};

const BAD: Expected = Failure(&["bad_encoding_body"]);

#[test]
fn cases_25_to_31_an_encoding_is_undone_once_or_refused() {
    let page = page();
    let packed = gzipped(page.as_bytes());
    let broken = [&packed[..40], &[0xFF; 400]].concat();
    let cut = &packed[..packed.len() - 40];
    let many = [[("Content-Type", "text/html")].as_slice(), &[("Content-Encoding", "gzip"); 40]].concat();
    check(
        vec![
            served("25", "gzip, gzip", encoded("gzip, gzip", &gzipped(&packed)), BAD),
            served("26", "broken gzip", encoded("gzip", &broken), BAD),
            served("27", "gzip that is cut", encoded("gzip", cut), Failure(&["truncated"])),
            served("28", "gzip and garbage", encoded("gzip", &[&packed[..], b"garbage"].concat()), Story),
            served("29", "plain text as gzip", encoded("gzip", page.as_bytes()), BAD),
            served("30", "gzip without a header", typed("text/html", &packed), Failure(&["wrong_type"])),
            served("31", "40 times gzip", answer("200 OK", &many, &packed), BAD),
        ],
        &[],
    );
}
