//! Features of a block by itself: its text, its links, its element.

use crate::article::{BlockKind, MarkKind};
use crate::clean::outline::{Outline, Segment};
use crate::clean::phrases::{Kinds, PHRASES};
use crate::clean::words;

use super::schema::Names;

/// Names of these features, in the order in which [`push`] gives them.
pub(super) fn names(names: &mut Names) {
    for (name, meaning) in [
        ("words", "words, a character of a script without spaces counting as one; 0 and up"),
        ("characters", "characters that are not white space; 0 and up"),
        ("word_length", "characters for each word; 0 and up"),
        ("linked", "share of characters inside links; 0 to 1"),
        ("anchors", "links that hold text; 0 and up"),
        ("strong", "share of characters that are strong; 0 to 1"),
        ("lead_strong", "share of the text that is strong from its start; 0 to 1"),
        ("link_first", "1 when the text begins with a link"),
        ("link_last", "1 when the text ends with a link"),
        ("unlinked_lead", "words before the first link; 0 and up, -1 without a link"),
        ("commas", "commas for each word; 0 and up"),
        ("stops", "full stops for each word; 0 and up"),
        ("ends_sentence", "1 when the text ends as a sentence does"),
        ("ends_colon", "1 when the text ends with a colon"),
        ("pipes", "vertical bars, middle dots and slashes; 0 and up"),
        ("questions", "question marks; 0 and up"),
        ("exclamations", "exclamation marks; 0 and up"),
        ("quotes", "quotation marks; 0 and up"),
        ("upper", "share of letters in upper case; 0 to 1"),
        ("digits", "share of characters that are digits; 0 to 1"),
        ("capitalised", "share of words that begin in upper case; 0 to 1"),
        ("starts_upper", "1 when the text begins in upper case"),
        ("starts_digit", "1 when the text begins with a digit"),
        ("starts_mark", "1 when the text begins with neither letter, digit nor quotation mark"),
        ("at_signs", "@ signs; 0 and up"),
        ("addresses", "1 when the text spells out a web address"),
        ("copyright", "1 when the text holds a copyright sign"),
        ("lines", "line breaks inside the block; 0 and up"),
        ("unspaced", "share of characters of scripts without spaces; 0 to 1"),
        ("kind", "kind of block, numbered in the order of BlockKind"),
        ("level", "heading level or list depth; 0 for others"),
        ("number", "number in an ordered list; 0 for others"),
        ("rows", "rows of a table; 0 for others"),
        ("wording", "log of the odds of a story by the words alone; any number"),
        ("phrase_kinds", "kinds of phrases that the block begins with; 0 and up"),
    ] {
        names.push((name.to_owned(), meaning.to_owned()));
    }
    for kind in PHRASES.names() {
        names.push((
            format!("phrase_{kind}"),
            format!("1 when the block begins with a phrase of the kind {kind}"),
        ));
    }
}

/// Adds the features of one block.
pub(super) fn push(outline: &Outline, place: usize, phrases: Kinds, wording: f32, values: &mut Vec<f32>) {
    let segment = &outline.segments[place];
    let marks = Marks::count(&segment.block.text);
    let words = segment.words.max(1) as f32;
    let characters = segment.characters.max(1) as f32;
    let yes = |test: bool| f32::from(u8::from(test));
    let text = segment.block.text.as_str();
    let first = text.chars().next().unwrap_or(' ');
    values.extend_from_slice(&[
        segment.words as f32,
        segment.characters as f32,
        characters / words,
        segment.linked as f32 / characters,
        segment.anchors as f32,
        segment.strong as f32 / characters,
        lead_strong(segment),
        yes(segment.block.links.first().is_some_and(|link| link.start == 0)),
        yes(segment.block.links.iter().any(|link| link.end == text.len())),
        segment
            .block
            .links
            .first()
            .map_or(-1.0, |link| words::count(text.get(..link.start).unwrap_or_default()) as f32),
        marks.commas / words,
        marks.stops / words,
        yes(ends_sentence(text)),
        yes(text.ends_with([':', '：'])),
        marks.pipes,
        marks.questions,
        marks.exclamations,
        marks.quotes,
        marks.upper / marks.letters.max(1.0),
        marks.digits / characters,
        marks.capitalised / words,
        yes(first.is_uppercase()),
        yes(first.is_numeric()),
        yes(!first.is_alphanumeric() && !is_quote(first)),
        marks.at_signs,
        yes(text.contains("http") || text.contains("www.")),
        yes(text.contains('©')),
        marks.lines,
        marks.unspaced / characters,
        kind_number(segment.block.kind),
        f32::from(segment.block.level.unwrap_or(0)),
        segment.block.number.unwrap_or(0) as f32,
        segment.block.rows.len() as f32,
        wording,
        phrases.0.count_ones() as f32,
    ]);
    values.extend((0..PHRASES.names().len()).map(|bit| yes(phrases.0 >> bit & 1 == 1)));
}

