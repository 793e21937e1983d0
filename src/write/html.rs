//! The article as one HTML page that can be read alone.
//!
//! Every tag in it is ours: text is escaped, links lead to http, https and mailto, and a content security policy
//! keeps even a mistake from running or loading anything.

use super::spans::{Step, Style, nest, safe_url, trimmed, walk};
use super::tidy::{Breaks, line, verbatim};
use super::{depth, has_cells, heading_level, visible_blocks};
use crate::article::{Article, Block, BlockKind};

/// The look of the page, in light and in dark.
const STYLE: &str = include_str!("html.css");

/// Languages that are written from right to left (CLDR, `characterOrder`).
const RIGHT_TO_LEFT: &[&str] =
    &["ar", "arc", "ckb", "dv", "fa", "he", "iw", "ks", "nqo", "ps", "sd", "syr", "ug", "ur", "yi"];

/// The whole page.
pub fn render(article: &Article) -> String {
    let language = article.language.as_deref().filter(|tag| is_language_tag(tag));
    let title = escaped(&line(article.title.as_deref().unwrap_or_default()));
    let url = article.canonical_url.as_deref().or(article.url.as_deref()).and_then(safe_url);

    let canonical = url.as_deref().filter(|url| !url.starts_with("mailto:"));
    let canonical = canonical
        .map(|url| format!("<link rel=\"canonical\" href=\"{}\">\n", escaped(url)))
        .unwrap_or_default();
    let mut page = opening(language, direction(language), &title, &canonical, STYLE);
    page += "<article>\n";
    page += &header(article, &title, url.as_deref());
    // By this class the cleaner knows its own output: cleaning it again changes nothing.
    page += "<div class=\"pressclip-body\">\n";
    let blocks = visible_blocks(article);
    let is_one =
        |a: &&Block, b: &&Block| a.kind == b.kind && matches!(a.kind, BlockKind::ListItem | BlockKind::Quote);
    page.extend(blocks.chunk_by(is_one).map(together));
    page + "</div>\n</article>\n</body>\n</html>\n"
}

/// A page up to the start of its body. It loads and runs nothing, whatever is put into it; `title`, `links` and `style`
/// are taken as they are.
pub(super) fn opening(
    language: Option<&str>,
    direction: &str,
    title: &str,
    links: &str,
    style: &str,
) -> String {
    let language = language.map(|language| format!(" lang=\"{language}\"")).unwrap_or_default();
    format!(
        "<!DOCTYPE html>\n<html{language} dir=\"{direction}\">\n<head>\n<meta charset=\"utf-8\">\n\
        <meta name=\"viewport\" content=\"width=device-width\">\n<meta name=\"referrer\" content=\"no-referrer\">\n\
        <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
        {links}<title>{title}</title>\n<style>\n{style}</style>\n</head>\n<body>\n"
    )
}

/// Blocks of one kind as one element; only list items and quotes come in numbers.
pub(super) fn together(group: &[&Block]) -> String {
    let Some(&block) = group.first() else { return String::new() };
    match block.kind {
        BlockKind::ListItem => list(group),
        BlockKind::Quote => quote(group),
        BlockKind::Heading => {
            let level = heading_level(block);
            format!("<h{level} dir=\"auto\">{}</h{level}>\n", inline(block))
        }
        BlockKind::Code => {
            format!("<pre dir=\"ltr\"><code>{}</code></pre>\n", escaped(&verbatim(&block.text)))
        }
        BlockKind::Table if has_cells(block) => table(&block.rows),
        BlockKind::Caption => format!("<p dir=\"auto\"><small>{}</small></p>\n", inline(block)),
        BlockKind::Table | BlockKind::Paragraph => format!("<p dir=\"auto\">{}</p>\n", inline(block)),
    }
}

/// Title, standfirst and byline; empty when none of them is known.
fn header(article: &Article, title: &str, url: Option<&str>) -> String {
    let mut lines = Vec::new();
    if !title.is_empty() {
        lines.push(format!("<h1 dir=\"auto\">{title}</h1>\n"));
    }
    if let Some(dek) = &article.dek {
        lines.push(format!("<p dir=\"auto\"><strong>{}</strong></p>\n", escaped(&line(dek))));
    }
    let mut byline = Vec::new();
    if !article.authors.is_empty() {
        byline.push(format!("<span dir=\"auto\">{}</span>", escaped(&line(&article.authors.join(", ")))));
    }
    let site = article.site.as_deref().or(url).map(|site| escaped(&line(site)));
    byline.extend(site.map(|site| match url {
        Some(url) => format!("<a dir=\"auto\" href=\"{}\">{site}</a>", escaped(url)),
        None => format!("<span dir=\"auto\">{site}</span>"),
    }));
    if let Some(published) = article.published.as_deref().map(|time| escaped(&line(time))) {
        byline.push(format!("<time datetime=\"{published}\">{published}</time>"));
    }
    if !byline.is_empty() {
        lines.push(format!("<p>{}</p>\n", byline.join(" · ")));
    }
    if lines.is_empty() { String::new() } else { format!("<header>\n{}</header>\n", lines.concat()) }
}

