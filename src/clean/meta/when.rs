//! When it was published and last changed: chooses among the dates on the page.

use jiff::Timestamp;
use url::Url;

use super::date;
use super::gather::Clues;
use super::json_ld::Stated;
use super::mark::{Mark, Sign};
use super::place::Anchors;
use super::signals::{Role, Signals};
use super::text::one_line;

/// Texts between the headline and an unmarked date.
const LINE_REACH: usize = 30;
/// Words of a line that is a date and little else.
const LINE_WORDS: usize = 10;

/// The dates of a page.
#[derive(Default)]
pub(super) struct Dates {
    pub published: Option<String>,
    /// The text that `published` was read from, or what the page states where that can't be read.
    pub published_raw: Option<String>,
    pub modified: Option<String>,
}

/// What the dates are read with.
pub(super) struct Reading<'a> {
    pub language: Option<&'a str>,
    pub now: Option<Timestamp>,
    pub url: Option<&'a Url>,
}

/// Chooses the dates.
///
/// In order, for both: JSON-LD; the tags; `itemprop` and `<time pubdate>`; dates in the visible page, marked
/// by `<time>` or class or standing alone, the nearest to the headline first; at last, for the publication,
/// the address.
pub(super) fn choose(
    clues: &Clues<'_>,
    stated: &Stated,
    anchors: &Anchors,
    reading: &Reading<'_>,
    signals: &Signals,
) -> Dates {
    let visible = visible(clues, anchors);
    let tags = |names: &[String]| -> Vec<String> {
        names
            .iter()
            .flat_map(|name| clues.tags.iter().filter(move |(tag, _)| tag == name))
            .map(|(_, content)| (*content).to_owned())
            .collect()
    };
    let parse = |raw: &str| date::parse(raw, reading.language, reading.now);
    let mut dates = Dates::default();
    let labelled = visible.iter().filter_map(|(role, text)| match role {
        Role::Modified => None,
        _ => date::by_label(text).0,
    });
    let tagged = tags(&signals.tags.published);
    let named = named_tags(clues, signals);
    let said = stated.published.as_deref().into_iter().chain(tagged.iter().map(String::as_str));
    dates.published_raw = said.clone().next().map(one_line);
    for raw in said.chain(labelled).chain(named) {
        if let Some(date) = parse(raw) {
            dates.published = Some(with_offset(date, clues));
            dates.published_raw = Some(one_line(raw));
            break;
        }
    }
    if dates.published.is_none()
        && let Some(path) = reading.url.map(Url::path)
        && let Some(date) = date::from_url(path)
    {
        dates.published = Some(date);
        dates.published_raw = Some(path.to_owned());
    }
    let labelled = visible.iter().filter_map(|(role, text)| match role {
        Role::Modified => Some(date::by_label(text).1.unwrap_or(text)),
        _ => date::by_label(text).1,
    });
    let tagged = tags(&signals.tags.modified);
    dates.modified = stated
        .modified
        .as_deref()
        .into_iter()
        .chain(tagged.iter().map(String::as_str))
        .chain(labelled)
        .find_map(parse);
    dates
}

/// Texts of the visible page that may be dates, the most telling first.
fn visible(clues: &Clues<'_>, anchors: &Anchors) -> Vec<(Role, String)> {
    let mut found: Vec<((bool, bool, usize), Role, String)> = Vec::new();
    let is_date = |mark: &&Mark<'_>| matches!(mark.role, Role::Published | Role::Modified);
    for mark in clues.marks.iter().filter(is_date) {
        let telling = matches!(mark.sign, Sign::Property | Sign::Relation);
        let key = (mark.aside, !telling, anchors.distance(mark.at));
        // A `<time>` in an aside is most often that of another story.
        if mark.aside && key.2 > LINE_REACH {
            continue;
        }
        found.extend(mark.value.map(|value| (key, label(mark), value.to_owned())));
        found.push((key, label(mark), one_line(&mark.text)));
    }
    let mut before = "";
    for line in &clues.lines {
        let distance = anchors.distance(line.at);
        let has_digit = line.text.contains(|c: char| c.is_numeric());
        if has_digit && distance <= LINE_REACH && line.text.split_whitespace().count() <= LINE_WORDS {
            // The text before may be the label: `Updated` in an element of its own.
            let label = if before.contains(|c: char| c.is_numeric()) { "" } else { before };
            found.push((
                (false, true, distance),
                Role::Published,
                one_line(&format!("{label} {}", line.text)),
            ));
        }
        before = if line.text.split_whitespace().count() <= 3 { line.text } else { "" };
    }
    found.sort_by_key(|(key, _, _)| *key);
    found.into_iter().filter(|(_, _, text)| !text.is_empty()).map(|(_, role, text)| (role, text)).collect()
}

/// The role of a mark, after the words in its text.
fn label(mark: &Mark<'_>) -> Role {
    match date::by_label(&mark.text) {
        (None, Some(_)) => Role::Modified,
        _ => mark.role,
    }
}

/// Contents of tags that are in no list but whose names speak of publication.
fn named_tags<'c>(clues: &'c Clues<'_>, signals: &'c Signals) -> impl Iterator<Item = &'c str> {
    clues
        .tags
        .iter()
        .filter(|(name, _)| {
            let roles = signals.name_roles(name);
            roles.published && !roles.modified
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
