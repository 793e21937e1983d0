//! `pressclip run --dry-run`: what a run would fetch, when and why, from the state alone.

use std::collections::HashSet;
use std::fmt::Write as _;

use jiff::Timestamp;

use crate::cli::Run;
use crate::config::{Source, Target};
use crate::fetch::Client;
use crate::pipeline::Workshop;
use crate::pipeline::discover::{Found, discover, is_saved, rests_until};
use crate::source::Candidate;
use crate::state::State;
use crate::state::identity::Digest;
use crate::state::page::Page;
use crate::state::scope::Scope;
use crate::summary::DONE;
use crate::write::inert::inert;

/// Prints a line a page: when it would be asked for, why, and what it is. First the sources on the web, which are not asked,
/// then what the others name, in their order, then what else is due. Nothing is changed in the state, which may not be there yet.
pub(super) async fn show(
    arguments: &Run,
    shop: &Workshop,
    sources: &[Source],
    mut state: Option<Box<dyn State>>,
) -> anyhow::Result<u8> {
    let client = shop.client();
    let now = Timestamp::now();
    let mut lines = Vec::new();
    let mut listed = HashSet::new();
    let mut local = Vec::new();
    for source in sources {
        let rests_until = match &mut state {
            Some(state) if !arguments.refetch => rests_until(source, state.asked_at(&source.title())?, now),
            Some(_) | None => None,
        };
        if rests_until.is_some() || is_on_the_web(source) {
            let when = written(rests_until.unwrap_or(now), now);
            lines.push(format!("{when}\tsource\t{}{}\n", inert(&source.title()), bounds(source)));
        } else {
            local.push(source.clone());
        }
    }
    let found = discover(shop, &local, state.as_deref_mut(), now, arguments.refetch).await?;
    if let (Some(state), Some(scope)) = (&mut state, scope(arguments, sources, &found, client)) {
        state.restrict(&scope, now)?;
    }
    for (what, refusal) in found.iter().flat_map(|found| &found.failures) {
        lines.push(format!("never\t{}\t{}\n", refusal.failure.class, inert(what)));
    }
    for candidate in found.iter().flat_map(|found| &found.candidates) {
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
        let is_asked_for = is_wanted_now || is_saved(candidate);
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
        // What is due though no source names it any more.
        state.due(now, &mut |host, page| {
            if !listed.contains(&Digest::of_page(&page.url)) {
                lines.push(line(host, now, Some(&page), page.source()));
            }
        })?;
    }
    lines.truncate(arguments.limit.unwrap_or(usize::MAX));
    super::print(&lines.concat())?;
    Ok(DONE)
}

/// What a run that is to ask `asked` alone is about, once these have said what they name: that, and what they found in
/// earlier runs. A list that takes the place of the configured sources is about what it names now. `None` for a run that is
/// about everything.
pub(super) fn scope(arguments: &Run, asked: &[Source], found: &[Found], client: &Client) -> Option<Scope> {
    if arguments.sources.is_empty() && arguments.input_file.is_none() {
        return None;
    }
    let sources = match arguments.input_file {
        Some(_) => Vec::new(),
        None => asked.iter().map(Source::title).collect(),
    };
    let candidates = found.iter().flat_map(|found| &found.candidates);
    let page = |candidate: &Candidate| candidate.page(|url| client.clock_name(url)).ok();
    let pages = candidates.filter_map(page).map(|page| Digest::of_page(&page.url)).collect();
    Some(Scope { sources, pages })
}

/// Whether asking a source needs the network.
pub(super) fn is_on_the_web(source: &Source) -> bool {
    match source.target() {
        Ok(
            Target::Feed(_) | Target::Sitemap(_) | Target::Page(_) | Target::Opml(_) | Target::OpmlFile(_),
        ) => true,
        Ok(Target::Stdin | Target::List(_) | Target::Files(_) | Target::Warc(_)) | Err(_) => false,
    }
}

/// What bounds a source, as a further column.
fn bounds(source: &Source) -> String {
    let duration = |name: &str, value| format!("{name} {}", humantime::format_duration(value));
    let every = (!source.every.is_zero()).then(|| duration("every", source.every));
    let max_age = source.max_age.map(|age| duration("max_age", age));
    let limit = source.limit.map(|limit| format!("limit {limit}"));
    let bounds: Vec<String> = [every, max_age, limit].into_iter().flatten().collect();
    if bounds.is_empty() { String::new() } else { format!("\t{}", bounds.join(", ")) }
}

fn written(at: Timestamp, now: Timestamp) -> String {
    if at <= now { "now".to_owned() } else { format!("{at:.0}") }
}

fn line(at: Timestamp, now: Timestamp, known: Option<&Page>, source: &str) -> String {
    let why = match known.and_then(|page| page.outcome) {
        None => "new",
        Some(outcome) if outcome.is_deferred() => "deferred",
        Some(_) => "revisit",
    };
    let mut line = String::new();
    let when = written(at, now);
    let _ = writeln!(line, "{when}\t{why}\t{}", inert(source));
    line
}
