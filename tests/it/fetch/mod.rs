//! One page over HTTP, through the public functions, against a server that misbehaves.

mod bodies;
mod connections;

use std::time::Duration;

use bytesize::ByteSize;
use pressclip::config;
use pressclip::failure::{Failure, FailureClass};
use pressclip::fetch::{Answer, Client, Fetched, Refusal, Validators, charset};

use crate::server::{
    Behaviour, Server, allowed, answer, drip, endless, gzip, ok, raw, redirect, status, truncated,
};

/// A page that does not say in which charset it is.
pub const PAGE: &str = "<!doctype html><html><body><p>The mayor said – “yes”.</p></body></html>";

/// Options with which a test takes milliseconds where a run takes seconds. Timeouts are long, so that they mean what
/// they say on a busy machine too; tests of timeouts shorten one. The guard lets them through to the servers of tests that
/// are there by now.
pub fn quick() -> config::Fetch {
    config::Fetch {
        delay: Duration::from_millis(1),
        connect_timeout: Duration::from_secs(10),
        read_timeout: Duration::from_secs(10),
        timeout: Duration::from_secs(20),
        max_body: ByteSize::kib(64),
        retries: 0,
        allow_addresses: allowed().iter().map(|address| address.parse().unwrap()).collect(),
        robots: false,
        ..config::Fetch::default()
    }
}

async fn fetch_with(options: &config::Fetch, url: &str) -> Result<Fetched, Failure> {
    page(&Client::new(options).unwrap(), url).await
}

/// The page at `url`, which nobody has seen before.
pub async fn page(client: &Client, url: &str) -> Result<Fetched, Failure> {
    match client.fetch(&url.parse().unwrap(), &Validators::default()).await? {
        Answer::Page(page) => Ok(*page),
        answer @ Answer::NotModified { .. } => panic!("{url}: {answer:?} without validators"),
    }
}

/// Why the page at `url` is not had.
pub async fn refusal(client: &Client, url: &str) -> Refusal {
    client.fetch(&url.parse().unwrap(), &Validators::default()).await.expect_err(url)
}

/// What a case must come to: a page with this text and these notes, or a failure of this class.
type Expected<'a> = Result<(&'a str, &'a [&'a str]), FailureClass>;

