//! Numbers 57 and 68: certificates and handshakes. The command trusts an authority of the test's own, so that each
//! certificate fails for its own reason.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use rcgen::{BasicConstraints, Certificate, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::page;
use crate::binary::{Desk, Done, finish};
use crate::server::{Server, allow, ok};

/// The name in the certificates, save for the one that is somebody else's.
const HOST: &str = "tls.test";

/// An authority.
pub struct Authority {
    pub certificate: Certificate,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    pub fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        Self { certificate, issuer: Issuer::new(params, key) }
    }

    /// A server with a certificate of this authority.
    fn server(&self, params: CertificateParams, answer: Vec<u8>) -> SocketAddr {
        let (certificate, key) = self.sign(params);
        serve(certificate, key, answer)
    }

    /// A certificate of this authority, and its key.
    pub fn sign(&self, params: CertificateParams) -> (Certificate, KeyPair) {
        let key = KeyPair::generate().unwrap();
        (params.signed_by(&key, &self.issuer).unwrap(), key)
    }
}

pub fn for_host(host: &str) -> CertificateParams {
    CertificateParams::new(vec![host.to_owned()]).unwrap()
}

/// Calls `behave` with every connection to a new address that the guard lets through to.
fn listen(behave: impl Fn(TcpStream) -> std::io::Result<()> + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    allow(address);
    // A client that breaks off the handshake is what most cases are about.
    thread::spawn(move || listener.incoming().for_each(|stream| drop(stream.and_then(&behave))));
    address
}

fn serve(certificate: Certificate, key: KeyPair, answer: Vec<u8>) -> SocketAddr {
    let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    let config = Arc::new(config);
    listen(move |stream| {
        let connection = ServerConnection::new(Arc::clone(&config)).map_err(std::io::Error::other)?;
        let mut stream = StreamOwned::new(connection, stream);
        let _ = stream.read(&mut [0; 4096])?;
        stream.write_all(&answer)?;
        stream.conn.send_close_notify();
        stream.flush()
    })
}

/// A server that answers the first bytes of a handshake with these.
fn plain(answer: &'static [u8]) -> SocketAddr {
    listen(move |mut stream| {
        let _ = stream.read(&mut [0; 16 * 1024])?;
        stream.write_all(answer)
    })
}

/// Runs the command on `https` URLs of these servers by their name; it trusts `authority` alone.
fn run(authority: &Authority, servers: &[SocketAddr], settings: &[&str]) -> Done {
    let desk = Desk::new();
    desk.put("authority.pem", authority.certificate.pem());
    let mut command = desk.command(["clean", "-f", "jsonl"]);
    command.env("SSL_CERT_FILE", desk.path("authority.pem"));
    command.args(["--set", &format!("fetch.hosts={{\"{HOST}\" = [\"127.0.0.1\"]}}")]);
    command.args(settings.iter().flat_map(|setting| ["--set", setting]));
    command.args(servers.iter().map(|server| format!("https://{HOST}:{}/?secret", server.port())));
    finish(&mut command)
}

fn answer() -> Vec<u8> {
    let page = page();
    format!("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {}\r\n\r\n{page}", page.len())
        .into_bytes()
}

#[test]
fn case_68_a_certificate_is_valid_or_the_page_is_not_had() {
    let (trusted, unknown) = (Authority::new(), Authority::new());
    let mut expired = for_host(HOST);
    (expired.not_before, expired.not_after) = (date_time_ymd(2001, 1, 1), date_time_ymd(2002, 1, 1));
    let key = KeyPair::generate().unwrap();
    let servers = [
        trusted.server(for_host(HOST), answer()),
        trusted.server(expired, answer()),
        serve(for_host(HOST).self_signed(&key).unwrap(), key, answer()),
        unknown.server(for_host(HOST), answer()),
        trusted.server(for_host("other.test"), answer()),
        // An alert: the version of the protocol is not supported.
        plain(b"\x15\x03\x01\0\x02\x02\x46"),
        plain(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"),
    ];
    let done = run(&trusted, &servers, &[]);
    let records = done.records();
    assert_eq!(records.len(), servers.len(), "{done:?}");
    assert!(
        records[0]["error"].is_null() && !records[0].to_string().contains("not verified"),
        "{}",
        records[0]
    );
    for record in &records[1..] {
        assert_eq!(record["error"]["class"], "tls", "{record}");
        assert!(!record["error"]["message"].as_str().unwrap().contains("secret"), "{record}");
    }

    let done = run(&trusted, &servers, &["fetch.insecure_hosts=[\"TLS.test\"]"]);
    let records = done.records();
    for record in &records[..5] {
        assert!(record["error"].is_null(), "{record}");
        assert!(
            record["notes"].to_string().contains("the certificate of the server was not verified"),
            "{record}"
        );
    }
    assert!(records[5..].iter().all(|record| record["error"]["class"] == "tls"), "{done:?}");
}

#[test]
fn case_57_a_redirect_from_https_to_http_is_noted() {
    let authority = Authority::new();
    let plain = Server::start([("/", ok(&page()))]);
    let answer = format!("HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: {}\r\n\r\n", plain.url("/"));
    let done = run(&authority, &[authority.server(for_host(HOST), answer.into_bytes())], &[]);
    let record = &done.records()[0];
    assert!(record["error"].is_null(), "{record}");
    assert!(record["notes"].to_string().contains("redirected from https to http"), "{record}");
}
