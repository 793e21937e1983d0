//! What is remembered about one page, and how a visit changes it.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use url::Url;

use super::duplicate::Fingerprint;
use super::identity::{Digest, identity, trusted_canonical};
use super::outcome::Outcome;
use super::revisit;
use super::source::Hints;
use crate::article::Article;
use crate::config::Revisit;
use crate::fetch::Validators;

/// The name of a page within one state, for as long as the state is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PageId(pub i64);

/// A page that a source has found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPage {
    /// The URL to ask for, as it was found.
    pub url: Url,
    /// How it was written where it was found, where that is not `url`: the path of a saved page.
    pub source: Option<String>,
    /// The name that the source gives it.
    pub name: Option<String>,
    /// The name of the clock that it waits for: the host with its port, or the registrable domain.
    pub host: String,
    /// The name of the source that has found it.
    pub found_by: Option<String>,
    /// What the source says about it.
    pub hints: Hints,
    /// The story as the source gives it, in HTML.
    pub content: Option<String>,
}

impl NewPage {
    /// A page of which nothing more is known.
    pub fn new(url: Url, host: String) -> Self {
        Self { url, source: None, name: None, host, found_by: None, hints: Hints::default(), content: None }
    }
}

/// A page and all that is remembered about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Its name in the state.
    pub id: PageId,
    /// The URL to ask for, as it was first found.
    pub url: Url,
    /// How it was written where it was found, where that is not `url`.
    pub source: Option<String>,
    /// The name that its source gave it.
    pub name: Option<String>,
    /// The name of the source that found it first; `None` for a page from before sources were remembered.
    pub found_by: Option<String>,
    /// What that source said about it.
    pub hints: Hints,
    /// When it was first found.
    pub first_seen: Timestamp,
    /// When it is to be asked for (again). The beginning of time for a page that was never asked for, so that news goes
    /// before revisits; `None` for one that is left alone from now on.
    pub due_at: Option<Timestamp>,
    /// When it was last asked for.
    pub visited_at: Option<Timestamp>,
    /// What came of that.
    pub outcome: Option<Outcome>,
    /// Visits in a row, up to the last one, that brought no story.
    pub tries: u32,
    /// Visits in a row, up to the last one, that brought the story in the form that was known.
    pub unchanged: u32,
    /// What the server said when the page was last had.
    pub answer: Validators,
    /// The story, as it was last had.
    pub story: Option<Story>,
}

/// What is remembered about a story.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Story {
    /// The digest of the body, by which the same text is found elsewhere.
    pub body: Digest,
    /// The digest of what a reader reads: body, title, standfirst, authors and time of publication. While it stays, the
    /// story is unchanged.
    pub text: Digest,
    /// The identity of the canonical URL where that may be trusted, else of the page itself after redirects.
    pub canonical: String,
    /// When the story was published.
    pub published: Option<Timestamp>,
    /// What nearly the same text is found by; `None` for a body that is too short.
    pub fingerprint: Option<Fingerprint>,
    /// How often the story was had in another form than before, the first one counted.
    pub revision: u32,
    /// When this form was first had.
    pub changed_at: Timestamp,
    /// How long it is, in words; 0 where that was not remembered.
    pub words: u32,
    /// Where it was written, relative to the folder of the outputs.
    pub written_to: Option<String>,
    /// The page that had the story first, when this is the same one elsewhere.
    pub duplicate_of: Option<PageId>,
}

impl Story {
    /// The story of `article`, which was had at `at` from `url`, the URL after redirects.
    pub fn new(article: &Article, url: &Url, at: Timestamp) -> Self {
        let canonical = article.canonical_url.as_deref().and_then(|claimed| trusted_canonical(url, claimed));
        let read = (&article.title, &article.dek, &article.authors, &article.published, &article.body);
        Self {
            body: Digest::of(&article.body),
            text: Digest::of(serde_json::to_vec(&read).expect("text and lists of text are always JSON")),
            canonical: identity(canonical.as_ref().unwrap_or(url)),
            published: article.published.as_deref().and_then(point_in_time),
            fingerprint: Fingerprint::of(&article.body),
            revision: 1,
            changed_at: at,
            words: u32::try_from(article.word_count).unwrap_or(u32::MAX),
            written_to: None,
            duplicate_of: None,
        }
    }
}

/// The time that a record states. A date alone stands for its first moment in UTC.
pub fn point_in_time(text: &str) -> Option<Timestamp> {
    text.parse().ok().or_else(|| {
        let date: Date = text.parse().ok()?;
        TimeZone::UTC.to_timestamp(date.at(0, 0, 0, 0)).ok()
    })
}

/// A visit to a page: what was asked, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visit {
    /// When the answer, or the failure, had come.
    pub at: Timestamp,
    /// What came of it.
    pub outcome: Outcome,
    /// The server, or our politeness, wants no visit before this time.
    pub not_before: Option<Timestamp>,
    /// What the server said with a page, with a 200 and the like; `None` for a 304 and for a failure.
    pub answer: Option<Validators>,
    /// The story that the page holds, whether it is known, new, or a duplicate; `None` for a 304, for a page without a
    /// story, and for a failure.
    pub story: Option<Story>,
}

impl Page {
    /// What people and records call it.
    pub fn source(&self) -> &str {
        self.source.as_deref().unwrap_or(self.url.as_str())
    }

