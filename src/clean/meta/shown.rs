//! Dates that the page shows its readers, the most telling first.

use super::date::{self, Claim, Labelled};
use super::gather::{Clues, Line};
use super::mark::{Mark, Sign};
use super::place::Anchors;
use super::signals::Role;
use super::text::one_line;

/// Texts between the headline and an unmarked date.
const LINE_REACH: usize = 30;
/// Texts between the headline and a dateline that is taken over what the page states to machines.
const DATELINE_REACH: usize = 12;
/// Texts between the headline and a date right under it, in an element whose class says aside.
const UNDER_HEADLINE: usize = 4;
/// Texts between the headline and a date in a side column, with a label.
const COLUMN_REACH: usize = 60;
/// Words of a line that is a date and little else.
const LINE_WORDS: usize = 10;
/// Words of a label in an element of its own.
const LABEL_WORDS: usize = 4;
/// Words of a date and nothing else.
const DATE_WORDS: usize = 3;

/// A text that may hold a date.
pub(super) struct Shown {
    pub text: String,
    pub of: Of,
    /// Whether words say so.
    pub is_said: bool,
    pub place: Place,
}

/// What a date is the date of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    Publication,
    LastChange,
    /// An offer that expires, a rule that takes effect.
    Other,
}

/// Where a date stands, the most telling first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    /// `Originally published`, in the story.
    Original,
    /// By the headline, with a label.
    Labelled,
    /// By the headline.
    Dateline,
    /// Near the headline, or marked by a standard.
    Near,
    /// In a side column or far from the headline, with a label.
    LabelledAfar,
    /// Anywhere else in the story.
    Far,
    /// In an aside, where it is most often that of another story.
    Aside,
}

/// The dates of marked elements and of lines around the headline.
pub(super) fn shown(clues: &Clues<'_>, anchors: &Anchors) -> Vec<Shown> {
    let mut found: Vec<(Key, Shown)> = Vec::new();
    let only = only_property(clues);
    for mark in clues.marks.iter().filter(|mark| matches!(mark.role, Role::Published | Role::Modified)) {
        let aside = mark.aside && !only.is_some_and(|only| std::ptr::eq(only, mark));
        take_mark(mark, aside, anchors.distance(mark.at), &mut found);
    }
    for line in dated(&clues.lines, clues) {
        take_line(line, anchors.distance(line.at), &mut found);
    }
    found.sort_by_key(|(key, _)| *key);
    found.into_iter().map(|(_, shown)| shown).collect()
}

/// Lines with a digit; not those of elements whose class speaks of the last change.
fn dated<'c, 'a>(lines: &'c [Line<'a>], clues: &'c Clues<'a>) -> impl Iterator<Item = &'c Line<'a>> {
    let is_changed = |line: &Line<'_>| {
        clues
            .marks
            .iter()
            .any(|mark| mark.role == Role::Modified && mark.at + 1 == line.at && mark.text == line.text)
    };
    lines.iter().filter(move |line| has_digit(line.text) && !is_changed(line))
}

/// The one date of publication that `itemprop` marks; several are those of other stories or comments.
fn only_property<'c, 'a>(clues: &'c Clues<'a>) -> Option<&'c Mark<'a>> {
    let mut marks =
        clues.marks.iter().filter(|mark| mark.role == Role::Published && mark.sign == Sign::Property);
    let first = marks.next()?;
    marks.next().is_none().then_some(first)
}

/// Place, whether no standard marks it, distance from the headline.
type Key = (Place, bool, usize);

