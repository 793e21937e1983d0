//! Everything about an article that is not its body.
//!
//! One pass over the page gathers the clues (`gather`); then each field is read from them in a stated
//! order of trust. This room has no I/O and no clock.

mod author;
mod byline;
mod date;
mod gather;
mod json_ld;
mod lenient_json;
mod mark;
mod place;
mod reading;
mod shown;
mod signals;
mod text;
mod title;
mod when;

use jiff::Timestamp;
use scraper::Html;
use url::Url;

use super::links::absolute;
use gather::Clues;
use json_ld::Stated;
use place::Anchors;
use signals::{Role, SIGNALS, Signals};
use text::{fold, one_line, plain};

/// What a page says about its article; a value that the page does not give is `None` or empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Meta {
    /// The headline, without the name of the site.
    pub title: Option<String>,
    /// The visible standfirst, or the alternative headline that the page states.
    pub dek: Option<String>,
    /// Names of the authors, in the order of the byline.
    pub authors: Vec<String>,
    /// When the story was published: RFC 3339 with the offset that the page gives, a date and time without
    /// an offset, or a date alone.
    pub published: Option<String>,
    /// The text that `published` was read from, or a date text that could not be read.
    pub published_raw: Option<String>,
    /// When the story was last changed, in the same form as `published`.
    pub modified: Option<String>,
    /// The name of the publication.
    pub site: Option<String>,
    /// BCP 47 tag of the language.
    pub language: Option<String>,
    /// The section of the publication.
    pub section: Option<String>,
    /// Keywords that the publisher gave.
    pub tags: Vec<String>,
    /// URL of the lead image.
    pub image: Option<String>,
    /// The URL that the page calls its own.
    pub canonical_url: Option<String>,
    /// Whether the page says that the story is not free.
    pub paywalled: Option<bool>,
    /// `articleBody` of JSON-LD as plain text, paragraphs split by line breaks.
    pub article_body: Option<String>,
    /// The summary for search engines and shared links.
    pub description: Option<String>,
    /// `og:type`.
    pub og_type: Option<String>,
    /// Type of the node of schema.org that describes the page, such as `NewsArticle`.
    pub schema_type: Option<String>,
}

/// Digits of the shortest date, as in `1 May 24`.
const LEAST_DIGITS: usize = 3;

/// The calendar day that a short text names first, as `YYYY-MM-DD`. `language` (BCP 47) tells 3 December from 12 March.
pub(crate) fn day_of(text: &str, language: Option<&str>) -> Option<String> {
    // Most texts can be told at a glance.
    if text.chars().filter(|c| c.is_numeric()).count() < LEAST_DIGITS {
        return None;
    }
    date::parse(text, language, None).and_then(|date| date.get(..10).map(str::to_owned))
}

/// Reads the metadata of a page.
///
/// `url` is where the page came from; it resolves relative addresses and tells the page's own JSON-LD from
/// that of other stories. `now` only resolves relative dates; without it they are not read.
pub fn read(page: &Html, url: Option<&Url>, now: Option<Timestamp>) -> Meta {
    let signals = &*SIGNALS;
    let clues = gather::gather(page, signals);
    let stated = json_ld::read(&clues.json_ld, &own_page(&clues, url, signals), signals);
    let site = site(&clues, &stated, signals);
    let language = language(&clues, &stated, signals);
    let names = site_names(&stated, site.as_deref(), url);
    let title = headline(&clues, &stated, &names, signals);
    let anchors = Anchors::new(&clues, title.as_deref());
    let reading =
        reading::Reading { language: language.as_deref(), now, url, clues: &clues, stated: &stated };
    let dates = when::choose(&anchors, &reading, signals);
    let tag = |names: &[String]| {
        first_tag(&clues, names).map(|text| one_line(&plain(text))).filter(|text| !text.is_empty())
    };
    let address = |text: &str| absolute(text, url).filter(|url| url.starts_with("http"));
    Meta {
        title,
        dek: dek(&clues, &stated, &anchors),
        authors: byline::choose(&clues, &stated, &names, &anchors, signals),
        published: dates.published,
        published_raw: dates.published_raw,
        modified: dates.modified,
        section: stated.section.clone().or_else(|| tag(&signals.tags.section)),
        tags: keywords(&clues, &stated, signals),
        image: first_tag(&clues, &signals.tags.image).or(stated.image.as_deref()).and_then(address),
        canonical_url: clues
            .canonical
            .or_else(|| first_tag(&clues, &signals.tags.url))
            .or(stated.url.as_deref())
            .and_then(address),
        paywalled: paywalled(&clues, &stated, signals),
        description: tag(&signals.tags.description).or_else(|| stated.description.clone()),
        og_type: tag(&signals.tags.r#type),
        article_body: stated.body,
        schema_type: stated.schema_type,
        site,
        language,
    }
}

/// The first filled `<meta>` of a list of names in order of trust.
fn first_tag<'a>(clues: &Clues<'a>, names: &[String]) -> Option<&'a str> {
    names.iter().find_map(|name| clues.tags.iter().find(|(tag, _)| tag == name)).map(|(_, content)| *content)
}

