//! Fetches news pages and saves the article: the story whole, and nothing but the story.

pub mod article;
pub mod config;
pub mod failure;
pub mod write;
