//! Training: the blocks of a page with their numbers, from which a model is made. No part of cleaning.

use super::features::{Features, Known, schema};
use super::model::Model;
use super::parse::{Scripting, parse};
use super::phrases::PHRASES;
use super::rules::Rules;
use super::wording::{self, Wording};
use super::{Cleaned, Page, kind, links, meta, segment, words};

/// The attribute by which a generator of training pages marks what it put into them.
const INJECTED: &str = "data-injected";

/// The blocks of a page.
#[derive(Debug, Default)]
pub struct Rows {
    /// The text of each block.
    pub texts: Vec<String>,
    /// For a block that a generator put into the page, whether it belongs to the story.
    pub injected: Vec<Option<bool>>,
    /// The features of each block, row by row; the wording is left at zero, since the training has yet to learn it.
    pub values: Vec<f32>,
    /// The grams of each block, from which the wording is learned.
    pub grams: Vec<Vec<u32>>,
}

/// The blocks of a page with their features.
pub fn rows(page: Page<'_>) -> Rows {
    let parsed = parse(page.text, Scripting::On);
    let meta = meta::read(&parsed.html, page.url, page.fetched_at);
    let base = links::base(&parsed.html, page.url, meta.canonical_url.as_deref());
    let outline = segment::segment(&parsed.html, base.as_ref(), false);
    let phrases: Vec<_> =
        outline.segments.iter().map(|segment| PHRASES.read(&segment.block.text, &segment.plain)).collect();
    let features = Features::new(&outline, &Known::new(&meta, base.as_ref()), &phrases, &Wording::none());
    let mut rows = Rows::default();
    for (place, segment) in outline.segments.iter().enumerate() {
        let mark = outline
            .around(segment)
            .find_map(|container| parsed.html.tree.get(container.node)?.value().as_element()?.attr(INJECTED));
        rows.injected.push(mark.map(|mark| mark == "story"));
        rows.values.extend(features.row(place));
        let mut grams = Vec::new();
        wording::grams(&words::hashes(&segment.plain), |gram| grams.push(gram));
        rows.grams.push(grams);
        rows.texts.push(segment.block.text.clone());
    }
    rows
}

/// The evidence for the kind of a page: the name and the number of each piece.
pub fn kind_evidence(page: Page<'_>) -> Vec<(&'static str, f32)> {
    let parsed = parse(page.text, Scripting::On);
    let meta = meta::read(&parsed.html, page.url, page.fetched_at);
    let cleaned =
        Cleaned::new(&parsed.html, Scripting::On, page.url, &meta, Rules::built_in(), Model::built_in());
    let evidence = cleaned.evidence(&meta, page.url);
    kind::NAMES.iter().map(|(name, _)| *name).zip(evidence.values().iter().copied()).collect()
}

/// Names and meanings of the features, in the order of a row.
pub fn names() -> &'static [(String, String)] {
    &schema::NAMES
}

/// The hash of all names, which a model file carries.
pub fn schema_hash() -> u64 {
    schema::hash()
}
