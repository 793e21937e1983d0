//! Every example in the README and in the help of each command, run as it stands there. Hosts of examples lead to a server
//! of the test.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::archives;
use crate::binary::{Desk, Done, finish, story};
use crate::fleet::database::Database;
use crate::server::{Server, ok, typed};

/// What is no example of pressclip itself, but of the tools around it.
const OTHERS: [&str; 4] = ["cargo ", "rustup ", "systemctl ", "journalctl "];

/// Rules of the user's, of which the examples speak.
const RULES: &str = "[[rule]]\nname = \"mine\"\naction = \"keep\"\nselector = \"p.note\"\n";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The commands in the shell blocks of the README.
fn of_readme() -> Vec<String> {
    let text = std::fs::read_to_string(root().join("README.md")).unwrap();
    let blocks = text.split("```sh\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    blocks.flat_map(str::lines).map(str::to_owned).filter(|line| !line.trim().is_empty()).collect()
}

/// The commands in the help of each command.
fn of_help() -> Vec<String> {
    let mut lines = Vec::new();
    for file in walkdir::WalkDir::new(root().join("src/cli/examples")).sort_by_file_name() {
        let file = file.unwrap();
        if file.file_type().is_file() {
            let text = std::fs::read_to_string(file.path()).unwrap();
            // Behind two blanks stands what the example is about.
            let examples = text.lines().filter_map(|line| line.strip_prefix("  "));
            lines.extend(examples.map(|line| line.split("  ").next().unwrap().to_owned()));
        }
    }
    lines
}

/// A folder that holds what the examples speak of.
fn world(server: &Server) -> Desk {
    let desk = Desk::new();
    let samples = desk.path("samples");
    copy(&root().join("samples"), &samples);
    for name in ["page.html", "saved/one.html", "saved/two.html"] {
        desk.put(name, story(name));
    }
    let pages =
        ["one", "two"].map(|name| archives::page(&format!("https://news.example/{name}"), &story(name)));
    desk.put("crawls/morning.warc.gz", archives::each_packed(&pages));
    desk.put("failed.txt", "page.html\n");
    desk.put("urls.txt", format!("page.html\n{}\n", server.url("/a-story")));
    desk.put("jobs/urls.txt", "../saved/one.html\n");
    desk.put("jobs/morning.toml", "[[source]]\nname = \"morning\"\nlist = \"urls.txt\"\n");
    desk.put(
        "config.toml",
        "[[source]]\nname = \"list\"\nlist = \"urls.txt\"\n[clean]\nrules = [\"my-rules.toml\"]\n",
    );
    desk.put("my-rules.toml", RULES);
    desk
}

fn copy(from: &Path, to: &Path) {
    for entry in walkdir::WalkDir::new(from) {
        let entry = entry.unwrap();
        let target: PathBuf = to.join(entry.path().strip_prefix(from).unwrap());
        if entry.file_type().is_dir() {
            std::fs::create_dir_all(target).unwrap();
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Whether an example is of a state that is shared.
fn is_shared(line: &str) -> bool {
    line.contains("--worker") || line.starts_with("pressclip export")
}

/// Runs a line as a shell does, in a world of its own. An example that begins a job finds none there.
fn run(line: &str, server: &Server) -> Done {
    run_with(line, server, None)
}

/// Runs a line as [`run`] does, with the state in the database at a URL.
fn run_with(line: &str, server: &Server, state: Option<String>) -> Done {
    let desk = world(server);
    if let Some(url) = state {
        desk.put("config.toml", format!("{}[state]\nurl = \"{url}\"\n", desk.read("config.toml")));
    }
    if line.starts_with("pressclip status") {
        assert_eq!(desk.run(&["run", "-q"]).code, 0);
    }
    if line.starts_with("pressclip init") {
        std::fs::remove_file(desk.path("config.toml")).unwrap();
    }
    let line =
        line.replace("https://example.org", &server.url("")).replace("/tmp/", "tmp/").replace("~/", "");
    let program = Path::new(env!("CARGO_BIN_EXE_pressclip")).parent().unwrap();
    let path = format!("{}:/usr/bin:/bin", program.display());
    let ours = desk.command([""; 0]);
    let mut shell = Command::new("sh");
    shell.args(["-c", &line]).current_dir(desk.path("")).env_clear().env("PATH", path);
    shell.envs(ours.get_envs().filter_map(|(name, value)| Some((name, value?))));
    shell.stdin(std::process::Stdio::null());
    finish(&mut shell)
}

#[test]
fn every_example_does_what_it_says_without_an_error() {
    let feed = "<rss version=\"2.0\"><channel><item><link>/a-story</link></item></channel></rss>";
    let map = "<urlset><url><loc>/a-story</loc></url></urlset>";
    let front = ["ferry-returns-home-on-monday", "harbour-vote-is-put-off"].map(|slug| {
        format!("<article><h2><a href=\"/2026/{slug}\">{}</a></h2></article>", slug.replace('-', " "))
    });
    let server = Server::start([
        ("/a-story", ok(&story("web"))),
        ("/story", ok(&story("page of the web"))),
        ("/", ok("<title>News</title><link rel=alternate type=application/rss+xml href=/rss>")),
        ("/rss", typed("application/rss+xml", feed.as_bytes())),
        ("/feed", typed("application/rss+xml", feed.as_bytes())),
        ("/sitemap.xml", typed("application/xml", map.as_bytes())),
        ("/news", ok(&front.concat())),
        ("/2026/ferry-returns-home-on-monday", ok(&story("ferry"))),
        ("/2026/harbour-vote-is-put-off", ok(&story("harbour"))),
    ]);
    let examples: Vec<String> = of_readme().into_iter().chain(of_help()).collect();
    assert!(examples.len() > 40, "{examples:?}");
    let ours = examples.iter().filter(|example| !OTHERS.iter().any(|other| example.starts_with(other)));
    let ours: Vec<&String> = ours.collect();
    let database = Database::start("the examples of a state that is shared");
    let count = AtomicUsize::new(0);
    let new =
        |database: &Database| database.create(&format!("example_{}", count.fetch_add(1, Ordering::SeqCst)));
    let failures = |examples: &[&String]| -> Vec<String> {
        let failure = |example: &&String| {
            assert!(example.contains("pressclip "), "{example} is no example of pressclip");
            let state = database.as_ref().filter(|_| is_shared(example)).map(new);
            if is_shared(example) && state.is_none() {
                return None;
            }
            let done = run_with(example, &server, state);
            (done.code != 0).then(|| format!("{example}\n  {}: {}", done.code, done.stderr))
        };
        examples.iter().filter_map(failure).collect()
    };
    let failed: Vec<String> = std::thread::scope(|scope| {
        let pieces = ours.chunks(ours.len().div_ceil(4));
        let threads: Vec<_> = pieces.map(|piece| scope.spawn(|| failures(piece))).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn the_line_for_cron_does_the_job() {
    let text = std::fs::read_to_string(root().join("README.md")).unwrap();
    let line = text.split("```crontab\n").nth(1).unwrap().lines().next().unwrap();
    let (when, command) = line.split_once("  ").unwrap();
    assert_eq!(when.split(' ').count(), 5);
    // Cron ends the command at a percent sign that has no backslash.
    assert!(!command.replace("\\%", "").contains('%'), "{command}");
    let server = Server::start([("/a-story", ok(&story("web")))]);
    let done = run(&command.replace("\\%", "%").replace("cd /srv/news", "cd ."), &server);
    assert_eq!((done.code, done.stdout, done.stderr), (0, String::new(), String::new()));
}

#[test]
fn the_units_of_systemd_are_sound_and_their_command_does_the_job() {
    let unit = |name: &str| std::fs::read_to_string(root().join("unattended").join(name)).unwrap();
    let service = unit("pressclip.service");
    let command = service.lines().find_map(|line| line.strip_prefix("ExecStart=/usr/local/bin/")).unwrap();
    let server = Server::start([("/a-story", ok(&story("web")))]);
    let done = run(&command.replace("%%", "%"), &server);
    assert_eq!(done.code, 0, "{}", done.stderr);

    let desk = Desk::new();
    desk.put(
        "pressclip.service",
        service.replace("/usr/local/bin/pressclip", env!("CARGO_BIN_EXE_pressclip")),
    );
    desk.put("pressclip.timer", unit("pressclip.timer"));
    let units = ["pressclip.service", "pressclip.timer"].map(|name| desk.path(name));
    // Where there is no systemd, there is nobody to ask.
    let Ok(verified) = Command::new("systemd-analyze").arg("verify").args(units).output() else { return };
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stderr));
}

#[test]
fn every_example_of_a_configuration_is_one() {
    let text = std::fs::read_to_string(root().join("README.md")).unwrap();
    let blocks: Vec<&str> =
        text.split("```toml\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert!(blocks.len() >= 2);
    let desk = Desk::new();
    for block in blocks {
        // A block whose first line is the name of another file is that file.
        let is_rules = block.starts_with("# my-rules.toml\n");
        desk.put("my-rules.toml", if is_rules { block } else { RULES });
        desk.put("config.toml", if is_rules { "[clean]\nrules = [\"my-rules.toml\"]\n" } else { block });
        let done = desk.run(&["rules", "list"]);
        assert_eq!(done.code, 0, "{block}\n{}", done.stderr);
    }
}
