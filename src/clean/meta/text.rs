//! Text of metadata: white space squeezed, leftover markup and entities undone.

use scraper::{Html, Node};

/// Bytes of the longest value whose markup is undone: whole stories are shorter, and hostile markup is dear to parse.
const MARKUP_LIMIT: usize = 256 << 10;

/// Words joined by single spaces, lines by single line breaks, empty lines dropped.
pub(super) fn squeeze(text: &str) -> String {
    let mut out = String::with_capacity(text.len().min(512));
    for line in text.lines() {
        let mut words = line.split_whitespace().peekable();
        if words.peek().is_some() && !out.is_empty() {
            out.push('\n');
        }
        let mut first = true;
        for word in words {
            if !first {
                out.push(' ');
            }
            out.push_str(word);
            first = false;
        }
    }
    out
}

/// Like [`squeeze`], on one line.
pub(super) fn one_line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

/// Plain text of a value that may hold entities, escaped once or twice, or tags.
pub(super) fn plain(text: &str) -> String {
    let mut text = text.to_owned();
    for _ in 0..2 {
        if text.len() > MARKUP_LIMIT || !has_markup(&text) {
            break;
        }
        text = strip(&text);
    }
    squeeze(&text)
}

/// Lower-case letters and digits only, words joined by single spaces: for comparing names and titles.
pub(super) fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_alphanumeric() {
            out.extend(c.to_lowercase());
        } else if !out.is_empty() && !out.ends_with(' ') && c != '\'' && c != '’' {
            out.push(' ');
        }
    }
    out.truncate(out.trim_end().len());
    out
}

fn has_markup(text: &str) -> bool {
    text.contains("</")
        || text.contains("/>")
        || text.contains("<p")
        || text.contains("<br")
        || text.split('&').skip(1).any(|rest| {
            let name = rest.split(';').next().unwrap_or_default();
            name.len() < rest.len()
                && (2..=8).contains(&name.len())
                && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '#')
        })
}

fn strip(text: &str) -> String {
    let fragment = Html::parse_fragment(text);
    let mut out = String::with_capacity(text.len());
    for node in fragment.tree.nodes() {
        match node.value() {
            Node::Text(piece) => out.push_str(piece),
            Node::Element(element)
                if matches!(
                    element.name(),
                    "p" | "br" | "div" | "li" | "h1" | "h2" | "h3" | "h4" | "blockquote" | "tr"
                ) =>
            {
                out.push('\n')
            }
            _ => {}
        }
    }
    out
}
