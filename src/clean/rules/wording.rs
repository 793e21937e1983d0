//! Wordings: what a rule of a user's asks of the words of a block, without an entry in `phrases.toml`.

use memchr::memmem::Finder;
use serde::Deserialize;

use crate::clean::phrases::ends_word;
use crate::clean::words;

/// Where in a block the words of a rule stand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum At {
    /// The block begins with them.
    #[default]
    Start,
    /// The block says them and nothing else.
    Whole,
    /// They stand anywhere in the block.
    Anywhere,
}

/// The words of a rule in the form in which texts are compared.
#[derive(Debug, Clone)]
pub(crate) struct Wordings {
    at: At,
    finders: Vec<Finder<'static>>,
}

impl Wordings {
    /// Makes wordings ready for comparison.
    ///
    /// # Errors
    /// A wording without a letter or a digit, as the end of a sentence about its rule.
    pub(crate) fn new(wordings: &[String], at: At) -> Result<Self, String> {
        let mut finders = Vec::new();
        for wording in wordings {
            let mut plain = words::plain(wording);
            if plain.is_empty() {
                return Err(format!("has `words` without a letter or a digit: `{wording}`"));
            }
            // The colon that is written is wanted: “Photo:” is not the beginning of “Photo editors said”.
            if at != At::Whole && wording.trim_end().ends_with([':', '：']) {
                plain.push(':');
            }
            finders.push(Finder::new(&plain).into_owned());
        }
        Ok(Self { at, finders })
    }

    /// Whether a block says one of the wordings, by the plain form of its text. True where there are none.
    pub(crate) fn are_in(&self, plain: &str) -> bool {
        self.finders.is_empty() || self.finders.iter().any(|finder| says(plain, finder, self.at))
    }
}

fn says(plain: &str, finder: &Finder<'_>, at: At) -> bool {
    let wording = finder.needle();
    let text = plain.as_bytes();
    match at {
        At::Whole => text == wording,
        At::Start => text.starts_with(wording) && ends_word(plain, wording.len()),
        At::Anywhere => finder
            .find_iter(text)
            .any(|start| ends_word(plain, start) && ends_word(plain, start + wording.len())),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[track_caller]
    fn check(wording: &str, at: At, said: &[&str], unsaid: &[&str]) {
        let wordings = Wordings::new(&[wording.to_owned()], at).unwrap();
        for (text, expected) in
            said.iter().map(|text| (text, true)).chain(unsaid.iter().map(|text| (text, false)))
        {
            assert_eq!(wordings.are_in(&words::plain(text)), expected, "`{wording}` in `{text}`");
        }
    }

    #[test]
    fn words_are_found_at_their_place_whatever_their_case_and_their_accents_are_written_with() {
        let said = ["follow us on Brook", "» FOLLOW US\u{a0}ON", "Follow us on: Brook"];
        check("Follow us on", At::Start, &said, &["They follow us on foot", "Follow us only there"]);
        check("follow us.", At::Whole, &["Follow us", "» Follow us!"], &["Follow us on Brook"]);
        check("our app", At::Anywhere, &["Get our app!", "Our app"], &["our apple", "four app"]);
        check("A\u{300} lire", At::Start, &["À LIRE aussi"], &["A lire aussi"]);
        check("Photo:", At::Start, &["Photo: A. Name"], &["Photo editors said"]);
        check("関連", At::Start, &["【関連記事】"], &["記事"]);
    }

    #[test]
    fn words_that_say_nothing_are_refused() {
        assert!(Wordings::new(&["»!".to_owned()], At::Start).is_err());
    }
}
