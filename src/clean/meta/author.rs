//! Names out of bylines: without `By`, office, address and whatever else stands in the line.

use std::sync::LazyLock;

use serde::Deserialize;

use super::date;
use super::text::{fold, one_line};

/// Authors that are kept; longer lists are those of whole newsrooms.
const AUTHOR_LIMIT: usize = 40;
/// Words of the longest name of a person or a newsroom.
const NAME_WORDS: usize = 7;
/// Characters of the longest name.
const NAME_CHARACTERS: usize = 70;

/// Characters of the longest prefix of a byline.
const PREFIX_CHARACTERS: usize = 40;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    prefixes: Vec<String>,
    particles: Vec<String>,
    conjunctions: Vec<String>,
    roles: Vec<String>,
    credentials: Vec<String>,
    nobodies: Vec<String>,
    cuts: Vec<String>,
}

static WORDS: LazyLock<Words> =
    LazyLock::new(|| toml::from_str(include_str!("authors.toml")).expect("the built-in table is tested"));

/// The names in values that a page states as its authors, in order and once each.
pub(super) fn stated<'a>(values: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    collect(values.into_iter().flat_map(str::lines).filter(|line| !is_address(line)).flat_map(split))
}

/// The names in a visible byline, which may go on to speak of dates, reviewers and the like.
///
/// The text is that of an element, a line for each block; only the line that opens as a byline does is
/// read, or the first one.
pub(super) fn byline(text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.lines().collect();
    let opening =
        lines.iter().position(|line| is_prefix(line) || strip_prefixes(line).len() < line.trim().len());
    let first = opening.unwrap_or(0);
    let Some(line) = lines.get(first) else { return Vec::new() };
    let line = if is_prefix(line) { lines.get(first + 1).unwrap_or(line) } else { line };
    let names = collect(split(&without_offices(cut(strip_prefixes(line)))));
    if names.iter().all(|name| opening.is_some() && name.split(' ').count() <= 2 || is_like_a_name(name)) {
        names
    } else {
        Vec::new()
    }
}

/// A byline whose names are not followed by offices (`Jane Doe Staff Writer`) or led by a year.
fn without_offices(line: &str) -> String {
    let is_office = |word: &&str| WORDS.roles.contains(&word.to_lowercase());
    let words: Vec<&str> = line
        .split(' ')
        .skip_while(|word| word.len() == 4 && word.bytes().all(|byte| byte.is_ascii_digit()))
        .collect();
    let end = words.iter().skip(2).position(is_office).map_or(words.len(), |place| place + 2);
    // `Jane Doe and John Roe, editors` has its office after a comma, where `split` looks for it.
    let end = if words[..end].last().is_some_and(|word| word.ends_with(',')) { words.len() } else { end };
    words[..end].join(" ")
}

/// Whether a name is no more than that of an account: `jdoe`, `j.doe`, `editor2`.
pub(super) fn is_account(name: &str) -> bool {
    is_single(name)
        && (name.contains(|c: char| c.is_ascii_digit() || matches!(c, '.' | '_'))
            || name.chars().next().is_some_and(char::is_lowercase))
}

/// Whether a line opens as a byline does, with the name in it or on the next line.
pub(super) fn opens_byline(line: &str) -> bool {
    is_prefix(line) || strip_prefixes(line).len() < line.trim().len()
}

/// Whether a line is only `By`, `Written by:` and the like.
pub(super) fn is_prefix(line: &str) -> bool {
    let line = line.trim().trim_end_matches([':', '：', ' ']).to_lowercase();
    WORDS.prefixes.contains(&line)
}

/// Whether the words begin with capitals, as far as the script has them, but for particles such as `van`.
fn is_like_a_name(name: &str) -> bool {
    let mut words = name.split(' ');
    let is_capital = |word: &str| word.chars().find(|c| c.is_alphabetic()).is_none_or(|c| !c.is_lowercase());
    words.next().is_some_and(is_capital)
        && words.all(|word| is_capital(word) || word.chars().count() <= 3)
        && name.split(' ').count() <= 5
}

fn collect(found: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let mut folded: Vec<String> = Vec::new();
    for name in found {
        let key = fold(&name);
        if !folded.contains(&key) && names.len() < AUTHOR_LIMIT {
            folded.push(key);
            names.push(name);
        }
    }
    names
}

fn is_address(line: &str) -> bool {
    let line = line.trim();
    line.contains("://") || line.starts_with("www.") || line.starts_with('/')
}