    /// Whether `story`, had now, is the one that is remembered, in the same form.
    pub fn has(&self, story: &Story) -> bool {
        self.story.as_ref().is_some_and(|known| known.text == story.text)
    }

    /// What is remembered after `visit`, with the time of the next visit. Nothing that was known is lost by a failure.
    pub fn after(&self, visit: Visit, revisit: &Revisit) -> Page {
        let brought_story = visit.outcome.brought_story();
        let is_known = visit.outcome.is_unchanged();
        let mut page = Page {
            visited_at: Some(visit.at),
            outcome: Some(visit.outcome),
            tries: if brought_story { 0 } else { self.tries.saturating_add(1) },
            unchanged: match (brought_story, is_known) {
                (true, true) => self.unchanged.saturating_add(1),
                (true, false) => 0,
                (false, _) => self.unchanged,
            },
            answer: visit.answer.unwrap_or_else(|| self.answer.clone()),
            story: merged(self.story.as_ref(), visit.story, is_known),
            ..self.clone()
        };
        page.due_at = revisit::next_due(&page, visit.at, visit.not_before, revisit);
        page
    }
}

fn merged(known: Option<&Story>, had: Option<Story>, is_known: bool) -> Option<Story> {
    match (known, had) {
        (None, had) => had,
        (Some(known), None) => Some(known.clone()),
        (Some(known), Some(had)) if is_known => Some(Story {
            revision: known.revision,
            changed_at: known.changed_at,
            written_to: had.written_to.or_else(|| known.written_to.clone()),
            duplicate_of: known.duplicate_of,
            ..had
        }),
        (Some(known), Some(had)) => Some(Story {
            revision: known.revision.saturating_add(u32::from(known.text != had.text)),
            written_to: had.written_to.or_else(|| known.written_to.clone()),
            ..had
        }),
    }
}

#[cfg(test)]
pub(super) mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::failure::FailureClass;

    /// A page that was found at the beginning of `at`'s hour and never asked for.
    pub(in crate::state) fn new_page(url: &str, at: Timestamp) -> Page {
        Page {
            id: PageId(1),
            url: url.parse().unwrap(),
            source: None,
            name: None,
            found_by: None,
            hints: Hints::default(),
            first_seen: at,
            due_at: Some(Timestamp::UNIX_EPOCH),
            visited_at: None,
            outcome: None,
            tries: 0,
            unchanged: 0,
            answer: Validators::default(),
            story: None,
        }
    }

    pub(in crate::state) fn time(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn story(title: &str, body: &str, canonical: Option<&str>) -> Story {
        let article = Article {
            title: Some(title.to_owned()),
            body: body.to_owned(),
            canonical_url: canonical.map(str::to_owned),
            published: Some("2026-03-01".to_owned()),
            ..Article::default()
        };
        Story::new(
            &article,
            &"https://m.news.example/a?utm_source=x".parse().unwrap(),
            time("2026-03-01T10:00:00Z"),
        )
    }

    fn visit(at: &str, outcome: Outcome, story: Option<Story>) -> Visit {
        Visit { at: time(at), outcome, not_before: None, answer: None, story }
    }

    #[test]
    fn a_story_is_known_by_what_is_read_and_by_its_body() {
        let one = story("Ferry returns", "It came back.", Some("https://news.example/a"));
        assert_eq!(one.canonical, "https://news.example/a");
        assert_eq!(one.published, Some(time("2026-03-01T00:00:00Z")));
        let foreign = story("Ferry is back", "It came back.", Some("https://other.example/a"));
        assert_eq!(foreign.canonical, "https://m.news.example/a");
        assert_eq!(one.body, foreign.body);
        assert_ne!(one.text, foreign.text);
    }

    #[test]
    fn revisions_are_counted_and_a_failure_loses_nothing() {
        let revisit = Revisit::default();
        let page = new_page("https://m.news.example/a", time("2026-03-01T09:00:00Z"));
        let answer = Validators { etag: Some("\"1\"".to_owned()), ..Validators::default() };
        let first = Story { written_to: Some("a.md".to_owned()), ..story("One", "Body", None) };
        let had = Visit {
            answer: Some(answer.clone()),
            ..visit("2026-03-01T10:00:00Z", Outcome::Written, Some(first.clone()))
        };
        let page = page.after(had, &revisit);
        assert_eq!((page.story.clone(), &page.answer), (Some(first.clone()), &answer));

        let page = page.after(visit("2026-03-01T11:00:00Z", Outcome::NotModified, None), &revisit);
        let page =
            page.after(visit("2026-03-01T12:00:00Z", Outcome::Failed(FailureClass::Http5xx), None), &revisit);
        assert_eq!((page.unchanged, page.tries), (1, 1));
        assert_eq!((page.story.clone(), &page.answer), (Some(first.clone()), &answer));

        assert!(page.has(&story("One", "Body", None)));
        let page = page.after(
            visit("2026-03-01T13:00:00Z", Outcome::Unchanged, Some(story("One", "Body", None))),
            &revisit,
        );
        assert_eq!((page.unchanged, page.tries), (2, 0));
        assert_eq!(page.story.as_ref(), Some(&first));

        let changed = story("Two", "Body", None);
        assert!(!page.has(&changed));
        let page = page.after(visit("2026-03-01T14:00:00Z", Outcome::Written, Some(changed)), &revisit);
        let now = page.story.unwrap();
        assert_eq!((page.unchanged, now.revision, now.written_to.as_deref()), (0, 2, Some("a.md")));
    }
}
