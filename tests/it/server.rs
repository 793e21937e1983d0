//! A small HTTP/1.1 server on loopback that answers as each route says, however badly, and writes down what it saw.
//!
//! A thread a connection and no HTTP library: what a test needs is exactly what a library would not let it send.

use std::collections::{BTreeSet, HashMap};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// Longest time for which a route is silent or drips, so that no thread outlives its test for long.
const PATIENCE: Duration = Duration::from_secs(20);

/// How a route answers.
#[derive(Clone)]
pub enum Behaviour {
    /// These bytes, status line and headers included; then the connection stays open, or is closed.
    Raw { bytes: Vec<u8>, close: bool },
    /// Waits, then behaves.
    After(Duration, Box<Behaviour>),
    /// Waits until as many requests have come as the barrier counts, then behaves.
    Meet(Arc<Barrier>, Box<Behaviour>),
    /// Each request takes the next behaviour; the last one stays.
    Sequence(Vec<Behaviour>),
    /// The first bytes at once, then the others over and over, `pause` between them.
    Endless { start: Vec<u8>, piece: Vec<u8>, pause: Duration },
    /// Takes the request and says nothing.
    Silent,
    /// Sends these bytes and resets the connection.
    Reset(Vec<u8>),
}

/// A page with this markup, in UTF-8.
pub fn ok(html: &str) -> Behaviour {
    typed("text/html; charset=utf-8", html.as_bytes())
}

/// A body of this type.
pub fn typed(content_type: &str, body: &[u8]) -> Behaviour {
    answer("200 OK", &[("Content-Type", content_type)], body)
}

/// An answer with this status and a short page.
pub fn status(code: u16) -> Behaviour {
    answer(
        &format!("{code} Whatever"),
        &[("Content-Type", "text/html")],
        b"<p>a page of the server's own</p>",
    )
}

/// A redirect to `location`, as it is.
pub fn redirect(location: &str) -> Behaviour {
    answer("302 Found", &[("Location", location)], b"")
}

/// A page that comes `milliseconds` late.
pub fn slow(milliseconds: u64, html: &str) -> Behaviour {
    Behaviour::After(Duration::from_millis(milliseconds), Box::new(ok(html)))
}

/// A page that is cut after half of the announced length.
pub fn truncated(html: &str) -> Behaviour {
    let head =
        format!("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {}\r\n\r\n", html.len() * 2);
    raw([head.as_bytes(), html.as_bytes()].concat())
}

/// A page that never ends, as fast as it is read.
pub fn endless() -> Behaviour {
    Behaviour::Endless { start: open_head(), piece: b"<p>and so on</p>".repeat(64), pause: Duration::ZERO }
}

/// A page that never ends, a byte each `milliseconds`.
pub fn drip(milliseconds: u64) -> Behaviour {
    Behaviour::Endless {
        start: open_head(),
        piece: b"x".to_vec(),
        pause: Duration::from_millis(milliseconds),
    }
}

/// A page whose body is said to be, and had better be, in this content encoding.
pub fn encoded(coding: &str, body: &[u8]) -> Behaviour {
    answer("200 OK", &[("Content-Type", "text/html"), ("Content-Encoding", coding)], body)
}

/// A page, compressed with gzip.
pub fn gzip(html: &str) -> Behaviour {
    encoded("gzip", &gzipped(html.as_bytes()))
}

/// A page of `mebibytes` of blanks in a thousandth of that, compressed with gzip.
pub fn bomb(mebibytes: usize) -> Behaviour {
    encoded("gzip", &gzipped(&vec![b' '; mebibytes << 20]))
}

/// These bytes, then the end of the connection.
pub fn raw(bytes: impl Into<Vec<u8>>) -> Behaviour {
    Behaviour::Raw { bytes: bytes.into(), close: true }
}

/// A whole answer that keeps the connection open.
pub fn answer(status: &str, headers: &[(&str, &str)], body: &[u8]) -> Behaviour {
    let mut head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n", body.len());
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    Behaviour::Raw { bytes: [head.as_bytes(), b"\r\n", body].concat(), close: false }
}

/// `bytes` in the gzip format.
pub fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn open_head() -> Vec<u8> {
    b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n".to_vec()
}

/// One request as the server saw it.
#[derive(Debug, Clone)]
pub struct Request {
    /// Path and query.
    pub path: String,
    /// The head, from the request line to the blank line.
    pub head: String,
    /// When the head was complete.
    pub began: Instant,
    /// When a whole answer was about to be sent, or the server gave up; `None` before that.
    pub ended: Option<Instant>,
}

/// The loopback addresses that the guard lets through in tests: those of all servers that were not started as forbidden.
static ALLOWED: Mutex<BTreeSet<SocketAddr>> = Mutex::new(BTreeSet::new());

/// Lets the guard of every client that is set up from now on through to `address`.
pub fn allow(address: SocketAddr) {
    ALLOWED.lock().unwrap().insert(address);
}

/// The value of `fetch.allow_addresses` for tests.
pub fn allowed() -> Vec<String> {
    ALLOWED.lock().unwrap().iter().map(ToString::to_string).collect()
}

/// A server that lives as long as its value.
pub struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    routes: HashMap<String, Behaviour>,
    requests: Mutex<Vec<Request>>,
    hits: Mutex<HashMap<String, usize>>,
    connections: AtomicUsize,
    stopped: AtomicBool,
}

impl Server {
    /// Starts a server with these routes, paths with their query; all other paths answer 404.
    pub fn start<P: Into<String>>(routes: impl IntoIterator<Item = (P, Behaviour)>) -> Self {
        let server = Self::forbidden(routes);
        allow(server.address);
        server
    }

