//! From bytes to text: which charset, and whether it fits.

use bytesize::ByteSize;
use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, REPLACEMENT, UTF_8, UTF_16BE, UTF_16LE};

use super::prescan;
use crate::failure::{Failure, FailureClass};

/// The share of undecodable characters past which a charset does not fit.
const MAX_LOST_SHARE: f64 = 0.01;

/// Bytes that detection looks at, from the first that is not plain ASCII; it runs some thirty decoders side by side,
/// and more bytes do not change its mind.
const DETECTED: usize = 256 * 1024;

/// Switches charsets in ISO-2022-JP, which has no bytes past ASCII.
const ESCAPE: u8 = 0x1B;

/// A page as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// The text, without a byte order mark.
    pub text: String,
    /// What was guessed or lost, for a person.
    pub notes: Vec<String>,
}

/// Decodes a page as [`decode`] does, and refuses a text of more than `max_text` bytes in UTF-8, which may be three times
/// as many as in the page.
///
/// # Errors
/// `too_large`, and those of [`decode`].
pub fn decode_within(max_text: u64, bytes: &[u8], content_type: Option<&str>) -> Result<Decoded, Failure> {
    let decoded = decode(bytes, content_type)?;
    if decoded.text.len() as u64 > max_text {
        let limit = ByteSize::b(max_text);
        let message =
            format!("the text of the page is larger than {limit}; raise `fetch.max_body` to take it");
        return Err(Failure::new(FailureClass::TooLarge, message));
    }
    Ok(decoded)
}

/// Decodes a page from HTTP, or from a file, where `content_type` is `None`.
///
/// The first of these that names a charset decides, as in the HTML standard ("determining the character encoding"):
/// a byte order mark, the `charset` of `content_type`, the page's own declaration. Detection decides where none
/// does, where the charset that was named does not fit the bytes, and between the server and the page where they
/// disagree and both would fit; a note says so.
///
/// # Errors
/// `bad_charset` where more than 1 % of the characters are lost with the named charset and with the detected one, and
/// for charsets that the standard bans because they hide markup (such as ISO-2022-KR).
pub fn decode(bytes: &[u8], content_type: Option<&str>) -> Result<Decoded, Failure> {
    let Declared { encoding: declared, instead, bytes, mut notes } = declared(bytes, content_type);
    if declared == Some(REPLACEMENT) {
        let message = "the page declares a charset that the HTML standard bans";
        return Err(Failure::new(FailureClass::BadCharset, message));
    }
    if let Some(encoding) = declared.filter(|encoding| may_be(bytes, encoding)) {
        let trial = Trial::of(bytes, encoding);
        if trial.fits() {
            return Ok(settle(trial, encoding, instead, bytes, notes));
        }
    }
    let guess = detect(bytes);
    // Plain ASCII reads the same in every charset that is left, so that nothing was guessed.
    if !(guess == UTF_8 && bytes.is_ascii()) {
        let instead =
            declared.map(|encoding| format!(" (declared: {})", encoding.name())).unwrap_or_default();
        notes.push(format!("charset guessed: {}{instead}", guess.name()));
    }
    let trial = Trial::of(bytes, guess);
    if !trial.fits() {
        let message = format!("the text fits no charset; {} was the last that was tried", guess.name());
        return Err(Failure::new(FailureClass::BadCharset, message));
    }
    Ok(trial.decoded(notes))
}

/// The text with the charset of the server, which fits, or with the one that the page declares `instead`, where
/// detection is of the page's opinion. Almost all bytes fit a charset of one byte a character, so that fitting alone does
/// not prove the server right.
fn settle(
    trial: Trial,
    encoding: &'static Encoding,
    instead: Option<&'static Encoding>,
    bytes: &[u8],
    mut notes: Vec<String>,
) -> Decoded {
    let Some(instead) = instead.filter(|_| encoding != UTF_8 && !bytes.is_ascii()) else {
        return trial.decoded(notes);
    };
    let other = Trial::of(bytes, instead);
    // Detection may name a charset of the same letters, such as KOI8-U for KOI8-R.
    let is_detected = other.fits() && Trial::of(bytes, detect(bytes)).text == other.text;
    let (taken, trial) = if is_detected { (instead, other) } else { (encoding, trial) };
    notes.push(format!(
        "the server says {}, the page says {}; taken as {}",
        encoding.name(),
        instead.name(),
        taken.name()
    ));
    trial.decoded(notes)
}

/// Whether the bytes are UTF-16, by a byte order mark, `content_type`, or the shape of their first characters.
pub(super) fn is_utf_16(bytes: &[u8], content_type: Option<&str>) -> bool {
    let Declared { encoding, bytes, .. } = declared(bytes, content_type);
    encoding.or(unmarked_utf_16(bytes)).is_some_and(|encoding| encoding == UTF_16LE || encoding == UTF_16BE)
}

/// What is said about the charset of a page.
struct Declared<'a> {
    encoding: Option<&'static Encoding>,
    /// What the page says where the server says something else.
    instead: Option<&'static Encoding>,
    /// The bytes after a byte order mark.
    bytes: &'a [u8],
    notes: Vec<String>,
}

