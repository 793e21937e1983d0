//! `pressclip queue`: what waits, changed by hand.

use jiff::Timestamp;

use crate::cli::{Common, Failing, Queue};
use crate::config::{Config, ConfigError};
use crate::fetch::Client;
use crate::source::{Candidate, list};
use crate::state::identity::Digest;
use crate::state::page::NewPage;
use crate::state::status::{Change, Selection};
use crate::summary::DONE;

use super::look;
use super::say::say;

pub(super) fn queue(action: &Queue, common: &Common, config: &Config) -> anyhow::Result<u8> {
    let client = Client::new(&config.fetch)?;
    let said = match action {
        Queue::Add { sources, input_file } => {
            let mut candidates = list::parse(&sources.join("\n"), "".as_ref());
            if let Some(path) = input_file {
                candidates.extend(super::entries(path)?);
            }
            let pages = pages(&candidates, &client)?;
            let (mut state, _locks) = look::open_to_change(config)?;
            let added = state.add(&pages, Timestamp::now())?;
            state.close()?;
            format!("{} pages are new, {} were known\n", added.new, added.known)
        }
        Queue::Retry { what, failed } => {
            let mut selections = selections(what, &client)?;
            selections.extend(failed.map(|Failing(class)| Selection::Failed(class)));
            format!("{} pages are due now\n", change(&selections, Change::Retry, config)?)
        }
        Queue::Drop { what } => {
            let count = change(&selections(what, &client)?, Change::Drop, config)?;
            format!("{count} pages are left alone from now on\n")
        }
        Queue::Purge { what, all } => {
            let mut selections = selections(what, &client)?;
            selections.extend(all.then_some(Selection::All));
            format!("{} pages are forgotten\n", change(&selections, Change::Purge, config)?)
        }
    };
    if !common.quiet {
        say(common.log_format, &said);
    }
    Ok(DONE)
}

/// The pages of candidates, all of which must be some.
fn pages(candidates: &[Candidate], client: &Client) -> anyhow::Result<Vec<NewPage>> {
    let page = |candidate: &Candidate| {
        let page = candidate.page(|url| client.clock_name(url));
        page.map_err(|failure| {
            ConfigError::Unsound(format!("`{}`: {}", candidate.source, failure.message)).into()
        })
    };
    candidates.iter().map(page).collect()
}

/// What is meant by URLs, paths and names of hosts.
fn selections(what: &[String], client: &Client) -> anyhow::Result<Vec<Selection>> {
    let (pages_named, hosts): (Vec<&String>, Vec<&String>) =
        what.iter().partition(|what| what.contains(['/', '\\']));
    let mut selections: Vec<Selection> = hosts.into_iter().cloned().map(Selection::Host).collect();
    if !pages_named.is_empty() {
        let lines: Vec<&str> = pages_named.into_iter().map(String::as_str).collect();
        let pages = pages(&list::parse(&lines.join("\n"), "".as_ref()), client)?;
        selections.push(Selection::Pages(pages.iter().map(|page| Digest::of_page(&page.url)).collect()));
    }
    Ok(selections)
}

fn change(selections: &[Selection], change: Change, config: &Config) -> anyhow::Result<u64> {
    let (mut state, _locks) = look::open_to_change(config)?;
    let mut count = 0;
    for selection in selections {
        count += state.change(selection, change)?;
    }
    state.close()?;
    Ok(count)
}
