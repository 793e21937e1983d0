//! How the work stands, what waits, and what is there: for people and their commands.

use std::collections::BTreeSet;

use jiff::Timestamp;
use postgres::Error;
use postgres::fallible_iterator::FallibleIterator;
use postgres::types::ToSql;

use super::link::{Line, Link};
use super::row::{self, odd};
use super::statements::*;
use crate::article::Article;
use crate::state::StateError;
use crate::state::page::Page;
use crate::state::run::Counts;
use crate::state::status::{Change, Overdue, Selection, Status, Worker};

pub(super) fn status(line: &mut Line, now: Timestamp, counts: Counts) -> Result<Status, StateError> {
    let number = |count: i64| u64::try_from(count).map_err(odd);
    let (hosts, overdue, workers, minute, hour, articles, skew) = line.call(|link| {
        let skew = link.skew;
        let now = skew.theirs(now);
        Ok((
            link.rows(HOSTS_NOW, &[&now])?,
            link.row(OVERDUE, &[&now])?,
            link.rows(WORKERS, &[])?,
            link.rows(LAST_MINUTE, &[])?,
            link.rows(LAST_HOUR, &[])?,
            link.rows(COUNT_ARTICLES, &[])?,
            skew,
        ))
    })?;
    let first = |rows: &[postgres::Row], place: usize| {
        number(rows.first().map(|row| row.get(place)).unwrap_or_default())
    };
    let worker = |row: &postgres::Row| {
        Ok(Worker {
            name: row.get(0),
            started_at: skew.ours(row.get(1)),
            seen_at: skew.ours(row.get(2)),
            is_alive: row.get(3),
            hosts: number(row.get(4))?,
            last_minute: number(row.get(5))?,
        })
    };
    let outcome = |row: &postgres::Row| Ok((row::outcome(row.get(0))?, number(row.get(1))?));
    Ok(Status {
        counts,
        ready: first(&hosts, 0)?,
        resting: first(&hosts, 1)?,
        leased: first(&hosts, 2)?,
        overdue: overdue.map(|row| Overdue { host: row.get(0), since: skew.ours(row.get(1)) }),
        workers: workers.iter().map(worker).collect::<Result<_, StateError>>()?,
        last_minute: first(&minute, 0)?,
        last_hour: hour.iter().map(outcome).collect::<Result<_, StateError>>()?,
        articles: Some(first(&articles, 0)?),
    })
}

/// Changes pages, within a transaction, and gives their number.
pub(super) fn change(link: &mut Link, pages: &Selection, change: Change) -> Result<u64, Error> {
    let rows = match pages {
        Selection::All => link.rows(ALL_PAGES, &[])?,
        Selection::Host(name) => link.rows(PAGES_OF_HOST, &[name])?,
        Selection::Failed(class) => link.rows(FAILED_PAGES, &[&class.map(|class| class.name())])?,
        Selection::Pages(keys) => {
            let keys: Vec<&[u8]> = keys.iter().map(|key| key.0.as_slice()).collect();
            link.rows(PAGES_OF_KEYS, &[&keys])?
        }
    };
    let pages: Vec<i64> = rows.iter().map(|row| row.get(0)).collect();
    let hosts: BTreeSet<i64> = rows.iter().map(|row| row.get(1)).collect();
    let hosts: Vec<i64> = hosts.into_iter().collect();
    let hosts: [&(dyn ToSql + Sync); 1] = [&hosts];
    link.rows(LOCK_HOSTS, &hosts)?;
    match change {
        Change::Retry => {
            link.change(RETRY_PAGES, &[&pages])?;
            link.change(HOSTS_ARE_DUE, &hosts)?;
            link.script("NOTIFY pressclip")?;
        }
        Change::Drop => {
            link.change(DROP_PAGES, &[&pages])?;
            link.change(COUNT_HOSTS_ANEW, &hosts)?;
        }
        Change::Purge => {
            link.change(FORGET_FIRSTS, &[&pages])?;
            link.change(PURGE_PAGES, &[&pages])?;
            link.change(COUNT_HOSTS_ANEW, &hosts)?;
        }
    }
    Ok(pages.len() as u64)
}

/// Reads the pages that are due as they come.
pub(super) fn due(
    line: &mut Line,
    due_by: Timestamp,
    take: &mut dyn FnMut(Timestamp, Page),
) -> Result<(), StateError> {
    line.call(|link| {
        let skew = link.skew;
        let mut rows = link.client().query_raw(ALL_DUE, [skew.theirs(due_by)])?;
        while let Some(row) = rows.next()? {
            match row::page(&row, skew) {
                Ok(page) => take(skew.ours(row.get("next_at")), page),
                Err(error) => return Ok(Err(error)),
            }
        }
        Ok(Ok(()))
    })?
}

/// Reads the articles as they come, so that no more than a few are held at a time.
pub(super) fn articles(line: &mut Line, take: &mut dyn FnMut(Article) -> bool) -> Result<(), StateError> {
    line.call(|link| {
        let nothing: [&str; 0] = [];
        let mut rows = link.client().query_raw(ARTICLES, nothing)?;
        while let Some(row) = rows.next()? {
            match serde_json::from_str(row.get(0)) {
                Ok(article) => {
                    if !take(article) {
                        return Ok(Ok(()));
                    }
                }
                Err(error) => return Ok(Err(odd(error))),
            }
        }
        Ok(Ok(()))
    })?
}
