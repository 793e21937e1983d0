//! The headline: chosen among what the page states, without the name of the site.

use super::text::fold;

/// Signs that stand between a headline and the name of the site.
const SEPARATORS: [&str; 11] = [" | ", " - ", " – ", " — ", " » ", " · ", " : ", " :: ", " • ", " « ", " / "];
/// Words of the longest piece that is taken for the name of a site that is not known.
const SITE_WORDS: usize = 4;

/// Share of words in common from which two titles are of the same headline.
const ALIKE: f32 = 0.7;
/// Words of the shortest headline that is told from a kicker before it.
const KICKED_WORDS: usize = 3;

/// What a page states as its headline.
pub(super) struct Stated<'a> {
    /// `headline` of JSON-LD.
    pub json_ld: Option<&'a str>,
    /// `og:title` and its like.
    pub tag: Option<&'a str>,
    /// `itemprop=headline` in the visible page.
    pub property: Option<&'a str>,
    /// Each `<h1>`.
    pub headings: &'a [&'a str],
    /// `<title>`.
    pub document: Option<&'a str>,
    /// Names of the site: stated names and the host without its suffix.
    pub site: &'a [String],
}

/// Chooses the headline.
///
/// In order: an `<h1>` that another source confirms; the only `<h1>`; JSON-LD; the tag; the `<title>`.
pub(super) fn choose(stated: &Stated<'_>) -> Option<String> {
    let headings: Vec<&str> = stated
        .headings
        .iter()
        .copied()
        .filter(|heading| !heading.is_empty() && !is_site(heading, stated.site))
        .collect();
    let others: Vec<String> = [stated.json_ld, stated.tag, stated.property, stated.document]
        .into_iter()
        .flatten()
        .map(|title| without_site(title, stated.site, &headings))
        .filter(|title| !title.is_empty() && !is_site(title, stated.site))
        .collect();
    let (mut confirmed, mut kicked) = (None, None);
    for heading in &headings {
        let folded = fold(heading);
        for other in &others {
            let folded_other = fold(other);
            if folded == folded_other || overlap(&folded, &folded_other) >= ALIKE {
                confirmed = confirmed.or(Some(*heading));
            }
            // A kicker inside the heading is no part of the headline.
            if folded.ends_with(&folded_other)
                && folded.len() > folded_other.len()
                && folded_other.split(' ').count() >= KICKED_WORDS
            {
                kicked = kicked.or(Some(other.as_str()));
            }
        }
    }
    if let Some(title) = kicked.or(confirmed) {
        return Some(without_site(title, stated.site, &[]));
    }
    if let [heading] = headings.as_slice()
        && heading.split_whitespace().count() >= 2
        && !is_foreign(heading, &others)
    {
        return Some(without_site(heading, stated.site, &[]));
    }
    others.into_iter().next().or_else(|| headings.first().map(|heading| (*heading).to_owned()))
}

/// Whether a heading has no word in common with titles that agree among themselves: then it is that of something
/// else on the page.
fn is_foreign(heading: &str, others: &[String]) -> bool {
    let [first, second, ..] = others else { return false };
    let (heading, first) = (fold(heading), fold(first));
    overlap(&first, &fold(second)) >= ALIKE && overlap(&heading, &first) == 0.0
}

/// A title without a leading or trailing name of the site.
fn without_site(title: &str, site: &[String], headings: &[&str]) -> String {
    let whole = fold(title);
    if headings.iter().any(|heading| fold(heading) == whole) {
        return title.to_owned();
    }
    let mut title = title.trim();
    for _ in 0..3 {
        let Some(shorter) = drop_end(title, site, headings) else { break };
        title = shorter;
    }
    title.to_owned()
}

