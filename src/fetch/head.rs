//! The head of an answer as archives keep it, for a body whose codings are undone.

use reqwest::StatusCode;
use reqwest::header::{CONTENT_ENCODING, CONTENT_LENGTH, HeaderMap, TRANSFER_ENCODING};

/// The headers that say how the body came, which is no longer so.
const OF_THE_WAY: [reqwest::header::HeaderName; 3] = [CONTENT_ENCODING, CONTENT_LENGTH, TRANSFER_ENCODING];

/// The status line and the headers of an answer, each with its line break, without those that say how the body came. HTTP/2
/// has no line for the status and no reason; it is written as HTTP/1.1, as readers of archives expect.
pub(super) fn kept(status: StatusCode, headers: &HeaderMap) -> Vec<u8> {
    let reason = status.canonical_reason().unwrap_or_default();
    let mut head = format!("HTTP/1.1 {} {reason}\r\n", status.as_u16()).into_bytes();
    for (name, value) in headers.iter().filter(|(name, _)| !OF_THE_WAY.contains(name)) {
        for part in [name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"] {
            head.extend_from_slice(part);
        }
    }
    head
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::{HeaderValue, SERVER, SET_COOKIE};

    #[test]
    fn what_says_how_the_body_came_is_left_out_and_all_else_stays() {
        let mut headers: HeaderMap = [
            (SERVER, HeaderValue::from_static("x")),
            (CONTENT_ENCODING, HeaderValue::from_static("gzip")),
            (CONTENT_LENGTH, HeaderValue::from_static("7")),
            (TRANSFER_ENCODING, HeaderValue::from_static("chunked")),
        ]
        .into_iter()
        .collect();
        headers.append(SET_COOKIE, HeaderValue::from_static("a=1"));
        headers.append(SET_COOKIE, HeaderValue::from_static("b=2"));
        let head = String::from_utf8_lossy(&kept(StatusCode::OK, &headers)).into_owned();
        assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
        let mut lines: Vec<&str> = head.lines().skip(1).collect();
        lines.sort_unstable();
        assert_eq!(lines, ["server: x", "set-cookie: a=1", "set-cookie: b=2"]);
    }
}
