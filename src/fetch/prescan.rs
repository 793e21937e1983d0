//! The charset that a page declares for itself, read from its first bytes.
//!
//! This is "prescan a byte stream to determine its encoding" of the HTML standard (section 13.2.3.2), with its names.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252, X_USER_DEFINED};

/// Bytes that are looked at. The standard asks for the declaration within 1,024, but pages put it later.
const PRESCANNED: usize = 4096;

/// What a page says about its charset.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Declaration {
    /// The charset that it declares in a `<meta>` or an XML declaration.
    pub(super) encoding: Option<&'static Encoding>,
    /// A name that no charset has, where it declares that and nothing else.
    pub(super) unknown: Option<Vec<u8>>,
}

/// Reads the declaration of a page.
pub(super) fn declared(bytes: &[u8]) -> Declaration {
    let mut scan = Scan { rest: &bytes[..bytes.len().min(PRESCANNED)], unknown: None };
    let encoding = in_meta(&mut scan).or_else(|| in_xml(bytes)).map(|encoding| match encoding {
        // A declaration that can be read byte by byte is no UTF-16.
        encoding if encoding == UTF_16LE || encoding == UTF_16BE => UTF_8,
        encoding if encoding == X_USER_DEFINED => WINDOWS_1252,
        encoding => encoding,
    });
    Declaration { encoding, unknown: scan.unknown.filter(|_| encoding.is_none()) }
}

/// The value of `charset=` in the content of a `<meta>` or in a `Content-Type` header: "extracting a character
/// encoding from a meta element".
pub(super) fn charset_in(content: &[u8]) -> Option<&[u8]> {
    const NAME: &[u8] = b"charset";
    let mut rest = content;
    while let Some(at) = rest.windows(NAME.len()).position(|window| window.eq_ignore_ascii_case(NAME)) {
        rest = rest[at + NAME.len()..].trim_ascii_start();
        let Some(value) = rest.strip_prefix(b"=") else { continue };
        let value = value.trim_ascii_start();
        return match value {
            [quote @ (b'"' | b'\''), value @ ..] => {
                value.iter().position(|byte| byte == quote).map(|end| &value[..end])
            }
            _ => value.split(|byte| is_space(*byte) || *byte == b';').next(),
        };
    }
    None
}

/// `<?xml version="1.0" encoding="…"?>` at the very start.
fn in_xml(bytes: &[u8]) -> Option<&'static Encoding> {
    const NAME: &[u8] = b"encoding";
    let start = bytes.strip_prefix(b"<?xml")?;
    let start = &start[..start.iter().take(PRESCANNED).position(|byte| *byte == b'>')?];
    let at = start.windows(NAME.len()).position(|window| window == NAME)?;
    let value = start[at + NAME.len()..].trim_ascii_start().strip_prefix(b"=")?.trim_ascii_start();
    let [quote @ (b'"' | b'\''), value @ ..] = value else { return None };
    Encoding::for_label(&value[..value.iter().position(|byte| byte == quote)?])
}

fn in_meta(scan: &mut Scan) -> Option<&'static Encoding> {
    while !scan.rest.is_empty() {
        if let Some(comment) = scan.rest.strip_prefix(b"<!--") {
            // The two dashes that open a comment may also close it, as in `<!-->`.
            scan.rest = &scan.rest[2..];
            let end = scan.rest.windows(3).position(|window| window == b"-->");
            scan.rest = end.map_or(&comment[comment.len()..], |end| &scan.rest[end + 3..]);
        } else if scan.skip_meta() {
            if let Some(encoding) = meta_encoding(scan) {
                return Some(encoding);
            }
        } else if let [b'<', b'!' | b'?', ..] = scan.rest {
            scan.skip_past_bracket();
        } else if let [b'<', b'/', letter, ..] | [b'<', letter, ..] = scan.rest {
            match letter {
                b'A'..=b'Z' | b'a'..=b'z' => {
                    scan.skip_until(|byte| is_space(byte) || byte == b'>');
                    while scan.attribute().is_some() {}
                }
                _ if scan.rest.starts_with(b"</") => scan.skip_past_bracket(),
                _ => scan.skip(1),
            }
        } else {
            scan.skip(1);
        }
    }
    None
}

/// The charset of one `<meta>`, whose attributes come next.
fn meta_encoding(scan: &mut Scan) -> Option<&'static Encoding> {
    let (mut seen, mut got_pragma, mut need_pragma, mut charset) = (Vec::new(), false, None, None);
    while let Some((name, value)) = scan.attribute() {
        if seen.contains(&name) {
            continue;
        }
        match name.as_slice() {
            b"http-equiv" => got_pragma |= value == b"content-type",
            b"content" => {
                if let Some(encoding) =
                    charset_in(&value).and_then(Encoding::for_label).filter(|_| charset.is_none())
                {
                    charset = Some(encoding);
                    need_pragma = Some(true);
                }
            }
            b"charset" => {
                charset = Encoding::for_label(&value);
                if charset.is_none() {
                    scan.unknown.get_or_insert(value);
                }
                need_pragma = Some(false);
            }
            _ => {}
        }
        seen.push(name);
    }
    charset.filter(|_| need_pragma == Some(false) || (need_pragma == Some(true) && got_pragma))
}

/// What is left of the page.
pub(super) struct Scan<'a> {
    pub(super) rest: &'a [u8],
    /// The first name of a charset that is none.
    pub(super) unknown: Option<Vec<u8>>,
}

