//! Progress on standard error: on a terminal a line for the run and one for each host that is asked, elsewhere a plain line
//! a minute, which is few enough for the mail of cron.

use std::io::{IsTerminal, Write};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use crate::cli::{Common, LogFormat};
use crate::pipeline::crew::{Active, Crew};
use crate::summary::Summary;
use crate::write::inert::inert;

use super::say::say_with;

/// Time between two plain lines.
const LINE_EVERY: Duration = Duration::from_secs(60);

/// Time between two looks at the hosts.
const HOSTS_EVERY: Duration = Duration::from_millis(100);

/// Hosts that get a line; a terminal has few.
const MOST_HOSTS: usize = 8;

/// Columns of the name of a host.
const HOST_WIDTH: usize = 40;

/// The moving lines that are on the terminal: the log makes room for itself above them.
static MOVING: Mutex<Option<ProgressBar>> = Mutex::new(None);

/// Shows how far the work is.
pub(super) enum Progress {
    Moving { bar: ProgressBar, last: Option<Instant> },
    Lines { total: usize, format: LogFormat, last: Instant },
    Silent,
}

impl Progress {
    pub(super) fn new(total: usize, common: &Common) -> Self {
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let is_log = common.verbose > 0 || common.log_format == LogFormat::Json;
        if common.quiet {
            Self::Silent
        } else if common.no_progress || dumb || is_log || !std::io::stderr().is_terminal() {
            Self::Lines { total, format: common.log_format, last: Instant::now() }
        } else {
            let bar = ProgressBar::new(total as u64);
            let style = ProgressStyle::with_template(
                "{bar:30} {pos}/{len} pages{msg}, {elapsed} (eta {eta}){prefix}",
            );
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar.enable_steady_tick(Duration::from_millis(200));
            *MOVING.lock().unwrap_or_else(PoisonError::into_inner) = Some(bar.clone());
            Self::Moving { bar, last: None }
        }
    }

    pub(super) fn update(&mut self, summary: &Summary, crew: &Crew) {
        match self {
            Self::Moving { bar, last } => {
                bar.set_position(summary.done() as u64);
                if last.is_none_or(|last| last.elapsed() >= HOSTS_EVERY) {
                    *last = Some(Instant::now());
                    bar.set_message(trouble(summary));
                    bar.set_prefix(hosts(crew.active()));
                }
            }
            Self::Lines { total, format, last } if last.elapsed() >= LINE_EVERY => {
                *last = Instant::now();
                let (done, hosts) = (summary.done(), crew.active().count());
                let text = format!("{done} of {total} pages{}; {hosts} hosts are asked\n", trouble(summary));
                let facts =
                    json!({"done": done, "found": *total, "failed": summary.failures(), "hosts": hosts});
                say_with(*format, &text, &[("progress", facts)]);
            }
            Self::Lines { .. } | Self::Silent => {}
        }
    }

    pub(super) fn finish(self) {
        if let Self::Moving { bar, .. } = self {
            *MOVING.lock().unwrap_or_else(PoisonError::into_inner) = None;
            bar.finish_and_clear();
        }
    }
}

/// What is not as it should be.
fn trouble(summary: &Summary) -> String {
    let put_off = summary.put_off();
    let deferred = if put_off > 0 { format!(", {put_off} deferred") } else { String::new() };
    format!(", {} failed{deferred}", summary.failures())
}

/// A line for each host, the first ones when there are many.
fn hosts<'a>(active: impl Iterator<Item = &'a Active>) -> String {
    let mut lines = String::new();
    let mut more = 0;
    for (place, Active { host, visited, pages }) in active.enumerate() {
        if place < MOST_HOSTS {
            let host = inert(host.strip_suffix(":443").unwrap_or(host));
            let host: String = host.chars().take(HOST_WIDTH).collect();
            lines += &format!("\n  {host:HOST_WIDTH$} {visited} of {pages}");
        } else {
            more += 1;
        }
    }
    if more > 0 { format!("{lines}\n  and {more} more hosts") } else { lines }
}

/// Where the log goes: to standard error, above the moving lines if there are any.
pub fn log_writer() -> impl Write {
    LogWriter
}

struct LogWriter;

impl Write for LogWriter {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let moving = MOVING.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match moving {
            Some(bar) => bar.suspend(|| std::io::stderr().write(bytes)),
            None => std::io::stderr().write(bytes),
        }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_is_not_filled_with_hosts() {
        let host =
            |number: usize| Active { host: format!("host-{number}.example:443"), visited: number, pages: 64 };
        let active: Vec<Active> = (0..10).map(host).collect();
        let lines = hosts(active.iter().take(1));
        assert_eq!(lines, format!("\n  {:40} 0 of 64", "host-0.example"));
        let lines = hosts(active.iter());
        assert_eq!(lines.lines().count(), 1 + MOST_HOSTS + 1);
        assert!(lines.ends_with("\n  and 2 more hosts"), "{lines}");
    }
}
