//! The pages of the measurement: as many different stories as are wanted, made of a few pages.

use std::path::{Path, PathBuf};

use pressclip::fetch::charset;
use pressclip::source::{Location, files};

/// Words between two that are put in: so few that no two stories have three words in a row in common, or they would be
/// taken for the same one.
const WORDS_BETWEEN: usize = 2;

/// Largest page that is read, in bytes.
const MAX_BYTES: u64 = 10 << 20;

/// Pages cut into the pieces between which a word is put in.
pub struct Pages(Vec<Vec<String>>);

impl Pages {
    /// Reads the folder `PRESSCLIP_PAGES`, or the samples.
    pub fn load() -> Self {
        let folder = std::env::var_os("PRESSCLIP_PAGES")
            .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("samples"), PathBuf::from);
        let paths = files::expand(&folder.to_string_lossy()).into_iter().filter_map(|candidate| {
            match candidate.location {
                Ok(Location::File(path)) => Some(path),
                Ok(Location::Web(_) | Location::Archived(_) | Location::Stdin) | Err(_) => None,
            }
        });
        let pages: Vec<Vec<String>> = paths
            .filter(|path| path.to_string_lossy().contains(".html"))
            .filter_map(|path| charset::decode(&files::read(&path, MAX_BYTES).ok()?, None).ok())
            .map(|decoded| pieces(&decoded.text))
            .collect();
        assert!(!pages.is_empty(), "no pages in `{}`", folder.display());
        Self(pages)
    }

    /// How many pages there are, and how large they are.
    pub fn describe(&self) -> String {
        let bytes: usize = self.0.iter().flatten().map(String::len).sum();
        format!("{} templates with {:.1} kB each", self.0.len(), bytes as f64 / 1e3 / self.0.len() as f64)
    }

    /// A page with the word of `number` put in.
    pub fn page(&self, number: usize) -> String {
        self.0[number % self.0.len()].join(&word(number))
    }
}

/// A word that no other number has.
fn word(mut number: usize) -> String {
    let mut word = " quorl".to_owned();
    loop {
        word.push(char::from(b'a' + (number % 26) as u8));
        number /= 26;
        if number == 0 {
            return word + " ";
        }
    }
}

/// Cuts a page in the text of its paragraphs, every few words. Where words are not spaced, so are the cuts.
fn pieces(page: &str) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let (mut is_paragraph, mut is_tag, mut words) = (false, false, 0);
    for (at, c) in page.char_indices() {
        let rest = &page[at..];
        if c == '<' {
            is_tag = true;
            is_paragraph = rest.starts_with("<p>") || rest.starts_with("<p ") || is_paragraph;
            is_paragraph &= !rest.starts_with("</p>");
        }
        let is_space = c == ' ' || c > '\u{2e80}';
        words += usize::from(is_space);
        if is_paragraph && !is_tag && is_space && words >= WORDS_BETWEEN {
            words = 0;
            pieces.push(String::new());
        }
        pieces.last_mut().unwrap().push(c);
        is_tag &= c != '>';
    }
    pieces
}
