//! Which page a URL names: the form in which two spellings of one URL are the same, and when a page may name another URL
//! as its own.
//!
//! Identities are only compared. What is requested is always the URL as it was found: a server may well answer only to
//! the parameters that are left out here.

use std::sync::LazyLock;

use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use url::{Host, Url};

use super::versions::{is_version, unversion};

/// The first half of a SHA-256: what identities, bodies and records are compared by. Among four thousand million of them
/// the chance that two agree by accident is below 1 in 10¹⁹.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest(pub [u8; 16]);

impl Digest {
    /// The digest of `bytes`.
    pub fn of(bytes: impl AsRef<[u8]>) -> Self {
        let whole = Sha256::digest(bytes);
        Self(std::array::from_fn(|at| whole[at]))
    }

    /// The digest of the identity of `url`: the key by which the state knows a page.
    pub fn of_page(url: &Url) -> Self {
        Self::of(identity(url))
    }

    /// The first hexadecimal digits of it, as many of the 32 as are wanted.
    pub fn digits(&self, count: usize) -> String {
        format!("{:.count$}", format!("{self:?}"))
    }
}

impl std::fmt::Debug for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// The identity of the page that `url` names: lower-case host, no default port, no fragment, no user name or password, no
/// parameters that only count readers (`tracking.toml`), the story for its print and AMP versions (`versions.toml`); the other
/// parameters as they are and in their order.
///
/// `http` and `https`, `www.` and none, and a slash at the end or none stay different. Where they are one page, a redirect
/// or the canonical URL says so.
pub fn identity(url: &Url) -> String {
    let mut url = url.clone();
    url.set_fragment(None);
    // These two fail only for URLs without a host, which have neither.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    if let Some(query) = url.query() {
        let kept: Vec<&str> = query
            .split('&')
            .filter(|pair| !pair.is_empty() && !is_tracking(pair) && !is_version(pair))
            .collect();
        let kept = kept.join("&");
        url.set_query(Some(kept.as_str()).filter(|kept| !kept.is_empty()));
    }
    unversion(&mut url);
    url.into()
}

/// The canonical URL that the page at `url` (after redirects) claims, if the claim may be trusted: http or https, without
/// user name and password, on the same registrable domain (on the same host where a host has none, as an address), and not
/// the front page, unless `url` is a front page itself: sites exist that call every story by the URL of their front page.
///
/// A claim that passes may still be wrong. [`find`](super::duplicate::find) looks at the bodies, too.
pub fn trusted_canonical(url: &Url, claimed: &str) -> Option<Url> {
    let canonical = Url::parse(claimed).ok()?;
    let is_web = matches!(canonical.scheme(), "http" | "https");
    let has_userinfo = !canonical.username().is_empty() || canonical.password().is_some();
    let is_front = |url: &Url| matches!(url.path(), "" | "/") && url.query().is_none();
    let is_trusted = is_web
        && !has_userinfo
        && site(url).is_some_and(|own| site(&canonical).is_some_and(|other| own == other))
        && (!is_front(&canonical) || is_front(url));
    is_trusted.then_some(canonical)
}

