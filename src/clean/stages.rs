//! Stages: the steps of cleaning, each told to the caller when it ends, for benchmarks, and the first two by themselves, for
//! fuzzing. No part of cleaning.

use scraper::Html;

use super::features::{Features, Known};
use super::model::Model;
use super::parse::{Scripting, parse};
use super::phrases::PHRASES;
use super::rules::Rules;
use super::{Page, decide, links, meta, segment};
use crate::article::Block;

/// Names of the stages, in the order in which they end.
pub const NAMES: [&str; 7] = ["parse", "meta", "segment", "phrases", "features", "model", "decide"];

/// Goes through the stages of cleaning, and calls `ended` at the end of each.
pub fn run(page: Page<'_>, rules: &Rules, mut ended: impl FnMut()) {
    let html: Html = parse(page.text, Scripting::On).html;
    ended();
    let meta = meta::read(&html, page.url, page.fetched_at);
    ended();
    let base = links::base(&html, page.url, meta.canonical_url.as_deref());
    let outline = segment::segment(&html, base.as_ref(), false);
    ended();
    let phrases: Vec<_> =
        outline.segments.iter().map(|segment| PHRASES.read(&segment.block.text, &segment.plain)).collect();
    ended();
    let model = Model::built_in();
    let features = Features::new(&outline, &Known::new(&meta, base.as_ref()), &phrases, &model.wording);
    ended();
    let probabilities = model.probabilities(features.rows());
    ended();
    let on_page = rules.on_page(&html, page.url.and_then(url::Url::host_str));
    let known = decide::Known::new(&meta);
    decide::decide(&outline, &features, &phrases, &probabilities, &on_page, &known);
    ended();
}

/// The tree of a page, and whether the guard left something out.
pub fn tree(text: &str) -> (Html, bool) {
    let parsed = parse(text, Scripting::On);
    (parsed.html, parsed.cut.is_some())
}

/// All blocks of a page, before anything is decided.
pub fn blocks(page: &Html, url: Option<&url::Url>) -> Vec<Block> {
    let base = links::base(page, url, None);
    let outline = segment::segment(page, base.as_ref(), false);
    outline.segments.into_iter().map(|segment| segment.block).collect()
}
