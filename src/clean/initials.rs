//! Drop caps: the first letter of a story in a box of its own, and how it goes back to its word.
//!
//! The page itself tells “T” + “he” from “A” + “man”: its other words are the dictionary.

use foldhash::{HashMap, HashMapExt};
use scraper::Html;

use crate::article::BlockKind;

use super::run::Finished;
use super::words;

/// Most bytes of a text that is looked at as an initial: a letter with its marks and a quotation mark or two.
const MOST_BYTES: usize = 16;

/// The initials of a page while its blocks are collected.
#[derive(Default)]
pub(crate) struct Initials {
    /// A block that is one letter, until the text after it is known, with its container.
    waiting: Option<(Finished, usize)>,
    /// Bytes of the run in the making that are one letter in an inline element.
    inline: usize,
    /// Made when the first initial is met.
    vocabulary: Option<Vocabulary>,
}

impl Initials {
    /// Notes the text of a run at the end of an inline element.
    pub(crate) fn note_inline(&mut self, text: &str) {
        if is_initial(text) {
            self.inline = text.len();
        } else if text.is_empty() {
            self.inline = 0;
        }
    }

    /// Lets a block that is one letter wait for its word.
    pub(crate) fn hold(&mut self, run: Finished, container: usize) {
        self.waiting = Some((run, container));
    }

    /// The letter that waits, when its word did not come.
    pub(crate) fn release(&mut self) -> Option<(Finished, usize)> {
        self.waiting.take()
    }

    /// Puts the letter that waits, or that with which a run begins, to its word. Gives back a letter that waited in vain.
    pub(crate) fn join(
        &mut self,
        page: &Html,
        run: &mut Finished,
        kind: BlockKind,
    ) -> Option<(Finished, usize)> {
        let inline = std::mem::take(&mut self.inline);
        let (letter, rest) = run.text.split_at_checked(inline).unwrap_or_default();
        if let Some(rest) = rest.strip_prefix(' ').filter(|_| inline > 0)
            && self.joint(page, letter, rest) == Joint::Word
        {
            run.cut(inline..inline + 1);
        }
        let (initial, container) = self.waiting.take()?;
        match self.joint(page, &initial.text, &run.text) {
            Joint::Word if kind == BlockKind::Paragraph => run.put_front(&initial.text),
            Joint::Sentence if kind == BlockKind::Paragraph => run.put_front(&format!("{} ", initial.text)),
            Joint::Word | Joint::Sentence | Joint::Nothing => return Some((initial, container)),
        }
        None
    }

    fn joint(&mut self, page: &Html, initial: &str, after: &str) -> Joint {
        self.vocabulary.get_or_insert_with(|| Vocabulary::new(page)).joint(initial, after)
    }
}

/// How an initial goes with the text after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Joint {
    /// They are one word.
    Word,
    /// The initial is a word, and the sentence goes on.
    Sentence,
    /// They have nothing to do with each other.
    Nothing,
}

/// Whether a text is one capital letter, perhaps behind a quotation mark.
pub(crate) fn is_initial(text: &str) -> bool {
    text.len() <= MOST_BYTES && {
        let mut letters = text.chars().skip_while(|c| !c.is_alphanumeric());
        letters.next().is_some_and(char::is_uppercase) && letters.all(words::is_mark)
    }
}

/// How often each word stands on the page, in small letters. A letter counts alone only without any mark around it.
struct Vocabulary(HashMap<String, u32>);

impl Vocabulary {
    fn new(page: &Html) -> Self {
        let mut counts = HashMap::new();
        for text in page.tree.nodes().filter_map(|node| node.value().as_text()) {
            for token in text.split_whitespace() {
                let word = token.trim_matches(|c: char| !c.is_alphanumeric());
                if word.len() == token.len() || word.chars().nth(1).is_some() {
                    *counts.entry(small(word)).or_default() += 1;
                }
            }
        }
        Self(counts)
    }

    /// How an initial goes with the text after it. Both stand on the page once for being asked about.
    fn joint(&self, initial: &str, after: &str) -> Joint {
        let letter = initial.trim_start_matches(|c: char| !c.is_alphanumeric());
        let rest = after
            .split(|c: char| !(c.is_alphanumeric() || matches!(c, '\'' | '’')))
            .next()
            .unwrap_or_default();
        let goes_on = rest.starts_with(char::is_lowercase);
        let is_set_in_capitals = rest.chars().nth(1).is_some() && rest.chars().all(char::is_uppercase);
        if !goes_on && !is_set_in_capitals {
            return Joint::Nothing;
        }
        let count = |word: &str| self.0.get(&small(word)).copied().unwrap_or(0);
        let is_word = count(&format!("{letter}{rest}")) > 0;
        let are_words = count(letter) > 1 && count(rest) > 1;
        match (is_word, are_words) {
            (true, false) => Joint::Word,
            (_, true) if goes_on => Joint::Sentence,
            (_, _) => Joint::Nothing,
        }
    }
}

fn small(word: &str) -> String {
    word.chars().filter(|c| !words::is_invisible(*c)).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clean::parse::{Scripting, parse};

    #[test]
    fn one_capital_letter_is_an_initial() {
        for (text, expected) in [
            ("T", true),
            ("“T", true),
            ("«É", true),
            ("E\u{301}", true),
            ("В", true),
            ("t", false),
            ("A.", false),
            ("1", false),
            ("Th", false),
            ("“", false),
            ("東", false),
        ] {
            assert_eq!(is_initial(text), expected, "{text}");
        }
    }

    #[test]
    fn the_words_of_the_page_say_how_an_initial_goes_on() {
        let page = "<p>A man and his dog went to the pier after the storm, and a man on it said, along with \
            others: “I was there.” He was a sailor. Along came Vitamin C. (E) what about it";
        let vocabulary = Vocabulary::new(&parse(page, Scripting::On).html);
        for (initial, after, expected) in [
            ("T", "he ferry", Joint::Word),
            ("“T", "HE FERRY", Joint::Word),
            ("A", "fter the storm", Joint::Word),
            ("A", "man came", Joint::Sentence),
            ("A", "long way", Joint::Word),
            ("K", "ittens slept", Joint::Nothing),
            ("A", "British man", Joint::Nothing),
            ("E", "what", Joint::Nothing),
            ("T", "", Joint::Nothing),
        ] {
            assert_eq!(vocabulary.joint(initial, after), expected, "{initial} {after}");
        }
    }
}
