//! What is known about an article as one line of a table (RFC 4180, with a bare line feed).

use super::inert::{is_break, is_unwanted};
use super::lines::{Shape, whole_lines};
use crate::article::Article;
use crate::failure::Failure;
use crate::state::identity::Digest;

/// A table of articles, one a line.
pub const LINES: Shape = Shape { header: HEADER, article: Some(article_of), whole: whole_lines };

/// The names of the columns.
const HEADER: &str = "source,url,canonical_url,kind,confidence,title,dek,authors,published,published_raw,modified,site,language,\
section,tags,image,paywalled,word_count,fetched_at,status,revision,duplicate_of,content_hash,notes,error_class,error\n";

/// Between the values of a list.
const SEPARATOR: &str = "; ";

/// What makes a spreadsheet take a cell for a formula (OWASP, "CSV Injection"), in their wide forms too.
const FORMULA_STARTS: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];

/// The line of an article, with its line break. No cell holds one, so that a line is always a row.
///
/// A cell that a spreadsheet would take for a formula begins with an apostrophe.
pub fn line(article: &Article) -> String {
    let Article { source, url, canonical_url, kind, confidence, title, dek, authors, published, .. } =
        article;
    let Article { published_raw, modified, site, language, section, tags, image, .. } = article;
    let Article { paywalled, word_count, fetched_at, status, revision, duplicate_of, .. } = article;
    let Article { content_hash, notes, error, .. } = article;
    let text = |value: &Option<String>| cell(value.as_deref().unwrap_or_default());
    let list = |values: &[String]| cell(&values.join(SEPARATOR));
    let class = error.as_ref().map(|failure: &Failure| failure.class.name()).unwrap_or_default();
    let message = error.as_ref().map(|failure| failure.message.as_str()).unwrap_or_default();
    row([
        cell(source),
        text(url),
        text(canonical_url),
        kind.name().to_owned(),
        confidence.to_string(),
        text(title),
        text(dek),
        list(authors),
        text(published),
        text(published_raw),
        text(modified),
        text(site),
        text(language),
        text(section),
        list(tags),
        text(image),
        number(*paywalled),
        word_count.to_string(),
        text(fetched_at),
        number(*status),
        number(*revision),
        text(duplicate_of),
        text(content_hash),
        list(notes),
        class.to_owned(),
        cell(message),
    ])
}

fn number(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

fn row<const COLUMNS: usize>(cells: [String; COLUMNS]) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let written =
        writer.write_record(cells).map_err(|_| ()).and_then(|()| writer.into_inner().map_err(|_| ()));
    String::from_utf8(written.expect("memory takes what is written")).expect("text stays text")
}

/// `text` as the text of a cell: on one line, with nothing that acts on whoever shows it.
fn cell(text: &str) -> String {
    let shown = text.chars().filter_map(|c| match c {
        _ if is_break(c) || c == '\t' => Some(' '),
        _ => (!is_unwanted(c)).then_some(c),
    });
    let text: String = shown.collect();
    if text.trim_start().starts_with(FORMULA_STARTS) { format!("'{text}") } else { text }
}

/// The article that a line is about, as `names::identity` has it.
fn article_of(line: &[u8]) -> Option<Digest> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(line);
    let record = reader.records().next()?.ok()?;
    let is_row = record.len() == HEADER.split(',').count();
    let (source, url) = (record.get(0)?, record.get(1)?);
    is_row.then(|| Digest::of(if url.is_empty() { source } else { url }))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    fn cells(line: &str) -> Vec<(String, String)> {
        let text = format!("{HEADER}{line}");
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let names: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
        let row = reader.records().next().unwrap().unwrap();
        names.into_iter().zip(row.iter().map(str::to_owned)).collect()
    }

    #[test]
    fn a_line_has_what_is_known_in_the_columns_of_the_header() {
        let article = Article {
            source: "a,b.html".to_owned(),
            title: Some("A \"title\"\nof two lines".to_owned()),
            authors: vec!["Ann".to_owned(), "Bob".to_owned()],
            paywalled: Some(false),
            status: Some(200),
            ..Article::default()
        };
        let cells = cells(&line(&article));
        let known: Vec<(&str, &str)> = cells
            .iter()
            .filter(|(_, cell)| !cell.is_empty())
            .map(|(name, cell)| (name.as_str(), cell.as_str()))
            .collect();
        let expected = [
            ("source", "a,b.html"),
            ("kind", "empty"),
            ("confidence", "0"),
            ("title", "A \"title\" of two lines"),
            ("authors", "Ann; Bob"),
            ("paywalled", "false"),
            ("word_count", "0"),
            ("status", "200"),
        ];
        assert_eq!(known, expected);
    }

    #[test]
    fn a_cell_is_no_formula() {
        for (text, expected) in [
            ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "' =1"),
            ("\r=1", "' =1"),
            ("＝1", "'＝1"),
            ("a=1 – “so”", "a=1 – “so”"),
        ] {
            assert_eq!(cell(text), expected);
        }
    }

    #[test]
    fn a_line_tells_its_article() {
        let article = Article {
            source: "x".to_owned(),
            url: Some("https://a.example/?a,b".to_owned()),
            ..Article::default()
        };
        assert_eq!(article_of(line(&article).as_bytes()), Some(Digest::of("https://a.example/?a,b")));
        let saved = Article { url: None, ..article };
        assert_eq!(article_of(line(&saved).as_bytes()), Some(Digest::of("x")));
        assert_eq!(article_of(b"not, ours\n"), None);
    }

    proptest! {
        #[test]
        fn a_line_is_one_inert_row_whatever_it_holds(text in "(\\PC|[\u{0}-\u{a0}]|\u{202e}|\"|=|\r\n){0,20}") {
            let list = vec![text.clone(), text.clone()];
            let article = Article { source: text.clone(), title: Some(text), authors: list.clone(), notes: list, ..Article::default() };
            let line = line(&article);
            prop_assert_eq!(line.matches('\n').count(), 1);
            prop_assert!(!line.trim_end().contains(char::is_control));
            for (name, cell) in cells(&line) {
                prop_assert!(!cell.trim_start().starts_with(FORMULA_STARTS), "{}", name);
            }
        }
    }
}