/// The registrable domain of a URL by the public suffix list, such as `news.example` for `www.news.example`; the host
/// itself where it is an address, a public suffix or a name without dots.
pub fn site(url: &Url) -> Option<String> {
    match url.host()? {
        Host::Domain(name) => {
            let name = name.trim_end_matches('.');
            Some(psl::domain_str(name).unwrap_or(name).to_owned())
        }
        Host::Ipv4(_) | Host::Ipv6(_) => url.host_str().map(str::to_owned),
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    group: Vec<Group>,
}

/// Parameters that one sort of system adds.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(test), expect(dead_code, reason = "names, reasons and examples are read by people and tests"))]
struct Group {
    name: String,
    why: String,
    /// In lower case, sorted; `*` at the end stands for any ending.
    parameters: Vec<String>,
    /// A URL whose query holds nothing else.
    example: String,
}

static TRACKING: LazyLock<Table> = LazyLock::new(|| {
    toml::from_str(include_str!("tracking.toml")).expect("a test parses the table that is built in")
});

/// Whether `pair`, `name=value` or a bare name, only counts readers.
fn is_tracking(pair: &str) -> bool {
    let name = pair.split('=').next().unwrap_or_default().to_ascii_lowercase();
    let mut parameters = TRACKING.group.iter().flat_map(|group| &group.parameters);
    parameters.any(|parameter| match parameter.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => name == *parameter,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn url(text: &str) -> Url {
        text.parse().unwrap()
    }

    #[test]
    fn spellings_of_one_url_are_one_page() {
        for (given, expected) in [
            ("HTTPS://News.Example:443/Story#top", "https://news.example/Story"),
            ("http://news.example:80", "http://news.example/"),
            ("http://news.example:8080/", "http://news.example:8080/"),
            (
                "https://news.example/a?utm_source=x&b=2&UTM_Medium=y&a=1&fbclid=z",
                "https://news.example/a?b=2&a=1",
            ),
            ("https://news.example/a?utm_source=x", "https://news.example/a"),
            ("https://news.example/a?", "https://news.example/a"),
            ("https://news.example/a?gclid", "https://news.example/a"),
            ("https://news.example/a?q=%C3%A9+x&&q=2#f", "https://news.example/a?q=%C3%A9+x&q=2"),
            ("https://reader:secret@news.example/a", "https://news.example/a"),
            ("https://news.example/a?utm=1&ref=2&id=3", "https://news.example/a?utm=1&ref=2&id=3"),
            (
                "https://news.example/?u=https://x.example/?fbclid=1",
                "https://news.example/?u=https://x.example/?fbclid=1",
            ),
        ] {
            assert_eq!(identity(&url(given)), expected, "{given}");
            assert_eq!(identity(&url(expected)), expected, "{expected}");
        }
    }

    #[test]
    fn a_canonical_url_is_trusted_on_the_same_site_only() {
        let trusts = |page: &str, claimed: &str| trusted_canonical(&url(page), claimed).is_some();
        for (page, claimed, expected) in [
            ("https://m.news.co.uk/a", "https://www.news.co.uk/a", true),
            ("http://news.example/a?page=2", "https://news.example/a", true),
            ("https://news.example/a", "https://other.example/a", false),
            ("https://one.co.uk/a", "https://two.co.uk/a", false),
            ("https://one.github.io/a", "https://two.github.io/a", false),
            ("https://news.example/a", "https://news.example/", false),
            ("https://news.example/a", "https://news.example", false),
            ("https://news.example/", "https://www.news.example/", true),
            ("https://news.example/a", "https://news.example/?p=12", true),
            ("https://news.example/a", "https://me@news.example/a", false),
            ("https://news.example/a", "ftp://news.example/a", false),
            ("https://news.example/a", "/a", false),
            ("http://10.0.0.1/a", "http://10.0.0.1/b", true),
            ("http://10.0.0.1/a", "http://20.0.0.1/b", false),
            ("http://localhost/a", "http://localhost/b", true),
            ("https://news.example./a", "https://www.news.example/a", true),
        ] {
            assert_eq!(trusts(page, claimed), expected, "{page} says {claimed}");
        }
    }

    #[test]
    fn the_table_is_sorted_unique_and_proved_by_its_examples() {
        let mut all = Vec::new();
        for Group { name, why, parameters, example } in &TRACKING.group {
            assert!(!name.is_empty() && why.ends_with('.'), "{name}");
            assert!(
                parameters.iter().all(|name| *name == name.to_ascii_lowercase() && name.len() > 2),
                "{name}"
            );
            assert_eq!(identity(&url(example)), example.split('?').next().unwrap(), "{name}");
            assert!(parameters.is_sorted(), "{name} is not sorted");
            all.extend(parameters);
        }
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
    }
}
