//! Runs that are killed, stopped or overlap: nothing is lost, torn or doubled. `long` holds the long forms.

#[cfg(target_os = "linux")]
mod long;

use std::collections::BTreeSet;
use std::process::{Child, Command};
use std::time::Duration;

use crate::binary::{Desk, done, last_sentence, records, story, texts};
use crate::server::{Behaviour, Server, ok, slow};

/// A server with `count` stories, each of which takes a few milliseconds.
fn server(count: usize) -> Server {
    Server::start((0..count).map(|number| (format!("/{number}"), slow(5, &story(&number.to_string())))))
}

fn job(server: &Server, count: usize) -> Desk {
    let desk = Desk::new();
    desk.put_job(&(0..count).map(|number| server.url(&format!("/{number}"))).collect::<Vec<_>>());
    desk
}

#[cfg(unix)]
fn send(signal: &str, child: &Child) {
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-s", signal, &id]).status().unwrap().success());
}

/// The sources of all lines of the output but a torn last one; none is there twice.
fn sources(desk: &Desk) -> BTreeSet<String> {
    let Ok(text) = std::fs::read_to_string(desk.path("out/articles.jsonl")) else { return BTreeSet::new() };
    let whole = &text[..text.rfind('\n').map_or(0, |at| at + 1)];
    let lines = texts(&records(whole), "source");
    let sources: BTreeSet<String> = lines.iter().cloned().collect();
    assert_eq!(sources.len(), lines.len(), "a line is doubled");
    sources
}

/// Every Markdown file is whole, and there is one for each number of `count`.
fn check_whole(desk: &Desk, count: usize) {
    assert_eq!(sources(desk).len(), count);
    let files = desk.files("out");
    assert_eq!(files.len(), count + 1, "{files:?}");
    let texts: Vec<String> = files
        .iter()
        .filter(|name| name.ends_with(".md"))
        .map(|name| desk.read(&format!("out/{name}")))
        .collect();
    for number in 0..count {
        let end = format!("{}\n", last_sentence(&number.to_string()));
        assert_eq!(texts.iter().filter(|text| text.ends_with(&end)).count(), 1, "{number}");
    }
}

#[cfg(unix)]
#[test]
fn a_run_that_is_killed_again_and_again_comes_to_the_same_end() {
    let count = 120;
    let server = server(count);
    let desk = job(&server, count);
    for milliseconds in [50, 150, 300, 450, 600] {
        let mut child = desk.command(["run"]).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(milliseconds));
        child.kill().unwrap();
        child.wait().unwrap();
        sources(&desk);
    }
    let done = desk.run(&["run"]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    check_whole(&desk, count);
    assert!(desk.run(&["run"]).stderr.contains("nothing new: 120 pages are known"));
}

#[cfg(unix)]
#[test]
fn a_signal_ends_a_run_soon_and_the_next_one_goes_on() {
    let count = 60;
    let server = server(count);
    let desk = job(&server, count);
    for (signal, code) in [("TERM", 143), ("INT", 130)] {
        let before = server.requests().len();
        let child = desk.command(["run"]).spawn().unwrap();
        while server.requests().len() < before + 5 {
            std::thread::sleep(Duration::from_millis(5));
        }
        send(signal, &child);
        let done = done(child.wait_with_output().unwrap());
        assert_eq!(done.code, code, "{}", done.stderr);
        assert!(done.stderr.contains("not reached (interrupted)"), "{}", done.stderr);
        sources(&desk);
    }
    assert_eq!(desk.run(&["run"]).code, 0);
    check_whole(&desk, count);
    // What was recorded is asked for once; what was under way when a signal came, at most once more each time.
    assert!(server.requests().len() <= count + 2 * 8, "{} requests", server.requests().len());
}

#[cfg(unix)]
#[test]
fn a_second_run_names_the_first_and_takes_over_when_that_is_killed() {
    let silent = Server::start([("/", Behaviour::Silent)]);
    let desk = Desk::new();
    desk.put_job(&[silent.url("/")]);
    let mut first = desk.command(["run"]).spawn().unwrap();
    while silent.requests().is_empty() {
        assert!(first.try_wait().unwrap().is_none(), "it ended by itself");
        std::thread::sleep(Duration::from_millis(5));
    }
    let second = desk.run(&["run"]);
    assert_eq!(second.code, 75, "{}", second.stderr);
    assert!(second.stderr.contains(&format!("process {}, since 20", first.id())), "{}", second.stderr);
    first.kill().unwrap();
    first.wait().unwrap();
    let other = Server::start([("/", ok(&story("other")))]);
    desk.put_job(&[other.url("/")]);
    assert_eq!(desk.run(&["run", "--limit", "0"]).code, 0);
}

#[test]
fn a_state_is_locked_wherever_it_is() {
    let server = server(1);
    let desk = job(&server, 1);
    let place = desk.path("elsewhere/state.sqlite");
    let lock = pressclip::write::lock::take(&desk.path("elsewhere/state.sqlite.lock")).unwrap();
    let setting = format!("state.path={}", place.display());
    let done = desk.run(&["run", "--set", &setting]);
    assert_eq!(done.code, 75, "{}", done.stderr);
    drop(lock);
    assert_eq!(desk.run(&["run", "--set", &setting]).code, 0);
    assert!(place.exists() && !desk.path("out/state.sqlite").exists());
}

#[test]
fn a_damaged_state_is_set_aside_and_nothing_is_doubled() {
    let count = 30;
    let server = server(count);
    let desk = job(&server, count);
    assert_eq!(desk.run(&["run"]).code, 0);
    let whole = std::fs::read(desk.path("out/state.sqlite")).unwrap();
    for round in 0..8_usize {
        let mut damaged = whole.clone();
        match round {
            0 => damaged.clear(),
            1 => damaged.truncate(whole.len() / 2),
            2 => damaged.fill(0),
            _ => {
                let place = round.wrapping_mul(0x9E37_79B9) % whole.len();
                let end = (place + 600).min(whole.len());
                damaged[place..end].fill(0xA5);
            }
        }
        std::fs::write(desk.path("out/state.sqlite"), damaged).unwrap();
        let done = desk.run(&["run", "--refetch"]);
        assert_eq!(done.code, 0, "round {round}: {}", done.stderr);
        assert_eq!(sources(&desk).len(), count, "round {round}");
        check_whole(&desk, count);
    }
}

#[test]
fn what_is_written_already_is_neither_asked_for_nor_written_again_after_a_damaged_state() {
    let count = 30;
    let server = server(count);
    let desk = job(&server, count);
    for settings in [&["run"][..], &["run", "--set", "write.rotate=1KiB", "-f", "jsonl"]] {
        assert_eq!(desk.run(settings).code, 0);
        let before = desk.files("out").into_iter().map(|name| desk.read(&format!("out/{name}")));
        let before: Vec<String> = before.collect();
        let requests = server.requests().len();
        std::fs::write(desk.path("out/state.sqlite"), "no state").unwrap();
        let done = desk.run(settings);
        assert_eq!(done.code, 0, "{}", done.stderr);
        assert!(
            done.stderr.contains("30 articles that are written already are known again"),
            "{}",
            done.stderr
        );
        assert!(done.stderr.contains("nothing new: 30 pages are known"), "{}", done.stderr);
        assert_eq!(server.requests().len(), requests);
        let after = desk.files("out").into_iter().map(|name| desk.read(&format!("out/{name}")));
        assert_eq!(after.collect::<Vec<_>>(), before);
        std::fs::remove_dir_all(desk.path("out")).unwrap();
    }
}
