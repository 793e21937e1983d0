//! Records: what a WARC file consists of (ISO 28500, section 4). A head of named fields, a block of bytes, two line breaks.

use std::io::{self, BufRead, ErrorKind, Read};

use super::unpack::{Unpacked, is_damage};

/// The longest line of a head, and the most bytes of a whole one.
const MOST_HEAD_BYTES: u64 = 64 * 1024;

/// What each record begins with.
const VERSION: &[u8] = b"WARC/";

/// The length of `WARC/1.1`.
const LAST_VERSION: usize = 8;

/// The records of an archive, one after the other. Damage costs the record that has it: the next one is looked for.
pub struct Records<R> {
    stream: Unpacked<R>,
    /// Bytes of the present block that were not read.
    left: u64,
    /// Places at which something else stood than a record.
    damages: u64,
    line: Vec<u8>,
}

/// The head of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Where in the file reading can begin to come to the record; `None` where it stands in the middle of what is packed.
    pub place: Option<u64>,
    fields: Vec<(String, String)>,
}

impl Head {
    /// The value of the field with this name, whatever its case.
    pub fn get(&self, name: &str) -> Option<&str> {
        let field = self.fields.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        field.map(|(_, value)| value.as_str())
    }

    /// The URI of a field; some write `<` and `>` around it.
    pub fn uri(&self, name: &str) -> Option<&str> {
        self.get(name).map(|uri| uri.strip_prefix('<').and_then(|uri| uri.strip_suffix('>')).unwrap_or(uri))
    }
}

