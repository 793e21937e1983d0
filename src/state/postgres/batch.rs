//! What is done for many pages at once, an array a column.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use postgres::Error;
use serde_json::Value;

use super::clock::Skew;
use super::link::Link;
use super::statements::*;
use crate::article::Article;
use crate::state::duplicate::Fingerprint;
use crate::state::host::Clock;
use crate::state::host::pause;
use crate::state::identity::Digest;
use crate::state::outcome::Outcome;
use crate::state::output::Extent;
use crate::state::page::{NewPage, Page, PageId, Story};
use crate::state::source::MOST_CONTENT;
use crate::state::{Added, Record};
use jiff::Timestamp;

/// Makes an array of what `$value` is for each `$item`.
macro_rules! column {
    ($items:expr, $item:pat => $value:expr) => {
        $items.iter().map(|$item| $value).collect::<Vec<_>>()
    };
}

/// Adds pages, in one transaction, and gives what became of them.
pub(super) fn add(link: &mut Link, pages: &[NewPage], now: Timestamp) -> Result<Added, Error> {
    let skew = link.skew;
    let mut first: HashMap<[u8; 16], usize> = HashMap::new();
    let keys: Vec<[u8; 16]> = pages.iter().map(|page| Digest::of_page(&page.url).0).collect();
    for (place, key) in keys.iter().enumerate() {
        first.entry(*key).or_insert(place);
    }
    let known: BTreeSet<Vec<u8>> =
        link.rows(KNOWN_KEYS, &[&slices(&keys)])?.iter().map(|row| row.get(0)).collect();
    let places: Vec<usize> = (0..pages.len())
        .filter(|place| first[&keys[*place]] == *place && !known.contains(keys[*place].as_slice()))
        .collect();
    if places.is_empty() {
        return Ok(Added { new: 0, known: pages.len() });
    }
    let new = column!(places, place => &pages[*place]);
    link.script("BEGIN")?;
    let added = add_new(link, &new, &slices(&column!(places, place => keys[*place])), skew.theirs(now));
    let added = match added {
        Ok(added) => added,
        Err(error) => {
            let _ = link.script("ROLLBACK");
            return Err(error);
        }
    };
    link.script(if added > 0 { "NOTIFY pressclip; COMMIT" } else { "COMMIT" })?;
    Ok(Added { new: added, known: pages.len() - added })
}

fn slices(keys: &[[u8; 16]]) -> Vec<&[u8]> {
    keys.iter().map(<[u8; 16]>::as_slice).collect()
}

fn add_new(link: &mut Link, pages: &[&NewPage], keys: &[&[u8]], now: i64) -> Result<usize, Error> {
    let names = |names: BTreeSet<&str>| names.into_iter().map(str::to_owned).collect::<Vec<_>>();
    let hosts = names(pages.iter().map(|page| page.host.as_str()).collect());
    link.change(ADD_HOSTS, &[&hosts])?;
    let hosts = ids(link, LOCK_NAMED, &hosts)?;
    let sources = names(pages.iter().filter_map(|page| page.found_by.as_deref()).collect());
    link.change(ADD_SOURCES, &[&sources])?;
    let sources = ids(link, SOURCE_IDS, &sources)?;
    let rows = link.rows(
        ADD_PAGES,
        &[
            &keys,
            &column!(pages, page => hosts.get(&page.host)),
            &column!(pages, page => page.url.as_str()),
            &column!(pages, page => page.source.as_deref().map(plain)),
            &column!(pages, page => page.name.as_deref().map(plain)),
            &column!(pages, page => page.found_by.as_ref().and_then(|name| sources.get(name))),
            &now,
        ],
    )?;
    let by_key: HashMap<&[u8], &NewPage> = keys.iter().copied().zip(pages.iter().copied()).collect();
    let content =
        |page: &NewPage| page.content.as_deref().filter(|content| content.len() <= MOST_CONTENT).map(plain);
    let told: Vec<(i64, &NewPage)> = rows
        .iter()
        .map(|row| (row.get(0), by_key[row.get::<_, &[u8]>(1)]))
        .filter(|(_, page)| !page.hints.is_empty() || content(page).is_some())
        .collect();
    if !told.is_empty() {
        link.change(
            ADD_HINTS,
            &[
                &column!(told, (id, _) => *id),
                &column!(told, (_, page) => page.hints.title.as_deref().map(plain)),
                &column!(told, (_, page) => page.hints.published.map(|time| Skew::default().theirs(time))),
                &column!(told, (_, page) => content(page)),
            ],
        )?;
    }
    let due: BTreeSet<i64> = rows.iter().map(|row| row.get(2)).collect();
    link.change(HOSTS_ARE_DUE, &[&due.into_iter().collect::<Vec<_>>()])?;
    Ok(rows.len())
}

