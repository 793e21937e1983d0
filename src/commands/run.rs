//! `pressclip run`: the configured job. What the sources name goes into the frontier, and what is due there is worked off.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::pin::{Pin, pin};
use std::time::Instant;

use jiff::Timestamp;

use crate::cli::{Common, Run};
use crate::config::{Config, ConfigError, Format, Images, Output, Source};
use crate::pipeline::Workshop;
use crate::pipeline::crew::Crew;
use crate::pipeline::discover::{Found, discover, is_saved};
use crate::pipeline::ledger::Ledger;
use crate::pipeline::pictures::Pictures;
use crate::pipeline::schedule::{Bounds, Stay, work_off};
use crate::state::identity::Digest;
use crate::state::outcome::Outcome;
use crate::state::page::NewPage;
use crate::state::run::{Counts, Outcomes, RunId};
use crate::state::scope::Scope;
use crate::state::sqlite::{self, Sqlite};
use crate::state::{State, StateError};
use crate::summary::{Span, Summary};
use crate::write::files;
use crate::write::lock::{self, Lock};
use crate::write::outputs::Outputs;
use crate::write::template::Template;
use crate::write::written;

use super::account;
use super::interrupt::interrupted;
use super::plan;
use super::progress::Progress;
use super::report;
use super::sources;
use super::worker;

/// The output that is no folder.
const STANDARD_OUTPUT: &str = "-";

/// Pages that are added to the state in one transaction.
const PAGES_AT_ONCE: usize = 10_000;

/// Another run has the outputs or the state.
#[derive(Debug, thiserror::Error)]
#[error("another run ({holder}) has `{}`; wait for its end, or name another folder with `--set write.dir=…`", place.display())]
pub struct Busy {
    place: PathBuf,
    holder: String,
}

pub(super) async fn run(arguments: &Run, common: &Common, config: Config) -> anyhow::Result<u8> {
    let (config, count) = with_arguments(config, arguments)?;
    check_job(arguments, &config)?;
    if config.state.url.get().is_some() {
        return worker::run(arguments, common, config, count).await;
    }
    let mut stop = pin!(interrupted());
    let (config, asked) = (&config, &config.source[..count]);
    let stream = streamed(arguments)?;
    let shop = workshop(arguments, config, stream)?;
    let path = config.write.dir.join(&config.state.path);
    let is_nothing_there = arguments.dry_run && !path.exists();
    let _locks = if is_nothing_there { Vec::new() } else { lock(&config.write.dir, &path)? };
    if arguments.dry_run {
        let state = if is_nothing_there { None } else { Some(Box::new(open(&path)?.0) as Box<dyn State>) };
        return plan::show(arguments, &shop, asked, state).await;
    }
    let (state, has_forgotten) = open(&path)?;
    let has_forgotten = Cell::new(has_forgotten);
    let job = Job { arguments, common, config, asked, shop, stream, stay: Stay::Alone, has_forgotten };
    match job.work(state, stop.as_mut()).await? {
        Ended::With(code) => Ok(code),
        Ended::Damaged(state) => {
            tell_damage(&state.abandon()?);
            job.has_forgotten.set(true);
            match job.work(open(&path)?.0, stop).await? {
                Ended::With(code) => Ok(code),
                Ended::Damaged(_) => anyhow::bail!("the new state `{}` is damaged, too", path.display()),
            }
        }
    }
}

/// The configuration with what the command line says of outputs and sources, and how many of its sources are asked: the
/// first ones. The others stay, since their settings hold for the pages that they found before.
fn with_arguments(mut config: Config, arguments: &Run) -> Result<(Config, usize), ConfigError> {
    if !arguments.format.is_empty() {
        config.write.formats.clone_from(&arguments.format);
    }
    if let Some(folder) = arguments.output.as_ref().filter(|path| path.as_os_str() != STANDARD_OUTPUT) {
        config.write.dir.clone_from(folder);
    }
    let asked = match &arguments.input_file {
        Some(path) => vec![Source::of_list(path)],
        None => sources::chosen(&arguments.sources, &config)?,
    };
    if asked.is_empty() {
        let count = config.source.len();
        return Ok((config, count));
    }
    config.source.retain(|source| asked.iter().all(|other| other.title() != source.title()));
    let count = asked.len();
    config.source.splice(..0, asked);
    Ok((config, count))
}

