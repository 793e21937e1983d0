//! Scores title, authors and date against a gold set: `meta_score FOLDER [--set NAME] [--type PAGE_TYPE] [--worst FIELD]`.
//!
//! FOLDER holds `<set>.jsonl.gz` (id, url, title, authors, date, page_type) and the pages as
//! `<set>/<id>.html.gz`. A figure is the share of pages whose value equals the gold's, among the pages for
//! which the gold has one; texts are compared in lower case, words only, and dates by the calendar day.
#![allow(clippy::print_stdout, reason = "a program that prints its figures")]

use std::collections::BTreeSet;
use std::io::Read;
use std::path::Path;

use anyhow::{Context, Result, bail};
use flate2::read::MultiGzDecoder;
use pressclip::clean::meta::{Meta, read};
use serde::Deserialize;
use url::Url;

#[derive(Deserialize)]
struct Gold {
    id: String,
    url: Option<String>,
    encoding: Option<String>,
    page_type: Option<String>,
    title: Option<String>,
    #[serde(default)]
    authors: Vec<String>,
    date: Option<String>,
}

#[derive(Default)]
struct Figure {
    right: usize,
    all: usize,
}

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (mut folder, mut set, mut page_type, mut worst) =
        (None, "wcxb-dev".to_owned(), Some("article".to_owned()), None);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--set" => set = arguments.next().context("`--set` needs a name")?,
            "--type" => page_type = arguments.next().filter(|name| name != "all"),
            "--worst" => worst = arguments.next(),
            _ => folder = Some(argument),
        }
    }
    let Some(folder) = folder else { bail!("name the folder of the gold sets") };
    let folder = Path::new(&folder);
    let mut figures: [(&str, Figure); 5] =
        ["title", "date", "either date", "authors", "author words"].map(|name| (name, Figure::default()));
    let mut spent = std::time::Duration::ZERO;
    let mut pages = 0;
    for line in unpack(&folder.join(format!("{set}.jsonl.gz")))?
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
    {
        let gold: Gold = serde_json::from_slice(line).context("a record of the gold set")?;
        if page_type.is_some() && gold.page_type.is_some() && gold.page_type != page_type {
            continue;
        }
        let bytes = unpack(&folder.join(&set).join(format!("{}.html.gz", gold.id)))?;
        let encoding =
            gold.encoding.as_deref().and_then(|name| encoding_rs::Encoding::for_label(name.as_bytes()));
        let html = scraper::Html::parse_document(&encoding.unwrap_or(encoding_rs::UTF_8).decode(&bytes).0);
        let url = gold.url.as_deref().and_then(|url| Url::parse(url.trim()).ok());
        let started = std::time::Instant::now();
        let meta = read(&html, url.as_ref(), None);
        spent += started.elapsed();
        pages += 1;
        for (name, figure) in &mut figures {
            let Some((right, wanted, got)) = compare(name, &gold, &meta) else { continue };
            figure.all += 1;
            figure.right += usize::from(right);
            if !right && worst.as_deref() == Some(*name) {
                println!(
                    "{}  gold {wanted}  got {got}  {}",
                    gold.id,
                    gold.url.as_deref().unwrap_or_default()
                );
            }
        }
    }
    for (name, figure) in &figures {
        println!(
            "{name:13} {:.3}  ({} of {})",
            figure.right as f64 / figure.all.max(1) as f64,
            figure.right,
            figure.all
        );
    }
    println!("{pages} pages, {:.3} ms a page", spent.as_secs_f64() * 1000.0 / f64::from(pages.max(1)));
    Ok(())
}

/// Whether a field is right, what the gold has, and what was read; nothing without a gold value.
fn compare(field: &str, gold: &Gold, meta: &Meta) -> Option<(bool, String, String)> {
    match field {
        "title" => {
            let wanted = gold.title.as_deref().filter(|title| !words(title).is_empty())?;
            let got = meta.title.as_deref().unwrap_or_default();
            Some((words(wanted) == words(got), format!("{wanted:?}"), format!("{got:?}")))
        }
        // Some gold dates are the date of change on pages that state both.
        "date" | "either date" => {
            let wanted = gold.date.as_deref()?.get(..10)?;
            // The gold has one date a page: where only a date of change is known, it is that.
            let got = meta.published.as_deref().or(meta.modified.as_deref()).unwrap_or_default();
            // Some gold dates are that of the last change, on pages that state both.
            let modified = meta.modified.as_deref().filter(|_| field == "either date");
            Some((
                [Some(got), modified].into_iter().flatten().any(|date| date.get(..10) == Some(wanted)),
                wanted.to_owned(),
                format!("{got} from {:?}", meta.published_raw),
            ))
        }
        "authors" => {
            let wanted = gold_names(gold)?;
            let got: BTreeSet<Vec<String>> = meta.authors.iter().map(|name| words(name)).collect();
            Some((wanted == got, format!("{:?}", gold.authors), format!("{:?}", meta.authors)))
        }
        "author words" => {
            gold_names(gold)?;
            let bag = |names: &[String]| -> BTreeSet<String> {
                names.iter().flat_map(|name| words(name)).filter(|word| word != "and").collect()
            };
            Some((
                bag(&gold.authors) == bag(&meta.authors),
                format!("{:?}", gold.authors),
                format!("{:?}", meta.authors),
            ))
        }
        _ => None,
    }
}

/// The names of the gold, which often puts several into one text.
fn gold_names(gold: &Gold) -> Option<BTreeSet<Vec<String>>> {
    let names: BTreeSet<Vec<String>> = gold
        .authors
        .iter()
        .flat_map(|text| text.split([',', ';', '&']))
        .flat_map(|text| text.split(" and "))
        .map(|name| words(name.trim().strip_prefix("and ").unwrap_or(name)))
        .filter(|name| !name.is_empty())
        .collect();
    Some(names).filter(|names| !names.is_empty())
}

fn words(text: &str) -> Vec<String> {
    let text = text.to_lowercase().replace(['\'', '’'], "");
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

fn unpack(path: &Path) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).with_context(|| format!("cannot open `{}`", path.display()))?;
    MultiGzDecoder::new(file)
        .read_to_end(&mut bytes)
        .with_context(|| format!("cannot read `{}`", path.display()))?;
    Ok(bytes)
}
