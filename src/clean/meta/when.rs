//! When it was published and last changed: chooses among the dates on the page.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use super::date;
use super::gather::Clues;
use super::place::Anchors;
use super::reading::{Read, Reading};
use super::shown::{Of, Place, Shown, afar, shown};
use super::signals::Signals;
use super::text::one_line;

/// The dates of a page.
#[derive(Default)]
pub(super) struct Dates {
    pub published: Option<String>,
    /// The text that `published` was read from, or what the page states where that can't be read.
    pub published_raw: Option<String>,
    pub modified: Option<String>,
}

/// Chooses the dates.
///
/// In order, for both: JSON-LD; the tags; dates in the visible page, marked by `itemprop`, `<time>` or class or
/// standing alone, the nearest to the headline first; for the publication, the address; at last, dates far from
/// the headline. A date by the headline wins over what is stated to machines where it has a label, or where it is
/// of an earlier day: many systems state the day of the last build or import as that of the publication.
pub(super) fn choose(anchors: &Anchors, reading: &Reading<'_>, signals: &Signals) -> Dates {
    let Reading { clues, stated, .. } = reading;
    let shown = shown(clues, anchors);
    let (raw, published) = first(stated.published.as_ref(), &signals.tags.published, reading);
    let (_, modified) = first(stated.modified.as_ref(), &signals.tags.modified, reading);
    let changed = modified.as_ref().and_then(|(date, _)| day(date));
    let published = match published {
        Some((date, raw)) => {
            let date = with_offset(date, clues);
            Some(dateline(&date, changed, &shown, reading).unwrap_or((date, raw)))
        }
        None => visible(&shown, changed, reading)
            .or_else(|| named_tags(clues, signals).find_map(|raw| reading.read(raw)))
            .map(|(date, raw)| (with_offset(date, clues), raw))
            .or_else(|| reading.address())
            .or_else(|| last_resort(changed, reading)),
    };
    let modified = last_change(modified, &shown, reading);
    let (published, published_raw) = published.map_or((None, raw), |(date, raw)| (Some(date), Some(raw)));
    Dates { published, published_raw, modified }
}

/// The first text that is stated to machines, and the first of them that is a date.
fn first(own: Option<&String>, names: &[String], reading: &Reading<'_>) -> (Option<String>, Option<Read>) {
    let said = || own.map(String::as_str).into_iter().chain(tags(reading.clues, names));
    (said().next().map(one_line), said().find_map(|raw| reading.read(raw)))
}

/// Contents of the tags of a list of names, in its order.
fn tags<'c>(clues: &'c Clues<'_>, names: &'c [String]) -> impl Iterator<Item = &'c str> {
    names
        .iter()
        .flat_map(|name| clues.tags.iter().filter(move |(tag, _)| tag == name))
        .map(|(_, content)| *content)
}

/// The date by the headline, where it is to be taken over the one that is stated.
fn dateline(stated: &str, changed: Option<Date>, shown: &[Shown], reading: &Reading<'_>) -> Option<Read> {
    let said = day(stated)?;
    // A stated change after the stated publication speaks for both.
    let is_doubtful = changed.is_none_or(|changed| changed <= said);
    let published = || shown.iter().filter(|shown| shown.of == Of::Publication);
    // `Published 3 May, first published 2 April` has two labels, and the second is that of a draft.
    let agrees = || {
        let mut labelled = published().filter(|shown| shown.is_said);
        labelled.any(|shown| reading.read(&shown.text).is_some_and(|(date, _)| day(&date) == Some(said)))
    };
    for Shown { text, place, is_said, .. } in published() {
        let may_win = match place {
            Place::Original | Place::Labelled | Place::Dateline => true,
            Place::LabelledAfar => is_doubtful,
            Place::Near | Place::Far | Place::Aside => false,
        };
        if !may_win {
            continue;
        }
        let Some(found) = reading.read(text) else { continue };
        let Some(date) = day(&found.0) else { continue };
        if date != said && Some(date) == changed && !is_said {
            continue;
        }
        let wins = match place {
            Place::Original => date != said,
            Place::Labelled => date != said && !agrees(),
            _ => date < said || (date > said && is_local(stated, date)),
        };
        return wins.then_some(found);
    }
    None
}