fn declared<'a>(bytes: &'a [u8], content_type: Option<&str>) -> Declared<'a> {
    if let Some((encoding, length)) = Encoding::for_bom(bytes) {
        let bytes = bytes.get(length..).unwrap_or_default();
        return Declared { encoding: Some(encoding), instead: None, bytes, notes: Vec::new() };
    }
    let label = content_type.and_then(|value| prescan::charset_in(value.as_bytes()));
    let server = label.and_then(Encoding::for_label);
    let page = prescan::declared(bytes);
    let unknown = [label.filter(|_| server.is_none()), page.unknown.as_deref()];
    let note =
        |label: &[u8]| format!("unknown charset ignored: {}", String::from_utf8_lossy(label).escape_debug());
    Declared {
        encoding: server.or(page.encoding),
        instead: page.encoding.filter(|page| server.is_some_and(|server| server != *page)),
        bytes,
        notes: unknown.into_iter().flatten().map(note).collect(),
    }
}

/// Whether bytes can be in the charset that is declared for them, although all of them are letters of it: text of one
/// byte a letter that goes past ASCII is never valid UTF-8 by chance, as on servers with a wrong default, and UTF-16 has
/// a NUL in every character of markup.
fn may_be(bytes: &[u8], encoding: &'static Encoding) -> bool {
    if encoding == UTF_16LE || encoding == UTF_16BE {
        return bytes.contains(&0);
    }
    !encoding.is_single_byte() || bytes.is_ascii() || std::str::from_utf8(bytes).is_err()
}

/// UTF-16 by the first character of a page, `<`, where no mark says so.
fn unmarked_utf_16(bytes: &[u8]) -> Option<&'static Encoding> {
    match bytes {
        [b'<', 0, ..] => Some(UTF_16LE),
        [0, b'<', ..] => Some(UTF_16BE),
        _ => None,
    }
}

fn detect(bytes: &[u8]) -> &'static Encoding {
    if let Some(encoding) = unmarked_utf_16(bytes) {
        return encoding;
    }
    // ISO-2022-JP is denied to browsers because scripts could hide in it; here no script runs.
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    let start = bytes.iter().position(|byte| !byte.is_ascii() || *byte == ESCAPE).unwrap_or(bytes.len());
    let sample = bytes[start..].chunks(DETECTED).next().unwrap_or_default();
    detector.feed(sample, start + sample.len() == bytes.len());
    detector.guess(None, Utf8Detection::Allow)
}

/// The text that one charset makes of the bytes.
struct Trial {
    text: String,
    /// Characters that stand for undecodable bytes, and NULs, which no text has.
    lost: usize,
}

impl Trial {
    fn of(bytes: &[u8], encoding: &'static Encoding) -> Self {
        let (text, had_errors) = encoding.decode_without_bom_handling(bytes);
        let text = text.into_owned();
        let lost = memchr::memchr_iter(b'\0', text.as_bytes()).count()
            + if had_errors { memchr::memmem::find_iter(text.as_bytes(), "\u{FFFD}").count() } else { 0 };
        Self { text, lost }
    }

    fn fits(&self) -> bool {
        self.lost == 0 || (self.lost as f64) <= MAX_LOST_SHARE * self.text.chars().count() as f64
    }

