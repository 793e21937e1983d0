//! Lists: one entry a line, a URL or a path relative to the list, with `#` comments and `URL<TAB>name`.

use std::collections::HashSet;
use std::path::Path;

use super::Candidate;

/// The candidates that a list names, each once, in its order. `folder` is where relative paths start.
pub fn parse(text: &str, folder: &Path) -> Vec<Candidate> {
    let mut seen = HashSet::new();
    text.trim_start_matches('\u{FEFF}')
        .lines()
        .filter_map(|line| entry(line, folder))
        .filter(|candidate| seen.insert(candidate.identity()))
        .collect()
}

fn entry(line: &str, folder: &Path) -> Option<Candidate> {
    let line = line.trim();
    if line.is_empty() || line.starts_with('#') {
        return None;
    }
    let (source, name) = line.split_once('\t').unwrap_or((line, ""));
    let name = Some(name.trim()).filter(|name| !name.is_empty()).map(str::to_owned);
    Some(Candidate { name, ..Candidate::parse(source.trim(), folder) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Location;

    #[test]
    fn a_list_holds_urls_paths_comments_names_and_duplicates() {
        let text = "\u{FEFF}# pages\r\n\r\nhttps://a.example/x#top\r\nhttps://a.example/x\tAgain\r\n  page/one.html  \r\nhttps://b.example/\tFront page\r\nftp://c.example/y\nhttp://[\nlast.html";
        let found: Vec<String> = parse(text, Path::new("lists"))
            .into_iter()
            .map(|candidate| match candidate.location {
                Ok(Location::Web(url)) => format!("{url} {}", candidate.name.unwrap_or_default()),
                Ok(Location::File(path)) => path.display().to_string(),
                Ok(Location::Archived(_) | Location::Stdin) => "no page of a list".to_owned(),
                Err(failure) => failure.class.to_string(),
            })
            .collect();
        assert_eq!(
            found,
            [
                "https://a.example/x ",
                "lists/page/one.html",
                "https://b.example/ Front page",
                "blocked_scheme",
                "bad_url",
                "lists/last.html"
            ]
        );
    }
}
