//! Evidence in words: what the features say about a block, for a person. The words are data, in `evidence.toml`.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::clean::decide::{Reason, Verdict};
use crate::clean::explain::{Evidence, Judged};

/// What stands between two pieces of evidence.
const AND: &str = " · ";
/// What stands in front of evidence that spoke against the verdict.
const DESPITE: &str = "despite ";

static WORDS: LazyLock<Words> = LazyLock::new(|| {
    toml::from_str(include_str!("evidence.toml")).expect("a test proves that the words can be read")
});

/// Why a block got its verdict, in one line: the reason, or else the features that moved the probability most.
pub fn why(judged: &Judged) -> String {
    match &judged.reason {
        Reason::Probability => evidence(judged),
        told => told.to_string(),
    }
}

/// The features that moved the probability most, in words; one that spoke against the verdict is marked.
pub fn evidence(judged: &Judged) -> String {
    let mut said: Vec<String> = Vec::new();
    for evidence in &judged.evidence {
        let despite = if agrees(judged.verdict, evidence.weight) { "" } else { DESPITE };
        let words = format!("{despite}{}", words(evidence));
        if !said.contains(&words) {
            said.push(words);
        }
    }
    said.join(AND)
}

/// Whether a weight speaks for a verdict. A caption is one by its kind, whatever its probability.
fn agrees(verdict: Verdict, weight: f32) -> bool {
    match verdict {
        Verdict::Story => weight >= 0.0,
        Verdict::Cut => weight <= 0.0,
        Verdict::Caption => true,
    }
}

/// What a feature says by its value; its meaning where nobody has put it in words yet.
fn words(evidence: &Evidence) -> String {
    let Some((scale, name)) = WORDS.scale(evidence.feature) else { return evidence.meaning.to_owned() };
    let Scale(steps) = scale;
    let mut words = "";
    for step in steps {
        match step {
            Step::Words(these) => words = these,
            Step::Bound(bound) if evidence.value < *bound => break,
            Step::Bound(_) => {}
        }
    }
    let look_up = |table: &HashMap<String, String>| table.get(name).map_or(name, String::as_str).to_owned();
    words
        .replace("{value}", &format!("{:.0}", evidence.value))
        .replace("{percent}", &format!("{:.0} %", 100.0 * evidence.value))
        .replace("{name}", &name.replace('_', " "))
        .replace("{neighbour}", &look_up(&WORDS.neighbour))
        .replace("{element}", &look_up(&WORDS.element))
}

/// The file of words.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    scale: HashMap<String, Scale>,
    neighbour: HashMap<String, String>,
    element: HashMap<String, String>,
}

/// Words and bounds by turns, words at both ends.
#[derive(Deserialize)]
struct Scale(Vec<Step>);

#[derive(Deserialize)]
#[serde(untagged)]
enum Step {
    Bound(f32),
    Words(String),
}

impl Words {
    /// The scale of a feature, and what the `*` in its key stands for.
    fn scale<'f>(&self, feature: &'f str) -> Option<(&Scale, &'f str)> {
        if let Some(scale) = self.scale.get(feature) {
            return Some((scale, ""));
        }
        self.scale.iter().find_map(|(key, scale)| {
            let (start, end) = key.split_once('*')?;
            Some((scale, feature.strip_prefix(start)?.strip_suffix(end)?))
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::clean::explain::features;

    fn said(feature: &'static str, value: f32) -> String {
        words(&Evidence { feature, meaning: "its meaning; 0 to 1", value, weight: 1.0 })
    }

    #[test]
    fn every_feature_has_words_and_all_words_are_used() {
        let scale_of = |name| WORDS.scale(name).map(|(scale, _)| std::ptr::from_ref(scale));
        let used: Vec<_> = features().map(|(name, _)| (name, scale_of(name))).collect();
        let wordless: Vec<&str> =
            used.iter().filter(|(_, scale)| scale.is_none()).map(|(name, _)| *name).collect();
        assert!(wordless.is_empty(), "say in evidence.toml what these mean: {wordless:?}");
        for (key, scale) in &WORDS.scale {
            assert!(
                used.iter().any(|(_, used)| *used == Some(std::ptr::from_ref(scale))),
                "`{key}` is no feature"
            );
        }
    }

    #[test]
    fn no_feature_fits_two_shapes() {
        for (name, _) in features().filter(|(name, _)| !WORDS.scale.contains_key(*name)) {
            let fits = |key: &&String| {
                key.split_once('*').is_some_and(|(start, end)| name.starts_with(start) && name.ends_with(end))
            };
            assert_eq!(WORDS.scale.keys().filter(fits).count(), 1, "{name}");
        }
    }

    #[test]
    fn a_scale_rises_and_has_words_at_both_ends() {
        for (key, Scale(steps)) in &WORDS.scale {
            let bounds = steps.iter().filter_map(|step| match step {
                Step::Bound(bound) => Some(*bound),
                Step::Words(_) => None,
            });
            assert!(bounds.clone().is_sorted_by(|one, next| one < next), "{key}");
            assert_eq!(steps.len(), 2 * bounds.count() + 1, "{key}");
            let alternates = steps
                .iter()
                .enumerate()
                .all(|(place, step)| matches!(step, Step::Words(_)) == (place % 2 == 0));
            assert!(alternates, "{key}");
        }
    }

    #[test]
    fn words_follow_the_value() {
        assert_eq!(said("linked", 0.0), "no link");
        assert_eq!(said("linked", 0.42), "42 % linked");
        assert_eq!(said("linked", 1.0), "wholly linked");
        assert_eq!(said("words", 4.0), "short, 4 words");
        assert_eq!(said("box_signal_related", 1.0), "box says related");
        assert_eq!(said("linked_at_-1", 1.0), "block before wholly linked");
        assert_eq!(said("prose_up_to", -1.0), "no prose before it");
        assert_eq!(said("prose_up_3", 0.5), "element 3 out holds 50 % of the prose");
        assert_eq!(said("unheard_of", 1.0), "its meaning; 0 to 1");
    }

    #[test]
    fn what_speaks_against_the_verdict_is_marked() {
        let evidence = |feature, value, weight| Evidence { feature, meaning: "", value, weight };
        let judged = Judged {
            block: crate::article::Block::default(),
            verdict: Verdict::Cut,
            probability: 0.1,
            reason: Reason::Probability,
            evidence: vec![
                evidence("linked", 1.0, -1.5),
                evidence("anchors", 0.0, -1.0),
                evidence("linked", 1.0, -1.5),
                evidence("in_best", 1.0, 2.0),
            ],
        };
        assert_eq!(why(&judged), "wholly linked · no link · despite inside the main text");
        let by_rule = Judged { reason: Reason::Rule("a-rule".to_owned()), ..judged };
        assert_eq!(why(&by_rule), "rule a-rule");
    }
}
