//! Tables: data or layout, and the cells of those that hold data.

use ego_tree::NodeRef;
use scraper::{Node, node::Element};

use super::elements::{self, Flow};
use super::run::{Run, Span};

/// Most words that a cell of data holds on average; longer cells are the columns of a layout.
const MAX_MEAN_WORDS: usize = 25;
/// Deeper elements than this inside a cell are not read.
const MAX_CELL_DEPTH: usize = 200;

/// The cells of a table, row by row.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    pub(crate) cells: Vec<Vec<String>>,
    pub(crate) characters: usize,
    pub(crate) linked: usize,
    pub(crate) anchors: usize,
}

/// The cells of a table that holds data; `None` for a layout: no two columns, a table inside, long cells.
pub(crate) fn data_rows(table: NodeRef<'_, Node>) -> Option<Rows> {
    if table.value().as_element()?.attr("role").is_some_and(|role| matches!(role, "presentation" | "none")) {
        return None;
    }
    let mut rows = Rows::default();
    for row in rows_of(table) {
        let mut cells = Vec::new();
        for cell in row.children().filter(|cell| is_named(cell, &["td", "th"])) {
            let mut run = Run::default();
            read_cell(cell, &mut run, 0)?;
            let run = run.finish();
            rows.characters += run.characters;
            rows.linked += run.linked;
            rows.anchors += run.anchors;
            cells.push(run.text);
        }
        if cells.iter().any(|cell| !cell.is_empty()) {
            rows.cells.push(cells);
        }
    }
    let columns = rows.cells.iter().map(Vec::len).max().unwrap_or(0);
    let filled = rows.cells.iter().flatten().filter(|cell| !cell.is_empty());
    let (count, words) =
        filled.fold((0, 0), |(count, words), cell| (count + 1, words + cell.split_whitespace().count()));
    (rows.cells.len() >= 2 && columns >= 2 && count >= 3 && words <= MAX_MEAN_WORDS * count).then_some(rows)
}

/// The table as text: a line a row, cells set apart by ` | `.
pub(crate) fn text(cells: &[Vec<String>]) -> String {
    let rows: Vec<String> = cells
        .iter()
        .map(|row| {
            row.iter().filter(|cell| !cell.is_empty()).map(String::as_str).collect::<Vec<_>>().join(" | ")
        })
        .collect();
    rows.join("\n")
}

fn rows_of<'a>(table: NodeRef<'a, Node>) -> impl Iterator<Item = NodeRef<'a, Node>> {
    table.children().flat_map(|child| {
        let sections = is_named(&child, &["thead", "tbody", "tfoot"]);
        let rows: Vec<_> = if sections { child.children().collect() } else { vec![child] };
        rows.into_iter().filter(|row| is_named(row, &["tr"]))
    })
}

fn is_named(node: &NodeRef<'_, Node>, names: &[&str]) -> bool {
    node.value().as_element().is_some_and(|element| names.contains(&element.name()))
}

/// Reads the text of a cell on one line; `None` when it holds another table, a heading or a list, as layouts do.
fn read_cell(node: NodeRef<'_, Node>, run: &mut Run<'_>, depth: usize) -> Option<()> {
    if depth > MAX_CELL_DEPTH {
        return None;
    }
    for child in node.children() {
        match child.value() {
            Node::Text(text) => run.push(text),
            Node::Element(element) => read_element(child, element, run, depth)?,
            _ => {}
        }
    }
    Some(())
}

fn read_element(node: NodeRef<'_, Node>, element: &Element, run: &mut Run<'_>, depth: usize) -> Option<()> {
    let name = element.name();
    if matches!(name, "table" | "form" | "article" | "blockquote" | "figure")
        || elements::heading_level(name).is_some()
    {
        return None;
    }
    match elements::flow(&element.name.local) {
        Flow::Absent => {}
        Flow::Break => run.push(" "),
        Flow::Block => {
            run.push(" ");
            read_cell(node, run, depth + 1)?;
            run.push(" ");
        }
        Flow::Inline => {
            let is_link = name == "a";
            if is_link {
                // A table keeps no links, only how much of it is linked.
                run.open(Span::Link(""));
            }
            read_cell(node, run, depth + 1)?;
            if is_link {
                run.close();
            }
        }
    }
    Some(())
}
