//! An explanation for a terminal: a line a block.

use super::evidence::why;
use super::{Cause, count, cuts, kind, notes};
use crate::article::Article;
use crate::clean::decide::Verdict;
use crate::clean::explain::Judged;
use crate::write::counted;
use crate::write::style::{BOLD, CYAN, FAINT, GREEN, PLAIN, RED, painted};
use crate::write::tidy::line;

/// Characters of a block that are shown.
const START: usize = 72;
/// Most characters of the column of reasons; a longer reason pushes the text of its block to the right.
const REASON: usize = 76;

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
    let reasons: Vec<String> = blocks.iter().map(|judged| line(&why(judged))).collect();
    let width = reasons.iter().map(|reason| reason.chars().count()).max().unwrap_or(0).min(REASON);
    for (judged, reason) in blocks.iter().zip(reasons) {
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
            painted(FAINT, &format!("{reason:<width$}"), colour),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::article::Block;
    use crate::clean::decide::Reason;

    #[test]
    fn a_line_a_block_says_what_became_of_it() {
        let judged = |text: &str, verdict, reason| Judged {
            block: Block { text: text.to_owned(), ..Block::default() },
            verdict,
            probability: 0.25,
            reason,
            evidence: Vec::new(),
        };
        let blocks = [
            judged("Sign up\u{1b}[2J\nnow", Verdict::Cut, Reason::Rule("prompt-alone".to_owned())),
            judged(&"word ".repeat(40), Verdict::Story, Reason::Rule("short".to_owned())),
            judged("Title", Verdict::Cut, Reason::RepeatsTitle),
        ];
        let article = Article { title: Some("A \u{9b}title".to_owned()), ..Article::default() };
        let plain = render(&article, &blocks, false);
        insta::assert_snapshot!(plain, @r"
        A title
        empty page, 0 % sure; 3 blocks: 1 story, 0 captions, 2 cut (1 by rule, 1 as said elsewhere or empty heading)

        - 0.25 rule prompt-alone Sign up[2J now
        + 0.25 rule short        word word word word word word word word word word word word word word wo…
        - 0.25 repeats the title Title
        ");
        let coloured = render(&article, &blocks, true);
        assert!(coloured.contains("\u{1b}[31m-\u{1b}[0m 0.25"), "{coloured}");
    }
}
