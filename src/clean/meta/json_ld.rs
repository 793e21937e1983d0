//! JSON-LD: finds the node that describes this page among everything that a page states, and reads it.
//!
//! Publishers write it by template, so it is often broken in small ways; what can be mended cheaply is.

use std::collections::HashMap;

use serde_json::{Map, Value};
use url::Url;

use super::lenient_json;
use super::signals::Signals;
use super::text::{fold, one_line, plain};

/// Nodes that are looked at on a page.
const NODE_LIMIT: usize = 2000;
type Node = Map<String, Value>;

/// What the page says of itself, for telling its node from those of other stories.
pub(super) struct Page<'a> {
    /// The page's own addresses.
    pub urls: Vec<&'a str>,
    /// Its headings and titles, folded.
    pub titles: Vec<String>,
}

/// The fields of the chosen node.
#[derive(Debug, Default, Clone)]
pub(super) struct Stated {
    pub schema_type: Option<String>,
    pub headline: Option<String>,
    pub alternative_headline: Option<String>,
    pub description: Option<String>,
    pub authors: Vec<String>,
    /// Those of `authors` that are organizations.
    pub organizations: Vec<String>,
    pub published: Option<String>,
    pub modified: Option<String>,
    pub publisher: Option<String>,
    pub language: Option<String>,
    pub section: Option<String>,
    pub tags: Vec<String>,
    pub image: Option<String>,
    pub url: Option<String>,
    pub free: Option<bool>,
    pub body: Option<String>,
    /// Whether the type of the node is that of a piece of writing, not merely of a page.
    pub is_article: bool,
}

/// Reads the scripts of a page: nodes of writing first, then nodes of the page, each the best match.
pub(super) fn read(scripts: &[String], page: &Page<'_>, signals: &Signals) -> Stated {
    let documents: Vec<Value> = scripts.iter().filter_map(|script| lenient_json::parse(script)).collect();
    let (nodes, named) = nodes(&documents);
    let mut ranked: Vec<(i32, Stated)> = Vec::new();
    for node in nodes {
        let Some((rank, schema_type)) = rank(node, signals) else { continue };
        let mut stated = fields(node, &named);
        stated.is_article = rank < signals.schema.article.len();
        stated.schema_type = Some(schema_type);
        if let Some(score) = score(&stated, rank, page) {
            ranked.push((score, stated));
        }
    }
    // The sort is stable: the first of equals is the first on the page.
    ranked.sort_by_key(|(score, _)| -score);
    let mut ranked = ranked.into_iter().map(|(_, stated)| stated);
    let Some(mut best) = ranked.next() else { return Stated::default() };
    for other in ranked {
        fill(&mut best, other);
    }
    best.publisher = best.publisher.or_else(|| organization(&documents));
    best
}

/// The nodes that may describe the page, and every node that has an `@id`.
fn nodes(documents: &[Value]) -> (Vec<&Node>, HashMap<&str, &Node>) {
    let mut found = Vec::new();
    let mut named = HashMap::new();
    // Depth is bounded by the parser, which refuses values nested deeper than 128.
    let mut open: Vec<(&Value, bool)> = documents.iter().rev().map(|value| (value, true)).collect();
    let mut seen = 0;
    while let Some((value, describes_page)) = open.pop() {
        seen += 1;
        if seen > NODE_LIMIT {
            break;
        }
        match value {
            Value::Array(items) => open.extend(items.iter().rev().map(|item| (item, describes_page))),
            Value::Object(node) => {
                if describes_page && node.contains_key("@type") {
                    found.push(node);
                }
                if let Some(id) = node.get("@id").and_then(Value::as_str)
                    && node.len() > 2
                {
                    named.entry(id).or_insert(node);
                }
                for (key, inner) in
                    node.iter().rev().filter(|(_, inner)| inner.is_object() || inner.is_array())
                {
                    let same_page =
                        matches!(key.as_str(), "@graph" | "mainEntity" | "mainEntityOfPage" | "review");
                    open.push((inner, describes_page && same_page));
                }
            }
            _ => {}
        }
    }
    (found, named)
}

