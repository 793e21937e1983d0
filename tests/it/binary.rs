//! The `pressclip` command as a user runs it: in a folder of its own, with nothing of ours in the environment.

use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::server::allowed;

/// What a command left behind.
#[derive(Debug)]
pub struct Done {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Done {
    /// The records on standard output, one a line.
    pub fn records(&self) -> Vec<Value> {
        records(&self.stdout)
    }
}

/// The records in `lines`, one a line.
pub fn records(lines: &str) -> Vec<Value> {
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// What the records say under `key`, which is text.
pub fn texts(records: &[Value], key: &str) -> Vec<String> {
    records.iter().map(|record| record[key].as_str().unwrap().to_owned()).collect()
}

/// A folder to run the command in.
pub struct Desk(tempfile::TempDir);

impl Desk {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Puts a file there, and the folders that it needs.
    pub fn put(&self, name: &str, contents: impl AsRef<[u8]>) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, contents).unwrap();
    }

    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    /// Puts a config there whose only source is the list `urls.txt` with these entries.
    pub fn put_job<T: AsRef<str>>(&self, entries: &[T]) {
        let lines: Vec<&str> = entries.iter().map(AsRef::as_ref).collect();
        self.put("urls.txt", lines.join("\n"));
        self.put("config.toml", "[[source]]\nname = \"list\"\nlist = \"urls.txt\"\n");
    }

    /// The command with these arguments, not started yet. It waits for nothing longer than it must, and its guard lets
    /// it through to the servers of tests.
    pub fn command<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pressclip"));
        command.current_dir(self.0.path()).args(arguments);
        command.env_clear().env("PRESSCLIP_FETCH__DELAY", "1ms").env("PRESSCLIP_FETCH__RETRIES", "0");
        command.env("PRESSCLIP_FETCH__ALLOW_ADDRESSES", format!("{:?}", allowed()));
        command.env("PRESSCLIP_FETCH__ROBOTS", "false");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Done {
        finish(&mut self.command(arguments))
    }

    pub fn run_with_input(&self, arguments: &[&str], input: &[u8]) -> Done {
        let mut child = self.command(arguments).stdin(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input).unwrap();
        done(child.wait_with_output().unwrap())
    }

    /// The files below `folder`, by their names below it, sorted. The lock file, the state and the report are left out.
    pub fn files(&self, folder: &str) -> Vec<String> {
        files_below(&self.path(folder))
    }
}

/// Starts `command` and waits for its end.
pub fn finish(command: &mut Command) -> Done {
    done(command.output().unwrap())
}

pub fn done(output: std::process::Output) -> Done {
    Done {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

fn files_below(folder: &Path) -> Vec<String> {
    let entries = walkdir::WalkDir::new(folder).sort_by_file_name().into_iter().map(Result::unwrap);
    let files = entries.filter(|entry| entry.file_type().is_file());
    let names = files.map(|file| file.path().strip_prefix(folder).unwrap().to_str().unwrap().to_owned());
    let ours = [".pressclip.lock", "state.sqlite", "report.html", "report/"];
    names.filter(|name| !ours.iter().any(|own| name.starts_with(own))).collect()
}

/// A page with a story of which the title, the second sentence and the last one are nobody else's.
pub fn story(name: &str) -> String {
    format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Harbour story {name}</title></head><body>\
        <nav><a href=\"/\">Home</a> <a href=\"/sport\">Sport</a></nav><article><h1>Harbour story {name}</h1>\
        <p>The council of the island met late on Tuesday to speak about the old ferry and its crew. This is the story of {name}, \
        and it was told to a full house by the harbour master herself.</p>\
        <p>Residents had come from every village, she said, because the winter timetable leaves them without a boat on two days \
        of the week. Nobody in the room could remember such a thing, not even in the years of the great storms.</p>\
        <p>The members voted shortly before midnight, by nine to four, to keep the ferry for another year and to ask the \
        mainland for a share of the cost. The clerk closed the book of {name} and went home.</p></article></body></html>"
    )
}

/// The sentence with which the [`story`] of `name` ends.
pub fn last_sentence(name: &str) -> String {
    format!("The clerk closed the book of {name} and went home.")
}
