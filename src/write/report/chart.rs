//! Charts in SVG. Places across are percentages, so that a chart is as wide as its place while its letters keep their size.

/// One column of a chart: what stands under it, what a pointer on it tells, and its parts, from the bottom up, each with the
/// class that colours it.
pub(super) struct Column {
    pub(super) label: String,
    pub(super) title: String,
    pub(super) parts: Vec<(&'static str, u64)>,
}

/// The height of the columns, in pixels.
const HEIGHT: f64 = 150.0;

/// The room above them.
const TOP: f64 = 14.0;

/// The room for labels below them.
const BOTTOM: f64 = 22.0;

/// Columns of stacked parts beside each other, called `name` for those who hear the page. Room is kept for at least `places`.
pub(super) fn columns(name: &str, columns: &[Column], places: usize) -> String {
    let sums = columns.iter().map(|column| column.parts.iter().map(|(_, count)| count).sum());
    let most = round_up(sums.max().unwrap_or(0));
    let step = 100.0 / columns.len().max(places).max(1) as f64;
    let total = TOP + HEIGHT + BOTTOM;
    let mut scale = String::new();
    let mut svg = format!(
        "<svg class=\"chart\" width=\"100%\" height=\"{total}\" role=\"img\" aria-label=\"{name}\">\n"
    );
    for part in [0, 1, 2] {
        let y = TOP + HEIGHT * (1.0 - part as f64 / 2.0);
        svg += &format!("<line class=\"grid\" x1=\"0\" x2=\"100%\" y1=\"{y}\" y2=\"{y}\"/>");
        scale += &format!("<text x=\"100%\" y=\"{}\">{}</text>", y + 4.0, most / 2 * part);
    }
    for (place, column) in columns.iter().enumerate() {
        let x = step * place as f64;
        svg += &format!("<g><title>{}</title>", column.title);
        let mut y = TOP + HEIGHT;
        for (class, count) in column.parts.iter().filter(|(_, count)| *count > 0) {
            // What is there is seen, however small.
            let height = (HEIGHT * *count as f64 / most as f64).max(1.5);
            y -= height;
            svg += &format!(
                "<rect class=\"{class}\" x=\"{:.2}%\" y=\"{y:.1}\" width=\"{:.2}%\" height=\"{height:.1}\"/>",
                x + step * 0.12,
                step * 0.76
            );
        }
        svg += "</g>";
        svg += &below(&column.label, x + step / 2.0, total - 6.0);
        svg += "\n";
    }
    format!(
        "<div class=\"plot\"><svg class=\"scale\" width=\"100%\" height=\"{total}\" aria-hidden=\"true\">{scale}</svg>\n{svg}</svg></div>\n"
    )
}

/// The label of a column, whose middle is at `x` percent. A long one at an edge leans inwards.
fn below(label: &str, x: f64, y: f64) -> String {
    let (class, x) = match label.len() {
        0 => return String::new(),
        7.. if x > 90.0 => ("below last", 100.0),
        7.. if x < 10.0 => ("below first", 0.0),
        _ => ("below", x),
    };
    format!("<text class=\"{class}\" x=\"{x:.2}%\" y=\"{y}\">{label}</text>")
}

/// A row of cells, the fuller the darker. Each has a number and what a pointer on it tells; `most` is the number of a full
/// one.
pub(super) fn cells(cells: &[(u64, String)], most: u64) -> String {
    let step = 100.0 / cells.len().max(1) as f64;
    let mut svg = "<svg class=\"cells\" width=\"100%\" height=\"18\">".to_owned();
    for (place, (count, title)) in cells.iter().enumerate() {
        let (x, width) = (step * place as f64, step * 0.86);
        if *count == 0 {
            svg +=
                &format!("<rect class=\"empty\" x=\"{x:.2}%\" y=\"1\" width=\"{width:.2}%\" height=\"16\"/>");
        } else {
            let full = 0.25 + 0.75 * *count as f64 / most.max(1) as f64;
            svg += &format!(
                "<rect class=\"written\" fill-opacity=\"{full:.2}\" x=\"{x:.2}%\" y=\"1\" width=\"{width:.2}%\" height=\"16\">\
                <title>{title}</title></rect>"
            );
        }
    }
    svg + "</svg>"
}

/// A bar, with a thin line that goes on to a larger value; both are shares of the width, from 0 to 1.
pub(super) fn bar(value: f64, longest: f64) -> String {
    let percent = |share: f64| 100.0 * share.clamp(0.0, 1.0);
    format!(
        "<svg class=\"bar\" width=\"100%\" height=\"14\"><line class=\"reach\" x1=\"0\" x2=\"{:.2}%\" y1=\"7\" y2=\"7\"/>\
        <rect x=\"0\" y=\"2\" width=\"{:.2}%\" height=\"10\"/></svg>",
        percent(longest),
        percent(value).max(0.5),
    )
}

/// The next number that is easily read: 2, 4, 10, 20, 40, 100 and so on, which all have a half.
fn round_up(value: u64) -> u64 {
    let mut unit: u64 = 1;
    loop {
        for factor in [2, 4, 10] {
            let round = unit.saturating_mul(factor);
            if round >= value {
                return round;
            }
        }
        unit = unit.saturating_mul(10);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_top_of_a_chart_is_a_round_number_above_all_values() {
        for (value, top) in
            [(0, 2), (2, 2), (3, 4), (5, 10), (11, 20), (399, 400), (401, 1000), (u64::MAX, u64::MAX)]
        {
            assert_eq!(round_up(value), top, "{value}");
        }
    }

    #[test]
    fn a_column_stacks_its_parts_and_shows_the_smallest() {
        let parts = vec![("written", 150), ("failed", 0), ("deferred", 1)];
        let column = Column { label: "now".to_owned(), title: "151 pages".to_owned(), parts };
        let svg = columns("Pages", &[column], 1);
        assert!(
            svg.contains(
                "<rect class=\"written\" x=\"12.00%\" y=\"51.5\" width=\"76.00%\" height=\"112.5\"/>"
            ),
            "{svg}"
        );
        assert!(svg.contains("height=\"1.5\"/></g>") && !svg.contains("failed"), "{svg}");
    }
}