/// The form in which articles are streamed, when they are.
pub(super) fn streamed(arguments: &Run) -> Result<Option<Format>, ConfigError> {
    if arguments.output.as_ref().is_none_or(|path| path.as_os_str() != STANDARD_OUTPUT) {
        return Ok(None);
    }
    match arguments.format.as_slice() {
        [] => Ok(Some(Format::Jsonl)),
        [Output::Text(format)] => Ok(Some(*format)),
        [other] => Err(ConfigError::Unsound(format!(
            "`{other}` is no text and can't go to standard output; leave out `-o -`"
        ))),
        _ => Err(ConfigError::Unsound("standard output takes one format; name one with `-f`".to_owned())),
    }
}

/// What pages are had with. Their pictures go into the folder of the outputs, and they into an archive, unless articles are
/// streamed.
pub(super) fn workshop(arguments: &Run, config: &Config, stream: Option<Format>) -> anyhow::Result<Workshop> {
    let mut shop = Workshop::new(config)?;
    if config.write.formats.contains(&Output::Warc) && stream.is_none() {
        shop = shop.with_captures();
    }
    if config.write.images != Images::Download || stream.is_some() {
        return Ok(shop);
    }
    let folder = config.write.dir.clone();
    Ok(shop.with_pictures(Pictures { folder, since: arguments.since }))
}

/// Takes the lock of the outputs, and that of a state that is not kept with them.
pub(super) fn lock(dir: &Path, state: &Path) -> anyhow::Result<Vec<Lock>> {
    let mut places = vec![dir.join(lock::FILE)];
    if state.parent() != Some(dir) {
        let mut name = state.file_name().unwrap_or_default().to_owned();
        name.push(".lock");
        places.push(state.with_file_name(name));
    }
    let take = |place: PathBuf| match lock::take(&place)? {
        Lock::Taken(holder) => Err(Busy { place: place.with_file_name(""), holder }.into()),
        ours @ Lock::Ours(_) => Ok(ours),
    };
    places.into_iter().map(take).collect()
}

/// Opens the state, and says whether it is a new one in place of one that was damaged.
fn open(path: &Path) -> anyhow::Result<(Sqlite, bool)> {
    let opened = sqlite::open(path)?;
    if let Some(aside) = &opened.damaged {
        tell_damage(aside);
    }
    Ok((opened.state, opened.damaged.is_some()))
}

fn tell_damage(aside: &Path) {
    tracing::warn!(
        "the state was damaged and is now `{}`; a new one is begun, which knows what `articles.jsonl` holds",
        aside.display()
    );
}

/// Proves before anything is fetched that the options make a job.
fn check_job(arguments: &Run, config: &Config) -> Result<(), ConfigError> {
    Template::parse(&config.write.name).map_err(ConfigError::Unsound)?;
    let is_shared = config.state.url.get().is_some();
    let problem = if config.write.formats.is_empty() && !is_shared {
        "`write.formats` is empty, so nothing would be written"
    } else if (arguments.worker || arguments.stay) && !is_shared {
        "a worker needs a state that it can share; give `state.url` the URL of a PostgreSQL database"
    } else if config.source.is_empty() {
        "the configuration has no source; add a `[[source]]` with `list = \"urls.txt\"` or `feed = \"https://…\"`"
    } else {
        return sources::check(&config.source);
    };
    Err(ConfigError::Unsound(problem.to_owned()))
}

/// What a run is about.
pub(super) struct Job<'j> {
    pub(super) arguments: &'j Run,
    pub(super) common: &'j Common,
    pub(super) config: &'j Config,
    /// The sources that are asked in this run.
    pub(super) asked: &'j [Source],
    pub(super) shop: Workshop,
    /// The form in which articles go to standard output and nowhere else.
    pub(super) stream: Option<Format>,
    /// When the work is at its end.
    pub(super) stay: Stay,
    /// Whether the state is a new one in place of one that was damaged.
    pub(super) has_forgotten: Cell<bool>,
}

