//! The summary for people: each failure on a line, a table of the sources, what is slow, what waits, and the counts.

use std::fmt::Write;
use std::time::Duration;

use super::{SourceCounts, Summary};
use crate::write::counted;
use crate::write::inert::inert;

/// Hosts that are called slow.
const SLOWEST: usize = 5;

/// A host that answers faster than this on average is not called slow.
const SLOW: Duration = Duration::from_secs(1);

impl Summary {
    /// The summary for a person, of work that `took` this long: first what calls for attention, last the counts.
    pub fn render(&self, took: Duration) -> String {
        let mut text = self.render_failures();
        let kinds = listed(self.set_aside.iter().map(|(kind, count)| (kind.name(), *count)));
        if !kinds.is_empty() {
            let _ = writeln!(text, "set aside: {kinds}");
        }
        let reasons = listed(self.passed_over.iter().map(|(reason, count)| (*reason, *count)));
        if !reasons.is_empty() {
            let _ = writeln!(text, "passed over in archives: {reasons}");
        }
        text += &self.render_deferred();
        if let Some(failure) = &self.stuck {
            let _ = writeln!(text, "stopped, since nothing can be written: {}", inert(&failure.message));
        }
        text + &self.render_slow() + &self.render_sources() + &self.render_counts(took)
    }

    fn render_failures(&self) -> String {
        let mut text = String::new();
        for (class, failures) in &self.failed {
            let _ = writeln!(text, "{class} ({})", failures.count);
            for (source, message) in &failures.named {
                let _ = writeln!(text, "  {}: {}", inert(source), inert(message));
            }
            if failures.count > failures.named.len() {
                let _ = writeln!(text, "  and {} more", failures.count - failures.named.len());
            }
        }
        text
    }

    /// What waits for another run, and when that would have something to do.
    fn render_deferred(&self) -> String {
        let classes = listed(self.deferred.iter().map(|(class, count)| (class.name(), *count)));
        let waiting = self.counts.map_or(0, |counts| counts.due);
        let next = self.counts.and_then(|counts| counts.next_due);
        let mut parts = Vec::new();
        if self.done() == 0 && waiting == 0 {
            parts.extend(self.counts.map(|counts| format!("nothing new: {} pages are known", counts.pages)));
        }
        if !classes.is_empty() {
            parts.push(format!("deferred: {classes}"));
        }
        if waiting > 0 {
            parts.push(format!("left to the next run: {waiting} pages"));
        }
        let next = next.map(|next| format!("the next page is due at {next:.0}"));
        let text = [parts.join("; ")].into_iter().filter(|text| !text.is_empty()).chain(next);
        let text = text.collect::<Vec<_>>().join(", ");
        if text.is_empty() { text } else { text + "\n" }
    }

    fn render_slow(&self) -> String {
        let slow = self.hosts.iter().take(SLOWEST).filter(|host| host.mean() >= SLOW);
        let slow: Vec<String> =
            slow.map(|host| format!("{} {:.1} s", inert(&host.host), host.mean().as_secs_f64())).collect();
        if slow.is_empty() { String::new() } else { format!("slowest hosts: {}\n", slow.join(", ")) }
    }

    /// A table with a line for each source; the failures of each by class. Columns of which no source has any are left out.
    fn render_sources(&self) -> String {
        let failed = |source: &SourceCounts| source.failed.values().sum::<usize>();
        type Column<'c> = (&'c str, &'c dyn Fn(&SourceCounts) -> usize);
        let columns: [Column<'_>; 9] = [
            ("found", &|source| source.found),
            ("new", &|source| source.unknown),
            ("written", &|source| source.written()),
            ("unchanged", &|source| source.unchanged),
            ("duplicate", &|source| source.duplicates),
            ("older", &|source| source.older),
            ("set aside", &|source| source.set_aside),
            ("deferred", &|source| source.deferred),
            ("failed", &failed),
        ];
        let is_used = |column: &Column<'_>| {
            matches!(column.0, "found" | "written")
                || self.by_source.values().any(|source| column.1(source) > 0)
        };
        let columns: Vec<Column<'_>> = columns.into_iter().filter(is_used).collect();
        let name =
            |name: &str| if name.is_empty() { "(earlier)".to_owned() } else { inert(name).into_owned() };
        let mut rows = vec![
            ["source".to_owned()]
                .into_iter()
                .chain(columns.iter().map(|(name, _)| (*name).to_owned()))
                .collect::<Vec<_>>(),
        ];
        let mut remarks = vec![String::new()];
        for (source, counts) in &self.by_source {
            let cells = columns.iter().map(|(_, count)| count(counts).to_string());
            rows.push([name(source)].into_iter().chain(cells).collect());
            remarks.push(remark(counts));
        }
        if self.by_source.is_empty() { String::new() } else { aligned(&rows, &remarks) }
    }

    fn render_counts(&self, took: Duration) -> String {
        let mut text = counted(self.articles(), "article", "articles");
        if self.changed > 0 {
            let _ = write!(text, " ({} new, {} changed)", self.new, self.changed);
        }
        let _ = write!(text, ", {} failed", self.failures());
        for (count, what) in [
            (self.unchanged, "unchanged"),
            (self.duplicates, "duplicates"),
            (self.older, "older"),
            (self.put_off(), "deferred"),
        ] {
            if count > 0 {
                let _ = write!(text, ", {count} {what}");
            }
        }
        if self.interrupted.is_some() || self.stuck.is_some() {
            let reason = if self.interrupted.is_some() { " (interrupted)" } else { "" };
            let _ = write!(text, ", {} not reached{reason}", self.not_reached());
        }
        let rate = self.done() as f64 / took.as_secs_f64().max(0.001);
        let _ = writeln!(text, " in {:.1} s ({rate:.0} pages/s)", took.as_secs_f64());
        text
    }
}

