//! Cleaning: the body is an ordered part of what the page shows, cleaning is deterministic, and cleaning the cleaned page
//! changes nothing.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pressclip::article::Article;
use pressclip::clean::{clean, rules::Rules, stages};
use pressclip::config::Format;
use pressclip::write;

fuzz_target!(|bytes: &[u8]| {
    let text = pressclip_fuzz::text(bytes);
    let article = cleaned(&text);
    assert_eq!(article, cleaned(&text));
    assert_eq!(article.body.is_empty(), article.error.is_some());
    let is_elsewhere = article.notes.iter().any(|note| note.starts_with("story taken from"))
        || text.to_ascii_lowercase().contains("<template");
    if !is_elsewhere {
        let (html, _) = stages::tree(&text);
        pressclip_fuzz::assert_in_order(
            article.body_blocks().map(|block| block.text.as_str()),
            &pressclip_fuzz::visible(&html),
        );
    }
    // A page without a story is written nowhere.
    if article.error.is_none() {
        let again = cleaned(&write::render(&article, Format::Html));
        assert_eq!(article.body, again.body);
    }
});

fn cleaned(text: &str) -> Article {
    let url = pressclip_fuzz::url();
    clean(pressclip_fuzz::page(text, &url), &Default::default(), Rules::built_in())
}
