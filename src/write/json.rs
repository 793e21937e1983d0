//! The whole record as JSON.

use serde::{Deserialize, Serialize};

use super::inert::acts;
use super::lines::{Shape, whole_lines};
use crate::article::{Article, PageKind};
use crate::clean::explain::Judged;
use crate::failure::Failure;
use crate::state::identity::Digest;

/// A file of records, one a line.
pub const LINES: Shape = Shape { header: "", article: Some(article_of), whole: whole_lines };

/// The record, indented by two spaces, with a line break at the end.
pub fn render(article: &Article) -> String {
    inert(&serde_json::to_string_pretty(article).expect(IS_PLAIN_DATA))
}

/// The record on one line, with its line break.
pub fn line(article: &Article) -> String {
    inert(&serde_json::to_string(article).expect(IS_PLAIN_DATA))
}

/// The article that a line is about, as `names::identity` has it.
fn article_of(line: &[u8]) -> Option<Digest> {
    #[derive(Deserialize)]
    struct Line {
        source: String,
        url: Option<String>,
    }
    let Line { source, url } = serde_json::from_slice(line).ok()?;
    Some(Digest::of(url.unwrap_or(source)))
}

/// What became of every block of a page, indented, with the source, URLs, title and notes of the article.
pub fn explanation(article: &Article, blocks: &[Judged]) -> String {
    let Article { source, url, canonical_url, kind, title, notes, error, .. } = article;
    let explanation = Explanation { source, url, canonical_url, kind, title, notes, error, blocks };
    inert(&serde_json::to_string_pretty(&explanation).expect(IS_PLAIN_DATA))
}

#[derive(Serialize)]
struct Explanation<'a> {
    source: &'a str,
    url: &'a Option<String>,
    canonical_url: &'a Option<String>,
    kind: &'a PageKind,
    title: &'a Option<String>,
    notes: &'a [String],
    error: &'a Option<Failure>,
    blocks: &'a [Judged],
}

/// Why a record can always be written: no maps with odd keys, and no I/O.
const IS_PLAIN_DATA: &str = "a record is plain data";

/// `json` with every character that acts as an escape, and a line break at the end.
///
/// Outside of strings JSON is ASCII without control characters but line breaks, and inside of strings an escape
/// stands for the character itself, so the data stays the same.
fn inert(json: &str) -> String {
    let mut inert = String::with_capacity(json.len() + 1);
    for c in json.chars() {
        if c != '\n' && acts(c) {
            inert += &format!("\\u{:04x}", u32::from(c));
        } else {
            inert.push(c);
        }
    }
    inert.push('\n');
    inert
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_record_is_inert_and_is_read_back_as_it_was(title in any::<String>(), source in "[\u{0}-\u{a0}\u{2000}-\u{2070}]*") {
            let article = Article { title: Some(title), source, ..Article::default() };
            let line = line(&article);
            prop_assert!(!line.trim_end_matches('\n').contains(acts));
            prop_assert_eq!(line.matches('\n').count(), 1);
            prop_assert_eq!(&serde_json::from_str::<Article>(&line).unwrap(), &article);
            prop_assert_eq!(serde_json::from_str::<Article>(&render(&article)).unwrap(), article);
        }
    }

    #[test]
    fn a_number_that_json_does_not_have_is_null() {
        assert!(
            line(&Article { confidence: f32::NAN, ..Article::default() }).contains("\"confidence\":null")
        );
    }
}
