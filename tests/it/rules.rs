//! The user's own rules: what they do to a page, how they are named, and what is said about mistakes in them.

use serde_json::Value;

use crate::binary::{Desk, Done, last_sentence, story};
use crate::server::{Server, ok};

/// A desk with a story in which these blocks stand between the first and the second paragraph.
fn desk(blocks: &str) -> Desk {
    let desk = Desk::new();
    desk.put("page.html", story("one").replace("<p>Residents", &format!("{blocks}<p>Residents")));
    desk
}

const SENTENCE: &str =
    "The old mole was painted green in the spring, and nobody on the island could say why.";

fn body(done: &Done) -> String {
    assert_eq!(done.code, 0, "{}", done.stderr);
    serde_json::from_str::<Value>(&done.stdout).unwrap()["body"].as_str().unwrap().to_owned()
}

fn cleaned(desk: &Desk) -> String {
    body(&desk.run(&["clean", "-f", "json", "page.html"]))
}

#[test]
fn a_rule_in_the_config_drops_by_words_and_by_selector_what_is_kept_without_it() {
    let desk = desk(&format!("<p>{SENTENCE}</p><div class=\"box teaser\"><p>{SENTENCE} Twice.</p></div>"));
    assert_eq!(cleaned(&desk).matches(SENTENCE).count(), 2);
    for (rule, left) in [
        ("words = [\"THE OLD MOLE was\"]", 0),
        ("words = [\"Twice.\"]", 2),
        ("words = [\"twice\"]\nwords_at = \"anywhere\"", 1),
        ("words = [\"the old mole\"]\nwords_at = \"whole\"", 2),
        ("selector = \".teaser\"", 1),
        ("selector = \"article > .teaser > p\"", 1),
        ("selector = \"nav .teaser\"", 2),
        ("selector = \".teaser\"\nwords = [\"Residents\"]", 2),
    ] {
        desk.put("config.toml", format!("[[clean.rule]]\naction = \"drop\"\n{rule}\n"));
        let body = cleaned(&desk);
        assert_eq!(body.matches(SENTENCE).count(), left, "{rule}: {body}");
        assert!(body.contains("Residents had come") && body.ends_with(&last_sentence("one")), "{rule}");
    }
}

#[test]
fn a_kept_block_stays_whatever_the_built_in_rules_and_the_steps_after_them_say() {
    let promo = "<p class=\"mark\">READ ALSO <a href=\"/b\">Bridge closed for repairs</a></p>";
    let title = "<p class=\"mark\">Harbour story one</p>";
    let heading = "<h3 class=\"mark\">Nothing under it</h3><h2 class=\"mark\">Nor here</h2>";
    for (blocks, text) in [(promo, "Bridge closed"), (title, "Harbour story one")] {
        let desk = desk("");
        desk.put("page.html", story("one").replace("<p>The council", &format!("{blocks}<p>The council")));
        assert!(!cleaned(&desk).contains(text));
        desk.put("config.toml", "[[clean.rule]]\naction = \"keep\"\nselector = \".mark\"\n");
        assert!(cleaned(&desk).contains(text), "{text}");
    }
    let desk = desk("");
    desk.put("page.html", story("one").replace("</article>", &format!("{heading}</article>")));
    assert!(!cleaned(&desk).contains("Nor here"));
    desk.put(
        "config.toml",
        "[[clean.rule]]\naction = \"keep\"\nwords = [\"nor here\"]\nwords_at = \"whole\"\n",
    );
    assert!(cleaned(&desk).ends_with("Nor here"));
}

#[test]
fn a_body_rule_says_where_the_story_is_and_other_rules_still_hold_there() {
    let desk = Desk::new();
    let inner = format!(
        "<section class=\"own\"><p>Short.</p><p>READ ALSO <a href=\"/b\">Bridge closed</a></p>\
        <p class=\"stay\">12 May</p><p>{SENTENCE}</p></section><p class=\"outside\">{SENTENCE} Outside.</p>"
    );
    desk.put("page.html", story("one").replace("<article>", &format!("{inner}<article>")));
    let rules = "[[rule]]\naction = \"body\"\nselector = \"section.own\"\n";
    desk.put("config.toml", "[clean]\nrules = [\"rules.toml\"]\n");
    desk.put("rules.toml", rules);
    assert_eq!(cleaned(&desk), format!("Short.\n\n12 May\n\n{SENTENCE}"));
    let more = "[[rule]]\naction = \"keep\"\nselector = \".outside\"\n[[rule]]\nname = \"days\"\naction = \"drop\"\nselector = \".stay\"\n";
    desk.put("rules.toml", format!("{rules}{more}"));
    assert_eq!(cleaned(&desk), format!("Short.\n\n{SENTENCE}\n\n{SENTENCE} Outside."));
    desk.put("rules.toml", rules.replace("own", "other"));
    assert!(cleaned(&desk).contains("Residents had come"), "a body that the page lacks is no body");
}

