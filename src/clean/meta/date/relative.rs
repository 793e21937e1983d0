//! Dates told from the present: `3 hours ago`, `vor 2 Tagen`, `3時間前`, `yesterday`.

use jiff::{SignedDuration, Timestamp};

use super::tokens::{Token, number, skip};
use super::words::DateWords;

/// `3 hours ago`, `vor 2 Tagen`, `3時間前`, `yesterday`.
pub(super) fn relative(tokens: &[Token], now: Timestamp, words: &DateWords) -> Option<String> {
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
