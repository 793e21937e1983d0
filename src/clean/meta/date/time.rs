//! The time of day beside a date, with its zone: `14:05`, `2 pm`, `14.05 Uhr`, `14時5分`, `오후 3:05`.

use super::tokens::{Token, skip};
use super::words::DateWords;

/// Tokens between a date and its time of day: weekday, comma, `at`, and such.
const TIME_REACH: usize = 8;

pub(super) struct Time {
    pub hour: i64,
    pub minute: i64,
    pub second: i64,
    /// Minutes east of Greenwich.
    pub offset: Option<i64>,
}

pub(super) fn find_time(tokens: &[Token], start: usize, end: usize, words: &DateWords) -> Option<Time> {
    if let [Token::Number(value, count @ (12 | 14))] = tokens {
        let value = if *count == 12 { value * 100 } else { *value };
        return Some(Time {
            hour: value / 10_000 % 100,
            minute: value / 100 % 100,
            second: value % 100,
            offset: None,
        });
    }
    let after = end..tokens.len().min(end + TIME_REACH);
    let before = start.saturating_sub(TIME_REACH)..start;
    after.chain(before).find_map(|at| time_at(tokens, at, words))
}

fn time_at(tokens: &[Token], at: usize, words: &DateWords) -> Option<Time> {
    let Token::Number(hour, digits) = *tokens.get(at)? else { return None };
    if digits == 6 && at > 0 && tokens[at - 1] == Token::Word("t".to_owned()) {
        let offset = zone(tokens, at + 1, words);
        return valid(hour / 10_000, hour / 100 % 100, hour % 100, offset);
    }
    let word = |place: usize| {
        if let Some(Token::Word(word)) = tokens.get(place) { Some(word.as_str()) } else { None }
    };
    let is_in =
        |list: &[String], word: Option<&str>| word.is_some_and(|word| list.iter().any(|known| known == word));
    let spaces = |place: usize| skip(tokens, place, |token| *token == Token::Space);
    let previous = tokens[..at].iter().rposition(|token| !matches!(token, Token::Space | Token::Sign('.')));
    let (mut minute, mut second, mut next) = (0, 0, at + 1);
    let marked_hour = spaces(at + 1);
    if let (Some(Token::Sign(':')), Some(Token::Number(value, 2))) = (tokens.get(at + 1), tokens.get(at + 2))
    {
        (minute, next) = (*value, at + 3);
        if let (Some(Token::Sign(':')), Some(Token::Number(value, 2))) =
            (tokens.get(at + 3), tokens.get(at + 4))
        {
            (second, next) = (*value, at + 5);
            if let (Some(Token::Sign('.' | ',')), Some(Token::Number(..))) =
                (tokens.get(next), tokens.get(next + 1))
            {
                next += 2;
            }
        }
    } else if let (Some(Token::Sign('.')), Some(Token::Number(value, 2))) =
        (tokens.get(at + 1), tokens.get(at + 2))
    {
        let said = is_in(&words.marks.clock, previous.and_then(word))
            || is_in(&words.marks.clock, word(spaces(at + 3)));
        let half_day = [&words.marks.morning, &words.marks.afternoon]
            .into_iter()
            .any(|list| is_in(list, word(spaces(at + 3))));
        if !said && !half_day {
            return None;
        }
        (minute, next) = (*value, at + 3);
    } else if word(marked_hour).is_some_and(|word| words.marks.hour.iter().any(|mark| mark == word)) {
        next = spaces(marked_hour + 1);
        match tokens.get(next) {
            Some(Token::Number(value, 1 | 2)) => (minute, next) = (*value, next + 1),
            // `14 h` alone is too little for a time, `14 Uhr` is not; both are rare enough to be taken.
            _ => next = marked_hour + 1,
        }
        if is_in(&words.marks.minute, word(spaces(next))) {
            next = spaces(next) + 1;
        }
    } else if ![&words.marks.morning, &words.marks.afternoon]
        .into_iter()
        .any(|list| is_in(list, word(marked_hour)))
    {
        return None;
    }
    let (next, hour) = half_of_day(tokens, next, previous.and_then(word), hour, words);
    let offset = zone(tokens, next, words);
    valid(hour, minute, second, offset)
}

