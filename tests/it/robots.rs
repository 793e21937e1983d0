//! robots.txt: what it allows, when it can't be had, and how often it is asked for.

use std::time::Duration;

use futures::future::join_all;
use jiff::Timestamp;
use pressclip::config;
use pressclip::failure::FailureClass;
use pressclip::fetch::{Client, Validators};

use crate::binary::{Desk, finish, story};
use crate::fetch::{PAGE, page, quick, refusal};
use crate::server::{Behaviour, Server, allow, answer, ok, raw, redirect, status, truncated, typed};

const NEWS: &str = "User-agent: *\nDisallow: /\nAllow: /news/\nSitemap: https://a.example/map.xml\n";

fn options() -> config::Fetch {
    config::Fetch { robots: true, ..quick() }
}

fn client() -> Client {
    Client::new(&options()).unwrap()
}

fn text(robots: impl AsRef<[u8]>) -> Behaviour {
    typed("text/plain", robots.as_ref())
}

/// A site with this robots.txt and two pages.
fn site(robots: Behaviour) -> Server {
    Server::start([("/robots.txt", robots), ("/news/page", ok(PAGE)), ("/page", ok(PAGE))])
}

#[tokio::test]
async fn the_rule_that_decided_is_known_of_every_page() {
    let server = site(text(NEWS));
    let client = client();
    let allowed = page(&client, &server.url("/news/page")).await.unwrap();
    assert_eq!(allowed.robots.as_deref(), Some("allow: /news/"));
    let forbidden = refusal(&client, &server.url("/page?secret")).await;
    assert_eq!((forbidden.failure.class, forbidden.not_before), (FailureClass::RobotsDisallowed, None));
    let message = forbidden.failure.message;
    assert!(message.ends_with("/page` by `disallow: /`") && !message.contains("secret"), "{message}");
    assert_eq!((server.hits("/page"), server.hits("/robots.txt")), (0, 1));
    let head = server.requests()[0].head.to_ascii_lowercase();
    assert!(head.contains("user-agent: pressclip/"), "{head}");
}

#[tokio::test]
async fn the_rule_is_in_the_record() {
    let server = Server::start([("/robots.txt", text(NEWS)), ("/news/1", ok(&story("one")))]);
    let desk = Desk::new();
    for (robots, rule) in [("true", "allow: /news/".into()), ("false", serde_json::Value::Null)] {
        let mut command = desk.command(["clean", &server.url("/news/1"), "-f", "jsonl"]);
        let done = finish(command.env("PRESSCLIP_FETCH__ROBOTS", robots));
        assert_eq!(done.records()[0]["robots"], rule, "{}", done.stderr);
    }
}

#[tokio::test]
async fn the_group_is_chosen_by_the_user_agent() {
    let server = site(text("User-agent: OtherBot\nDisallow: /page\n\nUser-agent: *\nDisallow: /news/\n"));
    let user_agent = "otherbot/2.0 (+https://a.example)".to_owned();
    let client = Client::new(&config::Fetch { user_agent, ..options() }).unwrap();
    page(&client, &server.url("/news/page")).await.unwrap();
    assert_eq!(refusal(&client, &server.url("/page")).await.failure.class, FailureClass::RobotsDisallowed);
}

#[tokio::test]
async fn case_66_where_there_is_none_everything_is_allowed() {
    let chain = |length: usize| {
        let hops = (0..length).map(move |hop| {
            let from = if hop == 0 { "/robots.txt".to_owned() } else { format!("/{hop}") };
            (from, redirect(&format!("/{}", hop + 1)))
        });
        let end = [(format!("/{length}"), text(NEWS)), ("/page".to_owned(), ok(PAGE))];
        Server::start(hops.chain(end))
    };
    for (name, server) in [
        ("404", site(status(404))),
        ("403", site(status(403))),
        ("empty", site(text(""))),
        ("no content", site(raw("HTTP/1.1 204 No Content\r\n\r\n"))),
        ("a page", site(ok(PAGE))),
        ("a loop", site(redirect("/robots.txt"))),
        ("six redirects", chain(6)),
    ] {
        let allowed = page(&client(), &server.url("/page")).await.unwrap();
        assert_eq!(allowed.robots, None, "{name}");
    }
    let server = chain(5);
    let forbidden = refusal(&client(), &server.url("/page")).await;
    assert_eq!(forbidden.failure.class, FailureClass::RobotsDisallowed, "five redirects are followed");
}

#[tokio::test]
async fn cases_59_and_64_where_it_cannot_be_had_nothing_is_asked_for_yet() {
    let private = Server::forbidden([("/robots.txt", text(NEWS))]);
    for (name, robots) in [
        ("500", status(500)),
        ("429", status(429)),
        ("503 for an hour", answer("503 Busy", &[("Retry-After", "3600")], b"")),
        ("truncated", truncated("User-agent: *")),
        ("silent", Behaviour::Silent),
        ("a redirect to a private address", redirect(&private.url("/robots.txt"))),
        ("a redirect to a file", redirect("file:///etc/robots.txt")),
        ("a redirect with a password", redirect("http://user:secret@127.0.0.1/robots.txt")),
        ("a redirect to nowhere", status(302)),
    ] {
        let server = site(robots);
        let options = config::Fetch { read_timeout: Duration::from_millis(300), ..options() };
        let client = Client::new(&options).unwrap();
        for path in ["/page", "/news/page"] {
            let refusal = refusal(&client, &server.url(path)).await;
            assert_eq!(refusal.failure.class, FailureClass::RobotsUnreachable, "{name}: {refusal:?}");
            assert!(refusal.not_before > Some(Timestamp::now()), "{name}");
            assert!(!refusal.failure.message.contains("secret"), "{}", refusal.failure.message);
            assert!(client.facts(&server.url(path).parse().unwrap()).next_at >= refusal.not_before, "{name}");
        }
        assert_eq!(server.requests().len(), 1, "{name}");
    }
    assert_eq!(private.connections(), 0);
}

