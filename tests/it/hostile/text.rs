//! Numbers 82 and 83: text that is not shown, and text that acts on whoever shows it.

use scraper::Html;

use crate::binary::{Desk, story};

/// Markup with which sanitizers were fooled into letting an attribute act (RUSTSEC-2021-0074, 2025-0071, 2026-0193,
/// 2026-0213 and the like): what is text in one reading is a tag in the next.
const MUTATIONS: [&str; 9] = [
    "<svg></p><style><a id=\"</style><img src=1 onerror=alert(1)>\">",
    "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\"></noscript>",
    "<svg><annotation-xml encoding=\"text/html\"><style><img src=x onerror=alert(1)></style></annotation-xml></svg>",
    "<math><annotation-xml encoding=\"text/html\"><style><img src=x onerror=alert(1)></style></annotation-xml></math>",
    "<xmp><p title=\"</xmp><img src=x onerror=alert(1)>\"></xmp>",
    "<svg><title><style><img src=x onerror=alert(1)></style></title></svg>",
    "<p>The harbour &lt;script&gt;alert(1)&lt;/script&gt; &lt;img src=x onerror=alert(1)&gt; master spoke of it.</p>",
];

/// What becomes of a page in one form.
fn clean(page: &str, format: &str) -> String {
    let desk = Desk::new();
    desk.put("page.html", page);
    let done = desk.run(&["clean", "-f", format, "page.html"]);
    assert_eq!(done.code, 0, "{done:?}");
    done.stdout
}

const FORMATS: [&str; 5] = ["text", "markdown", "html", "json", "jsonl"];

/// Text that is only hidden may be the story, in folds and streamed pages: it is judged like any other.
#[test]
fn case_82_what_is_not_shown_is_in_no_output() {
    let unseen = "<noscript>unseen words of the noscript</noscript><template><p>unseen words of the template</p></template>\
        <script>unseen words of the script</script><style>unseen words of the style</style>\
        <!-- unseen words of a comment --><textarea>unseen words of a form</textarea>\
        </article>";
    let page = story("hostile").replace("</article>", unseen);
    for format in FORMATS {
        let output = clean(&page, format);
        assert!(output.contains("The clerk closed the book of hostile"), "{format}: {output}");
        assert!(!output.contains("unseen"), "{format}: {output}");
    }
}

/// A story whose headline and links would act on a terminal, a table, a page or a Markdown reader.
fn acting() -> String {
    let title = "Harbour\u{1b}]0;owned\u{7} story \u{202e}hostile\u{9b}31m\n=cmd|' /C calc'!A0 &lt;script&gt;alert(1)&lt;/script&gt;";
    let schemes = [
        "javascript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "vbscript:x",
        "java\tscript:alert(1)",
        "\u{1}javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "&#106;avascript:alert(1)",
    ];
    let links: String = schemes.iter().map(|url| format!("and <a href=\"{url}\">the ferry</a> ")).collect();
    story("hostile")
        .replace("Harbour story hostile", title)
        .replace("Nobody in the room", &format!("{links} \u{1b}[31m Nobody in the room"))
}

#[test]
fn case_83_nothing_that_a_page_says_acts_where_it_is_shown() {
    let page = acting();
    for format in FORMATS {
        let output = clean(&page, format);
        let acts = |c: char| (c.is_control() && c != '\n') || matches!(c, '\u{202a}'..='\u{202e}');
        assert!(!output.contains(acts), "{format}: {output:?}");
        let lower = output.to_ascii_lowercase();
        for scheme in ["javascript:", "vbscript:", "data:text"] {
            assert!(!lower.contains(scheme), "{format}: {output}");
        }
        if format == "html" || format == "markdown" {
            // A backslash makes a bracket text in Markdown.
            assert!(!lower.replace("\\<", "").contains("<script"), "{format}: {output}");
        }
    }
}

#[test]
fn case_83_markup_that_changes_when_it_is_read_again_is_harmless_in_html() {
    for mutation in MUTATIONS {
        let page = story("hostile").replace("</article>", &format!("{mutation}</article>"));
        let output = clean(&page, "html");
        assert!(output.contains("The clerk closed the book of hostile"), "{mutation}: {output}");
        let html = Html::parse_document(&output);
        for element in html.tree.values().filter_map(|node| node.as_element()) {
            assert!(
                !matches!(element.name(), "script" | "img" | "svg" | "math" | "iframe" | "form"),
                "{output}"
            );
            assert!(element.attrs().all(|(name, _)| !name.starts_with("on")), "{mutation}: {output}");
        }
    }
}