/// The names in one line.
fn split(line: &str) -> Vec<String> {
    let mut names = Vec::new();
    for part in strip_prefixes(line).split([';', '&', '/', '|', '•', '·', '→', '>', '*']) {
        let words: Vec<&str> = part.split_whitespace().collect();
        // A conjunction stands between two names, so never first or last.
        for piece in words.split(|word| WORDS.conjunctions.iter().any(|known| known == word)) {
            let piece = piece.join(" ");
            for name in &by_comma(&piece) {
                if let Some(name) = tidy(name)
                    && (names.is_empty() || !is_office(&name))
                {
                    names.push(name);
                }
            }
        }
    }
    names
}

/// Splits at commas; `Last, First` is turned round.
fn by_comma(piece: &str) -> Vec<String> {
    let parts: Vec<&str> =
        piece.split([',', '،', '、', '，']).map(str::trim).filter(|part| !part.is_empty()).collect();
    match parts.as_slice() {
        [last, first]
            if is_single(last)
                && !is_office(first)
                && first.split_whitespace().count() <= 2
                && is_capital(last)
                && !is_all_capitals(first) =>
        {
            vec![format!("{first} {last}")]
        }
        _ => parts.into_iter().map(str::to_owned).collect(),
    }
}

fn is_single(text: &str) -> bool {
    !text.contains(char::is_whitespace)
}

fn is_capital(text: &str) -> bool {
    text.chars().next().is_some_and(char::is_uppercase)
}

fn is_all_capitals(text: &str) -> bool {
    text.chars().filter(|c| c.is_alphabetic()).all(char::is_uppercase)
}

/// A piece of a byline as a name, or nothing when it is none.
fn tidy(piece: &str) -> Option<String> {
    let open = without_brackets(strip_prefixes(piece));
    let mut name = open.as_str();
    for dash in [" - ", " – ", " — ", " @", " http"] {
        if let Some(at) = name.find(dash) {
            name = &name[..at];
        }
    }
    let name = one_line(
        name.trim_matches(|c: char| !c.is_alphanumeric() && !matches!(c, '.' | '!' | '\''))
            .trim_start_matches(['.', '\'']),
    );
    let name = name.strip_suffix("'s").unwrap_or(&name).to_owned();
    let lower = name.to_lowercase();
    let words = name.split_whitespace().count();
    let is_name = (1..=NAME_WORDS).contains(&words)
        && name.chars().count() <= NAME_CHARACTERS
        && name.chars().filter(|c| c.is_alphabetic()).count() >= 2
        && !name.contains('@')
        && !lower.contains("://")
        && !lower.starts_with("www.")
        && !WORDS.nobodies.contains(&lower)
        && !WORDS.credentials.contains(&lower)
        && !is_prefix(&name)
        && !is_dated(&name);
    is_name.then_some(name)
}

/// Whether a name is a piece of a date: a digit and the name of a month.
fn is_dated(name: &str) -> bool {
    name.contains(|c: char| c.is_numeric())
        && name.split(|c: char| !c.is_alphabetic()).any(|word| date::is_month(&word.to_lowercase()))
        || name.chars().all(|c| !c.is_alphabetic())
}

/// A text without what stands in brackets.
fn without_brackets(text: &str) -> String {
    let mut depth = 0_usize;
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '(' | '[' | '<' => depth += 1,
            ')' | ']' | '>' => depth = depth.saturating_sub(1),
            c if depth == 0 => out.push(c),
            _ => {}
        }
    }
    out
}

/// Whether a piece names an office: `Staff Writer`, `Senior Editor`.
fn is_office(piece: &str) -> bool {
    let lower = piece.to_lowercase();
    WORDS.credentials.contains(&lower)
        || (is_single(piece) && piece.chars().count() <= 6 && is_all_capitals(piece))
        || lower.split_whitespace().any(|word| {
            WORDS.roles.iter().any(|known| known == word.trim_matches(|c: char| !c.is_alphanumeric()))
        })
}

/// Strips `By`, `Written by`, `Von`, `Author:` and the like.
fn strip_prefixes(line: &str) -> &str {
    let mut rest = line.trim();
    // `Written by: Von Anna Muster`: prefixes may follow one another.
    for _ in 0..3 {
        let lower = rest.chars().take(PREFIX_CHARACTERS).collect::<String>().to_lowercase();
        let known = WORDS.prefixes.iter().filter(|prefix| lower.starts_with(prefix.as_str()));
        let longest = known.filter_map(|prefix| Some((prefix.len(), strip_prefix(rest, prefix)?)));
        let Some((_, after)) = longest.max_by_key(|(length, _)| *length) else { break };
        rest = after;
    }
    rest
}

