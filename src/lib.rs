//! Fetches news pages and saves the article: the story whole, and nothing but the story.
//!
//! ```
//! use pressclip::clean::{Page, clean, rules::Rules};
//! use pressclip::config::{Clean, Format};
//! use pressclip::write;
//!
//! let text = "<title>Ferry returns | Island Post</title><nav><a href=/>Home</a></nav><h1>Ferry returns</h1>\
//!     <p>The ferry came back on Monday after eleven weeks in the yard, to the relief of the whole island.</p>";
//! let page = Page { text, url: None, fetched_at: None };
//! let article = clean(page, &Clean::default(), Rules::built_in());
//! assert_eq!(
//!     write::render(&article, Format::Markdown),
//!     "# Ferry returns\n\n\
//!      The ferry came back on Monday after eleven weeks in the yard, to the relief of the whole island.\n"
//! );
//! ```
//!
//! The modules stand in the order in which a page moves through them: a [`source`] names a candidate, the [`state`]
//! remembers it and says when it is due, [`fetch`]
//! brings its bytes, [`clean`] makes an [`article`] of them, [`mod@write`] renders and saves it. [`pipeline`] runs all of
//! that side by side, and [`summary`] counts what came of it.

pub mod article;
pub mod cli;
pub mod config;
pub mod failure;
mod nearest;

pub mod source;

pub mod state;

pub mod fetch;

pub mod clean;

pub mod write;

pub mod commands;
pub mod pipeline;
pub mod summary;
