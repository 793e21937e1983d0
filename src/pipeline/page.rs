//! One page, from its bytes to the article.

use std::path::{Path, PathBuf};

use tokio::sync::OwnedSemaphorePermit;
use url::Url;

use super::{Before, Had, Shared};
use crate::article::Article;
use crate::clean::explain::{Judged, explain};
use crate::clean::rules::Rules;
use crate::clean::{Page, clean};
use crate::failure::{Failure, FailureClass};
use crate::fetch::{Fetched, Validators, charset};
use crate::source::archive::{self, Spot};
use crate::source::files;
use crate::source::saved::{self, Saved};
use crate::state::page::{self, Story};
use crate::state::source::Hints;
use crate::summary::findings::{self, Impression};
use crate::write::html::escaped;
use crate::write::warc::{self, Capture};

/// A page before it is decoded.
pub(super) enum Input {
    Page(Box<Fetched>),
    /// A page that an archive has kept: what it leads to is not fetched.
    Kept(Box<Fetched>),
    Archived(PathBuf, Spot),
    File(PathBuf),
    Bytes(Vec<u8>),
    Stdin,
}

/// A page that is decoded, and what is known about how it was had.
pub(super) struct Readable {
    pub(super) text: String,
    notes: Vec<String>,
    pub(super) fetched_at: jiff::Timestamp,
    pub(super) url: Option<Url>,
    status: Option<u16>,
    etag: Option<String>,
    last_modified: Option<String>,
    robots: Option<String>,
    opt_out: Option<String>,
    /// The record of the page, when it is archived.
    pub(super) capture: Option<Capture>,
    /// The page is in flight until it is let go.
    _room: Option<OwnedSemaphorePermit>,
}

impl Readable {
    fn page(&self) -> Page<'_> {
        Page { text: &self.text, url: self.url.as_ref(), fetched_at: Some(self.fetched_at) }
    }

    /// What became of every block.
    pub(super) fn judged(&self, rules: &Rules) -> Vec<Judged> {
        explain(self.page(), rules)
    }

    /// The article of the page.
    pub(super) fn article(&self, shared: &Shared) -> Article {
        let mut article = clean(self.page(), &shared.options, &shared.rules);
        article.notes.splice(..0, self.notes.iter().cloned());
        article.fetched_at = Some(to_the_second(self.fetched_at));
        article.status = self.status;
        article.etag.clone_from(&self.etag);
        article.last_modified.clone_from(&self.last_modified);
        article.robots.clone_from(&self.robots);
        article.opt_out.clone_from(&self.opt_out);
        article
    }
}

/// Reads and decodes a page of at most `max_body` bytes, with its record when it is one of those that `captures` asks for.
pub(super) fn readable(input: Input, max_body: u64, captures: bool) -> Result<Readable, Failure> {
    let read = |saved: Saved, path: Option<&Path>| {
        let fetched_at = saved.saved_at.unwrap_or_else(jiff::Timestamp::now);
        let file = || path.and_then(|path| Url::from_file_path(path).ok());
        let url = if captures { saved.url.clone().or_else(file) } else { None };
        let content_type = saved.content_type.as_deref();
        let page = |url| warc::Page { url, fetched_at, head: None, content_type, bytes: &saved.bytes };
        let capture = url.as_ref().map(|url| Capture::of(&page(url)));
        let decoded = charset::decode_within(max_body, &saved.bytes, saved.content_type.as_deref())?;
        Ok(Readable {
            text: decoded.text,
            notes: decoded.notes,
            fetched_at,
            url: saved.url,
            status: None,
            etag: None,
            last_modified: None,
            robots: None,
            opt_out: None,
            capture,
            _room: None,
        })
    };
    match input {
        Input::File(path) if archive::is_archive(&path) => {
            let message =
                format!("`{}` is an archive; `pressclip clean` takes all pages in it", path.display());
            Err(Failure::new(FailureClass::ReadFailed, message))
        }
        Input::File(path) => read(saved::read(&path, max_body)?, Some(&path)),
        Input::Bytes(bytes) => read(saved::page(bytes), None),
        Input::Stdin => read(saved::page(files::read_stdin(max_body)?), None),
        Input::Archived(path, spot) => fetched(*archive::read(&path, spot, max_body)?, max_body, captures),
        Input::Page(page) | Input::Kept(page) => fetched(*page, max_body, captures),
    }
}

