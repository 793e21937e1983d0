//! The examples in the README's section on outputs, as they stand there.

use std::path::Path;
use std::process::Command;

use super::desk_with;
use crate::binary::{done, texts};

fn section() -> String {
    let readme = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let start = readme.find("## Outputs\n").unwrap();
    let rest = &readme[start + 3..];
    rest[..rest.find("\n## ").unwrap()].to_owned()
}

/// The blocks of code in a language.
pub fn blocks(language: &str) -> Vec<String> {
    let (section, fence) = (section(), format!("```{language}\n"));
    let parts = section.split(&fence).skip(1);
    parts.map(|part| part[..part.find("```").unwrap()].to_owned()).collect()
}

#[cfg(unix)]
#[test]
fn every_command_does_what_it_says() {
    let desk = desk_with(&["a", "b"]);
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for name in ["french", "listicle-tables"] {
        let page = std::fs::read(root.join("samples").join(name).join("page.html")).unwrap();
        desk.put(&format!("samples/{name}/page.html"), page);
    }
    let binary = Path::new(env!("CARGO_BIN_EXE_pressclip")).parent().unwrap();
    let mut lines = 0;
    for line in blocks("sh").concat().lines() {
        let command = line.split("  #").next().unwrap().replace("jq -r .title", "cat");
        let mut shell: Command = desk.command([""; 0]);
        let environment: Vec<_> =
            shell.get_envs().filter_map(|(key, value)| Some((key.to_owned(), value?.to_owned()))).collect();
        shell = Command::new("sh");
        shell.arg("-ec").arg(&command).current_dir(desk.path("")).env_clear().envs(environment);
        shell.env("PATH", format!("{}:/usr/bin:/bin", binary.display()));
        let done = done(shell.output().unwrap());
        assert_eq!(done.code, 0, "{command}: {}", done.stderr);
        lines += 1;
    }
    assert_eq!(lines, 7);
    let files = desk.files("out");
    assert!(files.iter().any(|name| name.starts_with("articles.parquet/")), "{files:?}");
    assert!(
        desk.path("out/articles.sqlite").exists()
            && desk.path("out/articles.warc.gz").exists()
            && desk.path("articles.csv").exists()
            && desk.path("corpus").exists()
    );
}

#[test]
fn the_query_for_words_finds_them() {
    let desk = desk_with(&["a"]);
    assert_eq!(desk.run(&["run", "-f", "sqlite"]).code, 0);
    let connection = rusqlite::Connection::open(desk.path("out/articles.sqlite")).unwrap();
    let query = blocks("sql")[0].clone();
    let title: String = connection.query_row(&query, [], |row| row.get(0)).unwrap();
    assert_eq!(title, "Harbour story a");
    // The record is the one of JSON lines.
    let record: String = connection.query_row("SELECT record FROM articles", [], |row| row.get(0)).unwrap();
    assert_eq!(texts(&[serde_json::from_str(&record).unwrap()], "source"), ["a.html"]);
}
