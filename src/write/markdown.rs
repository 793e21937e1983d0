//! The article as CommonMark with the tables of GitHub Flavored Markdown.

mod escape;
mod inline;

use super::pictures::{Shown, shown};
use super::tidy::{Breaks, verbatim};
use super::{depth, has_cells, heading_level, visible_blocks};
use crate::article::{Article, Block, BlockKind};

/// `# Title`, a blank line, and the blocks with a blank line between; empty without either. Pictures that lie beside the
/// article are shown, the first one under the title and the others at the end.
///
/// Read by any CommonMark reader, the text is the text of the blocks with its white space tidied: what would be
/// read as markup is escaped, and nothing else is.
pub fn render(article: &Article) -> String {
    let mut parts = Vec::new();
    if let Some(title) = &article.title {
        parts.push(heading(1, inline::plain(title)));
    }
    let mut pictures = shown(article).into_iter().flat_map(picture);
    parts.extend(pictures.by_ref().take(2));
    let blocks = visible_blocks(article);
    let is_one =
        |a: &&Block, b: &&Block| a.kind == b.kind && matches!(a.kind, BlockKind::ListItem | BlockKind::Quote);
    for group in blocks.chunk_by(is_one) {
        parts.push(match group[0].kind {
            BlockKind::ListItem => list(group),
            BlockKind::Quote => quote(group),
            BlockKind::Heading => heading(heading_level(group[0]), inline::inline(group[0], Breaks::Join)),
            BlockKind::Code => code(&group[0].text),
            BlockKind::Table if has_cells(group[0]) => table(&group[0].rows),
            BlockKind::Table | BlockKind::Paragraph | BlockKind::Caption => {
                inline::inline(group[0], Breaks::Keep)
            }
        });
    }
    parts.extend(pictures);
    parts.retain(|part| !part.is_empty());
    if parts.is_empty() { String::new() } else { parts.join("\n\n") + "\n" }
}

/// A picture, and the words under it.
fn picture(Shown { file, alt, caption }: Shown) -> [String; 2] {
    [format!("![{}]({file})", inline::plain(&alt)), inline::plain(&caption)]
}

/// A heading; empty without text.
fn heading(level: u8, mut text: String) -> String {
    if text.is_empty() {
        return text;
    }
    // A run of `#` at the end would be read as a fence that closes the heading.
    let before = text.trim_end_matches('#').len();
    if before < text.len() && (before == 0 || text[..before].ends_with(' ')) {
        text.insert(before, '\\');
    }
    format!("{} {text}", "#".repeat(level.into()))
}

/// Items as one tight list, nested by the width of the markers above.
fn list(items: &[&Block]) -> String {
    let mut list = String::new();
    let mut above: Vec<(u8, usize)> = Vec::new();
    for item in items {
        let depth = depth(item);
        let depth_before = above.len();
        while above.pop_if(|(upper, _)| *upper >= depth).is_some() {}
        let indent = above.last().map_or(0, |&(_, indent)| indent);
        // A number of more than nine digits starts no item.
        let marker = item.number.map_or("- ".to_owned(), |number| format!("{}. ", number.min(999_999_999)));
        if !list.is_empty() {
            list.push('\n');
        }
        // Right under the text of another item, only a bullet or a 1 starts a list.
        if !above.is_empty() && above.len() == depth_before && item.number.is_some_and(|number| number != 1) {
            list.push('\n');
        }
        let text = inline::inline(item, Breaks::Keep);
        let inner = indent + marker.len();
        list.push_str(&" ".repeat(indent));
        list.push_str(&marker);
        list.push_str(&text.replace('\n', &format!("\n{}", " ".repeat(inner))));
        above.push((depth, inner));
    }
    list
}

/// Paragraphs as one quotation.
fn quote(paragraphs: &[&Block]) -> String {
    let paragraphs =
        paragraphs.iter().map(|paragraph| inline::inline(paragraph, Breaks::Keep).replace('\n', "\n> "));
    format!("> {}", paragraphs.collect::<Vec<_>>().join("\n>\n> "))
}

