//! The bytes of an archive, unpacked as they are read: plain, gzipped record by record, or gzipped as a whole.
//!
//! A member of a gzip file that is damaged costs what is left of it and nothing else: reading goes on with the next one.
//! Crawlers that were killed leave torn members behind, in whose place the next one begins.

use std::io::{self, BufRead, ErrorKind, Read};

use flate2::bufread::GzDecoder;

/// The first bytes of a member (RFC 1952, section 2.3.1): the magic, and the only method that there is.
pub const MAGIC: [u8; 3] = [0x1F, 0x8B, 8];

/// Packed bytes that can be read once more.
const RECENT: usize = 256 * 1024;

/// Unpacked bytes that are held at once.
const PIECE: usize = 32 * 1024;

/// An archive that is read from its beginning to its end.
pub struct Unpacked<R> {
    form: Form<R>,
    piece: Box<[u8]>,
    start: usize,
    end: usize,
    /// Bytes that were consumed.
    position: u64,
    /// Where the present member begins: in what is unpacked, and in the file.
    member: (u64, u64),
    /// Where in the file the last member has ended that was whole.
    whole: u64,
    has_places: bool,
}

enum Form<R> {
    Plain(Rewindable<R>),
    Packed(Box<GzDecoder<Rewindable<R>>>),
    Ended,
}

impl<R: BufRead> Unpacked<R> {
    /// The archive that `reader` gives, from `offset` in its file on; `None` for what can't be gone to in a file.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn new(reader: R, offset: Option<u64>) -> io::Result<Self> {
        let has_places = offset.is_some();
        let offset = offset.unwrap_or(0);
        let mut raw = Rewindable { reader, position: offset, recent: Vec::new(), back: 0, repeated: 0 };
        let start = raw.fill_buf()?;
        // One byte that is damaged makes no plain file of a packed one.
        let is_packed = start.first() == Some(&MAGIC[0]) || start.get(1..MAGIC.len()) == Some(&MAGIC[1..]);
        let form = if is_packed { Form::Packed(Box::new(GzDecoder::new(raw))) } else { Form::Plain(raw) };
        let piece = vec![0; PIECE].into_boxed_slice();
        Ok(Self {
            form,
            piece,
            start: 0,
            end: 0,
            position: 0,
            member: (0, offset),
            whole: offset,
            has_places,
        })
    }

    /// Where in the file reading can begin to come to what is read next; `None` in the middle of a member.
    pub fn place(&self) -> Option<u64> {
        let place = match &self.form {
            Form::Plain(raw) => Some(raw.position - raw.back as u64),
            Form::Packed(_) | Form::Ended => (self.position == self.member.0).then_some(self.member.1),
        };
        place.filter(|_| self.has_places)
    }

    /// Whether it is packed at all.
    pub fn is_packed(&self) -> bool {
        !matches!(self.form, Form::Plain(_))
    }

    /// Where in the file the last member has ended that was whole, of those that were read.
    pub fn whole(&self) -> u64 {
        self.whole
    }

    /// Begins the next member, which is looked for from where the file is now.
    fn begin_member(&mut self, mut raw: Rewindable<R>) -> io::Result<()> {
        if !raw.skip_to_magic()? {
            self.form = Form::Ended;
            return Ok(());
        }
        self.member = (self.position, raw.position - raw.back as u64);
        self.form = Form::Packed(Box::new(GzDecoder::new(raw)));
        Ok(())
    }

    /// Unpacks the next piece, or proves that the present member ends as it should and goes to the next one; true when there is
    /// something to give, or nothing more.
    ///
    /// # Errors
    /// When it can't be read, and for a member that is damaged.
    pub fn step(&mut self) -> io::Result<bool> {
        let Form::Packed(decoder) = &mut self.form else { return Ok(true) };
        if self.start < self.end {
            return Ok(true);
        }
        let read = decoder.read(&mut self.piece);
        match read {
            Ok(count @ 1..) => {
                (self.start, self.end) = (0, count);
                return Ok(true);
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => return Ok(false),
            Ok(_) | Err(_) => {}
        }
        let Form::Packed(decoder) = std::mem::replace(&mut self.form, Form::Ended) else { return Ok(true) };
        let mut raw = decoder.into_inner();
        match &read {
            Ok(_) => self.whole = raw.position - raw.back as u64,
            Err(error) if !is_damage(error) => return read.map(|_| true),
            Err(_) => raw.rewind_to(self.member.1 + 1),
        }
        self.begin_member(raw)?;
        read.map(|_| false)
    }
}

