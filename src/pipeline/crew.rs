//! Those who visit pages: a task for each host that was claimed.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures::{StreamExt, stream};
use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio::task::{Id, JoinSet};
use url::Url;

use super::{Brought, Workshop};
use crate::fetch::{Client, HostFacts};
use crate::source::SAVED_PAGES;
use crate::state::host::{Claim, Clock, Lease, Robots};
use crate::state::page::Page;
use crate::state::tenure::Tenure;
use crate::write::inert::inert;

/// Hosts that are worked on side by side for each page that may be in flight: enough to keep all pages in flight while
/// most hosts rest between two requests, and a bound for the pages that wait to be cleaned.
const HOSTS_A_PAGE_IN_FLIGHT: usize = 8;

/// Pages of one host that are worked on side by side. They take turns in asking the host, and a page that waits for its
/// next try holds up none of the others.
const PAGES_A_HOST: usize = 4;

/// Visits that wait to be taken up before the next page is cleaned.
const WAITING_VISITS: usize = 64;

/// A page that was visited, and what that brought.
#[derive(Debug)]
pub struct Visited {
    /// The right by which its host was asked.
    pub lease: Lease,
    /// The page as it was before.
    pub page: Page,
    /// What the visit brought.
    pub brought: Brought,
    /// When that had come.
    pub at: Timestamp,
    /// When its host may be asked next.
    pub clock: Clock,
}

/// What the crew has to say.
#[derive(Debug)]
pub enum News {
    /// A page was visited.
    Visited(Box<Visited>),
    /// All pages of a claim were visited that will be.
    Done(Done),
}

impl News {
    /// Whether a claim is worked off.
    pub fn is_done(&self) -> bool {
        matches!(self, Self::Done(_))
    }
}

/// A claim that is worked off.
#[derive(Debug)]
pub struct Done {
    /// The right that can be given back.
    pub lease: Lease,
    /// What was learned of the robots.txt of its origins.
    pub robots: Vec<(String, Robots)>,
}

/// A host whose pages are being visited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Active {
    /// The name of its clock.
    pub host: String,
    /// Pages that were visited.
    pub visited: usize,
    /// Pages of the claim.
    pub pages: usize,
}

/// The tasks of a run.
#[derive(Debug)]
pub struct Crew {
    shop: Workshop,
    in_full: bool,
    tenure: Tenure,
    tasks: JoinSet<Done>,
    leases: HashMap<Id, Lease>,
    active: BTreeMap<Lease, Active>,
    sender: mpsc::Sender<Box<Visited>>,
    receiver: mpsc::Receiver<Box<Visited>>,
    stopped: Arc<AtomicBool>,
}

impl Crew {
    /// A crew without work. Pages are asked for `in_full` or only if they have changed, and hosts no longer than `tenure`.
    pub fn new(shop: Workshop, in_full: bool, tenure: Tenure) -> Self {
        let (sender, receiver) = mpsc::channel(WAITING_VISITS);
        Self {
            shop,
            in_full,
            tenure,
            tasks: JoinSet::new(),
            leases: HashMap::new(),
            active: BTreeMap::new(),
            sender,
            receiver,
            stopped: Arc::default(),
        }
    }

    /// The client that pages are fetched with.
    pub fn client(&self) -> &Client {
        self.shop.client()
    }

    /// How long leases hold.
    pub fn tenure(&self) -> &Tenure {
        &self.tenure
    }

    /// How many more hosts can be taken on.
    pub fn room(&self) -> usize {
        self.shop.parallel.saturating_mul(HOSTS_A_PAGE_IN_FLIGHT).saturating_sub(self.tasks.len())
    }

    /// Whether nothing is under way.
    pub fn is_idle(&self) -> bool {
        self.tasks.is_empty()
    }

    /// The hosts whose pages are being visited, those that were taken on first before the others.
    pub fn active(&self) -> impl Iterator<Item = &Active> {
        self.active.values()
    }

