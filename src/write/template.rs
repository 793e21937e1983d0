//! Templates for the names of files, such as `{host}/{published:%Y/%m}/{slug}`, and what fills them in.
//!
//! | placeholder | what stands there | where a page does not say |
//! |---|---|---|
//! | `{slug}` | words from the name that a list gives, else from the title, else from the URL; and eight digits of the hash | `page` and the digits |
//! | `{hash}` | 16 digits of the hash of the page's identity | |
//! | `{host}` | the host | `local`, for a saved page |
//! | `{site}`, `{section}`, `{author}`, `{language}` | words of what the page says; the first author | `unknown` |
//! | `{kind}` | `article` or `paywalled` | |
//! | `{published:%Y-%m}`, `{modified:…}`, `{fetched:…}` | the time in UTC, by the letters of strftime; `%Y-%m-%d` without any | `undated` |

use std::fmt::Write as _;

use jiff::Timestamp;
use jiff::fmt::strtime;
use sha2::{Digest, Sha256};
use url::Url;

use super::names::{self, LONGEST_PART, LONGEST_WORDS, identity, words};
use crate::article::Article;
use crate::nearest::{hint, nearest};
use crate::state::page::point_in_time;

/// What stands for the host of a page that has none.
const LOCAL: &str = "local";
/// What stands for what the page does not say.
const UNKNOWN: &str = "unknown";
/// What stands for a time that is not known.
const UNDATED: &str = "undated";
/// How times are written without a form of their own.
const DAY: &str = "%Y-%m-%d";

/// The longest host in a name, in bytes. Longer ones exist, and are told apart by the hash in the slug.
const LONGEST_HOST: usize = 100;
/// The longest site, section, author or language in a name, in bytes.
const LONGEST_TEXT: usize = 50;
/// Digits of the hash where it stands alone: among a million pages the chance that two share one is below 1 in 10⁷.
const HASH_DIGITS: usize = 16;
/// Digits of the hash in a slug, where the words tell pages apart, too.
const SLUG_DIGITS: usize = 8;

/// The names of all placeholders.
const FIELDS: [(&str, Field); 11] = [
    ("slug", Field::Slug),
    ("hash", Field::Hash),
    ("host", Field::Host),
    ("site", Field::Site),
    ("section", Field::Section),
    ("author", Field::Author),
    ("language", Field::Language),
    ("kind", Field::Kind),
    ("published", Field::Published),
    ("modified", Field::Modified),
    ("fetched", Field::Fetched),
];

/// A template that is known to name files well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    /// A placeholder, and the form of a time.
    Field(Field, String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Slug,
    Hash,
    Host,
    Site,
    Section,
    Author,
    Language,
    Kind,
    Published,
    Modified,
    Fetched,
}

