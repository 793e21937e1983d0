//! Pictures of stories that are saved beside them.

use std::path::PathBuf;

use serde_json::Value;

use crate::binary::{Desk, records, story};
use crate::server::{Server, answer, ok, status};

/// A picture of one pixel.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x02\x00\x00\x00\x90wS\xde\
    \x00\x00\x00\x0cIDATx\x9cc\xf8\xcf\xc0\x00\x00\x03\x01\x01\x00\xc9\xfe\x92\xef\x00\x00\x00\x00IEND\xaeB`\x82";

const DOWNLOAD: [&str; 2] = ["--set", "write.images=download"];

/// A story with these pictures.
fn illustrated(pictures: &[&str]) -> String {
    let figure = |url: &&str| {
        format!(
            "<figure><img src=\"{url}\" alt=\"The ferry\"><figcaption>The ferry at dawn \
            <span class=\"credit\">Ann Archer</span></figcaption></figure>"
        )
    };
    story("x").replacen("</p>", &format!("</p>{}", pictures.iter().map(figure).collect::<String>()), 1)
}

fn saved(desk: &Desk, ending: &str) -> Vec<PathBuf> {
    desk.files("out").iter().filter(|name| name.ends_with(ending)).map(PathBuf::from).collect()
}

#[test]
fn pictures_are_saved_beside_the_article_whose_files_show_them() {
    let server = Server::start([
        ("/story", ok(&illustrated(&["/a.jpg", "/gone.png", "/page.png"]))),
        ("/a.jpg", answer("200 OK", &[("Content-Type", "text/plain")], PNG)),
        ("/gone.png", status(404)),
        (
            "/page.png",
            answer("200 OK", &[("Content-Type", "image/png")], b"<html><script>alert(1)</script></html>"),
        ),
    ]);
    let desk = Desk::new();
    desk.put_job(&[server.url("/story")]);
    let done = desk.run(&[&["run", "-f", "markdown,html,tei,jsonl"], DOWNLOAD.as_slice()].concat());
    assert_eq!(done.code, 0, "{}", done.stderr);
    let pictures = saved(&desk, ".png");
    assert_eq!(pictures.len(), 1, "{pictures:?}");
    // What the file is called follows from what it is, and not from what the server says.
    assert_eq!(std::fs::read(desk.path("out").join(&pictures[0])).unwrap(), PNG);
    let name = pictures[0].file_name().unwrap().to_str().unwrap();

    let record: Value = records(&desk.read("out/articles.jsonl")).remove(0);
    let files: Vec<Option<&str>> =
        record["images"].as_array().unwrap().iter().map(|image| image["file"].as_str()).collect();
    assert_eq!(files, [pictures[0].to_str(), None, None]);
    let expected = serde_json::json!({"url": server.url("/a.jpg"), "alt": "The ferry", "caption": "The ferry at dawn",
        "credit": "Ann Archer", "file": pictures[0]});
    assert_eq!(record["images"][0], expected);
    let notes = record["notes"].to_string();
    assert!(notes.contains("1 pictures were not had: http_4xx") && notes.contains("wrong_type"), "{notes}");

    let text = |ending: &str| desk.read(&format!("out/{}", saved(&desk, ending)[0].display()));
    assert!(
        text(".md").contains(&format!("![The ferry]({name})\n\nThe ferry at dawn · Ann Archer\n")),
        "{}",
        text(".md")
    );
    assert!(text(".html").contains(&format!("<img src=\"{name}\" alt=\"The ferry\">")), "{}", text(".html"));
    assert!(text(".tei.xml").contains(&format!("<graphic url=\"{name}\"/>")), "{}", text(".tei.xml"));
    assert_eq!(pictures[0].parent(), saved(&desk, ".md")[0].parent());
}

#[test]
fn pictures_are_asked_for_only_when_their_story_is_written_and_within_all_bounds() {
    let elsewhere = Server::forbidden([("/a.png", answer("200 OK", &[], PNG))]);
    let big = [PNG, &vec![0; 200_000]].concat();
    let page = illustrated(&["/a.png", "/big.png", &elsewhere.url("/a.png"), "/secret/a.png"]);
    let date = "<meta property=\"article:published_time\" content=\"2026-03-01T10:00:00Z\"></head>";
    let server = Server::start([
        ("/story", ok(&page.replace("</head>", date))),
        ("/a.png", answer("200 OK", &[], PNG)),
        ("/big.png", answer("200 OK", &[], &big)),
        ("/secret/a.png", answer("200 OK", &[], PNG)),
        (
            "/robots.txt",
            answer("200 OK", &[("Content-Type", "text/plain")], b"User-agent: *\nDisallow: /secret/\n"),
        ),
    ]);
    let desk = Desk::new();
    desk.put_job(&[server.url("/story")]);
    let run = |more: &[&str]| {
        let always = [
            "run",
            "--set",
            "fetch.max_body=100 KiB",
            "--set",
            "fetch.robots=true",
            "--set",
            "fetch.revisit={fresh = \"1ms\", old = \"1ms\", max_age = \"1day\"}",
        ];
        let done = desk.run(&[&always, DOWNLOAD.as_slice(), more].concat());
        assert_eq!(done.code, 0, "{}", done.stderr);
    };
    run(&["--since", "2100-01-01"]);
    let asked = |path: &str| server.requests().iter().filter(|request| request.path == path).count();
    assert_eq!(asked("/a.png"), 0, "the story is older than what is wanted");
    run(&["--refetch"]);
    assert_eq!((asked("/a.png"), asked("/big.png"), asked("/secret/a.png")), (1, 1, 0));
    assert!(elsewhere.requests().is_empty());
    assert_eq!(saved(&desk, ".png").len(), 1, "{:?}", desk.files("out"));
    // The story is as it was: nothing more is asked for.
    run(&["--refetch", "--limit", "0"]);
    run(&[]);
    assert_eq!((asked("/story"), asked("/a.png")), (3, 1));
    let note = records(&desk.read("out/articles.jsonl"))[0]["notes"].to_string();
    for class in ["too_large", "blocked_port", "robots_disallowed"] {
        assert!(
            note.contains(class) || class == "blocked_port" && note.contains("blocked_address"),
            "{class}: {note}"
        );
    }
}

#[test]
fn nothing_is_downloaded_into_a_pipe_or_unless_it_is_wanted() {
    let server =
        Server::start([("/story", ok(&illustrated(&["/a.png"]))), ("/a.png", answer("200 OK", &[], PNG))]);
    let desk = Desk::new();
    desk.put_job(&[server.url("/story")]);
    let done = desk.run(&[&["run", "-o", "-"], DOWNLOAD.as_slice()].concat());
    assert_eq!(
        (done.code, done.records()[0]["images"][0]["url"].as_str()),
        (0, Some(server.url("/a.png").as_str()))
    );
    assert_eq!(desk.run(&["run", "--refetch"]).code, 0);
    assert_eq!(server.requests().iter().filter(|request| request.path == "/a.png").count(), 0);
}

#[test]
#[cfg(unix)]
fn a_worker_saves_pictures_in_its_own_folder() {
    let test = "a_worker_saves_pictures_in_its_own_folder";
    let Some(database) = crate::fleet::database::Database::start(test) else { return };
    let server =
        Server::start([("/story", ok(&illustrated(&["/a.png"]))), ("/a.png", answer("200 OK", &[], PNG))]);
    let desk = Desk::new();
    desk.put_job(&[server.url("/story")]);
    let url = format!("state.url={}", database.create("pictures"));
    let done = desk.run(&[&["run", "--worker", "--set", &url], DOWNLOAD.as_slice()].concat());
    assert_eq!(done.code, 0, "{}", done.stderr);
    let record = records(&desk.read("out/worker-1/articles.jsonl")).remove(0);
    let file = record["images"][0]["file"].as_str().unwrap();
    assert_eq!(std::fs::read(desk.path("out/worker-1").join(file)).unwrap(), PNG);
}
