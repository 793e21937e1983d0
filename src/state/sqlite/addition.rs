//! Adding pages to the frontier, with their hosts and sources.

use std::collections::HashMap;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

use super::row::milliseconds;
use super::statements::{ADD_HINTS, ADD_HOST, ADD_PAGE, ADD_SOURCE, HOST_ID, HOST_IS_DUE, SOURCE_ID};
use crate::state::identity::Digest;
use crate::state::page::NewPage;
use crate::state::source::MOST_CONTENT;
use crate::state::{Added, StateError};

/// Adds pages in their order, in one transaction.
pub(super) fn add(db: &mut Connection, pages: &[NewPage], now: Timestamp) -> Result<Added, StateError> {
    let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut hosts: HashMap<&str, i64> = HashMap::new();
    let mut sources: HashMap<&str, i64> = HashMap::new();
    let mut due = Vec::new();
    for page in pages {
        let host = match hosts.get(page.host.as_str()) {
            Some(host) => *host,
            None => row_of(&transaction, &page.host, HOST_ID, ADD_HOST)?,
        };
        hosts.insert(&page.host, host);
        let found_by = match page.found_by.as_deref() {
            None => None,
            Some(name) => match sources.get(name) {
                Some(source) => Some(*source),
                None => Some(row_of(&transaction, name, SOURCE_ID, ADD_SOURCE)?),
            },
        };
        if let (Some(name), Some(source)) = (page.found_by.as_deref(), found_by) {
            sources.insert(name, source);
        }
        let (key, url) = (Digest::of_page(&page.url), page.url.as_str());
        let values = params![key.0, host, url, page.source, page.name, milliseconds(now), found_by];
        if transaction.prepare_cached(ADD_PAGE)?.execute(values)? == 1 {
            add_hints(&transaction, transaction.last_insert_rowid(), page)?;
            due.push(host);
        }
    }
    let new = due.len();
    due.sort_unstable();
    due.dedup();
    for host in due {
        transaction.prepare_cached(HOST_IS_DUE)?.execute([host])?;
    }
    transaction.commit()?;
    Ok(Added { new, known: pages.len() - new })
}

/// The row with this name that the statement `known` finds, or that `new` makes where there is none.
fn row_of(db: &Connection, name: &str, known: &str, new: &str) -> rusqlite::Result<i64> {
    let row = db.prepare_cached(known)?.query_row([name], |row| row.get(0)).optional()?;
    if let Some(row) = row {
        return Ok(row);
    }
    db.prepare_cached(new)?.execute([name])?;
    Ok(db.last_insert_rowid())
}

/// Remembers what the source says about a new page. A content that is too long is no help that is worth its room.
fn add_hints(db: &Connection, id: i64, page: &NewPage) -> rusqlite::Result<()> {
    let content = page.content.as_ref().filter(|content| content.len() <= MOST_CONTENT);
    if page.hints.is_empty() && content.is_none() {
        return Ok(());
    }
    let published = page.hints.published.map(milliseconds);
    db.prepare_cached(ADD_HINTS)?.execute(params![id, page.hints.title, published, content])?;
    Ok(())
}