/// What the numbers of a source don't say: its failures by class, and that it could not be asked or was not.
fn remark(source: &SourceCounts) -> String {
    let classes = listed(source.failed.iter().map(|(class, count)| (class.name(), *count)));
    let failure =
        source.failure.as_ref().map(|failure| format!("{}: {}", failure.class, inert(&failure.message)));
    let next = source.next_at.map(|next| format!("asked at {next:.0}"));
    [Some(classes).filter(|classes| !classes.is_empty()), failure, next]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join("; ")
}

/// Rows in columns: the first one to the left, the others to the right, and a remark behind them.
fn aligned(rows: &[Vec<String>], remarks: &[String]) -> String {
    let columns = rows.first().map_or(0, Vec::len);
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for (row, remark) in rows.iter().zip(remarks) {
        let mut line = String::new();
        for (cell, (column, width)) in row.iter().zip(widths.iter().enumerate()) {
            let _ =
                if column == 0 { write!(line, "{cell:width$}") } else { write!(line, "  {cell:>width$}") };
        }
        if !remark.is_empty() {
            let _ = write!(line, "  {remark}");
        }
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text
}

/// Counts with their names, in words.
pub(super) fn listed<'a>(counts: impl Iterator<Item = (&'a str, usize)>) -> String {
    counts.map(|(name, count)| format!("{count} {name}")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::collections::BTreeMap;

    use super::*;
    use crate::failure::{Failure, FailureClass};
    use crate::fetch::Latency;
    use crate::state::run::Counts;

    #[test]
    fn sources_stand_in_a_table_with_what_any_of_them_has() {
        let failed = BTreeMap::from([(FailureClass::Dns, 2), (FailureClass::Http4xx, 1)]);
        let list =
            SourceCounts { found: 120, unknown: 7, new: 4, changed: 1, failed, ..SourceCounts::default() };
        let failure = Some(Failure::new(FailureClass::Http5xx, "the feed\u{7} answers 503"));
        let feed = SourceCounts { failure, unchanged: 31, ..SourceCounts::default() };
        let next_at = Some("2026-03-01T12:00:00Z".parse().unwrap());
        let resting = SourceCounts { next_at, ..SourceCounts::default() };
        let names = ["list", "Island Post", ""].map(str::to_owned);
        let by_source = names.into_iter().zip([list, feed, resting]).collect();
        let text = Summary { by_source, ..Summary::default() }.render(Duration::from_secs(1));
        let table: Vec<&str> = text.lines().take(4).collect();
        assert_eq!(
            table,
            [
                "source       found  new  written  unchanged  failed",
                "(earlier)        0    0        0          0       0  asked at 2026-03-01T12:00:00Z",
                "Island Post      0    0        0         31       0  http_5xx: the feed\\u{7} answers 503",
                "list           120    7        5          0       3  2 dns, 1 http_4xx",
            ]
        );
    }

    #[test]
    fn slow_hosts_and_the_next_page_are_told() {
        let host = |host: &str, seconds| Latency {
            host: host.to_owned(),
            requests: 2,
            total: Duration::from_secs(seconds),
            longest: Duration::from_secs(seconds),
        };
        let counts = Counts {
            pages: 9,
            due: 3,
            next_due: Some("2026-03-01T12:00:00Z".parse().unwrap()),
            ..Counts::default()
        };
        let summary = Summary {
            found: 1,
            hosts: vec![host("slow.example:443", 5), host("fast.example:443", 1)],
            counts: Some(counts),
            ..Summary::default()
        };
        let text = summary.render(Duration::from_secs(1));
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines[..2],
            [
                "left to the next run: 3 pages, the next page is due at 2026-03-01T12:00:00Z",
                "slowest hosts: slow.example:443 2.5 s",
            ]
        );
    }
}
