//! Where a file goes: a relative path that is safe on every file system and one for each page.

use std::collections::HashSet;
use std::path::PathBuf;

use deunicode::deunicode_with_tofu;
use sha2::{Digest, Sha256};

use super::template::Template;
use crate::article::Article;

/// The longest words of a slug, in bytes; the hash comes on top.
pub(super) const LONGEST_WORDS: usize = 80;

/// The longest part between two slashes, in bytes: most file systems take 255, extension included.
pub(super) const LONGEST_PART: usize = 230;

/// The most characters of a title or a path that are looked at.
const LONGEST_SOURCE: usize = 500;

/// Names that Windows keeps for devices, whatever their extension.
const RESERVED: [&str; 6] = ["con", "prn", "aux", "nul", "com", "lpt"];

/// What makes a page this page and no other: its URL after redirects, or the source as it was given.
///
/// The canonical URL is not used, since a page can claim any, and some sites claim the same one everywhere.
pub fn identity(article: &Article) -> &str {
    article.url.as_deref().unwrap_or(&article.source)
}

/// Identities of articles, as hashes: a set that stays small whatever URLs look like.
#[derive(Debug, Default)]
pub struct Identities(HashSet<[u8; 32]>);

impl Identities {
    /// Adds `identity`; false if it was there.
    pub fn insert(&mut self, identity: &str) -> bool {
        self.0.insert(Sha256::digest(identity).into())
    }

    /// Whether `identity` was added.
    pub fn contains(&self, identity: &str) -> bool {
        self.0.contains(Sha256::digest(identity).as_slice())
    }
}

/// The relative path of the file for `article`, such as `news.example/a-title-0a1b2c3d.md`, by its template.
///
/// Parts are made of ASCII letters, digits, `.`, `_` and `-`, whatever the page and the template hold.
pub fn file_name(article: &Article, name: Option<&str>, template: &Template, extension: &str) -> PathBuf {
    PathBuf::from(format!("{}.{extension}", stem(article, name, template)))
}

/// The path of [`file_name`] without an extension.
pub fn stem(article: &Article, name: Option<&str>, template: &Template) -> String {
    let filled = template.fill(article, name);
    let parts =
        filled.split(['/', '\\']).map(|part| safe_part(part, LONGEST_PART)).filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join("/")
}

/// The name for what was made of a saved page: that of the page, made safe, or `page`.
pub fn saved_name(stem: &str, extension: &str) -> PathBuf {
    let stem = safe_part(stem, LONGEST_PART);
    let stem = if stem.is_empty() { "page" } else { &stem };
    PathBuf::from(format!("{stem}.{extension}"))
}

/// The words of `text` in a-z and 0-9, joined by `-`, at most `longest` bytes; other scripts are transliterated.
pub(super) fn words(text: &str, longest: usize) -> String {
    let text: String = text.chars().take(LONGEST_SOURCE).collect();
    let latin = deunicode_with_tofu(&text, " ").replace('\'', "");
    let mut words = String::new();
    for word in latin.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()) {
        if words.is_empty() {
            words.extend(word.chars().take(longest));
        } else if words.len() + 1 + word.len() <= longest {
            words.push('-');
            words.push_str(word);
        } else {
            break;
        }
    }
    words.make_ascii_lowercase();
    words
}

/// `part` as a name that every file system takes and that is no option to a command; may be empty.
pub(super) fn safe_part(part: &str, longest: usize) -> String {
    let mut safe = String::new();
    for c in part.chars() {
        let c = if c.is_ascii_alphanumeric() || matches!(c, '.' | '_') { c } else { '-' };
        let doubles = matches!(c, '.' | '-') && (safe.is_empty() || safe.ends_with(['.', '-']));
        if !doubles {
            safe.push(c);
        }
    }
    // The end holds the hash, so the start goes.
    let kept = safe[safe.len().saturating_sub(longest)..].trim_matches(['.', '-']).to_owned();
    let stem = kept.split('.').next().unwrap_or_default().to_ascii_lowercase();
    let device = stem.trim_end_matches(|c: char| c.is_ascii_digit());
    if RESERVED.contains(&device) { format!("_{kept}") } else { kept }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    fn page(url: &str, title: &str) -> Article {
        Article { url: Some(url.to_owned()), title: Some(title.to_owned()), ..Article::default() }
    }

    #[track_caller]
    fn check(article: &Article, template: &str, start: &str) {
        let name = file_name(article, None, &Template::parse(template).unwrap(), "md")
            .to_string_lossy()
            .into_owned();
        let hash = name.strip_prefix(start).and_then(|rest| rest.strip_suffix(".md"));
        assert!(hash.is_some_and(|hash| hash.len() == 8), "{name} does not start with {start}");
    }

    #[test]
    fn the_slug_comes_from_the_title_else_from_the_path() {
        check(
            &page("https://News.Example:8443/a/b.html", "It’s Über, 50%!"),
            "{host}/{slug}",
            "news.example/its-uber-50-",
        );
        check(&page("https://a.example/", "新年"), "{slug}", "xin-nian-");
        check(
            &page("https://a.example/news/the-story.html?x=1", "…"),
            "{host}/{slug}",
            "a.example/the-story-html-",
        );
        check(&page("https://a.example/", ""), "{host}/{slug}", "a.example/page-");
        let file = Article { source: "samples/x/page.html".to_owned(), ..Article::default() };
        check(&file, "{host}/{slug}", "local/page-html-");
    }

    #[test]
    fn a_hostile_name_stays_inside_and_is_no_device_or_option() {
        for title in ["..", "../../etc/passwd", "\0", "CON", "aux.txt", "-rf", "...", "\u{202e}"] {
            check(
                &page("https://con/", title),
                "{host}/../{slug}",
                &format!(
                    "_con/{}-",
                    match title {
                        "../../etc/passwd" => "etc-passwd",
                        "CON" => "con",
                        "aux.txt" => "aux-txt",
                        "-rf" => "rf",
                        _ => "page",
                    }
                ),
            );
        }
        check(&page("https://a.example/", &"é".repeat(300)), "{slug}", &format!("{}-", "e".repeat(80)));
        check(&page("https://a.example/", "x"), "/abs\\C:/.hid den/{slug}", "abs/C/hid-den/x-");
    }

    #[test]
    fn two_pages_never_share_a_name() {
        let name = |url| file_name(&page(url, "Same"), None, &Template::slug(), "md");
        assert_ne!(name("https://a.example/1"), name("https://a.example/2"));
        assert_ne!(name("https://a.example/a"), name("https://a.example/A"));
    }

    proptest! {
        #[test]
        fn a_name_is_safe_whatever_it_is_made_of(
            title in any::<String>(), url in any::<String>(), host in "[a-z0-9.-]{0,260}", template in "([^{}]|\\{host\\}|\\{published:%Y/%m\\}|/){0,20}\\{hash\\}",
        ) {
            let Ok(template) = Template::parse(&template) else { return Ok(()) };
            for url in [url, format!("https://{host}/x")] {
                let path = file_name(&page(&url, &title), None, &template, "md");
                prop_assert!(path.is_relative());
                for part in path.components() {
                    let part = part.as_os_str().to_string_lossy();
                    prop_assert!(part.len() <= 250 && !part.starts_with(['.', '-']) && !part.contains(".."));
                    prop_assert!(!part.ends_with('.'));
                    prop_assert!(part.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c)));
                }
            }
        }
    }
}
