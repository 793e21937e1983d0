//! `pressclip doctor`: looks at all that a run needs and says what to fix. It asks each source once and changes nothing.

use std::path::{Path, PathBuf};
use std::pin::pin;

use jiff::{SignedDuration, Timestamp};
use url::Url;

use crate::cli::Common;
use crate::config::{self, Config, Source, Target};
use crate::failure::{Failure, FailureClass};
use crate::pipeline::Workshop;
use crate::pipeline::discover::discover;
use crate::pipeline::survey::{Offer, first_sitemap};
use crate::state::StateError;
use crate::state::sqlite::{Inspected, inspect};
use crate::state::status::Status;
use crate::summary::{COULD_NOT_RUN, DONE};
use crate::write::inert::inert;

use super::interrupt::interrupted;
use super::{look, sources};

/// Free space that a run needs, and that a job needs for a while, in bytes.
const SPACE: (u64, u64) = (100 << 20, 1 << 30);

/// How far our clock may be from those of servers.
const SKEW: SignedDuration = SignedDuration::from_secs(60);

/// How a check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Ok,
    /// It works and could be better.
    Note,
    /// It keeps a run from working.
    Fix,
}

/// The checks so far; each is printed as it is made.
struct Doctor {
    to_fix: usize,
}

pub(super) async fn doctor(common: &Common) -> anyhow::Result<u8> {
    let mut doctor = Doctor { to_fix: 0 };
    let mut stop = pin!(interrupted());
    tokio::select! {
        biased;
        code = &mut stop => return Ok(code),
        done = doctor.look(common) => done?,
    }
    match doctor.to_fix {
        0 => super::print("all is well\n")?,
        1 => super::print("one thing to fix\n")?,
        count => super::print(&format!("{count} things to fix\n"))?,
    }
    Ok(if doctor.to_fix == 0 { DONE } else { COULD_NOT_RUN })
}

impl Doctor {
    fn say(&mut self, verdict: Verdict, what: &str, said: &str) -> std::io::Result<()> {
        let word = match verdict {
            Verdict::Ok => "ok  ",
            Verdict::Note => "note",
            Verdict::Fix => "fix ",
        };
        self.to_fix += usize::from(verdict == Verdict::Fix);
        let lines: Vec<String> = said.lines().map(|line| inert(line).into_owned()).collect();
        super::print(&format!("{word}  {what:9}  {}\n", lines.join(" ")))
    }

    async fn look(&mut self, common: &Common) -> anyhow::Result<()> {
        let name = super::job(common);
        let config = match super::configured(common, true) {
            Ok(config) => config,
            Err(error) => {
                return Ok(self.say(Verdict::Fix, "config", &format!("{:#}", anyhow::Error::from(error)))?);
            }
        };
        match (config::rules(&config.clean), sources::check(&config.source)) {
            (Err(error), _) | (_, Err(error)) => {
                self.say(Verdict::Fix, "config", &format!("{:#}", anyhow::Error::from(error)))?;
            }
            _ if config.source.is_empty() => {
                self.say(
                    Verdict::Fix,
                    "config",
                    &format!("`{name}` has no source; `pressclip init URL…` finds some"),
                )?;
            }
            _ => self.say(Verdict::Ok, "config", &format!("`{name}`: {} sources", config.source.len()))?,
        }
        if !config.fetch.user_agent.contains(['@', '/'])
            || config.fetch.user_agent == config::Fetch::default().user_agent
        {
            let said = "`fetch.user_agent` names nobody; add an address at which you can be reached";
            self.say(Verdict::Note, "config", said)?;
        }
        self.look_at_outputs(&config)?;
        if config.state.url.get().is_some() {
            self.look_at_database(&config)?;
        } else {
            self.look_at_state(&config.write.dir.join(&config.state.path))?;
        }
        let shop = match Workshop::new(&config) {
            Ok(shop) => shop,
            Err(error) => return Ok(self.say(Verdict::Fix, "network", &format!("{error:#}"))?),
        };
        for source in &config.source {
            self.look_at_source(source, &shop, &config).await?;
        }
        self.look_at_clock(shop.client().skew())?;
        Ok(())
    }

