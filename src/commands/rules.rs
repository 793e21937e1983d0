//! `pressclip rules`: what the rules are, and whether their examples hold.

use std::fmt::Write;

use crate::clean::rules::{Rules, examples};
use crate::summary::{DONE, SOME_FAILED};

pub(super) fn list() -> anyhow::Result<u8> {
    let mut text = String::new();
    for rule in Rules::built_in().iter() {
        writeln!(text, "{}  ({})\n    {}", rule.name, rule.action, rule.why)?;
    }
    super::print(&text)?;
    Ok(DONE)
}

pub(super) fn test() -> anyhow::Result<u8> {
    let rules = Rules::built_in();
    let failures = examples::failures(rules);
    let mut text = String::new();
    for failure in &failures {
        writeln!(text, "{failure}")?;
    }
    writeln!(text, "{} rules, {} examples wrong", rules.iter().count(), failures.len())?;
    super::print(&text)?;
    Ok(if failures.is_empty() { DONE } else { SOME_FAILED })
}