fn ids(link: &mut Link, select: &'static str, names: &[String]) -> Result<HashMap<String, i64>, Error> {
    Ok(link.rows(select, &[&names])?.iter().map(|row| (row.get(1), row.get(0))).collect())
}

/// Text as a database takes it: it has no room for a NUL.
fn plain(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

/// Records pages within a transaction, and gives those that are refused. What it did counts only if there are none.
pub(super) fn record(
    link: &mut Link,
    (worker, held): (i64, &BTreeMap<i64, i64>),
    records: &[Record],
) -> Result<Vec<PageId>, Error> {
    let skew = link.skew;
    // A lease of which this process knows better is lost without a question.
    let mut leases: BTreeMap<i64, i64> = BTreeMap::new();
    for Record { lease, .. } in records {
        if held.get(&lease.host) == Some(&lease.epoch) {
            leases.insert(lease.host, lease.epoch);
        }
    }
    let (hosts, epochs): (Vec<i64>, Vec<i64>) = leases.iter().map(|(host, epoch)| (*host, *epoch)).unzip();
    let rows = link.rows(LOCK_LEASED, &[&hosts, &epochs, &worker])?;
    let ours: BTreeSet<i64> = rows.iter().map(|row| row.get(0)).collect();
    let is_ours = |record: &Record| {
        ours.contains(&record.lease.host) && leases.get(&record.lease.host) == Some(&record.lease.epoch)
    };
    // Of several records of one page the last one counts.
    let last: BTreeMap<PageId, &Record> =
        records.iter().filter(|record| is_ours(record)).map(|record| (record.page.id, record)).collect();
    let written = update_pages(link, &last.values().copied().collect::<Vec<_>>(), skew)?;
    let is_refused = |record: &&Record| !is_ours(record) || !written.contains(&record.page.id.0);
    let refused: Vec<PageId> = records.iter().filter(is_refused).map(|record| record.page.id).collect();
    if !refused.is_empty() {
        return Ok(refused);
    }
    let stories: Vec<(i64, &Story)> =
        last.values().filter_map(|record| Some((record.page.id.0, record.page.story.as_ref()?))).collect();
    if !stories.is_empty() {
        put_stories(link, &stories, skew)?;
    }
    let articles: BTreeMap<i64, &Article> =
        records.iter().filter_map(|record| Some((record.page.id.0, record.article.as_deref()?))).collect();
    if !articles.is_empty() {
        let pages: Vec<i64> = articles.keys().copied().collect();
        let texts: Vec<String> = articles.values().map(|article| json(article)).collect();
        link.change(PUT_ARTICLES, &[&pages, &texts])?;
    }
    let clocks: BTreeMap<i64, Clock> =
        records.iter().map(|record| (record.lease.host, record.clock)).collect();
    let values = column!(clocks.values().collect::<Vec<_>>(), clock => (skew.theirs(clock.next_at), clock.delay.map(pause)));
    let (next, delays): (Vec<i64>, Vec<Option<i64>>) = values.into_iter().unzip();
    link.change(UPDATE_HOSTS, &[&clocks.keys().copied().collect::<Vec<_>>(), &next, &delays])?;
    tally(link, worker, last.values().filter_map(|record| record.page.outcome))?;
    Ok(Vec::new())
}

fn update_pages(link: &mut Link, records: &[&Record], skew: Skew) -> Result<BTreeSet<i64>, Error> {
    let ours = |time: Option<Timestamp>| time.map(|time| skew.theirs(time));
    let number = |count: u32| i32::try_from(count).unwrap_or(i32::MAX);
    let page = |record: &Record| record.page.clone();
    let pages: Vec<Page> = records.iter().map(|record| page(record)).collect();
    let rows = link.rows(
        UPDATE_PAGES,
        &[
            &column!(pages, page => page.id.0),
            &column!(records, record => record.lease.host),
            &column!(pages, page => ours(page.due_at)),
            &column!(pages, page => page.outcome.is_some_and(Outcome::is_deferred)),
            &column!(pages, page => ours(page.visited_at)),
            &column!(pages, page => page.outcome.map(Outcome::name)),
            &column!(pages, page => number(page.tries)),
            &column!(pages, page => number(page.unchanged)),
            &column!(pages, page => page.answer.url.as_ref().map(url::Url::as_str)),
            &column!(pages, page => page.answer.etag.as_deref().map(plain)),
            &column!(pages, page => page.answer.last_modified.as_deref().map(plain)),
        ],
    )?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

fn put_stories(link: &mut Link, stories: &[(i64, &Story)], skew: Skew) -> Result<(), Error> {
    // Duplicates are not found by themselves, so that all of them name the story that was first.
    let bands = |story: &Story| {
        let fingerprint = story.fingerprint.filter(|_| story.duplicate_of.is_none());
        let bands: Option<Vec<String>> = fingerprint
            .as_ref()
            .map(|fingerprint| Fingerprint::bands(fingerprint).map(|band| band.to_string()).collect());
        bands.map(|bands| format!("{{{}}}", bands.join(",")))
    };
    let keys = column!(stories, (_, story) => Digest::of(&story.canonical).0);
    link.change(
        PUT_STORIES,
        &[
            &column!(stories, (page, _) => *page),
            &column!(stories, (_, story) => story.body.0.as_slice()),
            &column!(stories, (_, story) => story.text.0.as_slice()),
            &column!(stories, (_, story) => story.canonical.as_str()),
            &slices(&keys),
            &column!(stories, (_, story) => story.published.map(|time| Skew::default().theirs(time))),
            &column!(stories, (_, story) => story.fingerprint.as_ref().map(|fingerprint| fingerprint.0.as_slice())),
            &column!(stories, (_, story) => bands(story)),
            &column!(stories, (_, story) => i32::try_from(story.revision).unwrap_or(i32::MAX)),
            &column!(stories, (_, story) => skew.theirs(story.changed_at)),
            &column!(stories, (_, story) => story.written_to.as_deref()),
            &column!(stories, (_, story) => story.duplicate_of.map(|page| page.0)),
            &column!(stories, (_, story) => i32::try_from(story.words).unwrap_or(i32::MAX)),
        ],
    )?;
    link.change(FORGET_CONTENTS, &[&column!(stories, (page, _) => *page)])?;
    Ok(())
}

fn tally(link: &mut Link, worker: i64, outcomes: impl Iterator<Item = Outcome>) -> Result<(), Error> {
    let mut counts: BTreeMap<String, i64> = BTreeMap::new();
    for outcome in outcomes {
        *counts.entry(outcome.name()).or_default() += 1;
    }
    let (names, pages): (Vec<String>, Vec<i64>) = counts.into_iter().unzip();
    link.change(TALLY, &[&worker, &names, &pages])?;
    Ok(())
}

/// Notes how far the outputs of the worker of this name have grown.
pub(super) fn set_extents(link: &mut Link, worker: &str, extents: &[Extent]) -> Result<(), Error> {
    if extents.is_empty() {
        return Ok(());
    }
    link.change(
        SET_EXTENTS,
        &[
            &worker,
            &column!(extents, extent => extent.name.as_str()),
            &column!(extents, extent => i64::try_from(extent.length).unwrap_or(i64::MAX)),
            &column!(extents, extent => extent.tail.0.as_slice()),
            &column!(extents, extent => extent.is_superseded),
        ],
    )?;
    Ok(())
}

/// The record of an article as JSON that a database takes.
fn json(article: &Article) -> String {
    let text = serde_json::to_string(article).expect("text, numbers and lists of them are always JSON");
    if !text.contains("\\u0000") {
        return text;
    }
    let mut value = serde_json::from_str(&text).expect("it was just written");
    without_nul(&mut value);
    value.to_string()
}

/// Takes NUL out of all text. A record is a few levels deep.
fn without_nul(value: &mut Value) {
    match value {
        Value::String(text) => *text = plain(text),
        Value::Array(items) => items.iter_mut().for_each(without_nul),
        Value::Object(fields) => fields.values_mut().for_each(without_nul),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_record_has_no_nul_and_is_else_as_it_was() {
        let article = Article {
            title: Some("a\0b".to_owned()),
            tags: vec!["\0".to_owned()],
            body: "\\u0000".to_owned(),
            ..Article::default()
        };
        let read: Article = serde_json::from_str(&json(&article)).unwrap();
        assert_eq!((read.title.as_deref(), read.tags[0].as_str()), (Some("a\u{fffd}b"), "\u{fffd}"));
        assert_eq!(read.body, article.body);
    }
}
