//! `pressclip explain`: what became of every block of a page, as text, JSON and a page to look at.

use serde_json::Value;

use crate::binary::{Desk, last_sentence, story};
use crate::server::{Server, ok};

/// A page with a promo between its paragraphs.
fn page() -> String {
    story("one")
        .replace("<p>Residents", "<p>READ ALSO <a href=\"/b\">Bridge closed for repairs</a></p><p>Residents")
}

#[test]
fn the_text_has_a_line_a_block_with_its_verdict_and_reason() {
    let desk = Desk::new();
    desk.put("page.html", page());
    let done = desk.run(&["explain", "page.html"]);
    assert_eq!((done.code, done.stderr.as_str()), (0, ""));
    assert!(done.stdout.starts_with("Harbour story one\n"), "{}", done.stdout);
    assert!(!done.stdout.contains('\u{1b}'), "no colours where nobody sees them: {}", done.stdout);
    let line = |text: &str| done.stdout.lines().find(|line| line.contains(text)).unwrap();
    assert!(line("The members voted").starts_with("+ "), "{}", done.stdout);
    let promo = line("READ ALSO");
    assert!(promo.starts_with("- ") && promo.contains(" rule linked-related-phrase "), "{promo}");
    assert!(line("Home").starts_with("- "), "{}", done.stdout);
    assert_eq!(desk.run_with_input(&["explain", "-"], page().as_bytes()).stdout, done.stdout);
}

