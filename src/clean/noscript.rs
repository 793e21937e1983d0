//! `<noscript>`: how much a page says to readers without scripts.

use html5ever::local_name;
use scraper::Html;

use super::words;

/// Words in the `noscript` elements of a page that was parsed with scripting on, where they hold text.
pub(crate) fn words(page: &Html) -> usize {
    let elements = page.tree.nodes().filter(|node| {
        node.value().as_element().is_some_and(|element| element.name.local == local_name!("noscript"))
    });
    let texts = elements.flat_map(|node| node.children()).filter_map(|child| child.value().as_text());
    texts.map(|text| words_outside_tags(text)).sum()
}

/// Words of markup outside its tags. A tag is taken to end at the next `>`: more words than are shown may be counted,
/// but hardly ever fewer.
fn words_outside_tags(markup: &str) -> usize {
    let mut pieces = markup.split('<');
    let before = pieces.next().map_or(0, words::count);
    let after = pieces.map(|piece| {
        let is_tag = piece.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!'));
        let text = if is_tag { piece.split_once('>').map_or("", |(_, text)| text) } else { piece };
        words::count(text)
    });
    before + after.sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_in_noscript_are_counted_without_its_tags() {
        for (page, expected) in [
            ("<p>one two", 0),
            ("<noscript><img src='a b.png' alt='c d'></noscript>x", 0),
            ("<noscript><p>one <b>two</b></p> 3 < 4 words</noscript><p>x<noscript>five</noscript>", 6),
        ] {
            assert_eq!(words(&Html::parse_document(page)), expected, "{page}");
        }
    }
}
