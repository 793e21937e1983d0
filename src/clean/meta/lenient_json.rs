//! JSON as templates write it: mended where that is cheap and the meaning is plain.

use serde_json::Value;

/// Bytes of one script beyond which it is not read.
const SCRIPT_LIMIT: usize = 4 << 20;

/// Parses a script; mends comments, CDATA wrappers, control characters in strings and trailing commas.
pub(super) fn parse(script: &str) -> Option<Value> {
    let text = script.trim().trim_end_matches(';');
    if text.len() > SCRIPT_LIMIT {
        return None;
    }
    serde_json::from_str(text).ok().or_else(|| serde_json::from_str(&mend(text)).ok())
}

fn mend(text: &str) -> String {
    let start = text.find(['{', '[']).filter(|_| text.starts_with(['<', '/', '\u{feff}'])).unwrap_or(0);
    // `<![CDATA[` holds brackets of its own.
    let start = match text.find("CDATA[") {
        Some(at) if at < 20 => at + "CDATA[".len(),
        _ => start,
    };
    let mut out = String::with_capacity(text.len());
    let mut in_string = false;
    let mut characters = text.get(start..).unwrap_or_default().chars().peekable();
    let mut depth = 0_i32;
    while let Some(c) = characters.next() {
        match c {
            '"' => {
                in_string = !in_string;
                out.push(c);
            }
            '\\' if in_string => match characters.next() {
                Some(next @ ('"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't' | 'u')) => {
                    out.extend(['\\', next])
                }
                Some(next) => out.push(next),
                None => break,
            },
            '\n' | '\r' if in_string => out.push_str("\\n"),
            c if in_string && c.is_control() => out.push(' '),
            c if in_string => out.push(c),
            ',' => {
                while characters.next_if(|next| next.is_whitespace()).is_some() {}
                if !matches!(characters.peek(), Some('}' | ']' | ',') | None) {
                    out.push(',');
                }
            }
            '{' | '[' => {
                depth += 1;
                out.push(c);
            }
            '}' | ']' => {
                depth -= 1;
                out.push(c);
                if depth <= 0 {
                    // Whatever follows the first value is a wrapper or a slip of the template.
                    break;
                }
            }
            c => out.push(c),
        }
    }
    out
}