    /// Visits the pages of a claim, in their order. `robots` is what an earlier run knew of their origins.
    pub fn take_on(&mut self, claim: Claim, robots: Vec<(Url, Robots)>) {
        let client = self.client();
        if let Some(page) = claim.pages.first() {
            let delay = claim.clock.delay.filter(|_| client.clock(&page.url).delay.is_none());
            client.learn(&page.url, HostFacts { delay, ..HostFacts::default() });
        }
        for (url, robots) in robots {
            client.learn(&url, HostFacts { robots: Some(robots.into()), ..HostFacts::default() });
        }
        let lease = claim.lease;
        self.active.insert(lease, Active { host: claim.host.clone(), visited: 0, pages: claim.pages.len() });
        let (shop, sender, stopped) = (self.shop.clone(), self.sender.clone(), Arc::clone(&self.stopped));
        let end = self.tenure.end();
        let task = self.tasks.spawn(attend(shop, claim, self.in_full, stopped, sender, end));
        self.leases.insert(task.id(), lease);
    }

    /// What has happened next; `None` when nothing is under way.
    pub async fn next(&mut self) -> Option<News> {
        loop {
            let joined = tokio::select! {
                biased;
                Some(visited) = self.receiver.recv() => {
                    if let Some(active) = self.active.get_mut(&visited.lease) {
                        active.visited += 1;
                    }
                    return Some(News::Visited(visited));
                }
                joined = self.tasks.join_next_with_id() => joined?,
            };
            match joined {
                Ok((id, done)) => {
                    self.leases.remove(&id);
                    self.active.remove(&done.lease);
                    return Some(News::Done(done));
                }
                // The host stays claimed, so that its pages are not met again in this run.
                Err(error) => {
                    self.leases.remove(&error.id()).and_then(|lease| self.active.remove(&lease));
                    tracing::error!("a task failed: {error}");
                }
            }
        }
    }

    /// Begins no further page.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }

    /// Gives up all pages that are under way.
    pub fn abandon(&mut self) {
        self.tasks.abort_all();
        self.tasks.detach_all();
    }
}

/// Visits the pages of a claim.
async fn attend(
    shop: Workshop,
    claim: Claim,
    in_full: bool,
    stopped: Arc<AtomicBool>,
    sender: mpsc::Sender<Box<Visited>>,
    lost: impl Future<Output = ()>,
) -> Done {
    let Claim { lease, host, pages, .. } = claim;
    let began = Timestamp::now();
    let are_saved = host == SAVED_PAGES;
    let side_by_side = if are_saved { shop.parallel } else { PAGES_A_HOST };
    let origins: HashSet<Url> = match are_saved {
        true => HashSet::new(),
        false => pages.iter().filter_map(|page| origin(&page.url)).collect(),
    };
    let visit = |page: Page| {
        let (shop, sender, stopped) = (&shop, &sender, &stopped);
        async move {
            if stopped.load(Ordering::Relaxed) {
                return;
            }
            let brought = shop.visit(&page, in_full).await;
            log(&page, &brought);
            let facts = shop.client().clock(&page.url);
            let at = Timestamp::now();
            let clock = match are_saved {
                true => Clock::default(),
                false => Clock::of(&facts, at),
            };
            // Nobody listens any more when the run has ended.
            let _ = sender.send(Box::new(Visited { lease, page, brought, at, clock })).await;
        }
    };
    let visits = stream::iter(pages).for_each_concurrent(side_by_side, visit);
    tokio::select! {
        biased;
        // What is under way is broken off: the host may be another's in a moment.
        () = lost => tracing::info!("the lease on {} has run out", inert(&host)),
        () = visits => {}
    }
    let learned = |origin: Url| {
        let robots = shop.client().facts(&origin).robots.filter(|robots| robots.fetched_at >= began)?;
        Some((origin.origin().ascii_serialization(), robots.into()))
    };
    Done { lease, robots: origins.into_iter().filter_map(learned).collect() }
}

/// The front page of the origin of `url`, which stands for the origin.
pub(super) fn origin(url: &Url) -> Option<Url> {
    url.join("/").ok()
}

fn log(page: &Page, brought: &Brought) {
    let source = inert(page.source());
    match brought {
        Brought::Page(had) => tracing::info!("{source}: {} words", had.article.word_count),
        Brought::NotModified => tracing::info!("{source}: not modified"),
        Brought::Nothing(refusal) => {
            let failure = &refusal.failure;
            tracing::info!("{source}: {}: {}", failure.class, inert(&failure.message));
        }
    }
}
