//! What commands say on standard error: lines for people, or a JSON object a line for programs.

use std::io::Write;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::cli::LogFormat;

/// Says something: whole lines with their line breaks.
pub(super) fn say(format: LogFormat, text: &str) {
    say_with(format, text, &[]);
}

/// Says something, and tells programs its `facts`.
pub(super) fn say_with(format: LogFormat, text: &str, facts: &[(&str, Value)]) {
    match format {
        LogFormat::Text => put(text),
        LogFormat::Json => put(&object("INFO", text.trim_end(), facts)),
    }
}

/// Says why nothing could be done, in the words of the whole chain of causes.
pub fn complain(format: LogFormat, error: &anyhow::Error) {
    match format {
        LogFormat::Text => put(&format!("pressclip: {error:#}\n")),
        LogFormat::Json => put(&object("ERROR", &format!("{error:#}"), &[])),
    }
}

/// An object like those that the log writes.
fn object(level: &str, message: &str, facts: &[(&str, Value)]) -> String {
    let mut object = json!({ "timestamp": Timestamp::now(), "level": level, "message": message });
    for (name, fact) in facts {
        object[*name] = fact.clone();
    }
    format!("{object}\n")
}

/// Writes to standard error; when nobody reads it there is nobody to tell.
fn put(text: &str) {
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}
