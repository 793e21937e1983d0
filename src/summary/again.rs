//! The list of what failed, in the form of a list of sources, so that it can be asked for again.

use std::fmt::Write;
use std::path::PathBuf;

use url::Url;

use crate::failure::Failure;
use crate::write::inert::inert;

/// A list that grows with the failures.
#[derive(Debug, Default)]
pub struct Again(String);

impl Again {
    /// Adds a page of the frontier: a URL, or the path of a saved page, which is written whole since the list may lie
    /// anywhere. Why it failed stands in a comment before it.
    pub fn add(&mut self, url: &Url, name: Option<&str>, failure: &Failure) {
        let path = (url.scheme() == "file").then(|| url.to_file_path().ok()).flatten();
        let place = path.as_ref().map_or_else(|| url.to_string(), |path| path.display().to_string());
        self.add_entry(&place, name, failure);
    }

    /// Adds the saved page at `path`.
    pub fn add_file(&mut self, path: PathBuf, failure: &Failure) {
        let path = std::path::absolute(&path).unwrap_or(path);
        self.add_entry(&path.display().to_string(), None, failure);
    }

    /// Adds what was given as `entry` and is neither.
    pub fn add_entry(&mut self, entry: &str, name: Option<&str>, failure: &Failure) {
        let message = inert(&failure.message);
        let name = name.map(|name| format!("\t{name}")).unwrap_or_default();
        let _ = writeln!(self.0, "# {}: {message}\n{entry}{name}", failure.class);
    }

    /// The list.
    pub fn text(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::failure::FailureClass;
    use crate::source::list;

    #[test]
    fn the_list_names_each_page_once_more_with_its_name_and_the_reason() {
        let mut again = Again::default();
        let failure = Failure::new(FailureClass::Http5xx, "it\nanswers 500");
        again.add(&"https://a.example/x?y=1".parse().unwrap(), Some("First"), &failure);
        again.add(&"file:///saved/%C3%A9%20t%C3%A9.html".parse().unwrap(), None, &failure);
        assert!(again.text().starts_with("# http_5xx: it\\nanswers 500\nhttps://a.example/x?y=1\tFirst\n"));
        let read = list::parse(again.text(), "elsewhere".as_ref());
        let read: Vec<_> = read.iter().map(|one| (one.identity(), one.name.as_deref())).collect();
        let expected =
            [("https://a.example/x?y=1".to_owned(), Some("First")), ("/saved/é té.html".to_owned(), None)];
        assert_eq!(read, expected);
    }
}