    fn decoded(self, mut notes: Vec<String>) -> Decoded {
        if self.lost > 0 {
            notes.push(format!("undecodable characters: {}", self.lost));
        }
        Decoded { text: self.text, notes }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const HTML: Option<&str> = Some("text/html");

    #[track_caller]
    fn check(bytes: &[u8], content_type: Option<&str>, text: &str, notes: &[&str]) {
        let decoded = decode(bytes, content_type).unwrap();
        assert_eq!(decoded.text, text);
        assert_eq!(decoded.notes, notes);
    }

    fn in_charset(label: &str, text: &str) -> Vec<u8> {
        let (bytes, encoding, unmappable) = Encoding::for_label(label.as_bytes()).unwrap().encode(text);
        assert!(!unmappable && encoding.name().eq_ignore_ascii_case(label));
        bytes.into_owned()
    }

    fn utf_16(text: &str, to_bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(to_bytes).collect()
    }

    #[test]
    fn ascii_needs_no_charset_and_no_note() {
        check(b"<p>plain</p>", None, "<p>plain</p>", &[]);
    }

    #[test]
    fn the_byte_order_mark_wins_over_the_header_and_is_not_text() {
        check("\u{FEFF}<p>é</p>".as_bytes(), Some("text/html; charset=shift_jis"), "<p>é</p>", &[]);
        check(&utf_16("\u{FEFF}<p>é</p>", u16::to_le_bytes), HTML, "<p>é</p>", &[]);
        check(&utf_16("\u{FEFF}<p>é</p>", u16::to_be_bytes), HTML, "<p>é</p>", &[]);
    }

    #[test]
    fn the_header_wins_over_the_page() {
        let page = "<meta charset=windows-1251><p>żółć</p>";
        let note = "the server says ISO-8859-2, the page says windows-1251; taken as ISO-8859-2";
        check(&in_charset("iso-8859-2", page), Some("text/html;charset=\"ISO-8859-2\""), page, &[note]);
    }

    #[test]
    fn the_page_wins_over_the_header_where_its_text_says_so() {
        let page = "<meta charset=koi8-r><p>Депутаты городской думы приняли бюджет на следующий год.</p>";
        let note = "the server says windows-1252, the page says KOI8-R; taken as KOI8-R";
        check(&in_charset("koi8-r", page), Some("text/html; charset=iso-8859-1"), page, &[note]);
        let ascii = "<meta charset=koi8-r><p>plain</p>";
        check(ascii.as_bytes(), Some("text/html; charset=iso-8859-1"), ascii, &[]);
    }

    #[test]
    fn a_text_may_be_larger_than_its_bytes_and_is_bounded_too() {
        let page = [b"<meta charset=windows-1252><p>".as_slice(), &[0x80; 1000]].concat();
        assert_eq!(decode_within(3030, &page, None).unwrap().text.matches('€').count(), 1000);
        assert_eq!(decode_within(3029, &page, None).unwrap_err().class, FailureClass::TooLarge);
    }

    #[test]
    fn the_page_is_asked_where_the_header_names_no_charset_or_none_that_exists() {
        let page = "<meta charset=windows-1251><p>Привет</p>";
        let bytes = in_charset("windows-1251", page);
        check(&bytes, HTML, page, &[]);
        check(&bytes, Some("text/html; charset=bogus"), page, &["unknown charset ignored: bogus"]);
        let page = "<meta charset=utf-7><p>+AOk-</p>";
        check(page.as_bytes(), HTML, page, &["unknown charset ignored: utf-7"]);
    }

    #[test]
    fn detection_decides_where_nothing_is_declared_and_says_so() {
        let french = "<p>Le président a été réélu après une journée très animée à l'Assemblée.</p>";
        check(french.as_bytes(), None, french, &["charset guessed: UTF-8"]);
        check(&in_charset("windows-1252", french), None, french, &["charset guessed: windows-1252"]);
        let japanese = "<p>首相は記者会見で、新しい経済対策についてのべました。</p>";
        check(&in_charset("shift_jis", japanese), None, japanese, &["charset guessed: Shift_JIS"]);
        check(&in_charset("iso-2022-jp", japanese), None, japanese, &["charset guessed: ISO-2022-JP"]);
        check(&utf_16(japanese, u16::to_le_bytes), None, japanese, &["charset guessed: UTF-16LE"]);
        check(&utf_16(japanese, u16::to_be_bytes), None, japanese, &["charset guessed: UTF-16BE"]);
    }

    #[test]
    fn detection_sees_letters_however_late_they_come_and_a_sample_may_end_within_one() {
        let late = format!("<p>{}</p><p>{}</p>", "plain ".repeat(100_000), "é".repeat(DETECTED));
        check(late.as_bytes(), None, &late, &["charset guessed: UTF-8"]);
        let odd = format!("<p>é-{}</p>", "é".repeat(DETECTED));
        check(odd.as_bytes(), None, &odd, &["charset guessed: UTF-8"]);
    }

    #[test]
    fn detection_replaces_a_declaration_that_does_not_fit() {
        let french = "<p>Le président a été réélu après une journée très animée à l'Assemblée.</p>";
        check(
            &in_charset("windows-1252", french),
            Some("text/html; charset=utf-8"),
            french,
            &["charset guessed: windows-1252 (declared: UTF-8)"],
        );
        check(
            french.as_bytes(),
            Some("text/html; charset=iso-8859-1"),
            french,
            &["charset guessed: UTF-8 (declared: windows-1252)"],
        );
        check(
            french.as_bytes(),
            Some("text/html; charset=utf-16le"),
            french,
            &["charset guessed: UTF-8 (declared: UTF-16LE)"],
        );
    }

    #[test]
    fn a_few_broken_bytes_are_replaced_and_counted() {
        let mut bytes = "<p>é</p>".repeat(100).into_bytes();
        bytes.push(0xFF);
        let text = format!("{}\u{FFFD}", "<p>é</p>".repeat(100));
        check(&bytes, Some("text/html; charset=utf-8"), &text, &["undecodable characters: 1"]);
    }

    #[test]
    fn replacement_characters_of_the_page_itself_are_not_losses() {
        check(
            "<p>\u{FFFD}\u{FFFD}</p>".as_bytes(),
            Some("text/html; charset=utf-8"),
            "<p>\u{FFFD}\u{FFFD}</p>",
            &[],
        );
    }

    #[test]
    fn a_banned_charset_and_bytes_that_fit_none_are_refused() {
        for (bytes, content_type) in [
            (b"<p>plain".as_slice(), Some("text/html; charset=iso-2022-kr")),
            (b"<meta charset=hz-gb-2312><p>plain", None),
            (b"\x00\x01\x00\x02\x00\x03\x00\x04", None),
        ] {
            assert_eq!(decode(bytes, content_type).unwrap_err().class, FailureClass::BadCharset, "{bytes:?}");
        }
    }
}