    /// Whether the outputs can be written, and for how long there is room.
    fn look_at_outputs(&mut self, config: &Config) -> anyhow::Result<()> {
        let dir = &config.write.dir;
        let there = nearest_that_exists(dir);
        // The file has no name on Linux, and goes at once everywhere.
        if let Err(error) = tempfile::tempfile_in(&there) {
            let said = format!(
                "can't write to `{}`: {error}; give it to the user who runs pressclip, or name another folder with `write.dir`",
                there.display()
            );
            return Ok(self.say(Verdict::Fix, "outputs", &said)?);
        }
        self.say(Verdict::Ok, "outputs", &format!("`{}` can be written", dir.display()))?;
        #[cfg(unix)]
        match rustix::fs::statvfs(&there) {
            Err(error) => {
                self.say(Verdict::Note, "disk", &format!("it can't be said how full it is: {error}"))?
            }
            Ok(stat) => {
                let free = stat.f_bavail.saturating_mul(stat.f_frsize);
                let has_files = stat.f_files == 0 || stat.f_favail > 1000;
                let said = format!("{} are free for `{}`", bytesize::ByteSize(free), dir.display());
                match free {
                    _ if !has_files => {
                        self.say(Verdict::Fix, "disk", &format!("{said}, but no more files; remove some"))?;
                    }
                    free if free < SPACE.0 => {
                        self.say(Verdict::Fix, "disk", &format!("only {said}; free some"))?
                    }
                    free if free < SPACE.1 => self.say(Verdict::Note, "disk", &format!("only {said}"))?,
                    _ => self.say(Verdict::Ok, "disk", &said)?,
                }
            }
        }
        Ok(())
    }

    fn look_at_state(&mut self, path: &Path) -> anyhow::Result<()> {
        let shown = path.display();
        match inspect(path) {
            Ok(None) => self.say(
                Verdict::Ok,
                "state",
                &format!("`{shown}` is not there yet; the first run begins it"),
            )?,
            Ok(Some(Inspected { pages, due, last_run })) => {
                let last = last_run.map(|last| format!(", the last run began {last:.0}")).unwrap_or_default();
                self.say(
                    Verdict::Ok,
                    "state",
                    &format!("`{shown}` knows {pages} pages, {due} are due{last}"),
                )?;
                if last_run.is_some_and(|last| last > Timestamp::now()) {
                    let said = "the last run was later than now; set the clock of this machine, or nothing is due for long";
                    self.say(Verdict::Fix, "clock", said)?;
                }
            }
            Err(StateError::Damaged(error)) => {
                let said = format!(
                    "`{shown}` is damaged ({error}); the next run sets it aside and fetches all pages again"
                );
                self.say(Verdict::Note, "state", &said)?;
            }
            Err(error) => self.say(Verdict::Fix, "state", &format!("{:#}", anyhow::Error::from(error)))?,
        }
        Ok(())
    }

    /// Whether the state that is shared can be had, and who works on it.
    fn look_at_database(&mut self, config: &Config) -> anyhow::Result<()> {
        let status = look::open(config).and_then(|mut state| Ok(state.status(Timestamp::now())?));
        match status {
            Ok(Status { counts, workers, .. }) => {
                let said = format!(
                    "the database knows {} pages, {} are due; {} workers work on it",
                    counts.pages,
                    counts.due,
                    workers.len()
                );
                self.say(Verdict::Ok, "state", &said)?;
            }
            Err(error) => {
                let said = format!("{error:#}; `state.url` must name a database that this user may use");
                self.say(Verdict::Fix, "state", &said)?;
            }
        }
        Ok(())
    }

