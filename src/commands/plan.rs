//! `pressclip run --dry-run`: what a run would fetch, when and why, from the state alone.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::path::Path;

use jiff::Timestamp;

use crate::cli::Run;
use crate::fetch::Client;
use crate::source::{Candidate, Location};
use crate::state::host::Wanted;
use crate::state::identity::Digest;
use crate::state::page::Page;
use crate::state::{State, StateError, sqlite};
use crate::summary::DONE;
use crate::write::inert::inert;

/// Hosts whose pages are looked at in one go.
const HOSTS_AT_ONCE: usize = 64;

/// Prints a line a page: when it would be asked for, why, and what it is. First what the sources name, in their order, then
/// what else is due. `state` is where the state is, if there is one.
pub(super) fn show(
    arguments: &Run,
    client: &Client,
    candidates: &[Candidate],
    state: Option<&Path>,
) -> anyhow::Result<u8> {
    let mut state: Option<Box<dyn State>> = match state {
        Some(path) => Some(Box::new(sqlite::open(path)?.state)),
        None => None,
    };
    let now = Timestamp::now();
    let mut lines = Vec::new();
    let mut listed = HashSet::new();
    for candidate in candidates {
        let page = match candidate.page(|url| client.clock_name(url)) {
            Ok(page) => page,
            Err(failure) => {
                lines.push(format!("never\t{}\t{}\n", failure.class, inert(&candidate.source)));
                continue;
            }
        };
        let key = Digest::of_page(&page.url);
        if !listed.insert(key) {
            continue;
        }
        let known = match &mut state {
            Some(state) => state.page(key)?,
            None => None,
        };
        let host = match &mut state {
            Some(state) => state.clock(&page.host)?.map(|clock| clock.next_at),
            None => None,
        };
        let is_wanted_now = arguments.refetch || arguments.input_file.is_some();
        let is_asked_for = is_wanted_now || matches!(candidate.location, Ok(Location::File(_)));
        let due_at = match &known {
            Some(known) if !is_asked_for => known.due_at,
            Some(_) | None => Some(Timestamp::UNIX_EPOCH),
        };
        lines.extend(
            due_at.map(|due_at| {
                line(due_at.max(host.unwrap_or(due_at)), now, known.as_ref(), &candidate.source)
            }),
        );
    }
    if let Some(state) = &mut state {
        lines.extend(unlisted(&mut **state, now, &listed)?);
    }
    lines.truncate(arguments.limit.unwrap_or(usize::MAX));
    super::print(&lines.concat())?;
    Ok(DONE)
}

/// Lines for the pages that are due though no source names them any more.
fn unlisted(
    state: &mut dyn State,
    now: Timestamp,
    listed: &HashSet<Digest>,
) -> Result<Vec<String>, StateError> {
    let wanted = Wanted { now: Timestamp::MAX, due_by: now, hosts: HOSTS_AT_ONCE, pages_a_host: usize::MAX };
    let mut lines = Vec::new();
    loop {
        // What was claimed stays claimed, so that each claim brings the next hosts; nothing of this is kept.
        let claims = state.claim(&wanted)?;
        if claims.is_empty() {
            return Ok(lines);
        }
        for claim in &claims {
            let others = claim.pages.iter().filter(|page| !listed.contains(&Digest::of_page(&page.url)));
            lines.extend(others.map(|page| line(claim.clock.next_at, now, Some(page), page.source())));
        }
    }
}

fn line(at: Timestamp, now: Timestamp, known: Option<&Page>, source: &str) -> String {
    let why = match known.and_then(|page| page.outcome) {
        None => "new",
        Some(outcome) if outcome.is_deferred() => "deferred",
        Some(_) => "revisit",
    };
    let mut line = String::new();
    let when = if at <= now { "now".to_owned() } else { format!("{at:.0}") };
    let _ = writeln!(line, "{when}\t{why}\t{}", inert(source));
    line
}
