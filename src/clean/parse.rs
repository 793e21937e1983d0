//! The guarded parser: html5ever fills scraper's tree, and hostile markup costs bounded work.
//!
//! html5ever alone is quadratic in the depth of the tree and in the number of open formatting elements: 59 KB can
//! become 16 million nodes. The guard counts what the tree builder does and drops start tags past its bounds. Pages
//! within the bounds get the tree that `scraper::Html::parse_document` builds, but for comments, scripts and styles,
//! which stand in it empty. Scripts of JSON-LD are kept.
//!
//! The bounds are counts and not seconds, so that the same bytes give the same tree on every machine.

mod tree;

use std::cell::Cell;

use html5ever::interface::TreeSink;
use html5ever::tokenizer::{TagKind, Token, TokenSink, TokenSinkResult};
use html5ever::tree_builder::{TreeBuilder, TreeBuilderOpts};
use scraper::Html;

use super::tokenize;
use tree::{GuardedTree, Handle};

/// Deepest element; start tags below it are dropped. The deepest of 1,703 real pages has depth 130.
const MAX_DEPTH: u32 = 512;
/// Elements after which further start tags are dropped. The largest of 1,703 real pages has 28,766 nodes.
const MAX_ELEMENTS: u32 = 300_000;
/// Elements, those that the parser makes up included, after which the rest of the page is not read.
const HARD_MAX_ELEMENTS: u32 = 1_000_000;
/// Look-ups of element names, the unit of the tree builder's work; past it the rest of the page is not read.
const MAX_WORK: u64 = 60_000_000;
/// Further `<html>` and `<body>` tags whose attributes are taken; each is compared with all that came before.
const MAX_MERGES: u32 = 32;
/// Bytes of a page for each node of its tree, about.
const BYTES_PER_NODE: usize = 32;

/// A parsed page, and whether the guard had to cut it.
pub(crate) struct Parsed {
    pub(crate) html: Html,
    pub(crate) cut: Option<Cut>,
}

/// What the guard left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    /// Some start tags.
    Tags,
    /// Everything after some point.
    Rest,
}

/// Whether the contents of `<noscript>` are markup (off) or are passed over as a browser does (on).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scripting {
    On,
    Off,
}

/// Parses a whole page.
pub(crate) fn parse(text: &str, scripting: Scripting) -> Parsed {
    let builder_options =
        TreeBuilderOpts { scripting_enabled: scripting == Scripting::On, ..TreeBuilderOpts::default() };
    let nodes = (text.len() / BYTES_PER_NODE).min(MAX_ELEMENTS as usize);
    let guard = Guard {
        builder: TreeBuilder::new(GuardedTree::new(nodes), builder_options),
        dropped_tags: Cell::new(false),
    };
    let tree = &guard.builder.sink;
    let text = tokenize::with_line_feeds(text);
    let outcome = tokenize::tokenize(&text, &guard, || {
        tree.elements.get() <= HARD_MAX_ELEMENTS && tree.work.get() <= MAX_WORK
    });
    let dropped_attributes = outcome.dropped_attributes || tree.merges.get() > MAX_MERGES;
    let dropped = guard.dropped_tags.get() || dropped_attributes;
    let cut = match (outcome.cut_short, dropped) {
        (true, _) => Some(Cut::Rest),
        (false, true) => Some(Cut::Tags),
        (false, false) => None,
    };
    Parsed { html: guard.builder.sink.finish(), cut }
}

/// Stands between tokenizer and tree builder, and drops start tags past the bounds.
struct Guard {
    builder: TreeBuilder<Handle, GuardedTree>,
    dropped_tags: Cell<bool>,
}

/// Elements whose contents the tokenizer reads as text: without their start tag that text would become visible.
fn holds_raw_text(name: &str) -> bool {
    matches!(
        name,
        "script" | "style" | "textarea" | "title" | "xmp" | "iframe" | "noembed" | "noframes" | "noscript"
    )
}

impl TokenSink for Guard {
    type Handle = Handle;

    fn process_token(&self, token: Token, line_number: u64) -> TokenSinkResult<Handle> {
        if let Token::TagToken(tag) = &token
            && tag.kind == TagKind::StartTag
            && self.builder.sink.is_full()
            && !holds_raw_text(&tag.name)
        {
            self.dropped_tags.set(true);
            return TokenSinkResult::Continue;
        }
        self.builder.process_token(token, line_number)
    }

    fn end(&self) {
        self.builder.end();
    }

