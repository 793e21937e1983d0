//! Pages as browsers save them: MHTML, and a page with a folder of what it needs.

use crate::binary::{Desk, last_sentence, records, story, texts};

/// An MHTML file as Chromium writes it; `part` is the head and the body of its page.
fn mhtml(part: &str) -> String {
    format!(
        "From: <Saved by Blink>\r\nSnapshot-Content-Location: https://a.example/snapshot\r\nSubject: A story\r\n\
         Date: Sun, 1 Mar 2026 10:00:00 -0000\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related;\r\n\ttype=\"text/html\";\r\n\t\
         boundary=\"----edge\"\r\n\r\n\r\n------edge\r\n{part}\r\n------edge\r\nContent-Type: image/png\r\n\
         Content-Transfer-Encoding: base64\r\nContent-Location: https://a.example/x.png\r\n\r\niVBORw0KGgo=\r\n------edge--\r\n"
    )
}

fn quoted(bytes: &[u8]) -> String {
    let mut text = String::new();
    for (number, byte) in bytes.iter().enumerate() {
        if number % 60 == 59 {
            text += "=\r\n";
        }
        text += &format!("={byte:02X}");
    }
    text
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let piece = |piece: &[u8]| {
        let number = piece.iter().chain([&0, &0]).take(3).fold(0, |sum, byte| sum << 8 | usize::from(*byte));
        let letter = |at: usize| {
            if at > piece.len() { '=' } else { char::from(LETTERS[number >> (18 - 6 * at) & 63]) }
        };
        (0..4).map(letter).collect::<String>()
    };
    bytes.chunks(57).map(|line| line.chunks(3).map(piece).collect::<String>() + "\r\n").collect()
}

#[test]
fn an_mhtml_file_is_its_page_with_url_charset_and_date() {
    let desk = Desk::new();
    let html = story("café").replace("<meta charset=\"utf-8\">", "");
    let latin: Vec<u8> = html.chars().map(|letter| u8::try_from(u32::from(letter)).unwrap()).collect();
    let head = |encoding: &str, more: &str| {
        format!(
            "Content-Type: text/html; charset=windows-1252\r\nContent-Transfer-Encoding: {encoding}\r\n{more}\r\n"
        )
    };
    let place = "Content-ID: <frame>\r\nContent-Location: https://a.example/caf%C3%A9\r\n";
    desk.put("saved/a.mhtml", mhtml(&(head("quoted-printable", place) + &quoted(&latin))));
    desk.put("saved/b.MHT", mhtml(&(head("base64", "") + &base64(&latin))));
    let done = desk.run(&["clean", "-f", "jsonl", "saved"]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    let found = done.records();
    assert_eq!(texts(&found, "url"), ["https://a.example/caf%C3%A9", "https://a.example/snapshot"]);
    assert_eq!(texts(&found, "source"), ["saved/a.mhtml", "saved/b.MHT"]);
    for record in &found {
        assert!(record["body"].as_str().unwrap().ends_with(&last_sentence("café")), "{record}");
        assert_eq!(
            (&record["fetched_at"], &record["notes"]),
            (&"2026-03-01T10:00:00Z".into(), &serde_json::json!([]))
        );
    }
}

#[test]
fn a_run_takes_mhtml_and_what_is_none_is_a_failure() {
    let desk = Desk::new();
    let part =
        format!("Content-Type: text/html\r\nContent-Location: https://a.example/one\r\n\r\n{}", story("one"));
    desk.put("saved/a.mhtml", mhtml(&part));
    desk.put("saved/torn.mhtml", &mhtml(&part)[..120]);
    desk.put("saved/empty.mht", "");
    desk.put("saved/picture.mht", mhtml("Content-Type: image/gif\r\n\r\nGIF89a"));
    let done = desk.run(&["run", "files:saved", "--set", "write.formats=[\"jsonl\"]"]);
    assert_eq!(done.code, 3, "{}", done.stderr);
    assert!(done.stderr.contains("1 article, 3 failed"), "{}", done.stderr);
    assert!(done.stderr.contains("saved/picture.mht` is MHTML without a page in it"), "{}", done.stderr);
    assert_eq!(texts(&records(&desk.read("out/articles.jsonl")), "url"), ["https://a.example/one"]);
}

#[test]
fn a_complete_page_knows_its_url_and_its_folder_holds_no_pages() {
    let desk = Desk::new();
    let html = format!(
        "<!DOCTYPE html>\n<!-- saved from url=(0025)https://a.example/a-story -->\n{}",
        &story("one")[15..]
    );
    desk.put("saved/A story.html", &html);
    desk.put("saved/A story_files/frame.html", story("advertisement"));
    desk.put("saved/A story_files/deep/other.htm", story("advertisement"));
    desk.put("saved/case_files/real.html", story("real"));
    desk.put("x_files/one.html", story("x"));
    let run = |operand: &str| {
        let done = desk.run(&["clean", "-f", "jsonl", operand]);
        assert_eq!(done.code, 0, "{}", done.stderr);
        done.records()
    };
    let found = run("saved");
    assert_eq!(texts(&found, "title"), ["Harbour story one", "Harbour story real"]);
    assert_eq!(
        (&found[0]["url"], &found[1]["url"]),
        (&"https://a.example/a-story".into(), &serde_json::Value::Null)
    );
    assert_eq!(run("files:saved/**/*.html").len(), 2);
    assert_eq!(run("x_files").len(), 1);
    let done = desk.run_with_input(&["clean", "-f", "jsonl", "-"], html.as_bytes());
    assert_eq!(texts(&done.records(), "url"), ["https://a.example/a-story"]);
}
