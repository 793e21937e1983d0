//! What changed between the article that is expected of a page and the one that came, line by line, and what caused it.

use std::collections::HashMap;

use similar::{ChangeTag, InlineChange, TextDiff};

use crate::article::{Article, Block};
use crate::clean::decide::Verdict;
use crate::clean::explain::Judged;
use crate::config::Format;
use crate::write;
use crate::write::explain::evidence::why;
use crate::write::explain::text::shortened;
use crate::write::inert::inert;
use crate::write::style::{BOLD, FAINT, GREEN, RED, REVERSED, painted};

/// Lines of context around a difference; every second line of Markdown is blank.
const CONTEXT: usize = 2;
/// Characters of a line of context that are shown.
const CONTEXT_START: usize = 72;

/// The lines that differ, `-` for what was expected and `+` for what came, with the rule or the features behind each
/// line that is missing or new. In colour, the words that changed within a line stand out.
pub(super) fn difference(expected: &str, made: &str, blocks: &[Judged], colour: bool) -> String {
    let diff = TextDiff::from_lines(expected, made);
    let causes = Causes::new(blocks);
    let groups = diff.grouped_ops(CONTEXT);
    let changes = |group: &[similar::DiffOp]| -> Vec<_> {
        group.iter().flat_map(|operation| diff.iter_inline_changes(operation)).collect()
    };
    let is_change = |change: &InlineChange<'_, str>| change.tag() != ChangeTag::Equal;
    let mut text = String::new();
    for group in &groups {
        let lines = changes(group);
        // Blank lines come and go with the paragraphs; alone they are what changed.
        let is_all_blank = lines.iter().filter(|line| is_change(line)).all(is_blank);
        for line in lines.iter().filter(|line| !is_blank(line) || is_all_blank && is_change(line)) {
            text += &shown(line, colour);
            if let Some(cause) = causes.of(line) {
                text += &format!("      {}\n", painted(FAINT, &format!("↳ {cause}"), colour));
            }
        }
        text += "  ...\n";
    }
    text
}

fn is_blank(line: &InlineChange<'_, str>) -> bool {
    line.values().iter().all(|(_, part)| part.trim().is_empty())
}

fn whole(line: &InlineChange<'_, str>) -> String {
    line.values().iter().map(|(_, part)| *part).collect()
}

fn shown(line: &InlineChange<'_, str>, colour: bool) -> String {
    let (sign, style) = match line.tag() {
        ChangeTag::Equal => {
            let start = shortened(&inert(whole(line).trim_end()), CONTEXT_START);
            return format!("    {}\n", painted(FAINT, &start, colour));
        }
        ChangeTag::Delete => ('-', RED),
        ChangeTag::Insert => ('+', GREEN),
    };
    let mut text = format!("  {}", painted(style, &format!("{sign} "), colour));
    for (is_changed, part) in line.values() {
        let part = inert(part.trim_end_matches(['\n', '\r']));
        // A line that is missing or new as a whole needs no words that stand out.
        let stands_out = *is_changed && is_changed_inside(line);
        text += &painted(
            &if stands_out { format!("{style}{BOLD}{REVERSED}") } else { style.to_owned() },
            &part,
            colour,
        );
    }
    text + "\n"
}

/// Whether some of the words of a line changed and others stayed.
fn is_changed_inside(line: &InlineChange<'_, str>) -> bool {
    let words = || line.values().iter().filter(|(_, part)| !part.trim().is_empty());
    words().any(|(is_changed, _)| *is_changed) && words().any(|(is_changed, _)| !is_changed)
}

/// What became of the blocks of a page, by the lines of Markdown that they make.
struct Causes {
    kept: HashMap<String, String>,
    cut: HashMap<String, String>,
}

