//! Runs that are killed again and again: every output ends up with each article once.

use std::collections::BTreeMap;
use std::time::Duration;

use super::archive::{field, unpacked};
use super::{column, rows};
use crate::binary::{Desk, records, story, texts};
use crate::server::{Server, slow};

/// How often each source is in a list.
fn counted(sources: Vec<String>) -> BTreeMap<String, usize> {
    sources.into_iter().fold(BTreeMap::new(), |mut counts, source| {
        *counts.entry(source).or_default() += 1;
        counts
    })
}

/// The files with this ending that are not hidden.
fn of<'f>(files: &'f [String], ending: &str) -> impl Iterator<Item = &'f String> {
    files.iter().filter(move |name| name.ends_with(ending) && !name.starts_with('.'))
}

/// The sources in all files of columns.
#[cfg(feature = "parquet")]
fn in_columns(desk: &Desk, files: &[String]) -> Vec<String> {
    use arrow_array::{Array, StringArray};
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
    let mut sources = Vec::new();
    for name in files.iter().filter(|name| name.ends_with(".parquet")) {
        let file = std::fs::File::open(desk.path("out").join(name)).unwrap();
        for batch in ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap() {
            let batch = batch.unwrap();
            let column = batch.column_by_name("source").unwrap();
            let column = column.as_any().downcast_ref::<StringArray>().unwrap();
            sources.extend((0..column.len()).map(|row| column.value(row).to_owned()));
        }
    }
    sources
}

#[cfg(unix)]
#[test]
fn every_output_ends_up_with_each_article_once() {
    let count = 100;
    let server =
        Server::start((0..count).map(|number| (format!("/{number}"), slow(5, &story(&number.to_string())))));
    let desk = Desk::new();
    let pages: Vec<String> = (0..count).map(|number| server.url(&format!("/{number}"))).collect();
    desk.put_job(&pages);
    let formats =
        if cfg!(feature = "parquet") { "jsonl,csv,sqlite,warc,parquet" } else { "jsonl,csv,sqlite,warc" };
    let arguments = ["run", "-f", formats, "--set", "write.rotate=8 KiB"];
    for milliseconds in [60, 150, 250, 350, 450, 550] {
        let mut child = desk.command(arguments).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(milliseconds));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let done = desk.run(&arguments);
    assert_eq!(done.code, 0, "{}", done.stderr);
    let once = counted(pages);
    let files = desk.files("out");
    let lines =
        of(&files, ".jsonl").flat_map(|name| texts(&records(&desk.read(&format!("out/{name}"))), "source"));
    assert_eq!(counted(lines.collect()), once);
    let table = of(&files, ".csv").flat_map(|name| texts(&rows(&desk, &format!("out/{name}")), "source"));
    assert_eq!(counted(table.collect()), once);
    assert_eq!(counted(column(&desk.path("out/articles.sqlite"), "SELECT source FROM articles")), once);
    let archives: Vec<String> =
        of(&files, ".warc.gz").flat_map(|name| unpacked(&desk, &format!("out/{name}"))).collect();
    for kind in ["response", "conversion"] {
        let records = archives.iter().filter(|record| field(record, "WARC-Type") == kind);
        assert_eq!(
            counted(records.map(|record| field(record, "WARC-Target-URI").to_owned()).collect()),
            once
        );
    }
    #[cfg(feature = "parquet")]
    assert_eq!(counted(in_columns(&desk, &files)), once);
}