fn fetched(page: Fetched, max_body: u64, captures: bool) -> Result<Readable, Failure> {
    let capture = captures.then(|| {
        let Fetched { url, fetched_at, bytes, .. } = &page;
        let (head, content_type) = (page.head.as_deref(), page.content_type.as_deref());
        Capture::of(&warc::Page { url, fetched_at: *fetched_at, head, content_type, bytes })
    });
    let decoded = charset::decode_within(max_body, &page.bytes, page.content_type.as_deref())?;
    Ok(Readable {
        text: decoded.text,
        notes: page.notes.into_iter().chain(decoded.notes).collect(),
        fetched_at: page.fetched_at,
        url: Some(page.url),
        status: Some(page.status),
        etag: page.etag,
        last_modified: page.last_modified,
        robots: page.robots,
        opt_out: page.opt_out,
        capture,
        _room: page.room,
    })
}

/// The article of a page, and what became of every block.
pub(super) fn explained(page: &Readable, shared: &Shared) -> (Article, Vec<Judged>) {
    (page.article(shared), page.judged(&shared.rules))
}

/// Puts what the source `found_by` said into the places of what the page does not say.
pub(super) fn fill(article: &mut Article, hints: &Hints, found_by: Option<&str>) {
    if !article.kind.has_story() {
        return;
    }
    let mut taken = Vec::new();
    if let (None, Some(title)) = (&article.title, &hints.title) {
        article.title = Some(title.clone());
        taken.push("title");
    }
    if let (None, Some(published)) = (&article.published, hints.published) {
        article.published = Some(to_the_second(published));
        taken.push("date of publication");
    }
    if !taken.is_empty() {
        let source = found_by.unwrap_or_default();
        article.notes.push(format!("{} taken from the source `{source}`", taken.join(" and ")));
    }
}

/// The article in `content`, the story of the page at `url` as its source gives it in HTML, since the page was not had for
/// `failure`. `None` where it holds no story.
pub(super) fn retold(
    content: &str,
    url: &Url,
    hints: &Hints,
    found_by: Option<&str>,
    failure: &Failure,
    shared: &Shared,
) -> Option<Article> {
    // The title of a source may be markup.
    let title = escaped(hints.title.as_deref().unwrap_or_default());
    let text = format!("<title>{title}</title><article><h1>{title}</h1>{content}</article>");
    let fetched_at = jiff::Timestamp::now();
    let page = Page { text: &text, url: Some(url), fetched_at: Some(fetched_at) };
    let mut article = clean(page, &shared.options, &shared.rules);
    if !article.kind.has_story() || article.error.is_some() {
        return None;
    }
    let source = found_by.unwrap_or_default();
    article.notes.push(format!(
        "story taken from the source `{source}`, since the page was not had: {}",
        failure.class
    ));
    article.fetched_at = Some(to_the_second(fetched_at));
    fill(&mut article, hints, found_by);
    Some(article)
}

/// What it comes to that `page` was had from `url` at the given time with this article.
pub(super) fn had(
    mut article: Article,
    page: &page::Page,
    url: &Url,
    at: jiff::Timestamp,
    answer: Validators,
    explained: Option<String>,
) -> Had {
    article.source = page.source().to_owned();
    fill(&mut article, &page.hints, page.found_by.as_deref());
    let why = findings::why(&article, Before::of(page).words);
    let impression = Impression { cut: findings::cut(&article), why, explained };
    // A run keeps nothing of what was cut.
    article.dropped = Vec::new();
    let story = article.kind.has_story().then(|| Story::new(&article, url, at));
    Had { article, story, answer, pictures: Vec::new(), capture: None, impression }
}

/// A time in RFC 3339, without the digits that say nothing about a page.
fn to_the_second(time: jiff::Timestamp) -> String {
    jiff::Timestamp::from_second(time.as_second()).unwrap_or(time).to_string()
}
