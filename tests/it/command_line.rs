//! The command line itself: help, man pages, completions, and what stands on standard error.

use serde_json::Value;

use crate::binary::{Desk, story};
use crate::server::{Server, ok};

const COMMANDS: [&str; 8] = ["doctor", "init", "run", "clean", "explain", "check", "rules", "generate"];

#[test]
fn the_help_of_each_command_begins_with_what_it_does_and_with_examples() {
    let desk = Desk::new();
    for command in [""].into_iter().chain(COMMANDS) {
        let arguments: Vec<&str> = [command, "--help"].into_iter().filter(|word| !word.is_empty()).collect();
        let done = desk.run(&arguments);
        assert_eq!(done.code, 0, "{command}");
        let lines: Vec<&str> = done.stdout.lines().collect();
        assert_eq!((lines[1], lines[2]), ("", "Examples:"), "{command}");
        assert!(lines[3].starts_with(&format!("  pressclip {command}")), "{command}: {}", lines[3]);
        let usage = lines.iter().position(|line| line.starts_with("Usage: ")).unwrap();
        let flags = lines.iter().position(|line| *line == "Options:").unwrap();
        assert!(3 < usage && usage < flags, "{}", done.stdout);
    }
}

#[test]
fn there_is_a_man_page_for_each_command_with_its_examples() {
    let desk = Desk::new();
    let done = desk.run(&["generate", "man"]);
    assert_eq!(done.code, 0);
    for part in [
        ".TH pressclip 1",
        ".SH EXAMPLES\n.nf\npressclip clean page.html",
        ".SH \"EXIT STATUS\"",
        "pressclip\\-run(1)",
    ] {
        assert!(done.stdout.contains(part), "{part} is not in {}", done.stdout);
    }
    assert_eq!(desk.run(&["generate", "man", "man"]).code, 0);
    let pages = desk.files("man");
    for command in COMMANDS {
        assert!(pages.contains(&format!("pressclip-{command}.1")), "{pages:?}");
    }
    assert!(pages.contains(&"pressclip-generate-completions.1".to_owned()), "{pages:?}");
    assert!(desk.read("man/pressclip-run.1").contains("pressclip run \\-i failed.txt"));
}

#[test]
fn completions_for_every_shell_know_commands_and_flags() {
    let desk = Desk::new();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let done = desk.run(&["generate", "completions", shell]);
        assert_eq!(done.code, 0, "{shell}");
        for word in ["explain", "summary-json"] {
            assert!(done.stdout.contains(word), "{shell}: {word}");
        }
    }
}

/// The objects on standard error, one a line.
fn objects(stderr: &str) -> Vec<Value> {
    stderr
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect()
}

#[test]
fn the_log_can_be_an_object_a_line() {
    let server = Server::start([("/a", ok(&story("a")))]);
    let desk = Desk::new();
    desk.put_job(&[server.url("/a"), server.url("/gone")]);
    let done = desk.run(&["run", "-vv", "--log-format", "json"]);
    assert_eq!(done.code, 3, "{}", done.stderr);
    let lines = objects(&done.stderr);
    for line in &lines {
        for key in ["timestamp", "level", "message"] {
            assert!(line[key].is_string(), "{line}");
        }
    }
    assert!(lines.iter().any(|line| line["level"] == "DEBUG"), "each request");
    assert!(
        lines.iter().any(|line| line["message"].as_str().unwrap().ends_with("/a: 116 words")),
        "{lines:?}"
    );
    let last = lines.last().unwrap();
    assert_eq!(last["summary"]["new"], 1);
    assert_eq!(last["summary"]["failed"]["http_4xx"]["pages"][0]["source"], server.url("/gone"));
    assert!(last["message"].as_str().unwrap().starts_with("1 article, 1 failed in "), "{last}");

    let done = desk.run(&["run", "--log-format", "json", "-c", "missing.toml"]);
    assert_eq!(done.code, 2);
    let lines = objects(&done.stderr);
    assert_eq!((lines.len(), lines[0]["level"].as_str()), (1, Some("ERROR")));
}

#[test]
fn a_quiet_run_is_silent_unless_something_failed() {
    let server = Server::start([("/a", ok(&story("a")))]);
    let desk = Desk::new();
    desk.put_job(&[server.url("/a")]);
    let done = desk.run(&["run", "-q"]);
    assert_eq!((done.code, done.stdout, done.stderr), (0, String::new(), String::new()));
    let done = desk.run(&["run"]);
    assert!(
        !done.stderr.contains("hosts are asked"),
        "no line of progress in so short a run: {}",
        done.stderr
    );
    desk.put_job(&[server.url("/gone")]);
    let done = desk.run(&["run", "-q"]);
    assert_eq!(done.code, 4);
    assert!(done.stderr.starts_with("http_4xx (1)\n"), "{}", done.stderr);
}