/// The first date in the visible page that may be that of the publication.
fn visible(shown: &[Shown], changed: Option<Date>, reading: &Reading<'_>) -> Option<Read> {
    let others: Vec<Date> = shown
        .iter()
        .filter(|shown| shown.of != Of::Publication && shown.is_said)
        .filter_map(|shown| day(&reading.read(&shown.text)?.0))
        .collect();
    // What a label calls the day of something else often stands once more without it.
    let is_foreign = |date: Date| is_after(date, changed) || others.contains(&date);
    let mut published = shown.iter().filter(|shown| shown.of == Of::Publication);
    published.find_map(|shown| {
        let found = reading.read(&shown.text)?;
        let date = day(&found.0)?;
        (shown.is_said || !is_foreign(date)).then_some(found)
    })
}

/// The date of the last change: by the headline with a label, stated to machines, elsewhere in the page.
fn last_change(stated: Option<Read>, shown: &[Shown], reading: &Reading<'_>) -> Option<String> {
    let read = |shown: &Shown| reading.read(&shown.text);
    let changes = || shown.iter().filter(|shown| shown.of == Of::LastChange);
    let by_headline =
        |shown: &&Shown| shown.is_said && matches!(shown.place, Place::Labelled | Place::Dateline);
    let labelled = changes().filter(by_headline).find_map(read);
    let is_same_day = |(date, _): &Read| stated.as_ref().is_some_and(|(stated, _)| day(stated) == day(date));
    labelled
        .filter(|labelled| !is_same_day(labelled))
        .or(stated)
        .or_else(|| changes().find_map(read))
        .or_else(|| afar(reading.clues).iter().filter(|shown| shown.of == Of::LastChange).find_map(read))
        .map(|(date, _)| date)
}

/// A date far from the headline: one with a label, or the only one that stands alone.
fn last_resort(changed: Option<Date>, reading: &Reading<'_>) -> Option<Read> {
    let afar = afar(reading.clues);
    let mut lines = afar.iter().filter(|shown| shown.of == Of::Publication);
    if let Some(found) =
        lines.clone().filter(|shown| shown.is_said).find_map(|shown| reading.read(&shown.text))
    {
        return Some(found);
    }
    let found = lines.find_map(|shown| reading.read(&shown.text))?;
    let mut days = lines.filter_map(|shown| day(&reading.read(&shown.text)?.0));
    let date = day(&found.0)?;
    (!is_after(date, changed) && days.all(|day| day == date)).then_some(found)
}

/// Whether a day is after that of the last change, wherever on earth: then it is not that of the publication.
fn is_after(day: Date, changed: Option<Date>) -> bool {
    changed.and_then(|changed| changed.tomorrow().ok()).is_some_and(|limit| day > limit)
}

fn day(date: &str) -> Option<Date> {
    date.get(..10)?.parse().ok()
}

/// Whether an instant in universal time may fall on a day: offsets go from -12 to +14 hours.
fn is_local(stated: &str, date: Date) -> bool {
    let Some(instant) = stated.strip_suffix('Z').and_then(|_| stated.parse::<Timestamp>().ok()) else {
        return false;
    };
    let day_at = |hours: i64| {
        let local = instant.checked_add(SignedDuration::from_hours(hours)).ok()?;
        day(&local.to_string())
    };
    day_at(-12) <= Some(date) && Some(date) <= day_at(14)
}

/// Contents of tags that are in no list but whose names speak of publication.
fn named_tags<'c>(clues: &'c Clues<'_>, signals: &'c Signals) -> impl Iterator<Item = &'c str> {
    clues
        .tags
        .iter()
        .filter(|(name, _)| {
            let roles = signals.name_roles(name);
            roles.may_be_published() && !roles.modified
        })
        .map(|(_, content)| *content)
}

/// The same instant as the page writes it with the offset of its place, for one in universal time.
fn with_offset(date: String, clues: &Clues<'_>) -> String {
    let Some(instant) = date.strip_suffix('Z').and_then(|_| date.parse::<Timestamp>().ok()) else {
        return date;
    };
    let is_same = |other: &String| {
        !other.ends_with('Z') && other.parse::<Timestamp>().is_ok_and(|other| other == instant)
    };
    let values = clues.marks.iter().filter_map(|mark| date::parse(mark.value?, None, None));
    values.into_iter().find(is_same).unwrap_or(date)
}