impl Scan<'_> {
    pub(super) fn skip(&mut self, count: usize) {
        self.rest = self.rest.get(count..).unwrap_or_default();
    }

    pub(super) fn skip_until(&mut self, stop: impl Fn(u8) -> bool) {
        let count = self.rest.iter().position(|byte| stop(*byte));
        self.skip(count.unwrap_or(self.rest.len()));
    }

    fn skip_past_bracket(&mut self) {
        self.skip_until(|byte| byte == b'>');
        self.skip(1);
    }

    /// Skips `<meta` where it is the whole name of a tag.
    pub(super) fn skip_meta(&mut self) -> bool {
        let is_meta = self.is_at_tag(b"<meta") && self.rest[5] != b'>';
        if is_meta {
            self.skip(5);
        }
        is_meta
    }

    /// Whether a tag that begins with `start` comes next, whose name ends there.
    pub(super) fn is_at_tag(&self, start: &[u8]) -> bool {
        self.rest.get(..start.len()).is_some_and(|found| found.eq_ignore_ascii_case(start))
            && self.rest.get(start.len()).is_some_and(|byte| is_space(*byte) || matches!(byte, b'/' | b'>'))
    }

    /// The next attribute of the tag, in lower case: "get an attribute". `None` ends the tag.
    pub(super) fn attribute(&mut self) -> Option<(Vec<u8>, Vec<u8>)> {
        self.skip_until(|byte| !is_space(byte) && byte != b'/');
        if matches!(self.rest, [] | [b'>', ..]) {
            return None;
        }
        let start = self.rest;
        // A name may begin with `=`, so that its first byte does not end it.
        self.skip(1);
        self.skip_until(|byte| is_space(byte) || matches!(byte, b'=' | b'/' | b'>'));
        let name = start[..start.len() - self.rest.len()].to_ascii_lowercase();
        self.skip_until(|byte| !is_space(byte));
        if self.rest.first() != Some(&b'=') {
            return Some((name, Vec::new()));
        }
        self.skip(1);
        self.skip_until(|byte| !is_space(byte));
        Some((name, self.value()?))
    }

    fn value(&mut self) -> Option<Vec<u8>> {
        let quote = self.rest.first().copied().filter(|byte| matches!(byte, b'"' | b'\''));
        self.skip(usize::from(quote.is_some()));
        let start = self.rest;
        self.skip_until(|byte| match quote {
            Some(quote) => byte == quote,
            None => is_space(byte) || byte == b'>',
        });
        let value = start[..start.len() - self.rest.len()].to_ascii_lowercase();
        if quote.is_some() {
            // A value that the bytes end within is none.
            self.rest.first()?;
            self.skip(1);
        }
        Some(value)
    }
}

/// A space of the HTML standard.
fn is_space(byte: u8) -> bool {
    matches!(byte, b'\t' | b'\n' | b'\x0C' | b'\r' | b' ')
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_declaration_is_found_as_the_standard_says() {
        let late = format!("{}<meta charset=koi8-r>", " ".repeat(4000));
        let too_late = format!("{}<meta charset=koi8-r>", " ".repeat(5000));
        for (page, name) in [
            ("<meta charset=utf-8>", Some("UTF-8")),
            ("<META\nCHARSET = 'Shift_JIS' >", Some("Shift_JIS")),
            ("<meta/charset=\"gb2312\"/>", Some("GBK")),
            ("<html lang=a><head><meta name=x content=y><meta charset=big5>", Some("Big5")),
            ("<meta http-equiv=Content-Type content='text/html; charset=euc-kr'>", Some("EUC-KR")),
            ("<meta content='text/html; charset=euc-kr' http-equiv=content-type>", Some("EUC-KR")),
            ("<meta http-equiv=content-type content='charset charset = \"koi8-u\"'>", Some("KOI8-U")),
            ("<meta content='text/html; charset=euc-kr'>", None),
            ("<meta charset=latin1 charset=utf-8>", Some("windows-1252")),
            ("<meta charset=bogus><meta charset=utf-8>", Some("UTF-8")),
            ("<metadata charset=utf-8>", None),
            ("<!-- <meta charset=utf-8> --><meta charset=koi8-r>", Some("KOI8-R")),
            ("<!--><meta charset=koi8-r>", Some("KOI8-R")),
            ("<!-- <meta charset=utf-8>", None),
            ("<a title='<meta charset=utf-8>'>", None),
            ("<!doctype html><?x?></3><meta charset=koi8-r>", Some("KOI8-R")),
            ("1 < 2 <<meta charset=koi8-r>", Some("KOI8-R")),
            ("<meta charset=utf-16>", Some("UTF-8")),
            ("<meta charset=x-user-defined>", Some("windows-1252")),
            ("<?xml version='1.0' encoding='windows-1251'?><html>", Some("windows-1251")),
            ("<?xml version='1.0'?><html encoding='windows-1251'>", None),
            ("<meta charset=\"utf-8", None),
            ("<meta", None),
            ("<", None),
            ("", None),
            (&late, Some("KOI8-R")),
            (&too_late, None),
        ] {
            assert_eq!(declared(page.as_bytes()).encoding.map(Encoding::name), name, "{page:?}");
        }
    }

    #[test]
    fn the_charset_of_a_header_is_found_with_and_without_quotes() {
        for (header, label) in [
            ("text/html; charset=UTF-8", Some("UTF-8")),
            ("text/html;Charset = \"utf-8\"; x=y", Some("utf-8")),
            ("text/html; charset=utf-8; x=y", Some("utf-8")),
            ("text/html; charset=\"utf-8", None),
            ("text/html", None),
        ] {
            assert_eq!(charset_in(header.as_bytes()), label.map(str::as_bytes), "{header:?}");
        }
    }
}
