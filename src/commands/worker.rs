//! `pressclip run` on a state that is shared: one worker of any number.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::watch;

use crate::cli::{Common, Run};
use crate::config::{Config, ConfigError};
use crate::pipeline::Workshop;
use crate::pipeline::schedule::Stay;
use crate::state::identity::Digest;
use crate::state::postgres::{self, Membership};
use crate::state::{State, StateError};
use crate::summary::TERMINATED;
use crate::write::files;
use crate::write::lock::{self, Lock};

use super::interrupt::interrupted;
use super::run::{Job, lock, streamed};

/// The file in the folder of a worker that holds its name.
const NAME_FILE: &str = ".pressclip.worker";

/// Works on the state that the configuration names by its URL, and asks the first `count` of its sources.
pub(super) async fn run(
    arguments: &Run,
    common: &Common,
    mut config: Config,
    count: usize,
) -> anyhow::Result<u8> {
    if arguments.dry_run {
        let problem =
            "`--dry-run` would take hosts from the workers of a shared state; see `pressclip status`";
        return Err(ConfigError::Unsound(problem.to_owned()).into());
    }
    let (signal, given_up) = watched();
    let mut stop = signal.clone();
    // The next request to a host may be another worker's.
    config.fetch.one_request_a_connection = true;
    let stream = streamed(arguments)?;
    let _locks = match arguments.worker || arguments.stay {
        true => vec![take_place(&mut config.write.dir)?],
        false => lock(&config.write.dir, &config.write.dir.join(&config.state.path))?,
    };
    let stay = match (arguments.worker, arguments.stay) {
        (_, true) => Stay::ForEver,
        (true, false) => Stay::WithOthers,
        (false, false) => Stay::Alone,
    };
    let membership =
        Membership { name: name(&config.write.dir)?, lease: config.state.lease, delay: config.fetch.delay };
    let shop = Workshop::new(&config)?;
    let config = &config;
    let asked = &config.source[..count];
    let job = Job { arguments, common, config, asked, shop, stream, stay, has_forgotten: Cell::new(false) };
    let asked_to_stop =
        async move { stop.wait_for(Option::is_some).await.ok().and_then(|code| *code).unwrap_or(TERMINATED) };
    let done = async {
        let mut state =
            Box::new(postgres::open(config.state.url.get().unwrap_or_default(), membership, given_up)?);
        if let Some(gate) = state.gate() {
            job.shop.client().pass_through(gate);
        }
        let code = job.work_with(&mut *state, pin!(asked_to_stop)).await?;
        state.close()?;
        anyhow::Ok(code)
    };
    match done.await {
        Err(error) if matches!(error.downcast_ref(), Some(StateError::GaveUp(_))) => {
            tracing::warn!("{error:#}");
            Ok(signal.borrow().unwrap_or(TERMINATED))
        }
        done => done,
    }
}

/// The exit code that a signal calls for, once there is one, and whether there was one.
fn watched() -> (watch::Receiver<Option<u8>>, Arc<AtomicBool>) {
    let (sender, receiver) = watch::channel(None);
    let given_up = Arc::new(AtomicBool::new(false));
    let (signal, flag) = (interrupted(), Arc::clone(&given_up));
    tokio::spawn(async move {
        let code = signal.await;
        sender.send_replace(Some(code));
        flag.store(true, Ordering::Relaxed);
        // Whoever asks for the code may do so until the end.
        std::future::pending::<()>().await;
    });
    (receiver, given_up)
}

/// Takes the first folder below `dir` that no other worker has, and makes it the folder of the outputs.
fn take_place(dir: &mut PathBuf) -> anyhow::Result<Lock> {
    for number in 1_u32.. {
        let place = dir.join(format!("worker-{number}"));
        if let ours @ Lock::Ours(_) = lock::take(&place.join(lock::FILE))? {
            *dir = place;
            return Ok(ours);
        }
    }
    anyhow::bail!("there are too many workers")
}

/// The name of the worker whose outputs are in `dir`, which it keeps as long as the folder is there: what it wrote is known
/// by it.
fn name(dir: &Path) -> anyhow::Result<String> {
    let path = dir.join(NAME_FILE);
    if let Some(name) = std::fs::read_to_string(&path).ok().filter(|name| !name.trim().is_empty()) {
        return Ok(name.trim().to_owned());
    }
    let machine = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let machine = Some(machine.trim()).filter(|name| !name.is_empty()).unwrap_or("worker");
    let place = dir.file_name().unwrap_or_default().to_string_lossy();
    let now = jiff::Timestamp::now().as_nanosecond();
    let unique = Digest::of(format!("{machine} {} {} {now}", dir.display(), std::process::id()));
    let name = format!("{machine}/{place}-{}", unique.digits(8));
    files::save(dir, Path::new(NAME_FILE), format!("{name}\n").as_bytes())?;
    Ok(name)
}
