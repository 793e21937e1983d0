//! The article as TEI P5, the XML of corpus linguists (<https://tei-c.org/release/doc/tei-p5-doc/en/html/>).
//!
//! The elements are those that both the schema `tei_all` and the customisations for corpora have. A sub-heading begins a
//! `div` that holds what stands under it, since a `head` can only be first.

mod xml;

use super::html::is_language_tag;
use super::spans::safe_url;
use super::tidy::{line, verbatim};
use super::{depth, has_cells, heading_level, visible_blocks};
use crate::article::{Article, Block, BlockKind, Image};
use crate::state::page::point_in_time;
use xml::Xml;

/// The namespace of all elements.
const NAMESPACE: &str = "http://www.tei-c.org/ns/1.0";

/// What the title says of an article without one, since a header must have one.
const UNTITLED: &str = "[untitled]";

/// The whole document.
pub fn render(article: &Article) -> String {
    let mut xml = Xml::new();
    let language = article.language.as_deref().filter(|tag| is_language_tag(tag));
    let mut attributes = vec![("xmlns", NAMESPACE)];
    attributes.extend(language.map(|tag| ("xml:lang", tag)));
    xml.around("TEI", &attributes, |xml| {
        xml.around("teiHeader", &[], |xml| {
            file_description(xml, article);
            let version = [("ident", "pressclip"), ("version", env!("CARGO_PKG_VERSION"))];
            xml.around("encodingDesc", &[], |xml| {
                xml.around("appInfo", &[], |xml| {
                    xml.around("application", &version, |xml| xml.leaf("label", &[], "pressclip"));
                });
            });
            profile(xml, article, language);
        });
        xml.around("text", &[], |xml| xml.around("body", &[], |xml| body(xml, article)));
    });
    xml.finish()
}

/// Who wrote what, and where it was found.
fn file_description(xml: &mut Xml, article: &Article) {
    let title = article.title.as_deref().map(line).filter(|title| !title.is_empty());
    let title = title.as_deref().unwrap_or(UNTITLED);
    let authors =
        |xml: &mut Xml| article.authors.iter().for_each(|author| xml.leaf("author", &[], &line(author)));
    let site = article.site.as_deref().map(line).filter(|site| !site.is_empty());
    xml.around("fileDesc", &[], |xml| {
        xml.around("titleStmt", &[], |xml| {
            xml.leaf("title", &[("type", "main")], title);
            authors(xml);
        });
        xml.around("publicationStmt", &[], |xml| xml.leaf("p", &[], "Made from a page of the web."));
        xml.around("sourceDesc", &[], |xml| {
            xml.around("bibl", &[], |xml| {
                xml.leaf("title", &[], title);
                authors(xml);
                if let Some(site) = &site {
                    xml.leaf("publisher", &[], site);
                }
                let dates = [
                    ("published", &article.published),
                    ("modified", &article.modified),
                    ("accessed", &article.fetched_at),
                ];
                for (kind, date) in dates {
                    date.iter().for_each(|date| self::date(xml, kind, date));
                }
                let urls = [("URL", &article.url), ("canonical", &article.canonical_url)];
                for (kind, url) in urls {
                    url.iter().for_each(|url| xml.leaf("idno", &[("type", kind)], &line(url)));
                }
            });
        });
    });
}

fn date(xml: &mut Xml, kind: &str, date: &str) {
    // Machines get what is a date or a time of XML Schema, which wants seconds.
    let has_form = date.len() == "2026-03-01".len()
        || date.get(10..).is_some_and(|time| time.starts_with('T') && time.len() > 9);
    let when = point_in_time(date).filter(|_| has_form).map(|_| ("when", date));
    let attributes: Vec<_> = [("type", kind)].into_iter().chain(when).collect();
    xml.leaf("date", &attributes, &line(date));
}

/// What it is about.
fn profile(xml: &mut Xml, article: &Article, language: Option<&str>) {
    let terms: Vec<String> = article.section.iter().chain(&article.tags).map(|term| line(term)).collect();
    let dek = article.dek.as_deref().map(line).filter(|dek| !dek.is_empty());
    if dek.is_none() && language.is_none() && terms.is_empty() {
        return;
    }
    xml.around("profileDesc", &[], |xml| {
        if let Some(dek) = &dek {
            xml.around("abstract", &[], |xml| xml.leaf("p", &[], dek));
        }
        if let Some(tag) = language {
            xml.around("langUsage", &[], |xml| xml.leaf("language", &[("ident", tag)], tag));
        }
        if !terms.is_empty() {
            xml.around("textClass", &[], |xml| {
                xml.around("keywords", &[], |xml| terms.iter().for_each(|term| xml.leaf("term", &[], term)));
            });
        }
    });
}

