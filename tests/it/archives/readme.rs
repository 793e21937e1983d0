//! What the README says of archives.

use std::path::Path;
use std::process::Command;

use super::{each_packed, page};
use crate::binary::{Desk, story};

#[test]
fn the_function_of_the_readme_gives_the_records_of_an_archive() {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let block = text.split("```python\n").nth(1).unwrap().split("```").next().unwrap();
    let desk = Desk::new();
    let pages = ["one", "two"].map(|name| page(&format!("https://a.example/{name}"), &story(name)));
    desk.put("x.warc.gz", each_packed(&pages));
    let script = format!(
        "{block}\nimport json\nprint([json.loads(line)['url'] for line in stories(open('x.warc.gz', 'rb').read())])"
    );
    let program = Path::new(env!("CARGO_BIN_EXE_pressclip")).parent().unwrap();
    let mut python = Command::new("python3");
    python.args(["-c", &script]).current_dir(desk.path(""));
    // Where there is no Python, there is nobody to read it.
    let Ok(output) = python.env("PATH", format!("{}:/usr/bin:/bin", program.display())).output() else {
        return;
    };
    let printed = String::from_utf8(output.stdout).unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(printed, "['https://a.example/one', 'https://a.example/two']\n", "{errors}");
}
