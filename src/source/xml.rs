//! XML as sites serve it: in the encoding that it declares, and with ends that don't match their beginnings.

use std::io::BufRead;

use quick_xml::encoding::DecodingReader;
use quick_xml::events::Event;
use quick_xml::{Error, Reader};

/// Reads XML from bytes, event by event.
pub(super) struct Events<R> {
    reader: Reader<DecodingReader<R>>,
    buffer: Vec<u8>,
}

impl<R: BufRead> Events<R> {
    pub(super) fn new(bytes: R) -> Self {
        let mut reader = Reader::from_reader(DecodingReader::new(bytes));
        reader.config_mut().check_end_names = false;
        Self { reader, buffer: Vec::new() }
    }

    /// The next event; at the end of the bytes [`Event::Eof`], again and again.
    pub(super) fn next(&mut self) -> Result<Event<'_>, Error> {
        self.buffer.clear();
        let event = self.reader.read_event_into(&mut self.buffer)?;
        if let Event::Decl(declared) = &event
            && let Some(encoding) = declared.encoder()
        {
            self.reader.get_mut().set_encoding(encoding);
        }
        Ok(event)
    }
}