/// How the work came to its end.
enum Ended {
    With(u8),
    Damaged(Box<Sqlite>),
}

impl Job<'_> {
    async fn work(
        &self,
        mut state: Sqlite,
        stop: Pin<&mut impl Future<Output = u8>>,
    ) -> anyhow::Result<Ended> {
        match self.work_with(&mut state, stop).await {
            Ok(code) => {
                Box::new(state).close()?;
                Ok(Ended::With(code))
            }
            Err(error) if matches!(error.downcast_ref(), Some(StateError::Damaged(_))) => {
                Ok(Ended::Damaged(Box::new(state)))
            }
            Err(error) => Err(error),
        }
    }

    pub(super) async fn work_with(
        &self,
        state: &mut dyn State,
        mut stop: Pin<&mut impl Future<Output = u8>>,
    ) -> anyhow::Result<u8> {
        let (began, started) = (Timestamp::now(), Instant::now());
        let outputs = self.open_outputs(state)?;
        let run = state.begin_run(began)?;
        for (name, clock) in state.resting(began)? {
            self.shop.client().learn_clock(&name, Some(clock.next_at), clock.delay);
        }
        let mut summary = account::begin(&self.arguments.accounts);
        let in_full = self.arguments.refetch;
        let found = tokio::select! {
            biased;
            code = stop.as_mut() => {
                state.end_run(run, Timestamp::now(), &Outcomes::new())?;
                return Ok(code);
            }
            found = self.ask(&mut *state, began) => found?,
        };
        let scope = plan::scope(self.arguments, self.asked, &found, self.shop.client());
        let mut again = Vec::new();
        for found in found {
            again.extend(self.take(state, found, began, &mut summary)?);
        }
        state.end_asking()?;
        let mut ledger = Ledger::new(
            self.config,
            (self.shop.clone(), began),
            outputs,
            summary,
            self.arguments.since,
            in_full,
        );
        if self.has_forgotten.take() {
            let count = ledger.recover(state, written::articles(&self.config.write.dir))?;
            tracing::warn!("{count} articles that are written already are known again");
        }
        state.refetch(&again)?;
        let pages = self.arguments.limit.unwrap_or(usize::MAX);
        ledger.expect(self.due(state, scope.as_ref(), began)?.min(pages));

        let mut progress = Progress::new(ledger.summary().found, self.common);
        let mut crew = Crew::new(self.shop.clone(), in_full, state.tenure());
        let bounds =
            Bounds { stay: self.stay, due_by: began, pages, longest_wait: self.config.fetch.max_wait };
        let show = |summary: &Summary, crew: &Crew| progress.update(summary, crew);
        let code = work_off(state, &mut crew, &mut ledger, bounds, stop, show).await?;
        ledger.interrupt(code);
        progress.finish();
        self.close(state, ledger, run, (began, started))
    }

    /// Has the sources say what they name. Of those who share a state, one at a time asks those on the web.
    async fn ask(&self, state: &mut dyn State, now: Timestamp) -> Result<Vec<Found>, StateError> {
        let may_ask = state.begin_asking()?;
        let asked: Vec<Source> =
            self.asked.iter().filter(|source| may_ask || !plan::is_on_the_web(source)).cloned().collect();
        discover(&self.shop, &asked, Some(state), now, self.arguments.refetch).await
    }

    /// How many pages are due that the run is about, which is narrowed to `scope` where there is one.
    fn due(&self, state: &mut dyn State, scope: Option<&Scope>, now: Timestamp) -> Result<usize, StateError> {
        let due = match scope {
            Some(scope) if self.stay == Stay::Alone => state.restrict(scope, now)?,
            Some(_) | None => self.counts(state, now)?.map_or(0, |counts| counts.due),
        };
        Ok(usize::try_from(due).unwrap_or(usize::MAX))
    }

    /// Records the end of a run that `began` then, and tells about it.
    fn close(
        &self,
        state: &mut dyn State,
        ledger: Ledger<'_>,
        run: RunId,
        (began, started): (Timestamp, Instant),
    ) -> anyhow::Result<u8> {
        let (mut summary, outcomes) = ledger.close(state)?;
        let ended = Timestamp::now();
        // A disk that is full has no room for a note of the end, which is no harm.
        match state.end_run(run, ended, &outcomes) {
            Ok(()) | Err(StateError::Full(_)) => {}
            Err(error) => return Err(error.into()),
        }
        summary.counts = self.counts(state, began)?;
        summary.hosts = self.shop.client().latencies();
        let span = Span { started_at: began, took: started.elapsed() };
        report::publish(state, run, &mut summary, span, &super::job(self.common), self.config)?;
        let is_told = !self.common.quiet || account::is_bad(&summary);
        account::give(&summary, span, is_told, &self.arguments.accounts, self.common)
    }

    /// What the state holds; one that many share is counted by `pressclip status` alone.
    fn counts(&self, state: &mut dyn State, now: Timestamp) -> Result<Option<Counts>, StateError> {
        if self.stay == Stay::Alone { state.counts(now).map(Some) } else { Ok(None) }
    }

    /// Opens the outputs as the state knows them, and clears away what a killed run left.
    fn open_outputs(&self, state: &mut dyn State) -> anyhow::Result<Outputs<'_>> {
        let was_ended = state.runs(1)?.first().is_some_and(|run| run.ended_at.is_some());
        if !was_ended {
            files::sweep(&self.config.write.dir);
        }
        if let Some(format) = self.stream {
            return Ok(Outputs::to(&self.config.write, format, Box::new(std::io::stdout()))?);
        }
        let mut recorded = Vec::new();
        for name in Outputs::growing(&self.config.write) {
            recorded.extend(state.extent(name)?);
        }
        let outputs = Outputs::open(&self.config.write, &recorded)?;
        let extents = outputs.extents();
        if extents.iter().any(|extent| !recorded.contains(extent)) {
            state.record(&[], &extents)?;
        }
        Ok(outputs)
    }

    /// Adds what a source names to the frontier, and then remembers that it was asked. Gives the pages that are looked at now:
    /// saved pages are so in every run, the others when they are due.
    fn take(
        &self,
        state: &mut dyn State,
        found: Found,
        now: Timestamp,
        summary: &mut Summary,
    ) -> Result<Vec<Digest>, StateError> {
        let client = self.shop.client();
        let name = found.source;
        summary.pass_over(&found.passed_over);
        let mut again: Vec<Digest> = Vec::new();
        for candidates in found.candidates.chunks(PAGES_AT_ONCE) {
            let mut pages: Vec<NewPage> = Vec::new();
            for candidate in candidates {
                match candidate.page(|url| client.clock_name(url)) {
                    Err(failure) => {
                        let counts = summary.by_source.entry(name.clone()).or_default();
                        counts.add(Outcome::Failed(failure.class), 1);
                        summary.add_failure(&candidate.source, &failure);
                        account::note_again(summary, candidate, &failure);
                    }
                    Ok(page) => {
                        let is_wanted_now = self.arguments.refetch || self.arguments.input_file.is_some();
                        if is_wanted_now || is_saved(candidate) {
                            again.push(Digest::of_page(&page.url));
                        }
                        pages.push(page);
                    }
                }
            }
            let added = state.add(&pages, now)?;
            let counts = summary.by_source.entry(name.clone()).or_default();
            counts.found += candidates.len();
            counts.unknown += added.new;
        }
        let counts = summary.by_source.entry(name.clone()).or_default();
        counts.next_at = found.next_at;
        counts.failure = found.failures.first().map(|(_, refusal)| refusal.failure.clone());
        for (what, refusal) in found.failures {
            let class = refusal.failure.class;
            let outcome = refusal.not_before.map_or(Outcome::Failed(class), |_| Outcome::Deferred(class));
            summary.add(&what, outcome, 1, Some(refusal.failure));
        }
        let asked: Vec<_> = found.asked_at.map(|at| (name, at)).into_iter().collect();
        state.set_asked(&asked, &found.documents)?;
        Ok(again)
    }
}
