//! Pages that opt out of text and data mining: left alone, or taken with the fact in the record.

use pressclip::config;
use pressclip::failure::FailureClass;
use pressclip::fetch::Client;

use crate::binary::{Desk, story};
use crate::fetch::{PAGE, page, quick, refusal};
use crate::server::{Behaviour, Server, answer, ok};

fn with_header(name: &str, value: &str) -> Behaviour {
    answer("200 OK", &[("Content-Type", "text/html"), (name, value)], PAGE.as_bytes())
}

#[tokio::test]
async fn a_page_that_opts_out_is_left_alone_unless_the_options_say_otherwise() {
    let meta = |name, content| ok(&format!("<head><meta name='{name}' content='{content}'></head>{PAGE}"));
    let cases = [
        ("/tag", with_header("X-Robots-Tag", "noai, noimageai"), Some("x-robots-tag: noai")),
        ("/reserved", with_header("TDM-Reservation", "1"), Some("tdm-reservation: 1")),
        ("/meta", meta("robots", "noindex, noai"), Some("meta robots: noai")),
        ("/reserved-meta", meta("tdm-reservation", "1"), Some("meta tdm-reservation: 1")),
        ("/other-bot", with_header("X-Robots-Tag", "otherbot: noai"), None),
        ("/free", ok(PAGE), None),
    ];
    let server = Server::start(cases.iter().map(|(path, behaviour, _)| (*path, behaviour.clone())));
    let respectful = Client::new(&quick()).unwrap();
    let other = Client::new(&config::Fetch { respect_opt_out: false, ..quick() }).unwrap();
    for (path, _, words) in &cases {
        let url = server.url(path);
        match words {
            None => assert_eq!(page(&respectful, &url).await.unwrap().opt_out, None, "{path}"),
            Some(words) => {
                let refusal = refusal(&respectful, &url).await;
                assert_eq!((refusal.failure.class, refusal.not_before), (FailureClass::OptedOut, None));
                assert!(refusal.failure.message.ends_with(&format!("by `{words}`")), "{refusal:?}");
            }
        }
        assert_eq!(page(&other, &url).await.unwrap().opt_out.as_deref(), *words, "{path}");
    }
}

#[tokio::test]
async fn the_body_of_a_page_that_opts_out_in_a_header_is_not_waited_for() {
    let head =
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nX-Robots-Tag: noai\r\nContent-Length: 9\r\n\r\n";
    let server = Server::start([("/", Behaviour::Raw { bytes: head.into(), close: false })]);
    let refusal = refusal(&Client::new(&quick()).unwrap(), &server.url("/")).await;
    assert_eq!(refusal.failure.class, FailureClass::OptedOut);
}

#[test]
fn an_opt_out_that_is_not_respected_is_in_the_record() {
    let page = story("one").replace("<head>", "<head><meta name=\"robots\" content=\"noai\">");
    let server = Server::start([("/", ok(&page))]);
    let desk = Desk::new();
    let clean = |options: &[&str]| desk.run(&[&["clean", &server.url("/"), "-f", "jsonl"], options].concat());
    let record = &clean(&["--set", "fetch.respect_opt_out=false"]).records()[0];
    assert_eq!(
        (&record["opt_out"], &record["error"]),
        (&"meta robots: noai".into(), &serde_json::Value::Null)
    );
    assert_eq!(clean(&[]).records()[0]["error"]["class"], "opted_out");
}
