//! Writes the blocks of gold pages with their features, from which `train.py` makes a model.
//!
//! usage: training_rows GOLD_FOLDER OUT_FOLDER
//! Writes OUT_FOLDER/pages.jsonl (a page a line: set, id, copy, texts, injected, and how many grams each block has),
//! OUT_FOLDER/rows.f32 (the features of all blocks of all pages, little-endian, row by row), OUT_FOLDER/grams.u32 (the
//! grams of all blocks) and OUT_FOLDER/schema.json (names, meanings, hash). A page with a gold body comes twice: as
//! published, and as a copy with promos and sentences like them put into its story.
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    missing_docs,
    reason = "a tool for those who train the model"
)]

#[path = "../promos/generator.rs"]
#[allow(dead_code, reason = "training takes promos from the generator and asks no more of it")]
mod generator;

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;
use pressclip::clean::{Page, training};
use pressclip::fetch::charset;
use pressclip::source::{Location, files};
use serde_json::{Value, json};

/// Sets of the gold folder that pages are taken from, and the file with their bodies.
const SETS: [(&str, &str); 2] = [("wcxb-dev", "wcxb-dev.jsonl.gz"), ("trafilatura", "silver.jsonl.gz")];
/// Largest page that is read.
const MAX_BYTES: u64 = 10 << 20;

fn main() {
    let mut arguments = std::env::args().skip(1).map(PathBuf::from);
    let (gold, out) = (arguments.next().unwrap(), arguments.next().unwrap());
    std::fs::create_dir_all(&out).unwrap();
    let schema = json!({ "names": training::names(), "hash": training::schema_hash().to_string() });
    std::fs::write(out.join("schema.json"), schema.to_string()).unwrap();
    let create = |name: &str| BufWriter::new(File::create(out.join(name)).unwrap());
    let mut output =
        Output { pages: create("pages.jsonl"), rows: create("rows.f32"), grams: create("grams.u32") };
    for (set, bodies) in SETS {
        let bodies = read_bodies(&gold.join(bodies));
        for candidate in files::expand(&gold.join(set).to_string_lossy()) {
            if let Ok(Location::File(path)) = &candidate.location {
                output.take(set, path, &bodies);
            }
        }
    }
}

/// The story of each page, by its id, where the page is an article.
fn read_bodies(path: &Path) -> HashMap<String, String> {
    BufReader::new(MultiGzDecoder::new(File::open(path).unwrap()))
        .lines()
        .map(|line| serde_json::from_str::<Value>(&line.unwrap()).unwrap())
        .filter(|record| record["page_type"].as_str().is_none_or(|kind| kind == "article"))
        .filter_map(|record| Some((record["id"].as_str()?.to_owned(), record["body"].as_str()?.to_owned())))
        .collect()
}

struct Output {
    pages: BufWriter<File>,
    rows: BufWriter<File>,
    grams: BufWriter<File>,
}

impl Output {
    fn take(&mut self, set: &str, path: &Path, bodies: &HashMap<String, String>) {
        let Ok(bytes) = files::read(path, MAX_BYTES) else { return };
        let Ok(decoded) = charset::decode(&bytes, None) else { return };
        let name = path.file_name().unwrap().to_string_lossy();
        let id = name.trim_end_matches(".gz").trim_end_matches(".html");
        self.write(set, id, 0, &decoded.text);
        if let Some(body) = bodies.get(id) {
            let seed = id.bytes().fold(7_u64, |seed, byte| seed.wrapping_mul(31).wrapping_add(byte.into()));
            self.write(set, id, 1, &generator::augment(&decoded.text, Some(body), seed));
        }
    }

    fn write(&mut self, set: &str, id: &str, copy: u8, text: &str) {
        let found = training::rows(Page { text, url: None, fetched_at: None });
        let grams: Vec<usize> = found.grams.iter().map(Vec::len).collect();
        let page = json!({
            "set": set, "id": id, "copy": copy, "texts": found.texts, "injected": found.injected, "grams": grams,
        });
        writeln!(self.pages, "{page}").unwrap();
        for value in found.values {
            self.rows.write_all(&value.to_le_bytes()).unwrap();
        }
        for gram in found.grams.concat() {
            self.grams.write_all(&gram.to_le_bytes()).unwrap();
        }
    }
}
