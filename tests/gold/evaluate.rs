//! Cleans gold pages, each by the model of the fold that has not seen its domain, for `score.py --outputs OUT_FOLDER`.
//!
//! usage: evaluate GOLD_FOLDER MODELS_FOLDER OUT_FOLDER [RULES_FILE]
//! Reads MODELS_FOLDER/fold<n>.bin as `train.py` wrote them; writes OUT_FOLDER/<set>.json ({id: body}).
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    missing_docs,
    reason = "a tool for those who measure the cleaner"
)]

use std::collections::{BTreeMap, HashMap};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use flate2::{Crc, read::MultiGzDecoder};
use pressclip::clean::model::Model;
use pressclip::clean::rules::Rules;
use pressclip::clean::{Page, clean_with};
use pressclip::fetch::charset;
use pressclip::source::{Location, files};
use serde_json::Value;

const SETS: [&str; 2] = ["wcxb-dev", "trafilatura"];
const FOLDS: u32 = 5;
/// Largest page that is read.
const MAX_BYTES: u64 = 10 << 20;

fn main() {
    let arguments: Vec<PathBuf> = std::env::args().skip(1).map(PathBuf::from).collect();
    let [gold, models, out, rest @ ..] = arguments.as_slice() else { panic!("see the head of this file") };
    let rules = match rest {
        [file, ..] => Rules::parse(&std::fs::read_to_string(file).unwrap()).unwrap(),
        [] => Rules::built_in().clone(),
    };
    let models: Vec<Model> = (0..FOLDS)
        .map(|fold| Model::read(&std::fs::read(models.join(format!("fold{fold}.bin"))).unwrap()).unwrap())
        .collect();
    std::fs::create_dir_all(out).unwrap();
    for set in SETS {
        let domains = domains(&gold.join(format!("{set}.jsonl.gz")));
        let mut bodies = BTreeMap::new();
        for candidate in files::expand(&gold.join(set).to_string_lossy()) {
            let Ok(Location::File(path)) = candidate.location else { continue };
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let id = name.trim_end_matches(".gz").trim_end_matches(".html").to_owned();
            let fold = domains.get(&id).map_or(0, |domain| fold(domain));
            let body = files::read(&path, MAX_BYTES)
                .and_then(|bytes| charset::decode(&bytes, None))
                .map(|decoded| {
                    let page = Page { text: &decoded.text, url: None, fetched_at: None };
                    clean_with(page, &Default::default(), &rules, &models[fold as usize]).body
                })
                .unwrap_or_default();
            bodies.insert(id, body);
        }
        eprintln!("{set}: {} pages", bodies.len());
        std::fs::write(out.join(format!("{set}.json")), serde_json::to_string(&bodies).unwrap()).unwrap();
    }
}

/// The fold of a domain, as `train.py` counts it.
fn fold(domain: &str) -> u32 {
    let mut crc = Crc::new();
    crc.update(domain.as_bytes());
    crc.sum() % FOLDS
}

/// The domain of each page. A page without one is in the fold of "None", as in `train.py`.
fn domains(path: &Path) -> HashMap<String, String> {
    BufReader::new(MultiGzDecoder::new(std::fs::File::open(path).unwrap()))
        .lines()
        .map(|line| {
            let record: Value = serde_json::from_str(&line.unwrap()).unwrap();
            let domain = record["domain"].as_str().unwrap_or("None").to_owned();
            (record["id"].as_str().unwrap().to_owned(), domain)
        })
        .collect()
}
