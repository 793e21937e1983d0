//! Reading `phrases.toml` line by line. At a megabyte, a reader of all of TOML would take longer than cleaning a dozen
//! pages; this one knows the part of TOML that the file keeps to, and a test proves that both read the same.

use std::borrow::Cow;

/// What a line of the file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Entry<'t> {
    /// A kind of phrases begins.
    Kind(&'t str),
    /// A phrase with which a block begins.
    Start(Cow<'t, str>),
    /// A phrase that is the whole block.
    Whole(Cow<'t, str>),
}

/// Calls `take` with each entry in the order of the file.
pub(super) fn read<'t>(text: &'t str, mut take: impl FnMut(Entry<'t>)) {
    let mut list = None;
    for line in text.lines().map(str::trim).filter(|line| !line.starts_with('#')) {
        let header = line.strip_prefix('[').and_then(|line| line.strip_suffix(']'));
        match (list, header, line.split_once(" = [")) {
            (None, Some(header), _) => {
                if !header.contains('.') {
                    take(Entry::Kind(header));
                }
            }
            (None, None, Some((key, items))) => list = items_of(items, key, &mut take),
            (None, None, None) => {}
            (Some(key), _, _) => list = items_of(line, key, &mut take),
        }
    }
}

/// Takes the strings of a line in the list called `key`, and says whether the list goes on.
fn items_of<'t>(line: &'t str, key: &'t str, take: &mut impl FnMut(Entry<'t>)) -> Option<&'t str> {
    let mut rest = line;
    while let Some((_, string)) = rest.split_once('"') {
        let (value, after) = string_of(string);
        match key {
            "starts" => take(Entry::Start(value)),
            "whole" => take(Entry::Whole(value)),
            _ => {}
        }
        rest = after;
    }
    (!rest.contains(']')).then_some(key)
}

/// The string that begins after a quotation mark, and what comes after it.
fn string_of(text: &str) -> (Cow<'_, str>, &str) {
    let mut is_escaped = false;
    let end = text.bytes().position(|byte| {
        let ends = byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        ends
    });
    let (value, after) = text.split_at(end.unwrap_or(text.len()));
    let value = if value.contains('\\') { value.replace("\\\"", "\"").into() } else { value.into() };
    (value, after.get(1..).unwrap_or_default())
}
