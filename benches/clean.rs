//! What cleaning costs, against what scraper's parser alone costs on the same pages in the same run.
//!
//! usage: [PRESSCLIP_PAGES=FOLDER] cargo bench --bench clean
//! Without a folder the pages of `samples/` are cleaned. One thread. Each page goes through every contender in turn,
//! so that a busy machine slows all of them alike; of the rounds the best time of each page counts.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    missing_docs,
    reason = "a tool for those who measure the cleaner"
)]

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use pressclip::clean::rules::Rules;
use pressclip::clean::{Page, clean, stages};
use pressclip::fetch::charset;
use pressclip::source::{Location, files};
use url::Url;

/// Rounds over all pages. A few are enough: the best time of a page settles fast.
const ROUNDS: usize = 5;
/// Largest page that is read, in bytes.
const MAX_BYTES: u64 = 10 << 20;

/// The best times for one page.
#[derive(Clone)]
struct Times {
    scraper: Duration,
    clean: Duration,
    stages: [Duration; stages::NAMES.len()],
}

fn main() {
    let folder = std::env::var_os("PRESSCLIP_PAGES")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("samples"), PathBuf::from);
    let pages = pages(&folder);
    assert!(!pages.is_empty(), "no pages in `{}`", folder.display());
    // Links are resolved against the page's own URL, as those of fetched pages are.
    let url = Url::parse("https://www.example.org/news/story.html").unwrap();
    // The tables that are read once belong to the start of the program and not to its first page.
    clean_page(&pages[0], &url);
    let times: Vec<Times> = pages.iter().map(|page| best(page, &url)).collect();
    report(&times, pages.iter().map(String::len).sum());
}

fn pages(folder: &Path) -> Vec<String> {
    files::expand(&folder.to_string_lossy())
        .into_iter()
        .filter_map(|candidate| match candidate.location {
            Ok(Location::File(path)) => Some(path),
            Ok(Location::Web(_) | Location::Archived(_) | Location::Stdin) | Err(_) => None,
        })
        .filter(|path| path.to_string_lossy().contains(".html"))
        .filter_map(|path| charset::decode(&files::read(&path, MAX_BYTES).ok()?, None).ok())
        .map(|decoded| decoded.text)
        .collect()
}

fn best(text: &str, url: &Url) -> Times {
    let most = Duration::MAX;
    let mut best = Times { scraper: most, clean: most, stages: [most; stages::NAMES.len()] };
    for _ in 0..ROUNDS {
        let start = Instant::now();
        drop(black_box(scraper::Html::parse_document(text)));
        best.scraper = best.scraper.min(start.elapsed());
        let start = Instant::now();
        clean_page(text, url);
        best.clean = best.clean.min(start.elapsed());
        let mut ends = best.stages.iter_mut();
        let mut start = Instant::now();
        stages::run(Page { text, url: Some(url), fetched_at: None }, Rules::built_in(), || {
            let stage = ends.next().unwrap();
            *stage = (*stage).min(start.elapsed());
            start = Instant::now();
        });
    }
    best
}

fn clean_page(text: &str, url: &Url) {
    drop(black_box(clean(
        Page { text, url: Some(url), fetched_at: None },
        &Default::default(),
        Rules::built_in(),
    )));
}

fn report(times: &[Times], bytes: usize) {
    let sum = |of: &dyn Fn(&Times) -> Duration| times.iter().map(of).sum::<Duration>().as_secs_f64();
    let scraper = sum(&|page| page.scraper);
    let line = |name: &str, seconds: f64| {
        println!(
            "{name:<10} {:>8.3} ms/page {:>7.0} pages/s {:>7.1} MB/s {:>6.3} x scraper",
            seconds * 1e3 / times.len() as f64,
            times.len() as f64 / seconds,
            bytes as f64 / 1e6 / seconds,
            seconds / scraper
        );
    };
    println!("{} pages, {:.1} MB, best of {ROUNDS} rounds, one thread", times.len(), bytes as f64 / 1e6);
    line("scraper", scraper);
    for (at, name) in stages::NAMES.iter().enumerate() {
        line(name, sum(&|page| page.stages[at]));
    }
    line("clean", sum(&|page| page.clean));
}
