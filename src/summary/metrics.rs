//! The summary as metrics, in the text format of Prometheus (version 0.0.4), for the textfile collector of node_exporter.
//!
//! All of them are gauges about the last run. The label `job_config` tells jobs apart whose files one collector reads.

use std::fmt::Write;

use super::{SourceCounts, Span, Summary};

/// Hosts whose times become metrics: each is a time series of its own, which a server keeps for long.
const SLOWEST: usize = 20;

impl Summary {
    /// The metrics of work that was done in `span` for the job of the config file `config`.
    pub fn to_metrics(&self, span: Span, config: &str) -> String {
        let mut text = Exposition { text: String::new(), config };
        let end = span.started_at.as_millisecond() as f64 / 1000.0 + span.took.as_secs_f64();
        text.one("run_end_timestamp_seconds", "When the last run ended.", end);
        text.one("run_duration_seconds", "How long the last run took.", span.took.as_secs_f64());
        text.one("run_exit_code", "The exit code of the last run.", f64::from(self.exit_code()));
        text.one("run_found_pages", "Pages that the last run was to look at.", self.found as f64);
        let outcomes = [
            ("new", self.new),
            ("changed", self.changed),
            ("unchanged", self.unchanged),
            ("duplicate", self.duplicates),
            ("older", self.older),
            ("set_aside", self.set_aside.values().sum()),
            ("deferred", self.put_off()),
            ("failed", self.failures()),
            ("not_reached", self.not_reached()),
        ];
        let outcomes = outcomes.map(|(name, count)| (vec![("outcome", name)], count as f64));
        text.many("run_pages", "Pages of the last run, by what became of them.", outcomes);
        let kinds = self.set_aside.iter().map(|(kind, count)| (vec![("kind", kind.name())], *count as f64));
        text.many("run_set_aside_pages", "Pages of the last run without a story, by their kind.", kinds);
        let deferred =
            self.deferred.iter().map(|(class, count)| (vec![("class", class.name())], *count as f64));
        text.many("run_deferred_pages", "Pages that the last run put off, by the reason.", deferred);
        let failed =
            self.failed.iter().map(|(class, pages)| (vec![("class", class.name())], pages.count as f64));
        text.many("run_failed_pages", "Pages that failed in the last run, by class.", failed);
        self.add_sources(&mut text);
        self.add_hosts(&mut text);
        self.add_state(&mut text);
        text.text
    }

    fn add_sources(&self, text: &mut Exposition<'_>) {
        let found = self
            .by_source
            .iter()
            .map(|(name, counts)| (vec![("source", name.as_str())], counts.found as f64));
        text.many("source_found_pages", "Pages that a source named in the last run.", found);
        let pages = self.by_source.iter().flat_map(|(name, counts)| {
            let sample =
                move |(outcome, count)| (vec![("source", name.as_str()), ("outcome", outcome)], count as f64);
            outcomes(counts).map(sample)
        });
        text.many("source_pages", "Pages of a source in the last run, by what became of them.", pages);
        let broken = self.by_source.iter().map(|(name, counts)| {
            (vec![("source", name.as_str())], f64::from(u8::from(counts.failure.is_some())))
        });
        text.many("source_failed", "Whether the source itself could not be asked in the last run.", broken);
    }

    fn add_hosts(&self, text: &mut Exposition<'_>) {
        let hosts = || self.hosts.iter().take(SLOWEST);
        let mean = hosts().map(|host| (vec![("host", host.host.as_str())], host.mean().as_secs_f64()));
        text.many(
            "host_mean_response_seconds",
            "Mean time of an answer, for the slowest hosts of the last run.",
            mean,
        );
        let longest = hosts().map(|host| (vec![("host", host.host.as_str())], host.longest.as_secs_f64()));
        text.many(
            "host_longest_response_seconds",
            "Longest time of an answer, for the slowest hosts.",
            longest,
        );
    }

    fn add_state(&self, text: &mut Exposition<'_>) {
        let Some(counts) = self.counts else { return };
        text.one("state_pages", "Pages that are known.", counts.pages as f64);
        text.one("state_hosts", "Hosts that are known.", counts.hosts as f64);
        text.one("state_due_pages", "Pages that were due when the last run ended.", counts.due as f64);
        text.one("state_deferred_pages", "Pages that wait for a better time.", counts.deferred as f64);
        if let Some(next) = counts.next_due {
            let next = next.as_millisecond() as f64 / 1000.0;
            text.one("state_next_due_timestamp_seconds", "When the next page is due.", next);
        }
    }
}

fn outcomes(counts: &SourceCounts) -> [(&'static str, usize); 8] {
    [
        ("new", counts.new),
        ("changed", counts.changed),
        ("unchanged", counts.unchanged),
        ("duplicate", counts.duplicates),
        ("older", counts.older),
        ("set_aside", counts.set_aside),
        ("deferred", counts.deferred),
        ("failed", counts.failed.values().sum()),
    ]
}

/// A text that grows metric by metric.
struct Exposition<'c> {
    text: String,
    config: &'c str,
}

impl Exposition<'_> {
    fn one(&mut self, name: &str, help: &str, value: f64) {
        self.many(name, help, [(Vec::new(), value)]);
    }

    /// Adds a metric with its samples; without a sample it is left out.
    fn many<'l>(
        &mut self,
        name: &str,
        help: &str,
        samples: impl IntoIterator<Item = (Vec<(&'l str, &'l str)>, f64)>,
    ) {
        let mut samples = samples.into_iter().peekable();
        if samples.peek().is_none() {
            return;
        }
        let _ = writeln!(self.text, "# HELP pressclip_{name} {help}\n# TYPE pressclip_{name} gauge");
        for (labels, value) in samples {
            let _ = write!(self.text, "pressclip_{name}{{job_config=\"{}\"", escaped(self.config));
            for (label, value) in labels {
                let _ = write!(self.text, ",{label}=\"{}\"", escaped(value));
            }
            let _ = writeln!(self.text, "}} {value}");
        }
    }
}

/// The value of a label between its quotes.
fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}
