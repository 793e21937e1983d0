//! Sources: what each key of a `[[source]]` table means, what the table names, and the settings that it changes.

use std::path::{Path, PathBuf};
use std::time::Duration;

use bytesize::ByteSize;
use serde::{Deserialize, Serialize};
use url::Url;

use super::{Clean, Config, Fetch, Keep, Revisit, layers};

/// What stands for standard input where a file is named.
const STDIN: &str = "-";

/// One place that candidates come from: exactly one of `list`, `feed`, `sitemap`, `page`, `files`, `warc` and `opml`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Source {
    /// What messages and summaries call it, and what the state remembers it by; without one, what it names.
    pub name: String,
    /// A file with a URL or a path on each line; paths are relative to the file. `-` is standard input.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub list: Option<PathBuf>,
    /// URL of a feed (RSS, Atom, JSON Feed), or of a page that names its feed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub feed: Option<String>,
    /// URL of a sitemap or an index of them, or of a site whose robots.txt names them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sitemap: Option<String>,
    /// URL of a front or section page whose article links are candidates.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<String>,
    /// A folder of saved pages, or a glob of their paths.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub files: Option<PathBuf>,
    /// An archive of pages (WARC or WACZ), a folder of them, or a glob of their paths.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warc: Option<PathBuf>,
    /// A file or URL of an OPML outline, each of whose feeds is asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opml: Option<String>,
    /// Globs over host and path, of which a candidate has to match one; all candidates without any.
    pub include: Vec<String>,
    /// Globs over host and path, of which a candidate may match none.
    pub exclude: Vec<String>,
    /// Stories older than this are left alone, by the date in the source or else by the one in the page.
    #[serde(with = "layers::duration_if_any", skip_serializing_if = "Option::is_none")]
    pub max_age: Option<Duration>,
    /// The most candidates that are taken each time the source is asked: the newest where it dates them, else the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
    /// How long the source is left alone after it was asked.
    #[serde(with = "layers::duration")]
    pub every: Duration,
    /// Settings of `[fetch]` that are others for this source and its pages.
    pub fetch: SourceFetch,
    /// Settings of `[clean]` that are others for its pages.
    pub clean: SourceClean,
    /// Settings of `[write]` that are others for its articles.
    pub write: SourceWrite,
}

/// Settings of `[fetch]` that a source may change: those that hold for one request or one page. What connections and hosts
/// share (addresses, certificates, the proxy, the user agent) is the same for all.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SourceFetch {
    /// Shortest pause between two requests to one host; pages of other sources on the host wait by their own setting.
    #[serde(with = "layers::duration_if_any", skip_serializing_if = "Option::is_none")]
    pub delay: Option<Duration>,
    /// Whether robots.txt is obeyed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub robots: Option<bool>,
    /// Whether pages that opt out of text and data mining are left alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub respect_opt_out: Option<bool>,
    /// Longest time for a whole request, redirects included.
    #[serde(with = "layers::duration_if_any", skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Duration>,
    /// Largest body, in decoded bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_body: Option<ByteSize>,
    /// Redirects that are followed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_redirects: Option<usize>,
    /// Further tries after a failure that may pass.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retries: Option<usize>,
    /// When pages that were had are asked for again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revisit: Option<Revisit>,
}

/// Settings of `[clean]` that a source may change.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SourceClean {
    /// Kinds of text that are wanted in the body, in place of those of `[clean]`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keep: Option<Vec<Keep>>,
    /// Files with rules of the user's that win over those of `[clean]`; paths are relative to the config file.
    pub rules: Vec<PathBuf>,
}

/// Settings of `[write]` that a source may change.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SourceWrite {
    /// How a file is named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Whether a story that another page has brought before is written once more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duplicates: Option<bool>,
}

/// What a source names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A list on standard input.
    Stdin,
    /// A list in a file.
    List(PathBuf),
    /// A feed, or a page that names one.
    Feed(Url),
    /// A sitemap, an index of them, or a site that has them.
    Sitemap(Url),
    /// A page that links to articles.
    Page(Url),
    /// A folder of saved pages, or a glob of their paths.
    Files(PathBuf),
    /// An archive, a folder of them, or a glob of their paths.
    Warc(PathBuf),
    /// An outline of feeds in a file.
    OpmlFile(PathBuf),
    /// An outline of feeds on the web.
    Opml(Url),
}