/// Fetches each case from its own path, and reports every one that comes to something else.
async fn check(cases: Vec<(&str, Behaviour, Expected<'_>)>) {
    let routes = cases.iter().enumerate().map(|(number, case)| (format!("/{number}?secret"), case.1.clone()));
    let server = Server::start(routes);
    let client = Client::new(&quick()).unwrap();
    let mut wrong = Vec::new();
    for (number, (name, _, expected)) in cases.iter().enumerate() {
        let url = server.url(&format!("/{number}?secret"));
        let outcome = page(&client, &url).await.and_then(|page| {
            let decoded = charset::decode(&page.bytes, page.content_type.as_deref())?;
            Ok((decoded.text, [page.notes, decoded.notes].concat()))
        });
        let matches = match (&outcome, expected) {
            (Ok((text, notes)), Ok(expected)) => text == expected.0 && notes == expected.1,
            (Err(failure), Err(class)) => failure.class == *class && !failure.message.contains("secret"),
            _ => false,
        };
        if !matches {
            wrong.push(format!("{name}: {outcome:?}, not {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn a_status_without_a_page_has_its_class() {
    check(vec![
        ("404", status(404), Err(FailureClass::Http4xx)),
        ("410", status(410), Err(FailureClass::Http4xx)),
        ("429", status(429), Err(FailureClass::RateLimited)),
        ("500", status(500), Err(FailureClass::Http5xx)),
        ("999", status(999), Err(FailureClass::BadHttp)),
        ("204", raw("HTTP/1.1 204 No Content\r\n\r\n"), Err(FailureClass::Empty)),
        ("304", raw("HTTP/1.1 304 Not Modified\r\n\r\n"), Err(FailureClass::BadRedirect)),
        ("empty", ok(""), Err(FailureClass::Empty)),
        ("empty gzip", gzip(""), Err(FailureClass::Empty)),
    ])
    .await;
}

#[tokio::test]
async fn broken_and_hostile_http_has_its_class() {
    let head = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n";
    let headers = |count: usize| raw(format!("{head}{}\r\n<p>ascii", "X-Filler: x\r\n".repeat(count)));
    let page = |rest: &str| raw(format!("{head}{rest}"));
    let cut_off: &[&str] = &["the server did not say where the page ends"];
    check(vec![
        (
            "too large by length",
            page("Content-Length: 1000000000000000000\r\n\r\n<p>"),
            Err(FailureClass::TooLarge),
        ),
        ("too large by streaming", endless(), Err(FailureClass::TooLarge)),
        ("truncated", truncated(PAGE), Err(FailureClass::Truncated)),
        ("chunks cut", page("Transfer-Encoding: chunked\r\n\r\n5\r\n<p>x"), Err(FailureClass::Truncated)),
        ("no chunk", page("Transfer-Encoding: chunked\r\n\r\nzzz\r\n"), Err(FailureClass::BadHttp)),
        (
            "reset in the body",
            Behaviour::Reset(format!("{head}\r\n<p>").into()),
            Err(FailureClass::Truncated),
        ),
        ("reset before the answer", Behaviour::Reset(Vec::new()), Err(FailureClass::Connect)),
        ("closed before the answer", raw(""), Err(FailureClass::Connect)),
        ("until the end of the connection", page("\r\n<p>ascii"), Ok(("<p>ascii", cut_off))),
        ("garbage", raw("\x01\x02 this is not HTTP\r\n\r\n"), Err(FailureClass::BadHttp)),
        ("HTTP/0.9", raw(PAGE), Err(FailureClass::BadHttp)),
        (
            "two lengths",
            page("Content-Length: 3\r\nContent-Length: 9\r\n\r\n<p>"),
            Err(FailureClass::BadHttp),
        ),
        ("negative length", page("Content-Length: -3\r\n\r\n<p>"), Err(FailureClass::BadHttp)),
        ("150 headers", headers(150), Ok(("<p>ascii", cut_off))),
        ("5,000 headers", headers(5000), Err(FailureClass::HeaderTooLarge)),
        (
            "huge header",
            page(&format!("X: {}\r\n\r\n", "x".repeat(300_000))),
            Err(FailureClass::HeaderTooLarge),
        ),
    ])
    .await;
}

#[tokio::test]
async fn silence_and_slowness_are_told_apart() {
    let start = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n".to_vec();
    let stalled = Behaviour::Endless { start, piece: b"<p>".to_vec(), pause: Duration::from_secs(5) };
    let server = Server::start([("/silent", Behaviour::Silent), ("/stalled", stalled), ("/drip", drip(20))]);
    let impatient = config::Fetch { read_timeout: Duration::from_millis(300), ..quick() };
    let hurried = config::Fetch { timeout: Duration::from_millis(600), ..quick() };
    for (path, options, class) in [
        ("/silent", &impatient, FailureClass::TimeoutRead),
        ("/silent", &hurried, FailureClass::TimeoutTotal),
        ("/stalled", &impatient, FailureClass::TimeoutRead),
        ("/drip", &hurried, FailureClass::TimeoutTotal),
    ] {
        let failure = fetch_with(options, &server.url(path)).await.unwrap_err();
        assert_eq!(failure.class, class, "{path}: {}", failure.message);
    }
}

#[tokio::test]
async fn redirects_are_followed_to_their_end_or_refused() {
    let chain = |length: usize| {
        (0..length).map(move |hop| (format!("/{length}/{hop}"), redirect(&format!("{}", hop + 1))))
    };
    let other = Server::start([("/page", ok(PAGE))]);
    let mut routes: Vec<(String, Behaviour)> = chain(3).chain(chain(10)).chain(chain(11)).collect();
    routes.extend([
        ("/3/3".to_owned(), ok(PAGE)),
        ("/10/10".to_owned(), ok(PAGE)),
        ("/11/11".to_owned(), ok(PAGE)),
    ]);
    for (path, behaviour) in [
        ("/away", redirect(&other.url("/page#part"))),
        ("/a", redirect("/b")),
        ("/b", redirect("/a#again")),
        ("/nowhere", status(302)),
        ("/empty", redirect("")),
        ("/broken", redirect("http://[")),
        ("/ftp", redirect("ftp://127.0.0.1/secret")),
        ("/file", redirect("file:///etc/secret")),
        ("/script", redirect("javascript:secret()")),
        ("/data", redirect("data:text/html,secret")),
        ("/user", redirect("http://user:secret@127.0.0.1/")),
    ] {
        routes.push((path.to_owned(), behaviour));
    }
    let server = Server::start(routes);
    let mut wrong = Vec::new();
    for (path, expected) in [
        ("/3/0#part", Ok(server.url("/3/3"))),
        ("/10/0", Ok(server.url("/10/10"))),
        ("/11/0", Err(FailureClass::TooManyRedirects)),
        ("/away", Ok(other.url("/page"))),
        ("/a", Err(FailureClass::TooManyRedirects)),
        ("/nowhere", Err(FailureClass::BadRedirect)),
        ("/empty", Err(FailureClass::BadRedirect)),
        ("/broken", Err(FailureClass::BadRedirect)),
        ("/ftp", Err(FailureClass::BlockedScheme)),
        ("/file", Err(FailureClass::BlockedScheme)),
        ("/script", Err(FailureClass::BlockedScheme)),
        ("/data", Err(FailureClass::BlockedScheme)),
        ("/user", Err(FailureClass::BlockedUserinfo)),
    ] {
        let outcome = fetch_with(&quick(), &server.url(path)).await;
        let matches = match (&outcome, &expected) {
            (Ok(page), Ok(url)) => page.url.as_str() == url && page.bytes == PAGE.as_bytes(),
            (Err(failure), Err(class)) => failure.class == *class && !failure.message.contains("secret()"),
            _ => false,
        };
        if !matches {
            wrong.push(format!("{path}: {outcome:?}, not {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(server.hits("/11/10"), 1, "ten redirects are followed");
    assert_eq!(server.hits("/11/11"), 0, "the eleventh is not");
    assert_eq!(server.hits("/b"), 1, "a loop is left at once");
}

#[tokio::test]
async fn a_request_says_who_asks_and_nothing_about_where_it_came_from() {
    let page = answer(
        "200 OK",
        &[
            ("Content-Type", "text/html; charset=utf-8"),
            ("ETag", "\"v1\""),
            ("Last-Modified", "Sun, 06 Nov 1994 08:49:37 GMT"),
        ],
        PAGE.as_bytes(),
    );
    let start = answer("302 Found", &[("Location", "/page"), ("Set-Cookie", "id=1")], b"");
    let server = Server::start([("/start", start), ("/page", page)]);
    let options = config::Fetch { user_agent: "pressclip-test/1".to_owned(), ..quick() };
    let page = fetch_with(&options, &server.url("/start")).await.unwrap();
    assert_eq!(page.status, 200);
    assert_eq!(page.content_type.as_deref(), Some("text/html; charset=utf-8"));
    assert_eq!(page.etag.as_deref(), Some("\"v1\""));
    assert_eq!(page.last_modified.as_deref(), Some("Sun, 06 Nov 1994 08:49:37 GMT"));
    let head = server.requests()[1].head.to_ascii_lowercase();
    assert!(head.contains("user-agent: pressclip-test/1"), "{head}");
    assert!(!head.contains("cookie") && !head.contains("referer"), "{head}");
}

#[test]
fn a_user_agent_that_no_header_can_carry_is_an_error_of_the_options() {
    let options = config::Fetch { user_agent: "two\nlines".to_owned(), ..quick() };
    let error = Client::new(&options).unwrap_err();
    assert!(format!("{error:#}").contains("fetch.user_agent"), "{error:#}");
}