/// Items as nested lists.
fn list(items: &[&Block]) -> String {
    let mut html = String::new();
    let mut open: Vec<(u8, &str)> = Vec::new();
    let close = |(_, tag): (u8, &str)| format!("</li>\n</{tag}>\n");
    for item in items {
        let (depth, tag) = (depth(item), if item.number.is_some() { "ol" } else { "ul" });
        while let Some(deeper) = open.pop_if(|(upper, _)| *upper > depth) {
            html += &close(deeper);
        }
        if let Some(other) = open.pop_if(|(upper, other)| *upper == depth && *other != tag) {
            html += &close(other);
        }
        if open.last().is_some_and(|&(upper, _)| upper == depth) {
            html += "</li>\n";
        } else {
            let start =
                item.number.filter(|&number| number != 1).map(|number| format!(" start=\"{number}\""));
            html += &format!("<{tag} dir=\"auto\"{}>\n", start.unwrap_or_default());
            open.push((depth, tag));
        }
        html += &format!("<li dir=\"auto\">{}", inline(item));
    }
    open.into_iter().rev().fold(html, |html, list| html + &close(list))
}

/// Paragraphs as one quotation.
fn quote(paragraphs: &[&Block]) -> String {
    let paragraphs =
        paragraphs.iter().map(|paragraph| format!("<p dir=\"auto\">{}</p>\n", inline(paragraph)));
    format!("<blockquote>\n{}</blockquote>\n", paragraphs.collect::<String>())
}

/// A table whose first row is the header.
fn table(rows: &[Vec<String>]) -> String {
    let mut html = "<table>\n".to_owned();
    for (number, row) in rows.iter().filter(|row| !row.is_empty()).enumerate() {
        let tag = if number == 0 { "th" } else { "td" };
        html += "<tr>";
        for cell in row {
            html += &format!("<{tag} dir=\"auto\">{}</{tag}>", escaped(&line(cell)));
        }
        html += "</tr>\n";
    }
    html + "</table>\n"
}

/// The text of a block with its links, marks and line breaks.
pub(super) fn inline(block: &Block) -> String {
    let inline = nest(block, Breaks::Keep, trimmed);
    let mut html = String::with_capacity(inline.text.len() + 16);
    walk(&inline, |step| match step {
        Step::Open(span) => match &span.style {
            Style::Link(url) => html += &format!("<a href=\"{}\">", escaped(url)),
            Style::Strong => html += "<strong>",
            Style::Emphasis => html += "<em>",
            Style::Code => html += "<code>",
        },
        Step::Close(span) => {
            html += match span.style {
                Style::Link(_) => "</a>",
                Style::Strong => "</strong>",
                Style::Emphasis => "</em>",
                Style::Code => "</code>",
            }
        }
        Step::Text(range) => html += &escaped(&inline.text[range]).replace('\n', "<br>\n"),
    });
    html
}

/// `text` with the characters escaped that mean something in text or in a quoted attribute.
pub(crate) fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len() + text.len() / 16);
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            _ => html.push(c),
        }
    }
    html
}

