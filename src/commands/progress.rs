//! Progress on standard error: a bar on a terminal, a plain line now and then elsewhere.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use crate::cli::Common;
use crate::summary::Summary;

/// Time between two plain lines.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// Shows how far the work is.
pub(super) enum Progress {
    Bar(ProgressBar),
    Lines { total: usize, last: Instant },
    Silent,
}

impl Progress {
    pub(super) fn new(total: usize, common: &Common) -> Self {
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        if common.quiet {
            Self::Silent
        } else if common.no_progress || dumb || !std::io::stderr().is_terminal() {
            Self::Lines { total, last: Instant::now() }
        } else {
            let bar = ProgressBar::new(total as u64);
            let style =
                ProgressStyle::with_template("{bar:30} {pos}/{len} pages, {msg} {elapsed} (eta {eta})");
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar.enable_steady_tick(Duration::from_millis(200));
            Self::Bar(bar)
        }
    }

    pub(super) fn update(&mut self, summary: &Summary) {
        match self {
            Self::Bar(bar) => {
                bar.set_position(summary.done() as u64);
                bar.set_message(format!("{} failed", summary.failures()));
            }
            Self::Lines { total, last } if last.elapsed() >= LINE_EVERY => {
                *last = Instant::now();
                say(&format!("{} of {total} pages, {} failed\n", summary.done(), summary.failures()));
            }
            Self::Lines { .. } | Self::Silent => {}
        }
    }

    pub(super) fn finish(self) {
        if let Self::Bar(bar) = self {
            bar.finish_and_clear();
        }
    }
}

/// Writes to standard error; when nobody reads it there is nobody to tell.
pub(super) fn say(text: &str) {
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}
