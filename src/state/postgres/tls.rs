//! Encrypted connections: whether they are wished for, and whose word counts for the name of a database.
//!
//! `sslmode=require`, `verify-ca` and `verify-full` in the URL all mean the strictest of them: the certificate must be of an
//! authority that is trusted, and for the name in the URL. Trusted are those of the system, or only those in the file that
//! `sslrootcert` names (<https://www.postgresql.org/docs/current/libpq-ssl.html>). Without any of it nothing is encrypted.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use postgres::Error;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt;
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::state::StateError;

/// What a URL says of encryption.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Wish {
    Plain,
    Encrypted {
        /// The file with the authorities that are trusted in place of those of the system.
        authorities: Option<PathBuf>,
    },
}

/// What a URL says of encryption, and the URL as the library understands it.
pub(super) fn wish(url: &str) -> (String, Wish) {
    // A password may hold a question mark.
    let host = url.find('@').unwrap_or_default();
    let Some(start) = url[host..].find('?').map(|place| host + place) else {
        return (url.to_owned(), Wish::Plain);
    };
    let (mut is_encrypted, mut authorities, mut others) = (false, None, Vec::new());
    for option in url[start + 1..].split('&') {
        match option.split_once('=') {
            Some(("sslmode", "require" | "verify-ca" | "verify-full")) => {
                is_encrypted = true;
                others.push("sslmode=require");
            }
            Some(("sslrootcert", _)) => {
                let pairs = url::form_urlencoded::parse(option.as_bytes());
                authorities = pairs.map(|(_, path)| PathBuf::from(path.into_owned())).next();
            }
            _ => others.push(option),
        }
    }
    let mark = if others.is_empty() { "" } else { "?" };
    let plain = format!("{}{mark}{}", &url[..start], others.join("&"));
    (plain, if is_encrypted { Wish::Encrypted { authorities } } else { Wish::Plain })
}

/// What makes connections that trust the authorities in a file, or those of the system.
///
/// # Errors
/// A file that can't be read or holds none, and a system that names none.
pub(super) fn connector(authorities: Option<&Path>) -> Result<MakeRustlsConnect, StateError> {
    let builder = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| StateError::Database(error.into()))?;
    let builder = match authorities {
        Some(path) => builder.with_root_certificates(
            read(path).map_err(|source| StateError::Authorities { path: path.to_owned(), source })?,
        ),
        None => builder.with_platform_verifier().map_err(|error| StateError::Database(error.into()))?,
    };
    Ok(MakeRustlsConnect::new(builder.with_no_client_auth()))
}

fn read(path: &Path) -> Result<RootCertStore, Box<dyn std::error::Error + Send + Sync>> {
    let mut store = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(path)? {
        store.add(certificate?)?;
    }
    if store.is_empty() { Err("there is no certificate in it".into()) } else { Ok(store) }
}

/// Whether the other side could not prove who it is.
pub(super) fn is_refused(error: &Error) -> bool {
    let source = std::error::Error::source(error).and_then(|source| source.downcast_ref::<std::io::Error>());
    source
        .and_then(std::io::Error::get_ref)
        .is_some_and(|inner| matches!(inner.downcast_ref(), Some(rustls::Error::InvalidCertificate(_))))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_url_says_whether_connections_are_encrypted_and_whose_word_counts() {
        let plain = |url: &str| assert_eq!(wish(url), (url.to_owned(), Wish::Plain), "{url}");
        plain("postgres://me@db.example/press");
        plain("postgres://me@/press?host=/run/postgresql&sslmode=disable");
        plain("postgres://me:a?sslmode=require@db.example/press");
        let encrypted =
            |authorities: Option<&str>| Wish::Encrypted { authorities: authorities.map(PathBuf::from) };
        for mode in ["require", "verify-ca", "verify-full"] {
            assert_eq!(
                wish(&format!("postgres://me:x@db.example/press?sslmode={mode}")),
                ("postgres://me:x@db.example/press?sslmode=require".to_owned(), encrypted(None))
            );
        }
        assert_eq!(
            wish(
                "postgres://db.example/press?sslrootcert=%2Fetc/our%20ca.pem&sslmode=verify-full&connect_timeout=3"
            ),
            (
                "postgres://db.example/press?sslmode=require&connect_timeout=3".to_owned(),
                encrypted(Some("/etc/our ca.pem"))
            )
        );
    }
}
