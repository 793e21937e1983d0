//! Scores the kind of pages against a gold set: `kind_score FOLDER [--set NAME] [--with-url] [--wrong] [--rows FILE]`.
//!
//! FOLDER holds `<set>.jsonl.gz` (id, url, page_type, domain) and the pages as `<set>/<id>.html.gz`; the set is
//! `wcxb-dev` unless it is named. Pages are read as saved files unless `--with-url` gives them their address. `--rows` writes the evidence of each page as
//! tab-separated values, for `fit_kind.py`. Pages without a type count as articles.
#![allow(clippy::print_stdout, reason = "a program that prints its figures")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context, Result, bail};
use pressclip::article::PageKind;
use pressclip::clean::rules::Rules;
use pressclip::clean::{Page, clean, training};
use pressclip::fetch::charset;
use pressclip::source::files;
use serde::Deserialize;
use url::Url;

/// Largest page that is read, in bytes.
const MAX_BYTES: u64 = 10 << 20;
/// Kinds in the order of the columns.
const KINDS: [PageKind; 6] = [
    PageKind::Article,
    PageKind::Index,
    PageKind::Paywalled,
    PageKind::Consent,
    PageKind::Error,
    PageKind::Empty,
];

#[derive(Deserialize)]
struct Gold {
    id: String,
    url: Option<String>,
    #[serde(default)]
    page_type: Option<String>,
    domain: Option<String>,
}

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (mut folder, mut with_url, mut names_wrong, mut rows) = (None, false, false, None);
    let mut set = "wcxb-dev".to_owned();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--set" => set = arguments.next().context("`--set` needs a name")?,
            "--with-url" => with_url = true,
            "--wrong" => names_wrong = true,
            "--rows" => rows = Some(arguments.next().context("`--rows` needs a file")?),
            _ => folder = Some(argument),
        }
    }
    let Some(folder) = folder else { bail!("name the folder of the gold sets") };
    let folder = Path::new(&folder);
    let records = files::read(&folder.join(format!("{set}.jsonl.gz")), u64::MAX)
        .map_err(|failure| anyhow::anyhow!("{failure:?}"))?;
    let mut counts: BTreeMap<String, [usize; KINDS.len()]> = BTreeMap::new();
    let mut table = String::new();
    for line in records.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let gold: Gold = serde_json::from_slice(line).context("a record of the gold set")?;
        let path = folder.join(&set).join(format!("{}.html.gz", gold.id));
        let Ok(decoded) = files::read(&path, MAX_BYTES).and_then(|bytes| charset::decode(&bytes, None))
        else {
            println!("{} cannot be read", gold.id);
            continue;
        };
        let url = gold.url.as_deref().filter(|_| with_url).and_then(|url| Url::parse(url.trim()).ok());
        let page = Page { text: &decoded.text, url: url.as_ref(), fetched_at: None };
        let article = clean(page, &Default::default(), Rules::built_in());
        let column =
            KINDS.iter().position(|kind| *kind == article.kind).context("a kind without a column")?;
        let page_type = gold.page_type.unwrap_or_else(|| "article".to_owned());
        counts.entry(page_type.clone()).or_default()[column] += 1;
        if names_wrong && (page_type == "article") != (article.kind == PageKind::Article) {
            let address = gold.url.as_deref().unwrap_or_default();
            println!("{} {page_type} as {:?} {:.2} {address}", gold.id, article.kind, article.confidence);
        }
        if rows.is_some() {
            let evidence = training::kind_evidence(page);
            if table.is_empty() {
                let names: Vec<&str> = evidence.iter().map(|(name, _)| *name).collect();
                let _ = writeln!(table, "id\tpage_type\tdomain\t{}", names.join("\t"));
            }
            let values: Vec<String> = evidence.iter().map(|(_, value)| value.to_string()).collect();
            let domain = gold.domain.as_deref().unwrap_or_default();
            let _ = writeln!(table, "{}\t{page_type}\t{domain}\t{}", gold.id, values.join("\t"));
        }
    }
    if let Some(path) = rows {
        std::fs::write(&path, table).with_context(|| format!("cannot write `{path}`"))?;
    }
    print_counts(&counts);
    Ok(())
}

fn print_counts(counts: &BTreeMap<String, [usize; KINDS.len()]>) {
    print!("{:14}", "");
    KINDS.iter().for_each(|kind| print!("{:>10}", format!("{kind:?}")));
    println!();
    for (page_type, row) in counts {
        print!("{page_type:14}");
        row.iter().for_each(|count| print!("{count:>10}"));
        println!();
    }
    print_f1("article against all others", counts, |_| true);
    print_f1("article against listing and collection", counts, |page_type| {
        matches!(page_type, "listing" | "collection")
    });
}

fn print_f1(name: &str, counts: &BTreeMap<String, [usize; KINDS.len()]>, is_other: impl Fn(&str) -> bool) {
    let articles = counts.get("article").copied().unwrap_or_default();
    let right = articles[0] as f64;
    let wanted = articles.iter().sum::<usize>() as f64;
    let others = counts.iter().filter(|(page_type, _)| *page_type != "article" && is_other(page_type));
    let got = right + others.map(|(_, row)| row[0]).sum::<usize>() as f64;
    let (precision, recall) = (right / got.max(1.0), right / wanted.max(1.0));
    let f1 = 2.0 * precision * recall / (precision + recall).max(f64::MIN_POSITIVE);
    println!("{name}: F1 {f1:.3}, precision {precision:.3}, recall {recall:.3}");
}
