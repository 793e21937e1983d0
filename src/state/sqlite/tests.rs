#![allow(clippy::unwrap_used)]

use std::fs;

use rusqlite::StatementStatus;
use tempfile::TempDir;

use super::*;
use crate::state::conformance::{self, Place};
use crate::state::outcome::Outcome;

impl Place for TempDir {
    fn empty() -> Self {
        tempfile::tempdir().unwrap()
    }

    fn open(&self) -> Box<dyn State> {
        let opened = open(&self.path().join("state.sqlite")).unwrap();
        assert_eq!(opened.damaged, None);
        Box::new(opened.state)
    }

    fn reopen_killed(&self, state: Box<dyn State>) -> Box<dyn State> {
        // What a killed process leaves are the files as they are while it has them open.
        let copy = TempDir::empty();
        let move_all = |from: &Path, to: &Path| {
            for file in fs::read_dir(from).unwrap().map(Result::unwrap) {
                fs::copy(file.path(), to.join(file.file_name())).unwrap();
            }
        };
        move_all(self.path(), copy.path());
        assert!(copy.path().join("state.sqlite-wal").exists(), "nothing is left to be recovered");
        drop(state);
        move_all(copy.path(), self.path());
        self.open()
    }
}

#[test]
fn a_state_in_sqlite_does_what_every_state_must() {
    conformance::all::<TempDir>();
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).unwrap()
}

/// Adds `count` pages over ten hosts.
fn fill(state: &mut dyn State, count: usize) {
    let page = |number: usize| {
        let host = format!("host-{}.example", number % 10);
        let url = format!("https://{host}/{number}").parse().unwrap();
        NewPage::new(url, host)
    };
    state.add(&(0..count).map(page).collect::<Vec<_>>(), at(0)).unwrap();
}

/// The work of a run: claims everything and records it as unchanged.
fn work(state: &mut dyn State) -> Result<usize, StateError> {
    let claims = state.claim(&Wanted { now: at(9), due_by: at(9), hosts: 99, pages_a_host: 9999 })?;
    let mut records = Vec::new();
    for claim in &claims {
        let visit = || crate::state::page::Visit {
            at: at(9),
            outcome: Outcome::Unchanged,
            not_before: None,
            answer: None,
            story: None,
        };
        records.extend(claim.pages.iter().map(|page| Record {
            lease: claim.lease,
            page: page.after(visit(), &Default::default()),
            clock: claim.clock,
            article: None,
        }));
    }
    state.record(&records, &[])?;
    state.counts(at(9))?;
    Ok(records.len())
}

/// The path of a state with `count` pages that was closed.
fn filled(dir: &TempDir, count: usize) -> PathBuf {
    let mut state = Place::open(dir);
    fill(&mut *state, count);
    state.close().unwrap();
    dir.path().join("state.sqlite")
}

#[test]
fn a_file_that_was_cut_zeroed_or_overwritten_is_moved_aside_and_a_fresh_one_begun() {
    let dir = TempDir::empty();
    let path = filled(&dir, 1000);
    let whole = fs::read(&path).unwrap();
    let half = whole.len() / 2;
    let zeroed: Vec<u8> = vec![0; whole.len()];
    let mut hole = whole.clone();
    hole[4096..40_000].fill(0);
    let mut foreign_head = whole.clone();
    foreign_head[68..72].fill(0);
    let cases: [&[u8]; 7] =
        [b"", b"not a database", &whole[..half], &whole[..100], &zeroed, &hole, &foreign_head];
    for (number, damaged) in cases.into_iter().enumerate() {
        fs::write(&path, damaged).unwrap();
        let opened = open(&path).unwrap();
        let aside = opened.damaged.unwrap_or_else(|| panic!("case {number} was not noticed"));
        assert!(aside.to_string_lossy().contains("state.sqlite.damaged-2"), "{}", aside.display());
        assert_eq!(fs::read(&aside).unwrap().len(), damaged.len(), "case {number}");
        let mut state: Box<dyn State> = Box::new(opened.state);
        fill(&mut *state, 10);
        assert_eq!(work(&mut *state).unwrap(), 10, "case {number}");
    }
}

#[test]
fn a_changed_byte_never_stops_a_run_for_good() {
    let dir = TempDir::empty();
    let path = filled(&dir, 200);
    let whole = fs::read(&path).unwrap();
    let mut moved = 0;
    for round in 0..60_usize {
        let mut bytes = whole.clone();
        // Every third round hits the first page, where the head and the tables stand.
        let reach = if round % 3 == 0 { 4096 } else { bytes.len() };
        let place = (round.wrapping_mul(0x9E37_79B9) >> 3) % reach;
        bytes[place] ^= 1 << (round % 8);
        fs::write(&path, &bytes).unwrap();
        let opened = match open(&path) {
            Ok(opened) => opened,
            Err(StateError::Newer { .. } | StateError::Foreign(_)) if place < 100 => continue,
            Err(error) => panic!("byte {place}: {error:?}"),
        };
        moved += usize::from(opened.damaged.is_some());
        let mut state = opened.state;
        match work(&mut state) {
            Ok(_) => drop(state),
            Err(StateError::Damaged(_)) => {
                state.abandon().unwrap();
                assert_eq!(open(&path).unwrap().damaged, None);
            }
            Err(error) => panic!("byte {place}: {error:?}"),
        }
    }
    // The others hit free space or the inside of a value.
    assert!(moved > 8, "only {moved} damages were noticed on opening");
}

