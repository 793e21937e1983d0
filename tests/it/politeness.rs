//! How often and how closely a host is asked, over retries, redirects and many pages, and when it is let alone.

use std::sync::{Arc, Barrier};
use std::time::Duration;

use futures::future::join_all;
use jiff::Timestamp;
use pressclip::config;
use pressclip::failure::FailureClass;
use pressclip::fetch::Client;

use crate::fetch::{PAGE, page, quick, refusal};
use crate::server::{Behaviour, Server, answer, ok, redirect, slow, status, truncated, typed};

/// An answer that asks for a pause.
fn pause(status: &str, retry_after: &str) -> Behaviour {
    answer(status, &[("Retry-After", retry_after)], b"<p>later")
}

#[tokio::test]
async fn what_may_pass_is_tried_again_and_what_will_not_is_not() {
    let server = Server::start([
        ("/500", status(500)),
        ("/500-then-ok", Behaviour::Sequence(vec![status(500), status(503), ok(PAGE)])),
        ("/404", status(404)),
        ("/truncated", Behaviour::Sequence(vec![truncated(PAGE), ok(PAGE)])),
    ]);
    let options = config::Fetch { retries: 2, ..quick() };
    for (path, class, hits) in [
        ("/500", Some(FailureClass::Http5xx), 3),
        ("/500-then-ok", None, 3),
        ("/404", Some(FailureClass::Http4xx), 1),
        ("/truncated", None, 2),
    ] {
        let outcome = page(&Client::new(&options).unwrap(), &server.url(path)).await;
        assert_eq!(outcome.err().map(|failure| failure.class), class, "{path}");
        assert_eq!(server.hits(path), hits, "{path}");
    }
}

#[tokio::test]
async fn case_61_a_page_is_asked_for_again_when_retry_after_has_passed() {
    let sequence = vec![pause("429 Too Many Requests", "2"), ok(PAGE)];
    let server = Server::start([("/429", Behaviour::Sequence(sequence))]);
    let client = Client::new(&config::Fetch { retries: 2, ..quick() }).unwrap();
    page(&client, &server.url("/429")).await.unwrap();
    let gaps = server.gaps();
    assert!(gaps.len() == 1 && gaps[0] >= Duration::from_secs(2), "{gaps:?}");
}

#[tokio::test]
async fn case_62_a_pause_that_makes_no_sense_is_clamped_or_passed_over() {
    for (retry_after, hits, longest) in [
        ("1000000000", 1, 24 * 60 * 60),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 1, 24 * 60 * 60),
        ("7200", 1, 2 * 60 * 60),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 3, 60 * 60),
        ("soon", 3, 60 * 60),
        ("-5", 3, 60 * 60),
    ] {
        let server = Server::start([("/", pause("429 Too Many Requests", retry_after))]);
        let client = Client::new(&config::Fetch { retries: 2, ..quick() }).unwrap();
        let refusal = refusal(&client, &server.url("/")).await;
        assert_eq!(refusal.failure.class, FailureClass::RateLimited, "{retry_after}");
        assert_eq!(server.hits("/"), hits, "{retry_after}");
        let wait = refusal.not_before.unwrap().duration_since(Timestamp::now()).as_secs();
        assert!((1..=longest).contains(&wait), "{retry_after}: {wait} s");
    }
}

#[tokio::test]
async fn case_63_a_host_that_only_fails_is_deferred_with_all_its_pages_and_others_proceed() {
    let failing = Server::start([("/a", status(503)), ("/b", ok(PAGE)), ("/c", ok(PAGE))]);
    let well = Server::start([("/", ok(PAGE)), ("/away", redirect(&failing.url("/c")))]);
    let client = Client::new(&config::Fetch { retries: 3, ..quick() }).unwrap();
    let first = refusal(&client, &failing.url("/a?secret")).await;
    assert_eq!((first.failure.class, first.not_before), (FailureClass::Http4xx, None));
    let given_up = refusal(&client, &failing.url("/a")).await;
    for url in [failing.url("/b"), well.url("/away")] {
        let refusal = refusal(&client, &url).await;
        assert_eq!(refusal.failure.class, FailureClass::Http5xx);
        assert!(refusal.failure.message.contains("was not asked for, since"), "{}", refusal.failure.message);
        assert!(refusal.not_before > Some(Timestamp::now()));
        assert_eq!(refusal.not_before, given_up.not_before);
    }
    page(&client, &well.url("/")).await.unwrap();
    assert_eq!((failing.hits("/a"), failing.requests().len()), (4, 5));
}

#[tokio::test]
async fn a_page_that_only_fails_is_deferred_alone_while_its_host_answers() {
    let server = Server::start([("/bad", status(500)), ("/good", ok(PAGE))]);
    let client = Client::new(&quick()).unwrap();
    for _ in 0..5 {
        let refusal = refusal(&client, &server.url("/bad")).await;
        assert!(refusal.not_before > Some(Timestamp::now()));
        page(&client, &server.url("/good")).await.unwrap();
    }
    assert_eq!(server.requests().len(), 10);
}

