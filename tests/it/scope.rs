//! What a run is about: everything that is due, or what the sources that it is given name and have found.

use crate::binary::{Desk, Done, story};
use crate::server::{Server, ok, status};

/// A desk with two lists that have a page in common, and a server with all pages.
fn job() -> (Desk, Server) {
    let pages = ["/a", "/b", "/both", "/new"].map(|path| (path, ok(&story(path))));
    let server = Server::start(pages);
    let desk = Desk::new();
    desk.put("a.txt", [server.url("/a"), server.url("/both")].join("\n"));
    desk.put("b.txt", [server.url("/both"), server.url("/b")].join("\n"));
    let config = "[[source]]\nname = \"a\"\nlist = \"a.txt\"\n[[source]]\nname = \"b\"\nlist = \"b.txt\"\n\
        [fetch.revisit]\nfresh = \"0s\"\n";
    desk.put("config.toml", config);
    (desk, server)
}

#[track_caller]
fn check(done: &Done, counts: &str) {
    assert_eq!(done.code, 0, "{}", done.stderr);
    assert!(done.stderr.contains(counts), "`{counts}` is not in {}", done.stderr);
}

#[test]
fn a_run_of_named_sources_visits_their_pages_alone_and_a_plain_one_all() {
    let (desk, server) = job();
    let hits = |paths: [&str; 3]| paths.map(|path| server.hits(path));
    check(&desk.run(&["run"]), "3 articles, 0 failed in ");
    let plan = desk.run(&["run", "b", "--dry-run"]).stdout;
    assert!(!plan.contains(&format!("{}\n", server.url("/a"))) && plan.lines().count() == 2, "{plan}");
    check(&desk.run(&["run", "b"]), "0 articles, 0 failed, 2 unchanged in ");
    assert_eq!(hits(["/a", "/both", "/b"]), [1, 2, 2]);
    check(&desk.run(&["run", "a"]), "2 unchanged in ");
    check(&desk.run(&["run"]), "3 unchanged in ");
    assert_eq!(hits(["/a", "/both", "/b"]), [3, 4, 3]);
}

#[test]
fn a_run_of_a_list_in_place_of_the_sources_visits_its_pages_alone() {
    let (desk, server) = job();
    check(&desk.run(&["run", "--limit", "1"]), "1 article, 0 failed in ");
    desk.put("more.txt", [server.url("/new"), server.url("/b")].join("\n"));
    let plan = desk.run(&["run", "-i", "more.txt", "--dry-run"]).stdout;
    assert_eq!(plan, format!("now\tnew\t{}\nnow\tnew\t{}\n", server.url("/new"), server.url("/b")));
    check(&desk.run(&["run", "-i", "more.txt"]), "2 articles, 0 failed in ");
    assert_eq!(["/a", "/both", "/new", "/b"].map(|path| server.hits(path)), [1, 0, 1, 1]);
    check(&desk.run(&["run"]), "1 article, 0 failed, 3 unchanged in ");
}

#[test]
fn what_a_source_found_before_is_visited_with_it_though_it_names_that_no_more() {
    let server = Server::start([("/a", status(500)), ("/b", ok(&story("b")))]);
    let desk = Desk::new();
    desk.put_job(&[server.url("/a")]);
    assert_eq!(desk.run(&["run"]).code, 4);
    desk.put_job(&[server.url("/b")]);
    let done = desk.run(&["queue", "retry", "--failed"]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    desk.run(&["run", "list"]);
    assert_eq!((server.hits("/a"), server.hits("/b")), (2, 1));
}