    /// Whether a source may be asked, and has something to say.
    async fn look_at_source(
        &mut self,
        source: &Source,
        shop: &Workshop,
        config: &Config,
    ) -> anyhow::Result<()> {
        let title = source.title();
        // What is wrong with it was said with the config.
        let Ok(target) = source.target() else { return Ok(()) };
        let url = match &target {
            Target::Feed(url) | Target::Sitemap(url) | Target::Page(url) | Target::Opml(url) => Some(url),
            Target::Stdin | Target::List(_) | Target::Files(_) | Target::Warc(_) | Target::OpmlFile(_) => {
                None
            }
        };
        if let Some(url) = url {
            let is_obeyed = source.fetch.robots.unwrap_or(config.fetch.robots);
            match shop.client().permission(url).await {
                Ok(Some(rule)) => self.say(Verdict::Ok, "robots", &format!("`{title}`: {rule}"))?,
                Ok(None) => {
                    self.say(Verdict::Ok, "robots", &format!("`{title}`: no rule speaks of `{url}`"))?
                }
                Err(failure) if failure.class == FailureClass::RobotsDisallowed && is_obeyed => {
                    let said =
                        format!("`{title}`: {}; take out the source, or ask its owner", failure.message);
                    return Ok(self.say(Verdict::Fix, "robots", &said)?);
                }
                Err(failure) if failure.class == FailureClass::RobotsDisallowed => {
                    let said = format!("`{title}`: {}, and `fetch.robots` is off", failure.message);
                    self.say(Verdict::Note, "robots", &said)?;
                }
                Err(failure) => {
                    let said =
                        format!("`{title}`: {}: {}{}", failure.class, failure.message, remedy(failure.class));
                    return Ok(self.say(Verdict::Fix, "network", &said)?);
                }
            }
        }
        match &target {
            // It can be read once alone.
            Target::Stdin => return Ok(()),
            Target::Sitemap(url) => return self.look_at_sitemap(&title, url, shop).await,
            _ => {}
        }
        let found = discover(shop, std::slice::from_ref(source), None, Timestamp::now(), true).await?;
        for found in found {
            if let Some((what, refusal)) = found.failures.first() {
                self.say_failed(&title, what, &refusal.failure)?;
            } else if found.candidates.is_empty() {
                let said = format!(
                    "`{title}` names no pages; has it moved, or do `include` and `max_age` leave all out?"
                );
                self.say(Verdict::Note, "source", &said)?;
            } else {
                self.say(
                    Verdict::Ok,
                    "source",
                    &format!("`{title}` names {} pages", found.candidates.len()),
                )?;
            }
        }
        Ok(())
    }

    /// Whether a sitemap can be had. It is not followed to others, which are many on a large site.
    async fn look_at_sitemap(&mut self, title: &str, url: &Url, shop: &Workshop) -> anyhow::Result<()> {
        match first_sitemap(shop, url).await {
            Ok(Offer { url, entries: 0, .. }) => {
                let said = format!("`{title}`: `{url}` names neither pages nor sitemaps; has it moved?");
                self.say(Verdict::Note, "source", &said)?;
            }
            Ok(Offer { url, entries, .. }) => {
                let said = format!("`{title}`: `{url}` names {entries} pages or sitemaps");
                self.say(Verdict::Ok, "source", &said)?;
            }
            Err(failure) => self.say_failed(title, url.as_ref(), &failure)?,
        }
        Ok(())
    }

    fn say_failed(&mut self, title: &str, what: &str, failure: &Failure) -> std::io::Result<()> {
        let Failure { class, message } = failure;
        self.say(
            Verdict::Fix,
            "source",
            &format!("`{title}`: `{what}`: {class}: {message}{}", remedy(*class)),
        )
    }

    fn look_at_clock(&mut self, skew: Option<SignedDuration>) -> anyhow::Result<()> {
        match skew {
            None => self.say(Verdict::Note, "clock", "no server was asked that tells the time")?,
            Some(skew) if skew.abs() > SKEW => {
                let way = if skew.is_positive() { "ahead of" } else { "behind" };
                let said = format!(
                    "this machine is {:#} {way} the servers; set its clock, or let it keep time (NTP)",
                    skew.abs()
                );
                self.say(Verdict::Fix, "clock", &said)?;
            }
            Some(_) => self.say(Verdict::Ok, "clock", "it agrees with the servers")?,
        }
        Ok(())
    }
}

/// What helps against a failure of the network, where that is known.
fn remedy(class: FailureClass) -> &'static str {
    match class {
        FailureClass::Dns => "; is the name right, and does this machine resolve others?",
        FailureClass::Connect | FailureClass::TimeoutConnect => {
            "; is there a firewall, or must `fetch.proxy` name a proxy?"
        }
        FailureClass::Tls => {
            "; are the clock and the certificates (`ca-certificates`) of this machine up to date?"
        }
        FailureClass::Http4xx => "; look at the URL in a browser: it may have moved",
        _ => "",
    }
}

/// `dir`, or the folder in which it would be made.
fn nearest_that_exists(dir: &Path) -> PathBuf {
    let dir = std::path::absolute(dir).unwrap_or_else(|_| dir.to_owned());
    dir.ancestors().find(|folder| folder.exists()).unwrap_or(&dir).to_owned()
}
