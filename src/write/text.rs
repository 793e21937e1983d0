//! The article as plain text.

use super::tidy::{Breaks, line, tidy, verbatim};
use super::visible_blocks;
use crate::article::{Article, BlockKind};

/// The title, a blank line, and the blocks with a blank line between; empty without either.
pub fn render(article: &Article) -> String {
    let title = article.title.as_deref().map(line);
    let blocks = visible_blocks(article).into_iter().map(|block| match block.kind {
        BlockKind::Code | BlockKind::Table => verbatim(&block.text).into_owned(),
        BlockKind::Paragraph
        | BlockKind::Heading
        | BlockKind::ListItem
        | BlockKind::Quote
        | BlockKind::Caption => tidy(&block.line(), Breaks::Keep).text,
    });
    let parts: Vec<String> = title.into_iter().chain(blocks).filter(|part| !part.is_empty()).collect();
    if parts.is_empty() { String::new() } else { parts.join("\n\n") + "\n" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::article::Block;

    #[test]
    fn title_and_blocks_are_parted_by_blank_lines() {
        let block = |kind, text: &str| Block { kind, text: text.to_owned(), ..Block::default() };
        let article = Article {
            title: Some("A \u{1b}[1mtitle\n".to_owned()),
            blocks: vec![
                block(BlockKind::Paragraph, "One.\nTwo. "),
                block(BlockKind::ListItem, " \u{202e}"),
                block(BlockKind::Code, "if x:\n\ty"),
            ],
            ..Article::default()
        };
        assert_eq!(render(&article), "A [1mtitle\n\nOne.\nTwo.\n\nif x:\n\ty\n");
        assert_eq!(render(&Article::default()), "");
    }
}
