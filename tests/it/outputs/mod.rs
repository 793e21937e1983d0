//! What a run writes, in every form, read as a user reads it. `foreign` has it read by programs of others.

pub mod archive;
mod foreign;
mod killed;
mod pictures;
mod pipe;
mod readme;

use std::path::Path;

use rusqlite::Connection;
use serde_json::Value;

use crate::binary::{Desk, last_sentence, records, story, texts};
use crate::server::{Server, ok};

/// A desk with a job of saved pages with these names.
pub fn desk_with(names: &[&str]) -> Desk {
    let desk = Desk::new();
    for name in names {
        desk.put(&format!("{name}.html"), story(name));
    }
    desk.put_job(&names.iter().map(|name| format!("{name}.html")).collect::<Vec<_>>());
    desk
}

/// The rows of a table, by the names of their columns.
fn rows(desk: &Desk, name: &str) -> Vec<Value> {
    let mut reader = csv::Reader::from_path(desk.path(name)).unwrap();
    let names: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let row = |row: csv::StringRecord| names.iter().cloned().zip(row.iter().map(Value::from)).collect();
    reader.records().map(|record| row(record.unwrap())).collect()
}

#[test]
fn a_table_grows_from_run_to_run_and_has_each_article_once() {
    let desk = desk_with(&["a", "b"]);
    desk.put(
        "a.html",
        story("a").replace("<h1>Harbour", "<h1>=Harbour").replace("<title>Harbour", "<title>=Harbour"),
    );
    assert_eq!(desk.run(&["run", "-f", "csv"]).code, 0);
    assert_eq!(desk.files("out"), ["articles.csv"]);
    let mut table = rows(&desk, "out/articles.csv");
    table.sort_by_key(|row| row["source"].to_string());
    assert_eq!(texts(&table, "source"), ["a.html", "b.html"]);
    assert_eq!(texts(&table, "title"), ["'=Harbour story a", "Harbour story b"]);
    assert_eq!(texts(&table, "language"), ["en", "en"]);

    desk.put("a.html", story("a").replace("nine to four", "ten to three"));
    assert_eq!(desk.run(&["run", "-f", "csv"]).code, 0);
    let table = rows(&desk, "out/articles.csv");
    assert_eq!(
        (texts(&table, "source"), texts(&table, "revision")),
        (vec!["b.html".into(), "a.html".into()], vec!["1".into(), "2".into()])
    );

    desk.put("out/articles.csv", "other,columns\n1,2\n");
    let done = desk.run(&["run", "-f", "csv", "--refetch"]);
    assert_eq!(done.code, 1, "{}", done.stderr);
    assert!(done.stderr.contains("its columns are others"), "{}", done.stderr);
    assert_eq!(desk.read("out/articles.csv"), "other,columns\n1,2\n");
}

#[test]
fn clean_prints_a_table_with_one_header_and_a_row_for_each_failure() {
    let desk = desk_with(&["a"]);
    let done = desk.run(&["clean", "-f", "csv", "a.html", "missing.html"]);
    assert_eq!(done.code, 3, "{}", done.stderr);
    let lines: Vec<&str> = done.stdout.lines().collect();
    assert_eq!(lines.len(), 3);
    assert!(lines[0].starts_with("source,url,") && lines[0].ends_with(",error_class,error"));
    assert!(lines[1].starts_with("a.html,") && lines[2].contains("read_failed"), "{}", done.stdout);
}

#[test]
fn a_story_is_a_tei_document_in_a_file_of_its_own() {
    let desk = desk_with(&["a"]);
    assert_eq!(desk.run(&["run", "-f", "tei,markdown", "--set", "write.name={slug}"]).code, 0);
    let files = desk.files("out");
    assert_eq!(files.len(), 2, "{files:?}");
    assert!(files[0].ends_with(".md") && files[1].ends_with(".tei.xml"), "{files:?}");
    assert_eq!(files[0].trim_end_matches(".md"), files[1].trim_end_matches(".tei.xml"));
    let xml = desk.read(&format!("out/{}", files[1]));
    assert!(
        xml.contains("<title type=\"main\">Harbour story a</title>") && xml.contains(&last_sentence("a")),
        "{xml}"
    );
}

