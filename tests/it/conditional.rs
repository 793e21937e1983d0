//! Conditional requests: which validators are sent where, and what a 304 comes to.

use pressclip::failure::FailureClass;
use pressclip::fetch::{Answer, Client, Validators};

use crate::fetch::{PAGE, quick};
use crate::server::{Behaviour, Server, answer, ok, raw, redirect};

const LAST_MODIFIED: &str = "Sun, 06 Nov 1994 08:49:37 GMT";

fn validators() -> Validators {
    Validators { url: None, etag: Some("\"v1\"".to_owned()), last_modified: Some(LAST_MODIFIED.to_owned()) }
}

fn not_modified() -> Behaviour {
    raw("HTTP/1.1 304 Not Modified\r\nETag: \"v1\"\r\n\r\n")
}

async fn ask(url: &str, validators: &Validators) -> Result<Answer, FailureClass> {
    let client = Client::new(&quick()).unwrap();
    client.fetch(&url.parse().unwrap(), validators).await.map_err(|refusal| refusal.failure.class)
}

#[tokio::test]
async fn a_page_that_has_not_changed_is_one_request_and_no_page() {
    let server = Server::start([("/page", not_modified())]);
    let outcome = ask(&server.url("/page#part"), &validators()).await;
    assert!(matches!(outcome, Ok(Answer::NotModified { status: 304, .. })), "{outcome:?}");
    let requests = server.requests();
    assert_eq!(requests.len(), 1);
    let head = requests[0].head.to_ascii_lowercase();
    assert!(head.contains("\r\nif-none-match: \"v1\"\r\n"), "{head}");
    assert!(head.contains("\r\nif-modified-since: sun, 06 nov 1994 08:49:37 gmt\r\n"), "{head}");
}

#[tokio::test]
async fn a_page_that_has_changed_comes_with_its_new_validators() {
    let page = answer("200 OK", &[("Content-Type", "text/html"), ("ETag", "\"v2\"")], PAGE.as_bytes());
    let server = Server::start([("/page", page)]);
    let Ok(Answer::Page(page)) = ask(&server.url("/page"), &validators()).await else {
        panic!("a page was sent")
    };
    assert_eq!((page.status, page.etag.as_deref()), (200, Some("\"v2\"")));
}

#[tokio::test]
async fn validators_are_sent_to_the_url_that_they_belong_to_and_to_no_other() {
    let other = Server::start([("/page", ok(PAGE))]);
    let server = Server::start([
        ("/away", redirect(&other.url("/page"))),
        ("/moved", redirect("/new")),
        ("/new", ok(PAGE)),
        ("/kept", redirect("/page")),
        ("/page", not_modified()),
    ]);
    ask(&server.url("/away"), &validators()).await.unwrap();
    ask(&server.url("/moved"), &validators()).await.unwrap();
    let of_page = Validators { url: server.url("/page").parse().ok(), ..validators() };
    let outcome = ask(&server.url("/kept"), &of_page).await;
    assert!(matches!(outcome, Ok(Answer::NotModified { .. })), "{outcome:?}");

    let requests = [server.requests(), other.requests()].concat();
    let conditional: Vec<(&str, bool)> = requests
        .iter()
        .map(|request| (request.path.as_str(), request.head.to_ascii_lowercase().contains("\r\nif-")))
        .collect();
    let expected = [
        ("/away", true),
        ("/moved", true),
        ("/new", false),
        ("/kept", false),
        ("/page", true),
        ("/page", false),
    ];
    assert_eq!(conditional, expected);
}

#[tokio::test]
async fn a_304_that_was_not_asked_for_and_a_validator_that_no_header_can_carry_are_no_answer() {
    let server = Server::start([("/page", not_modified())]);
    for validators in [
        Validators::default(),
        Validators { etag: Some("\"two\nlines\"".to_owned()), ..Validators::default() },
    ] {
        assert_eq!(ask(&server.url("/page"), &validators).await.unwrap_err(), FailureClass::BadRedirect);
    }
}
