//! `pressclip init`: a config with a source for each site, found by looking at the sites.

use std::collections::HashSet;
use std::path::Path;

use anyhow::Context;
use futures::{StreamExt, stream};
use toml::Value;
use url::Url;

use crate::cli::{Common, Init};
use crate::config::{self, Config, ConfigError, Layers};
use crate::failure::Failure;
use crate::pipeline::Workshop;
use crate::pipeline::survey::{Kind, Offer, survey};
use crate::summary::{ALL_FAILED, DONE, SOME_FAILED};
use crate::write::counted;
use crate::write::inert::inert;

use super::interrupt::interrupted;
use super::say::say;
use super::sink::Sink;

/// Sites that are looked at side by side.
const SIDE_BY_SIDE: usize = 8;

/// What stands in the config around the sources.
const TEMPLATE: &str = include_str!("init/template.toml");

pub(super) async fn init(arguments: &Init, common: &Common) -> anyhow::Result<u8> {
    let path = &arguments.output;
    anyhow::ensure!(
        arguments.force || path.as_os_str() == "-" || !path.exists(),
        "`{}` is there already; write to another file with `-o FILE`, or over it with `--force`",
        path.display()
    );
    let sites = arguments.sites.iter().map(|site| address(site)).collect::<Result<Vec<Url>, _>>()?;
    // The file that is to be written is no configuration yet.
    let layers =
        Layers { file: common.config.clone(), environment: super::environment(), set: common.set.clone() };
    let shop = Workshop::new(&Config { source: Vec::new(), ..config::read(&layers)? })?;
    let look =
        stream::iter(&sites).map(|site| survey(&shop, site)).buffered(SIDE_BY_SIDE).collect::<Vec<_>>();
    let found = tokio::select! {
        biased;
        code = interrupted() => return Ok(code),
        found = look => found,
    };
    let told: String = sites.iter().zip(&found).map(|(site, offer)| told(site, offer)).collect();
    say(common.log_format, &told);
    let failed = found.iter().filter(|offer| offer.is_err()).count();
    if failed == found.len() {
        say(common.log_format, "nothing was written, since no site has a source\n");
        return Ok(ALL_FAILED);
    }
    let text = TEMPLATE.replace("# SOURCES\n", &sources(&sites, &found));
    let mut sink = Sink::open(Some(path.as_path()).filter(|path| path.as_os_str() != "-"))?;
    sink.write(&text)?;
    sink.finish()?;
    if path.as_os_str() != "-" {
        say(common.log_format, &format!("wrote `{}`; try it: {}\n", path.display(), first_run(path)));
    }
    Ok(if failed > 0 { SOME_FAILED } else { DONE })
}

fn first_run(path: &Path) -> String {
    let config =
        if path == Path::new(super::CONFIG_FILE) { String::new() } else { format!(" -c {}", path.display()) };
    format!("pressclip run{config} --limit 10")
}

/// The URL that was given, perhaps as people write it, without a scheme.
fn address(site: &str) -> anyhow::Result<Url> {
    let text = if site.contains("://") { site.to_owned() } else { format!("https://{site}") };
    let url = Url::parse(&text).with_context(|| format!("`{site}` is no URL of a site"));
    let url =
        url.map_err(|error| ConfigError::Unsound(format!("{error:#}; write it like https://example.org/")))?;
    if matches!(url.scheme(), "http" | "https") {
        Ok(url)
    } else {
        let message = format!("`{site}` is no URL of a site; write it like https://example.org/");
        Err(ConfigError::Unsound(message).into())
    }
}

/// What was found, on a line.
fn told(site: &Url, offer: &Result<Offer, Failure>) -> String {
    let found = match offer {
        Ok(offer) => format!("{} {}, {}", kind(offer.kind), offer.url, size(offer)),
        Err(failure) => format!("{}: {}", failure.class, failure.message),
    };
    format!("{}: {}\n", inert(site.as_str()), inert(&found))
}

/// A table for each site, and a comment for each that has no source.
fn sources(sites: &[Url], found: &[Result<Offer, Failure>]) -> String {
    let mut names = HashSet::new();
    let mut seen = HashSet::new();
    let mut text = String::new();
    for (site, offer) in sites.iter().zip(found) {
        match offer {
            Ok(offer) if !seen.insert(&offer.url) => {}
            Ok(offer) => {
                let host = site.host_str().unwrap_or_default();
                let host = host.strip_prefix("www.").unwrap_or(host);
                let free = |name: &String| names.insert(name.clone());
                let mut candidates = (1..)
                    .map(|number| if number == 1 { host.to_owned() } else { format!("{host} {number}") });
                let name = candidates.find(free).unwrap_or_default();
                text += &format!("[[source]]\nname = {}\n", Value::String(name));
                let key = kind(offer.kind);
                text += &format!("{key} = {}  # {}\n\n", Value::String(offer.url.to_string()), size(offer));
            }
            Err(failure) => {
                text += &format!("# {}: no source was found ({})\n\n", inert(site.as_str()), failure.class);
            }
        }
    }
    text
}

/// The key of a source of this kind.
fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Feed => "feed",
        Kind::Sitemap => "sitemap",
        Kind::Page => "page",
    }
}

fn size(offer: &Offer) -> String {
    let (one, many) = match offer.kind {
        Kind::Feed | Kind::Sitemap => ("entry", "entries"),
        Kind::Page => ("link to a story", "links to stories"),
    };
    let latest = offer.latest.map(|latest| format!(", the latest of {}", latest.strftime("%Y-%m-%d")));
    counted(offer.entries, one, many) + &latest.unwrap_or_default()
}