/// The place of the node's type in the table, articles before pages, and the type.
fn rank(node: &Node, signals: &Signals) -> Option<(usize, String)> {
    let types = strings(node.get("@type")?);
    let schema = &signals.schema;
    types
        .into_iter()
        .filter_map(|name| {
            let name = name.rsplit(['/', ':']).next().unwrap_or(name);
            let known = schema
                .article
                .iter()
                .chain(&schema.page)
                .position(|known| known.eq_ignore_ascii_case(name))?;
            Some((known, name.to_owned()))
        })
        .min_by_key(|(known, _)| *known)
}

/// How well a node fits the page; nothing for a node of another story.
fn score(stated: &Stated, rank: usize, page: &Page<'_>) -> Option<i32> {
    let mut score = if stated.is_article { 100 } else { 0 } - i32::try_from(rank).unwrap_or(i32::MAX / 2);
    let same_url = stated.url.as_deref().map(|url| page.urls.iter().any(|own| same_page(own, url)));
    let headline = stated.headline.as_deref().map(fold).filter(|headline| !headline.is_empty());
    let same_title = headline.map(|headline| {
        page.titles
            .iter()
            .any(|title| title.contains(&headline) || (!title.is_empty() && headline.contains(title)))
    });
    match (same_url, same_title) {
        (Some(false), Some(false)) if !page.urls.is_empty() => return None,
        (Some(true), Some(true)) => score += 60,
        (Some(true), _) | (_, Some(true)) => score += 50,
        _ => {}
    }
    score += i32::from(stated.published.is_some()) * 15;
    score += i32::from(!stated.authors.is_empty()) * 10;
    score += i32::from(stated.body.is_some()) * 5;
    Some(score)
}

/// Whether two addresses are of one page: scheme, `www.`, query, fragment and a final slash aside.
fn same_page(left: &str, right: &str) -> bool {
    fn path(address: &str) -> Option<String> {
        let url = Url::parse(address.trim()).ok()?;
        let path = url.path().trim_end_matches('/').to_lowercase();
        // A home page says nothing: templates put it in place of the page.
        if path.is_empty() {
            return None;
        }
        Some(path)
    }
    path(left).is_some_and(|left| path(right).is_some_and(|right| left == right))
}

/// Takes from another node what the best one does not say.
fn fill(best: &mut Stated, other: Stated) {
    if best.authors.is_empty() {
        best.authors = other.authors;
        best.organizations = other.organizations;
    }
    if best.tags.is_empty() {
        best.tags = other.tags;
    }
    let pairs = [
        (&mut best.headline, other.headline),
        (&mut best.description, other.description),
        (&mut best.published, other.published),
        (&mut best.modified, other.modified),
        (&mut best.publisher, other.publisher),
        (&mut best.language, other.language),
        (&mut best.section, other.section),
        (&mut best.image, other.image),
        (&mut best.url, other.url),
        (&mut best.body, other.body),
    ];
    for (mine, theirs) in pairs {
        if mine.is_none() {
            *mine = theirs;
        }
    }
    best.free = best.free.or(other.free);
}

fn fields(node: &Node, named: &HashMap<&str, &Node>) -> Stated {
    let text = |key: &str| {
        node.get(key).and_then(first_text).map(|text| one_line(&plain(text))).filter(|text| !text.is_empty())
    };
    let raw = |key: &str| {
        node.get(key).and_then(first_text).map(str::to_owned).filter(|text| !text.trim().is_empty())
    };
    let names = |key: &str| node.get(key).map(|value| names(value, named)).unwrap_or_default();
    let key = if names("author").is_empty() { "creator" } else { "author" };
    let authors = names(key);
    let organizations = node.get(key).map(|value| organizations(value, named)).unwrap_or_default();
    let url = ["url", "mainEntityOfPage", "@id"]
        .into_iter()
        .filter_map(|key| node.get(key))
        .find_map(|value| match value {
            Value::Object(inner) => inner.get("@id").or_else(|| inner.get("url")).and_then(Value::as_str),
            other => first_text(other),
        })
        .map(str::to_owned);
    Stated {
        schema_type: None,
        headline: text("headline").or_else(|| text("name")),
        alternative_headline: text("alternativeHeadline"),
        description: text("description"),
        authors,
        organizations,
        published: raw("datePublished").or_else(|| raw("dateCreated")).or_else(|| raw("uploadDate")),
        modified: raw("dateModified"),
        publisher: names("publisher").into_iter().next(),
        language: raw("inLanguage")
            .or_else(|| node.get("inLanguage")?.get("alternateName").and_then(first_text).map(str::to_owned)),
        section: text("articleSection"),
        tags: node
            .get("keywords")
            .map(|value| strings(value).into_iter().map(|tag| one_line(&plain(tag))).collect())
            .unwrap_or_default(),
        image: node.get("image").and_then(|value| image(value, named)).or_else(|| raw("thumbnailUrl")),
        url,
        free: node.get("isAccessibleForFree").and_then(truth),
        body: node.get("articleBody").and_then(first_text).map(plain).filter(|text| !text.is_empty()),
        is_article: false,
    }
}

