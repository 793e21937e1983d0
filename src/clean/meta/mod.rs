//! Metadata.
#[derive(Debug, Default)]
pub struct Meta {
    pub title: Option<String>,
    pub dek: Option<String>,
    pub authors: Vec<String>,
    pub published: Option<String>,
    pub published_raw: Option<String>,
    pub modified: Option<String>,
    pub site: Option<String>,
    pub language: Option<String>,
    pub section: Option<String>,
    pub tags: Vec<String>,
    pub image: Option<String>,
    pub canonical_url: Option<String>,
    pub paywalled: Option<bool>,
    pub article_body: Option<String>,
    pub description: Option<String>,
    pub og_type: Option<String>,
    pub schema_type: Option<String>,
}
pub fn read(page: &scraper::Html, _url: Option<&url::Url>, _now: Option<jiff::Timestamp>) -> Meta {
    let h1 = scraper::Selector::parse("h1").expect("x");
    Meta {
        title: page.select(&h1).next().map(|e| e.text().collect::<String>().trim().to_owned()),
        ..Default::default()
    }
}