    /// Starts a server whose routes have to know its port.
    pub fn start_with(routes: impl FnOnce(u16) -> Vec<(String, Behaviour)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let server = Self::listening(listener, routes(port));
        allow(server.address);
        server
    }

    /// Starts a server that the guard must not let anybody ask.
    pub fn forbidden<P: Into<String>>(routes: impl IntoIterator<Item = (P, Behaviour)>) -> Self {
        Self::listening(TcpListener::bind("127.0.0.1:0").unwrap(), routes)
    }

    fn listening<P: Into<String>>(
        listener: TcpListener,
        routes: impl IntoIterator<Item = (P, Behaviour)>,
    ) -> Self {
        let address = listener.local_addr().unwrap();
        let routes = routes.into_iter().map(|(path, behaviour)| (path.into(), behaviour)).collect();
        let shared = Arc::new(Shared { routes, ..Shared::default() });
        let accepting = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming() {
                if accepting.stopped.load(Ordering::SeqCst) {
                    return;
                }
                accepting.connections.fetch_add(1, Ordering::SeqCst);
                let serving = Arc::clone(&accepting);
                // A client that goes away is none of the server's worries.
                thread::spawn(move || stream.and_then(|stream| serve(stream, &serving)));
            }
        });
        Self { address, shared }
    }

    /// The URL of `path`.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// How often somebody connected.
    pub fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }

    /// All requests so far, in the order in which they came.
    pub fn requests(&self) -> Vec<Request> {
        self.shared.requests.lock().unwrap().clone()
    }

    /// How often `path` was asked for.
    pub fn hits(&self, path: &str) -> usize {
        self.requests().iter().filter(|request| request.path == path).count()
    }

    /// The largest number of requests that were under way at one time.
    pub fn most_at_once(&self) -> usize {
        let requests = self.requests();
        let under_way = |at: Instant| {
            requests
                .iter()
                .filter(|other| other.began <= at && other.ended.is_none_or(|end| end > at))
                .count()
        };
        requests.iter().map(|request| under_way(request.began)).max().unwrap_or_default()
    }

    /// The pauses between the end of each request and the beginning of the next.
    pub fn gaps(&self) -> Vec<Duration> {
        let requests = self.requests();
        requests
            .windows(2)
            .map(|pair| pair[1].began.duration_since(pair[0].ended.unwrap_or(pair[1].began)))
            .collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        ALLOWED.lock().unwrap().remove(&self.address);
        // Wakes the thread that accepts.
        let _ = TcpStream::connect(self.address);
    }
}

/// Answers the requests of one connection until a behaviour or the client ends it.
fn serve(mut stream: TcpStream, shared: &Shared) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    while let Some(head) = read_head(&mut stream)? {
        let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
        let (number, earlier) = {
            let mut requests = shared.requests.lock().unwrap();
            let mut hits = shared.hits.lock().unwrap();
            let hits = hits.entry(path.clone()).or_default();
            let earlier = *hits;
            *hits += 1;
            requests.push(Request { path: path.clone(), head, began: Instant::now(), ended: None });
            (requests.len() - 1, earlier)
        };
        let ended = || {
            shared.requests.lock().unwrap()[number].ended.get_or_insert_with(Instant::now);
        };
        let behaviour = shared.routes.get(&path).cloned().unwrap_or_else(|| status(404));
        let outcome = behave(behaviour, &mut stream, earlier, &ended);
        ended();
        if !outcome? {
            break;
        }
    }
    Ok(())
}

/// Answers one request, of which `earlier` came before for the same path; `false` ends the connection.
fn behave(
    behaviour: Behaviour,
    stream: &mut TcpStream,
    earlier: usize,
    ended: &dyn Fn(),
) -> std::io::Result<bool> {
    match behaviour {
        Behaviour::Raw { bytes, close } => {
            // Written down before the last byte leaves, or else the next request could come before it.
            ended();
            stream.write_all(&bytes)?;
            Ok(!close)
        }
        Behaviour::After(pause, then) => {
            thread::sleep(pause);
            behave(*then, stream, earlier, ended)
        }
        Behaviour::Meet(barrier, then) => {
            barrier.wait();
            behave(*then, stream, earlier, ended)
        }
        Behaviour::Sequence(mut behaviours) => {
            let place = earlier.min(behaviours.len() - 1);
            behave(behaviours.swap_remove(place), stream, earlier, ended)
        }
        Behaviour::Endless { start, piece, pause } => {
            stream.write_all(&start)?;
            let begun = Instant::now();
            while begun.elapsed() < PATIENCE {
                stream.write_all(&piece)?;
                thread::sleep(pause);
            }
            Ok(false)
        }
        Behaviour::Silent => {
            // Waits for the client to give up: the read ends then.
            let _ = stream.read(&mut [0]);
            Ok(false)
        }
        Behaviour::Reset(bytes) => {
            stream.write_all(&bytes)?;
            // A reset overtakes what the client has not read yet.
            thread::sleep(Duration::from_millis(20));
            // Closing a socket that must not linger is a reset.
            socket2::SockRef::from(&*stream).set_linger(Some(Duration::ZERO))?;
            Ok(false)
        }
    }
}

/// The head of the next request; `None` at the end of the connection.
fn read_head(stream: &mut TcpStream) -> std::io::Result<Option<String>> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte)? == 0 {
            return Ok(None);
        }
        head.extend(byte);
    }
    Ok(Some(String::from_utf8_lossy(&head).into_owned()))
}