/// Whether an error is one of what is packed, and not of the system.
pub fn is_damage(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::InvalidData | ErrorKind::UnexpectedEof)
}

impl<R: BufRead> BufRead for Unpacked<R> {
    /// As for any reader; after an error that is no fault of the system, what comes is another member.
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while !self.step()? {}
        match &mut self.form {
            Form::Plain(raw) => raw.fill_buf(),
            Form::Packed(_) | Form::Ended => Ok(&self.piece[self.start..self.end]),
        }
    }

    fn consume(&mut self, count: usize) {
        self.position += count as u64;
        match &mut self.form {
            Form::Plain(raw) => raw.consume(count),
            Form::Packed(_) | Form::Ended => self.start = (self.start + count).min(self.end),
        }
    }
}

impl<R: BufRead> Read for Unpacked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        read_held(self, buffer)
    }
}

/// Reads of what `reader` holds, which is how a reader that buffers by itself reads.
fn read_held(reader: &mut impl BufRead, buffer: &mut [u8]) -> io::Result<usize> {
    let mut piece = reader.fill_buf()?;
    let count = piece.read(buffer)?;
    reader.consume(count);
    Ok(count)
}

/// A reader that remembers where it is, and the last bytes that it gave.
struct Rewindable<R> {
    reader: R,
    /// Where in the file `reader` is.
    position: u64,
    recent: Vec<u8>,
    /// How many of the recent bytes come once more.
    back: usize,
    /// How many bytes came once more so far.
    repeated: u64,
}

impl<R: BufRead> Rewindable<R> {
    /// Goes back to a place in the file, or as near to it as can be. No more is read again than was read, whatever a hostile
    /// file holds.
    fn rewind_to(&mut self, place: u64) {
        let wanted = self.position.saturating_sub(place);
        if self.repeated <= self.position {
            self.back = self.recent.len().min(usize::try_from(wanted).unwrap_or(usize::MAX));
            self.repeated += self.back as u64;
        }
    }

    /// Goes to where a member begins; false when there is none any more.
    fn skip_to_magic(&mut self) -> io::Result<bool> {
        let mut matched = 0;
        loop {
            let Some(byte) = self.fill_buf()?.first().copied() else { return Ok(false) };
            self.consume(1);
            matched = match byte {
                byte if byte == MAGIC[matched] => matched + 1,
                byte if byte == MAGIC[0] => 1,
                _ => 0,
            };
            if matched == MAGIC.len() {
                self.back += MAGIC.len();
                return Ok(true);
            }
        }
    }
}

impl<R: BufRead> Read for Rewindable<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        read_held(self, buffer)
    }
}

impl<R: BufRead> BufRead for Rewindable<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.back > 0 { Ok(&self.recent[self.recent.len() - self.back..]) } else { self.reader.fill_buf() }
    }

    fn consume(&mut self, count: usize) {
        if self.back > 0 {
            self.back = self.back.saturating_sub(count);
            return;
        }
        // What was not given can't be consumed, and what is held is given without a wait.
        let given = self.reader.fill_buf().unwrap_or_default();
        self.recent.extend_from_slice(&given[..given.len().min(count)]);
        if self.recent.len() > 2 * RECENT {
            self.recent.drain(..self.recent.len() - RECENT);
        }
        self.reader.consume(count);
        self.position += count as u64;
    }
}