/// The keys of which a source has exactly one, which are also what stands before the colon of an operand.
pub const KINDS: [&str; 7] = ["list", "feed", "sitemap", "page", "files", "warc", "opml"];

impl Source {
    /// The source that an operand such as `feed:https://example.org/rss` names; `None` for an operand of another form.
    pub fn of_operand(operand: &str) -> Option<Self> {
        let (kind, named) = operand.split_once(':')?;
        let named = match named.strip_prefix("//") {
            // As in `feed://example.org/rss`, which browsers hand over.
            Some(rest) if kind == "feed" => format!("https://{rest}"),
            _ => named.to_owned(),
        };
        let path = || Some(PathBuf::from(&named));
        let source = match kind {
            "list" => Self { list: path(), ..Self::default() },
            "feed" => Self { feed: Some(named), ..Self::default() },
            "sitemap" => Self { sitemap: Some(named), ..Self::default() },
            "page" => Self { page: Some(named), ..Self::default() },
            "files" => Self { files: path(), ..Self::default() },
            "warc" => Self { warc: path(), ..Self::default() },
            "opml" => Self { opml: Some(named), ..Self::default() },
            _ => return None,
        };
        Some(Self { name: operand.to_owned(), ..source })
    }

    /// The source that is the list at `path`, `-` for standard input.
    pub fn of_list(path: &Path) -> Self {
        Self { name: format!("list:{}", path.display()), list: Some(path.to_owned()), ..Self::default() }
    }

    /// What messages call it.
    pub fn title(&self) -> String {
        if !self.name.is_empty() {
            return self.name.clone();
        }
        self.named().into_iter().next().map_or_else(|| "source".to_owned(), |(_, named)| named)
    }

    /// What it names.
    ///
    /// # Errors
    /// None or several of the keys that name something, and a URL that is none, in words for a person.
    pub fn target(&self) -> Result<Target, String> {
        let named = self.named();
        let [(kind, named)] = named.as_slice() else {
            let keys: Vec<&str> = named.iter().map(|(kind, _)| *kind).collect();
            let what = match keys.as_slice() {
                [] => "names nothing".to_owned(),
                keys => format!("has `{}` at once", keys.join("`, `")),
            };
            let title = self.title();
            return Err(format!("the source `{title}` {what}; give it exactly one of {}", KINDS.join(", ")));
        };
        let url = || match Url::parse(named) {
            Ok(url) if is_web(&url) => Ok(url),
            Ok(_) | Err(_) => Err(format!(
                "`{named}`, the {kind} of a source, is no URL of the web; write it like \"https://example.org/\""
            )),
        };
        Ok(match *kind {
            "list" if named == STDIN => Target::Stdin,
            "list" => Target::List(named.into()),
            "feed" => Target::Feed(url()?),
            "sitemap" => Target::Sitemap(url()?),
            "page" => Target::Page(url()?),
            "files" => Target::Files(named.into()),
            "warc" => Target::Warc(named.into()),
            _ => match Url::parse(named) {
                Ok(url) if is_web(&url) => Target::Opml(url),
                Ok(_) | Err(_) => Target::OpmlFile(named.into()),
            },
        })
    }

    /// The keys of which it should have one, with what they name.
    fn named(&self) -> Vec<(&'static str, String)> {
        let path = |path: &Option<PathBuf>| path.as_ref().map(|path| path.display().to_string());
        [
            (KINDS[0], path(&self.list)),
            (KINDS[1], self.feed.clone()),
            (KINDS[2], self.sitemap.clone()),
            (KINDS[3], self.page.clone()),
            (KINDS[4], path(&self.files)),
            (KINDS[5], path(&self.warc)),
            (KINDS[6], self.opml.clone()),
        ]
        .into_iter()
        .filter_map(|(kind, named)| Some((kind, named?)))
        .collect()
    }

    /// Puts its relative paths below the `folder` of the config file.
    pub(super) fn place(&mut self, folder: &Path) {
        if let Some(list) = self.list.as_mut().filter(|list| list.as_os_str() != STDIN) {
            *list = folder.join(&*list);
        }
        for path in [&mut self.files, &mut self.warc].into_iter().flatten() {
            *path = folder.join(&*path);
        }
        if let Some(opml) = self.opml.as_mut().filter(|opml| !Url::parse(opml).is_ok_and(|url| is_web(&url)))
        {
            *opml = folder.join(&*opml).display().to_string();
        }
        for rules in &mut self.clean.rules {
            *rules = folder.join(&*rules);
        }
    }

