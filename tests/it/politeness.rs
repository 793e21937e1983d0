//! How often and how closely a host is asked, over retries, redirects and many pages.

use std::sync::{Arc, Barrier};
use std::time::Duration;

use futures::future::join_all;
use pressclip::config;
use pressclip::failure::FailureClass;
use pressclip::fetch::Client;

use crate::fetch::{PAGE, page, quick};
use crate::server::{Behaviour, Server, answer, ok, redirect, slow, status, truncated};

#[tokio::test]
async fn what_may_pass_is_tried_again_and_what_will_not_is_not() {
    let retry_after =
        |seconds: &str| answer("429 Too Many Requests", &[("Retry-After", seconds)], b"<p>later");
    let server = Server::start([
        ("/500", status(500)),
        ("/500-then-ok", Behaviour::Sequence(vec![status(500), status(503), ok(PAGE)])),
        ("/404", status(404)),
        ("/429", Behaviour::Sequence(vec![retry_after("1"), ok(PAGE)])),
        ("/429-for-long", retry_after("1000000000")),
        ("/truncated", Behaviour::Sequence(vec![truncated(PAGE), ok(PAGE)])),
    ]);
    let options = config::Fetch { retries: 2, ..quick() };
    for (path, class, hits) in [
        ("/500", Some(FailureClass::Http5xx), 3),
        ("/500-then-ok", None, 3),
        ("/404", Some(FailureClass::Http4xx), 1),
        ("/429", None, 2),
        ("/429-for-long", Some(FailureClass::RateLimited), 1),
        ("/truncated", None, 2),
    ] {
        let outcome = page(&Client::new(&options).unwrap(), &server.url(path)).await;
        assert_eq!(outcome.err().map(|failure| failure.class), class, "{path}");
        assert_eq!(server.hits(path), hits, "{path}");
    }
    let limited: Vec<_> = server.requests().into_iter().filter(|request| request.path == "/429").collect();
    assert!(
        limited[1].began - limited[0].ended.unwrap() >= Duration::from_secs(1),
        "Retry-After is waited for"
    );
}

#[tokio::test]
async fn a_host_that_asks_for_a_pause_gets_it_from_every_page() {
    let limited = answer("503 Service Unavailable", &[("Retry-After", "1")], b"<p>later");
    let server = Server::start([("/limited", limited), ("/other", ok(PAGE))]);
    let client = Client::new(&quick()).unwrap();
    page(&client, &server.url("/limited")).await.unwrap_err();
    page(&client, &server.url("/other")).await.unwrap();
    assert!(server.gaps()[0] >= Duration::from_secs(1), "{:?}", server.gaps());
}

#[tokio::test]
async fn a_host_is_asked_one_thing_at_a_time_with_the_delay_between() {
    let delay = Duration::from_millis(250);
    let pages = (0..6).map(|number| (format!("/{number}"), slow(20, PAGE)));
    let server = Server::start(pages.chain([("/away".to_owned(), redirect("/0"))]));
    // The pages wait for each other longer than one request may take.
    let client =
        Client::new(&config::Fetch { delay, timeout: Duration::from_millis(1500), ..quick() }).unwrap();
    let paths = ["/0", "/1", "/2", "/3", "/4", "/5", "/away"];
    let urls: Vec<String> = paths.iter().map(|path| server.url(path)).collect();
    for outcome in join_all(urls.iter().map(|url| page(&client, url))).await {
        outcome.unwrap();
    }
    assert_eq!(server.requests().len(), paths.len() + 1);
    assert_eq!(server.most_at_once(), 1);
    assert!(server.gaps().iter().all(|gap| *gap >= delay), "{:?}", server.gaps());
}

#[tokio::test]
async fn two_hosts_are_asked_at_the_same_time() {
    let both = Arc::new(Barrier::new(2));
    let meet = || Behaviour::Meet(Arc::clone(&both), Box::new(ok(PAGE)));
    let servers = [Server::start([("/", meet())]), Server::start([("/", meet())])];
    let client = Client::new(&config::Fetch { delay: Duration::from_secs(60), ..quick() }).unwrap();
    let urls = servers.each_ref().map(|server| server.url("/"));
    for outcome in join_all(urls.iter().map(|url| page(&client, url))).await {
        outcome.expect("neither server answers before both are asked");
    }
}
