//! Segmenting: every block says something, and its links and marks lie in its text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pressclip::clean::stages;

fuzz_target!(|bytes: &[u8]| {
    let text = pressclip_fuzz::text(bytes);
    let (html, _) = stages::tree(&text);
    let blocks = stages::blocks(&html, Some(&pressclip_fuzz::url()));
    for block in &blocks {
        assert!(block.text.chars().any(char::is_alphanumeric), "{block:?}");
        let links = block.links.iter().map(|link| link.start..link.end);
        for range in links.chain(block.marks.iter().map(|mark| mark.start..mark.end)) {
            assert!(!range.is_empty() && block.text.get(range).is_some(), "{block:?}");
        }
    }
    // Streamed pieces and shadow roots move text to another place.
    if !text.to_ascii_lowercase().contains("<template") {
        pressclip_fuzz::assert_in_order(
            blocks.iter().map(|block| block.text.as_str()),
            &pressclip_fuzz::visible(&html),
        );
    }
    assert_eq!(blocks, stages::blocks(&html, Some(&pressclip_fuzz::url())));
});
