//! The only place that knows concurrency.
//!
//! Fetching is async, one request to a host at a time. Cleaning is CPU work and runs on threads, one a core. A page that
//! fails, even one that makes the cleaner panic, comes to a failure; nothing disappears.
//!
//! A list of pages goes through [`Workshop::in_order`]. A run works off its frontier: the [`schedule`] claims hosts from the
//! state, the [`crew`] visits their pages, and the [`ledger`] brings what they found into the outputs and then, together
//! with the clocks of the hosts, into the state.

pub mod crew;
pub mod ledger;
mod page;
pub mod pictures;
pub mod schedule;

use std::sync::Arc;

use futures::{Stream, StreamExt, stream};
use tokio::sync::Semaphore;

use crate::article::Article;
use crate::clean::explain::Judged;
use crate::clean::rules::Rules;
use crate::config::{self, Config};
use crate::failure::{Failure, FailureClass};
use crate::fetch::{Answer, Client, Refusal, Validators};
use crate::source::{Candidate, Location, files};
use crate::state::page::{Answer as Known, Page, Story};
use crate::write::inert::inert;
use page::{Input, Readable, article, explained, readable};
use pictures::{Picture, Pictures};

/// What work on a page needs; clones share it.
#[derive(Debug, Clone)]
pub struct Workshop {
    client: Client,
    cores: Arc<Semaphore>,
    parallel: usize,
    shared: Arc<Shared>,
    /// Where pictures are kept, when they are downloaded.
    pictures: Option<Arc<Pictures>>,
}

#[derive(Debug)]
struct Shared {
    options: config::Clean,
    max_body: u64,
    rules: Rules,
}

/// What a visit to a page brought.
#[derive(Debug)]
pub enum Brought {
    /// The page.
    Page(Box<Had>),
    /// The word that it is as it was.
    NotModified,
    /// Nothing.
    Nothing(Refusal),
}

/// A page that was had and cleaned.
#[derive(Debug)]
pub struct Had {
    /// The article.
    pub article: Article,
    /// The story in it, if it holds one.
    pub story: Option<Story>,
    /// What to ask with when the page is asked for again.
    pub answer: Known,
    /// The pictures of the story, when they are downloaded.
    pub pictures: Vec<Picture>,
}

