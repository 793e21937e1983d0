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
        None => unstated(&shown, changed, reading, signals),
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

/// The date of publication where none is stated to machines in a name that is known.
fn unstated(
    shown: &[Shown],
    changed: Option<Date>,
    reading: &Reading<'_>,
    signals: &Signals,
) -> Option<Read> {
    let others: Vec<Date> = shown
        .iter()
        .filter(|shown| shown.of == Of::Other)
        .filter_map(|shown| day(&reading.read(&shown.text)?.0))
        .collect();
    let read = |shown: &Shown| {
        let found = reading.read(&shown.text).filter(|_| shown.of == Of::Publication)?;
        let date = day(&found.0)?;
        // What a label calls the day of something else often stands once more without it.
        (shown.is_said || !(is_after(date, changed) || others.contains(&date))).then_some(found)
    };
    let named = || named_tags(reading.clues, signals).find_map(|raw| reading.read(raw));
    shown
        .iter()
        .find_map(read)
        .or_else(named)
        .map(|(date, raw)| (with_offset(date, reading.clues), raw))
        .or_else(|| reading.address())
        .or_else(|| last_resort(&afar(reading.clues), read))
}

/// A date far from the headline: one with a label, or the only one that stands alone.
fn last_resort(afar: &[Shown], read: impl Fn(&Shown) -> Option<Read>) -> Option<Read> {
    if let Some(found) = afar.iter().filter(|shown| shown.is_said).find_map(&read) {
        return Some(found);
    }
    let mut alone = afar.iter().filter_map(read);
    let found = alone.next()?;
    alone.all(|(date, _)| day(&date) == day(&found.0)).then_some(found)
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use scraper::Html;
    use url::Url;

    use crate::clean::meta::read;

    /// Checks `published` and `modified` of a page under the headline `Bridge opens`, whose head states the dates of
    /// `stated`.
    #[track_caller]
    fn check(stated: [&str; 2], body: &str, published: &str, modified: &str) {
        let [created, changed] = stated;
        let page = format!(
            "<title>Bridge opens</title><meta property=article:published_time content='{created}'>
             <meta property=article:modified_time content='{changed}'>{body}"
        );
        check_page("https://www.dailysample.example/bridge-opens", &page, published, modified);
    }

    #[track_caller]
    fn check_page(url: &str, page: &str, published: &str, modified: &str) {
        let meta = read(&Html::parse_document(page), Url::parse(url).ok().as_ref(), None);
        let found = [meta.published.unwrap_or_default(), meta.modified.unwrap_or_default()];
        assert_eq!(found, [published, modified], "{page}");
    }

    const BUILD: &str = "2024-06-09T10:00:00Z";

    #[test]
    fn a_dateline_of_an_earlier_day_wins_over_the_day_of_the_last_build() {
        let datelines = [
            "<h1>Bridge opens</h1><span>March 12, 2024</span>",
            "<h1>Bridge opens</h1><p class=post-date>12 March 2024</p>",
            "<h1>Bridge opens</h1><div class=newsletter-details><p>March 12, 2024</p></div>",
            "<p>March 12, 2024</p><h1>Bridge opens</h1>",
        ];
        for body in datelines {
            check([BUILD, BUILD], body, "2024-03-12", BUILD);
            check([BUILD, ""], body, "2024-03-12", "");
        }
        let far = format!("<h1>Bridge opens</h1>{}<span>March 12, 2024</span>", "<p>Story.</p>".repeat(20));
        check([BUILD, BUILD], &far, BUILD, BUILD);
    }

    #[test]
    fn a_dateline_of_a_later_day_is_that_of_the_last_change() {
        let stated = ["2024-03-12T10:00:00Z", BUILD];
        check(stated, "<h1>Bridge opens</h1><p>June 9, 2024</p>", stated[0], BUILD);
        check(stated, "<h1>Bridge opens</h1><p>Updated June 8, 2024</p>", stated[0], "2024-06-08");
        check(stated, "<h1>Bridge opens</h1><p>Updated June 9, 2024</p>", stated[0], BUILD);
    }

    #[test]
    fn the_day_of_the_last_change_without_a_label_is_not_taken_for_a_dateline() {
        let body = "<h1>Bridge opens</h1><span>2024-06-08T09:00:00Z</span><span>9 June 2024</span>";
        check([BUILD, "2024-06-08T09:00:00Z"], body, BUILD, "2024-06-08T09:00:00Z");
    }

    #[test]
    fn a_labelled_date_by_the_headline_wins_over_the_stated_one() {
        let stated = ["2024-03-01T10:00:00Z", BUILD];
        check(stated, "<h1>Bridge opens</h1><p>Published March 12, 2024</p>", "2024-03-12", BUILD);
        check(stated, "<h1>Bridge opens</h1><b>Posted on</b><b>March 12, 2024</b>", "2024-03-12", BUILD);
        let both =
            "<h1>Bridge opens</h1><p>Published 1 March 2024</p><p>Draft, first published 2 February 2024</p>";
        check(stated, both, stated[0], BUILD);
        let original =
            "<h1>Bridge opens</h1><p>9 June 2024</p><p class=date>This article was originally published on
            12 March 2024 but has been updated to keep it current.</p>";
        check(["", ""], original, "2024-03-12", "");
    }

    #[test]
    fn an_instant_in_universal_time_is_of_the_day_that_the_page_shows() {
        let stated = ["2024-03-13T02:41:00Z", ""];
        check(stated, "<h1>Bridge opens</h1><p>March 12, 2024</p>", "2024-03-12", "");
        check(stated, "<h1>Bridge opens</h1><p>March 13, 2024</p>", stated[0], "");
        check(["2024-03-12T20:00:00Z", ""], "<h1>Bridge opens</h1><p>March 13, 2024</p>", "2024-03-13", "");
        check(
            ["2024-03-12T02:00:00Z", ""],
            "<h1>Bridge opens</h1><p>March 13, 2024</p>",
            "2024-03-12T02:00:00Z",
            "",
        );
        let offset = "<h1>Bridge opens</h1><time datetime='2024-03-12T21:41:00-05:00'>March 12, 2024</time>";
        check(stated, offset, "2024-03-12T21:41:00-05:00", "");
    }

    #[test]
    fn a_label_tells_the_date_of_the_story_from_others_beside_it() {
        let story = "<p>Story.</p>".repeat(30);
        let column = format!(
            "<h1>Bridge opens</h1>{story}<aside><h4>Published</h4><time datetime=2024-03-12>12 March 2024</time>
             <h4>Reviewed</h4><time datetime=2024-06-09>9 June 2024</time></aside>{story}<time datetime=2023-01-02>x</time>"
        );
        check(["", ""], &column, "2024-03-12", "2024-06-09");
        let rule = "<h1>Bridge opens</h1><b>6/2/2024</b><p>Effective beginning 6/2/2024:</p>";
        check(["", ""], rule, "", "");
        let update = "<h1>Bridge opens</h1><p>Last updated on</p><i class=date>June 9, 2024</i>";
        check(["", ""], update, "", "2024-06-09");
        let same_day = "<h1>Bridge opens</h1><i class=date>June 9, 2024</i><p>Updated June 9, 2024</p>";
        check(["", ""], same_day, "2024-06-09", "2024-06-09");
        let menu = "<h1>Bridge opens</h1><nav>Weather update</nav><i class=date>June 9, 2024</i>";
        check(["", ""], menu, "2024-06-09", "");
    }

    #[test]
    fn an_element_that_says_updated_alone_marks_the_last_change() {
        let body = "<h1>Bridge opens</h1><time class=updated-date>June 9, 2024</time>";
        check(["", ""], body, "", "2024-06-09");
        check(["", ""], &body.replace("class", "pubdate class"), "2024-06-09", "");
        let theme = "<h1>Bridge opens</h1><span class='post-date updated'>March 12, 2024</span>";
        check(["", ""], theme, "2024-03-12", "2024-03-12");
        let never =
            "<h1>Bridge opens</h1><time class='entry-date published updated' datetime=2024-03-12>x</time>";
        check(["", ""], never, "2024-03-12", "");
    }

    #[test]
    fn the_page_decides_between_day_and_month() {
        let date = "<h1>Bridge opens</h1><p class=date>03/12/2024</p>";
        let written = format!("{date}<aside class=archive><p class=date>3 December 2024</p></aside>");
        let same_form = format!("{date}<div class=related><p class=date>25/11/2024</p></div>");
        for page in [&written, &same_form] {
            check_page("https://dailysample.example/a", page, "2024-12-03", "");
        }
        check_page("https://dailysample.example/2024/december/03/a", date, "2024-12-03", "");
        check_page("https://dailysample.example/2024/03/12/a", date, "2024-03-12", "");
        check_page("https://dailysample.example/a", date, "2024-03-12", "");
    }

    #[test]
    fn a_date_far_from_the_headline_is_the_last_resort() {
        let story = format!("<h1>Bridge opens</h1>{}", "<p>Story.</p>".repeat(60));
        let page = |end: &str| format!("{story}{end}");
        check(
            ["", ""],
            &page("<p>Posted on the 15/12/2024 at 19:00 by <a>Ada</a></p>"),
            "2024-12-15T19:00:00",
            "",
        );
        check(["", ""], &page("<div><p>Ada Muster</p><p>March 12, 2024</p></div>"), "2024-03-12", "");
        check(["", ""], &page("<p>March 12, 2024</p><p>March 14, 2024</p>"), "", "");
        check(["", ""], &page("<p>Rates as of <b>March 12, 2024</b> apply.</p>"), "", "");
        check(["", ""], &page("<p>Last updated: March 12, 2024</p>"), "", "2024-03-12");
        check(["", ""], &page("<p>Offer expires March 12, 2024</p>"), "", "");
    }

    #[test]
    fn the_only_date_that_itemprop_marks_is_read_in_a_footer_too() {
        let story = format!("<h1>Bridge opens</h1>{}", "<p>Story.</p>".repeat(60));
        let time = "<div class=footer><time itemprop=datePublished datetime=2024-03-12>12.3.</time></div>";
        check(["", ""], &format!("{story}{time}"), "2024-03-12", "");
        let two = format!("{story}{time}{}", time.replace("12", "14"));
        check(["", ""], &two, "", "");
    }

    #[test]
    fn a_headline_of_the_second_level_in_other_words_still_has_a_dateline() {
        let page = "<title>Introducing the new bridge</title><h2>The new bridge, introduced</h2><small>March 12, 2024</small>";
        check_page("https://dailysample.example/a", page, "2024-03-12", "");
    }

    #[test]
    fn json_ld_in_a_tag_of_the_head_is_read() {
        let page =
            r#"<meta name="script:ld+json" content='{"@type": "Article", "datePublished": "2024-03-12"}'>"#;
        check_page("https://dailysample.example/a", page, "2024-03-12", "");
    }
}
