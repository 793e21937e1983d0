//! Numbers 40 to 53, 55, 58 and 60: ways to an address that is nobody's business. A second server listens at that address
//! and must never be asked, nor connected to.

use super::{Case, Expected, Failure, Story, at, check_with, page, served};
use crate::server::{Server, ok, redirect};

const BLOCKED: Expected = Failure(&["blocked_address"]);

/// Spellings of the loopback address, by number; the port of the forbidden server comes after each.
const SPELLINGS: [(&str, &str); 18] = [
    ("40", "127.0.0.1"),
    ("41", "2130706433"),
    ("42", "0x7f.1"),
    ("43", "0177.1"),
    ("44", "127.1"),
    ("45", "0"),
    ("46", "[::1]"),
    ("47", "[::ffff:127.0.0.1]"),
    ("48", "127.0.0.1."),
    ("49a", "①②⑦.⓪.⓪.①"),
    ("49b", "127。0。0。1"),
    ("49c", "%31%32%37.0.0.1"),
    ("49d", "0X7F000001"),
    ("49e", "[0:0:0:0:0:ffff:7f00:1]"),
    ("50a", "localhost."),
    ("50b", "localhost"),
    ("50c", "LOCALHOST"),
    ("50d", "x.localhost"),
];

/// Addresses that are not public and where nobody listens: a connection would end in another class.
const ELSEWHERE: [&str; 18] = [
    "169.254.169.254",
    "10.0.0.1",
    "100.64.0.1",
    "172.16.0.1",
    "192.168.0.1",
    "198.18.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "[fd00::1]",
    "[fd00:ec2::254]",
    "[fe80::1]",
    "[64:ff9b::7f00:1]",
    "[64:ff9b:1::1]",
    "[2002:7f00:1::]",
    "[2001:db8::1]",
    "[2001:0:7f00:1::]",
    "[ff02::1]",
    "[::]",
];

/// The second server, and the value of `fetch.allow_addresses` that names its port at another address, so that the
/// port alone keeps nobody from it.
fn forbidden() -> (Server, String) {
    let server = Server::forbidden([("/", ok(&page())), ("/robots.txt", ok(""))]);
    let elsewhere = format!("127.0.0.9:{}", server.port());
    (server, elsewhere)
}

/// Runs the cases and proves that nobody came to the second server.
#[track_caller]
fn check_forbidden(cases: Vec<Case>, (server, elsewhere): &(Server, String), hosts: &[(&str, &str)]) {
    let hosts: Vec<String> =
        hosts.iter().map(|(name, addresses)| format!("fetch.hosts={{\"{name}\" = {addresses}}}")).collect();
    let settings: Vec<&str> = hosts.iter().map(String::as_str).collect();
    check_with(cases, &settings, |command| {
        let mut allowed = crate::server::allowed();
        allowed.push(elsewhere.clone());
        command.env("PRESSCLIP_FETCH__ALLOW_ADDRESSES", format!("{allowed:?}"));
        let proxy = server.url("");
        for name in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
            // Number 60: a proxy of the environment is asked for nothing.
            command.env(name, &proxy);
        }
    });
    assert_eq!(server.connections(), 0, "{:?}", server.requests());
}

#[test]
fn cases_40_to_50_no_spelling_of_an_address_gets_past_the_guard_first_or_by_a_redirect() {
    let forbidden = forbidden();
    let port = forbidden.0.port();
    // What leads to one page is one page, so each has a path of its own.
    let url = |number: &str, spelling: &str| format!("http://{spelling}:{port}/{number}");
    let first = SPELLINGS.iter().map(|(number, spelling)| at(number, url(number, spelling), BLOCKED));
    let second = SPELLINGS
        .iter()
        .map(|(number, spelling)| served(number, spelling, redirect(&url(number, spelling)), BLOCKED));
    let relative = served("40", "//", redirect(&format!("//127.0.0.1:{port}/")), BLOCKED);
    check_forbidden(first.chain(second).chain([relative]).collect(), &forbidden, &[]);
}

