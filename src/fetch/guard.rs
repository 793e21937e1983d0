//! The address guard: pages come from the public web and from what the options allow, and from nowhere else.
//!
//! A URL is checked before every request, and a name when it is resolved: the connection is made to exactly the
//! addresses that were checked then, so that a name can't lead elsewhere a moment later (DNS rebinding). The address that
//! answered is checked once more. Behind a proxy only the URL can be checked, because the proxy resolves the names.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use futures::future::BoxFuture;
use ipnet::{Ipv4Net, Ipv6Net};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use super::classify::redacted;
use crate::config;
use crate::failure::{Failure, FailureClass};

/// The ports that pages are fetched from: those of the web, and the two on which it is often served beside them.
const WEB_PORTS: [u16; 4] = [80, 443, 8080, 8443];

/// Networks that are not public (IANA IPv4 Special-Purpose Address Registry, RFC 6890, and multicast, RFC 5771). The
/// two anycast addresses in 192.0.0.0/24 are no servers of pages.
const NOT_PUBLIC_V4: [Ipv4Net; 15] = [
    v4([0, 0, 0, 0], 8),
    v4([10, 0, 0, 0], 8),
    v4([100, 64, 0, 0], 10),
    v4([127, 0, 0, 0], 8),
    v4([169, 254, 0, 0], 16),
    v4([172, 16, 0, 0], 12),
    v4([192, 0, 0, 0], 24),
    v4([192, 0, 2, 0], 24),
    v4([192, 88, 99, 0], 24),
    v4([192, 168, 0, 0], 16),
    v4([198, 18, 0, 0], 15),
    v4([198, 51, 100, 0], 24),
    v4([203, 0, 113, 0], 24),
    v4([224, 0, 0, 0], 4),
    v4([240, 0, 0, 0], 4),
];

/// All of IPv6 that has been given to anybody to be reached at (RFC 4291, section 2.4).
const GLOBAL_V6: Ipv6Net = v6([0x2000, 0, 0, 0], 3);

/// What is not public within [`GLOBAL_V6`] (IANA IPv6 Special-Purpose Address Registry): protocols and Teredo,
/// documentation twice, 6to4.
const NOT_PUBLIC_V6: [Ipv6Net; 4] = [
    v6([0x2001, 0, 0, 0], 23),
    v6([0x2001, 0xdb8, 0, 0], 32),
    v6([0x2002, 0, 0, 0], 16),
    v6([0x3fff, 0, 0, 0], 20),
];

/// IPv4 as it is seen through the translator of a network that has IPv6 alone (RFC 6052).
const TRANSLATED_V4: Ipv6Net = v6([0x64, 0xff9b, 0, 0], 96);

const fn v4([a, b, c, d]: [u8; 4], prefix: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), prefix)
}

const fn v6([a, b, c, d]: [u16; 4], prefix: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0), prefix)
}

/// Whether a request may be sent to `url`, as far as the URL says where that leads.
///
/// # Errors
/// `blocked_scheme`, `blocked_userinfo`, `blocked_address` or `blocked_port`.
pub(super) fn check_url(url: &Url, options: &config::Fetch) -> Result<(), Failure> {
    let name = redacted(url);
    if !matches!(url.scheme(), "http" | "https") {
        let message = format!("`{name}` is neither http nor https");
        return Err(Failure::new(FailureClass::BlockedScheme, message));
    }
    if !url.username().is_empty() || url.password().is_some() {
        let message = format!("the URL `{name}` carries a user name or password");
        return Err(Failure::new(FailureClass::BlockedUserinfo, message));
    }
    let port = port_of(url);
    match url.host() {
        Some(Host::Ipv4(address)) => check_address(address.into(), port, &name, options),
        Some(Host::Ipv6(address)) => check_address(address.into(), port, &name, options),
        Some(Host::Domain(host)) if is_this_machine(host) => check_address(LOOPBACK, port, &name, options),
        Some(Host::Domain(_)) if WEB_PORTS.contains(&port) || is_named(port, options) => Ok(()),
        Some(Host::Domain(_)) => Err(blocked_port(port, &name)),
        None => Err(Failure::new(FailureClass::BadUrl, format!("`{name}` has no host"))),
    }
}

/// Whether the address that answered the request of `url` may answer it; the resolver has seen to that before.
///
/// # Errors
/// `blocked_address` or `blocked_port`.
pub(super) fn check_peer(
    peer: Option<SocketAddr>,
    url: &Url,
    options: &config::Fetch,
) -> Result<(), Failure> {
    match peer {
        Some(peer) if options.proxy.is_empty() => {
            check_address(peer.ip(), peer.port(), &redacted(url), options)
        }
        Some(_) | None => Ok(()),
    }
}

