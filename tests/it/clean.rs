//! `pressclip clean`: what it takes, the forms it gives, their order, and what happens to failures.

use std::io::{BufRead, BufReader, Read};
use std::sync::{Arc, Barrier};
use std::time::Duration;

use serde_json::Value;

use crate::binary::{Desk, last_sentence, records, story, texts};
use crate::server::{Behaviour, Server, gzipped, ok, slow};

/// The keys of a record, in their order.
const KEYS: &str = "source url canonical_url kind confidence title dek authors published published_raw modified site \
    language section tags image images paywalled body word_count blocks fetched_at status etag last_modified robots opt_out \
    revision duplicate_of content_hash notes error";

fn keys(record: &Value) -> Vec<&str> {
    record.as_object().unwrap().keys().map(String::as_str).collect()
}

fn sorted(words: &str) -> Vec<&str> {
    let mut words: Vec<&str> = words.split_whitespace().collect();
    words.sort_unstable();
    words
}

#[test]
fn a_page_comes_in_every_format() {
    let desk = Desk::new();
    desk.put("page.html", story("one"));
    let clean = |format| {
        let done = desk.run(&["clean", "page.html", "-f", format]);
        assert_eq!((done.code, done.stderr.as_str()), (0, ""), "{format}");
        assert!(done.stdout.contains(&last_sentence("one")), "{format}: {}", done.stdout);
        assert!(!done.stdout.contains("Sport"), "{format}: {}", done.stdout);
        done.stdout
    };
    assert!(clean("text").starts_with("Harbour story one\n\nThe council"));
    assert!(clean("markdown").starts_with("# Harbour story one\n\nThe council"));
    assert!(clean("html").starts_with("<!DOCTYPE html>\n<html lang=\"en\""));
    let indented: Value = serde_json::from_str(&clean("json")).unwrap();
    let lines = records(&clean("jsonl"));
    assert_eq!(indented["body"], lines[0]["body"]);
    assert_eq!(desk.run(&["clean", "page.html"]).stdout, clean("text"));
}

#[test]
fn a_record_has_every_key_whether_the_page_was_had_or_not() {
    let server = Server::start([("/story?a=b", ok(&story("web")))]);
    let desk = Desk::new();
    desk.put("page.html", story("one"));
    let web = server.url("/story?a=b#part");
    let sources = [web.as_str(), "./page.html", "missing.html", "ftp://a.example/x"];
    let done = desk.run(&[&["clean", "-f", "jsonl"], &sources[..]].concat());
    assert_eq!(done.code, 3);
    let records = done.records();
    assert_eq!(texts(&records, "source"), sources);
    for record in &records {
        assert_eq!(keys(record), sorted(KEYS));
    }
    assert_eq!(records[0]["url"], server.url("/story?a=b"));
    assert_eq!(records[0]["status"], 200);
    assert_eq!(records[0]["kind"], "article");
    assert_eq!(records[1]["status"], Value::Null);
    assert!(records[1]["fetched_at"].as_str().unwrap().ends_with('Z'));
    assert_eq!(records[1]["content_hash"].as_str().unwrap().len(), 64);
    assert_eq!(records[2]["error"]["class"], "read_failed");
    assert_eq!(records[3]["error"]["class"], "blocked_scheme");
    assert!(done.stderr.contains("read_failed (1)\n  missing.html: "), "{}", done.stderr);

    let explained = desk.run(&["clean", "-f", "jsonl", "--explain", "page.html"]).records();
    assert_eq!(keys(&explained[0]), sorted(&format!("{KEYS} dropped")));
}

#[test]
fn failures_are_left_out_of_text_and_named_in_the_summary() {
    let desk = Desk::new();
    desk.put("a.html", story("a"));
    desk.put("empty.html", "");
    desk.put("b.html", story("b"));
    let done = desk.run(&["clean", "missing.html", "a.html", "empty.html", "b.html"]);
    assert_eq!(done.code, 3);
    let end = format!("{}\n\nHarbour story b\n\n", last_sentence("a"));
    assert!(done.stdout.starts_with("Harbour story a\n\n") && done.stdout.contains(&end), "{}", done.stdout);
    assert!(done.stderr.contains("empty (1)\n  empty.html: "), "{}", done.stderr);
    assert!(done.stderr.contains("2 articles, 2 failed"), "{}", done.stderr);
    assert_eq!(desk.run(&["clean", "missing.html"]).code, 4);
}

