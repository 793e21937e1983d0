//! The report of a run: through the binary, over several runs.

use crate::binary::{Desk, story};
use crate::server::{Behaviour, Server, ok, status};

/// A page that is no story: a list of links.
fn index() -> String {
    let links: String = (0..30)
        .map(|number| format!("<li><a href=\"/{number}\">Harbour news number {number}</a></li>"))
        .collect();
    format!(
        "<!DOCTYPE html><html><head><title>Harbour news</title></head><body><ul>{links}</ul></body></html>"
    )
}

#[test]
fn a_run_leaves_a_report_that_leads_to_explanations() {
    let server = Server::start([
        ("/a", ok(&story("a"))),
        ("/b", Behaviour::Sequence(vec![ok(&story("b")), ok(&index())])),
        ("/gone", status(404)),
    ]);
    let desk = Desk::new();
    desk.put_job(&["/a", "/b", "/gone"].map(|path| server.url(path)));
    desk.put("out/report/why-0123456789ab.html", "from an earlier run");
    desk.put("out/report/why-we-left.html", "an article of the user's");
    assert_eq!(desk.run(&["run"]).code, 3);
    let report = desk.read("out/report.html");
    assert!(report.contains("<b>2</b> written") && report.contains("<b>1</b> failed"), "{report}");
    assert!(report.contains("Nothing stands out.") && report.contains("answers 404"), "{report}");
    assert!(!desk.path("out/report/why-0123456789ab.html").exists());
    assert!(desk.path("out/report/why-we-left.html").exists());

    assert_eq!(desk.run(&["run", "--refetch"]).code, 3);
    let report = desk.read("out/report.html");
    assert!(report.contains("held a story of 116 words and holds none now"), "{report}");
    let link = report.split("href=\"report/").nth(1).unwrap().split('"').next().unwrap();
    assert!(desk.read(&format!("out/report/{link}")).contains("pressclip explain"));
    assert_eq!(report.matches("<g><title>").count(), 2 + 7 + 10, "both runs, and two distributions");

    // What was seen in the night is there in the morning, though nothing came in between.
    assert_eq!(desk.run(&["run"]).code, 0);
    let report = desk.read("out/report.html");
    assert!(report.contains("Nothing was due.") && report.contains(link), "{report}");
}

#[test]
fn a_report_can_be_left_out_and_one_that_cannot_be_written_harms_nothing() {
    let desk = Desk::new();
    desk.put("page.html", story("page"));
    desk.put_job(&["page.html"]);
    assert_eq!(desk.run(&["run", "--set", "write.report=false"]).code, 0);
    assert!(!desk.path("out/report.html").exists());
    desk.put("out/report.html/in-the-way", "");
    let done = desk.run(&["run"]);
    assert_eq!(done.code, 0, "{}", done.stderr);
    assert!(
        done.stderr.contains("there is no report of this run: can't write `out/report.html`"),
        "{}",
        done.stderr
    );
}