/// The number of a kind, stable across versions of the model.
pub(super) fn kind_number(kind: BlockKind) -> f32 {
    match kind {
        BlockKind::Paragraph => 0.0,
        BlockKind::Heading => 1.0,
        BlockKind::ListItem => 2.0,
        BlockKind::Quote => 3.0,
        BlockKind::Code => 4.0,
        BlockKind::Table => 5.0,
        BlockKind::Caption => 6.0,
    }
}

fn lead_strong(segment: &Segment) -> f32 {
    let lead = segment.block.marks.iter().find(|mark| mark.start == 0 && mark.kind == MarkKind::Strong);
    lead.map_or(0.0, |mark| mark.end as f32 / segment.block.text.len().max(1) as f32)
}

pub(super) fn ends_sentence(text: &str) -> bool {
    let text = text.trim_end_matches(|c: char| is_quote(c) || matches!(c, ')' | ']' | '）' | '*'));
    text.ends_with(['.', '!', '?', '…', '。', '！', '？', '।', '۔', '؟', '։', '።'])
}

fn is_quote(c: char) -> bool {
    matches!(c, '"' | '\'' | '“' | '”' | '„' | '‘' | '’' | '«' | '»' | '‹' | '›' | '「' | '」' | '『' | '』')
}

/// Counts over the characters of a text, in one pass.
#[derive(Default)]
struct Marks {
    commas: f32,
    stops: f32,
    pipes: f32,
    questions: f32,
    exclamations: f32,
    quotes: f32,
    letters: f32,
    upper: f32,
    digits: f32,
    capitalised: f32,
    at_signs: f32,
    lines: f32,
    unspaced: f32,
}

impl Marks {
    fn count(text: &str) -> Self {
        let mut marks = Self::default();
        let mut inside = false;
        for c in text.chars() {
            let is_letter = if c.is_ascii() { c.is_ascii_alphabetic() } else { c.is_alphabetic() };
            if is_letter {
                marks.letters += 1.0;
                if c.is_uppercase() {
                    marks.upper += 1.0;
                    marks.capitalised += if inside { 0.0 } else { 1.0 };
                }
                inside = true;
                if words::is_unspaced(c) {
                    marks.unspaced += 1.0;
                }
                continue;
            }
            inside = inside && matches!(c, '\'' | '’');
            match c {
                ',' | '،' | '、' | '，' => marks.commas += 1.0,
                '.' | '。' | '।' | '۔' => marks.stops += 1.0,
                '|' | '·' | '/' | '•' => marks.pipes += 1.0,
                '?' | '？' | '؟' => marks.questions += 1.0,
                '!' | '！' => marks.exclamations += 1.0,
                '@' => marks.at_signs += 1.0,
                '\n' => marks.lines += 1.0,
                c if c.is_numeric() => marks.digits += 1.0,
                c if is_quote(c) && c != '\'' && c != '’' => marks.quotes += 1.0,
                _ => {}
            }
        }
        marks
    }
}
