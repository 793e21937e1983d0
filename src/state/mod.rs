//! The frontier and its memory: which pages there are, which are due, and what came of them.
//!
//! A run uses a state so:
//!
//! 1. [`sqlite::open`] it while holding the lock of the run. A damaged file was moved aside when `damaged` says so.
//! 2. [`State::begin_run`]; [`State::add`] what the sources found. A page that is known keeps all that is known about it.
//! 3. [`State::claim`] hosts with their due pages, as many as there is room for. A claim has a host alone until it is
//!    released, and its pages are to be asked for in their order. When a claim is empty, [`State::next_ready`] says when
//!    the next one will not be.
//! 4. Fetch (with the validators in [`page::Page::answer`]) and clean. [`Page::has`](page::Page::has) tells an unchanged story,
//!    [`duplicate::find`] one that is had from elsewhere. Write what is to be written, and **make it durable**.
//! 5. Only then [`State::record`] the pages after their visits ([`Page::after`](page::Page::after) makes them), many in one
//!    call: they are committed together with the clocks of their hosts, or not at all.
//! 6. [`State::release`] the lease when the pages of the claim are recorded, and claim again. Pages that were claimed and
//!    not recorded stay due.
//! 7. [`State::counts`] and [`State::end_run`] for the summary; [`State::close`].
//!
//! A run may be killed at any moment. What was recorded is there; every other page is due as it was, and an output that was
//! written and not recorded is written again; one that only grows is cut to its [`output::Extent`] first. Nothing else needs
//! repair.
//!
//! All calls block (a commit waits for the disk): make them off the async runtime, on one thread that owns the state or
//! through `spawn_blocking`. A state that several machines share leases hosts in the same way, with leases that expire; that
//! is why [`State::record`] can refuse pages. `conformance` (in the tests) holds what every implementation must do.

pub mod duplicate;
pub mod figures;
mod fingerprint;
pub mod host;
pub mod identity;
pub mod outcome;
pub mod output;
pub mod page;
pub mod postgres;
mod revisit;
pub mod run;
pub mod scope;
pub mod source;
pub mod sqlite;
pub mod status;
pub mod tenure;
mod versions;

#[cfg(test)]
mod conformance;

use std::path::PathBuf;

use jiff::Timestamp;

use duplicate::Known;
use figures::Figures;
use host::{Claim, Clock, Lease, Robots, Wanted};
use identity::Digest;
use output::Extent;
use page::{NewPage, Page, PageId};
use run::{Counts, Run, RunId};
use scope::Scope;
use source::Document;
use status::{Change, Selection, Status};
use tenure::Tenure;

use crate::article::Article;

/// What became of pages that were added.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Added {
    /// Pages that were not known.
    pub new: usize,
    /// Pages that were known, some of them perhaps from this very call.
    pub known: usize,
}

/// A page after a visit, to be recorded with the clock of its host.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// The lease under which the page was asked for.
    pub lease: Lease,
    /// The page, from [`Page::after`].
    pub page: Page,
    /// The clock of its host. Of several records of one host the last one counts.
    pub clock: Clock,
    /// The article that was written. A state that holds articles takes it in with the page; others leave it to the outputs.
    pub article: Option<Box<Article>>,
}

/// A memory of pages and hosts. The module says how it is used; every call may fail with the errors of [`StateError`].
pub trait State: Send {
    /// Adds pages in their order. Each is there once, by its identity; one that is known stays as it is. A new one is due at
    /// once.
    fn add(&mut self, pages: &[NewPage], now: Timestamp) -> Result<Added, StateError>;

    /// Makes pages due at once, whatever their plan is, and gives the number of those that are known.
    fn refetch(&mut self, pages: &[Digest]) -> Result<usize, StateError>;

    /// Narrows all further claims to `scope`, and gives how many of its pages are due. A state that many share gives its work to
    /// whoever asks for some, whatever the scope.
    fn restrict(&mut self, _scope: &Scope, now: Timestamp) -> Result<u64, StateError> {
        Ok(self.counts(now)?.due)
    }

    /// Leases hosts that may be asked and have due pages: those that have waited longest first, so that a host with many
    /// pages gets its turn after all others that wait.
    fn claim(&mut self, wanted: &Wanted) -> Result<Vec<Claim>, StateError>;

    /// When the first host that nobody has leased may be asked for a page that is due by `due_by`; `None` without any.
    fn next_ready(&mut self, due_by: Timestamp) -> Result<Option<Timestamp>, StateError>;

    /// Records pages after their visits, the clocks of their hosts, and how far the outputs that hold them have grown, in one
    /// transaction. When leases are lost, nothing at all is recorded, and the pages that are refused are given: the outputs
    /// must not hold them either.
    fn record(&mut self, records: &[Record], extents: &[Extent]) -> Result<Vec<PageId>, StateError>;

    /// How far an output was recorded to have grown.
    fn extent(&mut self, name: &str) -> Result<Option<Extent>, StateError>;

    /// Gives hosts back. A lease that is lost is no error.
    fn release(&mut self, leases: &[Lease]) -> Result<(), StateError>;

    /// The page with this identity.
    fn page(&mut self, key: Digest) -> Result<Option<Page>, StateError>;

    /// What people and records call a page, as [`Page::source`] does.
    fn source(&mut self, page: PageId) -> Result<Option<String>, StateError>;

    /// Stories from other pages, no duplicates themselves, that may be the same as `story`: with its body, its canonical
    /// URL, or a band of its fingerprint. [`duplicate::find`] tells which one is.
    fn stories_like(&mut self, story: &Known) -> Result<Vec<Known>, StateError>;

