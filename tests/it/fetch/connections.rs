//! Connections that don't come about.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use pressclip::config;
use pressclip::failure::FailureClass;

use super::{fetch_with, quick};
use crate::server::allow;

#[tokio::test]
async fn hosts_that_are_not_there_have_their_class() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    allow(closed);
    // A label of more than 63 letters is no host name, so that no resolver has to be asked.
    let no_host = format!("http://{}.example/?secret", "a".repeat(64));
    let alert_protocol_version = b"\x15\x03\x03\0\x02\x02\x46";
    for (url, class) in [
        (format!("http://{closed}/?secret"), FailureClass::Connect),
        (no_host, FailureClass::Dns),
        (handshake_with(b"HTTP/1.1 400 Bad Request\r\n\r\n"), FailureClass::Tls),
        (handshake_with(alert_protocol_version), FailureClass::Tls),
        (handshake_with(b""), FailureClass::Tls),
        ("ftp://127.0.0.1/?secret".to_owned(), FailureClass::BlockedScheme),
        ("http://user:secret@127.0.0.1/".to_owned(), FailureClass::BlockedUserinfo),
    ] {
        let failure = fetch_with(&quick(), &url).await.unwrap_err();
        assert_eq!(failure.class, class, "{url}: {}", failure.message);
        assert!(!failure.message.contains("secret"), "{}", failure.message);
    }
}

#[tokio::test]
async fn a_host_that_takes_no_connection_has_its_own_timeout() {
    let full = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    full.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
    full.listen(0).unwrap();
    let address = full.local_addr().unwrap().as_socket().unwrap();
    allow(address);
    // Nobody accepts: a few connections fill the queue of the system, and the next one waits.
    let patience = Duration::from_millis(100);
    let waiting: Vec<_> =
        std::iter::from_fn(|| TcpStream::connect_timeout(&address, patience).ok()).collect();
    let options = config::Fetch { connect_timeout: patience, ..quick() };
    let failure = fetch_with(&options, &format!("http://{address}/?secret")).await.unwrap_err();
    assert_eq!(
        failure.class,
        FailureClass::TimeoutConnect,
        "{} with {} waiting",
        failure.message,
        waiting.len()
    );
}

/// An https URL whose server answers the first bytes of a handshake with these and goes away.
fn handshake_with(answer: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    allow(address);
    let url = format!("https://{address}/?secret");
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        // All of the client's bytes are read, or else the system would reset the connection.
        let _ = stream.read(&mut [0; 16 * 1024]).unwrap();
        stream.write_all(answer).unwrap();
    });
    url
}
