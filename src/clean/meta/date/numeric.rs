//! Dates in numbers alone, and the order of their day and month.

use jiff::civil::Date;

use super::tokens::{Token, number, skip, tokens};
use super::words::DateWords;
use super::{Found, date, solar_hijri};

/// What a date in numbers says of the order of day and month on its page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Order {
    DayFirst,
    MonthFirst,
    /// `03/12/2024` has two readings.
    Open,
}

/// The order of day and month in the first date of a text, where that is in numbers and the year last.
pub(in super::super) fn order(text: &str) -> Option<Order> {
    let tokens = tokens(text);
    let numbers = (0..tokens.len()).find_map(|at| Numbers::at(&tokens, at))?;
    let [first, second, _] = numbers.values;
    if numbers.digits[0] > 2 || numbers.sign == '.' {
        return None;
    }
    match (first, second) {
        (13..=31, 1..=12) => Some(Order::DayFirst),
        (1..=12, 13..=31) => Some(Order::MonthFirst),
        (1..=12, 1..=12) if first != second => Some(Order::Open),
        _ => None,
    }
}

/// The date that [`super::parse`] found in a text, its day and month read anew in an order.
pub(in super::super) fn in_order(text: &str, date: &str, order: Order) -> Option<String> {
    let tokens = tokens(text);
    let [first, second, _] = (0..tokens.len()).find_map(|at| Numbers::at(&tokens, at))?.values;
    let (month, day) = match order {
        Order::DayFirst => (second, first),
        Order::MonthFirst => (first, second),
        Order::Open => return None,
    };
    Some(format!("{}{month:02}-{day:02}{}", date.get(..5)?, date.get(10..)?))
}

/// `12/03/2024`, `2024-03-12`, `12.3.24`.
pub(super) fn numeric(
    tokens: &[Token],
    at: usize,
    language: Option<&str>,
    words: &DateWords,
) -> Option<Found> {
    let numbers = Numbers::at(tokens, at)?;
    let [first, second, third] = numbers.values;
    let is_in = |list: &[String]| {
        let language = language.unwrap_or("en").to_lowercase();
        list.iter()
            .any(|known| *known == language || (known.len() > 2 && language.starts_with(known.as_str())))
    };
    let date: Date = if numbers.digits[0] == 4 {
        if first < 1500 && is_in(&words.order.solar_hijri) {
            solar_hijri(first, second, third)
        } else {
            date(first, second, third)
        }
    } else {
        let year = match numbers.digits[2] {
            4 => third,
            2 if numbers.sign != '-' => 2000 + third,
            _ => return None,
        };
        // Nobody writes the month first with dots.
        let may_be_first = numbers.sign != '.';
        let month_first = may_be_first && (second > 12 || (first <= 12 && is_in(&words.order.month_first)));
        if month_first { date(year, first, second) } else { date(year, second, first) }
    }?;
    Some(Found { date, start: at, end: numbers.end })
}

/// Three numbers with the same sign between them.
struct Numbers {
    values: [i32; 3],
    /// Digits of each.
    digits: [usize; 3],
    sign: char,
    /// The place of the token after them.
    end: usize,
}

impl Numbers {
    fn at(tokens: &[Token], at: usize) -> Option<Self> {
        let mut places = [at; 3];
        let mut sign = None;
        for index in 1..3 {
            let place = skip(tokens, places[index - 1] + 1, |token| *token == Token::Space);
            let Some(Token::Sign(found @ ('/' | '.' | '-'))) = tokens.get(place) else { return None };
            if sign.is_some_and(|sign| sign != *found) {
                return None;
            }
            sign = Some(*found);
            places[index] = skip(tokens, place + 1, |token| *token == Token::Space);
        }
        let (mut values, mut digits) = ([0; 3], [0; 3]);
        for index in 0..3 {
            values[index] = number(tokens, places[index])?;
            let Some(Token::Number(_, count)) = tokens.get(places[index]) else { return None };
            digits[index] = *count;
        }
        Some(Self { values, digits, sign: sign?, end: places[2] + 1 })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::{Order, in_order, order};

    #[test]
    fn a_date_in_numbers_may_leave_open_which_is_the_month() {
        let cases = [
            ("12/25/2024", Some(Order::MonthFirst)),
            ("Published 25-12-2024", Some(Order::DayFirst)),
            ("03/12/24", Some(Order::Open)),
            ("12/12/2024", None),
            ("2024-03-12", None),
            ("03.12.2024", None),
            ("3 December 2024", None),
        ];
        for (text, expected) in cases {
            assert_eq!(order(text), expected, "{text}");
        }
        let read = |order| in_order("03/12/2024 14:05", "2024-03-12T14:05:00", order);
        assert_eq!(read(Order::DayFirst).as_deref(), Some("2024-12-03T14:05:00"));
        assert_eq!(read(Order::MonthFirst).as_deref(), Some("2024-03-12T14:05:00"));
    }
}
