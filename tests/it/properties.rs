//! What holds for every page: the body is a part of what the page shows, cleaning twice changes nothing, the same page
//! gives the same article, and nothing makes the cleaner panic.

use std::path::PathBuf;

use pressclip::article::{Article, BlockKind};
use pressclip::clean::{Page, clean, rules::Rules};
use pressclip::config::Format;
use pressclip::fetch::charset;
use pressclip::write;
use proptest::prelude::*;
use scraper::{Html, Node};

fn cleaned(text: &str) -> Article {
    clean(Page { text, url: None, fetched_at: None }, &Default::default(), Rules::built_in())
}

/// The text of every sample page, by its folder.
fn samples() -> Vec<(String, String)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("samples");
    let mut samples = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let page = entry.unwrap().path().join("page.html");
        if let Ok(bytes) = std::fs::read(&page) {
            samples.push((page.display().to_string(), charset::decode(&bytes, None).unwrap().text));
        }
    }
    assert!(samples.len() > 10);
    samples
}

/// The words that a browser could show, in document order.
fn visible_words(text: &str) -> Vec<String> {
    let html = Html::parse_document(text);
    let is_shown = |node: &ego_tree::NodeRef<'_, Node>| {
        !node.ancestors().any(|around| {
            around.value().as_element().is_some_and(|element| {
                matches!(element.name(), "script" | "style" | "template" | "noscript" | "head")
            })
        })
    };
    let texts = html.tree.root().descendants().filter(|node| node.value().is_text() && is_shown(node));
    let joined: String =
        texts.filter_map(|node| node.value().as_text().map(|text| text.to_string())).collect();
    words(&joined)
}

/// Letters and digits alone: white space and soft hyphens may differ between page and body.
fn words(text: &str) -> Vec<String> {
    text.chars().filter(|c| c.is_alphanumeric()).map(String::from).collect()
}

#[test]
fn the_body_of_a_sample_is_a_part_of_what_the_page_shows_in_its_order() {
    // Streamed pieces move to their place, and a story in JSON-LD is shown nowhere.
    let elsewhere = ["react-streamed", "json-ld-only"];
    for (name, text) in
        samples().iter().filter(|(name, _)| !elsewhere.iter().any(|other| name.contains(other)))
    {
        let article = cleaned(text);
        let shown = visible_words(text);
        let mut rest = shown.iter();
        for block in article.body_blocks() {
            let found = words(&block.text).iter().all(|word| rest.any(|other| other == word));
            assert!(found, "{name}: not in the page, or not in this order: {}", block.text);
        }
    }
}

#[test]
fn cleaning_the_cleaned_page_changes_nothing() {
    for (name, text) in samples() {
        let once = cleaned(&text);
        let twice = cleaned(&write::render(&once, Format::Html));
        assert_eq!(once.body, twice.body, "{name}");
        assert_eq!(once.title, twice.title, "{name}");
    }
}

#[test]
fn the_same_page_gives_the_same_article_on_every_thread() {
    let samples = samples();
    let once: Vec<Article> = samples.iter().map(|(_, text)| cleaned(text)).collect();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for ((name, text), article) in samples.iter().zip(&once) {
                    assert_eq!(&cleaned(text), article, "{name}");
                }
            });
        }
    });
}

#[test]
fn a_comment_in_the_page_changes_nothing() {
    for (name, text) in samples() {
        let commented = text.replace("</p>", "</p><!-- an aside of the editors -->");
        assert_eq!(cleaned(&text).body, cleaned(&commented).body, "{name}");
    }
}

/// Pieces of markup from which random pages are made.
const PIECES: [&str; 40] = [
    "<p>",
    "</p>",
    "<div>",
    "</div>",
    "<table>",
    "<tr>",
    "<td>",
    "</table>",
    "<ul>",
    "<ol start=7>",
    "<li value=-3>",
    "</ul>",
    "<a href=/x>",
    "</a>",
    "<b>",
    "</b>",
    "<br>",
    "<h2>",
    "</h2>",
    "<pre>",
    "</pre>",
    "<template id=B:0>",
    "</template>",
    "<div hidden id=S:0>",
    "<noscript>",
    "</noscript>",
    "<svg>",
    "</svg>",
    "<blockquote>",
    "<!--",
    "-->",
    "<script>",
    "</script>",
    "<figure><figcaption>",
    "• item",
    "A sentence of the story, long enough to be one. ",
    "東京で会議。",
    "\u{a0}\u{ad}\u{200b}",
    "&amp;&lt;&#0;",
    "<select><option>",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_markup_makes_the_cleaner_panic(places in prop::collection::vec(0..PIECES.len(), 0..120)) {
        let text: String = places.iter().map(|place| PIECES[*place]).collect();
        let article = cleaned(&text);
        prop_assert_eq!(article.body.is_empty(), article.error.is_some());
        prop_assert!(article.blocks.iter().all(|block| block.kind != BlockKind::Heading || block.level.is_some()));
    }

    #[test]
    fn no_bytes_make_the_cleaner_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        if let Ok(decoded) = charset::decode(&bytes, None) {
            cleaned(&decoded.text);
        }
    }
}
