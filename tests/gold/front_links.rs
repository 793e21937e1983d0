//! Finds the article links of front pages: scores those of `tests/fronts`, or prints what is found on pages of a gold file.
//!
//! `front_links` scores our own; `front_links GOLD.jsonl PAGES` prints `+` and `-` lines for the listing pages of a gold
//! whose records have `url`, `page_type` and `file`, with their markup in the folder `PAGES`.

#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::collections::{BTreeSet, HashSet};
use std::path::Path;

use pressclip::source::Candidate;
use pressclip::source::links::articles;
use url::Url;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.as_slice() {
        [] => score(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fronts"))),
        [page, url] => {
            let text = std::fs::read_to_string(page).unwrap();
            let url = Url::parse(url).unwrap();
            let found: HashSet<String> =
                articles(&text, &url).into_iter().map(|found| found.source).collect();
            let html = scraper::Html::parse_document(&text);
            let links = scraper::Selector::parse("a[href]").unwrap();
            let mut seen = HashSet::new();
            for link in html.select(&links) {
                let Ok(mut target) = url.join(link.attr("href").unwrap()) else { continue };
                target.set_fragment(None);
                if !target.scheme().starts_with("http") || !seen.insert(target.clone()) {
                    continue;
                }
                let text: Vec<&str> = link.text().flat_map(str::split_whitespace).take(12).collect();
                let sign = if found.contains(target.as_str()) { '+' } else { '-' };
                println!("{sign} {target}\t{}", text.join(" "));
            }
        }
        _ => println!("usage: front_links [PAGE URL]"),
    }
}

fn score(folder: &Path) {
    let (mut right, mut found, mut expected) = (0, 0, 0);
    let mut pages: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    pages.sort();
    for page in pages.iter().filter(|path| path.extension().is_some_and(|ending| ending == "html")) {
        let lines = std::fs::read_to_string(page.with_extension("txt")).unwrap();
        let mut lines = lines.lines();
        let url = Url::parse(lines.next().unwrap()).unwrap();
        let wanted: BTreeSet<String> = lines.map(|line| url.join(line).unwrap().to_string()).collect();
        let links: BTreeSet<String> = articles(&std::fs::read_to_string(page).unwrap(), &url)
            .into_iter()
            .map(|Candidate { source, .. }| source)
            .collect();
        right += links.intersection(&wanted).count();
        (found, expected) = (found + links.len(), expected + wanted.len());
        println!(
            "{}: {} of {}, {} wrong",
            page.file_stem().unwrap().display(),
            links.intersection(&wanted).count(),
            wanted.len(),
            links.difference(&wanted).count()
        );
        links.difference(&wanted).for_each(|link| println!("  wrong  {link}"));
        wanted.difference(&links).for_each(|link| println!("  missed {link}"));
    }
    println!("precision {:.3} recall {:.3}", right as f64 / found as f64, right as f64 / expected as f64);
}
