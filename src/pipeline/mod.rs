//! The only place that knows concurrency.
//!
//! Fetching is async, one request to a host at a time. Cleaning is CPU work and runs on threads, one a core. A page that
//! fails, even one that makes the cleaner panic, comes to a failure; nothing disappears.
//!
//! [`discover`] asks the sources what they name. A list of pages goes through [`Workshop::in_order`]. A run works off its
//! frontier: the [`schedule`] claims hosts from the
//! state, the [`crew`] visits their pages, and the [`ledger`] brings what they found into the outputs and then, together
//! with the clocks of the hosts, into the state.

pub mod crew;
pub mod discover;
mod join;
pub mod ledger;
mod page;
pub mod pictures;
pub mod schedule;
pub mod survey;
pub mod unpack;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures::{Stream, StreamExt};
use tokio::sync::Semaphore;

use crate::article::Article;
use crate::clean::explain::Judged;
use crate::clean::rules::Rules;
use crate::config::{self, Config, Source, SourceClean, SourceFetch};
use crate::failure::{Failure, FailureClass};
use crate::fetch::{Answer, Client, Refusal, Validators};
use crate::source::archive::{Entry, Spot};
use crate::source::{Candidate, Location, files, sitemap};
use crate::state::page::{Page, Story};
use crate::summary::findings::{self, Impression};
use crate::write::explain::html;
use crate::write::inert::inert;
use crate::write::warc::Capture;
use join::Joined;
use page::{Input, Readable, explained, fill, had, readable, retold};
use pictures::{Picture, Pictures};
use unpack::{Offer, Tally};

/// Pages that are explained in a run because they are worth a look: a bound for the work, since most of a site may be.
const MOST_EXPLAINED: usize = 24;

/// What work on a page needs; clones share it.
#[derive(Debug, Clone)]
pub struct Workshop {
    cores: Arc<Semaphore>,
    parallel: usize,
    general: Arc<config::Fetch>,
    usual: Bench,
    /// For pages of sources with settings of their own, by the names of these.
    special: Arc<HashMap<String, Bench>>,
    /// Where pictures are kept, when they are downloaded.
    pictures: Option<Arc<Pictures>>,
    /// Whether the pages of visits are archived.
    captures: bool,
}

/// What the pages of a source are worked on with.
#[derive(Debug, Clone)]
struct Bench {
    client: Client,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    options: config::Clean,
    max_body: u64,
    rules: Rules,
    /// Pages that may still be explained because they are worth a look.
    explanations: Arc<AtomicUsize>,
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
    pub answer: Validators,
    /// The pictures of the story, when they are downloaded.
    pub pictures: Vec<Picture>,
    /// The record of the page, when pages are archived.
    pub capture: Option<Capture>,
    /// What else there is to say of it.
    pub impression: Impression,
}

