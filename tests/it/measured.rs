//! What a command costs: processor time and memory, read from `/proc` while it runs and before it is reaped.

use std::fs::File;
use std::process::Command;
use std::thread;
use std::time::Duration;

use crate::binary::Done;

/// Ticks of the processor times in `/proc/<pid>/stat`: Linux shows them to programs in hundredths of a second.
const TICK: Duration = Duration::from_millis(10);

/// How long memory may grow unseen.
const PAUSE: Duration = Duration::from_millis(2);

/// What a command left behind, and what it cost.
#[derive(Debug)]
pub struct Measured {
    pub done: Done,
    /// Processor time of all threads.
    pub cpu: Duration,
    /// The most memory that was resident at one time, in bytes.
    pub peak: u64,
}

/// Starts `command` and waits for its end. Its output goes to files, so that it never waits for a reader.
pub fn measured(command: &mut Command) -> Measured {
    let folder = tempfile::tempdir().unwrap();
    let [output, errors] = ["output", "errors"].map(|name| folder.path().join(name));
    command.stdout(File::create(&output).unwrap()).stderr(File::create(&errors).unwrap());
    let mut child = command.spawn().unwrap();
    let read =
        |name: &str| std::fs::read_to_string(format!("/proc/{}/{name}", child.id())).unwrap_or_default();
    let mut peak = 0;
    let stat = loop {
        let status = read("status");
        let kilobytes =
            status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.split_whitespace().next());
        peak = kilobytes.map_or(0, |number| number.parse::<u64>().unwrap() * 1024).max(peak);
        // The fields after the name of the program, which is in brackets and may hold anything.
        let stat = read("stat").rsplit_once(") ").unwrap().1.to_owned();
        // A zombie has ended and keeps its times until it is waited for.
        if stat.starts_with('Z') {
            break stat;
        }
        thread::sleep(PAUSE);
    };
    let ticks: u32 = stat.split(' ').skip(11).take(2).map(|field| field.parse::<u32>().unwrap()).sum();
    let code = child.wait().unwrap().code().unwrap();
    let [stdout, stderr] = [output, errors].map(|path| std::fs::read_to_string(path).unwrap());
    Measured { done: Done { code, stdout, stderr }, cpu: TICK * ticks, peak }
}
