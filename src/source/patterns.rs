//! Which candidates a source takes: globs over host and path.
//!
//! A pattern without a slash is a host with its subdomains, one that begins with a slash is a path on any host, any other is
//! host and path, or the path of a saved page. `*` stays within one segment, `**` does not. Queries are not looked at.

use globset::{Glob, GlobBuilder, GlobSet, GlobSetBuilder};

use super::Location;
use super::archive::Entry;
use crate::config::Source;

/// The patterns of a source.
#[derive(Debug, Clone)]
pub struct Patterns {
    include: Option<Globs>,
    exclude: Globs,
}

/// Globs for hosts, and globs for hosts with their paths.
#[derive(Debug, Clone)]
struct Globs {
    hosts: GlobSet,
    places: GlobSet,
}

impl Patterns {
    /// The patterns of `source`.
    ///
    /// # Errors
    /// A pattern that is no glob, in words for a person.
    pub fn new(source: &Source) -> Result<Self, String> {
        let include =
            (!source.include.is_empty()).then(|| Globs::new(&source.include, &source.title())).transpose()?;
        Ok(Self { include, exclude: Globs::new(&source.exclude, &source.title())? })
    }

    /// Whether the source takes what is there.
    pub fn admit(&self, location: &Location) -> bool {
        let (host, place) = match location {
            Location::Web(url) | Location::Archived(Entry { url, .. }) => {
                let host = url.host_str().unwrap_or_default().to_owned();
                let place = format!("{host}{}", url.path());
                (host, place)
            }
            Location::File(path) => (String::new(), path.to_string_lossy().replace('\\', "/")),
            Location::Stdin => return true,
        };
        let is_included = self.include.as_ref().is_none_or(|globs| globs.match_any(&host, &place));
        is_included && !self.exclude.match_any(&host, &place)
    }
}

impl Globs {
    fn new(patterns: &[String], title: &str) -> Result<Self, String> {
        let (mut hosts, mut places) = (GlobSetBuilder::new(), GlobSetBuilder::new());
        let no_glob =
            |error: globset::Error| format!("a pattern of the source `{title}` is no glob: {error}");
        for pattern in patterns {
            if !pattern.contains('/') {
                hosts.add(glob(&pattern.to_lowercase()).map_err(no_glob)?);
                hosts.add(glob(&format!("*.{}", pattern.to_lowercase())).map_err(no_glob)?);
                continue;
            }
            let any_host = if pattern.starts_with('/') { "*" } else { "" };
            places.add(glob(&format!("{any_host}{pattern}")).map_err(no_glob)?);
            if let Some(folder) = pattern.strip_suffix("**") {
                places.add(glob(&format!("{any_host}{folder}")).map_err(no_glob)?);
            }
        }
        Ok(Self { hosts: hosts.build().map_err(no_glob)?, places: places.build().map_err(no_glob)? })
    }

    fn match_any(&self, host: &str, place: &str) -> bool {
        self.hosts.is_match(host) || self.places.is_match(place)
    }
}

fn glob(pattern: &str) -> Result<Glob, globset::Error> {
    GlobBuilder::new(pattern).literal_separator(true).build()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn admits(include: &[&str], exclude: &[&str], url: &str) -> bool {
        let texts = |patterns: &[&str]| patterns.iter().map(ToString::to_string).collect();
        let source = Source { include: texts(include), exclude: texts(exclude), ..Source::default() };
        Patterns::new(&source).unwrap().admit(&Location::Web(url.parse().unwrap()))
    }

    #[test]
    fn a_pattern_is_a_host_a_path_or_both() {
        for (pattern, url, expected) in [
            ("example.org", "https://example.org/a", true),
            ("Example.org", "https://www.example.org/a", true),
            ("example.org", "https://anexample.org/a", false),
            ("/news/**", "https://a.example/news/2026/03/x", true),
            ("/news/**", "https://a.example/news/", true),
            ("/news/*", "https://a.example/news/2026/x", false),
            ("/news/*", "https://a.example/news/x?page=2", true),
            ("/news/**", "https://a.example/de/news/x", false),
            ("**/news/**", "https://a.example/de/news/x", true),
            ("*.example.org/**/sport/*", "https://www.example.org/de/sport/x", true),
            ("*.example.org/**/sport/*", "https://example.org/de/sport/x", false),
            ("/{2026,2027}/**", "https://a.example/2027/x", true),
        ] {
            assert_eq!(admits(&[pattern], &[], url), expected, "{pattern} {url}");
            assert_eq!(admits(&[], &[pattern], url), !expected, "{pattern} {url}");
        }
        assert!(admits(&[], &[], "https://a.example/"));
        assert!(!admits(&["a.example"], &["/live/**"], "https://a.example/live/1"));
    }

    #[test]
    fn a_pattern_that_is_no_glob_is_named() {
        let source = Source { name: "x".to_owned(), exclude: vec!["/a[".to_owned()], ..Source::default() };
        assert!(Patterns::new(&source).unwrap_err().contains("of the source `x` is no glob"));
    }
}