    /// The story of a page as its source gave it, in HTML. It is forgotten when the page itself has brought one.
    fn content(&mut self, page: PageId) -> Result<Option<String>, StateError>;

    /// When a source was last asked, by its name.
    fn asked_at(&mut self, source: &str) -> Result<Option<Timestamp>, StateError>;

    /// A document that names pages, as it was last had.
    fn document(&mut self, key: Digest) -> Result<Option<Document>, StateError>;

    /// Remembers when sources were asked, and documents in place of earlier ones.
    fn set_asked(
        &mut self,
        sources: &[(String, Timestamp)],
        documents: &[(Digest, Document)],
    ) -> Result<(), StateError>;

    /// The clock of a host; `None` for a host that is not known.
    fn clock(&mut self, host: &str) -> Result<Option<Clock>, StateError>;

    /// Remembers the clock of a host without a visit to one of its pages: after a redirect to it, or a robots.txt.
    fn set_clock(&mut self, host: &str, clock: Clock) -> Result<(), StateError>;

    /// Remembers the clocks of hosts that redirects have led to, in one transaction. A state that many share knows them from
    /// those who entered.
    fn set_guests(&mut self, _clocks: &[(String, Clock)]) -> Result<(), StateError> {
        Ok(())
    }

    /// The clocks of the hosts that rest at `now`, or need longer pauses than the config says, by their names: what whoever is
    /// led to them has to know. A state that many share is asked by its gate.
    fn resting(&mut self, _now: Timestamp) -> Result<Vec<(String, Clock)>, StateError> {
        Ok(Vec::new())
    }

    /// The robots.txt of an origin, such as `https://news.example`.
    fn robots(&mut self, origin: &str) -> Result<Option<Robots>, StateError>;

    /// Remembers the robots.txt of origins in place of earlier ones.
    fn set_robots(&mut self, robots: &[(String, Robots)]) -> Result<(), StateError>;

    /// How much there is and how much is due: for a summary, since it looks at every page.
    fn counts(&mut self, now: Timestamp) -> Result<Counts, StateError>;

    /// Notes that a run began.
    fn begin_run(&mut self, at: Timestamp) -> Result<RunId, StateError>;

    /// Notes that a run ended, and what it did.
    fn end_run(&mut self, run: RunId, at: Timestamp, outcomes: &run::Outcomes) -> Result<(), StateError>;

    /// Remembers the figures of a run, and forgets those of runs long past.
    fn set_figures(&mut self, run: RunId, figures: &Figures) -> Result<(), StateError>;

    /// The last runs, the newest first, at most `limit`. One without an end was killed, or goes on.
    fn runs(&mut self, limit: usize) -> Result<Vec<Run>, StateError>;

    /// How the work stands. It looks at every host and every page.
    fn status(&mut self, now: Timestamp) -> Result<Status, StateError>;

    /// Changes what waits, and gives the number of pages that were meant.
    fn change(&mut self, pages: &Selection, change: Change) -> Result<u64, StateError>;

    /// Gives the articles that the state itself holds to `take`, one after the other, for as long as that wants more. Without
    /// any there is nothing to give.
    fn articles(&mut self, _take: &mut dyn FnMut(Article) -> bool) -> Result<(), StateError> {
        Ok(())
    }

    /// How long the leases of this process hold: for ever, unless others share the state.
    fn tenure(&self) -> Tenure {
        Tenure::default()
    }

    /// Whether another process has leases or asks sources, so that there may be more to do when it is done with them.
    fn is_leased_by_others(&mut self) -> Result<bool, StateError> {
        Ok(false)
    }

    /// Whether this process may ask sources on the web: of those who share a state, one at a time does. It says so with
    /// [`State::end_asking`] when it is done.
    fn begin_asking(&mut self) -> Result<bool, StateError> {
        Ok(true)
    }

    /// Lets another process ask sources.
    fn end_asking(&mut self) -> Result<(), StateError> {
        Ok(())
    }

    /// Puts everything in its place. A state that is only dropped loses nothing either.
    fn close(self: Box<Self>) -> Result<(), StateError>;
}

/// Why a state can't be used.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// The file can't be opened, made or moved.
    #[error("can't use the state `{path}`; name another place with `--set state.path=…`")]
    Open {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The file is a database of something else, which is left as it is.
    #[error("`{0}` is not a state of pressclip; name another place with `--set state.path=…`")]
    Foreign(PathBuf),
    /// The file comes from a newer pressclip.
    #[error("the state `{path}` has version {version}, which only a newer pressclip can use")]
    Newer {
        /// The file.
        path: PathBuf,
        /// The version of its tables.
        version: i32,
    },
    /// What is stored contradicts itself. [`sqlite::Sqlite::abandon`] moves the file aside, and the next run begins anew.
    #[error("the state is damaged")]
    Damaged(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// There is no room on the disk. Nothing of the call is recorded.
    #[error("the disk with the state is full; free some and run again")]
    Full(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// What stands for a database is none.
    #[error(
        "`state.url` is not the URL of a PostgreSQL database; write it like `postgres://user@host:5432/database`"
    )]
    NoDatabase,
    /// The database can't be reached, and nobody waits for it.
    #[error("can't reach the database `{place}`")]
    Unreachable {
        /// The database, without its password.
        place: String,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The database was not back before the end of the run. What is not recorded is visited again.
    #[error("the database was not back before the end of the run; what is not recorded is visited again")]
    GaveUp(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Anything else that the database says. Nothing of the call is recorded.
    #[error("the state can't be read or written")]
    Database(#[source] Box<dyn std::error::Error + Send + Sync>),
}