/// Code between fences longer than any run of backticks in it.
fn code(text: &str) -> String {
    let text = verbatim(text);
    let fence = "`".repeat(3.max(inline::longest_run_of_backticks(&text) + 1));
    format!("{fence}\n{text}\n{fence}")
}

/// A table whose first row is the header, as wide as the widest row.
///
/// Readers fill the other rows up themselves, and must: many rows under a wide one would blow the table up.
fn table(rows: &[Vec<String>]) -> String {
    let rows: Vec<&Vec<String>> = rows.iter().filter(|row| !row.is_empty()).collect();
    let width = rows.iter().map(|row| row.len()).max().unwrap_or(0);
    let mut lines: Vec<String> =
        rows.iter().map(|row| table_row(row.iter().map(|cell| table_cell(cell)))).collect();
    let missing = width - rows.first().map_or(0, |row| row.len());
    if let Some(header) = lines.first_mut() {
        header.push_str(&"  |".repeat(missing));
        lines.insert(1, table_row(std::iter::repeat_n("---", width)));
    }
    lines.join("\n")
}

/// A row of a table.
fn table_row(cells: impl Iterator<Item: AsRef<str>>) -> String {
    let mut row = "|".to_owned();
    for cell in cells {
        row.push(' ');
        row.push_str(cell.as_ref());
        row.push_str(" |");
    }
    row
}