#[test]
fn a_state_of_an_earlier_version_keeps_its_pages_and_their_due_times() {
    let dir = TempDir::empty();
    let path = dir.path().join("state.sqlite");
    let old = Connection::open(&path).unwrap();
    old.execute_batch(include_str!("schema_1.sql")).unwrap();
    old.pragma_update(None, "application_id", 0x7072_6573).unwrap();
    old.pragma_update(None, "user_version", 1).unwrap();
    let url = "https://a.example/x";
    old.execute("INSERT INTO hosts (id, name, due_at) VALUES (1, 'a.example:443', 0)", ()).unwrap();
    let key = Digest::of(url).0;
    old.execute(
        "INSERT INTO pages (key, host, url, first_seen, due_at) VALUES (?1, 1, ?2, 0, 0)",
        params![key, url],
    )
    .unwrap();
    old.close().unwrap();
    let mut state = Place::open(&dir);
    let page = state.page(Digest::of(url)).unwrap().unwrap();
    assert_eq!((page.url.as_str(), page.found_by, page.due_at), (url, None, Some(Timestamp::UNIX_EPOCH)));
    assert_eq!(work(&mut *state).unwrap(), 1);
}

#[test]
fn what_is_no_state_of_ours_is_left_alone() {
    let dir = TempDir::empty();
    let path = dir.path().join("other.sqlite");
    Connection::open(&path)
        .unwrap()
        .execute_batch("CREATE TABLE pages (x); PRAGMA user_version = 7")
        .unwrap();
    let before = fs::read(&path).unwrap();
    assert!(matches!(open(&path), Err(StateError::Foreign(_))));
    assert_eq!(fs::read(&path).unwrap(), before);

    let path = filled(&dir, 1);
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 4).unwrap();
    assert!(matches!(open(&path), Err(StateError::Newer { version: 4, .. })));

    assert!(matches!(open(dir.path()), Err(StateError::Open { .. })));
    #[cfg(unix)]
    {
        let link = dir.path().join("link.sqlite");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        assert!(matches!(open(&link), Err(StateError::Open { .. })));
    }
}

#[test]
fn a_log_without_its_database_is_not_taken_for_that_of_a_new_one() {
    let dir = TempDir::empty();
    let path = dir.path().join("state.sqlite");
    let mut state = Place::open(&dir);
    fill(&mut *state, 100);
    let log = fs::read(dir.path().join("state.sqlite-wal")).unwrap();
    drop(state);
    fs::remove_file(&path).unwrap();
    fs::write(dir.path().join("state.sqlite-wal"), log).unwrap();
    assert_eq!(Place::open(&dir).counts(at(0)).unwrap().pages, 0);
}

#[test]
fn hosts_are_due_when_their_first_page_is() {
    let dir = TempDir::empty();
    let mut state = open(&dir.path().join("state.sqlite")).unwrap().state;
    fill(&mut state, 500);
    let wanted = |pages_a_host| Wanted { now: at(9), due_by: at(9), hosts: 7, pages_a_host };
    for round in 1..20 {
        let claims = state.claim(&wanted(round)).unwrap();
        let leases: Vec<Lease> = claims.iter().map(|claim| claim.lease).collect();
        let records: Vec<Record> = claims
            .iter()
            .flat_map(|claim| claim.pages.iter().map(move |page| (claim, page)))
            .map(|(claim, page)| Record {
                lease: claim.lease,
                page: Page { due_at: (page.id.0 % 3 > 0).then(|| at(page.id.0)), ..page.clone() },
                clock: Clock { next_at: at(round as i64), delay: None },
                article: None,
            })
            .collect();
        state.record(&records, &[]).unwrap();
        state.release(&leases).unwrap();
        let odd: i64 = state
            .db
            .query_row(
                "SELECT count(*) FROM hosts WHERE due_at IS NOT (SELECT min(due_at) FROM pages WHERE host = hosts.id)",
                (),
                |row| row.get(0),
            )
            .unwrap();
        assert_eq!(odd, 0, "round {round}");
    }
}

#[test]
fn a_full_disk_is_told_and_nothing_of_the_call_is_recorded() {
    let dir = TempDir::empty();
    let mut state = open(&dir.path().join("state.sqlite")).unwrap().state;
    fill(&mut state, 10);
    // SQLite says the same when a file may not grow further.
    state.db.pragma_update(None, "max_page_count", 30).unwrap();
    let page = |number| {
        let url = format!("https://host.example/{number}").parse().unwrap();
        NewPage::new(url, "host.example".to_owned())
    };
    let pages: Vec<NewPage> = (0..5000).map(page).collect();
    assert!(matches!(state.add(&pages, at(0)), Err(StateError::Full(_))));
    assert_eq!(state.counts(at(0)).unwrap().pages, 10);
    state.db.pragma_update(None, "max_page_count", 1 << 30).unwrap();
    assert_eq!(state.add(&pages, at(0)).unwrap().new, 5000);
}

#[test]
fn no_statement_is_compiled_anew_for_other_values() {
    let dir = TempDir::empty();
    let mut state = open(&dir.path().join("state.sqlite")).unwrap().state;
    fill(&mut state, 20);
    for number in 0..4_u8 {
        let digest = Digest([number; 16]);
        let story = Known {
            page: PageId(number.into()),
            body: digest,
            text: digest,
            canonical: digest,
            fingerprint: Some(Fingerprint([number; 64])),
        };
        assert_eq!(state.stories_like(&story).unwrap(), []);
        let wanted = Wanted { now: at(number.into()), due_by: at(9), hosts: 2, pages_a_host: 1 };
        assert_eq!(state.claim(&wanted).unwrap().len(), 2);
    }
    for statement in [READY_HOSTS, DUE_PAGES, SAME_BODY, SAME_CANONICAL, SAME_BAND] {
        let statement = state.db.prepare_cached(statement).unwrap();
        assert!(statement.get_status(StatementStatus::Run) > 1, "it is not the one that was used");
        assert_eq!(statement.get_status(StatementStatus::RePrepare), 0);
    }
}
