//! Metadata: values are short of nothing, and the same page gives the same ones.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pressclip::clean::{meta, stages};

fuzz_target!(|bytes: &[u8]| {
    let text = pressclip_fuzz::text(bytes);
    let (html, _) = stages::tree(&text);
    let url = pressclip_fuzz::url();
    let page = pressclip_fuzz::page(&text, &url);
    let read = || meta::read(&html, page.url, page.fetched_at);
    let meta = read();
    assert_eq!(meta, read());
    let lines = [&meta.title, &meta.dek, &meta.site, &meta.language, &meta.section, &meta.published_raw];
    let lists = meta.authors.iter().chain(&meta.tags);
    for value in lines.into_iter().flatten().chain(lists) {
        assert!(!value.trim().is_empty() && !value.contains('\n'), "{meta:?}");
    }
    for address in [&meta.canonical_url, &meta.image].into_iter().flatten() {
        assert!(url::Url::parse(address).is_ok(), "{meta:?}");
    }
    for date in [&meta.published, &meta.modified].into_iter().flatten() {
        assert!(date.get(..10).is_some_and(|day| day.parse::<jiff::civil::Date>().is_ok()), "{meta:?}");
    }
});
