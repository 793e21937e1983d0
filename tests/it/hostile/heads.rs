//! Numbers 1 to 5 and 9 to 20: connections, status lines, headers and lengths.

use std::net::TcpListener;
use std::time::Duration;

use super::{Expected, Failure, Story, at, check, page, served, with_head};
use crate::server::{Behaviour, allow, raw};

/// Timeouts with which the slow cases end within the test.
const HURRIED: [&str; 2] = ["fetch.read_timeout=700ms", "fetch.timeout=2s"];

const BAD_HTTP: Expected = Failure(&["bad_http"]);
const TOO_LARGE_HEADER: Expected = Failure(&["header_too_large"]);

/// The bytes of `start`, then `piece` over and over.
fn dripping(start: &[u8], piece: &[u8], pause: u64) -> Behaviour {
    Behaviour::Endless { start: start.to_vec(), piece: piece.to_vec(), pause: Duration::from_millis(pause) }
}

#[test]
fn cases_1_to_5_servers_that_are_not_there_or_slow_end_in_time() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    allow(closed);
    let head = with_head("", "");
    check(
        vec![
            at("1", format!("http://{closed}/"), Failure(&["connect"])),
            served("2", "accepts, says nothing", Behaviour::Silent, Failure(&["timeout_read"])),
            served("3", "reset after the headers", Behaviour::Reset(head.clone()), Failure(&["truncated"])),
            served(
                "4",
                "a byte of a header each 100 ms",
                dripping(b"HTTP/1.1 200 OK\r\nX: ", b"x", 100),
                Failure(&["timeout_read", "timeout_total"]),
            ),
            served(
                "5",
                "a byte of the body each 200 ms",
                dripping(&head, b"x", 200),
                Failure(&["too_slow", "timeout_total"]),
            ),
        ],
        &HURRIED,
    );
}

#[test]
fn cases_9_to_14_heads_are_taken_as_far_as_they_make_sense() {
    let body = page();
    let page = |lines: &str| raw(with_head(lines, &body));
    let headers = |count: usize| page(&"X-Filler: x\r\n".repeat(count));
    let start = with_head("X: ", "");
    let outcome = check(
        vec![
            served("9", "until the connection closes", page(""), Story),
            served("10", "two lengths", page("Content-Length: 3\r\nContent-Length: 9\r\n"), BAD_HTTP),
            served("11", "HTTP/0.9", raw(body.clone()), BAD_HTTP),
            served("12", "garbage", raw("\x01\x02\x03 this is not HTTP\x1b[31m\r\n\r\n"), BAD_HTTP),
            served("13a", "101 headers", headers(98), Story),
            served("13b", "150 headers", headers(150), Story),
            served("13c", "5,000 headers", headers(5000), TOO_LARGE_HEADER),
            served(
                "14a",
                "500 KB of a header",
                page(&format!("X: {}\r\n", "x".repeat(500_000))),
                TOO_LARGE_HEADER,
            ),
            served("14b", "a header without end", dripping(&start, &[b'x'; 65536], 0), TOO_LARGE_HEADER),
        ],
        &[],
    );
    assert_eq!(outcome.records[0]["notes"][0], "the server did not say where the page ends");
}

#[test]
fn cases_15_to_20_odd_answers_have_their_class() {
    let body = page();
    let length = |length: &str| raw(with_head(&format!("Content-Length: {length}\r\n"), &body));
    let hints = "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n".repeat(100_000);
    check(
        vec![
            served(
                "15",
                "100,000 times 103",
                raw(hints),
                Failure(&["timeout_total", "timeout_read", "bad_http", "connect"]),
            ),
            served(
                "16",
                "204 with a body",
                raw(format!("HTTP/1.1 204 No Content\r\nContent-Length: {}\r\n\r\n{body}", body.len())),
                Failure(&["empty"]),
            ),
            served("17", "length 0", length("0"), Failure(&["empty"])),
            served("18", "length 10^18", length("1000000000000000000"), Failure(&["too_large"])),
            served("19a", "a negative length", length("-5"), BAD_HTTP),
            served("19b", "a length of letters", length("abc"), BAD_HTTP),
            served("20a", "status 999", raw("HTTP/1.1 999 Odd\r\nContent-Length: 3\r\n\r\n<p>"), BAD_HTTP),
            served(
                "20b",
                "a reason that acts on terminals",
                raw("HTTP/1.1 404 \x1b]0;owned\x07\r\nContent-Length: 3\r\n\r\n<p>"),
                Failure(&["bad_http", "http_4xx"]),
            ),
        ],
        &HURRIED,
    );
}
