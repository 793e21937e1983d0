//! The HTTP client: what is sent with every request, and the limits that the connection itself keeps.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context;
use reqwest::header::{ACCEPT, ACCEPT_ENCODING, FROM, HeaderMap, HeaderValue};
use reqwest::{Proxy, RequestBuilder};
use url::Url;

use super::guard::{self, Guarded};
use crate::config;
use crate::failure::{Failure, FailureClass};

/// Headers of one answer; real pages stay below 100.
const MAX_HEADERS: usize = 200;

/// Bytes of all headers of one answer. HTTP/2 keeps to it by itself; in HTTP/1.1 hyper stops at about 400 KiB or a
/// little later, so `request` measures once more.
pub(super) const MAX_HEADER_BYTES: u32 = 256 * 1024;

/// What is asked for first; a server that has only something else may still send it.
const WANTED: &str = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.1";

/// The codings that are undone in `body`. `deflate` is undone too but not asked for: servers do not agree on what it
/// is (RFC 9110, section 8.4.1.2).
const CODINGS: &str = "gzip, br, zstd";

/// Sends all requests; clones share their connections.
///
/// There is a client of reqwest for each port, because what a name may resolve to depends on the port and a resolver is
/// not told it, and another for hosts whose certificates are not verified. They are made when they are first needed.
#[derive(Debug, Clone)]
pub(super) struct Http {
    options: Arc<config::Fetch>,
    clients: Arc<Mutex<HashMap<Kind, reqwest::Client>>>,
}

/// What tells the clients apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Kind {
    port: u16,
    trusts_blindly: bool,
}

impl Http {
    /// Proves that clients can be made of the options.
    pub(super) fn new(options: Arc<config::Fetch>) -> anyhow::Result<Self> {
        let usual = Kind { port: 443, trusts_blindly: false };
        let clients = HashMap::from([(usual, build(usual, &options)?)]);
        Ok(Self { options, clients: Arc::new(Mutex::new(clients)) })
    }

    /// A request for `url`, which passes the guard here too: whoever asks, nothing is sent past it.
    ///
    /// # Errors
    /// Those of [`guard::check_url`].
    pub(super) fn get(&self, url: &Url) -> Result<RequestBuilder, Failure> {
        guard::check_url(url, &self.options)?;
        let kind = Kind { port: guard::port_of(url), trusts_blindly: self.trusts_blindly(url) };
        // A panic elsewhere can't leave the map half changed.
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        let client = match clients.entry(kind) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => entry.insert(
                build(kind, &self.options)
                    .map_err(|error| Failure::new(FailureClass::Internal, format!("{error:#}")))?,
            ),
        };
        Ok(client.get(url.clone()))
    }

    /// Whether the certificate of the host of `url` is not verified.
    pub(super) fn trusts_blindly(&self, url: &Url) -> bool {
        url.scheme() == "https"
            && url.host_str().is_some_and(|host| {
                self.options.insecure_hosts.iter().any(|named| named.eq_ignore_ascii_case(host))
            })
    }
}

/// Builds one client.
///
/// Redirects are left to `redirect`, and decoding to `body`, since both have to be bounded and classed there. There
/// are no cookies, no `Referer` and no proxy from the environment.
fn build(kind: Kind, options: &Arc<config::Fetch>) -> anyhow::Result<reqwest::Client> {
    let user_agent = HeaderValue::from_str(&options.user_agent).with_context(|| {
        format!("`fetch.user_agent` can't be sent as a header: `{}`", options.user_agent.escape_debug())
    })?;
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static(WANTED));
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(CODINGS));
    if !options.from.is_empty() {
        let from = HeaderValue::from_str(&options.from).with_context(|| {
            format!("`fetch.from` can't be sent as a header: `{}`", options.from.escape_debug())
        })?;
        headers.insert(FROM, from);
    }
    let builder = reqwest::Client::builder()
        .user_agent(user_agent)
        .default_headers(headers)
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .connect_timeout(options.connect_timeout)
        .read_timeout(options.read_timeout)
        .pool_max_idle_per_host(usize::from(!options.one_request_a_connection))
        .http1_max_headers(MAX_HEADERS)
        .http2_max_header_list_size(MAX_HEADER_BYTES)
        .tls_danger_accept_invalid_certs(kind.trusts_blindly);
    let builder = if options.proxy.is_empty() {
        builder.no_proxy().dns_resolver(Arc::new(Guarded::new(kind.port, Arc::clone(options))))
    } else {
        // The URL may hold a password, which the message must not repeat.
        let proxy = Proxy::all(&options.proxy).map_err(reqwest::Error::without_url);
        builder.proxy(
            proxy
                .context("`fetch.proxy` is no URL of a proxy; write it like \"http://proxy.example:3128\"")?,
        )
    };
    builder
        .build()
        .context("can't set up the HTTP client; is a certificate store (`ca-certificates`) installed?")
}