fn own_page<'a>(clues: &'a Clues<'_>, url: Option<&'a Url>, signals: &Signals) -> json_ld::Page<'a> {
    let urls = [url.map(Url::as_str), clues.canonical, first_tag(clues, &signals.tags.url)]
        .into_iter()
        .flatten()
        .collect();
    let titles = clues
        .headings
        .iter()
        .map(|heading| heading.text.as_str())
        .chain(clues.title.as_deref())
        .chain(first_tag(clues, &signals.tags.title));
    json_ld::Page { urls, titles: titles.map(fold).filter(|title| !title.is_empty()).collect() }
}

/// In order: `og:site_name` and its like, the publisher of JSON-LD.
fn site(clues: &Clues<'_>, stated: &Stated, signals: &Signals) -> Option<String> {
    let tag = first_tag(clues, &signals.tags.site).map(|text| one_line(&plain(text)));
    tag.filter(|name| !name.is_empty() && !name.contains("://")).or_else(|| stated.publisher.clone())
}

/// In order: `lang` of the page, `content-language` and `og:locale`, JSON-LD.
fn language(clues: &Clues<'_>, stated: &Stated, signals: &Signals) -> Option<String> {
    let tags = signals.tags.language.iter().filter_map(|name| first_tag(clues, std::slice::from_ref(name)));
    clues.language.into_iter().chain(tags).chain(stated.language.as_deref()).find_map(language_tag)
}

/// `pt_br.UTF-8` as `pt-BR`; nothing for what is no language tag.
fn language_tag(text: &str) -> Option<String> {
    let text = text.trim().split(['.', ',', ';', '@']).next()?.trim();
    let mut parts = text.split(['-', '_']);
    let first = parts.next()?.to_lowercase();
    if !(2..=3).contains(&first.len()) || !first.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return None;
    }
    let mut tag = first;
    for part in parts.filter(|part| part.bytes().all(|byte| byte.is_ascii_alphanumeric())) {
        match part.len() {
            2 => tag = format!("{tag}-{}", part.to_uppercase()),
            3 if part.bytes().all(|byte| byte.is_ascii_digit()) => tag = format!("{tag}-{part}"),
            4 => tag = format!("{tag}-{}{}", part[..1].to_uppercase(), part[1..].to_lowercase()),
            _ => break,
        }
    }
    Some(tag)
}

/// Everything that the site is called: its stated names, its host and the parts of the host.
fn site_names(stated: &Stated, site: Option<&str>, url: Option<&Url>) -> Vec<String> {
    let mut names: Vec<String> =
        site.into_iter().chain(stated.publisher.as_deref()).map(str::to_owned).collect();
    if let Some(host) = url.and_then(Url::host_str) {
        let host = host.strip_prefix("www.").unwrap_or(host);
        names.push(host.to_owned());
        names.extend(host.rsplit('.').skip(1).filter(|label| label.len() > 3).map(str::to_owned));
    }
    names
}

fn headline(clues: &Clues<'_>, stated: &Stated, site: &[String], signals: &Signals) -> Option<String> {
    let tag = first_tag(clues, &signals.tags.title).map(|text| one_line(&plain(text)));
    let mut property =
        clues.marks.iter().filter(|mark| mark.role == Role::Headline).map(|mark| one_line(&mark.text));
    let property = property.find(|text| !text.is_empty());
    let document = clues.title.as_deref().map(one_line);
    let headings: Vec<&str> = clues.headings.iter().map(|heading| heading.text.as_str()).collect();
    title::choose(&title::Stated {
        json_ld: stated.headline.as_deref().filter(|_| stated.is_article),
        tag: tag.as_deref(),
        property: property.as_deref(),
        headings: &headings,
        document: document.as_deref(),
        site,
    })
}

/// Texts between the headline and the standfirst.
const DEK_REACH: usize = 12;

/// In order: a standfirst by the headline, the alternative headline of JSON-LD.
fn dek(clues: &Clues<'_>, stated: &Stated, anchors: &Anchors) -> Option<String> {
    let near = clues
        .marks
        .iter()
        .filter(|mark| mark.role == Role::Dek && !mark.aside && anchors.distance(mark.at) <= DEK_REACH);
    let mut texts = near.map(|mark| one_line(&mark.text)).filter(|text| text.split_whitespace().count() >= 4);
    texts.next().or_else(|| stated.alternative_headline.clone())
}

