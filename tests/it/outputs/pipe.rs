//! Articles that are streamed to standard output, to readers that stay and readers that go.

use std::io::{BufRead, BufReader};

use super::desk_with;
use crate::binary::{Desk, done, last_sentence, records, story, texts};
use crate::server::{Behaviour, Server, ok};

#[test]
fn articles_are_streamed_as_they_come_and_each_once() {
    let server = Server::start([("/slow", Behaviour::Silent)]);
    let desk = desk_with(&["a", "b"]);
    desk.put_job(&["a.html".to_owned(), "b.html".to_owned(), server.url("/slow")]);
    let mut child = desk.command(["run", "-o", "-", "-f", "jsonl"]).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let first: Vec<String> = (0..2).map(|_| lines.next().unwrap().unwrap()).collect();
    // The third page has not come: the others did not wait for it.
    assert!(child.try_wait().unwrap().is_none());
    child.kill().unwrap();
    child.wait().unwrap();
    let mut sources = texts(&records(&first.join("\n")), "source");
    sources.sort();
    assert_eq!(sources, ["a.html", "b.html"]);
    assert_eq!(desk.files("out"), Vec::<String>::new());
}

#[test]
fn what_was_streamed_is_not_streamed_again_and_other_forms_can_be() {
    let desk = desk_with(&["a", "b"]);
    let done = desk.run(&["run", "--output", "-", "--format", "csv"]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    assert_eq!(done.stdout.lines().filter(|line| line.starts_with("source,")).count(), 1);
    assert_eq!(done.stdout.lines().count(), 3);
    let again = desk.run(&["run", "-o", "-"]);
    assert_eq!((again.code, again.stdout.as_str()), (0, ""));
    let text = desk.run(&["run", "-o", "-", "-f", "text", "--refetch"]).stdout;
    assert!(
        text.contains(&format!("{}\n\nHarbour story", last_sentence("a")))
            || text.contains(&format!("{}\n\nHarbour story", last_sentence("b"))),
        "{text}"
    );
}

#[cfg(unix)]
#[test]
fn a_reader_that_has_enough_ends_the_run_and_the_rest_comes_next_time() {
    let count = 300;
    let names: Vec<String> = (0..count).map(|number| format!("/{number}")).collect();
    let server = Server::start(names.iter().map(|name| (name.clone(), ok(&story(name)))));
    let desk = Desk::new();
    desk.put_job(&names.iter().map(|name| server.url(name)).collect::<Vec<_>>());
    let mut child = desk.command(["run", "-o", "-"]).spawn().unwrap();
    let mut reader = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    drop(reader);
    let ended = done(child.wait_with_output().unwrap());
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(server.requests().len() < count, "it went on for nobody");
    // What was written before the reader went may be with it; all else comes now.
    let rest = desk.run(&["run", "-o", "-"]);
    assert_eq!(rest.code, 0, "{}", rest.stderr);
    let recorded = count - rest.records().len();
    assert!(
        ended.stderr.contains(&format!("{recorded} articles, 0 failed")),
        "{} of {recorded}",
        ended.stderr
    );
    assert!(recorded < count);
}