#[test]
fn the_json_holds_every_block_with_its_numbers() {
    let server = Server::start([("/story", ok(&page()))]);
    let desk = Desk::new();
    let url = server.url("/story");
    let done = desk.run(&["explain", "-f", "json", &url]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    let explanation: Value = serde_json::from_str(&done.stdout).unwrap();
    assert_eq!(
        (&explanation["source"], &explanation["url"]),
        (&Value::from(url.as_str()), &Value::from(url.as_str()))
    );
    assert_eq!(explanation["title"], "Harbour story one");
    let blocks = explanation["blocks"].as_array().unwrap();
    let of = |text: &str| {
        blocks.iter().find(|block| block["block"]["text"].as_str().unwrap().contains(text)).unwrap()
    };
    let (kept, cut) = (of("The members voted"), of("READ ALSO"));
    assert_eq!((&kept["verdict"], &kept["reason"]), (&Value::from("story"), &Value::Null));
    assert_eq!(
        (&cut["verdict"], &cut["reason"]),
        (&Value::from("cut"), &Value::from("rule linked-related-phrase"))
    );
    assert!(kept["probability"].as_f64().unwrap() > cut["probability"].as_f64().unwrap());
    let evidence = kept["evidence"].as_array().unwrap();
    assert!(evidence.len() >= 3, "{kept}");
    for one in &evidence[..3] {
        assert!(one["weight"].as_f64().unwrap() > 0.0 && one["value"].is_number(), "{kept}");
        assert!(!one["feature"].as_str().unwrap().is_empty() && !one["meaning"].as_str().unwrap().is_empty());
    }
}

#[test]
fn the_page_is_written_where_its_name_asks_for_it_and_shows_both_sides() {
    let desk = Desk::new();
    desk.put("page.html", page());
    let done = desk.run(&["explain", "page.html", "-o", "new/report.html"]);
    assert_eq!((done.code, done.stdout.as_str(), done.stderr.as_str()), (0, "", ""));
    let report = desk.read("new/report.html");
    assert_eq!(desk.run(&["explain", "-f", "html", "page.html"]).stdout, report);
    assert!(report.contains(&format!("{}</p>", last_sentence("one"))), "{report}");
    let (before, promo) =
        (report.find("This is the story of one").unwrap(), report.find("<del>READ ALSO").unwrap());
    assert!(before < promo && promo < report.find("Residents had come").unwrap());
    assert!(report.contains("rule <b>linked-related-phrase</b>"), "{report}");
    assert!(!report.contains("<script") && report.contains("default-src 'none'"));
    desk.run(&["explain", "page.html", "-f", "text", "-o", "report.html"]);
    assert!(desk.read("report.html").starts_with("Harbour story one\n"));
}

#[test]
fn a_hostile_page_gets_no_power_over_the_reader() {
    let hostile =
        "&lt;script>alert(1)&lt;/script>&lt;/del>&lt;img src=x onerror=alert(1)>\u{1b}]0;owned\u{7}\u{202e}";
    let link = "<a href=\"javascript:alert(1)\">Press here</a>";
    let desk = Desk::new();
    let page = page()
        .replace("READ ALSO", &format!("READ ALSO {hostile}{link}"))
        .replace("Harbour story one", &format!("Harbour {hostile}"));
    desk.put("page.html", page);
    let html = desk.run(&["explain", "-f", "html", "page.html"]).stdout;
    for forbidden in ["<script", "<img", "javascript:", "\u{1b}", "\u{7}", "\u{202e}"] {
        assert!(!html.contains(forbidden), "{forbidden:?}: {html}");
    }
    assert!(html.contains("READ ALSO &lt;script&gt;alert(1)"), "{html}");
    for format in ["text", "json"] {
        let said = desk.run(&["explain", "-f", format, "page.html"]).stdout;
        assert!(said.contains("alert(1)"), "{said}");
        assert!(!said.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{said}");
    }
}

#[test]
fn a_page_without_a_story_is_explained_and_one_that_is_missing_is_a_failure() {
    let desk = Desk::new();
    desk.put("bare.html", "<title>Harbour</title><nav><a href=\"/\">Home</a></nav>");
    let done = desk.run(&["explain", "bare.html"]);
    assert_eq!(done.code, 0);
    assert!(done.stdout.contains("note: the page holds no "), "{}", done.stdout);
    let done = desk.run(&["explain", "missing.html", "-o", "report.html"]);
    assert_eq!((done.code, done.stdout.as_str()), (4, ""));
    assert!(done.stderr.contains("read_failed (1)\n  missing.html: "), "{}", done.stderr);
    assert!(!desk.path("report.html").exists());
    desk.put("pages/a.html", page());
    desk.put("pages/b.html", page());
    let done = desk.run(&["explain", "pages"]);
    assert_eq!(done.code, 1);
    assert!(done.stderr.contains("name one of them"), "{}", done.stderr);
}

#[test]
fn a_record_says_what_was_cut_when_it_is_asked_to() {
    let desk = Desk::new();
    desk.put("page.html", page());
    let record = desk.run(&["clean", "-f", "jsonl", "--explain", "page.html"]).records().remove(0);
    let dropped = record["dropped"].as_array().unwrap();
    let promo =
        dropped.iter().find(|block| block["text"].as_str().unwrap().starts_with("READ ALSO")).unwrap();
    assert_eq!(promo["reason"], "rule linked-related-phrase");
    let plain = desk.run(&["clean", "-f", "jsonl", "page.html"]).records().remove(0);
    assert!(plain.get("dropped").is_none(), "{plain}");
}

#[test]
fn an_explanation_agrees_with_the_article() {
    let desk = Desk::new();
    desk.put("page.html", page());
    let wrapped =
        page().replace("<article>", "<noscript><article>").replace("</article>", "</article></noscript>");
    desk.put("noscript.html", wrapped);
    for name in ["page.html", "noscript.html"] {
        let article: Value = serde_json::from_str(&desk.run(&["clean", "-f", "json", name]).stdout).unwrap();
        let explanation: Value =
            serde_json::from_str(&desk.run(&["explain", "-f", "json", name]).stdout).unwrap();
        let kept =
            explanation["blocks"].as_array().unwrap().iter().filter(|block| block["verdict"] == "story");
        let kept: Vec<&Value> = kept.map(|block| &block["block"]["text"]).collect();
        let body: Vec<&Value> =
            article["blocks"].as_array().unwrap().iter().map(|block| &block["text"]).collect();
        assert!(body.len() >= 3 || name == "noscript.html", "{name}: {article}");
        assert_eq!(kept, body, "{name}");
    }
}