/// Turns an hour of a half day (`3 pm`, `p.m.`, `오후 3`) into one of the day; gives the place after the mark.
fn half_of_day(
    tokens: &[Token],
    next: usize,
    previous: Option<&str>,
    hour: i64,
    words: &DateWords,
) -> (usize, i64) {
    let place = skip(tokens, next, |token| *token == Token::Space);
    let following = if let Some(Token::Word(word)) = tokens.get(place) { Some(word.as_str()) } else { None };
    // A single `a` or `p` only counts as the start of `a.m.`.
    let dotted = matches!((tokens.get(place + 1), tokens.get(place + 2)), (Some(Token::Sign('.')), Some(Token::Word(m))) if m == "m");
    let following = following.filter(|word| !word.is_ascii() || word.len() > 1 || dotted);
    let is_in =
        |list: &[String], word: Option<&str>| word.is_some_and(|word| list.iter().any(|known| known == word));
    let after = if is_in(&words.marks.morning, following) || is_in(&words.marks.afternoon, following) {
        if dotted { place + 3 } else { place + 1 }
    } else {
        next
    };
    let previous = previous.filter(|word| !word.is_ascii());
    if is_in(&words.marks.afternoon, following) || is_in(&words.marks.afternoon, previous) {
        (after, if hour < 12 { hour + 12 } else { hour })
    } else if is_in(&words.marks.morning, following) || is_in(&words.marks.morning, previous) {
        (after, if hour == 12 { 0 } else { hour })
    } else {
        (after, hour)
    }
}

/// The zone after a time: `Z`, `EST`, `+01:00`, `GMT+0100`; minutes east of Greenwich.
fn zone(tokens: &[Token], from: usize, words: &DateWords) -> Option<i64> {
    let next =
        |from: usize| skip(tokens, from, |token| matches!(token, Token::Space | Token::Sign('(' | '.')));
    let named = |place: usize| match tokens.get(place) {
        Some(Token::Word(word)) => words.zones.get(word).map(|minutes| i64::from(*minutes)),
        _ => None,
    };
    let mut place = next(from);
    // `14.05 Uhr MEZ`
    if named(place).is_none()
        && matches!(tokens.get(place), Some(Token::Word(word)) if words.marks.clock.contains(word))
    {
        place = next(place + 1);
    }
    match named(place) {
        Some(offset) => signed(tokens, place + 1).or(Some(offset)),
        None => signed(tokens, place),
    }
}

/// `+01:00`, `+0100`, `+1`.
fn signed(tokens: &[Token], place: usize) -> Option<i64> {
    let sign = match tokens.get(place)? {
        Token::Sign('+') => 1,
        Token::Sign('-') => -1,
        _ => return None,
    };
    match (tokens.get(place + 1)?, tokens.get(place + 2), tokens.get(place + 3)) {
        (Token::Number(hours, 1 | 2), Some(Token::Sign(':')), Some(Token::Number(minutes, 2))) => {
            Some(sign * (hours * 60 + minutes))
        }
        (Token::Number(value, 4), _, _) => Some(sign * (value / 100 * 60 + value % 100)),
        (Token::Number(hours, 1 | 2), _, _) if *hours <= 14 => Some(sign * hours * 60),
        _ => None,
    }
}

fn valid(hour: i64, minute: i64, second: i64, offset: Option<i64>) -> Option<Time> {
    let offset = offset.filter(|minutes| minutes.abs() <= 15 * 60);
    ((0..24).contains(&hour) && (0..60).contains(&minute) && (0..=60).contains(&second)).then(|| Time {
        hour,
        minute,
        second: second.min(59),
        offset,
    })
}

pub(super) fn offset_text(minutes: i64) -> String {
    if minutes == 0 {
        return "Z".to_owned();
    }
    let sign = if minutes < 0 { '-' } else { '+' };
    format!("{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60)
}
