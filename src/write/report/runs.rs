//! What the last runs brought: pages by outcome, articles by hour and source, lengths, and shares that were cut.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::chart::{Column, cells, columns};
use super::{minute, section};
use crate::state::figures::{CUTS, LENGTHS};
use crate::state::outcome::Outcome;
use crate::state::run::Run;
use crate::write::html::escaped;
use crate::write::tidy::line;

/// Runs that are shown.
const MOST_RUNS: usize = 40;

/// Runs that the width of the chart is for at least: labels of fewer would run into each other on a phone.
const FEWEST: usize = 8;

/// Hours that are shown, the current one included.
const HOURS: usize = 48;

/// Sources that get a row of their own.
const MOST_SOURCES: usize = 12;

/// The outcomes that are told apart by colour, from the bottom up.
const GROUPS: [(&str, &str); 5] = [
    ("written", "written"),
    ("unchanged", "unchanged"),
    ("aside", "duplicate, older or without a story"),
    ("deferred", "deferred"),
    ("failed", "failed"),
];

fn group(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Written => "written",
        Outcome::Unchanged | Outcome::NotModified => "unchanged",
        Outcome::Duplicate | Outcome::SetAside(_) => "aside",
        Outcome::Deferred(_) => "deferred",
        Outcome::Failed(_) => "failed",
    }
}

/// The pages of the last runs by their outcome. The first run of all has nothing to be compared with and is shown all the
/// same.
pub(super) fn outcomes(runs: &[Run]) -> String {
    let shown: Vec<&Run> = runs.iter().take(MOST_RUNS).rev().collect();
    // Labels of all would run into each other.
    let every = shown.len().max(FEWEST).div_ceil(3);
    let column = |(place, run): (usize, &&Run)| {
        let parts = GROUPS.map(|(class, _)| {
            let of_group = run.outcomes.iter().filter(|(outcome, _)| group(**outcome) == class);
            (class, of_group.map(|(_, count)| *count).sum::<u64>())
        });
        let told =
            parts.iter().filter(|(_, count)| *count > 0).map(|(class, count)| format!("{count} {class}"));
        let told: Vec<String> = told.collect();
        let end = if run.ended_at.is_none() { " (not ended)" } else { "" };
        let label = (shown.len() - 1 - place)
            .is_multiple_of(every)
            .then(|| run.started_at.strftime("%d %b %H:%M").to_string());
        Column {
            label: label.unwrap_or_default(),
            title: format!(
                "{}{end}: {}",
                minute(run.started_at),
                if told.is_empty() { "nothing".to_owned() } else { told.join(", ") }
            ),
            parts: parts.to_vec(),
        }
    };
    let drawn: Vec<Column> = shown.iter().enumerate().map(column).collect();
    let legend: String =
        GROUPS.map(|(class, words)| format!("<li class=\"{class}\">{words}</li>\n")).concat();
    let body = format!(
        "{}<ul class=\"legend\">\n{legend}</ul>\n",
        columns("Pages of the last runs by outcome", &drawn, FEWEST)
    );
    section("Pages by outcome", &format!("The last {} runs, times in UTC.", shown.len()), &body)
}

/// Articles that were written, by the hour of the run and by source.
pub(super) fn hours(runs: &[Run]) -> String {
    let Some(now) = runs.first().map(|run| run.started_at) else { return String::new() };
    let hour = |time: Timestamp| time.as_second().div_euclid(3600);
    let mut by_source: BTreeMap<&str, [u64; HOURS]> = BTreeMap::new();
    for run in runs {
        let Ok(ago) = usize::try_from(hour(now) - hour(run.started_at)) else { continue };
        for (source, count) in run.figures.written.iter().filter(|_| ago < HOURS) {
            by_source.entry(source).or_insert([0; HOURS])[HOURS - 1 - ago] += count;
        }
    }
    let mut rows: Vec<(&str, [u64; HOURS])> = by_source.into_iter().collect();
    rows.sort_by_key(|(_, hours)| std::cmp::Reverse(hours.iter().sum::<u64>()));
    let others = rows.split_off(rows.len().min(MOST_SOURCES));
    if !others.is_empty() {
        let sum = |place: usize| others.iter().map(|(_, hours)| hours[place]).sum();
        rows.push(("all others", std::array::from_fn(sum)));
    }
    if rows.is_empty() {
        return String::new();
    }
    let most = rows.iter().flat_map(|(_, hours)| hours).max().copied().unwrap_or(0);
    let row = |(source, hours): &(&str, [u64; HOURS])| {
        let title = |(place, count): (usize, &u64)| {
            let ago = SignedDuration::from_hours((HOURS - 1 - place) as i64);
            let at = now.checked_sub(ago).unwrap_or(now).strftime("%d %b %H:00 UTC");
            (*count, format!("{at}: {count}"))
        };
        let told: Vec<(u64, String)> = hours.iter().enumerate().map(title).collect();
        let name =
            if source.is_empty() { "from earlier versions".to_owned() } else { escaped(&line(source)) };
        let sum: u64 = hours.iter().sum();
        format!("<div class=\"row\"><span>{name}</span>{}<b>{sum}</b></div>\n", cells(&told, most))
    };
    let rows: String = rows.iter().map(row).collect();
    let axis = "<div class=\"row axis\"><span></span><span><i>48 hours ago</i><i>24</i><i>now</i></span><b></b></div>\n";
    section("Articles by hour and source", "When they were written, in the last 48 hours.", &(rows + axis))
}

/// How long the stories of the last runs are, and how much of their pages was cut.
pub(super) fn distributions(runs: &[Run]) -> String {
    let sum = |counts: &dyn Fn(&Run) -> u32| -> u64 { runs.iter().map(|run| u64::from(counts(run))).sum() };
    let lengths: [u64; LENGTHS.len() + 1] =
        std::array::from_fn(|place| sum(&|run| run.figures.lengths[place]));
    let cuts: [u64; CUTS] = std::array::from_fn(|place| sum(&|run| run.figures.cuts[place]));
    let stories: u64 = lengths.iter().sum();
    if stories == 0 {
        return String::new();
    }
    let column = |label: String, what: &str, count: u64| Column {
        title: format!("{count} stories {what}"),
        label,
        parts: vec![("plain", count)],
    };
    let below = |place: usize| {
        LENGTHS.get(place).map_or_else(|| format!("{}+", LENGTHS[place - 1]), |bound| format!("&lt;{bound}"))
    };
    let lengths: Vec<Column> = lengths
        .iter()
        .enumerate()
        .map(|(place, count)| column(below(place), "of this length", *count))
        .collect();
    let width = 100 / CUTS;
    let cuts: Vec<Column> = cuts
        .iter()
        .enumerate()
        .map(|(place, count)| {
            let label = if place % 2 == 0 { format!("{}", place * width) } else { String::new() };
            column(
                label,
                &format!("on pages of which {}–{} % was cut", place * width, (place + 1) * width),
                *count,
            )
        })
        .collect();
    let body = format!(
        "<div class=\"two\">\n<div>\n<h3>Length, in words</h3>\n{}</div>\n<div>\n<h3>Share of the page that was cut, in percent</h3>\n\
        {}</div>\n</div>\n",
        columns("Stories by length", &lengths, 1),
        columns("Stories by the share that was cut", &cuts, 1),
    );
    section(
        "What stories are like",
        &format!("{stories} stories that the last {} runs had.", runs.len()),
        &body,
    )
}
