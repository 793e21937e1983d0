//! Number 84: names of files that lead elsewhere, are none, or belong to somebody else.

use std::collections::HashSet;
use std::os::unix::fs::symlink;
use std::path::Path;

use pressclip::article::Article;
use pressclip::write::names;
use pressclip::write::template::Template;

use crate::binary::{Desk, story};
use crate::server::{Server, ok};

/// Names that a list gives to its pages.
const NAMES: [&str; 14] = [
    "..",
    "../../etc/passwd",
    "/etc/passwd",
    "a\u{0}b",
    "CON",
    "aux.txt",
    "nul",
    "",
    "-rf",
    "....",
    "~root",
    "a\\..\\b",
    "same",
    "SAME",
];

#[test]
fn case_84_every_file_is_inside_its_folder_and_has_a_name_of_its_own() {
    let long = "é".repeat(300);
    let listed: Vec<&str> = NAMES.into_iter().chain(["same", &long]).collect();
    let server =
        Server::start((0..listed.len()).map(|place| (format!("/{place}"), ok(&story(&place.to_string())))));
    let desk = Desk::new();
    let entries: Vec<String> = listed
        .iter()
        .enumerate()
        .map(|(place, name)| format!("{}\t{name}", server.url(&format!("/{place}"))))
        .collect();
    desk.put("parent/keep", "");
    desk.put_job(&entries);
    let done = desk.run(&["run", "--set", "write.dir=parent/out", "--set", "write.formats=[\"markdown\"]"]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    let files: Vec<String> = desk.files("parent").into_iter().filter(|name| name.ends_with(".md")).collect();
    assert_eq!(files.len(), listed.len(), "{files:?}");
    for file in &files {
        let name = file.strip_prefix("out/127.0.0.1/").unwrap();
        let is_plain = name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.' | '_'));
        assert!(is_plain && !name.starts_with(['-', '.']) && name.len() <= 255, "{name}");
    }
    let without_case: HashSet<String> = files.iter().map(|name| name.to_lowercase()).collect();
    assert_eq!(without_case.len(), files.len());
}

#[test]
fn case_84_a_link_that_was_planted_is_replaced_or_refused_and_never_followed() {
    let server = Server::start(["a", "b"].map(|name| (format!("/{name}"), ok(&story(name)))));
    let desk = Desk::new();
    desk.put("victim", "mine");
    desk.put("elsewhere/keep", "");
    let (first, second) = (server.url("/a"), server.url("/b").replace("127.0.0.1", "linked.test"));
    let article = Article { url: Some(first.clone()), ..Article::default() };
    let template = Template::parse("{host}/{slug}").unwrap();
    let target = desk.path("out").join(names::file_name(&article, Some("front"), &template, "md"));
    std::fs::create_dir_all(target.parent().unwrap()).unwrap();
    symlink(desk.path("victim"), &target).unwrap();
    symlink(desk.path("elsewhere"), desk.path("out/linked.test")).unwrap();
    desk.put_job(&[format!("{first}\tfront"), second]);
    let hosts = "fetch.hosts={\"linked.test\" = [\"127.0.0.1\"]}";
    let done = desk.run(&["run", "--set", hosts, "--set", "write.duplicates=true"]);
    assert_eq!(done.code, 3, "{}", done.stderr);
    assert!(done.stderr.starts_with("write_failed (1)\n"), "{}", done.stderr);
    assert_eq!(desk.read("victim"), "mine");
    assert_eq!(desk.files("elsewhere"), ["keep"]);
    let is_link = |path: &Path| path.symlink_metadata().unwrap().file_type().is_symlink();
    assert!(!is_link(&target) && std::fs::read_to_string(&target).unwrap().contains("Harbour story a"));
}
