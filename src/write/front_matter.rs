//! What is known about an article as YAML, for the head of a Markdown file.

use super::inert::{acts, is_unwanted};
use super::tidy::line;
use crate::article::Article;

/// A block of YAML between two lines of `---`; values that are not known are left out.
///
/// Every value is a double-quoted scalar (YAML 1.2.2, section 7.3.1), which no text can break out of and which
/// no reader takes for a date or a number.
pub fn render(article: &Article) -> String {
    let fields = [
        field("title", article.title.as_deref()),
        // A saved page knows only what it calls itself.
        field("url", article.url.as_deref().or(article.canonical_url.as_deref())),
        list("authors", &article.authors),
        field("published", article.published.as_deref()),
        field("site", article.site.as_deref()),
        field("language", article.language.as_deref()),
        field("fetched_at", article.fetched_at.as_deref()),
    ];
    format!("---\n{}---\n", fields.concat())
}

/// A line with a value.
fn field(name: &str, value: Option<&str>) -> String {
    value.map_or(String::new(), |value| format!("{name}: {}\n", quoted(value)))
}

/// A line for each value.
fn list(name: &str, values: &[String]) -> String {
    if values.is_empty() {
        return String::new();
    }
    let items = values.iter().map(|value| format!("  - {}\n", quoted(value)));
    format!("{name}:\n{}", items.collect::<String>())
}

/// `value` as a double-quoted scalar on one line, in characters that every YAML reader takes.
fn quoted(value: &str) -> String {
    let mut quoted = "\"".to_owned();
    for c in line(value).chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            _ if acts(c) || is_unwanted(c) || matches!(c, '\u{fffe}' | '\u{ffff}') => {
                quoted += &format!("\\u{:04x}", u32::from(c));
            }
            _ => quoted.push(c),
        }
    }
    quoted + "\""
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;
    use saphyr::{LoadableYamlNode, Yaml};

    #[test]
    fn what_is_known_is_there_and_nothing_else() {
        let article = Article {
            title: Some("“Yes”: a \"title\" # with \\ and\n- more".to_owned()),
            url: Some("https://a.example/x".to_owned()),
            authors: vec!["Ann".to_owned(), "null".to_owned()],
            published: Some("2024-01-02".to_owned()),
            ..Article::default()
        };
        let expected = r##"---
title: "“Yes”: a \"title\" # with \\ and - more"
url: "https://a.example/x"
authors:
  - "Ann"
  - "null"
published: "2024-01-02"
---
"##;
        assert_eq!(render(&article), expected);
    }

    proptest! {
        #[test]
        fn a_yaml_reader_gets_every_value_as_it_was(title in any::<String>(), author in "[\\PC\u{0}-\u{a0}\u{2028}\u{feff}]*") {
            let article = Article { title: Some(title), authors: vec![author], ..Article::default() };
            let yaml = render(&article);
            let documents = Yaml::load_from_str(yaml.trim_end_matches("---\n")).unwrap();
            prop_assert_eq!(documents.len(), 1);
            let expected = |value: &str| Some(line(value));
            let text = |value: &Yaml| value.as_str().map(str::to_owned);
            let title = documents[0].as_mapping_get("title").and_then(text);
            prop_assert_eq!(title, expected(article.title.as_deref().unwrap()));
            let authors = documents[0].as_mapping_get("authors").and_then(|value| value.as_sequence()).unwrap();
            prop_assert_eq!(text(&authors[0]), expected(&article.authors[0]));
        }
    }
}
