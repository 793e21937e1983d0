//! A PostgreSQL of the test's own: a cluster in a temporary folder, on loopback, that ends with its test.

use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// Whom the server runs as when the test is root, which PostgreSQL refuses to be.
const USER: &str = "postgres";

/// Longest time for a server to begin or to end.
const PATIENCE: Duration = Duration::from_secs(60);

/// A server, as long as the value is there.
pub struct Database {
    dir: TempDir,
    programs: PathBuf,
    port: u16,
    server: Option<Child>,
    starts: usize,
}

impl Database {
    /// Starts a server; `None`, and a word on standard error, when there is no PostgreSQL on this machine.
    pub fn start(test: &str) -> Option<Self> {
        let Some(programs) = programs() else {
            // Past the capture of the test harness: whoever reads the log must see what was not tried.
            let _ = writeln!(std::io::stderr(), "skipped, since no PostgreSQL is installed: {test}");
            return None;
        };
        let dir = tempfile::tempdir().unwrap();
        if is_root() {
            assert!(Command::new("chown").arg(USER).arg(dir.path()).status().unwrap().success());
        }
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut database = Self { dir, programs, port, server: None, starts: 0 };
        let mut init = database.program("initdb");
        init.args(["-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions"]);
        let done = init.arg("-D").arg(database.data()).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        database.begin();
        Some(database)
    }

    /// The URL of the database of this name.
    pub fn url(&self, name: &str) -> String {
        format!("postgres://{USER}@127.0.0.1:{}/{name}", self.port)
    }

    /// Makes an empty database, and gives its URL.
    pub fn create(&self, name: &str) -> String {
        let mut client = self.client("postgres");
        client.batch_execute(&format!("CREATE DATABASE {name}")).unwrap();
        self.url(name)
    }

    /// A connection of the test's own.
    pub fn client(&self, name: &str) -> postgres::Client {
        let mut client = postgres::Client::connect(&self.url(name), postgres::NoTls).unwrap();
        client.batch_execute("SET search_path = pressclip").unwrap();
        client
    }

    /// Ends the server as `signal` does: `INT` cuts all connections and puts things in order, `KILL` does not.
    pub fn end(&mut self, signal: &str) {
        let Some(mut server) = self.server.take() else { return };
        let kill = Command::new("kill").arg(format!("-{signal}")).arg(server.id().to_string()).status();
        assert!(kill.unwrap().success());
        server.wait().unwrap();
    }

    /// Starts the server again, in the place where it was.
    pub fn begin(&mut self) {
        let mut server = self.program("postgres");
        server.arg("-D").arg(self.data()).arg("-k").arg(self.dir.path());
        server.args(["-h", "127.0.0.1", "-p", &self.port.to_string(), "-c", "max_connections=200"]);
        server.args(["-c", "fsync=off", "-c", "full_page_writes=off", "-c", "log_min_messages=panic"]);
        self.server = Some(server.spawn().unwrap());
        self.starts += 1;
        let began = Instant::now();
        // It listens before it answers.
        let answers = || {
            TcpStream::connect(("127.0.0.1", self.port)).is_ok()
                && postgres::Client::connect(&self.url("postgres"), postgres::NoTls).is_ok()
        };
        while !answers() {
            assert!(began.elapsed() < PATIENCE, "the server of the test does not answer");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// How often the server was started.
    pub fn starts(&self) -> usize {
        self.starts
    }

    fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    /// A program of PostgreSQL that ends with the thread of its test, whatever becomes of that.
    fn program(&self, name: &str) -> Command {
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "QUIT"]);
        if is_root() {
            command.args(["--reuid", USER, "--regid", USER, "--init-groups"]);
        }
        command.arg(self.programs.join(name)).current_dir(self.dir.path());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        self.end("QUIT");
    }
}

/// The folder with the programs of the newest PostgreSQL, as Debian has it.
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let folders = versions.filter_map(|version| Some(version.ok()?.path().join("bin")));
    folders.filter(|folder| folder.join("initdb").exists()).max()
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}
