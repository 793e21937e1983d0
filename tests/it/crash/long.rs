//! The long forms, which take minutes: `cargo test --test it crash::long -- --ignored --test-threads 1`.
//!
//! The job has 1,000 pages on 16 hosts. The one with a full disk needs a kernel that lets users have a namespace of their
//! own (`unshare`).

use std::process::Command;
use std::time::{Duration, Instant};

use super::{send, sources};
use crate::binary::{Desk, done, finish, last_sentence, story};
use crate::server::{Server, slow};

const PAGES: usize = 1000;
const HOSTS: usize = 16;

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    /// A number below `end`.
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

fn servers() -> Vec<Server> {
    let pages = |host: usize| (host..PAGES).step_by(HOSTS);
    let page = |number: usize| (format!("/{number}"), slow(2, &story(&number.to_string())));
    (0..HOSTS).map(|host| Server::start(pages(host).map(page))).collect()
}

fn job(servers: &[Server]) -> Desk {
    let desk = Desk::new();
    let url = |number: usize| servers[number % HOSTS].url(&format!("/{number}"));
    desk.put_job(&(0..PAGES).map(url).collect::<Vec<_>>());
    desk
}

/// How many stories are there; each file is whole, and no two hold the same story.
fn whole_files(desk: &Desk, folder: &str) -> usize {
    if !desk.path(folder).exists() {
        return 0;
    }
    let mut ends: Vec<String> = desk
        .files(folder)
        .iter()
        .filter(|name| name.ends_with(".md"))
        .map(|name| desk.read(&format!("{folder}/{name}")).trim_end().lines().last().unwrap().to_owned())
        .collect();
    ends.sort_unstable();
    let count = ends.len();
    ends.dedup();
    assert_eq!(ends.len(), count, "a story has two files");
    assert!(ends.iter().all(|end| end.contains("The clerk closed the book of ")), "a file is torn");
    count
}

/// Everything is there, each once.
fn check_complete(desk: &Desk) {
    assert_eq!((whole_files(desk, "out"), sources(desk).len()), (PAGES, PAGES));
    assert_eq!(desk.files("out").len(), PAGES + 1);
    assert!(desk.read("out/articles.jsonl").contains(&last_sentence("999")));
}

#[test]
#[ignore = "takes minutes"]
fn two_hundred_kills() {
    let servers = servers();
    let mut dice = Dice(1);
    let mut desk = job(&servers);
    let mut kills = 0;
    while kills < 200 {
        let mut child = desk.command(["run", "-q"]).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(2 + dice.below(500)));
        let is_over = child.try_wait().unwrap().is_some();
        child.kill().unwrap();
        child.wait().unwrap();
        sources(&desk);
        whole_files(&desk, "out");
        kills += usize::from(!is_over);
        if is_over {
            check_complete(&desk);
            desk = job(&servers);
        }
    }
    assert_eq!(desk.run(&["run"]).code, 0);
    check_complete(&desk);
}

#[test]
#[ignore = "takes minutes"]
fn fifty_signals() {
    let servers = servers();
    let mut dice = Dice(2);
    let mut desk = job(&servers);
    let mut signals = 0;
    while signals < 50 {
        let lock = desk.path("out/.pressclip.lock");
        let _ = std::fs::remove_file(&lock);
        let mut child = desk.command(["run"]).spawn().unwrap();
        while !lock.exists() {
            std::thread::sleep(Duration::from_millis(1));
        }
        std::thread::sleep(Duration::from_millis(dice.below(600)));
        if child.try_wait().unwrap().is_some() {
            check_complete(&desk);
            desk = job(&servers);
            continue;
        }
        let (signal, code) = [("TERM", 143), ("INT", 130)][signals % 2];
        send(signal, &child);
        let sent = Instant::now();
        let done = done(child.wait_with_output().unwrap());
        // A run that has just come to its end by itself says so.
        assert!(done.code == code || done.code == 0, "{}: {}", done.code, done.stderr);
        assert!(sent.elapsed() < Duration::from_secs(2), "{:?} after the signal", sent.elapsed());
        whole_files(&desk, "out");
        let text = std::fs::read_to_string(desk.path("out/articles.jsonl")).unwrap_or_default();
        assert!(text.is_empty() || text.ends_with('\n'));
        sources(&desk);
        signals += 1;
    }
    assert_eq!(desk.run(&["run"]).code, 0);
    check_complete(&desk);
}

