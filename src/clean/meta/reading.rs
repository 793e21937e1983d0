//! How the dates of one page are read: in its language, and in the order of day and month that the page keeps.

use jiff::Timestamp;
use url::Url;

use super::date::{self, Order};
use super::gather::Clues;
use super::json_ld::Stated;
use super::text::one_line;

/// A date, as [`date::parse`] gives it, and the text that it was read from.
pub(super) type Read = (String, String);

/// What the dates of a page are read with.
pub(super) struct Reading<'a> {
    pub language: Option<&'a str>,
    pub now: Option<Timestamp>,
    pub url: Option<&'a Url>,
    pub clues: &'a Clues<'a>,
    pub stated: &'a Stated,
}

impl Reading<'_> {
    /// The first date in a text.
    pub fn read(&self, text: &str) -> Option<Read> {
        let date = date::parse(text, self.language, self.now)?;
        let date = if date::order(text) == Some(Order::Open) { self.settle(text, date) } else { date };
        Some((date, one_line(text)))
    }

    /// The date in the address.
    pub fn address(&self) -> Option<Read> {
        let path = self.url?.path();
        Some((date::from_url(path)?, path.to_owned()))
    }

    /// Tells 3 December from 12 March by what else the page says: the day that it writes out elsewhere, or else
    /// the order of day and month in dates that have one reading. The language is but a guess.
    fn settle(&self, text: &str, date: String) -> String {
        let [Some(day_first), Some(month_first)] =
            [Order::DayFirst, Order::MonthFirst].map(|order| date::in_order(text, &date, order))
        else {
            return date;
        };
        let (mut days, mut orders) = ([false; 2], [false; 2]);
        let mut see = |other: &str| {
            for (seen, reading) in days.iter_mut().zip([&day_first, &month_first]) {
                *seen |= other.get(..10) == reading.get(..10);
            }
        };
        if let Some((date, _)) = self.address() {
            see(&date);
        }
        for other in self.texts() {
            match date::order(other) {
                Some(Order::Open) => {}
                Some(Order::DayFirst) => orders[0] = true,
                Some(Order::MonthFirst) => orders[1] = true,
                None => {
                    if let Some(date) = date::parse(other, self.language, None) {
                        see(&date);
                    }
                }
            }
        }
        match (days, orders) {
            ([true, false], _) => day_first,
            ([false, true], _) => month_first,
            (_, [true, false]) => day_first,
            (_, [false, true]) => month_first,
            _ => date,
        }
    }

    /// Everything on the page that may be a date.
    fn texts(&self) -> impl Iterator<Item = &str> {
        let Clues { marks, lines, far, .. } = self.clues;
        let stated = self.stated.published.iter().chain(&self.stated.modified).map(String::as_str);
        let marked = marks.iter().flat_map(|mark| mark.value.into_iter().chain([mark.text.as_str()]));
        stated.chain(marked).chain(lines.iter().chain(far).map(|line| line.text))
    }
}