/// The text of a cell, in which a `|` would end it.
fn table_cell(text: &str) -> String {
    let mut cell = String::with_capacity(text.len());
    for c in inline::plain(text).chars() {
        match c {
            // Readers disagree on an escaped backslash before `\|`, but not on an entity.
            '|' if cell.ends_with(r"\\") => cell.push_str("&#124;"),
            '|' if !cell.ends_with('\\') => cell.push_str(r"\|"),
            _ => cell.push(c),
        }
    }
    cell
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::tidy::{line, tidy};
    use super::*;
    use proptest::prelude::*;
    use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

    fn block(kind: BlockKind, text: &str) -> Block {
        Block { kind, text: text.to_owned(), ..Block::default() }
    }

    fn item(level: u8, number: Option<u32>, text: &str) -> Block {
        Block { level: Some(level), number, ..block(BlockKind::ListItem, text) }
    }

    fn markdown(title: Option<&str>, blocks: Vec<Block>) -> String {
        render(&Article { title: title.map(str::to_owned), blocks, ..Article::default() })
    }

    fn paragraph(text: &str) -> String {
        markdown(None, vec![block(BlockKind::Paragraph, text)])
    }

    /// What a reader of CommonMark sees: for each run of text what holds it, and the text.
    fn read(markdown: &str) -> Vec<(String, String)> {
        let (mut seen, mut holders, mut text) = (Vec::new(), Vec::new(), String::new());
        let mut flush = |holders: &[String], text: &mut String| {
            let text = std::mem::take(text);
            if !text.is_empty() {
                seen.push((holders.join(" "), text));
            }
        };
        for event in Parser::new_ext(markdown, Options::ENABLE_TABLES) {
            match event {
                Event::Start(Tag::Paragraph | Tag::TableHead | Tag::TableRow | Tag::HtmlBlock) => {}
                Event::End(TagEnd::Paragraph) => flush(&holders, &mut text),
                Event::End(TagEnd::TableHead | TagEnd::TableRow | TagEnd::HtmlBlock) => {}
                Event::Start(tag) => {
                    flush(&holders, &mut text);
                    holders.push(match tag {
                        Tag::Heading { level, .. } => level.to_string(),
                        Tag::List(start) => start.map_or("ul".to_owned(), |start| format!("ol{start}")),
                        tag => format!("{:?}", tag.to_end()),
                    });
                }
                Event::End(_) => {
                    flush(&holders, &mut text);
                    holders.pop();
                }
                Event::Text(part) => text.push_str(&part),
                Event::HardBreak => text.push('\n'),
                other => text.push_str(&format!("[{other:?}]")),
            }
        }
        seen
    }

    #[track_caller]
    fn check_read(text: &str) {
        let seen = |holder: &str, text: String| {
            if text.is_empty() { vec![] } else { vec![(holder.to_owned(), text)] }
        };
        let (mut lines, mut joined) = (tidy(text, Breaks::Keep).text, line(text));
        if joined.trim().is_empty() {
            (lines, joined) = Default::default();
        }
        let code = verbatim(text).into_owned() + "\n";
        let code = if lines.is_empty() { String::new() } else { code };
        let table = Block { rows: vec![vec![text.to_owned(); 2]; 2], ..block(BlockKind::Table, text) };
        let cell = |part| seen(&format!("Table {part}TableCell"), joined.clone());
        let cases = [
            (block(BlockKind::Paragraph, text), seen("", lines.clone())),
            (block(BlockKind::Heading, text), seen("h2", joined.clone())),
            (item(1, None, text), seen("ul Item", lines.clone())),
            (item(1, Some(12), text), seen("ol12 Item", lines.clone())),
            (block(BlockKind::Quote, text), seen("BlockQuote(None)", lines)),
            (block(BlockKind::Code, text), seen("CodeBlock", code)),
            (table, [cell(""), cell(""), cell(""), cell("")].concat()),
        ];
        for (block, expected) in cases {
            let markdown = markdown(None, vec![block]);
            assert_eq!(read(&markdown), expected, "{markdown}");
        }
    }

    #[test]
    fn an_ordinary_sentence_comes_out_unchanged() {
        for text in [
            "It’s an alliance, “loved” (by 5-10%)",
            "5 * 3 = 15, snake_case, 2 < 3 > 1, AT&T, R&D, a\\b, #MeToo, -5 °C, 3.14 and C:\\dir [sic] said.",
            "Schüler*innen",
            "See https://a.example/a_b?c=d&e=f, user_name@a.example – 100 % ~5 + 3 | 4",
            "2024 was - as they say - good! 1.5 million. 24.12.2023",
            "»Ja«, sagte er. <3",
        ] {
            assert_eq!(paragraph(text), format!("{text}\n"));
        }
    }

    #[test]
    fn what_would_be_markup_is_escaped() {
        for (text, expected) in [
            ("<b>x</b>", r"\<b>x\</b>"),
            ("*x* and __y__", r"\*x\* and \_\_y\_\_"),
            ("[x](y)", r"\[x](y)"),
            ("1. Januar", r"1\. Januar"),
            ("- x", r"\- x"),
            ("# x", r"\# x"),
            ("> x", r"\> x"),
            ("&amp; &#0;", r"\&amp; \&#0;"),
            ("a `b` c", r"a \`b\` c"),
            ("x\n===", "x\\\n\\==="),
            (r"\* \", r"\\* \\"),
        ] {
            assert_eq!(paragraph(text), format!("{expected}\n"));
        }
    }

    #[test]
    fn text_behind_the_marks_of_a_heading_or_a_cell_can_start_no_block() {
        for text in ["1. Arden Halt", "- x", "+ x", "> x", "# x", "=", "---"] {
            assert_eq!(markdown(None, vec![block(BlockKind::Heading, text)]), format!("## {text}\n"));
            let rows = vec![vec![text.to_owned()]];
            let table = markdown(None, vec![Block { rows, ..block(BlockKind::Table, text) }]);
            assert_eq!(table, format!("| {text} |\n| --- |\n"));
        }
    }

    #[test]
    fn nasty_text_is_read_as_it_was() {
        for text in [
            "<script>alert(1)</script>",
            "<!-- x -->",
            "<?x?>",
            "<3@a.example>",
            "<https://a.example>",
            "&copy;&#x3c;",
            "![x](y)",
            "[x]: y",
            "[x][y]",
            "[^1]",
            "[ ] todo",
            "a]b[c",
            "**a*b**",
            "_a_b_",
            "a ** b",
            "***",
            "* * *",
            "---",
            "- - -",
            "___",
            "a\n---",
            "a\n- b",
            "a | b\n--- | ---",
            "a\n| - |",
            "a\n:-",
            "+ x",
            "1) x",
            "123456789. x",
            "```\nx\n```",
            "~~~\nx",
            "~~x~~",
            "    x",
            "\tx",
            "x  \ny",
            "x\\\ny",
            "\\",
            "`",
            "``` `",
            "C #",
            "#",
            "####### x",
            "\\|",
            "a\\|b|c\\\\|",
            "|",
            "|a|",
            "=",
            "a\n=",
            "x #\\#",
            "\u{feff}a\u{0}b\u{1b}[0m\u{202e}c",
            "!",
            "a\n\n\n# b",
            "\u{a0}x\u{a0}",
            "-",
            "1.",
            "<\n>",
            "\n",
            "",
            "&\\amp;",
            "$x$",
            "a\u{2028}- b",
            "1\\. x",
            "\u{2000}",
            "* x",
            "_ x",
        ] {
            check_read(text);
        }
    }

    #[test]
    fn lists_are_tight_and_nest_under_their_markers() {
        let blocks = vec![
            item(1, None, "a\nb"),
            item(2, Some(1), "c"),
            item(3, None, "d"),
            item(2, Some(2), "e"),
            item(1, None, "f"),
            block(BlockKind::Paragraph, "g"),
        ];
        let markdown = markdown(None, blocks);
        assert_eq!(markdown, "- a\\\n  b\n  1. c\n     - d\n  2. e\n- f\n\ng\n");
        let seen = read(&markdown);
        assert_eq!(seen[2], ("ul Item ol1 Item ul Item".to_owned(), "d".to_owned()));
        assert_eq!(seen[5], (String::new(), "g".to_owned()));
    }

    #[test]
    fn a_list_stays_a_list_wherever_it_begins() {
        let blocks =
            vec![item(9, None, "a"), item(1, Some(3), "b"), item(2, Some(7), "c"), item(4, None, "d")];
        let holders: Vec<String> =
            read(&markdown(None, blocks)).into_iter().map(|(holder, _)| holder).collect();
        assert_eq!(holders, ["ul Item", "ol3 Item", "ol3 Item ol7 Item", "ol3 Item ol7 Item ul Item"]);
        let long = markdown(None, vec![item(1, Some(u32::MAX), "a")]);
        assert_eq!(read(&long)[0].0, "ol999999999 Item");
    }

    #[test]
    fn quotes_join_and_headings_stay_below_the_title() {
        let blocks = vec![
            block(BlockKind::Quote, "a\nb"),
            block(BlockKind::Quote, "c"),
            Block { level: Some(1), ..block(BlockKind::Heading, "d #") },
            Block { level: Some(3), ..block(BlockKind::Heading, "e") },
        ];
        assert_eq!(markdown(Some("T"), blocks), "# T\n\n> a\\\n> b\n>\n> c\n\n## d \\#\n\n### e\n");
    }

    #[test]
    fn a_table_is_as_wide_as_its_widest_row() {
        let rows = vec![vec!["a|b".to_owned()], vec!["c\nd".to_owned(), "e".to_owned()], vec![]];
        let markdown = markdown(None, vec![Block { rows, ..block(BlockKind::Table, "a") }]);
        assert_eq!(markdown, "| a\\|b |  |\n| --- | --- |\n| c d | e |\n");
        let texts: Vec<String> = read(&markdown).into_iter().map(|(_, text)| text).collect();
        assert_eq!(texts, ["a|b", "c d", "e"]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(500))]

        #[test]
        fn any_text_is_read_as_it_was(text in any::<String>()) {
            check_read(&text);
        }

        #[test]
        fn any_text_of_markup_is_read_as_it_was(text in "[-ab1.)(\\[\\]<>&;#*_`~|\\\\+=!: \\n@/^\"']{0,24}") {
            check_read(&text);
        }
    }
}