#[tokio::test]
async fn a_host_that_asks_for_a_pause_gets_it_from_every_page() {
    let limited = pause("503 Service Unavailable", "1");
    let server = Server::start([("/limited", limited), ("/other", ok(PAGE))]);
    let client = Client::new(&quick()).unwrap();
    refusal(&client, &server.url("/limited")).await;
    page(&client, &server.url("/other")).await.unwrap();
    assert!(server.gaps()[0] >= Duration::from_secs(1), "{:?}", server.gaps());
}

#[tokio::test]
async fn a_host_that_asks_for_a_long_pause_is_not_asked_again_by_this_run_or_the_next() {
    let limited = pause("503 Service Unavailable", "3600");
    let pages = (0..50).map(|number| (format!("/{number}"), limited.clone()));
    let server = Server::start(pages);
    let client = Client::new(&config::Fetch { retries: 3, ..quick() }).unwrap();
    let urls: Vec<String> = (0..50).map(|number| server.url(&format!("/{number}"))).collect();
    let refusals = join_all(urls.iter().map(|url| refusal(&client, url))).await;
    assert!(refusals.iter().all(|refusal| refusal.not_before == refusals[0].not_before));
    assert_eq!(server.requests().len(), 1);

    let url = urls[0].parse().unwrap();
    let facts = client.facts(&url);
    assert_eq!(facts.next_at, refusals[0].not_before);
    let next = Client::new(&quick()).unwrap();
    assert_eq!(next.facts(&url).next_at, None);
    next.learn(&url, facts);
    let refusal = refusal(&next, &urls[1]).await;
    assert_eq!(refusal.failure.class, FailureClass::RateLimited, "{}", refusal.failure.message);
    assert_eq!(server.requests().len(), 1);
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
async fn a_slow_host_is_asked_less_often_than_a_quick_one() {
    let server = Server::start([("/slow", slow(400, PAGE)), ("/quick", ok(PAGE))]);
    let client = Client::new(&quick()).unwrap();
    page(&client, &server.url("/slow")).await.unwrap();
    page(&client, &server.url("/quick")).await.unwrap();
    assert!(server.gaps()[0] >= Duration::from_millis(400), "{:?}", server.gaps());
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

#[tokio::test]
async fn a_site_is_never_asked_twice_at_once_too_soon_or_for_what_it_forbids() {
    let delay = Duration::from_millis(30);
    let robots = typed("text/plain", b"User-agent: *\nDisallow: /private/\nAllow: /private/page-1\n");
    let site = |other: &str| {
        let pages = (0..20).map(|number| {
            let behaviour = match number % 5 {
                0 => Behaviour::Sequence(vec![status(500), ok(PAGE)]),
                1 => redirect("/private/page-1"),
                2 => redirect("/private/page-2"),
                3 => redirect(&format!("{other}/private/page-3")),
                _ => slow(10, PAGE),
            };
            (format!("/{number}"), behaviour)
        });
        let private = (0..4).map(|number| (format!("/private/page-{number}"), ok(PAGE)));
        let robots = [("/robots.txt".to_owned(), robots.clone())];
        Server::start(pages.chain(private).chain(robots))
    };
    let first = site("http://127.0.0.1:9");
    let second = site(first.url("").trim_end_matches('/'));
    let client = Client::new(&config::Fetch { delay, retries: 2, robots: true, ..quick() }).unwrap();
    let urls: Vec<String> = (0..20)
        .filter(|number| number % 5 != 3)
        .map(|number| first.url(&format!("/{number}")))
        .chain((0..20).map(|number| second.url(&format!("/{number}"))))
        .collect();
    let outcomes = join_all(urls.iter().map(|url| page(&client, url))).await;
    let forbidden = outcomes.iter().filter_map(|outcome| outcome.as_ref().err()).collect::<Vec<_>>();
    assert_eq!(forbidden.len(), 4 + 8);
    assert!(forbidden.iter().all(|failure| failure.class == FailureClass::RobotsDisallowed), "{forbidden:?}");
    for server in [&first, &second] {
        assert_eq!(server.most_at_once(), 1);
        assert!(server.gaps().iter().all(|gap| *gap >= delay), "{:?}", server.gaps());
        assert_eq!(server.hits("/robots.txt"), 1);
        assert_eq!(server.hits("/private/page-1"), 4);
        assert_eq!(server.hits("/private/page-2") + server.hits("/private/page-3"), 0);
    }
}

#[tokio::test]
async fn a_request_says_whom_to_write_to_where_the_options_do() {
    let server = Server::start([("/", ok(PAGE))]);
    for (from, line) in [("me@example.org", "\r\nfrom: me@example.org\r\n"), ("", "")] {
        let client = Client::new(&config::Fetch { from: from.to_owned(), ..quick() }).unwrap();
        page(&client, &server.url("/")).await.unwrap();
        let head = server.requests().last().unwrap().head.to_ascii_lowercase();
        assert!(head.contains(line) && head.contains("\r\nfrom:") != line.is_empty(), "{head}");
    }
    let error = Client::new(&config::Fetch { from: "two\nlines".to_owned(), ..quick() }).unwrap_err();
    assert!(format!("{error:#}").contains("fetch.from"), "{error:#}");
}
