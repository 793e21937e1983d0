//! Print and AMP versions: which URLs give one story once more.

use std::sync::LazyLock;

use serde::Deserialize;
use url::Url;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    parameters: Vec<String>,
    segments: Vec<String>,
    endings: Vec<String>,
}

static VERSIONS: LazyLock<Table> = LazyLock::new(|| {
    toml::from_str(include_str!("versions.toml")).expect("a test parses the table that is built in")
});

/// The least hyphens or underscores, or digits in a row, of what is the last segment of a story's URL and of no section's.
const LEAST_OF_A_STORY: usize = 2;

/// Whether `pair`, `name=value` or a bare name, asks for another version of a story.
pub(super) fn is_version(pair: &str) -> bool {
    VERSIONS.parameters.contains(&pair.to_ascii_lowercase())
}

/// Makes of the URL of another version the one of the story, as far as its path tells.
pub(super) fn unversion(url: &mut Url) {
    let path = url.path();
    let has_slash = path.ends_with('/');
    let bare = path.trim_end_matches('/');
    let Some((folder, last)) = bare.rsplit_once('/') else { return };
    let story = if VERSIONS.segments.iter().any(|segment| last.eq_ignore_ascii_case(segment)) {
        Some(folder.to_owned())
    } else {
        unended(last).map(|last| format!("{folder}/{last}"))
    };
    if let Some(story) = story.filter(|story| is_story(story)) {
        let slash = if has_slash { "/" } else { "" };
        url.set_path(&format!("{story}{slash}"));
    }
}

/// The last segment without what marks the version: `ferry.amp.html` is `ferry.html`.
fn unended(last: &str) -> Option<String> {
    let (stem, ending) = match last.rsplit_once('.') {
        Some((stem, ending)) if ending.eq_ignore_ascii_case("html") || ending.eq_ignore_ascii_case("htm") => {
            (stem, format!(".{ending}"))
        }
        _ => (last, String::new()),
    };
    let stem = VERSIONS.endings.iter().find_map(|mark| stem.strip_suffix(mark.as_str()))?;
    Some(format!("{stem}{ending}"))
}

/// Whether a path ends as the URL of a story does: with the words of its title or a long number.
fn is_story(path: &str) -> bool {
    let last = path.rsplit('/').next().unwrap_or_default();
    let joints = last.bytes().filter(|byte| matches!(byte, b'-' | b'_')).count();
    let number = last.split(|letter: char| !letter.is_ascii_digit()).map(str::len).max().unwrap_or_default();
    joints >= LEAST_OF_A_STORY || number > 2 * LEAST_OF_A_STORY
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::state::identity::identity;

    #[test]
    fn other_versions_are_the_story_and_sections_that_are_called_so_are_not() {
        for (version, story) in [
            ("/ferry-back-home/amp", "/ferry-back-home"),
            ("/ferry-back-home/amp/", "/ferry-back-home/"),
            ("/ferry-back-home/print", "/ferry-back-home"),
            ("/ferry-back-home.amp.html", "/ferry-back-home.html"),
            ("/ferry-back-home-amp.html", "/ferry-back-home.html"),
            ("/a-1234567.print", "/a-1234567"),
            ("/ferry?outputType=amp&id=3", "/ferry?id=3"),
            ("/ferry?amp", "/ferry"),
            ("/ferry?print=1", "/ferry"),
            ("/shop/print", "/shop/print"),
            ("/amp", "/amp"),
            ("/news/guitar-amp", "/news/guitar-amp"),
            ("/ferry?print=offset", "/ferry?print=offset"),
        ] {
            let url: Url = format!("https://a.example{version}").parse().unwrap();
            assert_eq!(identity(&url), format!("https://a.example{story}"), "{version}");
        }
    }

    #[test]
    fn the_table_is_sorted_and_in_lower_case() {
        for list in [&VERSIONS.parameters, &VERSIONS.segments, &VERSIONS.endings] {
            assert!(
                list.is_sorted() && list.iter().all(|entry| *entry == entry.to_ascii_lowercase()),
                "{list:?}"
            );
        }
    }
}
