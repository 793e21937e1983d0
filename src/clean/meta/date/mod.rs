//! Dates in text: ISO 8601, RFC 2822, epochs and the ways in which people write them in many languages.
//!
//! The text is cut into numbers, words and signs; a date, a time of day and a zone are then looked for
//! among them. Nothing is invented: without a time of day the result is a date alone, without a zone it
//! has no offset.

mod label;
mod numeric;
mod relative;
mod time;
mod tokens;
mod words;

use jiff::Timestamp;
use jiff::civil::Date;

pub(super) use label::{Claim, Labelled, by_label, is_label};
use numeric::numeric;
pub(super) use numeric::{Order, in_order, order};
use relative::relative;
use time::{Time, find_time, offset_text};
use tokens::{Token, number, skip, tokens};
use words::{DATE_WORDS, DateWords};

/// Years that a page may have been published in.
const YEARS: std::ops::RangeInclusive<i32> = 1800..=2100;
/// Tokens between the day and the year of `Mar 12 14:05:00 CET 2024`.
const YEAR_REACH: usize = 10;

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

/// Whether a word, in lower case, is the name of a month.
pub(super) fn is_month(word: &str) -> bool {
    DATE_WORDS.month(word).is_some()
}

/// The date in the path of a URL, such as `/2024/03/12/`.
pub(super) fn from_url(path: &str) -> Option<String> {
    let digits =
        |part: &str, length: usize| (part.len() == length).then(|| part.parse::<i32>().ok()).flatten();
    let parts: Vec<&str> = path.split(|c: char| !c.is_alphanumeric()).collect();
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

struct Found {
    date: Date,
    start: usize,
    end: usize,
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
        (near..tokens.len().min(near + YEAR_REACH)).find(|&place| is_year(place))?
    };
    let end = if place == near { near + 1 } else { after + 1 };
    Some(Found { date: make(number(tokens, place)?, day)?, start: at, end })
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::{from_url, parse};

    #[track_caller]
    fn check(language: &str, cases: &[(&str, &str)]) {
        let found: Vec<(&str, String)> = cases
            .iter()
            .map(|(text, _)| (*text, parse(text, Some(language), None).unwrap_or_default()))
            .collect();
        let expected: Vec<(&str, String)> =
            cases.iter().map(|(text, date)| (*text, (*date).to_owned())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn machine_formats_keep_their_offset_and_nothing_is_invented() {
        check(
            "en",
            &[
                ("2024-03-12", "2024-03-12"),
                ("2024-03-12T14:05:09Z", "2024-03-12T14:05:09Z"),
                ("2024-03-12T14:05:09.123+01:00", "2024-03-12T14:05:09+01:00"),
                ("2024-03-12 14:05:09 -0530", "2024-03-12T14:05:09-05:30"),
                ("2024-03-12T14:05", "2024-03-12T14:05:00"),
                ("20240312", "2024-03-12"),
                ("20240312T140509Z", "2024-03-12T14:05:09Z"),
                ("20240312140509", "2024-03-12T14:05:09"),
                ("Tue, 12 Mar 2024 14:05:09 GMT", "2024-03-12T14:05:09Z"),
                ("Tue Mar 12 14:05:09 2024", "2024-03-12T14:05:09"),
                ("Tue Mar 12 14:05:09 CET 2024", "2024-03-12T14:05:09+01:00"),
                ("Tue Mar 12 2024 14:05:09 GMT+0100 (CET)", "2024-03-12T14:05:09+01:00"),
                ("1710252309", "2024-03-12T14:05:09Z"),
                ("1710252309000", "2024-03-12T14:05:09Z"),
            ],
        );
    }

    #[test]
    fn english_dates_are_read_with_half_days_ordinals_and_zones() {
        check(
            "en",
            &[
                ("March 12th, 2024 at 3:05 pm EST", "2024-03-12T15:05:00-05:00"),
                ("Published on 12 March 2024, 12:05 a.m.", "2024-03-12T00:05:00"),
                ("Mar. 12, 2024 3 PM", "2024-03-12T15:00:00"),
                ("12-Mar-24", "2024-03-12"),
                ("03/12/2024", "2024-03-12"),
                ("25/12/2024", "2024-12-25"),
            ],
        );
        check("en-GB", &[("12/03/2024", "2024-03-12"), ("12/03/24 09:30 BST", "2024-03-12T09:30:00+01:00")]);
    }

    #[test]
    fn dates_of_many_languages_are_read() {
        let cases = [
            ("de", "Dienstag, 12. März 2024, 14:05 Uhr", "2024-03-12T14:05:00"),
            ("de", "12.03.24, 14.05 Uhr MEZ", "2024-03-12T14:05:00+01:00"),
            ("fr", "le 1er avril 2024 à 14h05", "2024-04-01T14:05:00"),
            ("es", "12 de marzo de 2024 - 14:05 hs", "2024-03-12T14:05:00"),
            ("pt", "12 mar 2024 às 14h05", "2024-03-12T14:05:00"),
            ("it", "12 marzo 2024", "2024-03-12"),
            ("nl", "12 maart 2024 om 14.05 uur", "2024-03-12T14:05:00"),
            ("pl", "12 marca 2024, 14:05", "2024-03-12T14:05:00"),
            ("ru", "12 марта 2024 г., 14:05 МСК", "2024-03-12T14:05:00+03:00"),
            ("uk", "12 березня 2024, 14:05", "2024-03-12T14:05:00"),
            ("tr", "12 Mart 2024 14:05", "2024-03-12T14:05:00"),
            ("id", "Selasa, 12 Maret 2024 14:05 WIB", "2024-03-12T14:05:00+07:00"),
            ("ms", "12 Mac 2024", "2024-03-12"),
            ("sw", "12 Machi 2024", "2024-03-12"),
            ("ha", "12 Maris, 2024", "2024-03-12"),
            ("yo", "12 Ẹrẹ̀nà 2024", "2024-03-12"),
            ("ar", "١٢ مارس ٢٠٢٤", "2024-03-12"),
            ("ar", "12 كانون الثاني 2024", "2024-01-12"),
            ("fa", "۲۲ اسفند ۱۴۰۲ - ۱۴:۰۵", "2024-03-12T14:05:00"),
            ("fa", "۱۴۰۲/۱۲/۲۲", "2024-03-12"),
            ("hi", "१२ मार्च २०२४", "2024-03-12"),
            ("bn", "১২ মার্চ ২০২৪, ১৪:০৫", "2024-03-12T14:05:00"),
            ("vi", "12 tháng 3, 2024 14:05", "2024-03-12T14:05:00"),
            ("ja", "2024年3月12日 14時05分", "2024-03-12T14:05:00"),
            ("ko", "2024년 3월 12일 오후 2:05", "2024-03-12T14:05:00"),
            ("zh", "2024年3月12日星期二 下午2:05", "2024-03-12T14:05:00"),
            ("sv", "12 mars 2024 kl. 14.05", "2024-03-12T14:05:00"),
            ("da", "12. marts 2024 kl. 14:05", "2024-03-12T14:05:00"),
            ("no", "12. desember 2024", "2024-12-12"),
            ("fi", "12. maaliskuuta 2024 klo 14.05", "2024-03-12T14:05:00"),
            ("cs", "12. března 2024", "2024-03-12"),
            ("ro", "12 martie 2024", "2024-03-12"),
            ("hu", "2024. március 12. 14:05", "2024-03-12T14:05:00"),
            ("el", "12 Μαρτίου 2024", "2024-03-12"),
        ];
        let wrong: Vec<_> = cases
            .iter()
            .map(|(language, text, date)| {
                (text, *date, parse(text, Some(language), None).unwrap_or_default())
            })
            .filter(|(_, date, found)| date != found)
            .collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    #[test]
    fn text_without_a_whole_date_has_none() {
        for text in
            ["", "March 2024", "12 March", "5 min read", "3.14.15", "2024-13-45", "99999999", "0001-01-01"]
        {
            assert_eq!(parse(text, Some("en"), None), None, "{text}");
        }
    }

    #[test]
    fn relative_dates_need_to_know_the_present() {
        let now = "2024-03-12T14:05:00Z".parse().ok();
        let cases = [
            ("3 hours ago", Some("2024-03-12T11:05:00Z")),
            ("vor 2 Tagen", Some("2024-03-10")),
            ("il y a 3 heures", Some("2024-03-12T11:05:00Z")),
            ("hace 5 minutos", Some("2024-03-12T14:00:00Z")),
            ("3時間前", Some("2024-03-12T11:05:00Z")),
            ("2일 전", Some("2024-03-10")),
            ("5 минут назад", Some("2024-03-12T14:00:00Z")),
            ("yesterday", Some("2024-03-11")),
            ("5 min read", None),
        ];
        for (text, expected) in cases {
            assert_eq!(parse(text, None, now).as_deref(), expected, "{text}");
            assert_eq!(parse(text, None, None), None, "{text}");
        }
    }

    #[test]
    fn the_path_of_an_address_may_hold_the_date() {
        assert_eq!(from_url("/2024/03/12/a-story").as_deref(), Some("2024-03-12"));
        assert_eq!(from_url("/news/2024-3-12-a-story").as_deref(), Some("2024-03-12"));
        assert_eq!(from_url("/news/20240312/a-story").as_deref(), Some("2024-03-12"));
        assert_eq!(from_url("/2024/mar/12/a-story").as_deref(), Some("2024-03-12"));
        assert_eq!(from_url("/id/20249999/2024/03/a-story"), None);
    }
}
