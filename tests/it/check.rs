//! `pressclip check` and `pressclip rules`: golden samples and the examples of the rules.

use crate::binary::{Desk, last_sentence, story};

#[test]
fn a_sample_is_taken_compared_and_taken_again() {
    let desk = Desk::new();
    desk.put("samples/one/page.html", story("one"));
    desk.put("samples/deep/two/page.html", story("two"));
    let done = desk.run(&["check", "samples"]);
    assert_eq!(done.code, 3, "nothing is expected yet: {}", done.stdout);
    assert!(done.stdout.ends_with("2 samples, 2 different\n"), "{}", done.stdout);

    let done = desk.run(&["check", "--update", "samples"]);
    assert_eq!(done.code, 0);
    assert!(done.stdout.ends_with("2 samples, 2 rewritten\n"), "{}", done.stdout);
    let expected = desk.read("samples/one/expected.md");
    assert!(expected.starts_with("# Harbour story one\n\n"), "{expected}");
    assert!(expected.ends_with(&format!("{}\n", last_sentence("one"))), "{expected}");
    let done = desk.run(&["check", "samples"]);
    assert_eq!((done.code, done.stdout.as_str()), (0, "2 samples, 0 different\n"));

    desk.put("samples/one/expected.md", expected.replace("nine to four", "four to nine"));
    let done = desk.run(&["check", "samples"]);
    assert_eq!(done.code, 3);
    let lines: Vec<&str> = done.stdout.lines().collect();
    assert_eq!(lines[0], "samples/one");
    let changed = |sign: &str| {
        let changes: Vec<&&str> = lines.iter().filter(|line| line.starts_with(sign)).collect();
        assert_eq!(changes.len(), 1, "{}", done.stdout);
        changes[0].to_string()
    };
    assert!(changed("  - ").contains("by four to nine"));
    assert!(changed("  + ").contains("by nine to four"));
    assert_eq!(lines.last(), Some(&"2 samples, 1 different"));

    let with_promo = expected.replace("\n\nResidents", "\n\nHome Sport\n\nResidents");
    desk.put("samples/one/expected.md", &with_promo);
    let done = desk.run(&["check", "samples"]);
    let mut after = done.stdout.lines().skip_while(|line| *line != "  - Home Sport");
    let cause = after.nth(1).unwrap();
    assert!(cause.starts_with("      ↳ cut, ") && cause.ends_with(" %: rule navigation-element"), "{cause}");
    assert_eq!(desk.read("samples/one/expected.md"), with_promo);

    desk.run(&["check", "--update", "samples"]);
    assert_eq!(desk.read("samples/one/expected.md"), expected);
}

#[test]
fn a_folder_without_samples_is_an_error_that_says_what_a_sample_is() {
    let desk = Desk::new();
    desk.put("empty/readme.txt", "nothing here");
    for folder in ["empty", "missing"] {
        let done = desk.run(&["check", folder]);
        assert_eq!(done.code, 1);
        assert!(done.stderr.contains(&format!("`{folder}`")), "{}", done.stderr);
    }
    assert!(desk.run(&["check", "empty"]).stderr.contains("a folder with page.html and expected.md"));
}

#[test]
fn rules_are_listed_with_their_reasons() {
    let done = Desk::new().run(&["rules", "list"]);
    assert_eq!(done.code, 0);
    let names = done.stdout.lines().filter(|line| !line.starts_with(' ')).count();
    let reasons = done.stdout.lines().filter(|line| line.starts_with("    ") && line.ends_with('.')).count();
    assert!(names > 0 && names == reasons, "{}", done.stdout);
}