impl Field {
    fn is_time(self) -> bool {
        match self {
            Self::Published | Self::Modified | Self::Fetched => true,
            Self::Slug
            | Self::Hash
            | Self::Host
            | Self::Site
            | Self::Section
            | Self::Author
            | Self::Language
            | Self::Kind => false,
        }
    }
}

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// Says what is wrong: an unknown placeholder, a form that no time can have, no `{slug}` or `{hash}`, or a part that
    /// could grow too long for a file name.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(start) = rest.find(['{', '}']) {
            let (before, placeholder) = rest.split_at(start);
            let end = placeholder.find('}').filter(|end| *end > 0);
            let end = end.ok_or_else(|| format!("a brace has no partner in the name `{text}`"))?;
            pieces.push(Piece::Text(before.to_owned()));
            pieces.push(field(&placeholder[1..end], text)?);
            rest = &placeholder[end + 1..];
        }
        pieces.push(Piece::Text(rest.to_owned()));
        let template = Self(pieces);
        let has = |field: Field| {
            template.0.iter().any(|piece| matches!(piece, Piece::Field(own, _) if *own == field))
        };
        if !has(Field::Slug) && !has(Field::Hash) {
            return Err(format!(
                "the name `{text}` lacks `{{slug}}` or `{{hash}}`, without which files would share a name"
            ));
        }
        if template.filled(longest).split(['/', '\\']).any(|part| part.len() > LONGEST_PART) {
            return Err(format!("the name `{text}` can grow longer than file systems take; use fewer words"));
        }
        Ok(template)
    }

    /// The words alone, which name a file in a folder that is made for it.
    pub fn slug() -> Self {
        Self(vec![Piece::Field(Field::Slug, String::new())])
    }

    /// The name of the file for `article`, whose list calls it `name`, before it is made safe.
    pub(super) fn fill(&self, article: &Article, name: Option<&str>) -> String {
        let url = Url::parse(identity(article)).ok();
        self.filled(|field, form| {
            let text = |text: Option<&str>| {
                let words = words(text.unwrap_or_default(), LONGEST_TEXT);
                if words.is_empty() { UNKNOWN.to_owned() } else { words }
            };
            match field {
                Field::Slug => slug(article, name, url.as_ref()),
                Field::Hash => hash(article, HASH_DIGITS),
                Field::Host => {
                    let host = url.as_ref().and_then(Url::host_str);
                    host.map_or(LOCAL.to_owned(), |host| names::safe_part(host, LONGEST_HOST))
                }
                Field::Site => text(article.site.as_deref()),
                Field::Section => text(article.section.as_deref()),
                Field::Author => text(article.authors.first().map(String::as_str)),
                Field::Language => text(article.language.as_deref()),
                Field::Kind => article.kind.name().to_owned(),
                Field::Published => time(article.published.as_deref(), form),
                Field::Modified => time(article.modified.as_deref(), form),
                Field::Fetched => time(article.fetched_at.as_deref(), form),
            }
        })
    }

    fn filled(&self, value: impl Fn(Field, &str) -> String) -> String {
        let part = |piece: &Piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Field(field, form) => value(*field, form),
        };
        self.0.iter().map(part).collect()
    }
}

/// The placeholder that stands between two braces of `template`.
fn field(text: &str, template: &str) -> Result<Piece, String> {
    let (name, form) = text.split_once(':').map_or((text, None), |(name, form)| (name, Some(form)));
    let found = FIELDS.iter().find(|(known, _)| *known == name);
    let &(_, field) = found.ok_or_else(|| {
        let known = FIELDS.map(|(name, _)| format!("`{{{name}}}`")).join(", ");
        let nearest = nearest(name, FIELDS.map(|(name, _)| name)).map(|name| format!("{{{name}}}"));
        format!(
            "unknown placeholder `{{{name}}}` in the name `{template}`; known are {known}{}",
            hint(nearest)
        )
    })?;
    match form {
        Some(_) if !field.is_time() => {
            Err(format!("`{{{name}}}` takes no form in the name `{template}`; only times do"))
        }
        Some(form) if formatted(Timestamp::UNIX_EPOCH, form).is_none() => Err(format!(
            "no time can be written as `{form}` in the name `{template}`; write it like `%Y-%m-%d`"
        )),
        form => Ok(Piece::Field(field, form.unwrap_or(DAY).to_owned())),
    }
}

/// The longest value of a placeholder.
fn longest(field: Field, form: &str) -> String {
    let length = match field {
        Field::Slug => LONGEST_WORDS + 1 + SLUG_DIGITS,
        Field::Hash => HASH_DIGITS,
        Field::Host => LONGEST_HOST,
        Field::Site | Field::Section | Field::Author | Field::Language => LONGEST_TEXT,
        Field::Kind => "paywalled".len(),
        // The longest names of a month and a day.
        Field::Published | Field::Modified | Field::Fetched => {
            return time(Some("2026-09-30T22:22:22Z"), form);
        }
    };
    "x".repeat(length)
}

fn time(text: Option<&str>, form: &str) -> String {
    let written = text.and_then(point_in_time).and_then(|time| formatted(time, form));
    written.unwrap_or_else(|| UNDATED.to_owned())
}

fn formatted(time: Timestamp, form: &str) -> Option<String> {
    strtime::format(form, time).ok()
}

