//! Where candidates come from.

pub mod archive;
pub mod feed;
pub mod files;
pub mod links;
pub mod list;
pub mod opml;
pub mod patterns;
pub mod saved;
pub mod sitemap;
mod xml;

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use url::Url;

use crate::failure::{Failure, FailureClass};
use crate::state::page::NewPage;
use crate::state::source::Hints;

/// What stands in the state for the host of saved pages, which have none.
pub const SAVED_PAGES: &str = "files";

/// A page that is wanted, and why we have it.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// The URL or path as it was given.
    pub source: String,
    /// The name that the list gives it.
    pub name: Option<String>,
    /// The name of the source that has found it; `None` for an operand.
    pub found_by: Option<String>,
    /// What the source says about it.
    pub hints: Hints,
    /// The time by which the source orders and bounds its pages: of publication, or else of the last change.
    pub dated: Option<Timestamp>,
    /// The story as the source gives it, in HTML: it stands in for a page that can't be had.
    pub content: Option<String>,
    /// Where it is, or why that can't be said.
    pub location: Result<Location, Failure>,
}

/// Where a page is.
#[derive(Debug, Clone, PartialEq)]
pub enum Location {
    /// On the web.
    Web(Url),
    /// In a file, plain or gzipped.
    File(PathBuf),
    /// In an archive.
    Archived(archive::Entry),
    /// On standard input.
    Stdin,
}

impl Candidate {
    /// The candidate that an operand or a line of a list names; relative paths are below `folder`.
    pub fn parse(text: &str, folder: &Path) -> Self {
        Self::at(text.to_owned(), locate(text, folder))
    }

    /// The candidate that is called `source` and is there.
    pub fn at(source: String, location: Result<Location, Failure>) -> Self {
        Self {
            source,
            name: None,
            found_by: None,
            hints: Hints::default(),
            dated: None,
            content: None,
            location,
        }
    }

    /// What two candidates for the same page have in common.
    pub fn identity(&self) -> String {
        match &self.location {
            Ok(Location::Web(url)) => url.as_str().to_owned(),
            Ok(Location::File(path)) => path.display().to_string(),
            Ok(Location::Archived(entry)) => format!("{} {:?}", self.source, entry.spot),
            Ok(Location::Stdin) | Err(_) => self.source.clone(),
        }
    }

    /// The page of the frontier that this names; `clock` names the clock of the host of a URL.
    ///
    /// # Errors
    /// A candidate that is no page, or whose URL carries a user name or password, which the state is not told.
    pub fn page(&self, clock: impl Fn(&Url) -> String) -> Result<NewPage, Failure> {
        let (url, host) = match self.location.clone()? {
            Location::Web(url) if !url.username().is_empty() || url.password().is_some() => {
                let message = "the URL carries a user name or password";
                return Err(Failure::new(FailureClass::BlockedUserinfo, message));
            }
            Location::Web(url) => {
                let host = clock(&url);
                (url, host)
            }
            Location::File(path) => (file_url(&path)?, SAVED_PAGES.to_owned()),
            Location::Archived(entry) => {
                let mut url = file_url(&entry.path)?;
                entry.spot.into_iter().for_each(|spot| spot.name_in(&mut url));
                (url, SAVED_PAGES.to_owned())
            }
            Location::Stdin => {
                let message = "standard input can't be read again; save the page first";
                return Err(Failure::new(FailureClass::ReadFailed, message));
            }
        };
        let source = Some(self.source.clone()).filter(|source| source != url.as_str());
        Ok(NewPage {
            source,
            name: self.name.clone(),
            found_by: self.found_by.clone(),
            hints: self.hints.clone(),
            content: self.content.clone(),
            ..NewPage::new(url, host)
        })
    }
}

fn file_url(path: &Path) -> Result<Url, Failure> {
    let url = std::path::absolute(path).ok().and_then(|path| Url::from_file_path(path).ok());
    let message = || format!("`{}` is no path to a file", path.display());
    url.ok_or_else(|| Failure::new(FailureClass::ReadFailed, message()))
}

/// Whether `text` begins as a URL does: a scheme of two letters or more (one letter is a drive) and a colon.
fn has_scheme(text: &str) -> bool {
    text.split_once(':').is_some_and(|(scheme, _)| {
        scheme.len() > 1
            && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
    })
}

fn locate(text: &str, folder: &Path) -> Result<Location, Failure> {
    if !has_scheme(text) || folder.join(text).exists() {
        return Ok(Location::File(folder.join(text)));
    }
    let mut url = Url::parse(text)
        .map_err(|error| Failure::new(FailureClass::BadUrl, format!("`{text}` is not a URL: {error}")))?;
    url.set_fragment(None);
    if matches!(url.scheme(), "http" | "https") {
        Ok(Location::Web(url))
    } else {
        let message = format!("`{}:` can't be fetched; only http and https can", url.scheme());
        Err(Failure::new(FailureClass::BlockedScheme, message))
    }
}