    /// A source with every key set, from which the known keys are read.
    pub(super) fn example() -> Self {
        Self {
            name: "example".to_owned(),
            list: Some("urls.txt".into()),
            feed: Some(String::new()),
            sitemap: Some(String::new()),
            page: Some(String::new()),
            files: Some("saved".into()),
            warc: Some("crawls".into()),
            opml: Some(String::new()),
            include: Vec::new(),
            exclude: Vec::new(),
            max_age: Some(Duration::ZERO),
            limit: Some(0),
            every: Duration::ZERO,
            fetch: SourceFetch {
                delay: Some(Duration::ZERO),
                robots: Some(true),
                respect_opt_out: Some(true),
                timeout: Some(Duration::ZERO),
                max_body: Some(ByteSize::b(0)),
                max_redirects: Some(0),
                retries: Some(0),
                revisit: Some(Revisit::default()),
            },
            clean: SourceClean { keep: Some(Vec::new()), rules: Vec::new() },
            write: SourceWrite { name: Some(String::new()), duplicates: Some(false) },
        }
    }

    /// The settings for fetching it and its pages.
    pub fn fetch_over(&self, general: &Fetch) -> Fetch {
        let own = self.fetch.clone();
        Fetch {
            delay: own.delay.unwrap_or(general.delay),
            robots: own.robots.unwrap_or(general.robots),
            respect_opt_out: own.respect_opt_out.unwrap_or(general.respect_opt_out),
            timeout: own.timeout.unwrap_or(general.timeout),
            max_body: own.max_body.unwrap_or(general.max_body),
            max_redirects: own.max_redirects.unwrap_or(general.max_redirects),
            retries: own.retries.unwrap_or(general.retries),
            revisit: own.revisit.unwrap_or(general.revisit),
            ..general.clone()
        }
    }

    /// The settings for cleaning its pages.
    pub fn clean_over(&self, general: &Clean) -> Clean {
        let mut clean = general.clone();
        clean.rules.splice(..0, self.clean.rules.iter().cloned());
        clean.keep = self.clean.keep.clone().unwrap_or(clean.keep);
        clean
    }
}

impl Config {
    /// The source with this name.
    pub fn source_named(&self, name: &str) -> Option<&Source> {
        self.source.iter().find(|source| source.title() == name)
    }
}

fn is_web(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn an_operand_names_a_source_by_its_kind() {
        let target = |operand: &str| Source::of_operand(operand).map(|source| source.target());
        let url = |text: &str| Url::parse(text).unwrap();
        assert_eq!(
            target("feed:https://a.example/rss"),
            Some(Ok(Target::Feed(url("https://a.example/rss"))))
        );
        assert_eq!(target("feed://a.example/rss"), Some(Ok(Target::Feed(url("https://a.example/rss")))));
        assert_eq!(target("list:-"), Some(Ok(Target::Stdin)));
        assert_eq!(target("opml:feeds.opml"), Some(Ok(Target::OpmlFile("feeds.opml".into()))));
        assert_eq!(target("https://a.example/"), None);
        assert_eq!(target("saved/page.html"), None);
        assert!(target("page:a.example").unwrap().unwrap_err().contains("`a.example`, the page of a source"));
    }

    #[test]
    fn a_source_names_exactly_one_thing() {
        let none = Source { name: "x".to_owned(), ..Source::default() };
        assert!(none.target().unwrap_err().contains("`x` names nothing; give it exactly one of list, feed"));
        let both = Source { feed: Some("https://a.example/".to_owned()), list: Some("a".into()), ..none };
        assert!(both.target().unwrap_err().contains("has `list`, `feed` at once"));
    }

    #[test]
    fn what_a_source_changes_goes_over_the_general_settings() {
        let source: Source = toml::from_str(
            "feed = \"https://a.example/\"\n[fetch]\ndelay = \"5s\"\nrevisit = \"never\"\n[clean]\nrules = [\"own.toml\"]\n",
        )
        .unwrap();
        let fetch = source.fetch_over(&Fetch::default());
        assert_eq!((fetch.delay, fetch.revisit), (Duration::from_secs(5), Revisit::Never));
        assert_eq!(fetch.retries, Fetch::default().retries);
        let general = Clean { rules: vec!["general.toml".into()], ..Clean::default() };
        let rules = source.clean_over(&general).rules;
        assert_eq!(rules, [PathBuf::from("own.toml"), PathBuf::from("general.toml")]);
    }
}
