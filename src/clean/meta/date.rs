//! Dates in text: ISO 8601, RFC 2822, epochs and the ways in which people write them in many languages.
//!
//! The text is cut into numbers, words and signs; a date, a time of day and a zone are then looked for
//! among them. Nothing is invented: without a time of day the result is a date alone, without a zone it
//! has no offset.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use unicode_normalization::UnicodeNormalization;

use super::date_words::{DATE_WORDS, DateWords};

/// Characters that are read: a date line is shorter, and a long text is no date line.
const TEXT_LIMIT: usize = 300;
/// Years that a page may have been published in.
const YEARS: std::ops::RangeInclusive<i32> = 1800..=2100;
/// Tokens between a date and its time of day: weekday, comma, `at`, and such.
const TIME_REACH: usize = 8;

/// The first date in a text, as RFC 3339 with the offset that the text gives, as a date and time without
/// an offset, or as a date alone.
///
/// `language` (BCP 47) decides between 3 December and 12 March; `now` resolves `3 hours ago`.
pub(super) fn parse(text: &str, language: Option<&str>, now: Option<Timestamp>) -> Option<String> {
    let words = &*DATE_WORDS;
    let tokens = tokens(text);
    if let Some(stamp) = epoch(&tokens) {
        return Some(stamp);
    }
    let found = compact(&tokens).or_else(|| find_date(&tokens, language, words));
    let Some(found) = found else { return relative(&tokens, now?, words) };
    let date = found.date;
    let time = find_time(&tokens, found.start, found.end, words);
    Some(match time {
        None => format!("{date}"),
        Some(Time { hour, minute, second, offset }) => {
            format!("{date}T{hour:02}:{minute:02}:{second:02}{}", offset.map(offset_text).unwrap_or_default())
        }
    })
}

/// Parts of a text about the publication and about the last change, by the words before them.
///
/// `Posted 3 May, updated 4 May` has both; a text without such words speaks of the publication.
pub(super) fn by_label(text: &str) -> (Option<&str>, Option<&str>) {
    let labels = &DATE_WORDS.labels;
    let modified = word_of(text, &labels.modified);
    let Some((start, end)) = modified else { return (Some(text), None) };
    let (before, after) = (text.get(..start).unwrap_or_default(), text.get(end..).unwrap_or_default());
    let published = match word_of(after, &labels.published) {
        Some((_, end)) => after.get(end..),
        None => Some(before).filter(|before| before.contains(|c: char| c.is_numeric())),
    };
    let modified = after.get(..word_of(after, &labels.published).map_or(after.len(), |(start, _)| start));
    (published, modified)
}

/// The place of the first of some words in a text.
fn word_of(text: &str, words: &[String]) -> Option<(usize, usize)> {
    let mut start = None;
    let ends = text.char_indices().map(|(at, c)| (at, Some(c))).chain([(text.len(), None)]);
    for (at, c) in ends {
        match (start, c.is_some_and(is_letter)) {
            (None, true) => start = Some(at),
            (Some(from), false) => {
                let word = text.get(from..at).unwrap_or_default().to_lowercase();
                if words.contains(&word) {
                    return Some((from, at));
                }
                start = None;
            }
            _ => {}
        }
    }
    None
}

/// The date in the path of a URL, such as `/2024/03/12/`.
pub(super) fn from_url(path: &str) -> Option<String> {
    let digits =
        |part: &str, length: usize| (part.len() == length).then(|| part.parse::<i32>().ok()).flatten();
    let parts: Vec<&str> = path.split(['/', '-', '_', '.']).collect();
    let spelled = parts.windows(3).find_map(|window| {
        let month = digits(window[1], 2)
            .or_else(|| digits(window[1], 1))
            .or_else(|| Some(DATE_WORDS.month(&window[1].to_lowercase())?.number))?;
        date(digits(window[0], 4)?, month, digits(window[2], 2).or_else(|| digits(window[2], 1))?)
    });
    let run = || {
        parts.iter().find_map(|part| {
            let all = digits(part, 8)?;
            date(all / 10_000, all / 100 % 100, all % 100).filter(|date| date.year() >= 1990)
        })
    };
    spelled.or_else(run).map(|date| date.to_string())
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    /// Value and count of digits.
    Number(i64, usize),
    /// In lower case.
    Word(String),
    Sign(char),
    Space,
}

