//! Workers that share a state in PostgreSQL.

#[cfg(unix)]
mod commands;
#[cfg(unix)]
pub mod database;
#[cfg(unix)]
mod encryption;
#[cfg(unix)]
mod judged;
#[cfg(unix)]
mod outage;

#[cfg(unix)]
pub use common::*;

#[cfg(unix)]
mod common {
    use std::path::Path;
    use std::process::{Child, Command, Stdio};

    use crate::binary::{Desk, story};
    use crate::server::{Server, ok, redirect};

    /// Many hosts, all of them one server.
    pub struct Hosts {
        pub server: Server,
        pub hosts: usize,
        pub pages_a_host: usize,
    }

    impl Hosts {
        /// Some pages of every other host are led to the next host: requests that no claim is for.
        pub fn start(hosts: usize, pages_a_host: usize) -> Self {
            let numbers = (0..hosts).flat_map(|host| (0..pages_a_host).map(move |page| (host, page)));
            let page = |(host, page)| ok(&told(host, page));
            let server = Server::start_with(|port| {
                let at = move |(host, page): (usize, usize)| match is_led_on(host, page, hosts) {
                    true => redirect(&format!("http://h{}.fleet.test:{port}/moved/{host}/{page}", host + 1)),
                    false => ok(&told(host, page)),
                };
                let moved = numbers.clone().filter(|(host, page)| is_led_on(*host, *page, hosts));
                let moved = moved.map(|(a, b)| (format!("/moved/{a}/{b}"), page((a, b))));
                numbers.clone().map(|(a, b)| (path(a, b), at((a, b)))).chain(moved).collect()
            });
            Self { server, hosts, pages_a_host }
        }

        pub fn urls(&self) -> Vec<String> {
            // Round and round, so that no list is sorted by its hosts.
            let numbers =
                (0..self.pages_a_host).flat_map(|page| (0..self.hosts).map(move |host| (host, page)));
            numbers.map(|(host, page)| format!("http://{}{}", self.name(host), path(host, page))).collect()
        }

        /// A host with its port.
        pub fn name(&self, host: usize) -> String {
            format!("h{host}.fleet.test:{}", self.server.port())
        }

        /// Puts a job for workers on the database at `url` there.
        pub fn put_job(&self, desk: &Desk, url: &str, delay: &str, lease: &str) {
            let names: Vec<String> =
                (0..self.hosts).map(|host| format!("\"h{host}.fleet.test\" = [\"127.0.0.1\"]\n")).collect();
            desk.put("urls.txt", self.urls().join("\n"));
            desk.put(
                "config.toml",
                format!(
                    "[[source]]\nname = \"list\"\nlist = \"urls.txt\"\n[state]\nurl = \"{url}\"\nlease = \"{lease}\"\n\
                     [write]\nformats = [\"jsonl\"]\n[fetch]\ndelay = \"{delay}\"\nrevisit = \"never\"\n[fetch.hosts]\n{}",
                    names.concat()
                ),
            );
        }
    }

    /// A story in words of its own, as those of different papers are.
    fn told(host: usize, page: usize) -> String {
        let name = format!("{host}-{page}");
        let mut seed = (host * 1_000_003 + page) as u64;
        let mut word = || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let syllable = |place: u64| {
                ["ha", "ri", "mon", "tel", "su", "ker", "la", "vo"][(seed >> place) as usize % 8]
            };
            format!("{}{}{}{}", syllable(33), syllable(37), syllable(41), syllable(45))
        };
        let mut sentence = |_| {
            format!(
                "The {} of {} had {} the {} with a {}, and so did {}. ",
                word(),
                word(),
                word(),
                word(),
                word(),
                word()
            )
        };
        let words: String = (0..15).map(&mut sentence).collect();
        story(&name).replacen("</p>", &format!("</p><p>{words}</p>"), 1)
    }

    fn is_led_on(host: usize, page: usize, hosts: usize) -> bool {
        host.is_multiple_of(2) && host + 1 < hosts && page % 6 == 5
    }

    fn path(host: usize, page: usize) -> String {
        format!("/{host}/{page}")
    }

    /// A command with these arguments that keeps to the delay of its config.
    pub fn command(desk: &Desk, arguments: &[&str]) -> Command {
        let mut command = desk.command(arguments);
        command.env_remove("PRESSCLIP_FETCH__DELAY");
        command
    }

    /// Starts a worker, whose words are added to the file `log`.
    pub fn worker(desk: &Desk, log: &Path, arguments: &[&str]) -> Child {
        let log = std::fs::File::options().create(true).append(true).open(log).unwrap();
        let arguments: Vec<&str> = ["run", "--worker"].iter().chain(arguments).copied().collect();
        command(desk, &arguments).stdout(Stdio::null()).stderr(log).spawn().unwrap()
    }

    /// Sends a signal, by its name, to a process that is there.
    pub fn send(signal: &str, child: &Child) {
        let kill = Command::new("kill").arg(format!("-{signal}")).arg(child.id().to_string()).status();
        assert!(kill.unwrap().success());
    }
}
