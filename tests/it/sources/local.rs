//! Lists and saved pages.

use super::{check, desk, written};
use crate::binary::{Desk, story, texts};
use crate::server::{Server, ok};

#[test]
fn a_list_may_come_from_standard_input() {
    let server = Server::start([("/a", ok(&story("a")))]);
    let desk = desk("[[source]]\nname = \"piped\"\nlist = \"-\"\n");
    let done = desk.run_with_input(&["run"], format!("# mine\n{}\n", server.url("/a")).as_bytes());
    check(&done, 0, &["1 article"]);
    let done = Desk::new().run_with_input(&["run", "list:-"], server.url("/a").as_bytes());
    check(&done, 0, &["1 article"]);
}

#[test]
fn saved_pages_are_taken_from_a_folder_or_by_a_glob() {
    let desk =
        desk("[[source]]\nname = \"saved\"\nfiles = \"saved/**/*.html\"\nexclude = [\"**/drafts/**\"]\n");
    for name in ["saved/a.html", "saved/deep/b.html", "saved/drafts/c.html", "saved/d.htm"] {
        desk.put(name, story(name));
    }
    check(&desk.run(&["run"]), 0, &["2 articles"]);
    let mut sources = texts(&written(&desk), "source");
    sources.sort();
    assert_eq!(sources, ["saved/a.html", "saved/deep/b.html"]);
    let done = desk.run(&["clean", "-f", "jsonl", "files:saved"]);
    assert_eq!((done.code, done.records().len()), (0, 4), "{}", done.stderr);
}

#[test]
fn a_list_that_cannot_be_read_is_a_failure_that_ends_nothing() {
    let desk = desk("[[source]]\nlist = \"missing.txt\"\n[[source]]\nfiles = \"saved\"\n");
    desk.put("saved/a.html", story("a"));
    check(&desk.run(&["run"]), 3, &["1 article, 1 failed", "read_failed (1)\n  missing.txt: can't read"]);
}

#[test]
fn a_source_of_the_config_can_be_asked_alone() {
    let desk = desk(
        "[[source]]\nname = \"one\"\nfiles = \"one\"\n[[source]]\nname = \"evening\"\nfiles = \"two\"\n",
    );
    desk.put("one/a.html", story("a"));
    desk.put("two/b.html", story("b"));
    check(&desk.run(&["run", "evening"]), 0, &["1 article"]);
    assert_eq!(texts(&written(&desk), "source"), ["two/b.html"]);
    let done = desk.run(&["run", "evning"]);
    check(&done, 2, &["`evning` is no source of the config", "did you mean `evening`?"]);
    let done = desk.run(&["clean", "-f", "jsonl", "one"]);
    assert_eq!(
        (done.code, texts(&done.records(), "source")),
        (0, vec!["one/a.html".to_owned()]),
        "{}",
        done.stderr
    );
}