#[test]
fn case_51_addresses_that_are_not_public_are_not_connected_to() {
    let url = |address: &&str| format!("http://{address}/latest/meta-data/");
    let first = ELSEWHERE.iter().map(|address| at("51", url(address), BLOCKED));
    let second = ELSEWHERE.iter().map(|address| served("51", address, redirect(&url(address)), BLOCKED));
    check_forbidden(first.chain(second).collect(), &forbidden(), &[]);
}

#[test]
fn cases_52_and_53_a_name_is_as_good_as_the_worst_of_its_addresses() {
    let forbidden = forbidden();
    let port = forbidden.0.port();
    let hosts = [
        ("private.test", "[\"127.0.0.1\"]"),
        ("mixed.test", "[\"1.1.1.1\", \"127.0.0.1\"]"),
        ("mapped.test", "[\"::ffff:127.0.0.1\"]"),
        ("translated.test", "[\"64:ff9b::7f00:1\"]"),
    ];
    let cases = hosts.iter().flat_map(|(name, _)| {
        let number = if *name == "mixed.test" { "53" } else { "52" };
        let url = format!("http://{name}:{port}/");
        [served(number, name, redirect(&url), BLOCKED), at(number, url, BLOCKED)]
    });
    check_forbidden(cases.collect(), &forbidden, &hosts);
}

#[test]
fn a_port_of_no_web_server_is_refused_though_its_address_is_public() {
    let blocked = || Failure(&["blocked_port"]);
    let cases = ["http://1.1.1.1:22/", "http://mail.test:25/", "https://[2606:4700::1111]:6379/"]
        .into_iter()
        .flat_map(|url| [at("ports", url, blocked()), served("ports", url, redirect(url), blocked())]);
    check_forbidden(cases.collect(), &forbidden(), &[]);
}

#[test]
fn case_55_a_url_with_a_user_is_refused_before_anything_is_sent() {
    let forbidden = forbidden();
    let port = forbidden.0.port();
    let blocked = || Failure(&["blocked_userinfo"]);
    let cases = ["good@", "user:pw@", ":pw@", "news.test%40"].into_iter().flat_map(|user| {
        let url = format!("http://{user}127.0.0.1:{port}/");
        let expected = if user.contains("%40") { Failure(&["bad_url", "bad_redirect"]) } else { blocked() };
        [at("55", url.clone(), expected.clone()), served("55", user, redirect(&url), expected)]
    });
    check_forbidden(cases.collect(), &forbidden, &[]);
}

#[test]
fn case_58_what_markup_leads_to_is_not_fetched() {
    let forbidden = forbidden();
    let url = forbidden.0.url("/");
    let links = format!(
        "<head><meta http-equiv=refresh content='0;url={url}'><link rel=canonical href='{url}'>\
         <link rel=amphtml href='{url}'><link rel=next href='{url}'><base href='{url}'><script src='{url}'></script>\
         <meta property=og:image content='{url}'>"
    );
    let markup = page().replace("<head>", &links);
    check_forbidden(vec![served("58", "links to a private address", ok(&markup), Story)], &forbidden, &[]);
}

#[test]
fn case_60_a_proxy_is_asked_when_the_options_name_one_and_only_then() {
    let proxy = Server::start([
        ("http://news.test/story", ok(&page())),
        ("http://news.test/away", redirect("http://10.0.0.1/")),
    ]);
    let setting = format!("fetch.proxy=\"{}\"", proxy.url(""));
    let desk = crate::binary::Desk::new();
    let run = |arguments: &[&str]| {
        desk.run(&[&["clean", "-f", "jsonl", "http://news.test/story"], arguments].concat())
    };
    let done = run(&["http://news.test/away", "--set", &setting]);
    let records = done.records();
    assert!(records[0]["error"].is_null(), "{done:?}");
    assert_eq!(records[1]["error"]["class"], "blocked_address", "{done:?}");
    let asked = proxy.requests().len();
    let mut command = desk.command(["clean", "-f", "jsonl", "http://news.test/story"]);
    let hosts = "fetch.hosts={\"news.test\" = [\"127.0.0.1\"]}";
    let done = crate::binary::finish(command.args(["--set", hosts]).env("http_proxy", proxy.url("")));
    assert_eq!(done.records()[0]["error"]["class"], "blocked_address", "{done:?}");
    assert_eq!(proxy.requests().len(), asked);
}
