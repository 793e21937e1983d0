//! Examples: every rule is proved by markup that it drops and markup that it must leave alone.

use crate::clean::Page;
use crate::clean::decide::Reason;
use crate::clean::explain::explain;

use super::{Rule, Rules};

/// Prose around an example, so that the page has a story.
const BEFORE: &str = "<p>The council met late on Tuesday, and for once the public benches were full to the last seat.</p>\
    <p>Residents had come from all over the island to hear what would become of the old ferry and of its crew.</p>";
const AFTER: &str = "<p>Nobody left before the vote, which was taken shortly before midnight and repeated twice.</p>\
    <p>The result will be published next week, the clerk said, once the last objections have been heard.</p>";

/// The examples of `rules` that do not hold, one sentence each. An example with a host-bound rule runs on its host.
pub fn failures(rules: &Rules) -> Vec<String> {
    let mut failures = Vec::new();
    for rule in rules.iter() {
        for (markup, taken) in rule
            .drops
            .iter()
            .map(|markup| (markup, true))
            .chain(rule.keeps.iter().map(|markup| (markup, false)))
        {
            let host = rule.hosts.first().map(|host| format!("https://{host}/story"));
            let url = host.and_then(|url| url::Url::parse(&url).ok());
            let is_taken = fires(rule, markup, url.as_ref(), rules);
            if is_taken != taken {
                let verb = if taken { "does not fire for" } else { "fires for" };
                failures.push(format!("{} {verb}: {markup}", rule.title()));
            }
        }
    }
    failures
}

/// Whether the rule decides on any block of a page of prose with the markup in it.
fn fires(rule: &Rule, markup: &str, url: Option<&url::Url>, rules: &Rules) -> bool {
    let text = format!("<article><div>{BEFORE}{markup}{AFTER}</div></article>");
    let judged = explain(Page { text: &text, url, fetched_at: None }, rules);
    judged.iter().any(|judged| match &judged.reason {
        Reason::Rule(title) | Reason::OutsideBody(title) => *title == rule.title(),
        Reason::Probability
        | Reason::RepeatsTitle
        | Reason::Dateline
        | Reason::SecondPrint
        | Reason::PullQuote
        | Reason::EmptyHeading
        | Reason::FarCaption => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_drops_and_keeps_its_examples() {
        let failures = failures(Rules::built_in());
        assert!(failures.is_empty(), "{failures:#?}");
    }

    #[test]
    fn every_rule_has_a_reason_and_both_kinds_of_examples_and_a_name_of_its_own() {
        let mut names = Vec::new();
        for rule in Rules::built_in().iter() {
            assert!(
                !rule.why.is_empty() && !rule.drops.is_empty() && !rule.keeps.is_empty(),
                "{}",
                rule.name
            );
            names.push(&rule.name);
        }
        names.sort();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]));
    }
}
