//! One page, from its bytes to the article.

use std::path::PathBuf;

use url::Url;

use super::Shared;
use crate::article::Article;
use crate::clean::explain::{Judged, explain};
use crate::clean::rules::Rules;
use crate::clean::{Page, clean};
use crate::failure::Failure;
use crate::fetch::{Fetched, charset};
use crate::source::files;

/// A page before it is decoded.
pub(super) enum Input {
    Page(Box<Fetched>),
    File(PathBuf),
    Stdin,
}

/// A page that is decoded, and what is known about how it was had.
pub(super) struct Readable {
    text: String,
    notes: Vec<String>,
    pub(super) fetched_at: jiff::Timestamp,
    pub(super) url: Option<Url>,
    status: Option<u16>,
    pub(super) etag: Option<String>,
    pub(super) last_modified: Option<String>,
    robots: Option<String>,
    opt_out: Option<String>,
}

impl Readable {
    fn page(&self) -> Page<'_> {
        Page { text: &self.text, url: self.url.as_ref(), fetched_at: Some(self.fetched_at) }
    }

    /// What became of every block.
    pub(super) fn judged(&self, rules: &Rules) -> Vec<Judged> {
        explain(self.page(), rules)
    }
}

/// Reads and decodes a page of at most `max_body` bytes.
pub(super) fn readable(input: Input, max_body: u64) -> Result<Readable, Failure> {
    let saved = |bytes: &[u8]| {
        let decoded = charset::decode_within(max_body, bytes, None)?;
        Ok(Readable {
            text: decoded.text,
            notes: decoded.notes,
            fetched_at: jiff::Timestamp::now(),
            url: None,
            status: None,
            etag: None,
            last_modified: None,
            robots: None,
            opt_out: None,
        })
    };
    match input {
        Input::File(path) => saved(&files::read(&path, max_body)?),
        Input::Stdin => saved(&files::read_stdin(max_body)?),
        Input::Page(page) => {
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
            })
        }
    }
}

/// The article of a page.
pub(super) fn article(page: &Readable, shared: &Shared) -> Article {
    let mut article = clean(page.page(), &shared.options, &shared.rules);
    article.notes.splice(..0, page.notes.iter().cloned());
    article.fetched_at = Some(to_the_second(page.fetched_at));
    article.status = page.status;
    article.etag.clone_from(&page.etag);
    article.last_modified.clone_from(&page.last_modified);
    article.robots.clone_from(&page.robots);
    article.opt_out.clone_from(&page.opt_out);
    article
}

/// The article of a page, and what became of every block.
pub(super) fn explained(page: &Readable, shared: &Shared) -> (Article, Vec<Judged>) {
    (article(page, shared), page.judged(&shared.rules))
}

/// A time in RFC 3339, without the digits that say nothing about a page.
fn to_the_second(time: jiff::Timestamp) -> String {
    jiff::Timestamp::from_second(time.as_second()).unwrap_or(time).to_string()
}
