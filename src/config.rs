//! The configuration: what each option means, its default, and where its value comes from.
//!
//! Layers, weakest first: defaults, the config file, the environment (`PRESSCLIP_FETCH__TIMEOUT`), `--set` and flags.

mod addresses;
mod layers;
mod revisit;
mod rules;
mod source;
mod write;

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use bytesize::ByteSize;
use serde::{Deserialize, Serialize};

pub use addresses::{AllowedAddress, NoAddress};
pub use layers::{ConfigError, Layers, known_keys, read};
pub use revisit::{Ages, Revisit};
pub use rules::rules;
pub use source::{KINDS, Source, SourceClean, SourceFetch, SourceWrite, Target};
pub use write::{Format, Images, Output, Rotate, Write};

/// All options.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Config {
    /// Where candidates come from.
    pub source: Vec<Source>,
    /// How pages are fetched.
    pub fetch: Fetch,
    /// How pages are cleaned.
    pub clean: Clean,
    /// What is written, and where.
    pub write: Write,
    /// What is remembered from run to run, and where.
    pub state: State,
}

/// How pages are fetched.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Fetch {
    /// What pressclip calls itself to servers.
    pub user_agent: String,
    /// An e-mail address that is sent as the `From` header; empty sends none.
    pub from: String,
    /// Pages in flight over all hosts.
    pub concurrency: usize,
    /// Shortest pause between the end of a request to a host and the next request to it; a slow or failing host gets longer
    /// ones.
    #[serde(with = "layers::duration")]
    pub delay: Duration,
    /// Which hosts are asked one after the other.
    pub clock: Clock,
    /// Longest pause that a host may get or ask for within a run; after that its pages are deferred.
    #[serde(with = "layers::duration")]
    pub max_wait: Duration,
    /// Whether robots.txt is obeyed.
    pub robots: bool,
    /// Whether pages that opt out of text and data mining are left alone.
    pub respect_opt_out: bool,
    /// Longest time for a connection.
    #[serde(with = "layers::duration")]
    pub connect_timeout: Duration,
    /// Longest silence of a server.
    #[serde(with = "layers::duration")]
    pub read_timeout: Duration,
    /// Longest time for a whole request, redirects included.
    #[serde(with = "layers::duration")]
    pub timeout: Duration,
    /// Largest body, in decoded bytes.
    pub max_body: ByteSize,
    /// Fewest bytes a second, as they come over the wire, over ten seconds; none is no limit.
    pub min_rate: ByteSize,
    /// Redirects that are followed.
    pub max_redirects: usize,
    /// Further tries after a failure that may pass.
    pub retries: usize,
    /// Addresses that pages may come from although they are not public, or not on a port of the web.
    pub allow_addresses: Vec<AllowedAddress>,
    /// Addresses of hosts that the system is not asked about, like `curl --resolve`; the guard checks them too.
    pub hosts: BTreeMap<String, Vec<IpAddr>>,
    /// Hosts whose certificates are not verified; their records say so.
    pub insecure_hosts: Vec<String>,
    /// URL of a proxy for all requests, which the guard can't see through; empty for none. The environment names none.
    pub proxy: String,
    /// When pages that were had are asked for again.
    pub revisit: Revisit,
    /// Whether a connection is closed after each request; no option, but a need of those who share hosts.
    #[serde(skip)]
    pub one_request_a_connection: bool,
}

impl Default for Fetch {
    fn default() -> Self {
        Self {
            user_agent: concat!("pressclip/", env!("CARGO_PKG_VERSION")).to_owned(),
            from: String::new(),
            concurrency: 32,
            delay: Duration::from_secs(1),
            clock: Clock::Host,
            max_wait: Duration::from_secs(60),
            robots: true,
            respect_opt_out: true,
            connect_timeout: Duration::from_secs(10),
            read_timeout: Duration::from_secs(15),
            timeout: Duration::from_secs(30),
            max_body: ByteSize::mib(10),
            min_rate: ByteSize::kib(1),
            max_redirects: 10,
            retries: 3,
            allow_addresses: Vec::new(),
            hosts: BTreeMap::new(),
            insecure_hosts: Vec::new(),
            proxy: String::new(),
            revisit: Revisit::default(),
            one_request_a_connection: false,
        }
    }
}

/// Which hosts are asked one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Clock {
    /// Each host by itself.
    Host,
    /// All hosts of a registrable domain, as `www.example.org` and `news.example.org`, together.
    Domain,
}

/// How pages are cleaned.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Clean {
    /// Kinds of text that are left out of the body by default and wanted in it.
    pub keep: Vec<Keep>,
    /// Files with rules of the user's; paths are relative to the config file.
    pub rules: Vec<PathBuf>,
    /// Rules of the user's, a table each with the keys of [`Rule`](crate::clean::rules::Rule).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rule: Vec<toml::Table>,
    /// The config file, by which explanations and errors call what stands in `rule`.
    #[serde(skip)]
    pub origin: Option<PathBuf>,
}

/// A kind of text that the body leaves out by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Keep {
    /// Captions of pictures.
    Captions,
}

/// The shortest lease that a worker can keep on a busy machine.
const SHORTEST_LEASE: Duration = Duration::from_secs(1);

/// What is remembered from run to run, and where.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    /// The SQLite database, relative to `write.dir`.
    pub path: PathBuf,
    /// The PostgreSQL database that many workers share, in place of `path`; empty for none.
    pub url: DatabaseUrl,
    /// How long a worker may be silent before its hosts are given to others.
    #[serde(with = "layers::duration")]
    pub lease: Duration,
}

impl Default for State {
    fn default() -> Self {
        let lease = Duration::from_secs(15);
        Self { path: "state.sqlite".into(), url: DatabaseUrl::default(), lease }
    }
}

/// The URL of a database. It may hold a password, so that it is shown to nobody.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DatabaseUrl(String);

impl DatabaseUrl {
    /// The URL, if there is one.
    pub fn get(&self) -> Option<&str> {
        Some(self.0.as_str()).filter(|url| !url.is_empty())
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() { "none" } else { "postgres://…" })
    }
}