impl Workshop {
    /// A workshop for a configuration.
    ///
    /// # Errors
    /// When no HTTP client can be made of the options, and when the user's rules can't be used.
    pub fn new(config: &Config) -> anyhow::Result<Self> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let client = Client::new(&config.fetch)?;
        let most = if config.write.report { MOST_EXPLAINED } else { 0 };
        let explanations = Arc::new(AtomicUsize::new(most));
        let usual = Bench::new(client, &config.fetch, &config.clean, &explanations)?;
        let mut special = HashMap::new();
        for source in &config.source {
            if source.fetch != SourceFetch::default() || source.clean != SourceClean::default() {
                let fetch = source.fetch_over(&config.fetch);
                let client = usual.client.with(&fetch);
                let clean = source.clean_over(&config.clean);
                special.insert(source.title(), Bench::new(client, &fetch, &clean, &explanations)?);
            }
        }
        Ok(Self {
            cores: Arc::new(Semaphore::new(cores)),
            parallel: config.fetch.concurrency.max(2 * cores),
            general: Arc::new(config.fetch.clone()),
            usual,
            special: Arc::new(special),
            pictures: None,
            captures: false,
        })
    }

    /// The same workshop, which downloads the pictures of stories, too.
    pub fn with_pictures(self, pictures: Pictures) -> Self {
        Self { pictures: Some(Arc::new(pictures)), ..self }
    }

    /// The same workshop, which also makes records of the pages that it visits.
    pub fn with_captures(self) -> Self {
        self.client().keep_heads();
        Self { captures: true, ..self }
    }

    /// The client that pages are fetched with where their source has no settings of its own. It shares connections and
    /// clocks with all others.
    pub fn client(&self) -> &Client {
        &self.usual.client
    }

    /// The client that the documents of a source are fetched with, which may be as large as sitemaps.
    pub fn client_for(&self, source: &Source) -> Client {
        let mut options = source.fetch_over(&self.general);
        options.max_body = options.max_body.max(bytesize::ByteSize::b(sitemap::MOST_BYTES));
        self.client().with(&options)
    }

    /// What the pages of the source with this name are worked on with.
    fn bench(&self, source: Option<&str>) -> &Bench {
        source.and_then(|name| self.special.get(name)).unwrap_or(&self.usual)
    }

    /// Works on many candidates at once and gives the articles in their order, those of an archive in its place. What is
    /// passed over in archives is counted in `tally`.
    pub fn in_order(
        &self,
        candidates: Vec<Candidate>,
        tally: &Tally,
    ) -> impl Stream<Item = (Candidate, Article)> + use<> {
        let shop = self.clone();
        self.unpacked(candidates, tally).map(move |offer| shop.clone().work(offer)).buffered(self.parallel)
    }

    async fn work(self, offer: Offer) -> (Candidate, Article) {
        let Offer { candidate, input } = offer;
        let had = self.article_of(&candidate, input).await;
        let failed = match &had {
            Ok(article) => article.error.clone(),
            Err(failure) => Some(failure.clone()),
        };
        let told = match failed {
            Some(failure) => self.tell_again(&candidate, &failure).await,
            None => None,
        };
        let article = match (told, had) {
            (Some(article), _) | (None, Ok(article)) => article,
            (None, Err(failure)) => Article { error: Some(failure), ..Article::default() },
        };
        let article = Article { source: candidate.source.clone(), ..article };
        let source = inert(&candidate.source);
        match &article.error {
            None => tracing::info!("{source}: {} words", article.word_count),
            Some(failure) => tracing::info!("{source}: {}: {}", failure.class, inert(&failure.message)),
        }
        (candidate, article)
    }

    async fn article_of(&self, candidate: &Candidate, input: Option<Input>) -> Result<Article, Failure> {
        let bench = self.bench(candidate.found_by.as_deref());
        let input = match input {
            Some(input) => input,
            None => self.input_of(candidate, &bench.client).await?,
        };
        let mut article = self.joined(bench, input, None).await?.article;
        fill(&mut article, &candidate.hints, candidate.found_by.as_deref());
        Ok(article)
    }

    /// The story of a candidate as its source gives it, where the page can't be had.
    async fn tell_again(&self, candidate: &Candidate, failure: &Failure) -> Option<Article> {
        let (Some(content), Ok(Location::Web(url))) = (&candidate.content, &candidate.location) else {
            return None;
        };
        let (content, url, hints) = (content.clone(), url.clone(), candidate.hints.clone());
        let (found_by, failure) = (candidate.found_by.clone(), failure.clone());
        let bench = self.bench(candidate.found_by.as_deref());
        let work =
            move |shared: &Shared| Ok(retold(&content, &url, &hints, found_by.as_deref(), &failure, shared));
        self.on_a_core(bench, work).await.ok().flatten()
    }

    /// The story of a page of the frontier as its source gave it, where the page can't be had. Works on the thread that calls;
    /// `None` where the content holds no story.
    pub fn retell(&self, page: &Page, content: &str, failure: &Failure) -> Option<Had> {
        let shared = &self.bench(page.found_by.as_deref()).shared;
        let found_by = page.found_by.as_deref();
        // What makes the cleaner panic is no story.
        let work = || retold(content, &page.url, &page.hints, found_by, failure, shared);
        let article = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)).ok().flatten()?;
        Some(had(article, page, &page.url, jiff::Timestamp::now(), Validators::default(), None))
    }

    /// The article of one candidate, and what became of every block of its page.
    ///
    /// # Errors
    /// When the page can't be had. A page without a story is explained like any other.
    pub async fn explain(&self, candidate: &Candidate) -> Result<(Article, Vec<Judged>), Failure> {
        let bench = self.bench(candidate.found_by.as_deref());
        let input = self.input_of(candidate, &bench.client).await?;
        let work = |shared: &Shared| Ok(explained(&readable(input, shared.max_body, false)?, shared));
        let (article, blocks) = self.on_a_core(bench, work).await?;
        Ok((Article { source: candidate.source.clone(), ..article }, blocks))
    }

    /// Asks for a page of the frontier, if it has changed since it was last had or is wanted `in_full`, and cleans it.
    pub async fn visit(&self, page: &Page, in_full: bool) -> Brought {
        match self.ask(page, in_full).await {
            Ok(Brought::Page(mut had)) => {
                if let Some(pictures) = &self.pictures {
                    let client = &self.bench(page.found_by.as_deref()).client;
                    pictures.download(client, page, in_full, &mut had).await;
                }
                Brought::Page(had)
            }
            Ok(brought) => brought,
            Err(refusal) => Brought::Nothing(refusal),
        }
    }

    async fn ask(&self, page: &Page, in_full: bool) -> Result<Brought, Refusal> {
        let known = if in_full { Validators::default() } else { page.answer.clone() };
        let bench = self.bench(page.found_by.as_deref());
        if page.url.scheme() == "file" {
            return Ok(self.ask_file(bench, page, known).await?);
        }
        let fetched = match bench.client.fetch_and_hold(&page.url, &known).await? {
            Answer::Page(page) => page,
            Answer::NotModified { .. } => return Ok(Brought::NotModified),
        };
        let answer = fetched.validators();
        let Joined { article, fetched_at, is_whole, capture, explained } =
            self.joined(bench, Input::Page(fetched), Some(Before::of(page))).await?;
        let at = answer.url.clone().unwrap_or_else(|| page.url.clone());
        // What is missing would not come as long as the first page stays as it is.
        let answer = if is_whole { answer } else { Validators::default() };
        let had = had(article, page, &at, fetched_at, answer, explained);
        Ok(Brought::Page(Box::new(Had { capture, ..had })))
    }

    async fn ask_file(&self, bench: &Bench, page: &Page, known: Validators) -> Result<Brought, Failure> {
        let url = &page.url;
        let path = url.to_file_path().map_err(|()| {
            Failure::new(FailureClass::BadUrl, format!("`{url}` is no path on this machine"))
        })?;
        let (page, spot, captures) = (page.clone(), Spot::of(url), self.captures);
        let work = move |shared: &Shared| {
            // A file that changes while it is read is read again next time.
            let stamp = files::stamp(&path);
            if stamp.is_some() && stamp == known.etag {
                return Ok(Brought::NotModified);
            }
            let input = spot.map_or(Input::File(path.clone()), |spot| Input::Archived(path, spot));
            let mut read = readable(input, shared.max_body, captures)?;
            let answer = Validators { etag: stamp, ..Validators::default() };
            let at = read.url.clone().unwrap_or_else(|| page.url.clone());
            let article = read.article(shared);
            let explained = shared.explained(&read, &article, Before::of(&page));
            let had = had(article, &page, &at, read.fetched_at, answer, explained);
            Ok(Brought::Page(Box::new(Had { capture: read.capture.take(), ..had })))
        };
        self.on_a_core(bench, work).await
    }

    /// What the page of a candidate is read from, asked for if it is on the web.
    async fn input_of(&self, candidate: &Candidate, client: &Client) -> Result<Input, Failure> {
        Ok(match candidate.location.clone()? {
            Location::Web(url) => {
                let answer = client.fetch_and_hold(&url, &Validators::default()).await?;
                Input::Page(answer.in_full(&format!("`{}`", candidate.source))?)
            }
            Location::File(path) => Input::File(path),
            Location::Archived(Entry { path, spot: Some(spot), .. }) => Input::Archived(path, spot),
            Location::Archived(Entry { spot: None, .. }) => {
                let message = format!("`{}` can't be read alone", candidate.source);
                return Err(Failure::new(FailureClass::ReadFailed, message));
            }
            Location::Stdin => Input::Stdin,
        })
    }

    /// Does work that no settings of a source touch on a thread when a core is free.
    async fn on_any_core<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        self.on_a_core(&self.usual, move |_: &Shared| work()).await
    }

    /// Does work on a thread when a core is free.
    async fn on_a_core<T: Send + 'static>(
        &self,
        bench: &Bench,
        work: impl FnOnce(&Shared) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        // The semaphore is never closed, so the core is always had.
        let _core = self.cores.acquire().await.ok();
        let shared = Arc::clone(&bench.shared);
        tokio::task::spawn_blocking(move || work(&shared)).await.unwrap_or_else(|_| {
            let message = "the cleaner failed on this page; please report it with the page".to_owned();
            Err(Failure::new(FailureClass::Internal, message))
        })
    }
}

impl Bench {
    fn new(
        client: Client,
        fetch: &config::Fetch,
        clean: &config::Clean,
        explanations: &Arc<AtomicUsize>,
    ) -> anyhow::Result<Self> {
        let shared = Shared {
            options: clean.clone(),
            max_body: fetch.max_body.as_u64(),
            rules: config::rules(clean)?,
            explanations: Arc::clone(explanations),
        };
        Ok(Self { client, shared: Arc::new(shared) })
    }
}

/// What a run knew of a page before it was had again.
#[derive(Debug, Clone, Copy)]
struct Before {
    /// How many words its story had, if it had one.
    words: Option<u32>,
}

impl Before {
    fn of(page: &Page) -> Self {
        Self { words: page.story.as_ref().map(|story| story.words) }
    }
}

impl Shared {
    /// What became of every block of a page with this article, as a page, if it is worth a look.
    fn explained(&self, page: &Readable, article: &Article, before: Before) -> Option<String> {
        findings::why(article, before.words)?;
        let take_one = |left: usize| left.checked_sub(1);
        self.explanations.try_update(Ordering::Relaxed, Ordering::Relaxed, take_one).ok()?;
        Some(html::render(article, &page.judged(&self.rules)))
    }
}
