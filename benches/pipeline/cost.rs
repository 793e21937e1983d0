//! What a command costs: time, processor time and memory, read from `/proc` while it runs and before it is reaped.

use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Ticks of the processor times in `/proc/<pid>/stat`: Linux shows them to programs in hundredths of a second.
const TICK: Duration = Duration::from_millis(10);

/// How long memory may grow unseen.
const PAUSE: Duration = Duration::from_millis(5);

/// What some work cost.
#[derive(Debug, Default)]
pub struct Cost {
    pub wall: Duration,
    /// Processor time of all threads.
    pub cpu: Duration,
    /// Processor time of the server meanwhile.
    pub served: Duration,
    /// The most memory that was resident at one time, in bytes.
    pub peak: u64,
    /// What the command said on standard error.
    pub said: String,
}

/// Runs `command` to its end; what it says goes through the file `errors`.
pub fn measured(command: &mut Command, errors: &Path) -> Cost {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(File::create(errors).unwrap());
    let began = Instant::now();
    let mut child = command.spawn().unwrap();
    let mut peak = 0;
    loop {
        let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes = line.and_then(|line| line.split_whitespace().next());
        peak = kilobytes.map_or(0, |number| number.parse::<u64>().unwrap() * 1024).max(peak);
        // A zombie has ended and keeps its times until it is waited for.
        if status.contains("\nState:\tZ") {
            break;
        }
        std::thread::sleep(PAUSE);
    }
    let (wall, cpu) = (began.elapsed(), processor_time(child.id()));
    let code = child.wait().unwrap();
    let said = std::fs::read_to_string(errors).unwrap();
    assert!(code.success(), "{said}");
    Cost { wall, cpu, served: Duration::ZERO, peak, said }
}

/// The processor time of a process so far.
pub fn processor_time(process: u32) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    // The fields after the name of the program, which is in brackets and may hold anything.
    let fields = stat.rsplit_once(") ").unwrap().1;
    let ticks: u32 = fields.split(' ').skip(11).take(2).map(|field| field.parse::<u32>().unwrap()).sum();
    TICK * ticks
}