/// What follows `prefix` at the start of a line, whatever its case, if the prefix ends there.
fn strip_prefix<'a>(line: &'a str, prefix: &str) -> Option<&'a str> {
    const AFTER: [char; 6] = [' ', ':', '：', '/', '／', '\u{a0}'];
    let head = line.get(..prefix.len()).filter(|head| head.to_lowercase() == *prefix)?;
    let after = line.get(head.len()..).filter(|after| after.starts_with(AFTER))?;
    let name = after.trim_start_matches(AFTER).trim_start_matches(['-', '–', ' ']);
    // `Di Maria` is a name and `Di Maria Rossi` a byline: a prefix that may be a particle needs a whole name after it.
    let is_particle = WORDS.particles.iter().any(|known| known == prefix) && !after.starts_with([':', '：']);
    let words = name.split_whitespace().count();
    (words >= if is_particle { 2 } else { 1 }).then_some(name)
}

/// Cuts a byline where it goes on to speak of dates or reviewers.
fn cut(line: &str) -> &str {
    let mut end = line.len();
    let mut place = 0;
    for word in line.split_inclusive(char::is_whitespace) {
        let rest = line.get(place..).unwrap_or_default();
        if place > 0 && WORDS.cuts.iter().any(|known| starts_with_words(rest, known)) {
            end = place;
            break;
        }
        place += word.len();
    }
    line.get(..end).unwrap_or(line)
}

fn starts_with_words(text: &str, words: &str) -> bool {
    text.get(..words.len()).is_some_and(|head| head.to_lowercase() == *words)
        && text
            .get(words.len()..)
            .is_some_and(|after| after.chars().next().is_none_or(|c| !c.is_alphanumeric()))
}

#[cfg(test)]
mod tests {
    use super::{byline, is_account, stated};

    #[test]
    fn stated_names_are_split_and_cleaned() {
        let cases: [(&str, &[&str]); 16] = [
            ("By Ada Muster", &["Ada Muster"]),
            ("Ada Muster and Ben Sample", &["Ada Muster", "Ben Sample"]),
            ("Ada Muster, Ben Sample & Cem Örnek", &["Ada Muster", "Ben Sample", "Cem Örnek"]),
            ("Von Ada Muster und Ben Sample", &["Ada Muster", "Ben Sample"]),
            ("Par Ada Muster et Ben Sample", &["Ada Muster", "Ben Sample"]),
            ("Ada Muster, Staff Writer", &["Ada Muster"]),
            ("Ada Muster, MD, PhD", &["Ada Muster"]),
            ("Ada Muster | Senior Editor", &["Ada Muster"]),
            ("Muster, Ada", &["Ada Muster"]),
            ("Ada Muster (ada@example.org)", &["Ada Muster"]),
            ("ada@example.org", &[]),
            ("https://social.example/ada.muster", &[]),
            ("Di Maria", &["Di Maria"]),
            ("Ursula von der Wiese", &["Ursula von der Wiese"]),
            ("admin", &[]),
            ("Ada Muster; ada muster", &["Ada Muster"]),
        ];
        for (text, expected) in cases {
            assert_eq!(stated([text]), expected, "{text}");
        }
    }

    #[test]
    fn a_visible_byline_gives_its_names_alone() {
        let cases: [(&str, &[&str]); 9] = [
            ("By\nAda Muster\nMarch 12, 2024", &["Ada Muster"]),
            ("Ada Muster\nSenior correspondent for trade", &["Ada Muster"]),
            ("By Ada Muster on March 12, 2024", &["Ada Muster"]),
            ("Written by: Ada Muster Updated March 12, 2024", &["Ada Muster"]),
            ("By Ada Muster Senior Writer", &["Ada Muster"]),
            ("March 12, 2024", &[]),
            ("this is how the committee reached its decision", &[]),
            ("Por Ada Muster y Ben Sample", &["Ada Muster", "Ben Sample"]),
            ("", &[]),
        ];
        for (text, expected) in cases {
            assert_eq!(byline(text), expected, "{text}");
        }
    }

    #[test]
    fn account_names_are_told_from_names() {
        assert!(is_account("jdoe") && is_account("J.Doe") && is_account("Editor2"));
        assert!(!is_account("Ada") && !is_account("ada muster"));
    }
}
