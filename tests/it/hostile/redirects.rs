//! Numbers 32 to 39 and 56: redirects that lead in circles, nowhere, to other schemes, or to somebody else.

use super::{Expected, Failure, Story, at, check, page, served};
use crate::server::{Behaviour, Server, answer, ok, raw, redirect};

const BAD: Expected = Failure(&["bad_redirect"]);
const BLOCKED: Expected = Failure(&["blocked_scheme"]);

#[test]
fn cases_32_to_39_redirects_lead_to_a_page_of_the_web_or_are_refused() {
    let chain = (0..=11).map(|hop| (format!("/{hop}"), redirect(&format!("/{}", hop + 1))));
    let circle = [("/a".to_owned(), redirect("/b")), ("/b".to_owned(), redirect("/a"))];
    let end = [("/12".to_owned(), ok(&page()))];
    let server = Server::start(chain.chain(circle).chain(end));
    let nowhere = raw("HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n");
    let to = |location: &str| redirect(location);
    check(
        vec![
            at("32", server.url("/a"), Failure(&["too_many_redirects"])),
            at("33a", server.url("/0"), Failure(&["too_many_redirects"])),
            at("33b", server.url("/2"), Story),
            served("34a", "no Location", nowhere, BAD),
            served("34b", "an empty Location", to(""), BAD),
            served("35", "file:", to("file:///etc/passwd"), BLOCKED),
            served("36", "ftp:", to("ftp://127.0.0.1/x"), BLOCKED),
            served("37", "data:", to("data:text/html,<p>x"), BLOCKED),
            served("38", "javascript:", to("javascript:alert(1)"), BLOCKED),
            served("39", "gopher:", to("gopher://127.0.0.1:70/_x"), BLOCKED),
        ],
        &[],
    );
    assert_eq!((server.hits("/a"), server.hits("/b")), (1, 1), "a circle is left at once");
    assert_eq!(
        (server.hits("/10"), server.hits("/11")),
        (2, 1),
        "ten redirects are followed, the eleventh is not"
    );
}

#[test]
fn case_56_nothing_that_one_origin_gave_goes_to_another() {
    let other = Server::start([("/", ok(&page()))]);
    let location = other.url("/");
    let headers =
        [("Location", location.as_str()), ("Set-Cookie", "id=secret"), ("WWW-Authenticate", "Basic realm=x")];
    let away: Behaviour = answer("302 Found", &headers, b"");
    let outcome = check(vec![served("56", "a redirect to another origin", away, Story)], &[]);
    let requests = [outcome.server.requests(), other.requests()].concat();
    assert_eq!(other.hits("/"), 1);
    for request in requests {
        let head = request.head.to_ascii_lowercase();
        for name in ["cookie", "authorization", "referer", "x-api-key"] {
            assert!(!head.contains(name), "{head}");
        }
    }
}
