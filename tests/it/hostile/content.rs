//! Numbers 69 to 74: bodies that are no page, and text in the wrong charset.

use super::{Expected, Failure, Story, check, page, served};
use crate::server::{answer, typed};

const WRONG: Expected = Failure(&["wrong_type"]);

#[test]
fn cases_69_to_71_what_is_no_page_is_told_by_its_bytes_and_its_type() {
    let html = |bytes: &[u8]| typed("text/html", bytes);
    let page = page();
    check(
        vec![
            served("69a", "PDF", html(b"%PDF-1.7\n%\xE2\xE3\xCF\xD3\n1 0 obj"), WRONG),
            served("69b", "PNG", html(b"\x89PNG\r\n\x1A\n\0\0\0\rIHDR"), WRONG),
            served("69c", "ZIP", html(b"PK\x03\x04\x14\0\x08\0\x08\0\0\0"), WRONG),
            served("69d", "ELF", html(b"\x7FELF\x02\x01\x01\0\0\0\0\0"), WRONG),
            served("70", "HTML as bytes", typed("application/octet-stream", page.as_bytes()), Story),
            served("71a", "JSON", typed("application/json", b"{\"a\": 1}"), WRONG),
            served("71b", "RSS", typed("application/rss+xml", b"<rss version='2.0'></rss>"), WRONG),
            served("71c", "XML", typed("application/xml", b"<?xml version='1.0'?><a/>"), WRONG),
            served("71d", "XML as HTML by no type", answer("200 OK", &[], b"\0\x01\x02\x03{}"), WRONG),
        ],
        &[],
    );
}

/// A page whose story has letters past ASCII, and those letters.
fn russian() -> (String, &'static str) {
    let sentence = "Депутаты городской думы приняли бюджет на следующий год.";
    (page().replace("Nobody in the room", &format!("{sentence} Nobody in the room")), sentence)
}

#[test]
fn case_72_a_charset_is_right_or_refused_or_named_in_a_note() {
    let (page, sentence) = russian();
    // What the page says of itself is in its head.
    let declaring = |charset: &str| page.replace("charset=\"utf-8\"", &format!("charset=\"{charset}\""));
    let koi8 = encoding_rs::KOI8_R.encode(&declaring("koi8-r")).0.into_owned();
    let utf_16: Vec<u8> = page.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let outcome = check(
        vec![
            served("72a", "UTF-8 called utf-7", typed("text/html; charset=utf-7", page.as_bytes()), Story),
            served(
                "72b",
                "iso-2022-kr",
                typed("text/html; charset=iso-2022-kr", page.as_bytes()),
                BAD_CHARSET,
            ),
            served(
                "72c",
                "a charset that is none",
                typed("text/html; charset=bogus", page.as_bytes()),
                Story,
            ),
            served("72d", "header against page", typed("text/html; charset=windows-1252", &koi8), Story),
            served("72e", "UTF-16 without a mark", typed("text/html", &utf_16), Story),
            served(
                "72f",
                "UTF-8 called UTF-16",
                typed("text/html; charset=utf-16le", page.as_bytes()),
                Story,
            ),
        ],
        &[],
    );
    for (place, name) in
        [(0, "utf-7"), (2, "bogus"), (3, "KOI8-R"), (4, "UTF-16LE"), (5, "declared: UTF-16LE")]
    {
        let record = &outcome.records[place];
        assert!(record["body"].as_str().unwrap().contains(sentence), "{record}");
        assert!(record["notes"].to_string().contains(name), "{record}");
    }
}

const BAD_CHARSET: Expected = Failure(&["bad_charset"]);

#[test]
fn case_73_broken_letters_are_replaced_and_counted() {
    let page = page();
    let with = |bytes: &[u8]| {
        let (before, after) = page.split_at(page.find("The council").unwrap());
        typed("text/html; charset=utf-8", &[before.as_bytes(), bytes, after.as_bytes()].concat())
    };
    let outcome = check(
        vec![
            served("73a", "invalid UTF-8", with(b"\xC3\x28 \xFF "), Story),
            served("73b", "lone surrogates", with(b"\xED\xA0\x80 "), Story),
            served("73c", "NULs", with(b"\0\0 "), Story),
        ],
        &[],
    );
    for record in &outcome.records {
        assert!(record["notes"].to_string().contains("undecodable characters"), "{record}");
        assert!(!record["body"].as_str().unwrap().contains('\0'), "{record}");
    }
}

#[test]
fn case_74_a_text_is_bounded_after_decoding_too() {
    let start = b"<html><meta charset=windows-1252><p>";
    let page = [start.as_slice(), &vec![0x80; (10 << 20) - start.len()]].concat();
    check(
        vec![served("74", "10 MiB of euro signs", typed("text/html", &page), Failure(&["too_large"]))],
        &[],
    );
}
