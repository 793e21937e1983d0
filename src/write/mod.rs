//! Writing: a pure renderer for each format, and sinks that leave a file whole or leave it alone.
//!
//! Renderers show the title and the blocks of the body. Whatever the page held, what they write is inert: no
//! control characters, no overrides of direction, no markup of the page's own, and links to http, https and
//! mailto only.

pub mod csv;
pub mod explain;
pub mod files;
pub mod front_matter;
pub mod html;
pub mod inert;
pub mod json;
pub mod lines;
pub mod lock;
pub mod markdown;
pub mod names;
pub mod outputs;
pub mod parquet;
mod pictures;
pub mod report;
mod spans;
pub mod sqlite;
pub(crate) mod style;
pub mod tei;
pub mod template;
pub mod text;
mod tidy;
pub mod warc;
pub mod written;

use crate::article::{Article, Block};
use crate::config::Format;

/// The article in `format`; a line with its line break for [`Format::Jsonl`] and [`Format::Csv`], no front matter for
/// [`Format::Markdown`].
pub fn render(article: &Article, format: Format) -> String {
    match format {
        Format::Text => text::render(article),
        Format::Markdown => markdown::render(article),
        Format::Html => html::render(article),
        Format::Tei => tei::render(article),
        Format::Json => json::render(article),
        Format::Jsonl => json::line(article),
        Format::Csv => csv::line(article),
    }
}

/// The article in `format` as the contents of a file of its own: Markdown has its front matter.
pub fn document(article: &Article, format: Format) -> String {
    match format {
        Format::Markdown => format!("{}\n{}", front_matter::render(article), markdown::render(article)),
        Format::Text | Format::Html | Format::Tei | Format::Json | Format::Jsonl | Format::Csv => {
            render(article, format)
        }
    }
}

/// A rendered article as the next part of a stream of them; the first one may have a header above it.
pub fn appended(rendered: &str, format: Format, is_first: bool) -> String {
    match format {
        Format::Csv if is_first => format!("{}{rendered}", csv::LINES.header),
        Format::Text | Format::Markdown | Format::Html | Format::Tei if !is_first => format!("\n{rendered}"),
        Format::Text
        | Format::Markdown
        | Format::Html
        | Format::Tei
        | Format::Json
        | Format::Jsonl
        | Format::Csv => rendered.to_owned(),
    }
}

/// The extension of files in `format`, without a dot.
pub fn extension(format: Format) -> &'static str {
    match format {
        Format::Text => "txt",
        Format::Markdown => "md",
        Format::Html => "html",
        // Beside a feed or a sitemap an `.xml` would say little.
        Format::Tei => "tei.xml",
        Format::Json => "json",
        Format::Jsonl => "jsonl",
        Format::Csv => "csv",
    }
}

/// Items nested more deeply than this are shown at this depth, so that indentation cannot blow a page up.
const MAX_LIST_DEPTH: u8 = 8;

/// The blocks of the body in which there is something to see.
fn visible_blocks(article: &Article) -> Vec<&Block> {
    let is_visible = |text: &str| text.contains(|c: char| !c.is_whitespace() && !inert::is_unwanted(c));
    article
        .body_blocks()
        .filter(|block| is_visible(&block.text) || block.rows.iter().flatten().any(|cell| is_visible(cell)))
        .collect()
}

/// The depth of a list item, from 1.
fn depth(item: &Block) -> u8 {
    item.level.unwrap_or(1).clamp(1, MAX_LIST_DEPTH)
}

/// The level of a sub-heading: 1 is the title's.
fn heading_level(heading: &Block) -> u8 {
    heading.level.unwrap_or(2).clamp(2, 6)
}

/// Whether a table comes with its cells.
fn has_cells(table: &Block) -> bool {
    table.rows.iter().any(|row| !row.is_empty())
}

/// A number with its noun.
pub(crate) fn counted(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}