#[test]
fn a_body_rule_outweighs_the_text_in_json_ld() {
    let desk = Desk::new();
    let structured = format!("{{\"@type\": \"NewsArticle\", \"articleBody\": \"{}\"}}", SENTENCE.repeat(20));
    let script = format!("<script type=\"application/ld+json\">{structured}</script>");
    desk.put(
        "page.html",
        format!("<title>T</title>{script}<div class=own><p>{SENTENCE}</p></div><p>Menu</p>"),
    );
    assert!(cleaned(&desk).len() > 2 * SENTENCE.len());
    desk.put("config.toml", "[[clean.rule]]\naction = \"body\"\nselector = \".own\"\n");
    assert_eq!(cleaned(&desk), SENTENCE);
}

#[test]
fn a_rule_for_a_host_holds_there_and_for_saved_pages_that_call_it_their_own() {
    let server = Server::start([("/story", ok(&story("web")))]);
    let desk = Desk::new();
    let url = server.url("/story");
    let mut hits = Vec::new();
    for host in ["127.0.0.1", "example.org"] {
        let rule =
            format!("[[clean.rule]]\nhosts = [\"{host}\"]\naction = \"drop\"\nwords = [\"residents\"]\n");
        desk.put("config.toml", rule);
        hits.push(!body(&desk.run(&["clean", "-f", "json", &url])).contains("Residents had come"));
    }
    assert_eq!(hits, [true, false]);
    for (canonical, is_hit) in [
        ("https://www.example.org/a", true),
        ("https://example.org/a", true),
        ("https://badexample.org/", false),
    ] {
        let link = format!("<link rel=\"canonical\" href=\"{canonical}\"></head>");
        desk.put("page.html", story("one").replace("</head>", &link));
        assert_eq!(!cleaned(&desk).contains("Residents had come"), is_hit, "{canonical}");
    }
}

