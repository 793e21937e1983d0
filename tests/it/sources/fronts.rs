//! Link discovery on front pages of our own, in fifteen languages and markups.

use std::collections::BTreeSet;
use std::path::Path;

use pressclip::source::links::articles;
use url::Url;

#[test]
fn the_links_to_stories_are_told_from_all_others_on_front_pages_of_fifteen_sites() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fronts");
    let mut pages = 0;
    let mut problems = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|ending| ending != "html") {
            continue;
        }
        pages += 1;
        let expected = std::fs::read_to_string(path.with_extension("txt")).unwrap();
        let (url, expected) = expected.split_once('\n').unwrap();
        let url = Url::parse(url).unwrap();
        let expected: BTreeSet<String> =
            expected.lines().map(|line| url.join(line).unwrap().into()).collect();
        let text = std::fs::read_to_string(&path).unwrap();
        let found: BTreeSet<String> = articles(&text, &url).into_iter().map(|found| found.source).collect();
        let name = path.file_stem().unwrap().display().to_string();
        problems.extend(found.difference(&expected).map(|link| format!("{name}: wrong {link}")));
        problems.extend(expected.difference(&found).map(|link| format!("{name}: missed {link}")));
    }
    assert_eq!(pages, 15);
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}
