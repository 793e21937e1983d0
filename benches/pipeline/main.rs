//! What the whole pipeline costs, against what cleaning alone costs on the same pages: `pressclip run` against a server on
//! loopback that 200 hosts resolve to, with no pause between requests.
//!
//! usage: [PRESSCLIP_PAGES=FOLDER] [PRESSCLIP_COUNT=20000] [PRESSCLIP_FORMATS=jsonl] cargo bench --bench pipeline
//! Without a folder the pages are made of `samples/`; with one, of its pages. Each is another story: a word that only it
//! has stands between the words of its paragraphs. Judge by pages of the size that they have in life, about
//! 140 kB: the samples are small, so that what is done once a page weighs far more with them.
//!
//! Four parts: a tenth of the pages, all of them, all of them again when the server has nothing new (304), and cleaning
//! alone, half of it before and half after, with a thread a core. The server is a process of its own, but takes its time
//! from the same cores. So three ratios are shown: by the clock, server and all; by the clock less the server's share of
//! the cores; and by the processor time of the command, which a busy machine changes least.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    missing_docs,
    reason = "a tool for those who measure the pipeline"
)]

mod cost;
mod pages;
mod server;

use std::fmt::Write;
use std::hint::black_box;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use pressclip::clean::rules::Rules;
use pressclip::clean::{Page, clean};
use url::Url;

use cost::{Cost, measured, processor_time};
use pages::Pages;
use server::Server;

/// Hosts that the pages are on.
const HOSTS: usize = 200;

fn main() {
    let count = std::env::var("PRESSCLIP_COUNT").map_or(20_000, |text| text.parse().expect("a number"));
    let pages = Pages::load();
    if server::is_wanted() {
        return server::serve(&pages);
    }
    let cores = std::thread::available_parallelism().unwrap().get();
    println!("{count} pages of {} on {HOSTS} hosts, {cores} cores", pages.describe());
    let server = Server::start();
    let desk = tempfile::tempdir().unwrap();
    put_job(desk.path(), server.port, count / 10);
    show("run, a tenth", count / 10, &run(desk.path(), server.id()), cores);

    let before = clean_alone(&pages, 0..count / 2, cores);
    let desk = tempfile::tempdir().unwrap();
    put_job(desk.path(), server.port, count);
    let all = run(desk.path(), server.id());
    let after = clean_alone(&pages, count / 2..count, cores);
    let alone = Cost { wall: before.wall + after.wall, cpu: before.cpu + after.cpu, ..Cost::default() };
    show("run", count, &all, cores);
    show("clean alone", count, &alone, cores);
    show("run, all 304", count, &run(desk.path(), server.id()), cores);

    let ratio = |one: Duration, other: Duration| 100.0 * one.as_secs_f64() / other.as_secs_f64();
    let served = all.served / u32::try_from(cores).unwrap();
    println!(
        "throughput of run: {:.0} % of cleaning alone by the clock, {:.0} % less the server's share, {:.0} % by processor time",
        ratio(alone.wall, all.wall),
        ratio(alone.wall, all.wall.saturating_sub(served)),
        ratio(alone.cpu, all.cpu)
    );
}

fn put_job(desk: &Path, port: u16, count: usize) {
    let mut urls = String::new();
    for number in 0..count {
        writeln!(urls, "{}", url(number, port)).unwrap();
    }
    std::fs::write(desk.join("urls.txt"), urls).unwrap();
    let hosts: Vec<String> = (0..HOSTS).map(|host| format!("\"{}\" = [\"127.0.0.1\"]", name(host))).collect();
    let formats = std::env::var("PRESSCLIP_FORMATS").unwrap_or_else(|_| "markdown,jsonl".to_owned());
    let formats: Vec<&str> = formats.split(',').collect();
    let config = format!(
        "[[source]]\nname = \"bench\"\nlist = \"urls.txt\"\n\
        [fetch]\ndelay = \"0s\"\nallow_addresses = [\"127.0.0.1:{port}\"]\nhosts = {{ {} }}\n\
        revisit = {{ fresh = \"1ms\", old = \"1ms\", max_age = \"36500days\" }}\n\
        [write]\nduplicates = true\nformats = {formats:?}\n",
        hosts.join(", ")
    );
    std::fs::write(desk.join("config.toml"), config).unwrap();
}

fn name(host: usize) -> String {
    format!("www.newspaper-{host}.test")
}

fn url(number: usize, port: u16) -> String {
    format!("http://{}:{port}/{number}", name(number % HOSTS))
}

fn run(desk: &Path, server: u32) -> Cost {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pressclip"));
    command.current_dir(desk).env_clear().args(["run", "--no-progress"]);
    let served = processor_time(server);
    let cost = measured(&mut command, &desk.join("errors"));
    Cost { served: processor_time(server) - served, ..cost }
}

/// Cleans pages on a thread a core.
fn clean_alone(pages: &Pages, numbers: std::ops::Range<usize>, cores: usize) -> Cost {
    let next = AtomicUsize::new(numbers.start);
    let (began, cpu) = (Instant::now(), processor_time(std::process::id()));
    std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= numbers.end {
                        break;
                    }
                    let (text, url) = (pages.page(number), Url::parse(&url(number, 80)).unwrap());
                    let page = Page { text: &text, url: Some(&url), fetched_at: None };
                    drop(black_box(clean(page, &Default::default(), Rules::built_in())));
                }
            });
        }
    });
    Cost { wall: began.elapsed(), cpu: processor_time(std::process::id()) - cpu, ..Cost::default() }
}

fn show(name: &str, count: usize, cost: &Cost, cores: usize) {
    let Cost { wall, cpu, served, peak, said } = cost;
    let per_page = |time: &Duration| time.as_secs_f64() * 1e3 / count as f64;
    println!(
        "{name:<13}{:>7.0} pages/s, {:.3} ms of a core a page and {:.3} of the server's, cores {:.0} % busy, peak {} MB{}",
        count as f64 / wall.as_secs_f64(),
        per_page(cpu),
        per_page(served),
        100.0 * (*cpu + *served).as_secs_f64() / wall.as_secs_f64() / cores as f64,
        peak / 1_000_000,
        said.lines().map(|line| format!("\n    {line}")).collect::<String>()
    );
}
