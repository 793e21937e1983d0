//! Escape sequences that style text on a terminal (ECMA-48, SGR).

pub(crate) const BOLD: &str = "\u{1b}[1m";
pub(crate) const FAINT: &str = "\u{1b}[2m";
pub(crate) const REVERSED: &str = "\u{1b}[7m";
pub(crate) const RED: &str = "\u{1b}[31m";
pub(crate) const GREEN: &str = "\u{1b}[32m";
pub(crate) const CYAN: &str = "\u{1b}[36m";
pub(crate) const PLAIN: &str = "\u{1b}[0m";

/// `text` in `style`, when there is `colour` and a text.
pub(crate) fn painted(style: &str, text: &str, colour: bool) -> String {
    if colour && !text.is_empty() { format!("{style}{text}{PLAIN}") } else { text.to_owned() }
}