#[test]
fn an_explanation_names_the_rule_with_its_file() {
    let desk = desk(&format!("<p>{SENTENCE}</p>"));
    desk.put(
        "jobs/config.toml",
        "[clean]\nrules = [\"mine/my-rules.toml\"]\n[[clean.rule]]\naction = \"keep\"\nwords = [\"Home\"]\n",
    );
    desk.put(
        "jobs/mine/my-rules.toml",
        "[[rule]]\nname = \"no-mole\"\naction = \"drop\"\nwords = [\"the old mole\"]\n",
    );
    let done = desk.run(&["explain", "-c", "jobs/config.toml", "page.html"]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    for reason in ["rule no-mole (my-rules.toml) ", "rule #1 (config.toml) "] {
        assert!(done.stdout.contains(reason), "{}", done.stdout);
    }
    let arguments = ["clean", "--explain", "-f", "json", "page.html", "-c", "jobs/config.toml"];
    assert!(desk.run(&arguments).stdout.contains("\"rule no-mole (my-rules.toml)\""));
}

#[test]
fn rules_list_and_test_show_and_prove_the_users_rules_with_their_file() {
    let desk = Desk::new();
    let own = "[[rule]]\nname = \"no-mole\"\nwhy = \"Moles.\"\nhosts = [\"Example.org\"]\naction = \"drop\"\n\
        words = [\"the old mole\"]\ndrops = [\"<p>The old mole sank.</p>\"]\nkeeps = [\"<p>An old mole sank.</p>\"]\n\
        [[rule]]\naction = \"keep\"\nselector = \"p.x\"\n";
    desk.put("my.toml", own);
    desk.put("config.toml", "[clean]\nrules = [\"my.toml\"]\n");
    let list = desk.run(&["rules", "list"]);
    assert!(
        list.stdout.starts_with("no-mole  (drop on example.org, my.toml)\n    Moles.\n#2  (keep, my.toml)\n"),
        "{}",
        list.stdout
    );
    assert!(list.stdout.contains("navigation-element  (drop)\n"), "{}", list.stdout);
    let test = desk.run(&["rules", "test"]);
    assert_eq!(
        (test.code, test.stdout.ends_with(" rules, 0 examples wrong\n")),
        (0, true),
        "{}",
        test.stdout
    );

    desk.put("my.toml", own.replace("The old mole sank", "The new mole sank"));
    let test = desk.run(&["rules", "test"]);
    assert_eq!(test.code, 3);
    let wrong = "no-mole (my.toml) does not fire for: <p>The new mole sank.</p>\n";
    assert!(test.stdout.starts_with(wrong), "{}", test.stdout);
}

#[test]
fn a_check_of_samples_goes_by_the_users_rules_too() {
    let desk = Desk::new();
    desk.put("samples/a/page.html", story("a"));
    assert_eq!(desk.run(&["check", "--update", "samples"]).code, 0);
    let rule = "clean.rule=[{action=\"drop\", words=[\"residents\"]}]";
    let done = desk.run(&["check", "samples", "--set", rule]);
    assert_eq!(done.code, 3, "{}", done.stdout);
    assert!(done.stdout.contains("rule #1 (command line)"), "{}", done.stdout);
}

#[test]
fn a_mistake_in_a_rule_is_a_usage_error_that_names_the_file_the_rule_and_the_key() {
    let desk = desk("");
    desk.put("file.toml", "[clean]\nrules = [\"mine/own.toml\"]\n[[source]]\nlist = \"urls.txt\"\n");
    desk.put("urls.txt", "page.html\n");
    let sound = "action = \"drop\"\nselector = \"p\"\n";
    for (rule, parts) in [
        ("action = \"drop\"\nselectr = \"p\"", &["unknown key `selectr`", "did you mean `selector`?"][..]),
        ("action = \"dorp\"\nselector = \"p\"", &["`action`: ", "`dorp`", "`drop`"]),
        ("selector = \"p\"", &["`action`"]),
        ("action = \"drop\"", &["asks for nothing"]),
        ("action = \"drop\"\nmax_words = \"many\"\nselector = \"p\"", &["`max_words`: "]),
        ("action = \"drop\"\nselector = \"p[\"", &["bad `selector` `p[`"]),
        (
            "action = \"drop\"\nselector = \"p:has(~ i)\"",
            &["bad `selector` `p:has(~ i)`", "looks at too much"],
        ),
        ("action = \"drop\"\nwords = [\"a\"]\nwords_at = \"end\"", &["`words_at`: ", "`anywhere`"]),
        ("action = \"drop\"\nwords = [\"…\"]", &["`words`", "`…`"]),
        ("action = \"drop\"\nphrases = [\"newsleter\"]", &["`phrases`", "did you mean `newsletter`?"]),
        ("action = \"drop\"\nsignals = [\"captoin\"]", &["`signals`", "did you mean `caption`?"]),
        ("action = \"body\"\nwords = [\"a\"]", &["`body`", "`selector`"]),
        ("action = \"body\"\nwords = [\"a\"]\nselector = \"p\"", &["`body`", "alone"]),
        (
            "hosts = [\"https://a.example/\"]\naction = \"drop\"\nselector = \"p\"",
            &["bad host `https://a.example/`"],
        ),
        (
            "hosts = [\"*.a.example\"]\naction = \"drop\"\nselector = \"p\"",
            &["bad host `*.a.example`", "subdomains"],
        ),
    ] {
        desk.put("mine/own.toml", format!("[[rule]]\n{sound}[[rule]]\nname = \"bad-one\"\n{rule}\n"));
        desk.put(
            "inline.toml",
            format!("[[clean.rule]]\n{sound}[[clean.rule]]\nname = \"bad-one\"\n{rule}\n"),
        );
        for (config, file) in [("file.toml", "`mine/own.toml`"), ("inline.toml", "`inline.toml`")] {
            for command in [&["clean", "page.html"][..], &["rules", "list"]] {
                let done = desk.run(&[command, &["-c", config]].concat());
                assert_eq!((done.code, done.stdout.as_str()), (2, ""), "{rule}: {}", done.stderr);
                for part in parts.iter().chain(&[file, "the rule `bad-one`"]) {
                    assert!(done.stderr.contains(part), "{rule}: {part} is not in {}", done.stderr);
                }
            }
        }
    }
    for (file, parts) in [
        ("[[rules]]\naction = \"drop\"\n", &["`mine/own.toml`", "`rules`", "`rule`"][..]),
        ("[[rule]\n", &["`mine/own.toml`", "line 1"]),
        (
            "[[rule]]\nname = \"a\"\nselector = \"p\"\naction = \"drop\"\n[[rule]]\nname = \"a\"\n",
            &["`a` is there twice"],
        ),
    ] {
        desk.put("mine/own.toml", file);
        let done = desk.run(&["run", "-c", "file.toml", "--dry-run"]);
        assert_eq!(done.code, 2, "{}", done.stderr);
        for part in parts {
            assert!(done.stderr.contains(part), "{part} is not in {}", done.stderr);
        }
    }
    desk.put("missing.toml", "[clean]\nrules = [\"nowhere.toml\"]\n");
    let done = desk.run(&["clean", "page.html", "-c", "missing.toml"]);
    assert_eq!(done.code, 2);
    assert!(
        done.stderr.contains("`nowhere.toml`") && done.stderr.contains("`clean.rules`"),
        "{}",
        done.stderr
    );
}
