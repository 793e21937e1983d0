//! The HTTP client: what is sent with every request, and the limits that the connection itself keeps.

use anyhow::Context;
use reqwest::header::{ACCEPT, ACCEPT_ENCODING, FROM, HeaderMap, HeaderValue};

use crate::config;

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

/// Builds the client that all requests go through.
///
/// Redirects are left to `redirect`, and decoding to `body`, since both have to be bounded and classed there. There
/// are no cookies, no `Referer` and no proxy from the environment.
pub(super) fn build(options: &config::Fetch) -> anyhow::Result<reqwest::Client> {
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
    reqwest::Client::builder()
        .user_agent(user_agent)
        .default_headers(headers)
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .no_proxy()
        .connect_timeout(options.connect_timeout)
        .read_timeout(options.read_timeout)
        .pool_max_idle_per_host(1)
        .http1_max_headers(MAX_HEADERS)
        .http2_max_header_list_size(MAX_HEADER_BYTES)
        .build()
        .context("can't set up the HTTP client; is a certificate store (`ca-certificates`) installed?")
}
