//! Where a database is, and how a connection to it is made.

use std::fmt;
use std::time::Duration;

use postgres::config::{Host, TargetSessionAttrs};
use postgres::{Client, Config, Error, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::tls::{self, Wish};
use crate::state::StateError;

/// Longest time for a connection, and longest silence of a server that has gone away without a word.
const CONNECT_TIME: Duration = Duration::from_secs(5);
const SILENCE: Duration = Duration::from_secs(10);

/// A database, by its URL. It is shown without its password.
#[derive(Clone)]
pub(super) struct Address {
    config: Config,
    /// How connections are encrypted, when they are.
    tls: Option<MakeRustlsConnect>,
}

impl Address {
    /// # Errors
    /// What is no URL of a PostgreSQL database; the message does not repeat it. Authorities that can't be read.
    pub(super) fn parse(url: &str) -> Result<Self, StateError> {
        let is_url = url.starts_with("postgres://") || url.starts_with("postgresql://");
        let (url, wish) = tls::wish(url);
        let mut config: Config = url.parse().ok().filter(|_| is_url).ok_or(StateError::NoDatabase)?;
        config.application_name("pressclip").connect_timeout(CONNECT_TIME);
        config.keepalives_idle(SILENCE / 2).keepalives_interval(SILENCE / 4).keepalives_retries(2);
        config.tcp_user_timeout(SILENCE);
        // Of several hosts, the one that takes writes.
        config.target_session_attrs(TargetSessionAttrs::ReadWrite);
        let tls = match wish {
            Wish::Plain => None,
            Wish::Encrypted { authorities } => Some(tls::connector(authorities.as_deref())?),
        };
        Ok(Self { config, tls })
    }

    pub(super) fn connect(&self) -> Result<Client, Error> {
        match &self.tls {
            None => self.config.connect(NoTls),
            Some(tls) => self.config.connect(tls.clone()),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("postgres://")?;
        if let Some(user) = self.config.get_user() {
            write!(f, "{user}@")?;
        }
        for (place, host) in self.config.get_hosts().iter().enumerate() {
            let comma = if place == 0 { "" } else { "," };
            match host {
                Host::Tcp(name) => write!(f, "{comma}{name}")?,
                #[cfg(unix)]
                Host::Unix(path) => write!(f, "{comma}{}", path.display())?,
            }
            let ports = self.config.get_ports();
            if let Some(port) = ports.get(place).or(ports.first()) {
                write!(f, ":{port}")?;
            }
        }
        write!(f, "/{}", self.config.get_dbname().unwrap_or_default())
    }
}