impl<R: BufRead> Records<R> {
    /// The records of what `reader` gives, from `offset` in its file on; without one, none has a place.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn new(reader: R, offset: Option<u64>) -> io::Result<Self> {
        Ok(Self { stream: Unpacked::new(reader, offset)?, left: 0, damages: 0, line: Vec::new() })
    }

    /// Places at which something else stood than a record.
    pub fn damages(&self) -> u64 {
        self.damages
    }

    /// The head of the next record, whatever is left of the present one; `None` at the end.
    ///
    /// # Errors
    /// When the system can't read on.
    pub fn advance(&mut self) -> io::Result<Option<Head>> {
        self.skip_block()?;
        let mut is_lost = false;
        loop {
            // Where a member has ended shows only when more is asked for.
            if let Err(error) = self.stream.fill_buf() {
                is_lost = true;
                passes(error)?;
                continue;
            }
            let mut place = self.stream.place();
            match self.read_line() {
                Ok(1..) if self.line.starts_with(VERSION) => {}
                // Behind what is torn, a record begins in the middle of a line.
                Ok(read) if is_version_last(&self.line) => {
                    is_lost = true;
                    let line_end = read - self.line.len();
                    let behind = self.stream.place();
                    place = behind.and_then(|place| place.checked_sub((LAST_VERSION + line_end) as u64));
                }
                Ok(1..) => {
                    is_lost |= !self.line.is_empty();
                    continue;
                }
                Ok(0) => {
                    self.damages += u64::from(is_lost);
                    return Ok(None);
                }
                Err(error) => {
                    is_lost = true;
                    passes(error)?;
                    continue;
                }
            }
            match self.read_fields() {
                Ok(Some(fields)) => {
                    self.damages += u64::from(is_lost);
                    return Ok(Some(Head { place, fields }));
                }
                Ok(None) => is_lost = true,
                Err(error) => {
                    is_lost = true;
                    passes(error)?;
                }
            }
        }
    }

    /// Reads what is left of the block of the present record, or its next `most` bytes, and puts that behind `bytes`.
    ///
    /// # Errors
    /// When it ends early or is damaged; what is before that is there.
    pub fn read(&mut self, most: u64, bytes: &mut Vec<u8>) -> io::Result<()> {
        let wanted = self.left.min(most);
        if wanted == 0 {
            return Ok(());
        }
        let before = bytes.len();
        let read = (&mut self.stream).take(wanted).read_to_end(bytes);
        let count = (bytes.len() - before) as u64;
        self.left -= count.min(self.left);
        let read = match read {
            Ok(_) if count < wanted => Err(ErrorKind::UnexpectedEof.into()),
            Ok(_) if self.left == 0 => self.end_block(),
            read => read.map(|_| ()),
        };
        if read.is_err() {
            self.left = 0;
        }
        read
    }

    /// Reads the line breaks after a block, and proves the sum of what is packed where that ends here: a torn member goes on with
    /// whatever stands behind it.
    fn end_block(&mut self) -> io::Result<()> {
        for _ in 0..4 {
            match self.stream.fill_buf()?.first() {
                Some(b'\r' | b'\n') => self.stream.consume(1),
                // Some leave out the line breaks.
                None => return Ok(()),
                Some(byte) if VERSION.starts_with(&[*byte]) => return Ok(()),
                Some(_) => {
                    return Err(io::Error::new(
                        ErrorKind::InvalidData,
                        "its length is not that of its block",
                    ));
                }
            }
        }
        self.stream.step().map(|_| ())
    }

    /// Notes that the present record is damaged.
    pub fn note_damage(&mut self) {
        self.damages += 1;
    }

    /// Bytes of the present block that were not read.
    pub fn left(&self) -> u64 {
        self.left
    }

    fn skip_block(&mut self) -> io::Result<()> {
        while self.left > 0 {
            let given = match self.stream.fill_buf() {
                Ok(piece) => piece.len(),
                Err(error) => {
                    self.left = 0;
                    self.damages += 1;
                    return passes(error);
                }
            };
            if given == 0 {
                self.left = 0;
                self.damages += 1;
            }
            let count = usize::try_from(self.left).unwrap_or(usize::MAX).min(given);
            self.stream.consume(count);
            self.left = self.left.saturating_sub(count as u64);
        }
        Ok(())
    }

    /// The fields of a head, and the length of its block as what is left of it; `None` for what is no head.
    fn read_fields(&mut self) -> io::Result<Option<Vec<(String, String)>>> {
        let mut fields: Vec<(String, String)> = Vec::new();
        let mut size = 0;
        while self.read_line()? > 0 && !self.line.is_empty() {
            size += self.line.len() as u64;
            if size > MOST_HEAD_BYTES {
                return Ok(None);
            }
            let line = String::from_utf8_lossy(&self.line);
            match (line.starts_with([' ', '\t']), fields.last_mut()) {
                (true, Some((_, value))) => {
                    value.push(' ');
                    value.push_str(line.trim());
                }
                _ => {
                    let Some((name, value)) = line.split_once(':') else { return Ok(None) };
                    fields.push((name.trim().to_owned(), value.trim().to_owned()));
                }
            }
        }
        let length = fields.iter().find(|(name, _)| name.eq_ignore_ascii_case("Content-Length"));
        let Some(length) = length.and_then(|(_, length)| length.parse().ok()) else { return Ok(None) };
        self.left = length;
        Ok(Some(fields))
    }

    /// Reads a line, which is kept without its end, and gives how many bytes that were: none at the end of all. Of a line that
    /// is too long, the rest is the next line.
    fn read_line(&mut self) -> io::Result<usize> {
        self.line.clear();
        let count = (&mut self.stream).take(MOST_HEAD_BYTES).read_until(b'\n', &mut self.line)?;
        while self.line.last().is_some_and(|byte| matches!(byte, b'\n' | b'\r')) {
            self.line.pop();
        }
        Ok(count)
    }
}

/// Whether a line ends in the version that a record begins with.
fn is_version_last(line: &[u8]) -> bool {
    let version = line.get(line.len().saturating_sub(LAST_VERSION)..).unwrap_or_default();
    version.starts_with(VERSION) && version.last().is_some_and(u8::is_ascii_digit)
}

/// Lets pass what is wrong with an archive itself; what the system can't do stays an error.
fn passes(error: io::Error) -> io::Result<()> {
    if is_damage(&error) { Ok(()) } else { Err(error) }
}
