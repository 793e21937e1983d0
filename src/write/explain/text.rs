//! An explanation for a terminal: a line a block.

use super::evidence::why;
use super::{Cause, count, counted, cuts, kind, notes};
use crate::article::Article;
use crate::clean::decide::Verdict;
use crate::clean::explain::Judged;
use crate::write::style::{BOLD, CYAN, FAINT, GREEN, PLAIN, RED, painted};
use crate::write::tidy::line;

/// Characters of a block that are shown.
const START: usize = 72;
/// Width of the column of reasons; longer ones push the text of their block to the right.
const REASON: usize = 64;

/// Title, URL and counts, then a line for each block: `+` for the story, `~` for a caption, `-` for what was cut; the
/// probability that it belongs to the story; why; the start of its text. Colours only when `colour` asks for them.
pub fn render(article: &Article, blocks: &[Judged], colour: bool) -> String {
    let mut text = String::new();
    let head = [(BOLD, article.title.as_ref()), (FAINT, article.url.as_ref())];
    for (style, said) in head.into_iter().filter_map(|(style, said)| Some((style, line(said?)))) {
        text += &format!("{}\n", painted(style, &said, colour));
    }
    text += &format!("{}; {}\n", kind(article), tally(blocks));
    for note in notes(article) {
        text += &format!("note: {}\n", line(note));
    }
    text.push('\n');
    for judged in blocks {
        let (mark, style, own) = match judged.verdict {
            Verdict::Story => ("+", GREEN, PLAIN),
            Verdict::Caption => ("~", CYAN, PLAIN),
            Verdict::Cut => ("-", RED, FAINT),
        };
        let start = shortened(&line(&judged.block.text), START);
        text += &format!(
            "{} {:.2} {} {}\n",
            painted(style, mark, colour),
            judged.probability,
            painted(FAINT, &format!("{:<REASON$}", why(judged)), colour),
            painted(own, &start, colour),
        );
    }
    text
}

/// How many blocks there are and what became of them.
fn tally(blocks: &[Judged]) -> String {
    let cut = count(blocks, Verdict::Cut);
    let causes: Vec<String> = Cause::ALL
        .into_iter()
        .map(|cause| (cuts(blocks, cause), cause.words()))
        .filter(|(number, _)| *number > 0)
        .map(|(number, words)| format!("{number} {words}"))
        .collect();
    let causes = if causes.is_empty() { String::new() } else { format!(" ({})", causes.join(", ")) };
    format!(
        "{}: {} story, {}, {cut} cut{causes}",
        counted(blocks.len(), "block", "blocks"),
        count(blocks, Verdict::Story),
        counted(count(blocks, Verdict::Caption), "caption", "captions"),
    )
}

/// The first `most` characters of `text`.
pub(crate) fn shortened(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
        None => text.to_owned(),
    }
}
