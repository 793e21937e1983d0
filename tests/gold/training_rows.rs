//! Writes the blocks of gold pages with their features, from which `train.py` makes a model.
//!
//! usage: training_rows GOLD_FOLDER OUT_FOLDER
//! Writes OUT_FOLDER/pages.jsonl (a page a line: set, id, texts, injected), OUT_FOLDER/rows.f32 (the features of all
//! blocks of all pages, little-endian, row by row) and OUT_FOLDER/schema.json (names, meanings, hash).
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a tool for those who train the model")]

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use pressclip::clean::{Page, training};
use pressclip::fetch::charset;
use pressclip::source::{Location, files};
use serde_json::json;

/// Sets of the gold folder that pages are taken from.
const SETS: [&str; 2] = ["wcxb-dev", "trafilatura"];
/// Largest page that is read.
const MAX_BYTES: u64 = 10 << 20;

fn main() {
    let mut arguments = std::env::args().skip(1).map(PathBuf::from);
    let (gold, out) = (arguments.next().unwrap(), arguments.next().unwrap());
    std::fs::create_dir_all(&out).unwrap();
    let schema = json!({ "names": training::names(), "hash": training::schema_hash().to_string() });
    std::fs::write(out.join("schema.json"), schema.to_string()).unwrap();
    let mut pages = BufWriter::new(File::create(out.join("pages.jsonl")).unwrap());
    let mut rows = BufWriter::new(File::create(out.join("rows.f32")).unwrap());
    for set in SETS {
        let candidates = files::expand(&gold.join(set).to_string_lossy());
        eprintln!("{set}: {} pages", candidates.len());
        for candidate in candidates {
            if let Ok(Location::File(path)) = &candidate.location {
                write_page(set, path, &mut pages, &mut rows);
            }
        }
    }
}

fn write_page(set: &str, path: &Path, pages: &mut impl Write, rows: &mut impl Write) {
    let Ok(bytes) = files::read(path, MAX_BYTES) else { return };
    let Ok(decoded) = charset::decode(&bytes, None) else { return };
    let found = training::rows(Page { text: &decoded.text, url: None, fetched_at: None });
    let id = path.file_name().unwrap().to_string_lossy();
    let id = id.trim_end_matches(".gz").trim_end_matches(".html");
    let page = json!({ "set": set, "id": id, "texts": found.texts, "injected": found.injected });
    writeln!(pages, "{page}").unwrap();
    for value in found.values {
        rows.write_all(&value.to_le_bytes()).unwrap();
    }
}
