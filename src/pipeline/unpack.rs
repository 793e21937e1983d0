//! Candidates whose pages come along: archives and standard input, read on a thread of their own no faster than pages are
//! cleaned, so that no more of them is in memory than the pages in flight.

use std::io::{BufRead, BufReader, Cursor, Read};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use futures::{Stream, stream};
use tokio::sync::mpsc;

use super::Workshop;
use super::page::Input;
use crate::failure::{Failure, FailureClass};
use crate::source::archive::{self, Entry, Pages, PassedOver, Unpacked};
use crate::source::{Candidate, Location, files};

/// Pages that wait for a place among those in flight.
const WAITING: usize = 2;

/// Bytes by which standard input is told to be an archive.
const SNIFFED: u64 = 5;

/// A candidate, and what its page is read from where that came along.
pub struct Offer {
    pub(super) candidate: Candidate,
    pub(super) input: Option<Input>,
}

/// What was passed over in archives so far.
#[derive(Debug, Clone, Default)]
pub struct Tally(Arc<Mutex<PassedOver>>);

impl Tally {
    /// The counts, by the reason.
    pub fn counts(&self) -> PassedOver {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn add(&self, passed_over: &PassedOver) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (reason, count) in passed_over {
            *counts.entry(reason).or_default() += count;
        }
    }
}

/// Nobody takes pages any more.
struct Gone;

/// Where offers go.
struct Giver {
    sender: mpsc::Sender<Offer>,
    tally: Tally,
    max_body: u64,
}

impl Workshop {
    /// `candidates` in their order, with the pages of each archive in its place. What is passed over is counted in `tally`.
    pub fn unpacked(&self, candidates: Vec<Candidate>, tally: &Tally) -> impl Stream<Item = Offer> + use<> {
        let (sender, receiver) = mpsc::channel(WAITING);
        let (shop, tally) = (self.clone(), tally.clone());
        tokio::task::spawn_blocking(move || {
            for candidate in candidates {
                let max_body = shop.bench(candidate.found_by.as_deref()).shared.max_body;
                let giver = Giver { sender: sender.clone(), tally: tally.clone(), max_body };
                if giver.offer(candidate).is_err() {
                    return;
                }
            }
        });
        stream::unfold(receiver, async |mut receiver| Some((receiver.recv().await?, receiver)))
    }
}

impl Giver {
    fn offer(&self, candidate: Candidate) -> Result<(), Gone> {
        match &candidate.location {
            Ok(Location::File(path)) if archive::is_archive(path) => {
                let path = path.clone();
                let mut is_gone = false;
                let read = archive::each_part(&path, &mut |pages| {
                    let read = self.pages(pages, &path, &candidate);
                    read.unwrap_or_else(|Gone| {
                        is_gone = true;
                        // What ends the reading is told to nobody.
                        Err(Failure::new(FailureClass::Internal, "nobody reads"))
                    })
                });
                match read {
                    _ if is_gone => Err(Gone),
                    Ok(()) => Ok(()),
                    Err(failure) => self.give(Candidate { location: Err(failure), ..candidate }, None),
                }
            }
            Ok(Location::Stdin) => self.stdin(candidate),
            _ => self.give(candidate, None),
        }
    }

    /// Standard input: a page, or an archive of them.
    fn stdin(&self, candidate: Candidate) -> Result<(), Gone> {
        let path = Path::new("-");
        let begun = || {
            let mut stream = Unpacked::new(BufReader::new(std::io::stdin()), None)?;
            let mut start = Vec::new();
            (&mut stream).take(SNIFFED).read_to_end(&mut start)?;
            Ok((archive::is_warc(&start), Cursor::new(start).chain(stream)))
        };
        let failed = |error: &std::io::Error| archive::unreadable(path, error);
        let input = match begun() {
            Err(error) => Err(failed(&error)),
            Ok((false, stream)) => files::bounded(stream, self.max_body, "-", failed).map(Input::Bytes),
            Ok((true, stream)) => {
                let pages = Pages::new(stream, None).map_err(|error| failed(&error));
                match pages.map(|mut pages| self.pages(&mut pages, path, &candidate)) {
                    Ok(read) => match read? {
                        Ok(()) => return Ok(()),
                        Err(failure) => Err(failure),
                    },
                    Err(failure) => Err(failure),
                }
            }
        };
        match input {
            Ok(input) => self.give(candidate, Some(input)),
            Err(failure) => self.give(Candidate { location: Err(failure), ..candidate }, None),
        }
    }

    /// Gives the pages of a part of an archive, which `candidate` names.
    fn pages<R: BufRead>(
        &self,
        pages: &mut Pages<R>,
        path: &Path,
        candidate: &Candidate,
    ) -> Result<Result<(), Failure>, Gone> {
        loop {
            let listed = match pages.advance() {
                Ok(Some(listed)) => listed,
                Ok(None) => break,
                Err(error) => return Ok(Err(archive::unreadable(path, &error))),
            };
            let spot = listed.spot();
            let page = match spot.filter(|spot| spot.original.is_some()) {
                Some(spot) => archive::read(path, spot, self.max_body),
                None => pages.page(&listed, self.max_body),
            };
            let entry = Entry { path: path.to_owned(), url: listed.url, spot };
            let named = entry.candidate();
            let named = Candidate { found_by: candidate.found_by.clone(), ..named };
            match page {
                Ok(page) => self.give(named, Some(Input::Kept(page)))?,
                Err(failure) if failure.class == FailureClass::WrongType => {
                    self.tally.add(&[("no HTML", 1)].into());
                }
                Err(failure) => self.give(Candidate { location: Err(failure), ..named }, None)?,
            }
        }
        self.tally.add(pages.passed_over());
        Ok(archive::damage(&path.display().to_string(), pages.damages()).map_or(Ok(()), Err))
    }

    fn give(&self, candidate: Candidate, input: Option<Input>) -> Result<(), Gone> {
        self.sender.blocking_send(Offer { candidate, input }).map_err(|_| Gone)
    }
}