impl Causes {
    fn new(blocks: &[Judged]) -> Self {
        let mut causes = Self { kept: HashMap::new(), cut: HashMap::new() };
        for judged in blocks {
            let (verb, side) = match judged.verdict {
                Verdict::Story => ("kept", &mut causes.kept),
                Verdict::Caption => ("a caption", &mut causes.cut),
                Verdict::Cut => ("cut", &mut causes.cut),
            };
            let cause = format!("{verb}, {:.0} %: {}", 100.0 * judged.probability, why(judged));
            let alone = Article {
                blocks: vec![Block { aside: false, ..judged.block.clone() }],
                ..Article::default()
            };
            for line in write::render(&alone, Format::Markdown).lines().filter(|line| !line.is_empty()) {
                side.entry(key(line)).or_insert_with(|| cause.clone());
            }
        }
        causes
    }

    /// Why a line is missing or new; nothing for a line that only changed, for context, and for the title.
    fn of(&self, line: &InlineChange<'_, str>) -> Option<String> {
        let text = whole(line);
        if is_blank(line) || is_changed_inside(line) || text.starts_with("# ") {
            return None;
        }
        match line.tag() {
            ChangeTag::Equal => None,
            ChangeTag::Insert => self.kept.get(&key(&text)).cloned(),
            ChangeTag::Delete => {
                let key = key(&text);
                let cut = self.cut.get(&key).cloned();
                cut.or_else(|| {
                    let is_moved = self.kept.contains_key(&key);
                    Some(
                        if is_moved { "kept in another place" } else { "no block of the page reads so" }
                            .to_owned(),
                    )
                })
            }
        }
    }
}

/// The letters and digits of a line without its marker, by which a line is known in whatever list it stands.
fn key(line: &str) -> String {
    let unmarked = line.trim_start_matches(|c: char| !c.is_alphabetic());
    let text = if unmarked.is_empty() { line } else { unmarked };
    text.chars().filter(|c| c.is_alphanumeric()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::article::BlockKind;
    use crate::clean::decide::Reason;

    fn judged(text: &str, verdict: Verdict, reason: Reason) -> Judged {
        let block = Block { kind: BlockKind::Paragraph, text: text.to_owned(), ..Block::default() };
        Judged { block, verdict, probability: 0.25, reason, evidence: Vec::new() }
    }

    #[test]
    fn a_missing_and_a_new_line_come_with_their_causes() {
        let blocks = [
            judged("The ferry came back.", Verdict::Cut, Reason::Rule("a-rule".to_owned())),
            judged("Sign up here!", Verdict::Story, Reason::Rule("other".to_owned())),
        ];
        let expected = "# Title\n\nThe ferry came back.\n\nIt stays.\n\nWritten by hand.\n";
        let made = "# Title\n\nIt stays.\n\nSign up here!\n";
        insta::assert_snapshot!(difference(expected, made, &blocks, false), @r"
            # Title
          - The ferry came back.
              ↳ cut, 25 %: rule a-rule
            It stays.
          - Written by hand.
              ↳ no block of the page reads so
          + Sign up here!
              ↳ kept, 25 %: rule other
          ...
        ");
    }

    #[test]
    fn words_that_changed_inside_a_line_stand_out_in_colour_only() {
        let (expected, made) = ("They voted by four to one, late.\n", "They voted by five to one, late.\n");
        let plain = difference(expected, made, &[], false);
        assert_eq!(plain, format!("  - {expected}  + {made}  ...\n"));
        let colour = difference(expected, made, &[], true);
        assert!(colour.contains(&format!("{RED}{BOLD}{REVERSED}four")), "{colour}");
        assert!(!colour.contains(&format!("{REVERSED}They")), "{colour}");
    }

    #[test]
    fn blank_lines_are_shown_when_nothing_else_changed() {
        assert_eq!(difference("a\n\nb\n", "a\n\n\nb\n", &[], false), "    a\n  + \n    b\n  ...\n");
    }

    #[test]
    fn what_acts_on_a_terminal_is_shown_as_an_escape() {
        assert!(!difference("\u{1b}]0;owned\u{7}\n", "x\n", &[], false).contains('\u{1b}'));
    }
}
