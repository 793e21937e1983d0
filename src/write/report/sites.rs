//! Sites: how fast they answer, and which of them have other pages than before.

use std::collections::BTreeMap;

use super::chart::bar;
use super::section;
use crate::state::figures::HostFigures;
use crate::state::run::Run;
use crate::write::html::escaped;
use crate::write::tidy::line;

/// Sites whose times are shown: the slowest.
const MOST_SITES: usize = 15;

/// Pages of a site in a run, and stories of it in the runs before, from which on they are compared.
const ENOUGH: (u32, u32) = (3, 5);

/// Percentage points by which the share that is cut must move.
const SUDDEN: u32 = 25;

/// How a site has changed.
#[derive(Debug, PartialEq)]
pub(super) struct Changed<'r> {
    pub(super) site: &'r str,
    pub(super) now: &'r HostFigures,
    /// The share of a page that was cut before, in percent, where that is what has changed; else its pages hold no stories any
    /// more.
    pub(super) cut_before: Option<u32>,
}

/// How fast the sites answered when they were last asked, the slowest first.
pub(super) fn latency(runs: &[Run]) -> String {
    let mut sites: BTreeMap<&str, &HostFigures> = BTreeMap::new();
    for run in runs.iter().rev() {
        sites.extend(
            run.figures
                .hosts
                .iter()
                .filter(|(_, host)| host.longest_ms > 0)
                .map(|(name, host)| (name.as_str(), host)),
        );
    }
    let mut sites: Vec<(&str, &HostFigures)> = sites.into_iter().collect();
    sites.sort_by_key(|(_, host)| std::cmp::Reverse(host.mean_ms));
    let all = sites.len();
    sites.truncate(MOST_SITES);
    let Some(longest) = sites.iter().map(|(_, host)| host.longest_ms).max() else { return String::new() };
    let share = |time: u32| f64::from(time) / f64::from(longest);
    let row = |(name, host): &(&str, &HostFigures)| {
        format!(
            "<div class=\"row\"><span>{}</span>{}<b title=\"the longest took {}\">{}</b></div>\n",
            escaped(&line(name)),
            bar(share(host.mean_ms), share(host.longest_ms)),
            time(host.longest_ms),
            time(host.mean_ms),
        )
    };
    let rows: String = sites.iter().map(row).collect();
    let of = if all > sites.len() {
        format!("The slowest {} of {all} sites", sites.len())
    } else {
        "Each site".to_owned()
    };
    let hint =
        format!("{of} when it was last asked: the mean time of an answer; the thin line is the longest.");
    section("How fast sites answer", &hint, &rows)
}

fn time(milliseconds: u32) -> String {
    match milliseconds {
        0..1000 => format!("{milliseconds} ms"),
        _ => format!("{:.1} s", f64::from(milliseconds) / 1000.0),
    }
}

/// The sites whose pages differ in this run from what they were in the runs before: their template may have changed.
pub(super) fn changed(runs: &[Run]) -> Vec<Changed<'_>> {
    let Some((this, before)) = runs.split_first() else { return Vec::new() };
    let hosts = this.figures.hosts.iter().filter(|(_, now)| now.pages >= ENOUGH.0);
    hosts
        .filter_map(|(site, now)| {
            let before: Vec<&HostFigures> =
                before.iter().filter_map(|run| run.figures.hosts.get(site)).collect();
            let (pages, stories) =
                before.iter().fold((0, 0), |sum, host| (sum.0 + host.pages, sum.1 + host.stories));
            if stories < ENOUGH.1 {
                return None;
            }
            let holds_no_more = stories * 2 > pages && now.stories * 5 < now.pages;
            let mut cuts: Vec<u32> =
                before.iter().filter(|host| host.stories > 0).map(|host| host.cut).collect();
            cuts.sort_unstable();
            let cut = cuts[cuts.len() / 2];
            let is_sudden = now.stories >= ENOUGH.0 && cut.abs_diff(now.cut) >= SUDDEN;
            let changed = Changed { site, now, cut_before: is_sudden.then_some(cut) };
            (holds_no_more || is_sudden).then_some(changed)
        })
        .collect()
}
