//! The only place that knows concurrency: candidates in, one article each out.
//!
//! Fetching is async, one request to a host at a time. Cleaning is CPU work and runs on threads, one a core. A page that
//! fails, even one that makes the cleaner panic, becomes an article with an `error`; nothing disappears.

use std::collections::HashMap;
use std::sync::Arc;

use futures::{Stream, StreamExt, stream};
use tokio::sync::Semaphore;

use crate::article::Article;
use crate::clean::explain::{Judged, explain};
use crate::clean::{Page, clean, rules::Rules};
use crate::config::{self, Config};
use crate::failure::{Failure, FailureClass};
use crate::fetch::{Answer, Client, Fetched, Validators, charset};
use crate::source::{Candidate, Location, files};
use crate::write::inert::inert;

/// Hosts that are worked on side by side for each page that may be in flight: enough to keep all pages in flight while
/// most hosts rest between two requests, and a bound for the pages that wait to be cleaned.
const HOSTS_A_PAGE_IN_FLIGHT: usize = 8;

/// Pages of one host that are worked on side by side. They take turns in asking the host, and a page that waits for its
/// next try holds up none of the others.
const PAGES_A_HOST: usize = 4;

/// What work on a page needs; clones share it.
#[derive(Debug, Clone)]
pub struct Workshop {
    client: Client,
    cores: Arc<Semaphore>,
    parallel: usize,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    options: config::Clean,
    max_body: u64,
    rules: Rules,
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
        })
    }

    /// Works on many candidates at once and gives the articles in the order of the candidates.
    pub fn in_order(&self, candidates: Vec<Candidate>) -> impl Stream<Item = (Candidate, Article)> + use<> {
        let shop = self.clone();
        stream::iter(candidates).map(move |candidate| shop.clone().work(candidate)).buffered(self.parallel)
    }

    /// Works on the hosts side by side and on a few pages of each, and gives the articles as they are done.
    pub fn as_done(&self, candidates: Vec<Candidate>) -> impl Stream<Item = (Candidate, Article)> + use<> {
        let shop = self.clone();
        let side_by_side = self.parallel.saturating_mul(HOSTS_A_PAGE_IN_FLIGHT);
        let mut queues: Vec<Vec<Candidate>> = Vec::new();
        let mut by_host: HashMap<String, usize> = HashMap::new();
        for candidate in candidates {
            match candidate.host() {
                // A file waits for no host.
                None => queues.push(vec![candidate]),
                Some(host) => {
                    let place = *by_host.entry(host).or_insert_with(|| {
                        queues.push(Vec::new());
                        queues.len() - 1
                    });
                    queues[place].push(candidate);
                }
            }
        }
        stream::iter(queues).flat_map_unordered(side_by_side, move |queue| {
            let shop = shop.clone();
            let work = move |candidate| shop.clone().work(candidate);
            stream::iter(queue).map(work).buffer_unordered(PAGES_A_HOST).boxed()
        })
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
        // The semaphore is never closed, so the core is always had.
        let _core = self.cores.acquire().await.ok();
        let shared = Arc::clone(&self.shared);
        let done = tokio::task::spawn_blocking(move || Ok(work(&readable(input, shared.max_body)?, &shared)));
        done.await.unwrap_or_else(|_| {
            let message = "the cleaner failed on this page; please report it with the page".to_owned();
            Err(Failure::new(FailureClass::Internal, message))
        })
    }
}

/// A time in RFC 3339, without the digits that say nothing about a page.
fn to_the_second(time: jiff::Timestamp) -> String {
    jiff::Timestamp::from_second(time.as_second()).unwrap_or(time).to_string()
}

/// A page before it is decoded.
enum Input {
    Page(Box<Fetched>),
    File(std::path::PathBuf),
    Stdin,
}

/// A page that is decoded, and what is known about how it was had.
struct Readable {
    text: String,
    notes: Vec<String>,
    fetched_at: jiff::Timestamp,
    url: Option<url::Url>,
    status: Option<u16>,
    etag: Option<String>,
    last_modified: Option<String>,
    robots: Option<String>,
    opt_out: Option<String>,
}

impl Readable {
    fn page(&self) -> Page<'_> {
        Page { text: &self.text, url: self.url.as_ref(), fetched_at: Some(self.fetched_at) }
    }
}

fn readable(input: Input, max_body: u64) -> Result<Readable, Failure> {
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

fn article(page: &Readable, shared: &Shared) -> Article {
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

fn explained(page: &Readable, shared: &Shared) -> (Article, Vec<Judged>) {
    (article(page, shared), explain(page.page(), &shared.rules))
}
