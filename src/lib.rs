//! Fetches news pages and saves the article: the story whole, and nothing but the story.
//!
//! The modules stand in the order in which a page moves through them: a [`source`] names a candidate, [`fetch`]
//! brings its bytes, [`clean`] makes an [`article`] of them, [`write`] renders and saves it. [`pipeline`] runs all of
//! that side by side, and [`summary`] counts what came of it.

pub mod article;
pub mod cli;
pub mod config;
pub mod failure;

pub mod source;

pub mod fetch;

pub mod clean;

pub mod write;

pub mod commands;
pub mod pipeline;
pub mod summary;