    fn adjusted_current_node_present_but_not_in_html_namespace(&self) -> bool {
        self.builder.adjusted_current_node_present_but_not_in_html_namespace()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use scraper::Node;

    use super::*;

    fn nodes(parsed: &Parsed) -> usize {
        parsed.html.tree.nodes().count()
    }

    #[test]
    fn an_ordinary_page_gets_the_tree_that_scraper_builds() {
        let page =
            "<!doctype html><title>T</title><ul><li>one<li><b>two<i>x</b>y</i></ul><table><p>foster<tr><td>z";
        assert_eq!(parse(page, Scripting::On).html.html(), Html::parse_document(page).html());
        assert_eq!(parse(page, Scripting::On).cut, None);
    }

    /// The tree that html5ever builds by itself, with the contents of comments, scripts and styles emptied as here.
    fn reference(page: &str) -> String {
        let mut html = Html::parse_document(page);
        let is_unread = |element: &scraper::node::Element| {
            let is_data =
                || element.attr("type").is_some_and(|kind| kind.to_ascii_lowercase().contains("ld+json"));
            &*element.name.ns == "http://www.w3.org/1999/xhtml"
                && (element.name() == "style" || element.name() == "script" && !is_data())
        };
        let mut unread: Vec<_> = html
            .tree
            .nodes()
            .filter(|node| {
                node.value().is_text()
                    && node.parent().and_then(|up| up.value().as_element()).is_some_and(is_unread)
            })
            .map(|node| node.id())
            .collect();
        unread.drain(..).for_each(|id| html.tree.get_mut(id).unwrap().detach());
        let comments: Vec<_> =
            html.tree.nodes().filter(|node| node.value().is_comment()).map(|node| node.id()).collect();
        for id in comments {
            let empty = scraper::node::Comment { comment: scraper::StrTendril::new() };
            *html.tree.get_mut(id).unwrap().value() = Node::Comment(empty);
        }
        outline(&html)
    }

    /// A tree as text, without the nodes that no longer hang in it.
    fn outline(html: &Html) -> String {
        html.tree
            .root()
            .traverse()
            .map(|edge| match edge {
                ego_tree::iter::Edge::Open(node) => format!("{:?} ", node.value()),
                ego_tree::iter::Edge::Close(_) => ") ".to_owned(),
            })
            .collect()
    }

    #[track_caller]
    fn check_tree(page: &str) {
        assert_eq!(outline(&parse(page, Scripting::On).html), reference(page), "{page}");
    }

    #[test]
    fn scripts_and_styles_are_left_out_exactly_where_the_tokenizer_ends_them() {
        for page in [
            "<script>let a = '<p>x'</script><p>y<style>p > a {}</style>z",
            "<p>a<script><!-- <script> </script> --></script>b</p><p>c",
            "<p>a<script><!-- <script> </script></script>b</p>",
            "<script>a</script x=1 y='</script>'>b<script/>c</script/>d",
            "<script>no end <p>x",
            "<style>no end </style",
            "<script>\r\n</script\r\n>x<style></style>",
            "<svg><style><p>x</style></p><script>a<b></script></svg><style>c<d></style>e",
            "<math><mi><style>a<b></style></mi><annotation-xml><style>c<d></style></math>",
            "<svg><foreignObject><style>a<b></style><script>c<d></script></foreignObject></svg>",
            "<svg><script/><p>a<script>b</p></script>c",
            "<textarea><script>a</textarea><p>b</script>",
            "<title><style>a</title><p>b</style>c",
            "<!-- <script> --><p>a</p><script>b</script>",
            "<a title='<script>' href=\"<style>\">b</a><script>c</script>",
            "<noscript><style>a</style></noscript><iframe><script>b</iframe>c</script>",
            "<xmp><script></xmp>a</script><plaintext><script>b</script>c",
            "<table><script>a<td></script><tr><style>b<td></style><td>c",
            "<select><script>a<p></script><option>b<style>c</style></select>d",
            "<template><script>a<p></script><style>b</style></template>c",
            "<frameset><script>a<p></script></frameset>b",
            "<head><script>a</script></head><script>b<p></script><body>c",
            "<script type='application/LD+json'>{\"a\": \"<p>\"}</script>b",
            "<SCRIPT>a</ScRiPt>b<STYLE>c</stYle>d",
            "\u{feff}<script>\u{e9}\0</script>\u{e9}",
        ] {
            check_tree(page);
        }
    }

    #[test]
    fn markup_in_every_state_gets_the_tree_of_html5ever() {
        for page in [
            "a < b <= c <3 <é </é> </> </ a> <? b > <! c> <!d>e</",
            "<a b c=d e='f' g=\"h\"i j = k/ l=/m =n o==p 'q \"r <s>t</a>",
            "<A B=c b=d HREF='?a=1&copy=2&amp;b&eacute;&#233'>&copy &notit; &#x80;</A>",
            "<br/><br / ><br /x/><p/ a=b/>c<p\na\n=\nb\n>d<p\u{c}e\tf>g",
            "<p a='<b>' c=\"</p>\" d=<e>f<p a>b<p =a>b<p a=>b",
            "<!---->a<!-->b<!--->c<!-- > -> --!> d<!-- --!-> -- > -->e<!--<!-->f<!-- no end",
            "<!DOCTYPE html PUBLIC '-//W3C//DTD HTML 3.2//EN'><p><table>a",
            "<!doctype HTML SYSTEM \"about:legacy-compat\"><p><table>a",
            "<!doctype><p><table>a<!doctype html>b",
            "<!doctype html",
            "<svg><![CDATA[a<b>]]c]]&amp;]]>d<![CDATA[e]]</svg><![CDATA[f>g]]>",
            "a\r\nb\rc<pre>\r\n\r\nd</pre><p a='\r\n'\r>e<textarea>\n\nf</textarea>",
            "\0a<p\0 b\0='c\0&amp;'>d\0e<title>f\0</title><svg>\0g</svg><table>\0h",
            "\u{feff}a\u{feff}<script></script>\u{feff}<title>b</title>",
            "<title>a &amp; b</titles><b></title c='d>'>e<textarea>&lt;</textarea/>f",
            "<xmp>a &amp; <b></xmp>c<noembed><i></noembed><plaintext>d &amp; </plaintext>",
            "<meta charset=utf-8>\u{feff}<title>a</title><image src=b><isindex>",
            "a &am",
            "<p title='no end",
            "<p title",
            "<",
        ] {
            check_tree(page);
        }
    }

    #[test]
    fn a_tag_keeps_a_thousand_attributes() {
        let attributes: String = (0..50_000).map(|number| format!(" a{number}=b")).collect();
        let parsed = parse(&format!("<p class=c{attributes}>text"), Scripting::On);
        assert_eq!(parsed.cut, Some(Cut::Tags));
        let p = scraper::Selector::parse("p.c").unwrap();
        assert_eq!(parsed.html.select(&p).next().unwrap().value().attrs().count(), 1_000);
    }

    proptest::proptest! {
        #[test]
        fn any_page_gets_the_tree_of_html5ever(pieces in proptest::collection::vec(0..PIECES.len(), 0..40)) {
            check_tree(&pieces.into_iter().map(|at| PIECES[at]).collect::<String>());
        }
    }

    const PIECES: [&str; 64] = [
        "<script>",
        "</script>",
        "<style>",
        "</style>",
        "<!--",
        "-->",
        "--",
        "<",
        ">",
        "</",
        "/",
        "!",
        "'",
        "\"",
        "<script",
        "</script",
        "</style",
        " ",
        "\n",
        "a",
        "é",
        "<p>",
        "</p>",
        "<svg>",
        "</svg>",
        "<math>",
        "<mi>",
        "<title>",
        "</title>",
        "<textarea>",
        "</textarea>",
        "<noscript>",
        "</noscript>",
        "<table>",
        "<td>",
        "<template>",
        "</template>",
        "<a title='",
        "<select>",
        "<script type=application/ld+json>",
        "&amp;",
        "&copy",
        "&",
        "#",
        "x41",
        ";",
        "=",
        "<b c=",
        "<![CDATA[",
        "]]>",
        "]",
        "<!doctype",
        "\r",
        "\0",
        "\u{feff}",
        "<xmp>",
        "</xmp>",
        "<P Q=r",
        "<body",
        "<br",
        "<plaintext>",
        "<meta charset=a>",
        "?",
        "-",
    ];

    #[test]
    fn deep_nesting_is_cut_and_its_text_is_kept() {
        let parsed = parse(&format!("{}deep{}", "<div>".repeat(100_000), "<p>after"), Scripting::On);
        assert_eq!(parsed.cut, Some(Cut::Tags));
        assert!(nodes(&parsed) < 2_000);
        assert!(parsed.html.root_element().text().any(|text| text.contains("deep")));
    }

    #[test]
    fn many_siblings_are_not_mistaken_for_depth() {
        let page = "<p>unclosed <br>line<li>item".repeat(3_000);
        assert_eq!(parse(&page, Scripting::On).cut, None);
    }

    #[test]
    fn formatting_elements_that_multiply_stay_bounded() {
        let tags: String = (0..4_000).map(|n| format!("<b id={n}>")).collect();
        let parsed = parse(&format!("<p>{tags}{}", "<p>x".repeat(4_000)), Scripting::On);
        assert!(parsed.cut.is_some());
        assert!(nodes(&parsed) < 1_200_000);
    }

    #[test]
    fn text_of_a_dropped_script_stays_hidden() {
        let page = format!("{}<script>var secret</script>", "<div>".repeat(1_000));
        let parsed = parse(&page, Scripting::On);
        let script = scraper::Selector::parse("script").unwrap();
        assert_eq!(parsed.html.select(&script).count(), 1);
    }
}