/// Whether `tag` has the shape of a BCP 47 tag.
pub(super) fn is_language_tag(tag: &str) -> bool {
    tag.len() <= 35
        && tag.split('-').all(|part| {
            (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
        })
}

/// The direction of the page: known from the language, or found by the browser.
pub(super) fn direction(language: Option<&str>) -> &'static str {
    let language = language.unwrap_or_default().to_ascii_lowercase();
    let mut parts = language.split('-');
    let is_known = parts.next().is_some_and(|primary| RIGHT_TO_LEFT.contains(&primary));
    if is_known && parts.all(|part| part != "latn") { "rtl" } else { "auto" }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::tidy;
    use super::*;
    use crate::article::{Link, Mark, MarkKind};
    use proptest::prelude::*;
    use scraper::{Html, Selector};

    fn block(kind: BlockKind, text: &str) -> Block {
        Block { kind, text: text.to_owned(), ..Block::default() }
    }

    fn select<'a>(page: &'a Html, selector: &str) -> Vec<scraper::ElementRef<'a>> {
        page.select(&Selector::parse(selector).unwrap()).collect()
    }

    #[test]
    fn a_page_is_whole_and_says_what_is_known() {
        let article = Article {
            title: Some("A <b>title</b>".to_owned()),
            dek: Some("Dek".to_owned()),
            authors: vec!["Ann".to_owned(), "Bob".to_owned()],
            site: Some("News".to_owned()),
            url: Some("https://a.example/?a&b".to_owned()),
            published: Some("2024-01-02".to_owned()),
            language: Some("ar-EG".to_owned()),
            blocks: vec![Block {
                links: vec![Link { start: 0, end: 3, url: "https://b.example/\"".to_owned() }],
                marks: vec![Mark { start: 0, end: 1, kind: MarkKind::Strong }],
                ..block(BlockKind::Paragraph, "one\ntwo")
            }],
            ..Article::default()
        };
        let html = render(&article);
        let article = &html[html.find("<article>").unwrap()..];
        insta::assert_snapshot!(article, @r#"
        <article>
        <header>
        <h1 dir="auto">A &lt;b&gt;title&lt;/b&gt;</h1>
        <p dir="auto"><strong>Dek</strong></p>
        <p><span dir="auto">Ann, Bob</span> · <a dir="auto" href="https://a.example/?a&amp;b">News</a> · <time datetime="2024-01-02">2024-01-02</time></p>
        </header>
        <div class="pressclip-body">
        <p dir="auto"><a href="https://b.example/%22"><strong>o</strong>ne</a><br>
        two</p>
        </div>
        </article>
        </body>
        </html>
        "#);
        assert!(html.starts_with(
            "<!DOCTYPE html>\n<html lang=\"ar-EG\" dir=\"rtl\">\n<head>\n<meta charset=\"utf-8\">"
        ));
    }

    #[test]
    fn lists_nest_and_quotes_join() {
        let item =
            |level, number, text| Block { level: Some(level), number, ..block(BlockKind::ListItem, text) };
        let blocks = vec![
            item(1, None, "a"),
            item(3, Some(4), "b"),
            item(2, None, "c"),
            item(1, None, "d"),
            item(1, Some(1), "e"),
            block(BlockKind::Quote, "f"),
            block(BlockKind::Quote, "g"),
        ];
        let html = render(&Article { blocks, ..Article::default() }).replace(" dir=\"auto\"", "");
        let list = html[html.find("<ul>").unwrap()..].replace('\n', "");
        let expected = "<ul><li>a<ol start=\"4\"><li>b</li></ol><ul><li>c</li></ul></li><li>d</li></ul>\
            <ol><li>e</li></ol><blockquote><p>f</p><p>g</p></blockquote>";
        assert!(list.starts_with(expected), "{list}");
    }

    #[test]
    fn only_a_language_tag_becomes_one() {
        let html = |tag: &str| render(&Article { language: Some(tag.to_owned()), ..Article::default() });
        assert!(html("en\" onload=\"x").contains("<html dir=\"auto\">"));
        assert!(html("es-AR").contains("<html lang=\"es-AR\" dir=\"auto\">"));
        assert!(html("ks-Latn").contains("dir=\"auto\">\n<head>"));
    }

    proptest! {
        #[test]
        fn no_tag_and_no_link_of_theirs_gets_in(
            text in "(\\PC|</article>|<script>|<img src=x onerror=a>|\"|'|<svg><style>|<!--|]]>|&lt;|\u{0}|\n){0,12}",
            url in "(https://|javascript:|data:|java\tscript:| )[a\"'<>() \\n]{0,8}",
        ) {
            let article = Article {
                title: Some(text.clone()),
                dek: Some(text.clone()),
                authors: vec![text.clone()],
                site: Some(text.clone()),
                published: Some(text.clone()),
                language: Some(text.clone()),
                url: Some(url.clone()),
                blocks: vec![
                    Block { links: vec![Link { start: 0, end: text.len(), url }], ..block(BlockKind::Paragraph, &text) },
                    block(BlockKind::Code, &text),
                    Block { rows: vec![vec![text.clone()]], ..block(BlockKind::Table, &text) },
                ],
                ..Article::default()
            };
            let page = Html::parse_document(&render(&article));
            for element in select(&page, "article, article *") {
                let allowed = ["article", "header", "div", "h1", "p", "strong", "span", "a", "time", "br", "pre", "code",
                    "table", "tbody", "tr", "th"];
                prop_assert!(allowed.contains(&element.value().name()), "{}", element.value().name());
                for (name, value) in element.value().attrs() {
                    prop_assert!(["dir", "href", "datetime", "class"].contains(&name));
                    prop_assert!(name != "href" || value.starts_with("https://"));
                }
            }
            let seen: String = select(&page, "article > div > p").iter().flat_map(|p| p.text()).collect();
            prop_assert_eq!(seen, tidy::tidy(&text, Breaks::Keep).text);
        }
    }
}