impl Workshop {
    /// A workshop for a configuration.
    ///
    /// # Errors
    /// When no HTTP client can be made of the options, and when the user's rules can't be used.
    pub fn new(config: &Config) -> anyhow::Result<Self> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Ok(Self {
            client: Client::new(&config.fetch)?,
            cores: Arc::new(Semaphore::new(cores)),
            parallel: config.fetch.concurrency.max(2 * cores),
            shared: Arc::new(Shared {
                options: config.clean.clone(),
                max_body: config.fetch.max_body.as_u64(),
                rules: config::rules(&config.clean)?,
            }),
            pictures: None,
        })
    }

    /// The same workshop, which downloads the pictures of stories, too.
    pub fn with_pictures(self, pictures: Pictures) -> Self {
        Self { pictures: Some(Arc::new(pictures)), ..self }
    }

    /// The client that all pages are fetched with.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Works on many candidates at once and gives the articles in the order of the candidates.
    pub fn in_order(&self, candidates: Vec<Candidate>) -> impl Stream<Item = (Candidate, Article)> + use<> {
        let shop = self.clone();
        stream::iter(candidates).map(move |candidate| shop.clone().work(candidate)).buffered(self.parallel)
    }

    async fn work(self, candidate: Candidate) -> (Candidate, Article) {
        let article = match self.read_and(&candidate, article).await {
            Ok(article) => article,
            Err(failure) => Article { error: Some(failure), ..Article::default() },
        };
        let article = Article { source: candidate.source.clone(), ..article };
        let source = inert(&candidate.source);
        match &article.error {
            None => tracing::info!("{source}: {} words", article.word_count),
            Some(failure) => tracing::info!("{source}: {}: {}", failure.class, inert(&failure.message)),
        }
        (candidate, article)
    }

    /// The article of one candidate, and what became of every block of its page.
    ///
    /// # Errors
    /// When the page can't be had. A page without a story is explained like any other.
    pub async fn explain(&self, candidate: &Candidate) -> Result<(Article, Vec<Judged>), Failure> {
        let (article, blocks) = self.read_and(candidate, explained).await?;
        Ok((Article { source: candidate.source.clone(), ..article }, blocks))
    }

    /// Asks for a page of the frontier, if it has changed since it was last had or is wanted `in_full`, and cleans it.
    pub async fn visit(&self, page: &Page, in_full: bool) -> Brought {
        match self.ask(page, in_full).await {
            Ok(Brought::Page(mut had)) => {
                if let Some(pictures) = &self.pictures {
                    pictures.download(&self.client, page, in_full, &mut had).await;
                }
                Brought::Page(had)
            }
            Ok(brought) => brought,
            Err(refusal) => Brought::Nothing(refusal),
        }
    }

    async fn ask(&self, page: &Page, in_full: bool) -> Result<Brought, Refusal> {
        let known = if in_full { Known::default() } else { page.answer.clone() };
        let (source, url) = (page.source().to_owned(), page.url.clone());
        if url.scheme() == "file" {
            let path = url.to_file_path().map_err(|()| {
                Failure::new(FailureClass::BadUrl, format!("`{url}` is no path on this machine"))
            });
            let path = path.map_err(for_good)?;
            let work = move |shared: &Shared| {
                // A file that changes while it is read is read again next time.
                let stamp = files::stamp(&path);
                if stamp.is_some() && stamp == known.etag {
                    return Ok(Brought::NotModified);
                }
                let page = readable(Input::File(path), shared.max_body)?;
                let answer = Known { etag: stamp, ..Known::default() };
                Ok(Brought::Page(Box::new(had(&page, &source, &url, answer, shared))))
            };
            return self.on_a_core(work).await.map_err(for_good);
        }
        let validators = Validators { url: known.url, etag: known.etag, last_modified: known.last_modified };
        let fetched = match self.client.fetch(&url, &validators).await? {
            Answer::Page(page) => page,
            Answer::NotModified { .. } => return Ok(Brought::NotModified),
        };
        let work = move |shared: &Shared| {
            let page = readable(Input::Page(fetched), shared.max_body)?;
            let answer = Known {
                url: page.url.clone(),
                etag: page.etag.clone(),
                last_modified: page.last_modified.clone(),
            };
            Ok(Brought::Page(Box::new(had(&page, &source, &url, answer, shared))))
        };
        self.on_a_core(work).await.map_err(for_good)
    }

    /// Has the page of a candidate read, and does `work` on it on a thread.
    async fn read_and<T: Send + 'static>(
        &self,
        candidate: &Candidate,
        work: fn(&Readable, &Shared) -> T,
    ) -> Result<T, Failure> {
        let input = match candidate.location.clone()? {
            Location::Web(url) => match self.client.fetch(&url, &Validators::default()).await? {
                Answer::Page(page) => Input::Page(page),
                Answer::NotModified { status, .. } => {
                    let message = format!(
                        "`{}` was not asked whether it changed and answers {status}",
                        candidate.source
                    );
                    return Err(Failure::new(FailureClass::BadHttp, message));
                }
            },
            Location::File(path) => Input::File(path),
            Location::Stdin => Input::Stdin,
        };
        self.on_a_core(move |shared| Ok(work(&readable(input, shared.max_body)?, shared))).await
    }

    /// Does work on a thread when a core is free.
    async fn on_a_core<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Shared) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        // The semaphore is never closed, so the core is always had.
        let _core = self.cores.acquire().await.ok();
        let shared = Arc::clone(&self.shared);
        tokio::task::spawn_blocking(move || work(&shared)).await.unwrap_or_else(|_| {
            let message = "the cleaner failed on this page; please report it with the page".to_owned();
            Err(Failure::new(FailureClass::Internal, message))
        })
    }
}

/// The page at `url`, which is called `source`, cleaned.
fn had(page: &Readable, source: &str, url: &url::Url, answer: Known, shared: &Shared) -> Had {
    let article = Article { source: source.to_owned(), ..article(page, shared) };
    let at = page.url.as_ref().unwrap_or(url);
    let story = article.kind.has_story().then(|| Story::new(&article, at, page.fetched_at));
    Had { article, story, answer, pictures: Vec::new() }
}

/// A failure that nobody has to wait for.
fn for_good(failure: Failure) -> Refusal {
    Refusal { failure, not_before: None }
}
