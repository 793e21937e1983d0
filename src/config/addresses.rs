//! Addresses that pages may be fetched from although they are not public, as people write them.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

/// An exception to the address guard: `127.0.0.1:8080`, `192.168.1.5` or `10.0.0.0/8`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AllowedAddress {
    /// The addresses; a single one is a network of itself alone.
    pub network: IpNet,
    /// The only port; without one, the ports of the web.
    pub port: Option<u16>,
}

/// A text that names no address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no address; write it like \"127.0.0.1:8080\", \"192.168.1.5\" or \"10.0.0.0/8\"")]
pub struct NoAddress(String);

impl FromStr for AllowedAddress {
    type Err = NoAddress;

    fn from_str(text: &str) -> Result<Self, NoAddress> {
        if let Ok(socket) = text.parse::<SocketAddr>() {
            return Ok(Self { network: socket.ip().to_canonical().into(), port: Some(socket.port()) });
        }
        if let Ok(address) = text.parse::<IpAddr>() {
            return Ok(Self { network: address.to_canonical().into(), port: None });
        }
        let network: IpNet = text.parse().map_err(|_| NoAddress(text.to_owned()))?;
        Ok(Self { network: network.trunc(), port: None })
    }
}

impl fmt::Display for AllowedAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let address = self.network.addr();
        let is_single = self.network.prefix_len() == self.network.max_prefix_len();
        match self.port {
            Some(port) => SocketAddr::new(address, port).fmt(f),
            None if is_single => address.fmt(f),
            None => self.network.fmt(f),
        }
    }
}

impl TryFrom<String> for AllowedAddress {
    type Error = NoAddress;

    fn try_from(text: String) -> Result<Self, NoAddress> {
        text.parse()
    }
}

impl From<AllowedAddress> for String {
    fn from(address: AllowedAddress) -> Self {
        address.to_string()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn addresses_ports_and_networks_are_read_and_written_alike() {
        for (text, written) in [
            ("127.0.0.1:8080", "127.0.0.1:8080"),
            ("[::1]:8080", "[::1]:8080"),
            ("192.168.1.5", "192.168.1.5"),
            ("fd00::1", "fd00::1"),
            ("10.1.2.3/8", "10.0.0.0/8"),
            ("fd00::/8", "fd00::/8"),
            ("::ffff:127.0.0.1", "127.0.0.1"),
        ] {
            assert_eq!(text.parse::<AllowedAddress>().unwrap().to_string(), written, "{text}");
        }
        for text in ["", "localhost", "localhost:80", "127.0.0.1:", "127.0.0.1:99999", "10.0.0.0/33", "127.1"]
        {
            assert!(text.parse::<AllowedAddress>().is_err(), "{text}");
        }
    }
}
