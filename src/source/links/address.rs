//! What the form of a URL says about whether a story is there.

use url::Url;

use super::words::WORDS;

/// The URL of a link, judged.
#[derive(Debug)]
pub(super) struct Address {
    /// How much the form speaks for a story; against one where it is below zero.
    pub(super) evidence: f64,
    /// The form that URLs of one sort share, as `example.org/w/n/s`: words, numbers, slugs.
    pub(super) form: String,
}

/// What one segment of a path looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Segment {
    /// A word or two, as of a section.
    Word,
    /// The words of a headline.
    Slug,
    /// A number of five digits or more, or letters and digits that name nothing: a story's own.
    Id,
    /// A shorter number, as of a day or a page.
    Number,
}

impl Address {
    /// Judges the `url` of a link on `page`; `None` where there can't be a story: the page itself or one above it, a file, a
    /// front page.
    pub(super) fn of(url: &Url, page: &Url) -> Option<Self> {
        let segments: Vec<String> = url
            .path_segments()
            .into_iter()
            .flatten()
            .filter(|segment| !segment.is_empty())
            .map(decoded)
            .collect();
        let has_query = url.query().is_some_and(|query| !query.is_empty());
        if segments.is_empty() && !has_query || is_above(url, page) {
            return None;
        }
        let last = segments.last().map(String::as_str).unwrap_or_default();
        let (stem, ending) = last.rsplit_once('.').unwrap_or((last, ""));
        if WORDS.path.files.contains(ending) {
            return None;
        }
        let stem = if ending.is_empty() || ending.len() > 6 { last } else { stem };
        let kinds: Vec<Segment> =
            segments.iter().take(segments.len().saturating_sub(1)).map(|s| kind(s)).collect();
        let own = kind(stem);
        if own == Segment::Number && has_date(&segments) && segments.len() <= 3 && !has_query {
            // The archive of a month or a day.
            return None;
        }
        let query = of_query(url);
        let has_date = has_date(&segments);
        let mut evidence = query + of_own(own, stem, kinds.len());
        if has_date {
            evidence += 1.5;
        }
        if !ending.is_empty() && ending.len() <= 6 && ending.bytes().all(|byte| byte.is_ascii_alphabetic()) {
            evidence += 0.5;
        }
        if own != Segment::Id && kinds.contains(&Segment::Id) {
            evidence += 1.0;
        }
        evidence -= of_lists(&segments, own, has_date);
        let letter = |kind: Segment| match kind {
            Segment::Word => 'w',
            Segment::Slug => 's',
            Segment::Id => 'i',
            Segment::Number => 'n',
        };
        let mut form = url.host_str().unwrap_or_default().to_owned();
        for kind in kinds.iter().copied().chain([own]) {
            form.push('/');
            form.push(letter(kind));
        }
        form.push_str(ending);
        if has_query {
            form.push('?');
        }
        Some(Self { evidence, form })
    }
}

/// A segment as a reader sees it, in lower case.
fn decoded(segment: &str) -> String {
    let pairs = format!("s={}", segment.replace('+', "%2B"));
    let text = url::form_urlencoded::parse(pairs.as_bytes()).next().map(|(_, text)| text.into_owned());
    text.unwrap_or_else(|| segment.to_owned()).to_lowercase()
}

/// Whether `url` is the page or one above it.
fn is_above(url: &Url, page: &Url) -> bool {
    let folder = |path: &str| format!("{}/", path.trim_end_matches('/'));
    url.query().is_none_or(|query| Some(query) == page.query())
        && url.host_str() == page.host_str()
        && folder(page.path()).starts_with(&folder(url.path()))
}

fn kind(segment: &str) -> Segment {
    let words: Vec<&str> =
        segment.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let digits = segment.bytes().filter(u8::is_ascii_digit).count();
    let long_number =
        words.iter().any(|word| word.len() >= 5 && word.bytes().all(|byte| byte.is_ascii_digit()));
    let letters = words.iter().filter(|word| word.chars().any(char::is_alphabetic)).count();
    let is_mixed = digits >= 3 && segment.len() >= 8 && words.len() == 1 && letters == 1;
    let is_hex =
        segment.len() >= 16 && words.len() == 1 && segment.bytes().all(|byte| byte.is_ascii_hexdigit());
    // A long segment in a script without blanks is a headline, too.
    let is_long = segment.chars().count() >= 12 && !segment.is_ascii();
    if letters >= 3 || is_long {
        Segment::Slug
    } else if long_number || is_mixed || is_hex {
        Segment::Id
    } else if letters == 0 && digits > 0 {
        Segment::Number
    } else {
        Segment::Word
    }
}

/// What the last segment says, `depth` segments below the front page.
fn of_own(own: Segment, stem: &str, depth: usize) -> f64 {
    match own {
        Segment::Slug => {
            let words = stem.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
            let count = words.count();
            if count >= 4 || !stem.is_ascii() { 2.0 } else { 1.0 }
        }
        Segment::Id => 1.5,
        Segment::Number => 0.0,
        Segment::Word if depth == 0 => -1.5,
        Segment::Word => -0.5,
    }
}

/// What the query says: a number may name a story, and an action does not.
fn of_query(url: &Url) -> f64 {
    let mut evidence: f64 = 0.0;
    for (name, value) in url.query_pairs() {
        let name = name.to_lowercase();
        if WORDS.path.actions.contains(&name) {
            evidence -= 3.0;
        } else if value.len() >= 3 && value.bytes().all(|byte| byte.is_ascii_digit()) {
            evidence = evidence.max(1.0);
        }
    }
    evidence
}

/// Whether the path names a day or a month, as `/2026/03/01/` or `2026-03-01` does.
fn has_date(segments: &[String]) -> bool {
    let number = |text: &str| text.parse::<u16>().ok();
    let is_year =
        |text: &str| text.len() == 4 && number(text).is_some_and(|year| (1990..2100).contains(&year));
    let is_month = |text: &str| {
        (text.len() <= 2 && number(text).is_some_and(|month| (1..=12).contains(&month)))
            || (text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_alphabetic()))
    };
    let split = segments.windows(2).any(|pair| is_year(&pair[0]) && is_month(&pair[1]));
    let joined = segments.iter().any(|segment| {
        let parts: Vec<&str> = segment.split(['-', '_', '.']).collect();
        parts.windows(3).any(|part| is_year(part[0]) && is_month(part[1]) && number(part[2]).is_some())
            || (segment.len() == 8
                && segment.is_ascii()
                && is_year(&segment[..4])
                && number(&segment[4..]).is_some())
    });
    split || joined
}

/// How much the words of the path speak for a list, a service or an account. Sites put stories under such words, too, where
/// the rest is that of a story.
fn of_lists(segments: &[String], own: Segment, has_date: bool) -> f64 {
    let is_list = |segment: &String| {
        let stem = segment.rsplit_once('.').map_or(segment.as_str(), |(stem, _)| stem);
        WORDS.path.lists.contains(stem)
    };
    let Some(place) = segments.iter().rposition(is_list) else { return 0.0 };
    let is_last = place + 1 == segments.len();
    match own {
        _ if is_last => 3.0,
        Segment::Slug | Segment::Id if has_date => 0.5,
        Segment::Id => 1.0,
        Segment::Slug | Segment::Number | Segment::Word => 3.0,
    }
}