struct Found {
    date: Date,
    start: usize,
    end: usize,
}

struct Time {
    hour: i64,
    minute: i64,
    second: i64,
    /// Minutes east of Greenwich.
    offset: Option<i64>,
}

fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut characters = text.nfc().take(TEXT_LIMIT).map(ascii_digit).peekable();
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
    join_pairs(tokens)
}

/// Joins month names of two parts (`tháng 3`, `تشرين الأول`) into one word.
fn join_pairs(tokens: Vec<Token>) -> Vec<Token> {
    let mut out: Vec<Token> = Vec::with_capacity(tokens.len());
    for token in tokens {
        let second = match &token {
            Token::Word(word) => Some(word.clone()),
            Token::Number(value, count) => Some(format!("{value:0count$}")),
            _ => None,
        };
        if let (Some(second), [.., Token::Word(first), Token::Space]) = (second, out.as_slice()) {
            let pair = format!("{first} {second}");
            if DATE_WORDS.month(&pair).is_some() {
                out.truncate(out.len() - 2);
                out.push(Token::Word(pair));
                continue;
            }
        }
        out.push(token);
    }
    out
}

fn is_letter(c: char) -> bool {
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

/// Seconds or milliseconds since 1970, alone.
fn epoch(tokens: &[Token]) -> Option<String> {
    let [Token::Number(value, count @ (10 | 13))] = tokens else { return None };
    let stamp =
        if *count == 10 { Timestamp::from_second(*value) } else { Timestamp::from_millisecond(*value) };
    let second = stamp.ok()?.as_second();
    Some(Timestamp::from_second(second).ok()?.to_string())
}

/// `20240312`, alone or before a time such as `T140500Z`.
fn compact(tokens: &[Token]) -> Option<Found> {
    let Some(Token::Number(value, count)) = tokens.first() else { return None };
    let value = match (*count, tokens.get(1)) {
        (8, _) => *value,
        (12, None) => value / 10_000,
        (14, None) => value / 1_000_000,
        _ => return None,
    };
    let number = |part: i64| i32::try_from(part).ok();
    let date = date(number(value / 10_000)?, number(value / 100 % 100)?, number(value % 100)?)?;
    Some(Found { date, start: 0, end: 1 })
}

fn find_date(tokens: &[Token], language: Option<&str>, words: &DateWords) -> Option<Found> {
    (0..tokens.len()).find_map(|at| match &tokens[at] {
        Token::Number(..) => marked(tokens, at, words).or_else(|| numeric(tokens, at, language, words)),
        Token::Word(_) => named(tokens, at, words),
        _ => None,
    })
}

/// `2024年3月12日`.
fn marked(tokens: &[Token], at: usize, words: &DateWords) -> Option<Found> {
    let (year, at_month) = marked_number(tokens, at, &words.marks.year)?;
    let (month, at_day) = marked_number(tokens, at_month, &words.marks.month)?;
    let (day, end) = marked_number(tokens, at_day, &words.marks.day)?;
    Some(Found { date: date(year, month, day)?, start: at, end })
}

/// A number with one of `marks` after it, and the place of the next token that is no space.
fn marked_number(tokens: &[Token], at: usize, marks: &[String]) -> Option<(i32, usize)> {
    let number = number(tokens, at)?;
    let at = skip(tokens, at + 1, |token| *token == Token::Space);
    let Some(Token::Word(word)) = tokens.get(at) else { return None };
    marks
        .iter()
        .any(|mark| word.starts_with(mark.as_str()))
        .then(|| (number, skip(tokens, at + 1, |token| *token == Token::Space)))
}

/// `12/03/2024`, `2024-03-12`, `12.3.24`: three numbers with the same sign between them.
fn numeric(tokens: &[Token], at: usize, language: Option<&str>, words: &DateWords) -> Option<Found> {
    let mut places = [at; 3];
    let mut sign = None;
    for index in 1..3 {
        let place = skip(tokens, places[index - 1] + 1, |token| *token == Token::Space);
        let found = tokens.get(place).filter(|token| matches!(token, Token::Sign('/' | '.' | '-')))?;
        if sign.is_some_and(|sign| sign != found) {
            return None;
        }
        sign = Some(found);
        places[index] = skip(tokens, place + 1, |token| *token == Token::Space);
    }
    let [first, second, third] =
        [number(tokens, places[0])?, number(tokens, places[1])?, number(tokens, places[2])?];
    let digits =
        |place: usize| if let Some(Token::Number(_, count)) = tokens.get(place) { *count } else { 0 };
    let is_in = |list: &[String]| {
        let language = language.unwrap_or("en").to_lowercase();
        list.iter()
            .any(|known| *known == language || (known.len() > 2 && language.starts_with(known.as_str())))
    };
    let date = if digits(places[0]) == 4 {
        if first < 1500 && is_in(&words.order.solar_hijri) {
            solar_hijri(first, second, third)
        } else {
            date(first, second, third)
        }
    } else {
        let year = match digits(places[2]) {
            4 => third,
            2 if sign != Some(&Token::Sign('-')) => 2000 + third,
            _ => return None,
        };
        let month_first = second > 12
            || (first <= 12 && is_in(&words.order.month_first) && sign != Some(&Token::Sign('.')));
        if month_first { date(year, first, second) } else { date(year, second, first) }
    }?;
    Some(Found { date, start: at, end: places[2] + 1 })
}

/// `12 March 2024`, `March 12th, 2024`, `2024. március 12.`: around the name of a month.
fn named(tokens: &[Token], at: usize, words: &DateWords) -> Option<Found> {
    let Token::Word(word) = &tokens[at] else { return None };
    let month = words.month(word)?;
    let is_between = |token: &Token| match token {
        Token::Space | Token::Sign('.' | ',' | '-' | '/' | '،' | '\'' | '’') => true,
        Token::Word(word) => words.marks.filler.contains(word) || words.marks.ordinal.contains(word),
        _ => false,
    };
    let next = |from: usize| skip(tokens, from, is_between);
    let before = tokens[..at].iter().rposition(|token| !is_between(token));
    let after = next(at + 1);
    let is_year = |place: usize| matches!(tokens.get(place), Some(Token::Number(value, 4)) if *value > 1300);
    let make = |year: i32, day: i32| {
        if month.solar_hijri { solar_hijri(year, month.number, day) } else { date(year, month.number, day) }
    };
    // Day before the month; the year follows it, in four digits or in two.
    if let Some(before) = before.filter(|&place| !is_year(place))
        && let Some(day) = number(tokens, before)
    {
        let year = match tokens.get(after) {
            Some(Token::Number(_, 4)) => number(tokens, after),
            Some(Token::Number(value, 2)) if !matches!(tokens.get(after + 1), Some(Token::Sign(':'))) => {
                i32::try_from(2000 + value).ok()
            }
            _ => None,
        };
        if let Some(date) = year.and_then(|year| make(year, day)) {
            return Some(Found { date, start: before, end: after + 1 });
        }
    }
    // Day after the month; the year stands before the month, follows, or follows a time of day (`Mar 12 14:05:00 2024`).
    let day = number(tokens, after)?;
    if let Some(before) = before.filter(|&place| is_year(place))
        && !is_year(after)
    {
        return Some(Found { date: make(number(tokens, before)?, day)?, start: before, end: after + 1 });
    }
    let near = next(after + 1);
    let place = if is_year(near) {
        near
    } else {
        (near..tokens.len().min(near + TIME_REACH)).find(|&place| is_year(place))?
    };
    let end = if place == near { near + 1 } else { after + 1 };
    Some(Found { date: make(number(tokens, place)?, day)?, start: at, end })
}

fn find_time(tokens: &[Token], start: usize, end: usize, words: &DateWords) -> Option<Time> {
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
        let (_, offset) = zone(tokens, at + 1, words);
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
    let (_, offset) = zone(tokens, next, words);
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
fn zone(tokens: &[Token], from: usize, words: &DateWords) -> (usize, Option<i64>) {
    let mut place = skip(tokens, from, |token| matches!(token, Token::Space | Token::Sign('(' | '.')));
    let mut offset = None;
    if let Some(Token::Word(word)) = tokens.get(place)
        && let Some(minutes) = words.zones.get(word)
    {
        offset = Some(i64::from(*minutes));
        place += 1;
    } else if matches!(tokens.get(place), Some(Token::Word(word)) if words.marks.clock.contains(word)) {
        return zone_sign(tokens, skip(tokens, place + 1, |token| *token == Token::Space), None);
    }
    zone_sign(tokens, place, offset)
}

fn zone_sign(tokens: &[Token], place: usize, offset: Option<i64>) -> (usize, Option<i64>) {
    let sign = match tokens.get(place) {
        Some(Token::Sign('+')) => 1,
        Some(Token::Sign('-')) => -1,
        _ => return (place, offset),
    };
    match (tokens.get(place + 1), tokens.get(place + 2), tokens.get(place + 3)) {
        (Some(Token::Number(hours, 1 | 2)), Some(Token::Sign(':')), Some(Token::Number(minutes, 2))) => {
            (place + 4, Some(sign * (hours * 60 + minutes)))
        }
        (Some(Token::Number(value, 4)), _, _) => (place + 2, Some(sign * (value / 100 * 60 + value % 100))),
        (Some(Token::Number(hours, 1 | 2)), _, _) if *hours <= 14 => (place + 2, Some(sign * hours * 60)),
        _ => (place, offset),
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

fn offset_text(minutes: i64) -> String {
    if minutes == 0 {
        return "Z".to_owned();
    }
    let sign = if minutes < 0 { '-' } else { '+' };
    format!("{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60)
}

/// `3 hours ago`, `vor 2 Tagen`, `3時間前`, `yesterday`.
fn relative(tokens: &[Token], now: Timestamp, words: &DateWords) -> Option<String> {
    let table = &words.relative;
    let text: Vec<&str> = tokens
        .iter()
        .filter_map(|token| if let Token::Word(word) = token { Some(word.as_str()) } else { None })
        .collect();
    let day = |days: i64| {
        Some(now.checked_sub(SignedDuration::from_hours(24 * days)).ok()?.to_string().get(..10)?.to_owned())
    };
    let amount = (0..tokens.len()).find_map(|at| {
        let count = number(tokens, at)?;
        let place = skip(tokens, at + 1, |token| *token == Token::Space);
        let Some(Token::Word(word)) = tokens.get(place) else { return None };
        let (unit, rest) = words.unit(word)?;
        Some((i64::from(count), unit, rest.to_owned()))
    });
    let phrase = text.windows(3).any(|window| table.ago_phrase.contains(&window.join("_")));
    if let Some((count, unit, rest)) = amount
        && (phrase || table.ago.iter().any(|ago| rest == *ago || text.contains(&ago.as_str())))
    {
        if unit >= 86_400 {
            return day(count.checked_mul(unit / 86_400)?);
        }
        let then = now.checked_sub(SignedDuration::from_secs(count.checked_mul(unit)?)).ok()?;
        return Some(Timestamp::from_second(then.as_second()).ok()?.to_string());
    }
    if text.len() > 4 {
        return None;
    }
    let says = |list: &[String]| list.iter().any(|word| text.contains(&word.as_str()));
    if says(&table.yesterday) {
        day(1)
    } else if says(&table.today) {
        day(0)
    } else {
        None
    }
}

fn skip(tokens: &[Token], from: usize, unwanted: impl Fn(&Token) -> bool) -> usize {
    (from..tokens.len()).find(|&at| !unwanted(&tokens[at])).unwrap_or(tokens.len())
}

fn number(tokens: &[Token], at: usize) -> Option<i32> {
    match tokens.get(at) {
        Some(Token::Number(value, 1..=4)) => i32::try_from(*value).ok(),
        _ => None,
    }
}

fn date(year: i32, month: i32, day: i32) -> Option<Date> {
    if !YEARS.contains(&year) {
        return None;
    }
    Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

/// The Gregorian date of a Solar Hijri one, by the 33-year cycle of leap years, which holds from 1244 to 1472
/// (Borkowski, "The Persian calendar for 3000 years", 1996).
fn solar_hijri(year: i32, month: i32, day: i32) -> Option<Date> {
    if !(1244..=1472).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let months = if month <= 6 { 31 * (month - 1) } else { 30 * (month - 1) + 6 };
    // 1 Farvardin 1400 is 21 March 2021.
    let leaps = |year: i32| (8 * year + 21).div_euclid(33);
    let days = 365 * (year - 1400) + leaps(year) - leaps(1400) + months + day - 1;
    Date::new(2021, 3, 21).ok()?.checked_add(jiff::Span::new().days(days)).ok()
}
