//! Whether a story is had already from another page: by its canonical URL, by its text, or by nearly its text.
//!
//! Losing a story is worse than having it twice, so no claim of a page counts alone: a canonical URL needs a body that does
//! not contradict it, the same short body (a teaser, a notice) needs the same headline, and nearly the same text counts only
//! from another site: a wire story is on many, while pages of one site that look alike are a series, such as the weather of
//! each day.

use url::Url;

use super::identity::{Digest, site};
use super::page::{PageId, Story};
use super::{Record, State, StateError};

pub use super::fingerprint::Fingerprint;

/// Texts with at least this similarity are the same story: with another byline, a changed paragraph, one more.
const NEARLY_SAME: f64 = 0.65;

/// Two pages that claim the same canonical URL are the same story when their bodies have at least this similarity. One is
/// often cut short or edited; pages of a site that claims the same URL everywhere have nothing in common.
const SAME_BY_CLAIM: f64 = 0.3;

/// A story that was had before, as far as duplicates are told by it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// The page that it was had from.
    pub page: PageId,
    /// As in [`Story`].
    pub body: Digest,
    /// As in [`Story`].
    pub text: Digest,
    /// The digest of the canonical identity.
    pub canonical: Digest,
    /// As in [`Story`].
    pub fingerprint: Option<Fingerprint>,
}

impl Known {
    /// What tells duplicates of `story`, had from `page`.
    pub fn new(page: PageId, story: &Story) -> Self {
        Self {
            page,
            body: story.body,
            text: story.text,
            canonical: Digest::of(&story.canonical),
            fingerprint: story.fingerprint,
        }
    }
}

/// A page that had a story first, and why that is believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Duplicate {
    /// The page.
    pub of: PageId,
    /// What the two have in common.
    pub by: Likeness,
}

/// What a duplicate has in common with the story that was had first, the strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Likeness {
    /// The body, word for word.
    Text,
    /// The canonical URL, and enough of the body.
    Canonical,
    /// Most of the body.
    NearText,
}

/// The page that `story`, had now from `page`, was had from first: one that is recorded, or one in `pending`, the records
/// that wait for their commit. Stories that are duplicates themselves are not looked at.
///
/// # Errors
/// When the state can't be read.
pub fn find(
    state: &mut dyn State,
    pending: &[Record],
    page: PageId,
    story: &Story,
) -> Result<Option<Duplicate>, StateError> {
    let wanted = Known::new(page, story);
    let waiting = pending.iter().filter_map(|record| {
        let story = record.page.story.as_ref().filter(|story| story.duplicate_of.is_none())?;
        Some(Known::new(record.page.id, story))
    });
    let known = state.stories_like(&wanted)?.into_iter().chain(waiting);
    let mut duplicates: Vec<Duplicate> = known
        .filter(|known| known.page != page)
        .filter_map(|known| Some(Duplicate { of: known.page, by: likeness(&wanted, &known)? }))
        .collect();
    duplicates.sort_unstable_by_key(|duplicate| (duplicate.by, duplicate.of));
    let site_of = |url: &str| Url::parse(url).ok().as_ref().and_then(site);
    let own = site_of(&story.canonical);
    for duplicate in duplicates {
        if duplicate.by != Likeness::NearText {
            return Ok(Some(duplicate));
        }
        let waiting = pending.iter().find(|record| record.page.id == duplicate.of);
        let source = match waiting {
            Some(record) => Some(record.page.source().to_owned()),
            None => state.source(duplicate.of)?,
        };
        // A saved page has no site.
        let other = source.and_then(|source| site_of(&source));
        if own.is_some() && other.is_some() && own != other {
            return Ok(Some(duplicate));
        }
    }
    Ok(None)
}