/// The story as one `div` with one more for each sub-heading, and its pictures.
fn body(xml: &mut Xml, article: &Article) {
    xml.around("div", &[("type", "article")], |xml| {
        if let Some(title) = &article.title {
            xml.leaf("head", &[], &line(title));
        }
        let mut sections: Vec<u8> = Vec::new();
        let blocks = visible_blocks(article);
        let is_one = |one: &&Block, other: &&Block| {
            one.kind == other.kind && matches!(one.kind, BlockKind::ListItem | BlockKind::Quote)
        };
        for group in blocks.chunk_by(is_one) {
            let Some(&block) = group.first() else { continue };
            match block.kind {
                BlockKind::Heading => {
                    let level = heading_level(block);
                    while sections.pop_if(|upper| *upper >= level).is_some() {
                        xml.close("div");
                    }
                    sections.push(level);
                    xml.open("div", &[("type", "section")]);
                    xml.line_break();
                    xml.inline("head", &[], block);
                }
                BlockKind::ListItem => list(xml, group),
                BlockKind::Quote => {
                    xml.around("quote", &[], |xml| {
                        group.iter().for_each(|quote| xml.inline("p", &[], quote))
                    });
                }
                BlockKind::Code => {
                    xml.leaf("ab", &[("rend", "code"), ("xml:space", "preserve")], &verbatim(&block.text));
                }
                BlockKind::Table if has_cells(block) => table(xml, &block.rows),
                BlockKind::Caption => xml.inline("p", &[("rend", "caption")], block),
                BlockKind::Table | BlockKind::Paragraph => xml.inline("p", &[], block),
            }
        }
        sections.iter().for_each(|_| xml.close("div"));
        article.images.iter().for_each(|image| figure(xml, image));
    });
}

fn figure(xml: &mut Xml, image: &Image) {
    let Some(url) = safe_url(&image.url) else { return };
    // What was saved lies beside the document.
    let file = image.file.as_deref().and_then(|file| file.rsplit('/').next());
    xml.around("figure", &[], |xml| {
        xml.empty("graphic", &[("url", file.unwrap_or(&url))]);
        let parts = [("head", &image.caption), ("figDesc", &image.alt)];
        for (name, text) in parts {
            text.iter().for_each(|text| xml.leaf(name, &[], &line(text)));
        }
        image.credit.iter().for_each(|credit| xml.leaf("p", &[("rend", "credit")], &line(credit)));
    });
}

/// Items as nested lists.
fn list(xml: &mut Xml, items: &[&Block]) {
    let mut open: Vec<(u8, bool)> = Vec::new();
    let close = |xml: &mut Xml| {
        xml.close("item");
        xml.close("list");
    };
    for item in items {
        let (depth, is_numbered) = (depth(item), item.number.is_some());
        while open.pop_if(|(upper, _)| *upper > depth).is_some() {
            close(xml);
        }
        if open.pop_if(|(upper, other)| *upper == depth && *other != is_numbered).is_some() {
            close(xml);
        }
        if open.last().is_some_and(|&(upper, _)| upper == depth) {
            xml.close("item");
        } else {
            xml.open("list", &[("rend", if is_numbered { "numbered" } else { "bulleted" })]);
            xml.line_break();
            open.push((depth, is_numbered));
        }
        let number = item.number.map(|number| number.to_string());
        let attributes: Vec<_> = number.iter().map(|number| ("n", number.as_str())).collect();
        xml.open("item", &attributes);
        xml.runs(item);
    }
    open.iter().for_each(|_| close(xml));
}

