//! The report of a run as one HTML page: how it went, what calls for a look, and how it compares with the runs before it.
//!
//! Like all pages of ours it runs and loads nothing: the charts are SVG in the page, and it reads without a script, in light
//! and in dark. It is made of the summary of the run and the figures of the last runs, [`Run`]s as the state has them.

mod chart;
mod runs;
mod sites;
pub mod worth;

use jiff::Timestamp;

use crate::failure::FailureClass;
use crate::state::run::Run;
use crate::summary::{Failures, SourceCounts, Span, Summary};
use crate::write::html::{escaped, opening};
use crate::write::tidy::line;

/// The look of the page, in light and in dark, for a desk and for a telephone.
const STYLE: &str = include_str!("report.css");

/// Failures of one class that are named.
const MOST_NAMED: usize = 20;

/// What a report is about.
#[derive(Debug, Clone, Copy)]
pub struct Report<'r> {
    /// What the job is called.
    pub job: &'r str,
    /// What became of the pages of the run.
    pub summary: &'r Summary,
    /// When it was.
    pub span: Span,
    /// The last runs with their figures, the newest first: the run itself and those before it.
    pub runs: &'r [Run],
}

/// The whole page.
pub fn render(report: &Report<'_>) -> String {
    let job = escaped(&line(report.job));
    let mut page = opening(Some("en"), "ltr", &format!("pressclip run: {job}"), "", STYLE);
    page += &header(report, &job);
    page += "<main>\n";
    page += &worth::section_of(report);
    page += &failures(report.summary);
    page += &sources(report.summary);
    page += &runs::outcomes(report.runs);
    page += &runs::hours(report.runs);
    page += &sites::latency(report.runs);
    page += &runs::distributions(report.runs);
    page + "</main>\n</body>\n</html>\n"
}

/// What was done, when, and the numbers in short.
fn header(report: &Report<'_>, job: &str) -> String {
    let Report { summary, span, .. } = report;
    let took = span.took.as_secs_f64();
    let took = if took < 90.0 { format!("{took:.1} s") } else { format!("{:.0} min", took / 60.0) };
    let next = summary.counts.and_then(|counts| counts.next_due);
    let next = next.map(|next| format!(" · next page due {}", minute(next))).unwrap_or_default();
    let known = summary.counts.map(|counts| format!(" · {} pages known", counts.pages)).unwrap_or_default();
    let tiles = [
        ("written", summary.articles(), "written"),
        ("unchanged", summary.unchanged, "unchanged"),
        ("aside", summary.duplicates + summary.older, "duplicate or older"),
        ("aside", summary.set_aside.values().sum(), "set aside"),
        ("deferred", summary.put_off(), "deferred"),
        ("failed", summary.failures(), "failed"),
    ];
    let tile = |(class, count, name): (&str, usize, &str)| {
        let none = if count == 0 { " none" } else { "" };
        format!("<li class=\"{class}{none}\"><b>{count}</b> {name}</li>\n")
    };
    let tiles: String = tiles.into_iter().map(tile).collect();
    format!(
        "<header>\n<p class=\"brand\">pressclip run</p>\n<h1>{job}</h1>\n<p class=\"quiet\">{}, {took}{known}{next}</p>\n\
        {}<ul class=\"tiles\">\n{tiles}</ul>\n</header>\n",
        minute(span.started_at),
        verdict(summary),
    )
}

/// What a reader should know first, where there is something.
fn verdict(summary: &Summary) -> String {
    let words = if let Some(failure) = &summary.stuck {
        format!("Stopped, since nothing can be written: {}", escaped(&line(&failure.message)))
    } else if summary.interrupted.is_some() {
        "Interrupted; the next run goes on.".to_owned()
    } else if summary.done() > 0 && summary.failures() + summary.put_off() == summary.done() {
        "Nothing could be had: all pages failed or were deferred.".to_owned()
    } else if summary.done() == 0 {
        return "<p>Nothing was due.</p>\n".to_owned();
    } else {
        return String::new();
    };
    format!("<p class=\"alarm\">{words}</p>\n")
}

/// The failures, by class.
fn failures(summary: &Summary) -> String {
    if summary.failed.is_empty() {
        return String::new();
    }
    let class = |(class, failures): (&FailureClass, &Failures)| {
        let named = failures.named.iter().take(MOST_NAMED);
        let named: String = named
            .map(|(source, message)| {
                let (source, message) = (escaped(&line(source)), escaped(&line(message)));
                // A message mostly names its page itself.
                if message.contains(&source) {
                    format!("<li>{message}</li>\n")
                } else {
                    format!("<li>{source}: {message}</li>\n")
                }
            })
            .collect();
        let more = failures.count.saturating_sub(MOST_NAMED);
        let more =
            if more > 0 { format!("<li class=\"quiet\">and {more} more</li>\n") } else { String::new() };
        let open = if failures.count <= 5 { " open" } else { "" };
        format!(
            "<details{open}>\n<summary><b>{}</b> {class}</summary>\n<ul>\n{named}{more}</ul>\n</details>\n",
            failures.count
        )
    };
    let classes: String = summary.failed.iter().map(class).collect();
    section("What failed", "", &classes)
}

/// A table with a line for each source.
fn sources(summary: &Summary) -> String {
    if summary.by_source.is_empty() {
        return String::new();
    }
    let row = |(name, counts): (&String, &SourceCounts)| {
        let name = if name.is_empty() { "from earlier versions".to_owned() } else { escaped(&line(name)) };
        let failure = counts.failure.as_ref();
        let failure = failure.map(|failure| {
            format!("<br><small class=\"failed\">{}</small>", escaped(&line(&failure.message)))
        });
        let failed = counts.failed.values().sum();
        let cells = [
            counts.found,
            counts.unknown,
            counts.written(),
            counts.unchanged,
            counts.duplicates + counts.older,
            counts.set_aside,
            counts.deferred,
            failed,
        ];
        let cells: String = cells
            .iter()
            .map(|count| {
                if *count == 0 {
                    "<td class=\"quiet\">0</td>".to_owned()
                } else {
                    format!("<td>{count}</td>")
                }
            })
            .collect();
        format!("<tr><th scope=\"row\">{name}{}</th>{cells}</tr>\n", failure.unwrap_or_default())
    };
    let rows: String = summary.by_source.iter().map(row).collect();
    let heads =
        ["found", "new", "written", "unchanged", "duplicate or older", "set aside", "deferred", "failed"];
    let heads: String = heads.iter().map(|head| format!("<th scope=\"col\">{head}</th>")).collect();
    let table = format!(
        "<div class=\"wide\"><table>\n<tr><th scope=\"col\">source</th>{heads}</tr>\n{rows}</table></div>\n"
    );
    section("Sources", "", &table)
}

/// A section with a heading and, below it, what it shows.
fn section(heading: &str, hint: &str, body: &str) -> String {
    let hint = if hint.is_empty() { String::new() } else { format!("<p class=\"quiet\">{hint}</p>\n") };
    format!("<section>\n<h2>{heading}</h2>\n{hint}{body}</section>\n")
}

/// A time to the minute.
fn minute(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

#[cfg(test)]
mod tests;
