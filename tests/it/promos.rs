//! The promo test: promos and their look-alikes between the paragraphs of the samples.

use std::collections::BTreeSet;
use std::path::Path;

use pressclip::clean::{Page, clean, rules::Rules};

#[allow(dead_code, reason = "each user takes a part of the generator")]
#[path = "../promos/generator.rs"]
mod generator;
#[path = "../promos/outcome.rs"]
mod outcome;

use generator::{Data, Injection, TEST, TRAINING, inject, is_known, words};
use outcome::{Body, is_wrong};

/// Pieces that are put into a page.
const PIECES: usize = 4;
/// Share of promos that may come through.
const MOST_LEAK: f64 = 0.03;
/// Most pieces of the story that may be lost.
const MOST_LOST: f64 = 0.01;
/// Least share of the promos whose phrase the packs do not have.
const LEAST_UNSEEN: f64 = 1.0 / 3.0;
/// Languages that both sets speak at least.
const LANGUAGES: &str = "en fr de es pt it nl pl ru uk tr id ms sw ha yo ar fa hi bn vi ja ko zh";
/// Kinds of promos that each language has.
const KINDS: [&str; 12] = [
    "advertisement",
    "app",
    "continues_below",
    "donate",
    "follow",
    "listen",
    "navigation",
    "newsletter",
    "related",
    "share",
    "source_note",
    "tags",
];

/// Pages of the samples and the stories that they hold.
fn samples() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    let mut folders: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    let read =
        |name: &Path| std::fs::read(name).map(|bytes| encoding_rs::UTF_8.decode(&bytes).0.into_owned());
    folders
        .iter()
        .filter_map(|folder| {
            Some((read(&folder.join("page.html")).ok()?, read(&folder.join("expected.md")).ok()?))
        })
        .collect()
}

fn body(text: &str) -> Body {
    let article = clean(Page { text, url: None, fetched_at: None }, &Default::default(), Rules::built_in());
    Body::new(article.body_blocks().map(|block| block.text.as_str()))
}

/// What the test set puts into the samples, a page a language, and whether each piece went wrong.
fn outcomes() -> Vec<(Injection, bool)> {
    let mut outcomes = Vec::new();
    for (number, (page, story)) in samples().iter().enumerate() {
        let before = body(page);
        for (place, language) in TEST.languages.keys().enumerate() {
            let seed = (number * 1000 + place) as u64;
            let Some((page, injections)) = inject(page, seed, PIECES, &TEST, Some(language), Some(story))
            else {
                continue;
            };
            let after = body(&page);
            outcomes.extend(injections.into_iter().map(|injection| {
                let wrong = is_wrong(&injection, &before, &after);
                (injection, wrong)
            }));
        }
    }
    outcomes
}

/// The share of the pieces that pass `filter` for which `is` holds.
fn share(
    outcomes: &[(Injection, bool)],
    filter: impl Fn(&Injection) -> bool,
    is: impl Fn(&(Injection, bool)) -> bool,
) -> f64 {
    let all: Vec<_> = outcomes.iter().filter(|(injection, _)| filter(injection)).collect();
    all.iter().filter(|outcome| is(outcome)).count() as f64 / all.len().max(1) as f64
}

fn table(outcomes: &[(Injection, bool)]) -> String {
    let wrong = |outcome: &(Injection, bool)| outcome.1;
    let rows = |name: fn(&Injection) -> &str| {
        let names: BTreeSet<&str> = outcomes.iter().map(|(injection, _)| name(injection)).collect();
        let row = |row: &str| {
            let leak = share(outcomes, |piece| !piece.is_story && name(piece) == row, wrong);
            let lost = share(outcomes, |piece| piece.is_story && name(piece) == row, wrong);
            format!("{row:16} leak {:5.1} %  story lost {:5.1} %\n", 100.0 * leak, 100.0 * lost)
        };
        names.into_iter().map(row).collect::<String>()
    };
    rows(|_| "all")
        + &rows(|piece| match (piece.is_story, piece.is_known) {
            (true, _) => "story",
            (false, true) => "known",
            (false, false) => "unseen",
        })
        + &rows(|piece| &piece.kind)
        + &rows(|piece| &piece.language)
}