/// A table whose first row is the header.
fn table(xml: &mut Xml, rows: &[Vec<String>]) {
    xml.around("table", &[], |xml| {
        for (number, row) in rows.iter().filter(|row| !row.is_empty()).enumerate() {
            let role = if number == 0 { "label" } else { "data" };
            xml.around("row", &[("role", role)], |xml| {
                row.iter().for_each(|cell| xml.leaf("cell", &[], &line(cell)))
            });
        }
    });
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::xml::legal;
    use super::*;
    use crate::article::{Link, Mark, MarkKind};
    use proptest::prelude::*;
    use quick_xml::Reader;
    use quick_xml::events::Event;

    fn block(kind: BlockKind, text: &str) -> Block {
        Block { kind, text: text.to_owned(), ..Block::default() }
    }

    /// The names of the elements in order, the depth of each, and all text; panics when the document is not well formed.
    fn read(xml: &str) -> (Vec<String>, String) {
        let mut reader = Reader::from_str(xml);
        reader.config_mut().check_end_names = true;
        let (mut names, mut text, mut depth) = (Vec::new(), String::new(), 0_usize);
        loop {
            match reader.read_event().unwrap() {
                Event::Start(start) => {
                    start.attributes().for_each(|attribute| drop(attribute.unwrap()));
                    names.push(format!("{}{}", " ".repeat(depth), start.name().as_ref()));
                    depth += 1;
                }
                Event::Empty(start) => names.push(format!("{}{}", " ".repeat(depth), start.name().as_ref())),
                Event::End(_) => depth -= 1,
                Event::Text(piece) => text += &piece,
                Event::GeneralRef(name) => text.push_str(match &*name {
                    "amp" => "&",
                    "lt" => "<",
                    "gt" => ">",
                    "quot" => "\"",
                    "apos" => "'",
                    _ => "?",
                }),
                Event::Eof => break,
                _ => {}
            }
        }
        assert_eq!(depth, 0);
        (names, text)
    }

    #[test]
    fn a_document_has_its_header_and_a_section_for_each_heading() {
        let heading = |level, text| Block { level: Some(level), ..block(BlockKind::Heading, text) };
        let item =
            |level, number, text| Block { level: Some(level), number, ..block(BlockKind::ListItem, text) };
        let article = Article {
            title: Some("Ferries & more".to_owned()),
            authors: vec!["Ann".to_owned()],
            published: Some("2026-03-01T10:00:00+01:00".to_owned()),
            modified: Some("some day".to_owned()),
            language: Some("en".to_owned()),
            dek: Some("Dek".to_owned()),
            tags: vec!["sea".to_owned()],
            url: Some("https://a.example/?a&b".to_owned()),
            blocks: vec![
                Block {
                    links: vec![Link { start: 0, end: 3, url: "https://b.example/".to_owned() }],
                    marks: vec![Mark { start: 0, end: 1, kind: MarkKind::Strong }],
                    ..block(BlockKind::Paragraph, "one\ntwo")
                },
                heading(2, "First"),
                heading(3, "Inner"),
                item(1, None, "a"),
                item(2, Some(4), "b"),
                item(1, None, "c"),
                heading(2, "Second"),
                block(BlockKind::Quote, "q"),
            ],
            images: vec![Image {
                url: "https://a.example/p.jpg".to_owned(),
                alt: Some("Alt".to_owned()),
                ..Image::default()
            }],
            ..Article::default()
        };
        let xml = render(&article);
        let body = &xml[xml.find("<body>").unwrap()..];
        insta::assert_snapshot!(body, @r#"
        <body>
        <div type="article">
        <head>Ferries &amp; more</head>
        <p><ref target="https://b.example/"><hi rend="bold">o</hi>ne</ref><lb/>two</p>
        <div type="section">
        <head>First</head>
        <div type="section">
        <head>Inner</head>
        <list rend="bulleted">
        <item>a<list rend="numbered">
        <item n="4">b</item>
        </list>
        </item>
        <item>c</item>
        </list>
        </div>
        </div>
        <div type="section">
        <head>Second</head>
        <quote>
        <p>q</p>
        </quote>
        </div>
        <figure>
        <graphic url="https://a.example/p.jpg"/>
        <figDesc>Alt</figDesc>
        </figure>
        </div>
        </body>
        </text>
        </TEI>
        "#);
        let head = xml[..xml.find("<text>").unwrap()].replace(env!("CARGO_PKG_VERSION"), "VERSION");
        insta::assert_snapshot!(head, @r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <TEI xmlns="http://www.tei-c.org/ns/1.0" xml:lang="en">
        <teiHeader>
        <fileDesc>
        <titleStmt>
        <title type="main">Ferries &amp; more</title>
        <author>Ann</author>
        </titleStmt>
        <publicationStmt>
        <p>Made from a page of the web.</p>
        </publicationStmt>
        <sourceDesc>
        <bibl>
        <title>Ferries &amp; more</title>
        <author>Ann</author>
        <date type="published" when="2026-03-01T10:00:00+01:00">2026-03-01T10:00:00+01:00</date>
        <date type="modified">some day</date>
        <idno type="URL">https://a.example/?a&amp;b</idno>
        </bibl>
        </sourceDesc>
        </fileDesc>
        <encodingDesc>
        <appInfo>
        <application ident="pressclip" version="VERSION">
        <label>pressclip</label>
        </application>
        </appInfo>
        </encodingDesc>
        <profileDesc>
        <abstract>
        <p>Dek</p>
        </abstract>
        <langUsage>
        <language ident="en">en</language>
        </langUsage>
        <textClass>
        <keywords>
        <term>sea</term>
        </keywords>
        </textClass>
        </profileDesc>
        </teiHeader>
        "#);
        assert_eq!(read(&xml).0[0], "TEI");
    }

    proptest! {
        #[test]
        fn a_document_is_well_formed_and_says_what_the_article_says(
            text in "(\\PC|[\u{0}-\u{a0}]|\u{fffe}|\u{ffff}|</p>|]]>|<!--|&amp;|&#0;|\n){0,12}",
            level in 0_u8..9,
        ) {
            let kinds = [BlockKind::Paragraph, BlockKind::Heading, BlockKind::ListItem, BlockKind::Code, BlockKind::Quote, BlockKind::Table];
            let blocks = kinds.map(|kind| Block { level: Some(level), rows: vec![vec![text.clone()]], ..block(kind, &text) });
            let article = Article {
                title: Some(text.clone()),
                authors: vec![text.clone()],
                published: Some(text.clone()),
                language: Some(text.clone()),
                url: Some(text.clone()),
                tags: vec![text.clone()],
                blocks: blocks.to_vec(),
                images: vec![Image { url: format!("https://a.example/{text}"), caption: Some(text.clone()), ..Image::default() }],
                ..Article::default()
            };
            let (names, seen) = read(&render(&article));
            prop_assert_eq!(names.iter().filter(|name| name.trim() == "title").count(), 2);
            prop_assert!(seen.contains(&legal(&line(&text))));
        }
    }
}