#[test]
fn the_order_is_that_of_the_sources_whatever_time_the_pages_take() {
    let servers: Vec<Server> = [80, 0, 40, 1]
        .into_iter()
        .enumerate()
        .map(|(number, late)| Server::start([("/", slow(late, &story(&number.to_string())))]))
        .collect();
    let desk = Desk::new();
    desk.put("saved.html", story("saved"));
    let mut sources: Vec<String> = servers.iter().map(|server| server.url("/")).collect();
    sources.insert(2, "saved.html".to_owned());
    let arguments: Vec<&str> =
        ["clean", "-f", "jsonl"].into_iter().chain(sources.iter().map(String::as_str)).collect();
    let done = desk.run(&arguments);
    assert_eq!(done.code, 0, "{}", done.stderr);
    assert_eq!(texts(&done.records(), "source"), sources);
}

#[test]
fn pages_are_worked_on_at_the_same_time() {
    let both = Arc::new(Barrier::new(2));
    let servers = ["a", "b"]
        .map(|name| Server::start([("/", Behaviour::Meet(Arc::clone(&both), Box::new(ok(&story(name)))))]));
    let [one, other] = servers.each_ref().map(|server| server.url("/"));
    let done = Desk::new().run(&["clean", &one, &other]);
    assert_eq!(done.code, 0, "neither server answers before both are asked: {}", done.stderr);
}