#[test]
fn promos_between_the_paragraphs_go_and_the_story_around_them_stays() {
    let outcomes = outcomes();
    let leak = share(&outcomes, |piece| !piece.is_story, |outcome| outcome.1);
    let lost = share(&outcomes, |piece| piece.is_story, |outcome| outcome.1);
    let unseen = share(&outcomes, |piece| !piece.is_story, |(piece, _)| !piece.is_known);
    let wrong = outcomes.iter().filter(|(_, wrong)| *wrong).take(40);
    let wrong: Vec<&str> = wrong.map(|(piece, _)| piece.html.as_str()).collect();
    let report = format!("{}\n{}", table(&outcomes), wrong.join("\n"));
    assert!(outcomes.len() > 1000, "only {} pieces", outcomes.len());
    assert!(unseen >= LEAST_UNSEEN, "only {unseen:.3} of the promos are unseen");
    assert!(leak <= MOST_LEAK && lost <= MOST_LOST, "leak {leak:.3}, story lost {lost:.3}\n{report}");
}

#[test]
fn the_same_seed_gives_the_same_page_and_the_marks_are_all_there() {
    let (page, story) =
        samples().into_iter().find(|(page, _)| inject(page, 1, 4, &TEST, None, None).is_some()).unwrap();
    let (first, injections) = inject(&page, 7, 4, &TEST, None, Some(&story)).unwrap();
    let (second, _) = inject(&page, 7, 4, &TEST, None, Some(&story)).unwrap();
    let (other, _) = inject(&page, 8, 4, &TEST, None, Some(&story)).unwrap();
    assert_eq!(first, second);
    assert_ne!(first, other);
    assert_eq!(injections.len(), first.matches("data-injected=\"").count());
    assert!(injections.iter().all(|piece| first.contains(&piece.html)));
}

#[test]
fn both_sets_speak_every_language_and_have_every_kind() {
    let mut wrong = Vec::new();
    for (set, data) in [("training", &*TRAINING), ("test", &*TEST)] {
        wrong.extend(
            LANGUAGES
                .split(' ')
                .filter(|code| !data.languages.contains_key(*code))
                .map(|code| format!("{set} lacks {code}")),
        );
        for (code, language) in &data.languages {
            let kinds: Vec<&str> = language.promos.keys().map(String::as_str).collect();
            if kinds != KINDS {
                wrong.push(format!("{set}.{code} has the kinds {kinds:?}"));
            }
            let pieces = language.stories.values().map(Vec::len).sum::<usize>();
            if language.headlines.len() < 8 || pieces < 4 {
                wrong.push(format!("{set}.{code} is too small"));
            }
            wrong.extend(
                language.promos["tags"]
                    .iter()
                    .filter(|tags| tags.split('|').count() != 3)
                    .map(|tags| format!("{set}.{code}: `{tags}` is no label with two topics")),
            );
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Everything of a set that must not stand in the other: templates, headlines, pieces, and phrases of four words.
fn own(data: &Data) -> BTreeSet<String> {
    let markups = &data.markups;
    let templates = [&markups.linked, &markups.prompt, &markups.networks, &markups.tags];
    let mut own: BTreeSet<String> = templates.into_iter().flatten().cloned().collect();
    for language in data.languages.values() {
        own.extend(language.headlines.iter().cloned());
        own.extend(language.stories.values().flatten().cloned());
        let phrases = language.promos.values().flatten();
        own.extend(phrases.filter(|phrase| words(phrase).len() > 4).map(|phrase| phrase.to_lowercase()));
    }
    own
}

#[test]
fn what_the_model_is_tested_with_is_not_what_it_was_trained_with() {
    let (training, test) = (own(&TRAINING), own(&TEST));
    let both: Vec<&String> = training.intersection(&test).collect();
    assert!(both.is_empty(), "{both:#?}");
}

#[test]
fn a_third_of_the_phrases_is_unseen_by_the_packs() {
    for (set, data) in [("training", &*TRAINING), ("test", &*TEST)] {
        let phrases: Vec<&str> = data
            .languages
            .values()
            .flat_map(|language| language.promos.values().flatten())
            .filter_map(|phrase| phrase.split('|').next())
            .collect();
        let known = phrases.iter().filter(|phrase| is_known(&[phrase, &format!("{phrase}:")])).count();
        let known = known as f64 / phrases.len() as f64;
        assert!((0.3..=1.0 - LEAST_UNSEEN).contains(&known), "{set}: {known:.3} of the phrases are known");
    }
}
