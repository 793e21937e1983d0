//! Turns the page into the article.

pub mod meta;
