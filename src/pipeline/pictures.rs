//! The pictures of stories: had politely like pages, set down as temporary files, and put beside the article when that is
//! written.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use tempfile::TempPath;
use url::Url;

use super::Had;
use crate::article::Article;
use crate::failure::{Failure, FailureClass};
use crate::fetch::Client;
use crate::state::identity::Digest;
use crate::state::page::Page;
use crate::write::files;

/// Pictures of one story that are downloaded.
const MOST: usize = 50;

/// Where pictures are kept, and for which stories.
#[derive(Debug)]
pub struct Pictures {
    /// The folder of the outputs.
    pub folder: PathBuf,
    /// Stories published before this are not written, so that nothing is downloaded for them.
    pub since: Option<Timestamp>,
}

/// A picture that was had.
#[derive(Debug)]
pub struct Picture {
    /// Which one of the article it is.
    place: usize,
    /// The end of the name of its file: a hash of the URL, and what the bytes are.
    name: String,
    file: TempPath,
}

impl Pictures {
    /// Downloads the pictures of a story that is new or has changed. One that can't be had is left out, with a note.
    pub(super) async fn download(&self, client: &Client, page: &Page, in_full: bool, had: &mut Had) {
        let Some(story) = &had.story else { return };
        let is_old =
            self.since.is_some_and(|since| story.published.is_some_and(|published| published < since));
        if is_old || page.has(story) && !in_full {
            return;
        }
        let mut failures: BTreeMap<FailureClass, usize> = BTreeMap::new();
        for (place, image) in had.article.images.iter().take(MOST).enumerate() {
            match self.picture(client, place, &image.url).await {
                Ok(picture) => had.pictures.push(picture),
                Err(failure) => *failures.entry(failure.class).or_default() += 1,
            }
        }
        let notes =
            failures.into_iter().map(|(class, count)| format!("{count} pictures were not had: {class}"));
        had.article.notes.extend(notes);
    }

    async fn picture(&self, client: &Client, place: usize, url: &str) -> Result<Picture, Failure> {
        let address = Url::parse(url)
            .map_err(|error| Failure::new(FailureClass::BadUrl, format!("a picture has no URL: {error}")))?;
        let picture = client.fetch_picture(&address).await?;
        let folder = self.folder.clone();
        let file = tokio::task::spawn_blocking(move || files::set_down(&folder, &picture.bytes)).await;
        let file = file.unwrap_or_else(|error| {
            Err(Failure::new(FailureClass::Internal, format!("a picture was not written: {error}")))
        })?;
        let name = format!("{}.{}", Digest::of(url).digits(8), picture.ending);
        Ok(Picture { place, name, file })
    }
}

impl Picture {
    /// Says in the article, whose files are called `stem`, where its picture will be.
    pub(super) fn name_in(&self, article: &mut Article, stem: &str) {
        if let Some(image) = article.images.get_mut(self.place) {
            image.file = Some(format!("{stem}-{}", self.name));
        }
    }

    /// Puts the picture where the article says it is.
    pub(super) fn settle(&self, article: &Article, folder: &Path) -> Result<(), Failure> {
        let image = article.images.get(self.place);
        let Some(file) = image.and_then(|image| image.file.as_deref()) else { return Ok(()) };
        files::settle(folder, file.as_ref(), &self.file)
    }
}
