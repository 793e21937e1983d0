//! Stories on several pages: the further ones are fetched after the first and their blocks put behind its own.

use std::collections::HashSet;

use jiff::Timestamp;
use url::Url;

use super::page::{Input, readable};
use super::{Before, Bench, Shared, Workshop};
use crate::article::{Article, Block};
use crate::clean::fill_body;
use crate::failure::Failure;
use crate::fetch::{Client, Fetched, Refusal, Validators};
use crate::source::links::pages;
use crate::write::warc::Capture;

/// The most pages of one story.
const MOST_PAGES: u32 = 20;

/// A story with all of its pages.
pub(super) struct Joined {
    pub(super) article: Article,
    /// When the first page was had.
    pub(super) fetched_at: Timestamp,
    /// Whether no page that the story names is missing.
    pub(super) is_whole: bool,
    /// The record of the first page, when pages are archived.
    pub(super) capture: Option<Capture>,
    /// What became of every block of the first page, as a page, if it is worth a look.
    pub(super) explained: Option<String>,
}

/// A page that was cleaned, and where the next one is.
struct Cleaned {
    article: Article,
    fetched_at: Timestamp,
    capture: Option<Capture>,
    next: Option<Url>,
    explained: Option<String>,
}

impl Workshop {
    /// The article of a page, joined with those of its further pages where it names any. A page of a run, of which something
    /// was known `before`, is explained if it is worth a look.
    pub(super) async fn joined(
        &self,
        bench: &Bench,
        input: Input,
        before: Option<Before>,
    ) -> Result<Joined, Failure> {
        let first = match &input {
            Input::Page(page) => Some(page.url.clone()),
            Input::Kept(_) | Input::Archived(..) | Input::File(_) | Input::Bytes(_) | Input::Stdin => None,
        };
        let Cleaned { mut article, fetched_at, capture, mut next, explained } =
            self.cleaned(bench, input, first.clone(), 1, before).await?;
        let (mut count, mut is_whole) = (1, true);
        while let Some(url) = next.take().filter(|_| article.kind.has_story()) {
            if count == MOST_PAGES {
                article
                    .notes
                    .push(format!("the story has more than {MOST_PAGES} pages; the rest was left out"));
                break;
            }
            let page = match fetch(&bench.client, &url).await {
                // A redirect leads to another story, or back to the first page.
                Ok(page) if page.url == url => page,
                Ok(_) => break,
                Err(Refusal { failure, .. }) => {
                    article.notes.push(missing(count + 1, &failure));
                    is_whole = false;
                    break;
                }
            };
            let further = match self.cleaned(bench, Input::Page(page), first.clone(), count + 1, None).await {
                Ok(further) => further,
                Err(failure) => {
                    article.notes.push(missing(count + 1, &failure));
                    break;
                }
            };
            if !append(&mut article, further.article) {
                break;
            }
            count += 1;
            next = further.next;
        }
        if count > 1 {
            article.notes.push(format!("joined from {count} pages"));
        }
        Ok(Joined { article, fetched_at, is_whole, capture, explained })
    }

    async fn cleaned(
        &self,
        bench: &Bench,
        input: Input,
        first: Option<Url>,
        number: u32,
        before: Option<Before>,
    ) -> Result<Cleaned, Failure> {
        let captures = self.captures && number == 1;
        let work = move |shared: &Shared| {
            let mut page = readable(input, shared.max_body, captures)?;
            let next = first.and_then(|first| pages::next(&page.text, &first, number));
            let article = page.article(shared);
            let explained = before.and_then(|before| shared.explained(&page, &article, before));
            let (fetched_at, capture) = (page.fetched_at, page.capture.take());
            Ok(Cleaned { article, fetched_at, capture, next, explained })
        };
        self.on_a_core(bench, work).await
    }
}

fn missing(number: u32, failure: &Failure) -> String {
    format!("page {number} of the story is missing: {}", failure.class)
}

async fn fetch(client: &Client, url: &Url) -> Result<Box<Fetched>, Refusal> {
    let answer = client.fetch_and_hold(url, &Validators::default()).await?;
    Ok(answer.in_full(&format!("`{url}`"))?)
}

/// Puts the blocks of a further page behind those of `article`, but for what every page of the story repeats. Gives
/// whether that was anything of the story.
fn append(article: &mut Article, further: Article) -> bool {
    if !further.kind.has_story() {
        return false;
    }
    let known: HashSet<&str> = article
        .blocks
        .iter()
        .map(|block| block.text.as_str())
        .chain(article.dek.as_deref())
        .chain(article.title.as_deref())
        .collect();
    let new: Vec<Block> =
        further.blocks.into_iter().filter(|block| !known.contains(block.text.as_str())).collect();
    if new.iter().all(|block| block.aside) {
        return false;
    }
    article.blocks.extend(new);
    article.dropped.extend(further.dropped);
    let notes = further.notes.into_iter().filter(|note| !article.notes.contains(note)).collect::<Vec<_>>();
    article.notes.extend(notes);
    fill_body(article);
    true
}