/// What two stories have in common, if they are the same.
fn likeness(one: &Known, other: &Known) -> Option<Likeness> {
    let similarity = match (&one.fingerprint, &other.fingerprint) {
        (Some(one), Some(other)) => one.similarity(other),
        // A short body proves nothing by a part of it.
        (None, _) | (_, None) => 0.0,
    };
    let is_long = one.fingerprint.is_some();
    let has_same_body = one.body == other.body;
    if has_same_body && (is_long || one.text == other.text) {
        Some(Likeness::Text)
    } else if one.canonical == other.canonical && (has_same_body || similarity >= SAME_BY_CLAIM) {
        Some(Likeness::Canonical)
    } else {
        (similarity >= NEARLY_SAME).then_some(Likeness::NearText)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::article::Article;
    use crate::state::outcome::Outcome;
    use crate::state::page::tests::{new_page, time};
    use crate::state::{host, sqlite};

    /// A story of an agency, four paragraphs.
    const WIRE: [&str; 4] = [
        "The ferry to Norderney resumed its service on Monday after eleven weeks in the yard, ending the longest \
         interruption that the island has known since the storm of 1962, the harbour office said.",
        "Engineers replaced both propeller shafts and the bearings of the bow thruster, which had failed in a gale in \
         early spring. Parts had to be cast anew because the maker of the original ones went out of business long ago, and \
         the first set cracked under test.",
        "“We could not have asked the islanders for another week,” said the master of the ship, who had ferried groceries, \
         mail and a brass band across in a fishing boat meanwhile. About six thousand people depend on the connection, and \
         twice as many visitors in a summer night.",
        "The operator put the cost of the repair at four million euros and said that fares would stay as they are until \
         autumn. A second ship, ordered last year from a yard in Poland, is to join the line in two years and will carry \
         batteries for crossings without noise and smoke.",
    ];

    /// The same subject in other words.
    const OWN_REPORT: [&str; 3] = [
        "Norderney has its ferry back. Eleven weeks after a gale broke the bow thruster, the white ship came round the mole \
         at seven in the morning, and half the island stood on the pier to greet it with flags and trumpets.",
        "For the hoteliers the wait was costly: rooms that are booked out in other years stood empty until last week, says \
         the chairwoman of their association, and many guests who cancelled went to the neighbouring island instead and may \
         well come to like it there.",
        "The mayor wants to talk with the operator about a substitute for such cases. A line that hangs on one ship is no \
         line, he says, and points to the mainland, where two of them lie idle every winter because nobody pays for crews.",
    ];

    fn body(paragraphs: &[&str]) -> String {
        paragraphs.join("\n\n")
    }

    fn story(url: &str, title: &str, canonical: Option<&str>, body: &str) -> Story {
        let article = Article {
            title: Some(title.to_owned()),
            canonical_url: canonical.map(str::to_owned),
            body: body.to_owned(),
            ..Article::default()
        };
        Story::new(&article, &url.parse().unwrap(), time("2026-03-01T12:00:00Z"))
    }

    /// What `second` is found by when `first` was had before.
    fn found_by(first: Story, second: &Story) -> Option<Likeness> {
        let dir = tempfile::tempdir().unwrap();
        let mut state = sqlite::open(&dir.path().join("state.sqlite")).unwrap().state;
        let mut page = new_page("https://first.example/", time("2026-03-01T12:00:00Z"));
        (page.story, page.outcome) = (Some(first), Some(Outcome::Written));
        let record = Record {
            lease: host::Lease { host: 1, epoch: 1 },
            page,
            clock: host::Clock::default(),
            article: None,
        };
        let found = find(&mut state, &[record], PageId(2), second).unwrap();
        found.map(|duplicate| {
            assert_eq!(duplicate.of, PageId(1));
            duplicate.by
        })
    }

    #[test]
    fn a_wire_story_on_another_host_is_found_with_another_headline_byline_and_paragraph() {
        let first = story("https://first.example/a", "Ferry resumes service", None, &body(&WIRE));
        let more = [
            "NORDERNEY (Island Wire) – By Our Correspondent",
            WIRE[0],
            WIRE[1],
            "At the town hall the flag was raised at noon, and the school gave its pupils the day off.",
            WIRE[2],
            WIRE[3],
        ];
        let less = &WIRE[..3];
        let edited = body(&WIRE).replace("four million euros", "4m euros").replace("on Monday", "today");
        for other in [body(&more), body(less), edited] {
            let second = story("https://second.example/b", "Island breathes again", None, &other);
            assert_eq!(found_by(first.clone(), &second), Some(Likeness::NearText), "{other}");
        }
        let same = story("https://second.example/b", "Island breathes again", None, &body(&WIRE));
        assert_eq!(found_by(first, &same), Some(Likeness::Text));
    }

    #[test]
    fn pages_of_one_site_that_look_alike_are_a_series() {
        let first = story("https://first.example/monday", "Weather", None, &body(&WIRE));
        let next_day = body(&WIRE).replace("four million", "five million").replace("on Monday", "on Tuesday");
        let second = |url: &str, text: &str| story(url, "Weather", None, text);
        assert_eq!(found_by(first.clone(), &second("https://www.first.example/tuesday", &next_day)), None);
        let copy = second("https://first.example/copy", &body(&WIRE));
        assert_eq!(found_by(first.clone(), &copy), Some(Likeness::Text));
        let abroad = second("https://second.example/tuesday", &next_day);
        assert_eq!(found_by(first, &abroad), Some(Likeness::NearText));
    }

    #[test]
    fn other_stories_on_the_same_subject_are_not_the_same_even_with_a_quote_in_common() {
        let first = story("https://first.example/a", "Ferry resumes service", None, &body(&WIRE));
        let own = story("https://second.example/b", "Ferry resumes service", None, &body(&OWN_REPORT));
        assert_eq!(found_by(first.clone(), &own), None);
        let quoting = [OWN_REPORT[0], WIRE[2], OWN_REPORT[1], OWN_REPORT[2]];
        let quoting = story("https://second.example/b", "Ferry resumes service", None, &body(&quoting));
        assert_eq!(found_by(first, &quoting), None);
    }

    #[test]
    fn a_short_body_is_a_duplicate_only_with_the_same_headline_or_canonical_url() {
        let notice = "This video can't be shown. Please try again later.";
        let first = story("https://first.example/a", "Storm over the bay", None, notice);
        let check = |second: Story| found_by(first.clone(), &second);
        assert_eq!(
            check(story("https://second.example/b", "Storm over the bay", None, notice)),
            Some(Likeness::Text)
        );
        assert_eq!(check(story("https://second.example/b", "Fair in the town", None, notice)), None);
        let nearly = format!("{notice} Thank you.");
        assert_eq!(check(story("https://second.example/b", "Storm over the bay", None, &nearly)), None);
        let canonical = Some("https://first.example/a");
        let amp = story("https://amp.first.example/a", "A storm", canonical, notice);
        assert_eq!(check(amp), Some(Likeness::Canonical));
    }

    #[test]
    fn a_canonical_url_counts_unless_the_bodies_contradict_it() {
        let canonical = Some("https://first.example/a");
        let first = story("https://first.example/a?page=1", "Ferry resumes service", canonical, &body(&WIRE));
        let cut = story("https://m.first.example/a", "Ferry", canonical, &body(&WIRE[1..3]));
        assert_eq!(found_by(first.clone(), &cut), Some(Likeness::Canonical));
        let other = story("https://first.example/b", "Hotels wait", canonical, &body(&OWN_REPORT));
        assert_eq!(found_by(first.clone(), &other), None);
        let foreign = story("https://second.example/b", "Ferry", canonical, &body(&WIRE[1..3]));
        assert_eq!(found_by(first, &foreign), None);
    }
}
