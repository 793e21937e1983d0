//! Numbers 75 to 81b: markup on which parsers take quadratic time or memory. The story before it must come through.

use std::fmt::Write;
use std::time::Duration;

use crate::binary::{Desk, last_sentence, story};
use crate::measured::{Measured, measured};

/// By how much the pages are smaller where code is not optimized and takes about ten times as long, so that the suite
/// stays quick; those on which the parser alone would be quadratic keep their size.
const SHARE: usize = if cfg!(debug_assertions) { 4 } else { 1 };

/// Processor time that a page may cost.
const CPU: Duration = Duration::from_millis(if cfg!(debug_assertions) { 15_000 } else { 2_500 });

/// Memory that a page may cost beside an ordinary one, in bytes.
const MEMORY: u64 = 150 << 20;

/// `piece` with each number below `count` in place of `#`.
fn numbered(piece: &str, count: usize) -> String {
    let (before, after) = piece.split_once('#').unwrap();
    let mut text = String::new();
    for number in 0..count {
        write!(text, "{before}{number}{after}").unwrap();
    }
    text
}

fn clean(page: &str) -> Measured {
    let desk = Desk::new();
    desk.put("page.html", page);
    measured(&mut desk.command(["clean", "-f", "jsonl", "--set", "fetch.max_body=64MiB", "page.html"]))
}

/// Cleans a page with the story and `markup` after it, and reports every case that costs too much or loses the story.
#[track_caller]
fn check<const N: usize>(cases: [(&str, String); N]) {
    let ordinary = clean(&story("hostile")).peak;
    let mut wrong = Vec::new();
    for (number, markup) in cases {
        let Measured { done, cpu, peak } = clean(&format!("{}{markup}", story("hostile")));
        let extra = peak.saturating_sub(ordinary) >> 20;
        let record = &done.records()[0];
        let has_story = record["body"].as_str().unwrap().contains(&last_sentence("hostile"));
        let is_too_complex = record["error"]["class"] == "too_complex";
        if cpu > CPU || extra > MEMORY >> 20 || !(has_story || is_too_complex) {
            wrong.push(format!("{number}: {cpu:?}, {extra} MiB more, {record:.300}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn cases_75_to_78_deep_and_crossed_tags_cost_little() {
    check([
        ("75", "<div>".repeat(5_000_000 / SHARE)),
        ("76", "<ul><li>".repeat(1_000_000 / SHARE)),
        ("77", numbered("<font color=#>x", 300_000)),
        ("78", "<b><div></b>x".repeat(400_000 / SHARE)),
    ]);
}

#[test]
fn cases_79_and_80_attributes_and_tables_cost_little() {
    check([
        ("79a", format!("<p {}>x", numbered("a#=1 ", 1_000_000))),
        ("79b", numbered("<html a#>", 400_000)),
        ("79c", numbered("<body a#>", 400_000)),
        ("80a", "<table><tr><td>".repeat(300_000)),
        ("80b", format!("<table>{}", "x<i>".repeat(1_000_000 / SHARE))),
        ("80c", "<table>x".repeat(300_000)),
        ("80d", format!("<table>{}", "x ".repeat(1_000_000 / SHARE))),
    ]);
}

#[test]
fn cases_81_and_81b_what_is_written_out_and_what_is_opened_anew_costs_little() {
    check([
        ("81 text", format!("<p>{}", "&".repeat(5_000_000 / SHARE))),
        ("81 spaces", format!("<p>{}", "\u{a0}".repeat(2_000_000 / SHARE))),
        (
            "81 attribute",
            format!(
                "<p>said the clerk <a href='http://a.example/{}'>twice</a>",
                "&".repeat(2_000_000 / SHARE)
            ),
        ),
        ("81 links", format!("<p>{}", "<a>&amp;".repeat(100_000))),
        ("81b", format!("<p>{}{}", numbered("<b id=#>", 4000), "<p>x".repeat(4000))),
        ("81b long", format!("<p>{}{}", numbered("<b id=#>", 480), "<p>x".repeat(1_000_000 / SHARE))),
        ("many blocks", "<p>x".repeat(300_000)),
    ]);
}