fn column(database: &Path, query: &str) -> Vec<String> {
    let connection = Connection::open(database).unwrap();
    let mut statement = connection.prepare(query).unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

#[test]
fn a_database_is_searched_and_has_the_newest_form_of_each_article() {
    let server = Server::start([("/a", ok(&story("anchor"))), ("/b", ok(&story("buoy")))]);
    let desk = Desk::new();
    desk.put_job(&[server.url("/a"), server.url("/b")]);
    let run = |more: &[&str]| {
        let done = desk.run(&[&["run", "-f", "sqlite"], more].concat());
        assert_eq!(done.code, 0, "{}", done.stderr);
    };
    run(&[]);
    assert_eq!(desk.files("out"), ["articles.sqlite"]);
    let path = desk.path("out/articles.sqlite");
    let found = |words: &str| {
        column(
            &path,
            &format!(
                "SELECT url FROM search JOIN articles ON id = search.rowid WHERE search MATCH '{words}'"
            ),
        )
    };
    assert_eq!(found("buoy"), [server.url("/b")]);
    assert_eq!(found("ferry").len(), 2);

    // What a killed run has put in and not recorded is put in once more, in the same row.
    let ids = column(&path, "SELECT CAST(id AS TEXT) FROM articles ORDER BY id");
    std::fs::remove_file(desk.path("out/state.sqlite")).unwrap();
    run(&[]);
    assert_eq!(column(&path, "SELECT CAST(id AS TEXT) FROM articles ORDER BY id"), ids);
    let records: Vec<Value> = column(&path, "SELECT record FROM articles ORDER BY url")
        .iter()
        .map(|text| serde_json::from_str(text).unwrap())
        .collect();
    assert_eq!(texts(&records, "url"), [server.url("/a"), server.url("/b")]);
}

#[test]
fn lines_are_rotated_by_size_and_no_article_is_lost_or_doubled() {
    let names: Vec<String> = (0..6).map(|number| format!("n{number}")).collect();
    let desk = Desk::new();
    for name in &names {
        desk.put(&format!("{name}.html"), story(name));
        // Each run has its own page, so that each begins with a file that is long enough.
        desk.put_job(&[format!("{name}.html")]);
        let done = desk.run(&["run", "-f", "jsonl,csv", "--set", "write.rotate=600 B"]);
        assert_eq!(done.code, 0, "{}", done.stderr);
    }
    let files = desk.files("out");
    let of = |ending: &str| -> Vec<String> {
        files.iter().filter(|name| name.ends_with(ending)).cloned().collect()
    };
    let (lines, tables) = (of(".jsonl"), of(".csv"));
    assert!(lines.len() > 2 && tables.len() > 1, "{files:?}");
    let mut all: Vec<String> =
        lines.iter().flat_map(|name| texts(&records(&desk.read(&format!("out/{name}"))), "source")).collect();
    all.sort();
    assert_eq!(all, names.iter().map(|name| format!("{name}.html")).collect::<Vec<_>>());
    let mut all: Vec<String> =
        tables.iter().flat_map(|name| texts(&rows(&desk, &format!("out/{name}")), "source")).collect();
    all.sort();
    assert_eq!(all, names.iter().map(|name| format!("{name}.html")).collect::<Vec<_>>());
}

#[test]
fn names_come_from_a_template_and_a_misspelled_one_is_refused_with_a_hint() {
    let desk = Desk::new();
    let dated = story("a").replace(
        "</head>",
        "<meta property=\"article:published_time\" content=\"2026-03-01T10:00:00Z\"></head>",
    );
    desk.put("a.html", dated);
    desk.put("b.html", story("b"));
    desk.put_job(&["a.html", "b.html"]);
    let done = desk.run(&["run", "-f", "markdown", "--set", "write.name={host}/{published:%Y/%m}/{slug}"]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    let files = desk.files("out");
    assert!(files[0].starts_with("local/2026/03/harbour-story-a-"), "{files:?}");
    assert!(files[1].starts_with("local/undated/harbour-story-b-"), "{files:?}");
    for (name, hint) in [
        ("{hots}/{slug}", "did you mean `{host}`?"),
        ("{slug}/{published:%!}", "no time can be written as `%!`"),
    ] {
        let done = desk.run(&["run", "--set", &format!("write.name={name}")]);
        assert_eq!(done.code, 2);
        assert!(done.stderr.contains(hint), "{}", done.stderr);
    }
}

#[test]
fn the_command_line_wins_over_the_configured_outputs() {
    let desk = desk_with(&["a"]);
    assert_eq!(desk.run(&["run", "-o", "elsewhere", "-f", "html"]).code, 0);
    assert!(!desk.path("out").exists());
    assert_eq!(desk.files("elsewhere").len(), 1);
    for (arguments, hint) in [
        (vec!["run", "-f", "sqlit"], "did you mean `sqlite`?"),
        (vec!["run", "-o", "-", "-f", "sqlite"], "`sqlite` is no text"),
        (vec!["run", "-o", "-", "-f", "warc"], "`warc` is no text"),
        (vec!["run", "-o", "-", "-f", "csv,jsonl"], "takes one format"),
        (vec!["run", "--set", "write.rotate=weekly"], "write \"never\", \"day\" or a size"),
    ] {
        let done = desk.run(&arguments);
        assert_eq!(done.code, 2, "{}", done.stderr);
        assert!(done.stderr.contains(hint), "{}", done.stderr);
    }
}
