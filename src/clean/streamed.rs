//! Streamed pieces: React sends parts of a page late, in `<div hidden id="S:n">` at the end of the document, and a
//! script moves each to the place of `<template id="B:n">` (or `P:n`). Here the walk does what that script does.
//!
//! Source: the instruction set of React's server renderer (Fizz).

use ego_tree::NodeId;
use foldhash::{HashMap, HashMapExt};
use html5ever::local_name;
use scraper::{Html, node::Element};

/// Prefix of the id of a piece.
const PIECE: &str = "S:";
/// Prefixes of the ids of the places for pieces.
const PLACES: [&str; 2] = ["B:", "P:"];

/// The pieces of the page that have a place to go to, by the number in their id.
pub(crate) fn pieces(page: &Html) -> HashMap<&str, NodeId> {
    let elements = || page.tree.nodes().filter_map(|node| Some((node.id(), node.value().as_element()?)));
    let places: Vec<&str> = elements()
        .filter(|(_, element)| element.name.local == local_name!("template"))
        .filter_map(|(_, element)| place_number(element.id()?))
        .collect();
    let mut pieces = HashMap::new();
    if places.is_empty() {
        return pieces;
    }
    for (id, element) in elements().filter(|(_, element)| element.name.local == local_name!("div")) {
        if let Some(number) = element.id().and_then(|id| id.strip_prefix(PIECE)) {
            pieces.insert(number, id);
        }
    }
    pieces.retain(|number, _| places.contains(number));
    pieces
}

/// The piece that belongs at this template.
pub(crate) fn piece_for(template: &Element, pieces: &HashMap<&str, NodeId>) -> Option<NodeId> {
    template.id().and_then(place_number).and_then(|number| pieces.get(number).copied())
}

/// Whether this element is a piece that will be read at its place.
pub(crate) fn is_moved(element: &Element, pieces: &HashMap<&str, NodeId>) -> bool {
    element.id().and_then(|id| id.strip_prefix(PIECE)).is_some_and(|number| pieces.contains_key(number))
}

fn place_number(id: &str) -> Option<&str> {
    PLACES.iter().find_map(|prefix| id.strip_prefix(prefix))
}