/// The port of a URL whose scheme is one of the web's.
pub(super) fn port_of(url: &Url) -> u16 {
    url.port_or_known_default().unwrap_or_default()
}

/// Finds the addresses of a name.
type Lookup = Arc<dyn Fn(String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> + Send + Sync>;

/// Resolves names for connections to one port, and denies a name if any of its addresses may not be asked.
pub(super) struct Guarded {
    port: u16,
    options: Arc<config::Fetch>,
    lookup: Lookup,
}

impl Guarded {
    /// A resolver for connections to `port` that asks the system, except for the hosts of the options.
    pub(super) fn new(port: u16, options: Arc<config::Fetch>) -> Self {
        Self { port, options, lookup: Arc::new(|name| Box::pin(ask_the_system(name))) }
    }
}

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let name = name.as_str().to_owned();
        let (port, options) = (self.port, Arc::clone(&self.options));
        let known = known(&name, &options);
        let asked = known.is_none().then(|| (self.lookup)(name.clone()));
        Box::pin(async move {
            let addresses = match asked {
                Some(asked) => asked.await?,
                None => known.unwrap_or_default(),
            };
            let refusals =
                addresses.iter().filter_map(|address| check_address(*address, port, &name, &options).err());
            // What is wrong with an address says more than what is wrong with its port.
            if let Some(failure) =
                refusals.max_by_key(|failure| failure.class == FailureClass::BlockedAddress)
            {
                return Err(failure.into());
            }
            Ok(Box::new(addresses.into_iter().map(move |address| SocketAddr::new(address, port))) as Addrs)
        })
    }
}

const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// Whether a name stands for this machine, which no resolver has to be asked about (RFC 6761, section 6.3).
fn is_this_machine(name: &str) -> bool {
    let name = name.trim_end_matches('.');
    name == "localhost" || name.ends_with(".localhost")
}

/// The addresses of a name that the options give or that it has by definition.
fn known(name: &str, options: &config::Fetch) -> Option<Vec<IpAddr>> {
    let given = options.hosts.get(name).cloned();
    given.or_else(|| is_this_machine(name).then(|| vec![LOOPBACK]))
}

async fn ask_the_system(name: String) -> io::Result<Vec<IpAddr>> {
    let addresses: Vec<IpAddr> =
        tokio::net::lookup_host((name.as_str(), 0)).await?.map(|address| address.ip()).collect();
    if addresses.is_empty() {
        return Err(io::Error::new(io::ErrorKind::NotFound, "the name has no address"));
    }
    Ok(addresses)
}

/// Whether the options name a port together with an address.
fn is_named(port: u16, options: &config::Fetch) -> bool {
    options.allow_addresses.iter().any(|allowed| allowed.port == Some(port))
}

/// Whether a connection may be made to an address, which `name` leads to.
fn check_address(address: IpAddr, port: u16, name: &str, options: &config::Fetch) -> Result<(), Failure> {
    let address = address.to_canonical();
    let is_allowed = |port: Option<u16>| {
        options
            .allow_addresses
            .iter()
            .any(|allowed| allowed.port == port && allowed.network.contains(&address))
    };
    if is_allowed(Some(port)) {
        return Ok(());
    }
    if !is_public(address) && !is_allowed(None) {
        let message = format!(
            "`{name}` leads to {address}, which is no address of the public web; `fetch.allow_addresses` can allow it"
        );
        return Err(Failure::new(FailureClass::BlockedAddress, message));
    }
    if WEB_PORTS.contains(&port) { Ok(()) } else { Err(blocked_port(port, name)) }
}

fn blocked_port(port: u16, name: &str) -> Failure {
    let message = format!(
        "`{name}` leads to port {port}, where no pages are; `fetch.allow_addresses` can allow it with its address"
    );
    Failure::new(FailureClass::BlockedPort, message)
}

/// Whether anybody on the internet would reach the same machine at `address`, which is canonical.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => !NOT_PUBLIC_V4.iter().any(|network| network.contains(&address)),
        IpAddr::V6(address) if TRANSLATED_V4.contains(&address) => {
            let [.., a, b, c, d] = address.octets();
            is_public(Ipv4Addr::new(a, b, c, d).into())
        }
        IpAddr::V6(address) => {
            GLOBAL_V6.contains(&address) && !NOT_PUBLIC_V6.iter().any(|network| network.contains(&address))
        }
    }
}

#[cfg(test)]
mod tests;