fn drop_end<'a>(title: &'a str, site: &[String], headings: &[&str]) -> Option<&'a str> {
    let splits = SEPARATORS
        .iter()
        .flat_map(|separator| title.match_indices(separator).map(|(at, sign)| (at, at + sign.len())));
    let (mut first, mut last) = (None, None);
    for (start, end) in splits {
        if first.is_none_or(|(before, _)| start < before) {
            first = Some((start, end));
        }
        if last.is_none_or(|(before, _)| start > before) {
            last = Some((start, end));
        }
    }
    let ((last_start, last_end), (first_start, first_end)) = (last?, first?);
    let (head, tail) = (title.get(..last_start)?, title.get(last_end..)?);
    if is_site(tail, site) || headings.iter().any(|heading| fold(heading) == fold(head)) {
        return Some(head);
    }
    let (front, rest) = (title.get(..first_start)?, title.get(first_end..)?);
    if is_site(front, site) || headings.iter().any(|heading| fold(heading) == fold(rest)) {
        return Some(rest);
    }
    // A bar is hardly ever part of a headline.
    let words = |text: &str| text.split_whitespace().count();
    (title.get(last_start..last_end)?.contains(['|', '»', '•'])
        && words(tail) <= SITE_WORDS
        && words(head) > words(tail))
    .then_some(head)
}

/// Whether a text is the name of the site, give or take spaces and a top-level domain.
pub(super) fn is_site(text: &str, site: &[String]) -> bool {
    let folded = fold(text);
    let glued: String = folded.split(' ').collect();
    site.iter().any(|name| {
        let name: String = fold(name).split(' ').collect();
        !name.is_empty()
            && (glued == name
                || (glued.len() > 3 && glued.strip_prefix(&name).is_some_and(|rest| rest.len() <= 4)))
    })
}

/// Share of the words of the longer text that the shorter one holds.
fn overlap(left: &str, right: &str) -> f32 {
    let (left, right): (Vec<&str>, Vec<&str>) = (left.split(' ').collect(), right.split(' ').collect());
    let shared =
        left.iter().take(60).filter(|word| right.iter().take(60).any(|other| other == *word)).count();
    #[expect(clippy::cast_precision_loss, reason = "counts of words of a title")]
    let share = shared as f32 / left.len().max(right.len()) as f32;
    share
}

#[cfg(test)]
mod tests {
    use super::{Stated, choose};

    #[track_caller]
    fn check(json_ld: Option<&str>, tag: Option<&str>, headings: &[&str], document: &str, expected: &str) {
        let site = ["The Daily Sample".to_owned(), "dailysample.example".to_owned()];
        let stated = Stated { json_ld, tag, property: None, headings, document: Some(document), site: &site };
        assert_eq!(choose(&stated).as_deref(), Some(expected));
    }

    #[test]
    fn the_name_of_the_site_is_stripped_at_either_end() {
        check(None, None, &[], "Bridge opens - The Daily Sample", "Bridge opens");
        check(None, None, &[], "The Daily Sample » Bridge opens", "Bridge opens");
        check(None, Some("Bridge opens | Daily Sample"), &["Bridge opens"], "x", "Bridge opens");
    }

    #[test]
    fn a_dash_inside_a_headline_stays() {
        check(None, None, &[], "Bridge opens - after ten years", "Bridge opens - after ten years");
    }

    #[test]
    fn the_heading_that_another_source_confirms_wins() {
        let headings = ["Newsletter", "Bridge opens after ten years"];
        check(None, Some("Bridge opens after ten years"), &headings, "x", "Bridge opens after ten years");
    }

    #[test]
    fn a_heading_that_is_the_site_is_passed_over() {
        check(None, None, &["The Daily Sample"], "Bridge opens – The Daily Sample", "Bridge opens");
    }

    #[test]
    fn a_kicker_in_the_heading_is_no_part_of_the_headline() {
        check(
            None,
            Some("Bridge opens at last"),
            &["Traffic Bridge opens at last"],
            "x",
            "Bridge opens at last",
        );
    }

    #[test]
    fn a_heading_unlike_titles_that_agree_is_of_something_else() {
        let headings = ["Dear reader, a word"];
        check(Some("Bridge opens today"), Some("Bridge opens today"), &headings, "x", "Bridge opens today");
    }
}