#[tokio::test]
async fn a_failure_of_robots_txt_that_passes_is_tried_again() {
    let server = site(Behaviour::Sequence(vec![status(500), truncated(NEWS), text(NEWS)]));
    let client = Client::new(&config::Fetch { retries: 2, ..options() }).unwrap();
    page(&client, &server.url("/news/page")).await.unwrap();
    assert_eq!(server.hits("/robots.txt"), 3);
}

#[tokio::test]
async fn a_host_that_cannot_be_reached_fails_as_its_pages_would() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    allow(closed);
    let refusal = refusal(&client(), &format!("http://{closed}/page")).await;
    assert_eq!(refusal.failure.class, FailureClass::Connect);
    assert!(refusal.not_before > Some(Timestamp::now()));
}

#[tokio::test]
async fn case_65_an_endless_robots_txt_is_read_for_500_kib() {
    let start = format!("HTTP/1.1 200 OK\r\n\r\n{NEWS}");
    let endless = Behaviour::Endless {
        start: start.into(),
        piece: b"# and so on\n".repeat(500),
        pause: Duration::ZERO,
    };
    let server = site(endless);
    let client = client();
    page(&client, &server.url("/news/page")).await.unwrap();
    assert_eq!(refusal(&client, &server.url("/page")).await.failure.class, FailureClass::RobotsDisallowed);
    let facts = client.facts(&server.url("/").parse().unwrap());
    assert_eq!(facts.robots.unwrap().text.len(), 500 * 1024 + 1);
}

#[tokio::test]
async fn case_67_odd_bytes_are_read_as_far_as_they_are_rules() {
    let many: String = (0..100_000).map(|number| format!("Disallow: /{number}\n")).collect();
    let binary: Vec<u8> = (0..=255).cycle().take(10_000).collect();
    for (name, robots, is_allowed) in [
        ("mark and line ends", format!("\u{FEFF}{}", NEWS.replace('\n', "\r\n")).into_bytes(), false),
        ("binary", binary.clone(), true),
        ("binary and rules", [NEWS.as_bytes(), &binary].concat(), false),
        ("many rules", format!("{NEWS}\nUser-agent: *\n{many}").into_bytes(), false),
    ] {
        let server = site(text(robots));
        let outcome = page(&client(), &server.url("/page")).await;
        assert_eq!(outcome.is_ok(), is_allowed, "{name}: {outcome:?}");
        page(&client(), &server.url("/news/page")).await.unwrap();
    }
}

#[tokio::test]
async fn it_is_asked_for_once_however_many_pages_wait() {
    let robots = Behaviour::After(Duration::from_millis(100), Box::new(text(NEWS)));
    let server = site(robots);
    let client = client();
    let url = server.url("/news/page");
    for outcome in join_all((0..10).map(|_| page(&client, &url))).await {
        outcome.unwrap();
    }
    assert_eq!((server.hits("/robots.txt"), server.hits("/news/page")), (1, 10));
    assert_eq!(server.requests()[0].path, "/robots.txt");
    assert_eq!(server.most_at_once(), 1);
}

#[tokio::test]
async fn a_redirect_leads_to_no_page_that_its_host_forbids() {
    let other = site(text(NEWS));
    let server = Server::start([
        ("/away", redirect(&other.url("/page"))),
        ("/to-news", redirect(&other.url("/news/page"))),
    ]);
    let client = client();
    assert_eq!(refusal(&client, &server.url("/away")).await.failure.class, FailureClass::RobotsDisallowed);
    let allowed = page(&client, &server.url("/to-news")).await.unwrap();
    assert_eq!(allowed.robots.as_deref(), Some("allow: /news/"));
    assert_eq!(other.hits("/page"), 0);
}

#[tokio::test]
async fn crawl_delay_is_kept_from_the_first_page_on() {
    let delay = Duration::from_millis(400);
    let server = site(text("User-agent: *\nCrawl-delay: 0.4\n"));
    let client = client();
    for path in ["/page", "/news/page"] {
        page(&client, &server.url(path)).await.unwrap();
    }
    assert!(server.gaps().iter().all(|gap| *gap >= delay) && server.gaps().len() == 2, "{:?}", server.gaps());
    assert_eq!(client.facts(&server.url("/").parse().unwrap()).delay, Some(delay));
}

#[tokio::test]
async fn the_text_of_an_earlier_run_saves_a_request_for_a_day() {
    let server = site(text(NEWS));
    let url = server.url("/page").parse().unwrap();
    let earlier = client();
    assert_eq!(earlier.facts(&url).robots, None);
    refusal(&earlier, url.as_str()).await;
    let facts = earlier.facts(&url);
    let robots = facts.robots.as_ref().unwrap();
    assert_eq!(robots.text, NEWS);
    assert_eq!(robots.sitemaps(), ["https://a.example/map.xml".parse().unwrap()]);

    let later = client();
    later.learn(&url, facts.clone());
    assert_eq!(later.facts(&url).robots, facts.robots);
    let outcome = later.fetch(&url, &Validators::default()).await;
    assert_eq!(outcome.unwrap_err().failure.class, FailureClass::RobotsDisallowed);
    assert_eq!(server.requests().len(), 1);

    let much_later = client();
    let mut facts = facts;
    facts.robots.as_mut().unwrap().fetched_at -= jiff::SignedDuration::from_hours(25);
    much_later.learn(&url, facts);
    refusal(&much_later, url.as_str()).await;
    assert_eq!(server.requests().len(), 2);
}