#[test]
#[ignore = "needs a namespace of its own"]
fn a_full_disk_ends_the_run_and_the_next_one_goes_on() {
    let servers = servers();
    let desk = job(&servers);
    let script = "mkdir out && mount -t tmpfs -o size=4m tmpfs out || exit 99
        \"$0\" run; echo \"first: $?\" >&2; cp -r out full
        mount -o remount,size=64m out
        \"$0\" run; echo \"second: $?\" >&2; cp -r out complete";
    let command = desk.command([""; 0]);
    let mut unshare = Command::new("unshare");
    unshare.args(["-rm", "sh", "-c", script, env!("CARGO_BIN_EXE_pressclip")]).current_dir(desk.path(""));
    unshare.env_clear().env("PATH", std::env::var_os("PATH").unwrap());
    unshare.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let done = finish(&mut unshare);
    let (first, second) = done.stderr.split_once("first: 1\n").unwrap_or_else(|| panic!("{}", done.stderr));
    assert!(first.contains("stopped, since nothing can be written: no space left for "), "{first}");
    assert!(second.contains("second: 0\n"), "{second}");
    let had = whole_files(&desk, "full");
    assert!(had > 100 && had < PAGES, "{had} files fit");
    assert_eq!(whole_files(&desk, "complete"), PAGES);
    assert_eq!(desk.read("complete/articles.jsonl").lines().count(), PAGES);
}

#[test]
#[ignore = "takes minutes"]
fn a_hundred_damaged_states() {
    let count = 100;
    let server = super::server(count);
    let desk = super::job(&server, count);
    assert_eq!(desk.run(&["run"]).code, 0);
    let mut dice = Dice(3);
    for round in 0..100 {
        let mut state = std::fs::read(desk.path("out/state.sqlite")).unwrap();
        let place = dice.below(state.len() as u64) as usize;
        let end = (place + 1 + dice.below(5000) as usize).min(state.len());
        match round % 4 {
            0 => state.truncate(place),
            1 => state[place..].fill(0),
            2 => state[place..end].iter_mut().for_each(|byte| *byte ^= 0x5A),
            _ => state[place] ^= 1 << dice.below(8),
        }
        std::fs::write(desk.path("out/state.sqlite"), state).unwrap();
        let more = if round % 2 == 0 { "--refetch" } else { "-q" };
        let done = desk.run(&["run", more]);
        // A byte of the head may say that a newer pressclip, or another program, made the file: that is left alone.
        let is_foreign = done.stderr.contains("is not a state of pressclip") || done.stderr.contains("newer");
        assert!(done.code == 0 || is_foreign, "round {round}: {}", done.stderr);
        assert_eq!(sources(&desk).len(), count, "round {round}");
        if is_foreign {
            std::fs::remove_file(desk.path("out/state.sqlite")).unwrap();
            assert_eq!(desk.run(&["run"]).code, 0, "round {round}");
        }
    }
}

#[test]
#[ignore = "takes minutes"]
fn two_and_five_runs_at_once() {
    let servers = servers();
    for round in 0..20 {
        for count in [2, 5] {
            let desk = job(&servers);
            let begun = Instant::now();
            let children: Vec<_> =
                (0..count).map(|_| desk.command(["run", "--limit", "100"]).spawn().unwrap()).collect();
            let mut codes = Vec::new();
            for child in children {
                let done = done(child.wait_with_output().unwrap());
                assert!(done.code == 0 || done.stderr.contains("another run ("), "{}", done.stderr);
                codes.push(done.code);
            }
            codes.sort_unstable();
            assert_eq!(codes[0], 0, "round {round}: {codes:?} after {:?}", begun.elapsed());
            assert!(codes[1..].iter().all(|code| *code == 75), "round {round}: {codes:?}");
            assert_eq!((whole_files(&desk, "out"), sources(&desk).len()), (100, 100));
        }
    }
}
