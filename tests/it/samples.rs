//! The sample pages: each must give exactly what stands beside it. `UPDATE=1 cargo test` rewrites that, and a person
//! reads what changed.

use std::path::Path;
use std::process::Command;

#[test]
fn every_sample_gives_the_article_that_is_expected() {
    let is_update = std::env::var_os("UPDATE").is_some_and(|value| value != "0" && !value.is_empty());
    let arguments: &[&str] =
        if is_update { &["check", "--update", "samples"] } else { &["check", "samples"] };
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let output =
        Command::new(env!("CARGO_BIN_EXE_pressclip")).current_dir(root).args(arguments).output().unwrap();
    assert!(
        output.status.success(),
        "{}{}`UPDATE=1 cargo test` takes this as what is expected",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
}

#[test]
fn every_sample_is_in_the_list_that_run_works_through_and_has_its_expectation() {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    let list = std::fs::read_to_string(samples.join("urls.txt")).unwrap();
    let listed = pressclip::source::list::parse(&list, &samples);
    let mut listed: Vec<String> = listed.into_iter().map(|candidate| candidate.source).collect();
    listed.sort();
    let folders = std::fs::read_dir(&samples).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<String> = folders
        .filter(|path| path.is_dir())
        .map(|path| {
            assert!(path.join("expected.md").exists(), "{} lacks expected.md", path.display());
            format!("{}/page.html", path.file_name().unwrap().to_str().unwrap())
        })
        .collect();
    found.sort();
    assert_eq!(listed, found);
}
