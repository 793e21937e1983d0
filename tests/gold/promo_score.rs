//! Scores the cleaner on pages with injected promos:
//! `promo_score FOLDER [--set test|training] [--limit PAGES] [--seed N] [--show leaks|losses N] [--all]`.
//!
//! FOLDER holds `wcxb-dev.jsonl.gz` (id, body, page_type, news_like) and the pages as `wcxb-dev/<id>.html.gz`. News
//! pages are taken, with `--all` all articles. A promo leaks when a headline or a phrase of it is in the body; a
//! piece of the story is lost when it is not there.
#![allow(clippy::print_stdout, reason = "a program that prints its figures")]

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

use anyhow::{Context, Result, bail};
use flate2::read::MultiGzDecoder;
use pressclip::clean::{Page, clean, rules::Rules};
use serde::Deserialize;
use url::Url;

#[allow(dead_code, reason = "each user takes a part of the generator")]
#[path = "../promos/generator.rs"]
mod generator;
#[path = "../promos/outcome.rs"]
mod outcome;

use generator::{Data, Injection, TEST, TRAINING, inject};
use outcome::{Body, is_wrong};

/// Pieces that are put into a page.
const PIECES: usize = 6;

#[derive(Deserialize)]
struct Gold {
    id: String,
    url: Option<String>,
    encoding: Option<String>,
    page_type: Option<String>,
    #[serde(default)]
    news_like: bool,
    #[serde(default)]
    body: String,
}

struct Options {
    folder: String,
    data: &'static Data,
    limit: usize,
    seed: u64,
    show: Option<(bool, usize)>,
    all: bool,
}

#[derive(Default)]
struct Share {
    wrong: usize,
    all: usize,
}

impl Share {
    fn add(&mut self, wrong: bool) {
        self.all += 1;
        self.wrong += usize::from(wrong);
    }
}

impl std::fmt::Display for Share {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let share = 100.0 * self.wrong as f64 / self.all.max(1) as f64;
        write!(f, "{share:5.1} %  ({} of {})", self.wrong, self.all)
    }
}

fn main() -> Result<()> {
    let options = options()?;
    let mut shares: BTreeMap<(bool, String), Share> = BTreeMap::new();
    let (mut pages, mut clean_pages) = (0, 0);
    let mut shown = 0;
    let folder = Path::new(&options.folder);
    let records = unpack(&folder.join("wcxb-dev.jsonl.gz"))?;
    for line in records.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        if pages >= options.limit {
            break;
        }
        let gold: Gold = serde_json::from_slice(line).context("a record of the gold set")?;
        if gold.page_type.as_deref() != Some("article") || !(gold.news_like || options.all) {
            continue;
        }
        let Some(outcomes) = run(folder, &gold, &options)? else { continue };
        pages += 1;
        clean_pages += usize::from(outcomes.iter().all(|(_, wrong)| !wrong));
        for (injection, wrong) in &outcomes {
            for row in rows(injection) {
                shares.entry((injection.is_story, row)).or_default().add(*wrong);
            }
            if let Some((stories, most)) = options.show
                && *wrong
                && injection.is_story == stories
                && shown < most
            {
                shown += 1;
                println!("{} [{}]  {}", gold.id, injection.kind, injection.html);
            }
        }
    }
    for ((is_story, row), share) in &shares {
        println!("{:10} {row:28} {share}", if *is_story { "story lost" } else { "leak" });
    }
    println!("{pages} pages, {clean_pages} with every piece right");
    Ok(())
}

fn options() -> Result<Options> {
    let mut options =
        Options { folder: String::new(), data: &TEST, limit: usize::MAX, seed: 1, show: None, all: false };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().with_context(|| format!("`{argument}` needs a value"));
        match argument.as_str() {
            "--set" => {
                options.data = match value()?.as_str() {
                    "test" => &TEST,
                    "training" => &TRAINING,
                    other => bail!("`{other}` is no set: use `test` or `training`"),
                }
            }
            "--limit" => options.limit = value()?.parse().context("`--limit` takes a number")?,
            "--seed" => options.seed = value()?.parse().context("`--seed` takes a number")?,
            "--show" => {
                let stories = match value()?.as_str() {
                    "leaks" => false,
                    "losses" => true,
                    other => bail!("cannot show `{other}`: use `leaks` or `losses`"),
                };
                options.show = Some((stories, value()?.parse().context("`--show` takes a number")?));
            }
            "--all" => options.all = true,
            _ => options.folder = argument,
        }
    }
    if options.folder.is_empty() {
        bail!("name the folder of the gold sets");
    }
    Ok(options)
}

/// The pieces that were put into a page, and whether each went wrong; nothing for a page without spots.
fn run(folder: &Path, gold: &Gold, options: &Options) -> Result<Option<Vec<(Injection, bool)>>> {
    let bytes = unpack(&folder.join("wcxb-dev").join(format!("{}.html.gz", gold.id)))?;
    let encoding =
        gold.encoding.as_deref().and_then(|name| encoding_rs::Encoding::for_label(name.as_bytes()));
    let page = encoding.unwrap_or(encoding_rs::UTF_8).decode(&bytes).0;
    let seed =
        gold.id.bytes().fold(options.seed, |seed, byte| seed.wrapping_mul(257).wrapping_add(byte.into()));
    let Some((injected, injections)) = inject(&page, seed, PIECES, options.data, None, Some(&gold.body))
    else {
        return Ok(None);
    };
    let url = gold.url.as_deref().and_then(|url| Url::parse(url.trim()).ok());
    let body = |text: &str| {
        let page = Page { text, url: url.as_ref(), fetched_at: None };
        let article = clean(page, &Default::default(), Rules::built_in());
        Body::new(article.body_blocks().map(|block| block.text.as_str()))
    };
    let (before, after) = (body(&page), body(&injected));
    let outcomes = injections.into_iter().map(|injection| {
        let wrong = is_wrong(&injection, &before, &after);
        (injection, wrong)
    });
    Ok(Some(outcomes.collect()))
}

/// The rows of the table in which a piece counts.
fn rows(injection: &Injection) -> Vec<String> {
    let mut rows = vec![
        "  all".to_owned(),
        format!(" kind {}", injection.kind),
        format!("language {}", injection.language),
    ];
    if !injection.is_story {
        rows.push(format!(" phrase {}", if injection.is_known { "known" } else { "unseen" }));
        rows.push(format!("markup {:03}", injection.markup));
    }
    rows
}

fn unpack(path: &Path) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).with_context(|| format!("cannot open `{}`", path.display()))?;
    MultiGzDecoder::new(file)
        .read_to_end(&mut bytes)
        .with_context(|| format!("cannot read `{}`", path.display()))?;
    Ok(bytes)
}
