#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::SignedDuration;
use proptest::prelude::*;
use scraper::{Html, Selector};

use super::*;
use crate::failure::Failure;
use crate::state::figures::{Figures, HostFigures, Look, Why};
use crate::state::outcome::Outcome;
use crate::state::run::{Counts, Outcomes, RunId};

fn now() -> Timestamp {
    "2026-03-02T09:15:00Z".parse().unwrap()
}

/// A run so many hours ago that wrote so many articles.
fn run(ago: i64, written: u64) -> Run {
    let started_at = now().checked_sub(SignedDuration::from_hours(ago)).unwrap();
    let host = |cut, mean_ms| HostFigures {
        pages: 6,
        stories: 6,
        words: 500,
        cut,
        example: "https://news.example/it's".to_owned(),
        mean_ms,
        longest_ms: 3 * mean_ms,
    };
    let figures = Figures {
        written: BTreeMap::from([
            ("Morning list".to_owned(), written),
            ("Island Post".to_owned(), written / 2),
        ]),
        hosts: BTreeMap::from([
            ("news.example".to_owned(), host(if ago == 0 { 81 } else { 30 }, 180)),
            ("slow.example".to_owned(), host(22, 2400)),
        ]),
        lengths: [1, 4, 19, 30, 12, 3, 0],
        cuts: [0, 2, 14, 22, 16, 9, 4, 1, 1, 0],
        looks: Vec::new(),
    };
    let outcomes = Outcomes::from([
        (Outcome::Written, written),
        (Outcome::NotModified, 40),
        (Outcome::Duplicate, 3),
        (Outcome::Deferred(FailureClass::Http5xx), 5),
        (Outcome::Failed(FailureClass::Http4xx), u64::try_from(ago).unwrap() % 3),
    ]);
    Run { id: RunId(100 - ago), started_at, ended_at: Some(started_at), outcomes, figures }
}

fn look(source: &str, why: Why, explained: Option<&str>) -> Look {
    let (title, explained) = (Some(format!("Ferry <b>returns</b> {source}")), explained.map(str::to_owned));
    Look { source: source.to_owned(), title, why, explained }
}

/// Two days of runs, the newest first.
fn runs() -> Vec<Run> {
    let mut runs: Vec<Run> = (0..36).map(|ago| run(ago, 8 + (ago as u64 * 7) % 23)).collect();
    runs[0].figures.looks = vec![
        look("https://news.example/a", Why::Doubtful(0.51), Some("why-000000000000.html")),
        look("https://news.example/b?x='y'", Why::Length(512, 40), None),
    ];
    runs[9].figures.looks = vec![
        look("https://news.example/a", Why::Doubtful(0.2), None),
        look("https://news.example/c", Why::Length(300, 0), None),
    ];
    runs
}

fn summary() -> Summary {
    let mut summary = Summary { found: 70, ..Summary::default() };
    for number in 0..8 {
        summary.add(&format!("https://news.example/{number}"), Outcome::Written, 1, None);
    }
    for (class, count) in [(FailureClass::Http4xx, 3), (FailureClass::TimeoutRead, 25)] {
        for number in 0..count {
            let source = format!("https://news.example/gone/{number}");
            let failure = Failure::new(class, format!("`{source}` answers <404>"));
            summary.add_failure(&source, &failure);
        }
    }
    let list = SourceCounts { found: 60, unknown: 9, new: 8, ..SourceCounts::default() };
    let failure = Some(Failure::new(FailureClass::Http5xx, "`https://post.example/feed` answers 503"));
    let feed = SourceCounts { failure, ..SourceCounts::default() };
    summary.by_source = BTreeMap::from([("Morning list".to_owned(), list), ("Island Post".to_owned(), feed)]);
    let next_due = Some(now().checked_add(SignedDuration::from_mins(12)).unwrap());
    summary.counts = Some(Counts { pages: 4321, next_due, ..Counts::default() });
    summary
}

fn rendered(summary: &Summary, runs: &[Run]) -> String {
    let span = Span { started_at: now(), took: Duration::from_millis(11_400) };
    render(&Report { job: "jobs/morning.toml", summary, span, runs })
}