/// Names of people or organizations: strings, nodes with a name, or references to such nodes.
fn names(value: &Value, named: &HashMap<&str, &Node>) -> Vec<String> {
    match value {
        Value::String(name) => vec![one_line(&plain(name))],
        Value::Array(items) => {
            // One level: lists of lists do not occur, and a bound keeps hostile nesting cheap.
            items.iter().filter(|item| !item.is_array()).flat_map(|item| names(item, named)).collect()
        }
        Value::Object(node) => {
            let own = |node: &Node| {
                node.get("name")
                    .map(strings)
                    .unwrap_or_default()
                    .into_iter()
                    .map(str::to_owned)
                    .collect::<Vec<_>>()
            };
            let mut found = own(node);
            if found.is_empty()
                && let Some(referred) = node.get("@id").and_then(Value::as_str).and_then(|id| named.get(id))
            {
                found = own(referred);
            }
            found.iter().map(|name| one_line(&plain(name))).filter(|name| !name.is_empty()).collect()
        }
        _ => Vec::new(),
    }
}

/// Names of those authors that are stated as organizations.
fn organizations(value: &Value, named: &HashMap<&str, &Node>) -> Vec<String> {
    let items = if let Value::Array(items) = value { items.as_slice() } else { std::slice::from_ref(value) };
    let is_organization = |node: &&Value| {
        node.get("@type")
            .is_some_and(|value| strings(value).iter().any(|name| name.ends_with("Organization")))
    };
    items.iter().filter(is_organization).flat_map(|item| names(item, named)).collect()
}

fn image(value: &Value, named: &HashMap<&str, &Node>) -> Option<String> {
    match value {
        Value::String(url) => Some(url.clone()),
        Value::Array(items) => {
            items.iter().filter(|item| !item.is_array()).find_map(|item| image(item, named))
        }
        Value::Object(node) => {
            let own = |node: &Node| {
                ["url", "contentUrl"].iter().find_map(|key| first_text(node.get(*key)?).map(str::to_owned))
            };
            own(node).or_else(|| named.get(node.get("@id")?.as_str()?).and_then(|referred| own(referred)))
        }
        _ => None,
    }
}

/// The name of the first organization that the page states.
fn organization(documents: &[Value]) -> Option<String> {
    let (nodes, _) = nodes(documents);
    let of_type = |wanted: &str| {
        nodes.iter().find(|node| {
            node.get("@type").is_some_and(|value| strings(value).iter().any(|name| name.ends_with(wanted)))
        })
    };
    let node = of_type("WebSite").or_else(|| of_type("Organization"))?;
    node.get("name").and_then(first_text).map(|name| one_line(&plain(name))).filter(|name| !name.is_empty())
}

fn first_text(value: &Value) -> Option<&str> {
    match value {
        Value::String(text) => Some(text),
        Value::Array(items) => items.first().and_then(Value::as_str),
        Value::Object(node) => node.get("@value").and_then(Value::as_str),
        _ => None,
    }
}

fn strings(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

fn truth(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(free) => Some(*free),
        Value::String(text) => {
            match text.trim().rsplit('/').next().unwrap_or_default().to_ascii_lowercase().as_str() {
                "true" | "yes" | "1" => Some(true),
                "false" | "no" | "0" => Some(false),
                _ => None,
            }
        }
        _ => None,
    }
}