/// Words and hash.
fn slug(article: &Article, name: Option<&str>, url: Option<&Url>) -> String {
    let words = |text: &str| words(text, LONGEST_WORDS);
    let path = url.map_or(article.source.as_str(), Url::path);
    let from_path = || words(path.rsplit(['/', '\\']).find(|part| !part.is_empty()).unwrap_or_default());
    let title = words(article.title.as_deref().unwrap_or_default());
    let named = words(name.unwrap_or_default());
    let words = [named, title, from_path()].into_iter().find(|words| !words.is_empty());
    format!("{}-{}", words.unwrap_or_else(|| "page".to_owned()), hash(article, SLUG_DIGITS))
}

/// The first digits of the hash of the identity of an article.
fn hash(article: &Article, digits: usize) -> String {
    Sha256::digest(identity(article)).iter().take(digits / 2).fold(String::new(), |mut hash, byte| {
        write!(hash, "{byte:02x}").expect("writing to a string cannot fail");
        hash
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::write::names::file_name;

    fn article() -> Article {
        Article {
            url: Some("https://News.example/a".to_owned()),
            title: Some("A title".to_owned()),
            section: Some("Küche & Keller".to_owned()),
            authors: vec!["Ann O’Hara".to_owned(), "Bob".to_owned()],
            published: Some("2026-03-01T23:30:00-05:00".to_owned()),
            fetched_at: Some("2026-04-05T06:07:08Z".to_owned()),
            ..Article::default()
        }
    }

    #[track_caller]
    fn check(article: &Article, template: &str, expected: &str) {
        let path = file_name(article, None, &Template::parse(template).unwrap(), "md");
        assert_eq!(path.to_string_lossy(), expected);
    }

    #[test]
    fn placeholders_are_filled_in_and_a_time_can_make_folders() {
        let article = article();
        let hash = hash(&article, 16);
        let slug = format!("a-title-{}", &hash[..8]);
        check(&article, "{host}/{published:%Y/%m}/{slug}", &format!("news.example/2026/03/{slug}.md"));
        check(&article, "{published}/{fetched:%Y-W%V}/{hash}", &format!("2026-03-02/2026-W14/{hash}.md"));
        check(&article, "{section}/{author}_{slug}", &format!("kuche-keller/ann-ohara_{slug}.md"));
        check(&article, "{kind}/x{hash}", &format!("empty/x{hash}.md"));
    }

    #[test]
    fn what_a_page_does_not_say_has_a_stand_in() {
        let page = Article {
            source: "saved.html".to_owned(),
            published: Some("soon".to_owned()),
            ..Article::default()
        };
        let hash = hash(&page, 16);
        let template = "{host}/{site}/{section}/{language}/{author}/{published:%Y/%m}/{fetched}/{hash}";
        check(&page, template, &format!("local/unknown/unknown/unknown/unknown/undated/undated/{hash}.md"));
    }

    #[test]
    fn a_template_is_refused_when_names_would_be_wrong() {
        for (template, problem) in [
            ("{date}/{slug}", "unknown placeholder `{date}`"),
            ("{publishd:%Y}/{slug}", "did you mean `{published}`?"),
            ("{host}", "lacks `{slug}` or `{hash}`"),
            ("{published:%Y-%!}/{slug}", "no time can be written as `%Y-%!`"),
            ("{slug:%Y}", "`{slug}` takes no form"),
            ("{slug", "a brace has no partner"),
            ("slug}", "a brace has no partner"),
            ("{slug}{slug}{slug}", "can grow longer"),
            (&"x/".repeat(3).replace("x", &"y".repeat(300)), "lacks"),
        ] {
            let error = Template::parse(template).unwrap_err();
            assert!(error.contains(problem), "{template}: {error}");
        }
        assert!(Template::parse("{host}/{slug}").is_ok());
        assert_eq!(
            Template::parse("{slug}").map(|template| template.fill(&article(), None)),
            Ok(Template::slug().fill(&article(), None))
        );
    }
}