/// In order: the tags, JSON-LD.
fn keywords(clues: &Clues<'_>, stated: &Stated, signals: &Signals) -> Vec<String> {
    let mut tags: Vec<String> = Vec::new();
    for name in &signals.tags.tags {
        for (_, content) in clues.tags.iter().filter(|(tag, _)| tag == name) {
            tags.extend(plain(content).split([',', ';']).map(one_line));
        }
        if !tags.is_empty() {
            break;
        }
    }
    if tags.is_empty() {
        tags = stated.tags.iter().flat_map(|text| text.split([',', ';'])).map(one_line).collect();
    }
    let mut seen = std::collections::HashSet::new();
    tags.retain(|tag| !tag.is_empty() && seen.insert(tag.to_lowercase()));
    tags
}

/// In order: `isAccessibleForFree` of JSON-LD, the tags for the tier.
fn paywalled(clues: &Clues<'_>, stated: &Stated, signals: &Signals) -> Option<bool> {
    if let Some(free) = stated.free {
        return Some(!free);
    }
    let tier = first_tag(clues, &signals.tags.tier)?.to_lowercase();
    if signals.tiers.paid.contains(&tier) {
        Some(true)
    } else if signals.tiers.free.contains(&tier) {
        Some(false)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use scraper::Html;
    use url::Url;

    use super::{Meta, read};

    fn meta(html: &str) -> Meta {
        let url = Url::parse("https://www.dailysample.example/news/bridge-opens").unwrap();
        read(&Html::parse_document(html), Some(&url), None)
    }

    fn json_ld(json: &str) -> Meta {
        meta(&format!(
            "<title>Bridge opens</title><script type='application/ld+json'>{json}</script><h1>Bridge opens</h1>"
        ))
    }

    #[test]
    fn an_empty_page_says_nothing() {
        assert_eq!(read(&Html::parse_document(""), None, None), Meta::default());
    }

    #[test]
    fn the_article_node_is_read_and_references_are_followed() {
        let meta = json_ld(
            r##"{"@graph": [
                {"@type": "WebPage", "name": "Bridge opens", "datePublished": "2020-01-01"},
                {"@type": "Person", "@id": "#ada", "name": "Ada Muster"},
                {"@type": "NewsArticle", "headline": "Bridge &amp;amp; road open", "datePublished": "2024-03-12T14:05:00+01:00",
                 "url": "https://www.dailysample.example/news/bridge-opens/", "author": [{"@id": "#ada"}, "Ben Sample"],
                 "publisher": {"@type": "Organization", "name": "The Daily Sample"}, "inLanguage": "de_AT",
                 "articleSection": "City", "keywords": ["bridge", "road", "Bridge"], "isAccessibleForFree": "False",
                 "image": {"url": "/bridge.jpg"}, "articleBody": "<p>First.</p><p>Second &amp; last.</p>"}
            ]}"##,
        );
        assert_eq!(meta.authors, ["Ada Muster", "Ben Sample"]);
        assert_eq!(meta.published.as_deref(), Some("2024-03-12T14:05:00+01:00"));
        assert_eq!(meta.schema_type.as_deref(), Some("NewsArticle"));
        assert_eq!(meta.site.as_deref(), Some("The Daily Sample"));
        assert_eq!(meta.language.as_deref(), Some("de-AT"));
        assert_eq!(meta.section.as_deref(), Some("City"));
        assert_eq!(meta.tags, ["bridge", "road"]);
        assert_eq!(meta.paywalled, Some(true));
        assert_eq!(meta.image.as_deref(), Some("https://www.dailysample.example/bridge.jpg"));
        assert_eq!(meta.article_body.as_deref(), Some("First.\nSecond & last."));
        assert_eq!(meta.title.as_deref(), Some("Bridge opens"));
    }

    #[test]
    fn json_ld_with_the_slips_of_templates_is_still_read() {
        let cases = [
            "<!-- {\"@type\": \"Article\", \"author\": \"Ada Muster\"} -->",
            "//<![CDATA[\n{\"@type\": \"Article\", \"author\": \"Ada Muster\"}\n//]]>",
            "{\"@type\": \"Article\", \"description\": \"two\nlines\tand a tab\", \"author\": \"Ada Muster\"}",
            "{\"@type\": \"Article\", \"description\": \"it\\'s\", \"author\": [\"Ada Muster\",],}",
            "[[{\"@type\": [\"Thing\", \"Article\"], \"author\": {\"name\": \"Ada Muster\"}}]]",
            "{\"@type\": \"WebPage\", \"mainEntity\": {\"@type\": \"Article\", \"creator\": \"Ada Muster\"}};",
        ];
        for json in cases {
            assert_eq!(json_ld(json).authors, ["Ada Muster"], "{json}");
        }
        for json in ["", "{", "\"", "{\"a\": [", "null", "[1, 2]", "{\"@type\": 3, \"author\": {}}"] {
            assert_eq!(json_ld(json).authors, [""; 0], "{json}");
        }
    }

    #[test]
    fn the_node_of_another_story_is_not_read() {
        let meta = json_ld(
            r#"{"@type": "NewsArticle", "headline": "Rain ahead", "url": "https://www.dailysample.example/news/rain", "author": "Eve Other"}"#,
        );
        assert_eq!(meta.authors, [""; 0]);
    }

    #[test]
    fn tags_are_read_in_order_of_trust() {
        let meta = meta(
            "<html lang=pt_br><head><title>A ponte | Diário</title><meta property='og:title' content='A ponte'>
             <meta property='og:site_name' content='Diário'><meta property='og:description' content='Um &amp;amp; dois'>
             <meta property='og:type' content='article'><meta name=date content='2020-01-01'>
             <meta property='article:published_time' content='2024-03-12T14:05:00Z'><meta name=author content='Por Ada Muster'>
             <meta property='article:modified_time' content='2024-03-13'><meta property='article:content_tier' content=metered>
             <meta name=keywords content='ponte, cidade'><link rel=canonical href='/noticias/ponte'></head><body></body></html>",
        );
        assert_eq!(meta.title.as_deref(), Some("A ponte"));
        assert_eq!(meta.description.as_deref(), Some("Um & dois"));
        assert_eq!(meta.og_type.as_deref(), Some("article"));
        assert_eq!(meta.published.as_deref(), Some("2024-03-12T14:05:00Z"));
        assert_eq!(meta.modified.as_deref(), Some("2024-03-13"));
        assert_eq!(meta.authors, ["Ada Muster"]);
        assert_eq!(meta.language.as_deref(), Some("pt-BR"));
        assert_eq!(meta.tags, ["ponte", "cidade"]);
        assert_eq!(meta.paywalled, Some(true));
        assert_eq!(meta.canonical_url.as_deref(), Some("https://www.dailysample.example/noticias/ponte"));
    }

    #[test]
    fn a_page_without_tags_is_read_from_what_it_shows() {
        let bodies = [
            "<h1>Bridge opens</h1><div>By <a href=/x>Ada Muster</a></div><div>March 12, 2024</div>",
            "<h1>Bridge opens</h1><div class=entry-byline><span>By</span><span>Ada Muster</span></div><time datetime=2024-03-12>x</time>",
            "<h1>Bridge opens</h1><p><a rel=author href=/a>Ada Muster</a> · <span class=postDate>12 March 2024</span></p>",
            "<div><span>March 12, 2024</span></div><h1>Bridge opens</h1><a href='/author/ada-muster/'>Ada Muster</a>",
            "<h1>Bridge opens</h1><p itemprop=author><b itemprop=name>Ada Muster</b></p><p>Published</p><p>12 Mar 2024</p><p>Updated</p><p>14 Mar 2024</p>",
        ];
        for body in bodies {
            let aside = "<div class=related-posts><p class=byline>By Eve Other</p><time datetime=2019-01-01>old</time></div>";
            let meta = meta(&format!("{aside}{body}<p>The story.</p>{aside}"));
            assert_eq!(meta.authors, ["Ada Muster"], "{body}");
            assert_eq!(meta.published.as_deref(), Some("2024-03-12"), "{body}");
        }
    }

    #[test]
    fn a_title_over_several_lines_is_one_line() {
        let page = Html::parse_document("<title>\n  Ferry\n  returns\n</title><p>x");
        assert_eq!(read(&page, None, None).title.as_deref(), Some("Ferry returns"));
    }

    #[test]
    fn a_tag_that_holds_markup_alone_says_nothing() {
        let page = Html::parse_document("<meta property=article:section content='<br />'><p>x");
        assert_eq!(read(&page, None, None).section, None);
    }

    #[test]
    fn a_date_of_change_is_not_taken_for_that_of_publication() {
        let meta = meta("<h1>Bridge opens</h1><p class=date>Updated March 14, 2024</p>");
        assert_eq!((meta.published.as_deref(), meta.modified.as_deref()), (None, Some("2024-03-14")));
    }

    #[test]
    fn a_person_in_the_byline_is_preferred_to_the_site_as_author() {
        let site = "<meta property=og:site_name content='The Daily Sample'><meta name=author content='The Daily Sample'><h1>Bridge opens</h1>";
        assert_eq!(meta(&format!("{site}<p class=byline>By Ada Muster</p>")).authors, ["Ada Muster"]);
        assert_eq!(meta(site).authors, ["The Daily Sample"]);
    }

    #[test]
    fn the_standfirst_by_the_headline_is_the_dek() {
        let meta = meta(
            "<h1>Bridge opens</h1><p class='article-standfirst'>After ten years of work, traffic flows.</p>",
        );
        assert_eq!(meta.dek.as_deref(), Some("After ten years of work, traffic flows."));
    }
}
