//! One page over HTTP, through the public functions, against a server that misbehaves.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use async_compression::Level;
use async_compression::tokio::write;
use async_compression::zstd::CParameter;
use bytesize::ByteSize;
use pressclip::config;
use pressclip::failure::{Failure, FailureClass};
use pressclip::fetch::{Answer, Client, Fetched, Refusal, Validators, charset};
use tokio::io::AsyncWriteExt;

use crate::server::{
    Behaviour, Server, allow, allowed, answer, bomb, drip, encoded, endless, gzip, gzipped, ok, raw,
    redirect, status, truncated, typed,
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

fn in_charset(label: &str, text: &str) -> Vec<u8> {
    encoding_rs::Encoding::for_label(label.as_bytes()).unwrap().encode(text).0.into_owned()
}

#[tokio::test]
async fn text_comes_right_from_every_charset_and_guesses_are_noted() {
    let french = "<html><p>Le président a été réélu après une journée très animée à l'Assemblée.</p></html>";
    let japanese = "<html><p>首相は記者会見で、新しい経済対策についてのべました。</p></html>";
    let french_meta = format!("<meta charset=iso-8859-1>{french}");
    let japanese_meta =
        format!("<meta http-equiv='Content-Type' content='text/html; charset=Shift_JIS'>{japanese}");
    let marked = format!("\u{FEFF}{french}");
    let utf_16: Vec<u8> = marked.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let plain = |bytes: &[u8]| typed("text/html", bytes);
    let no_type = |bytes: &[u8]| answer("200 OK", &[], bytes);
    check(vec![
        ("utf-8 by header", typed("text/html; charset=utf-8", french.as_bytes()), Ok((french, &[]))),
        ("utf-8 by detection", no_type(french.as_bytes()), Ok((french, &["charset guessed: UTF-8"]))),
        (
            "1252 by header",
            typed("text/html;charset=latin1", &in_charset("latin1", french)),
            Ok((french, &[])),
        ),
        ("1252 by meta", plain(&in_charset("latin1", &french_meta)), Ok((&french_meta, &[]))),
        (
            "1252 by detection",
            plain(&in_charset("latin1", french)),
            Ok((french, &["charset guessed: windows-1252"])),
        ),
        (
            "sjis by header",
            typed("text/html; charset=sjis", &in_charset("sjis", japanese)),
            Ok((japanese, &[])),
        ),
        ("sjis by meta", plain(&in_charset("sjis", &japanese_meta)), Ok((&japanese_meta, &[]))),
        (
            "sjis by detection",
            plain(&in_charset("sjis", japanese)),
            Ok((japanese, &["charset guessed: Shift_JIS"])),
        ),
        ("mark over header", typed("text/html; charset=sjis", marked.as_bytes()), Ok((french, &[]))),
        ("utf-16 by mark", plain(&utf_16), Ok((french, &[]))),
        ("utf-16 without mark", plain(&utf_16[2..]), Ok((french, &["charset guessed: UTF-16LE"]))),
        ("banned charset", typed("text/html; charset=iso-2022-kr", b"<p>x"), Err(FailureClass::BadCharset)),
    ])
    .await;
}

#[tokio::test]
async fn every_content_encoding_is_undone_or_refused() {
    let compressed = gzipped(PAGE.as_bytes());
    let cut = |bytes: &[u8]| bytes[..bytes.len() - 12].to_vec();
    let (brotli, zstd) = (brotli(PAGE.repeat(20).as_bytes()).await, zstd(PAGE.repeat(20).as_bytes()).await);
    let long = PAGE.repeat(20);
    let bad = Err(FailureClass::BadEncodingBody);
    let guessed: &[&str] = &["charset guessed: UTF-8"];
    check(vec![
        ("gzip", gzip(PAGE), Ok((PAGE, guessed))),
        ("gzip in capitals", encoded("GZIP", &compressed), Ok((PAGE, guessed))),
        ("gzip and garbage", encoded("gzip", &[&compressed[..], b"garbage"].concat()), Ok((PAGE, guessed))),
        ("brotli", encoded("br", &brotli), Ok((&long, guessed))),
        ("zstd", encoded("zstd", &zstd), Ok((&long, guessed))),
        ("deflate", encoded("deflate", &zlib(PAGE.as_bytes()).await), Ok((PAGE, guessed))),
        (
            "zstd with a window of 128 MiB",
            encoded("zstd", &zstd_window(27, PAGE.as_bytes()).await),
            Err(FailureClass::TooLarge),
        ),
        (
            "zstd with a window of 8 MiB",
            encoded("zstd", &zstd_window(23, PAGE.as_bytes()).await),
            Ok((PAGE, guessed)),
        ),
        (
            "no coding at all",
            encoded("utf-8", PAGE.as_bytes()),
            Ok((PAGE, &["unknown content encoding ignored: utf-8", guessed[0]])),
        ),
        ("stacked", encoded("gzip, gzip", &gzipped(&compressed)), bad),
        (
            "stacked on lines",
            answer("200 OK", &[("Content-Encoding", "gzip"); 40], &gzipped(&compressed)),
            bad,
        ),
        ("plain as gzip", encoded("gzip", PAGE.as_bytes()), bad),
        ("plain as zstd", encoded("zstd", PAGE.as_bytes()), bad),
        ("plain as brotli", encoded("br", &[0xFF; 64]), bad),
        ("plain as deflate", encoded("deflate", PAGE.as_bytes()), bad),
        ("gzip cut", encoded("gzip", &cut(&compressed)), Err(FailureClass::Truncated)),
        ("brotli cut", encoded("br", &cut(&brotli)), Err(FailureClass::Truncated)),
        ("zstd cut", encoded("zstd", &cut(&zstd)), Err(FailureClass::Truncated)),
        ("gzip without header", typed("text/html", &compressed), Err(FailureClass::WrongType)),
        ("bomb", bomb(4), Err(FailureClass::TooLarge)),
    ])
    .await;
}

async fn brotli(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = write::BrotliEncoder::new(Vec::new());
    encoder.write_all(bytes).await.unwrap();
    encoder.shutdown().await.unwrap();
    encoder.into_inner()
}

async fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = write::ZlibEncoder::new(Vec::new());
    encoder.write_all(bytes).await.unwrap();
    encoder.shutdown().await.unwrap();
    encoder.into_inner()
}

async fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd_window(20, bytes).await
}

/// `bytes` in the zstd format, with a window of two to the power of `log` bytes.
async fn zstd_window(log: u32, bytes: &[u8]) -> Vec<u8> {
    let window = [CParameter::window_log(log)];
    let mut encoder = write::ZstdEncoder::with_quality_and_params(Vec::new(), Level::Default, &window);
    encoder.write_all(bytes).await.unwrap();
    encoder.shutdown().await.unwrap();
    encoder.into_inner()
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
async fn what_is_no_page_is_refused_by_its_type_or_its_bytes() {
    let wrong = Err(FailureClass::WrongType);
    let png = b"\x89PNG\r\n\x1A\n\0\0\0\rIHDR";
    check(vec![
        ("json by header", typed("application/json", b"{}"), wrong),
        ("feed by header", typed("application/rss+xml", b"<rss></rss>"), wrong),
        ("html said to be an image", typed("image/png", PAGE.as_bytes()), wrong),
        ("pdf said to be html", typed("text/html", b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n1 0 obj"), wrong),
        ("png said to be html", typed("text/html", png), wrong),
        ("png without type", answer("200 OK", &[], png), wrong),
        ("zip said to be html", typed("text/html", b"PK\x03\x04\x14\0\x08\0\x08\0\0\0"), wrong),
        ("elf said to be html", typed("text/html", b"\x7FELF\x02\x01\x01\0\0\0\0\0"), wrong),
        ("NULs said to be html", typed("text/html", b"some\0thing\0else"), wrong),
        ("text", typed("text/plain", b"just text"), wrong),
        ("html said to be text", typed("text/plain; charset=utf-8", PAGE.as_bytes()), Ok((PAGE, &[]))),
        (
            "html said to be bytes",
            typed("application/octet-stream", PAGE.as_bytes()),
            Ok((PAGE, &["charset guessed: UTF-8"])),
        ),
        ("xhtml", typed("application/xhtml+xml; charset=utf-8", PAGE.as_bytes()), Ok((PAGE, &[]))),
        ("a fragment", typed("text/html", b"<p>ascii</p>"), Ok(("<p>ascii</p>", &[]))),
        ("a type that is none", typed("html", b"<p>ascii</p>"), Ok(("<p>ascii</p>", &[]))),
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
async fn hosts_that_are_not_there_have_their_class() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    allow(closed);
    // A label of more than 63 letters is no host name, so that no resolver has to be asked.
    let no_host = format!("http://{}.example/?secret", "a".repeat(64));
    let alert_protocol_version = b"\x15\x03\x03\0\x02\x02\x46";
    for (url, class) in [
        (format!("http://{closed}/?secret"), FailureClass::Connect),
        (no_host, FailureClass::Dns),
        (handshake_with(b"HTTP/1.1 400 Bad Request\r\n\r\n"), FailureClass::Tls),
        (handshake_with(alert_protocol_version), FailureClass::Tls),
        (handshake_with(b""), FailureClass::Tls),
        ("ftp://127.0.0.1/?secret".to_owned(), FailureClass::BlockedScheme),
        ("http://user:secret@127.0.0.1/".to_owned(), FailureClass::BlockedUserinfo),
    ] {
        let failure = fetch_with(&quick(), &url).await.unwrap_err();
        assert_eq!(failure.class, class, "{url}: {}", failure.message);
        assert!(!failure.message.contains("secret"), "{}", failure.message);
    }
}

#[tokio::test]
async fn a_host_that_takes_no_connection_has_its_own_timeout() {
    let full = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    full.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
    full.listen(0).unwrap();
    let address = full.local_addr().unwrap().as_socket().unwrap();
    allow(address);
    // Nobody accepts: a few connections fill the queue of the system, and the next one waits.
    let patience = Duration::from_millis(100);
    let waiting: Vec<_> =
        std::iter::from_fn(|| TcpStream::connect_timeout(&address, patience).ok()).collect();
    let options = config::Fetch { connect_timeout: patience, ..quick() };
    let failure = fetch_with(&options, &format!("http://{address}/?secret")).await.unwrap_err();
    assert_eq!(
        failure.class,
        FailureClass::TimeoutConnect,
        "{} with {} waiting",
        failure.message,
        waiting.len()
    );
}

/// An https URL whose server answers the first bytes of a handshake with these and goes away.
fn handshake_with(answer: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    allow(address);
    let url = format!("https://{address}/?secret");
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        // All of the client's bytes are read, or else the system would reset the connection.
        let _ = stream.read(&mut [0; 16 * 1024]).unwrap();
        stream.write_all(answer).unwrap();
    });
    url
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
