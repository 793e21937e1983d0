//! `pressclip rules`: what the rules are, and whether their examples hold.

use std::fmt::Write;

use crate::clean::rules::{Rules, examples};
use crate::summary::{DONE, SOME_FAILED};

pub(super) fn list(rules: &Rules) -> anyhow::Result<u8> {
    let mut text = String::new();
    for rule in rules.iter() {
        let origin = rule.origin.as_ref().map(|path| format!(", {}", path.display())).unwrap_or_default();
        let hosts =
            if rule.hosts.is_empty() { String::new() } else { format!(" on {}", rule.hosts.join(", ")) };
        writeln!(text, "{}  ({}{hosts}{origin})", rule.name, rule.action)?;
        if !rule.why.is_empty() {
            writeln!(text, "    {}", rule.why)?;
        }
    }
    super::print(&text)?;
    Ok(DONE)
}

pub(super) fn test(rules: &Rules) -> anyhow::Result<u8> {
    let failures = examples::failures(rules);
    let mut text = String::new();
    for failure in &failures {
        writeln!(text, "{failure}")?;
    }
    writeln!(text, "{} rules, {} examples wrong", rules.iter().count(), failures.len())?;
    super::print(&text)?;
    Ok(if failures.is_empty() { DONE } else { SOME_FAILED })
}
