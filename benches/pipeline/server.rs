//! A server that costs little: a process of its own, a thread a connection, one write an answer, nothing else.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};

use super::pages::Pages;

/// What tells the program that it is to serve.
const ROLE: &str = "PRESSCLIP_BENCH_SERVES";

/// The validator of every page.
const ETAG: &str = "\"as-ever\"";

/// The server, as long as it is wanted.
pub struct Server {
    pub port: u16,
    process: Child,
}

impl Server {
    pub fn start() -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        let mut process =
            command.env(ROLE, "yes").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { port: line.trim().parse().unwrap(), process }
    }

    pub fn id(&self) -> u32 {
        self.process.id()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Whether this process is to be the server.
pub fn is_wanted() -> bool {
    std::env::var_os(ROLE).is_some()
}

/// Serves until the process that wants it goes away.
pub fn serve(pages: &Pages) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    println!("{}", listener.local_addr().unwrap().port());
    std::thread::spawn(|| {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0);
    });
    std::thread::scope(|scope| {
        for stream in listener.incoming() {
            scope.spawn(|| attend(stream.unwrap(), pages));
        }
    });
}

/// Answers all requests of a connection.
fn attend(mut stream: TcpStream, pages: &Pages) {
    stream.set_nodelay(true).unwrap();
    let mut request = Vec::new();
    let mut piece = [0; 4096];
    while let Ok(count @ 1..) = stream.read(&mut piece) {
        request.extend_from_slice(&piece[..count]);
        if request.ends_with(b"\r\n\r\n") {
            if stream.write_all(answer(&String::from_utf8_lossy(&request), pages).as_bytes()).is_err() {
                return;
            }
            request.clear();
        }
    }
}

fn answer(request: &str, pages: &Pages) -> String {
    let path = request.split(' ').nth(1).unwrap_or_default();
    let Ok(number) = path.trim_start_matches('/').parse() else {
        return "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".to_owned();
    };
    if request.contains("if-none-match:") {
        return format!("HTTP/1.1 304 Not Modified\r\nETag: {ETAG}\r\n\r\n");
    }
    let page = pages.page(number);
    let length = page.len();
    format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nETag: {ETAG}\r\nContent-Length: {length}\r\n\r\n{page}"
    )
}
