//! Text as numbers, words and signs, the same for every script.

use unicode_normalization::UnicodeNormalization;

use super::words::DATE_WORDS;

/// Characters that are read: a date line is shorter, and a long text is no date line.
const TEXT_LIMIT: usize = 300;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    /// Value and count of digits.
    Number(i64, usize),
    /// In lower case.
    Word(String),
    Sign(char),
    Space,
}

pub(super) fn tokens(text: &str) -> Vec<Token> {
    // ASCII is in NFC already.
    join_pairs(if text.is_ascii() { read(text.chars()) } else { read(text.nfc()) })
}

fn read(characters: impl Iterator<Item = char>) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut characters = characters.take(TEXT_LIMIT).map(ascii_digit).peekable();
    while let Some(c) = characters.next() {
        if let Some(first) = c.to_digit(10) {
            let (mut value, mut count) = (i64::from(first), 1);
            while let Some(digit) = characters.peek().and_then(|next| next.to_digit(10)) {
                characters.next();
                value = value.saturating_mul(10).saturating_add(i64::from(digit));
                count += 1;
            }
            tokens.push(Token::Number(value, count));
        } else if c.is_whitespace() {
            if tokens.last().is_some_and(|last| *last != Token::Space) {
                tokens.push(Token::Space);
            }
        } else if is_letter(c) {
            let mut word: String = c.to_lowercase().collect();
            while let Some(next) = characters.next_if(|next| is_letter(*next) && !next.is_ascii_digit()) {
                word.extend(next.to_lowercase());
            }
            tokens.push(Token::Word(word));
        } else if !matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
        {
            tokens.push(Token::Sign(if matches!(c, '‐' | '‑' | '–' | '—' | '−') {
                '-'
            } else if c == '：' {
                ':'
            } else {
                c
            }));
        }
    }
    tokens
}

/// Joins month names of two parts (`tháng 3`, `تشرين الأول`) into one word.
fn join_pairs(tokens: Vec<Token>) -> Vec<Token> {
    let mut out: Vec<Token> = Vec::with_capacity(tokens.len());
    for token in tokens {
        if let [.., Token::Word(first), Token::Space] = out.as_slice()
            && DATE_WORDS.begins_month(first)
            && let Some(pair) = pair(first, &token)
            && DATE_WORDS.month(&pair).is_some()
        {
            out.truncate(out.len() - 2);
            out.push(Token::Word(pair));
            continue;
        }
        out.push(token);
    }
    out
}

fn pair(first: &str, second: &Token) -> Option<String> {
    match second {
        Token::Word(word) => Some(format!("{first} {word}")),
        Token::Number(value, count) => Some(format!("{first} {value:0count$}")),
        Token::Sign(_) | Token::Space => None,
    }
}

pub(super) fn is_letter(c: char) -> bool {
    // Vowel signs and viramas of Indic scripts, and tone marks, are part of the word.
    c.is_alphabetic()
        || matches!(c, '\u{300}'..='\u{36f}' | '\u{900}'..='\u{963}' | '\u{981}'..='\u{9cd}' | 'º' | 'ª')
}

/// Arabic, Persian, Devanagari, Bengali and full-width digits as ASCII.
fn ascii_digit(c: char) -> char {
    let zero = match c {
        '\u{660}'..='\u{669}' => 0x660,
        '\u{6f0}'..='\u{6f9}' => 0x6f0,
        '\u{966}'..='\u{96f}' => 0x966,
        '\u{9e6}'..='\u{9ef}' => 0x9e6,
        '\u{ff10}'..='\u{ff19}' => 0xff10,
        _ => return c,
    };
    char::from_digit(u32::from(c) - zero, 10).unwrap_or(c)
}

pub(super) fn skip(tokens: &[Token], from: usize, unwanted: impl Fn(&Token) -> bool) -> usize {
    (from..tokens.len()).find(|&at| !unwanted(&tokens[at])).unwrap_or(tokens.len())
}

pub(super) fn number(tokens: &[Token], at: usize) -> Option<i32> {
    match tokens.get(at) {
        Some(Token::Number(value, 1..=4)) => i32::try_from(*value).ok(),
        _ => None,
    }
}
