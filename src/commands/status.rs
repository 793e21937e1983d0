//! `pressclip status`: how the work stands, once or again and again, for people and for programs.

use std::fmt::Write as _;
use std::io::IsTerminal;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::cli;
use crate::config::Config;
use crate::state::run::Outcomes;
use crate::state::status::{Status, Worker};
use crate::summary::DONE;
use crate::write::inert::inert;

use super::look;

/// Time between two looks.
const EVERY: Duration = Duration::from_secs(2);

/// The upper left corner, the end of a line, and of the screen, for a terminal.
const HOME: &str = "\x1b[H";
const CLEAR_LINE: &str = "\x1b[K\n";
const CLEAR_BELOW: &str = "\x1b[J";

pub(super) fn status(arguments: &cli::Status, config: &Config) -> anyhow::Result<u8> {
    let mut state = look::open(config)?;
    if !arguments.watch {
        let now = Timestamp::now();
        super::print(&told(&state.status(now)?, now, arguments.json))?;
        return Ok(DONE);
    }
    let is_screen = std::io::stdout().is_terminal()
        && !arguments.json
        && std::env::var_os("TERM").is_none_or(|term| term != "dumb");
    if is_screen {
        super::print(&format!("{HOME}{CLEAR_BELOW}"))?;
    }
    loop {
        let now = Timestamp::now();
        let text = match state.status(now) {
            Ok(status) => told(&status, now, arguments.json),
            // It may be back at the next look.
            Err(error) => {
                tracing::warn!("{:#}", anyhow::Error::from(error));
                String::new()
            }
        };
        match is_screen {
            true => super::print(&format!("{HOME}{}{CLEAR_BELOW}", text.replace('\n', CLEAR_LINE)))?,
            false => super::print(&text)?,
        }
        std::thread::sleep(EVERY);
    }
}

fn told(status: &Status, now: Timestamp, as_json: bool) -> String {
    if as_json { format!("{}\n", json(status)) } else { text(status, now) }
}

fn text(status: &Status, now: Timestamp) -> String {
    let counts = &status.counts;
    let mut text = String::new();
    let mut line = |name: &str, what: String| {
        let _ = writeln!(text, "{name:<10}{what}");
    };
    let next = counts.next_due.map(|next| format!(", the next one is due at {next:.0}")).unwrap_or_default();
    line("pages", format!("{} known, {} due, {} deferred{next}", counts.pages, counts.due, counts.deferred));
    let hosts = format!(
        "{} known, of those with due pages {} wait and {} rest",
        counts.hosts, status.ready, status.resting
    );
    line("hosts", format!("{hosts}; {} are leased", status.leased));
    if let Some(overdue) = &status.overdue {
        line(
            "waiting",
            format!("{} for {}, longer than any other", inert(&overdue.host), age(overdue.since, now)),
        );
    }
    line(
        "visits",
        format!("{} in the last minute; in the last hour {}", status.last_minute, listed(&status.last_hour)),
    );
    if let Some(articles) = status.articles {
        line("articles", articles.to_string());
    }
    if !status.workers.is_empty() {
        let width =
            status.workers.iter().map(|worker| worker.name.chars().count()).max().unwrap_or_default().max(6);
        let _ = writeln!(
            text,
            "\n{:<width$}  {:>6}  {:>11}  {:>8}  {:>8}",
            "WORKER", "HOSTS", "LAST MINUTE", "BEGAN", "SEEN"
        );
        for Worker { name, started_at, seen_at, is_alive, hosts, last_minute } in &status.workers {
            let (began, seen) = (age(*started_at, now), age(*seen_at, now));
            let lost = if *is_alive { "" } else { "  lost" };
            let name = inert(name);
            let _ =
                writeln!(text, "{name:<width$}  {hosts:>6}  {last_minute:>11}  {began:>8}  {seen:>8}{lost}");
        }
    }
    text
}

fn listed(outcomes: &Outcomes) -> String {
    let listed: Vec<String> =
        outcomes.iter().map(|(outcome, count)| format!("{count} {}", outcome.name())).collect();
    if listed.is_empty() { "none".to_owned() } else { listed.join(", ") }
}

/// How long ago something was, in its two largest units.
fn age(since: Timestamp, now: Timestamp) -> String {
    let seconds = now.duration_since(since).as_secs().max(0).unsigned_abs();
    let whole = match seconds {
        0..3600 => seconds,
        3600..86400 => seconds / 60 * 60,
        _ => seconds / 3600 * 3600,
    };
    humantime::format_duration(Duration::from_secs(whole)).to_string()
}

fn json(status: &Status) -> Value {
    let counts = &status.counts;
    let outcomes: serde_json::Map<String, Value> =
        status.last_hour.iter().map(|(outcome, count)| (outcome.name(), json!(count))).collect();
    let worker = |worker: &Worker| {
        json!({
            "name": worker.name, "started_at": worker.started_at, "seen_at": worker.seen_at,
            "is_alive": worker.is_alive, "hosts": worker.hosts, "last_minute": worker.last_minute,
        })
    };
    json!({
        "counts": {
            "pages": counts.pages, "hosts": counts.hosts, "due": counts.due, "deferred": counts.deferred,
            "next_due": counts.next_due, "articles": status.articles,
        },
        "hosts": { "ready": status.ready, "resting": status.resting, "leased": status.leased },
        "overdue": status.overdue.as_ref().map(|overdue| json!({ "host": overdue.host, "since": overdue.since })),
        "workers": status.workers.iter().map(worker).collect::<Vec<_>>(),
        "last_minute": status.last_minute,
        "last_hour": outcomes,
    })
}