fn take_mark(mark: &Mark<'_>, aside: bool, distance: usize, found: &mut Vec<(Key, Shown)>) {
    if mark.value.is_none() && !has_digit(&mark.text) {
        return;
    }
    let text = with_label(mark.before, &mark.text);
    let labelled = date::by_label(&text);
    let is_telling = matches!(mark.sign, Sign::Property | Sign::Relation);
    let is_line = text.split_whitespace().count() <= LINE_WORDS;
    let Some(place) = place(&labelled, aside, is_telling, is_line, distance) else { return };
    let key = (place, !is_telling, distance);
    // A label that speaks of the last change alone is right, whatever the class says.
    let own = match (&labelled.published, &labelled.modified) {
        (None, Some(_)) => Of::LastChange,
        _ if mark.role == Role::Modified => Of::LastChange,
        _ => Of::Publication,
    };
    let mut push = |text: &str, of: Of, is_said: bool| {
        if has_digit(text) {
            found.push((key, Shown { text: one_line(text), of, is_said, place }));
        }
    };
    if let Some(value) = mark.value {
        push(value, own, labelled.modified.is_some() || labelled.claim != Claim::Unsaid);
    }
    if own == Of::LastChange {
        push(labelled.modified.unwrap_or(&mark.text), own, labelled.modified.is_some());
    } else {
        push_parts(&labelled, &text, push);
    }
}

fn take_line(line: &Line<'_>, distance: usize, found: &mut Vec<(Key, Shown)>) {
    if distance > LINE_REACH {
        return;
    }
    let words = line.text.split_whitespace().count();
    if line.aside && (distance > UNDER_HEADLINE || words > DATE_WORDS) {
        return;
    }
    let text = with_label(line.before, line.text);
    let labelled = date::by_label(&text);
    if words > LINE_WORDS && labelled.claim != Claim::Original {
        return;
    }
    let Some(place) = place(&labelled, false, false, true, distance) else { return };
    push_parts(&labelled, &text, |text, of, is_said| {
        if has_digit(text) {
            found.push(((place, true, distance), Shown { text: one_line(text), of, is_said, place }));
        }
    });
}

fn push_parts(labelled: &Labelled<'_>, text: &str, mut push: impl FnMut(&str, Of, bool)) {
    if let Some(published) = labelled.published {
        push(published, Of::Publication, labelled.claim != Claim::Unsaid);
    }
    if let Some(modified) = labelled.modified {
        push(modified, Of::LastChange, true);
    }
    if labelled.published.or(labelled.modified).is_none() {
        push(text, Of::Other, true);
    }
}

fn has_digit(text: &str) -> bool {
    text.contains(|c: char| c.is_numeric())
}

/// Where a date stands; nothing for one that is not the page's.
fn place(
    labelled: &Labelled<'_>,
    aside: bool,
    is_telling: bool,
    is_line: bool,
    distance: usize,
) -> Option<Place> {
    let claim = labelled.claim;
    if aside {
        let is_said = claim != Claim::Unsaid || labelled.modified.is_some();
        return if is_said && distance <= COLUMN_REACH {
            Some(Place::LabelledAfar)
        } else {
            Some(Place::Aside).filter(|_| distance <= LINE_REACH)
        };
    }
    let is_dateline = is_line && distance <= DATELINE_REACH;
    Some(match claim {
        Claim::Original => Place::Original,
        Claim::Said if is_dateline => Place::Labelled,
        Claim::Unsaid if is_dateline => Place::Dateline,
        _ if distance <= LINE_REACH => Place::Near,
        Claim::Said => Place::LabelledAfar,
        Claim::Unsaid if is_telling => Place::Near,
        Claim::Unsaid => Place::Far,
    })
}

/// A text behind the label in the element before it: `Updated`.
fn with_label(before: &str, text: &str) -> String {
    let is_label = before.split_whitespace().count() <= LABEL_WORDS
        && !before.contains(|c: char| c.is_numeric())
        && date::is_label(before);
    if is_label { format!("{before} {text}") } else { text.to_owned() }
}

/// Lines anywhere in the story that have a label, or else a block of their own: the last resort.
pub(super) fn afar(clues: &Clues<'_>) -> Vec<Shown> {
    let mut found = Vec::new();
    for line in dated(&clues.far, clues).chain(dated(&clues.lines, clues)).filter(|line| !line.aside) {
        let text = with_label(line.before, line.text);
        let is_date = line.alone && line.text.split_whitespace().count() <= DATE_WORDS;
        push_parts(&date::by_label(&text), &text, |text, of, is_said| {
            if is_said || is_date {
                found.push(Shown { text: one_line(text), of, is_said, place: Place::Far });
            }
        });
    }
    found
}