#[test]
fn a_folder_gives_its_pages_sorted_and_a_gzipped_page_is_unpacked() {
    let desk = Desk::new();
    desk.put("saved/b.htm", story("b"));
    desk.put("saved/a/z.HTML", story("z"));
    desk.put("saved/c.html.gz", gzipped(story("c").as_bytes()));
    desk.put("saved/notes.txt", "no page");
    desk.put("saved/c.md", "no page");
    let done = desk.run(&["clean", "-f", "jsonl", "saved"]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    let records = done.records();
    assert_eq!(texts(&records, "source"), ["saved/a/z.HTML", "saved/b.htm", "saved/c.html.gz"]);
    assert!(records[2]["body"].as_str().unwrap().ends_with(&last_sentence("c")));

    desk.put("none/notes.txt", "no page");
    let done = desk.run(&["clean", "none"]);
    assert_eq!(done.code, 4);
    assert!(done.stderr.contains("it holds no page"), "{}", done.stderr);
}

#[test]
fn a_page_or_a_list_comes_from_standard_input() {
    let desk = Desk::new();
    desk.put("lists/a.html", story("a"));
    desk.put("b.html", story("b"));
    let done = desk.run_with_input(&["clean", "-f", "jsonl", "-"], story("piped").as_bytes());
    assert_eq!(done.code, 0, "{}", done.stderr);
    assert_eq!(texts(&done.records(), "source"), ["-"]);
    assert!(done.stdout.contains(&last_sentence("piped")));

    desk.put("lists/pages.txt", "# one page\r\na.html\r\na.html");
    let done = desk.run(&["clean", "-f", "jsonl", "-i", "lists/pages.txt", "b.html"]);
    assert_eq!(texts(&done.records(), "source"), ["a.html", "b.html"]);
    let done = desk.run_with_input(&["clean", "-f", "jsonl", "-i", "-"], b"b.html\n\nlists/a.html\tname");
    assert_eq!(texts(&done.records(), "source"), ["b.html", "lists/a.html"]);
}

#[test]
fn the_output_goes_to_a_file_or_to_a_folder() {
    let desk = Desk::new();
    for name in ["x/a", "y/a", "b"] {
        desk.put(&format!("{name}.html"), story(name));
    }
    let pages = ["x/a.html", "missing.html", "y/a.html", "b.html"];
    let clean = |more: &[&str]| desk.run(&[&["clean"], &pages[..], more].concat());
    let done = clean(&["-f", "jsonl", "-o", "new/all.jsonl"]);
    assert_eq!((done.code, done.stdout.as_str()), (3, ""));
    assert_eq!(texts(&records(&desk.read("new/all.jsonl")), "source"), pages);
    assert_eq!(desk.files("new"), ["all.jsonl"]);

    let done = clean(&["-f", "markdown", "-o", "articles/"]);
    assert_eq!((done.code, done.stdout.as_str()), (3, ""));
    let files = desk.files("articles");
    assert_eq!(files.len(), 3, "{files:?}");
    assert_eq!((files[0].as_str(), files[1].as_str()), ("a.md", "b.md"));
    assert!(files[2].starts_with("harbour-story-y-a-"), "{files:?}");
    assert!(desk.read("articles/b.md").starts_with("---\ntitle: \"Harbour story b\"\n"));
    assert_eq!(desk.run(&["clean", "x", "-o", "articles"]).code, 0);
    assert_eq!(desk.run(&["clean", ".", "-o", "tree/"]).code, 0);
    assert_eq!(desk.files("tree"), ["b.txt", "x-a.txt", "y-a.txt"]);
    desk.put("pages.txt", "b.html\tThe B side");
    assert_eq!(desk.run(&["clean", "-i", "pages.txt", "-o", "articles"]).code, 0);
    assert!(desk.path("articles/The-B-side.txt").exists(), "{:?}", desk.files("articles"));
}

#[cfg(unix)]
#[test]
fn a_link_is_followed_and_a_pipe_is_written_to() {
    let desk = Desk::new();
    desk.put("page.html", story("one"));
    desk.put("real.txt", "old");
    std::os::unix::fs::symlink("real.txt", desk.path("link.txt")).unwrap();
    assert_eq!(desk.run(&["clean", "page.html", "-o", "link.txt"]).code, 0);
    assert!(desk.path("link.txt").is_symlink() && desk.read("real.txt").contains(&last_sentence("one")));

    let pipe = desk.path("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let reader = std::thread::spawn(move || std::fs::read_to_string(pipe).unwrap());
    assert_eq!(desk.run(&["clean", "page.html", "-o", "pipe"]).code, 0);
    assert!(reader.join().unwrap().contains(&last_sentence("one")));
}

#[test]
fn a_reader_that_goes_away_ends_it_quietly() {
    let desk = Desk::new();
    for number in 0..200 {
        desk.put(&format!("saved/{number}.html"), story(&number.to_string()));
    }
    for arguments in [&["clean", "-f", "jsonl", "saved", "missing.html"][..], &["check", "saved"]] {
        if arguments[0] == "check" {
            for number in 0..200 {
                desk.put(&format!("saved/{number}/page.html"), story(&number.to_string()));
            }
        }
        let mut child = desk.command(arguments).spawn().unwrap();
        let mut reader = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        drop(reader);
        let mut said = String::new();
        child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        assert_eq!((child.wait().unwrap().code(), said.as_str()), (Some(0), ""), "{arguments:?}");
        assert!(!line.is_empty());
    }
}

#[cfg(unix)]
#[test]
fn an_interrupted_clean_leaves_no_half_file() {
    let silent = Server::start([("/", Behaviour::Silent)]);
    let desk = Desk::new();
    desk.put("page.html", story("one"));
    desk.put("out/all.txt", "old");
    let web = silent.url("/");
    let mut child = desk.command(["clean", "page.html", &web, "-o", "out/all.txt"]).spawn().unwrap();
    while silent.requests().is_empty() {
        assert!(child.try_wait().unwrap().is_none(), "it ended by itself");
        std::thread::sleep(Duration::from_millis(5));
    }
    let id = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-s", "INT", &id]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(desk.files("out"), ["all.txt"]);
    assert_eq!(desk.read("out/all.txt"), "old");
}

#[test]
fn captions_are_in_the_record_and_in_the_body_when_they_are_wanted() {
    let figure = "<figure><img src=\"/a.jpg\" alt=\"\"><figcaption>The ferry at dawn, seen from the old mole.</figcaption></figure><p>Residents";
    let desk = Desk::new();
    desk.put("page.html", story("one").replace("<p>Residents", figure));
    let record = |more: &[&str]| {
        desk.run(&[&["clean", "-f", "jsonl", "page.html"], more].concat()).records().remove(0)
    };
    for (more, is_wanted) in [(&[][..], false), (&["--set", "clean.keep=[\"captions\"]"], true)] {
        let record = record(more);
        let captions: Vec<&Value> =
            record["blocks"].as_array().unwrap().iter().filter(|block| block["kind"] == "caption").collect();
        assert_eq!(captions.len(), 1, "{record}");
        assert_eq!(captions[0]["text"], "The ferry at dawn, seen from the old mole.");
        assert_eq!(record["body"].as_str().unwrap().contains("seen from the old mole"), is_wanted);
    }
}

#[test]
fn a_page_larger_than_the_limit_is_refused_from_a_file_as_from_a_server() {
    let large = story("large") + &" ".repeat(20_000);
    let server = Server::start([("/", ok(&large))]);
    let desk = Desk::new();
    desk.put("large.html", &large);
    desk.put("packed.html.gz", gzipped(large.as_bytes()));
    let limit = ["--set", "fetch.max_body=16KiB"];
    let web = server.url("/");
    let sources = ["large.html", "packed.html.gz", "-", &web];
    let arguments = [&["clean", "-f", "jsonl"], &sources[..], &limit[..]].concat();
    let done = desk.run_with_input(&arguments, large.as_bytes());
    assert_eq!(done.code, 4);
    for record in done.records() {
        assert_eq!(record["error"]["class"], "too_large", "{record}");
        assert!(record["error"]["message"].as_str().unwrap().contains("`fetch.max_body`"), "{record}");
    }
}

/// The body of a story whose second paragraph is this markup.
fn body_with(markup: &str) -> String {
    let desk = Desk::new();
    desk.put("page.html", story("one").replace("<p>Residents", &format!("{markup}<p>Residents")));
    let record = desk.run(&["clean", "-f", "jsonl", "page.html"]).records().remove(0);
    record["body"].as_str().unwrap().to_owned()
}

#[test]
fn a_drop_cap_goes_back_to_its_word_and_a_word_of_one_letter_stays_one() {
    let rest = "villages sent a pilot to the meeting, and a man of the crew was there as well when the vote was taken.";
    for (markup, expected) in [
        ("<p><span class=dropcap>T</span>he ", "The "),
        ("<p><span class=dropcap>T</span>\n he ", "The "),
        ("<p><b>“T</b> HE ", "“THE "),
        ("<span class=dropcap>T</span><p>he ", "The "),
        ("<div style='float:left'>T</div>\n<p>\nhe ", "The "),
        ("<p>T</p><p>he ", "The "),
        ("<p><div class=dropcap><b>T</b></div>he ", "The "),
        ("<div>N</div><p>obody of the ", "Nobody of the "),
        ("<div>A</div><p>man of the ", "A man of the "),
        ("<p><span class=dropcap>A</span> man of the ", "A man of the "),
        ("<p><b>A</b> crew of the ", "A crew of the "),
        ("<p><b>T</b><i>he</i> ol<wbr>d f<b>e</b>rry of the ", "The old ferry of the "),
        ("<p>T&shy;he o&#8203;ld fer<a href=/x>ry</a> of the ", "The old ferry of the "),
    ] {
        let body = body_with(&format!("{markup}{rest}</p>"));
        assert!(body.contains(&format!("\n\n{expected}{rest}\n\n")), "{markup}: {body}");
    }
    for (markup, apart) in [
        ("<ol><li>A.<p>man of the ", "man of the "),
        ("<p>T</p><figure><img src=/x.jpg></figure><p>he ", "he "),
        ("<h3>T</h3><p>he ", "he "),
        ("<p>T<br><br>He ", "He "),
    ] {
        let body = body_with(&format!("{markup}{rest}</p>"));
        assert!(body.contains(&format!("\n{apart}{rest}\n\n")), "{markup}: {body}");
    }
}

const ASIDE: &str =
    "The old mole was painted green in the spring, and nobody on the island could say who had paid for it.";

#[test]
fn a_sentence_printed_large_beside_its_paragraph_goes_and_a_few_words_of_it_stay() {
    let told = "Nobody on the council asked the skippers what a winter without the ferry would cost them.";
    let markup = |line: &str| {
        format!(
            "<p>The ferry came back on Monday after eleven weeks in the yard, to the relief of the whole island.</p>\
             <p>{line}</p>\
             <p>{told} Two of them sold their boats in January and went to work ashore, they told us.</p>\
             <p>The yard will send its bill in spring, and the council has not yet said who is going to pay it.</p>"
        )
    };
    assert_eq!(body_with(&markup(&format!("“{told}”"))).matches(told).count(), 1);
    let refrain = "Nobody on the council asked the skippers.";
    assert!(body_with(&markup(refrain)).contains(refrain), "too few words to be sure");
}

#[test]
fn a_story_that_the_page_prints_again_for_small_screens_is_had_once_and_a_refrain_as_often_as_it_is_sung() {
    let desk = Desk::new();
    let story = story("one");
    let (head, rest) = story.split_once("<p>").unwrap();
    let (body, tail) = rest.rsplit_once("</p>").unwrap();
    desk.put(
        "page.html",
        format!("{head}<div><p>{body}</p></div><div class=small><p>{body}</p></div>{tail}"),
    );
    let record = desk.run(&["clean", "-f", "jsonl", "page.html"]).records().remove(0);
    assert_eq!(record["body"].as_str().unwrap().matches(&last_sentence("one")).count(), 1);
    let refrain = "Row, row, row the ferry home, row it home to me.";
    let song = format!("<p>{refrain}</p><p>The first verse is about a boat that left.</p><p>{refrain}</p>");
    assert_eq!(body_with(&song).matches(refrain).count(), 2);
}

#[test]
fn noscript_is_read_only_where_nothing_else_holds_the_story() {
    let desk = Desk::new();
    let clean = |page: &str| {
        desk.put("page.html", page);
        desk.run(&["clean", "-f", "jsonl", "page.html"]).records().remove(0)
    };
    let page = story("one");
    let hidden =
        page.replace("<article>", "<noscript><article>").replace("</article>", "</article></noscript>");
    let record = clean(&hidden.replace("<nav>", "<p>This app needs scripts.</p><nav>"));
    assert!(record["body"].as_str().unwrap().ends_with(&last_sentence("one")), "{record}");
    assert_eq!(record["notes"][0], "story taken from noscript");
    let record =
        clean(&page.replace("<p>Residents", &format!("<noscript><p>{ASIDE}</p></noscript><p>Residents")));
    assert!(!record["body"].as_str().unwrap().contains(ASIDE), "{record}");
    assert_eq!(record["notes"].as_array().unwrap().len(), 0, "{record}");
}

#[test]
fn a_shadow_root_in_the_markup_is_read_at_its_place_and_any_other_template_is_not() {
    let body = body_with(&format!("<a-box><template shadowrootmode=open><p>{ASIDE}</p></template></a-box>"));
    assert!(body.contains(&format!("herself.\n\n{ASIDE}\n\nResidents")), "{body}");
    let body = body_with(&format!("<a-box><template><p>{ASIDE}</p></template></a-box>"));
    assert!(body.contains("herself.\n\nResidents"), "{body}");
}

#[test]
fn a_streamed_piece_is_read_once_at_the_place_that_waits_for_it() {
    let piece = format!("<div hidden id=\"S:1\"><p>{ASIDE}</p></div>");
    for place in ["<template id=\"B:1\"></template>", "<!--$?--><template id=\"P:1\"></template><!--/$-->"] {
        for place in [place.to_owned(), place.repeat(2)] {
            let desk = Desk::new();
            let page = story("one").replace("<p>Residents", &format!("{place}<p>Residents"));
            desk.put("page.html", page.replace("</body>", &format!("{piece}</body>")));
            let record = desk.run(&["clean", "-f", "jsonl", "page.html"]).records().remove(0);
            let body = record["body"].as_str().unwrap();
            assert!(body.contains(&format!("herself.\n\n{ASIDE}\n\nResidents")), "{place}: {body}");
            assert_eq!(body.matches(ASIDE).count(), 1, "{place}: {body}");
        }
    }
}

#[test]
fn a_picture_of_an_amp_page_has_its_caption() {
    let desk = Desk::new();
    let caption = "The ferry at dawn, seen from the old mole.";
    let figure = |name: &str| {
        let picture =
            format!("<div><{name} src=\"/a.jpg\" width=4 height=3></{name}><div>{caption}</div></div>");
        desk.put("page.html", story("one").replace("<p>Residents", &format!("{picture}<p>Residents")));
        let record = desk.run(&["clean", "-f", "jsonl", "page.html"]).records().remove(0);
        let blocks = record["blocks"].as_array().unwrap().clone();
        blocks.into_iter().find(|block| block["text"] == caption).map(|block| block["kind"].clone())
    };
    for name in ["amp-img", "amp-video"] {
        assert_eq!(figure(name), Some("caption".into()), "{name}");
    }
    assert_ne!(figure("amp-ad"), Some("caption".into()));
}
