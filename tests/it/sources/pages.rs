//! Front pages, and stories on several pages or in several versions.

use super::{check, desk, paths, written};
use crate::binary::{last_sentence, story, texts};
use crate::server::{Server, ok, status};

/// A front page with these teasers and the usual navigation.
fn front(titles: &[&str]) -> String {
    let teaser = |title: &&str| {
        let slug = title.to_lowercase().replace(' ', "-");
        format!(
            "<article class=\"teaser\"><h2><a href=\"/2026/03/{slug}\">{title}</a></h2><p>What it says.</p></article>"
        )
    };
    format!(
        "<!DOCTYPE html><title>The Island Post</title><nav><a href=\"/\">Home</a><a href=\"/sport\">Sport</a>\
         <a href=\"/about-us\">About us</a></nav><main>{}</main><footer><a href=\"/privacy\">Privacy policy of the Island Post</a>\
         </footer>",
        titles.iter().map(teaser).collect::<String>()
    )
}

#[test]
fn the_stories_of_a_front_page_are_had_and_its_navigation_is_left_out() {
    let titles =
        ["Ferry returns after eleven weeks", "Harbour vote is put off again", "Lighthouse sold to a baker"];
    let pages = titles.map(|title| {
        let slug = title.to_lowercase().replace(' ', "-");
        (format!("/2026/03/{slug}"), ok(&story(title)))
    });
    let server = Server::start(pages.into_iter().chain([("/news".to_owned(), ok(&front(&titles)))]));
    let desk = desk(&format!("[[source]]\nname = \"front\"\npage = \"{}\"\n", server.url("/news")));
    check(&desk.run(&["run"]), 0, &["3 articles, 0 failed"]);
    assert_eq!(server.requests().len(), 4);
    let done = desk.run(&["clean", "-f", "jsonl", &format!("page:{}", server.url("/news"))]);
    assert_eq!(done.records().len(), 3, "{}", done.stderr);
    let empty = Server::start([("/", ok("<p>Nothing here.</p>"))]);
    let done = desk.run(&["run", &format!("page:{}", empty.url("/"))]);
    check(&done, 4, &["no_article (1)", "links to no stories; is it a front or section page?"]);
}

/// One page of a story, with links to the others.
fn part(name: &str, links: &str) -> String {
    story(name).replace("</article>", &format!("</article><div class=\"pagination\">{links}</div>"))
}

#[test]
fn a_story_on_several_pages_is_joined() {
    let links = "<a href=\"/ferry\">1</a> <a href=\"/ferry?page=2\">2</a> <a href=\"/ferry?page=3\">3</a> <a href=\"/harbour\">Next story</a>";
    let server = Server::start([
        ("/ferry", ok(&part("one", links))),
        ("/ferry?page=2", ok(&part("two", links).replace("story two</h1>", "story one</h1>"))),
        ("/ferry?page=3", ok(&part("three", links))),
        ("/harbour", ok(&story("harbour"))),
    ]);
    let desk = desk("[[source]]\nname = \"list\"\nlist = \"urls.txt\"\n");
    desk.put("urls.txt", server.url("/ferry"));
    check(&desk.run(&["run"]), 0, &["1 article"]);
    let article = &written(&desk)[0];
    let body = article["body"].as_str().unwrap();
    let places = ["one", "two", "three"].map(|name| body.find(&last_sentence(name)).unwrap());
    assert!(places.is_sorted(), "{body}");
    assert_eq!(article["word_count"].as_u64().unwrap() as usize, body.split_whitespace().count());
    assert!(article["notes"].to_string().contains("joined from 3 pages"), "{article}");
    assert_eq!(server.hits("/harbour"), 0);
    let done = desk.run(&["clean", "-f", "text", &server.url("/ferry")]);
    assert!(done.stdout.contains(&last_sentence("three")), "{}", done.stdout);
}

#[test]
fn a_page_of_a_story_that_is_missing_is_noted_and_had_when_it_is_there() {
    let server = Server::start([
        ("/ferry", ok(&part("one", "<a href=\"/ferry/2\">2</a>"))),
        ("/ferry/2", crate::server::Behaviour::Sequence(vec![status(404), ok(&part("two", ""))])),
    ]);
    let desk = desk("[[source]]\nname = \"list\"\nlist = \"urls.txt\"\n");
    desk.put("urls.txt", server.url("/ferry"));
    check(&desk.run(&["run", "--set", "fetch.revisit.fresh=0s"]), 0, &["1 article"]);
    assert!(written(&desk)[0]["notes"].to_string().contains("page 2 of the story is missing: http_4xx"));
    check(&desk.run(&["run"]), 0, &["1 article (0 new, 1 changed)"]);
    assert!(written(&desk)[0]["body"].as_str().unwrap().ends_with(&last_sentence("two")));
}

#[test]
fn no_story_has_more_than_twenty_pages() {
    let name = |number: usize| format!("number {number}");
    let path =
        |number: usize| if number == 1 { "/ferry".to_owned() } else { format!("/ferry?page={number}") };
    let pages = (1..=40).map(|number| {
        (path(number), ok(&part(&name(number), &format!("<a href=\"{}\">next</a>", path(number + 1)))))
    });
    let server = Server::start(pages);
    let desk = desk("[[source]]\nname = \"list\"\nlist = \"urls.txt\"\n");
    desk.put("urls.txt", server.url("/ferry"));
    check(&desk.run(&["run"]), 0, &["1 article"]);
    assert_eq!(server.requests().len(), 20);
    assert!(written(&desk)[0]["notes"].to_string().contains("more than 20 pages; the rest was left out"));
}

#[test]
fn print_and_amp_versions_are_the_same_article() {
    let ferry = story("ferry");
    let server = Server::start([
        ("/2026/ferry-returns-on-monday", ok(&ferry)),
        ("/2026/ferry-returns-on-monday/amp", ok(&ferry)),
        ("/2026/ferry-returns-on-monday?print=1", ok(&ferry)),
        ("/2026/ferry-returns-on-monday.amp.html", ok(&ferry)),
    ]);
    let desk = desk("[[source]]\nname = \"list\"\nlist = \"urls.txt\"\n");
    let lines: Vec<String> = ["", "/amp", "?print=1"]
        .iter()
        .map(|rest| server.url(&format!("/2026/ferry-returns-on-monday{rest}")))
        .collect();
    desk.put("urls.txt", lines.join("\n"));
    check(&desk.run(&["run"]), 0, &["1 article"]);
    assert_eq!(paths(&written(&desk)), ["2026/ferry-returns-on-monday"]);
    assert_eq!(server.requests().len(), 1, "{:?}", texts(&written(&desk), "source"));
}