fn texts(html: &str, selector: &str) -> Vec<String> {
    let (page, selector) = (Html::parse_document(html), Selector::parse(selector).unwrap());
    let found = page.select(&selector).map(|element| element.text().collect::<String>());
    found.map(|text| text.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

#[test]
fn a_report_tells_how_it_went_and_what_to_look_at_first() {
    let html = rendered(&summary(), &runs());
    assert_eq!(texts(&html, "h1"), ["jobs/morning.toml"]);
    assert_eq!(texts(&html, ".tiles li")[0], "8 written");
    assert_eq!(texts(&html, ".tiles .failed"), ["28 failed"]);
    let looks = texts(&html, ".looks li");
    assert!(
        looks[0]
            .starts_with("news.example its template may have changed 81 % of a page is cut, 30 % was before"),
        "{looks:?}"
    );
    assert!(looks[1].contains("held a story of 300 words and holds none now"), "{looks:?}");
    assert!(
        looks[2].contains(
            "has 40 words, had 512 · pressclip explain -o why.html 'https://news.example/b?x='\\''y'\\'''"
        ),
        "{looks:?}"
    );
    assert!(
        looks[3].contains("Ferry <b>returns</b> https://news.example/a")
            && looks[3].ends_with("51 % sure what this page is · see why"),
        "{looks:?}"
    );
    assert_eq!(looks.len(), 4, "a page is there once, as it was seen last: {looks:?}");
    assert_eq!(texts(&html, "details summary"), ["25 timeout_read", "3 http_4xx"]);
    assert_eq!(texts(&html, "details li")[20], "and 5 more");
    assert_eq!(texts(&html, "th small"), ["`https://post.example/feed` answers 503"]);
    assert_eq!(texts(&html, "table tr:last-child td"), ["60", "9", "8", "0", "0", "0", "0", "0"]);
    assert_eq!(texts(&html, ".chart g").len(), 36 + 7 + 10);
    assert_eq!(
        texts(&html, ".row:not(.axis) span")[..4],
        ["Morning list", "Island Post", "slow.example", "news.example"]
    );
}

#[test]
fn the_first_run_of_all_has_a_report_too_and_an_idle_one_says_so() {
    let html = rendered(&Summary::default(), &[Run { figures: Figures::default(), ..run(0, 0) }]);
    assert!(html.contains("Nothing was due.") && html.contains("Nothing stands out."), "{html}");
    assert_eq!(texts(&html, "h2"), ["Worth a look", "Pages by outcome"]);
    rendered(&Summary::default(), &[]);
}

proptest! {
    #[test]
    fn nothing_of_theirs_becomes_markup(
        text in "(\\PC|</li></main>|<script>|<img src=x onerror=a>|\"|'|<svg><style>|<!--|&lt;|\u{0}|\n|javascript:|https://){0,12}",
    ) {
        let mut runs: Vec<Run> = (0..3).map(|ago| run(ago, 9)).collect();
        let figures = &mut runs[0].figures;
        figures.looks.push(look(&text, Why::Doubtful(0.1), Some("why-000000000000.html")));
        figures.looks.push(look(&format!("javascript:{text}"), Why::Doubtful(0.1), None));
        figures.written.insert(text.clone(), 3);
        let host = HostFigures { example: text.clone(), stories: 0, ..figures.hosts["news.example"].clone() };
        figures.hosts.insert(text.clone(), host);
        let before = runs[0].figures.hosts["news.example"].clone();
        runs[1].figures.hosts.insert(text.clone(), before);
        let mut summary = summary();
        summary.add_failure(&text, &Failure::new(FailureClass::Dns, text.clone()));
        summary.by_source.insert(text.clone(), SourceCounts::default());
        summary.stuck = Some(Failure::new(FailureClass::DiskFull, text.clone()));
        let page = Html::parse_document(&rendered(&summary, &runs));
        for element in page.select(&Selector::parse("body, body *").unwrap()) {
            let allowed = "body header p h1 h2 h3 ul li b i a br code span small main section details summary div table tbody tr th \
                td svg g rect line text title";
            prop_assert!(allowed.split(' ').any(|name| name == element.value().name()), "{}", element.value().name());
            for (name, value) in element.value().attrs() {
                prop_assert!(!name.starts_with("on") && name != "style" && name != "src", "{name}");
                prop_assert!(name != "href" || value.starts_with("http") || value.starts_with("report/why-"), "{value}");
            }
        }
    }
}
