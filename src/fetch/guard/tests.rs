#![allow(clippy::unwrap_used)]

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use futures::future::ready;

use super::*;

fn options(allowed: &[&str]) -> config::Fetch {
    let allow_addresses = allowed.iter().map(|text| text.parse().unwrap()).collect();
    config::Fetch { allow_addresses, ..config::Fetch::default() }
}

fn class(url: &str, options: &config::Fetch) -> Option<FailureClass> {
    check_url(&url.parse().unwrap(), options).err().map(|failure| failure.class)
}

#[test]
fn an_address_is_public_or_it_is_not() {
    for public in [
        "1.1.1.1",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.0.0.1",
        "128.0.0.1",
        "169.253.0.1",
        "172.15.255.255",
        "172.32.0.0",
        "192.0.1.1",
        "192.167.0.1",
        "198.17.0.1",
        "198.20.0.1",
        "223.255.255.255",
        "2606:4700::1111",
        "2a00:1450::1",
        "64:ff9b::101:101",
        "::ffff:1.1.1.1",
    ] {
        assert!(is_public(public.parse::<IpAddr>().unwrap().to_canonical()), "{public}");
    }
    for other in [
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "100.64.0.1",
        "127.0.0.1",
        "127.255.255.255",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.8",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.0.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.255.255.250",
        "255.255.255.255",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::a00:1",
        "64:ff9b:1::1",
        "100::1",
        "2001::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "3fff::1",
        "4000::1",
        "5f00::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fec0::1",
        "ff02::1",
    ] {
        assert!(!is_public(other.parse::<IpAddr>().unwrap().to_canonical()), "{other}");
    }
}

#[test]
fn what_the_options_allow_is_let_through_on_its_port_and_nothing_else_is() {
    let allowing = options(&["127.0.0.1:5000", "10.0.0.0/8", "[::1]:8080", "1.1.1.1:9000"]);
    for (url, expected) in [
        ("http://127.0.0.1:5000/", None),
        ("http://localhost:5000/", None),
        ("http://[::ffff:127.0.0.1]:5000/", None),
        ("http://127.0.0.1/", Some(FailureClass::BlockedAddress)),
        ("http://127.0.0.1:5001/", Some(FailureClass::BlockedAddress)),
        ("http://127.0.0.2:5000/", Some(FailureClass::BlockedAddress)),
        ("http://10.9.8.7/", None),
        ("https://10.9.8.7:8443/", None),
        ("http://10.9.8.7:5000/", Some(FailureClass::BlockedPort)),
        ("http://11.9.8.7:5000/", Some(FailureClass::BlockedPort)),
        ("http://[::1]:8080/", None),
        ("http://[::1]/", Some(FailureClass::BlockedAddress)),
        ("http://1.1.1.1:9000/", None),
        ("http://1.1.1.1:25/", Some(FailureClass::BlockedPort)),
        ("http://news.example:9000/", None),
        ("http://news.example:25/", Some(FailureClass::BlockedPort)),
        ("https://news.example/", None),
    ] {
        assert_eq!(class(url, &allowing), expected, "{url}");
    }
}

#[tokio::test]
async fn a_name_is_denied_for_one_address_that_is_not_public_and_for_a_port_that_is_not_of_the_address() {
    let public = "1.1.1.1";
    for (addresses, port, expected) in [
        (vec![public], 80, Ok(())),
        (vec![public, "127.0.0.1"], 80, Err(FailureClass::BlockedAddress)),
        (vec!["fd00::1", public], 80, Err(FailureClass::BlockedAddress)),
        (vec!["127.0.0.1"], 5000, Ok(())),
        (vec!["127.0.0.1"], 80, Err(FailureClass::BlockedAddress)),
        (vec![public], 5000, Err(FailureClass::BlockedPort)),
    ] {
        let found: Vec<IpAddr> = addresses.iter().map(|address| address.parse().unwrap()).collect();
        let answer = found.clone();
        let lookup: Lookup = Arc::new(move |_| Box::pin(ready(Ok(answer.clone()))));
        let resolver = Guarded { port, options: Arc::new(options(&["127.0.0.1:5000"])), lookup };
        let outcome = resolver.resolve("news.example".parse().unwrap()).await;
        let outcome = outcome.map(|addresses| addresses.collect::<Vec<_>>());
        match outcome {
            Ok(sockets) => {
                assert_eq!(expected, Ok(()), "{addresses:?}");
                let checked: Vec<_> = found.iter().map(|address| SocketAddr::new(*address, port)).collect();
                assert_eq!(sockets, checked);
            }
            Err(error) => {
                let failure = error.downcast::<Failure>().unwrap();
                assert_eq!(expected, Err(failure.class), "{addresses:?}: {failure}");
            }
        }
    }
}

/// A server at `address` that counts connections and closes each after a short page.
fn counting(address: SocketAddr) -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind(address).unwrap();
    let (address, hits) = (listener.local_addr().unwrap(), Arc::new(AtomicUsize::new(0)));
    let counter = Arc::clone(&hits);
    thread::spawn(move || {
        for stream in listener.incoming() {
            counter.fetch_add(1, Ordering::SeqCst);
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 4096]);
            let _ =
                stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\n<p>x");
        }
    });
    (address, hits)
}

/// Number 54 of the hostile list: the resolver's answer changes between the check and the connection, and between two
/// connections. `127.0.0.1` with its port stands for a public address, `127.0.0.2` for a private one.
#[tokio::test]
async fn case_54_a_name_that_is_bound_anew_leads_to_the_checked_address_or_nowhere() {
    let (good, good_hits) = counting("127.0.0.1:0".parse().unwrap());
    let (_, bad_hits) = counting(SocketAddr::new("127.0.0.2".parse().unwrap(), good.port()));
    let options = Arc::new(options(&[&good.to_string()]));
    let asked = Arc::new(Mutex::new(0));
    let counter = Arc::clone(&asked);
    let lookup: Lookup = Arc::new(move |_| {
        let mut asked = counter.lock().unwrap();
        *asked += 1;
        let last = if *asked == 1 { 1 } else { 2 };
        Box::pin(ready(Ok(vec![Ipv4Addr::new(127, 0, 0, last).into()])))
    });
    let resolver = Guarded { port: good.port(), options: Arc::clone(&options), lookup };
    let client = reqwest::Client::builder().no_proxy().dns_resolver(Arc::new(resolver)).build().unwrap();
    let url: Url = format!("http://rebinding.example:{}/", good.port()).parse().unwrap();

    let response = client.get(url.clone()).send().await.unwrap();
    assert_eq!(response.remote_addr(), Some(good));
    check_peer(response.remote_addr(), &url, &options).unwrap();
    response.bytes().await.unwrap();
    assert_eq!(*asked.lock().unwrap(), 1, "what was checked is what is connected to: nobody asks twice");

    let error = client.get(url.clone()).send().await.unwrap_err();
    let failure = super::super::classify::failure(error, &url);
    assert_eq!(failure.class, FailureClass::BlockedAddress, "{failure}");
    assert_eq!((good_hits.load(Ordering::SeqCst), bad_hits.load(Ordering::SeqCst)), (1, 0));
    let elsewhere = Some("127.0.0.2:80".parse().unwrap());
    assert_eq!(check_peer(elsewhere, &url, &options).unwrap_err().class, FailureClass::BlockedAddress);
}
