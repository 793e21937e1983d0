//! What is most worth a look: doubtful pages, stories whose length has changed suddenly, sites whose pages have changed.

use std::collections::HashSet;

use jiff::SignedDuration;

use super::sites::{Changed, changed};
use super::{Report, section};
use crate::state::figures::{Look, Why};
use crate::write::html::escaped;
use crate::write::spans::safe_url;
use crate::write::tidy::line;

/// Pages that are shown.
const MOST: usize = 12;

/// Pages of earlier runs stay as long as this, so that those of the night are there in the morning.
const STAY: SignedDuration = SignedDuration::from_hours(48);

/// The pages that a report shows, those that are worth most first.
pub fn looks<'r>(report: &Report<'r>) -> Vec<&'r Look> {
    let is_recent = |started_at| report.span.started_at.duration_since(started_at) <= STAY;
    let recent = report.runs.iter().filter(|run| is_recent(run.started_at));
    let mut seen = HashSet::new();
    let looks = recent.flat_map(|run| &run.figures.looks);
    let mut looks: Vec<&Look> = looks.filter(|look| seen.insert(look.source.as_str())).collect();
    looks.sort_by(|one, other| other.why.weight().total_cmp(&one.why.weight()));
    looks.truncate(MOST);
    looks
}

pub(super) fn section_of(report: &Report<'_>) -> String {
    let sites: String = changed(report.runs).iter().map(site).collect();
    let pages: String = looks(report).into_iter().map(page).collect();
    if sites.is_empty() && pages.is_empty() {
        return section("Worth a look", "", "<p>Nothing stands out.</p>\n");
    }
    section("Worth a look", "", &format!("<ul class=\"looks\">\n{sites}{pages}</ul>\n"))
}

fn page(look: &Look) -> String {
    let source = escaped(&line(&look.source));
    let title = look.title.as_deref().map(line).filter(|title| !title.is_empty());
    let title = title.map_or_else(|| source.clone(), |title| escaped(&title));
    let title = match safe_url(&look.source) {
        Some(url) => format!("<a href=\"{}\" dir=\"auto\">{title}</a>", escaped(&url)),
        None => format!("<span dir=\"auto\">{title}</span>"),
    };
    let why = match look.why {
        Why::Doubtful(confidence) => format!("{:.0} % sure what this page is", 100.0 * confidence),
        Why::Length(before, 0) => format!("held a story of {before} words and holds none now"),
        Why::Length(before, now) => format!("has {now} words, had {before}"),
    };
    let how = look.explained.as_deref().map_or_else(
        || command(&look.source),
        |file| format!("<a class=\"how\" href=\"report/{}\">see why</a>", escaped(file)),
    );
    format!("<li><p>{title}</p>\n<p class=\"quiet\">{source}</p>\n<p>{why} · {how}</p></li>\n")
}

fn site(changed: &Changed<'_>) -> String {
    let now = changed.now;
    let why = match changed.cut_before {
        Some(before) => format!("{} % of a page is cut, {before} % was before", now.cut),
        None => format!("{} of {} pages hold a story, most did before", now.stories, now.pages),
    };
    let how = command(&now.example);
    format!(
        "<li><p>{}</p>\n<p class=\"quiet\">its template may have changed</p>\n<p>{why} · {how}</p></li>\n",
        escaped(&line(changed.site))
    )
}

/// The command that explains a page.
fn command(source: &str) -> String {
    let quoted = format!("'{}'", line(source).replace('\'', "'\\''"));
    format!("<code>pressclip explain -o why.html {}</code>", escaped(&quoted))
}
