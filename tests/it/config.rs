//! The configuration: the file at the root, its layers, and what is said about mistakes.

use std::path::{Path, PathBuf};

use pressclip::config::{Config, Layers, known_keys, read};
use toml::{Table, Value};

use crate::binary::{Desk, finish, story};

fn root_file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("config.toml")
}

/// The dotted keys of a table, in its order; those of the first of several sources.
fn keys(table: &Table, prefix: &str) -> Vec<String> {
    let inner = |value: &Value| match value {
        Value::Table(inner) if !inner.is_empty() => Some(inner.clone()),
        Value::Array(items) => items.first().and_then(Value::as_table).cloned(),
        _ => None,
    };
    let of_one = |(key, value): (&String, &Value)| match inner(value) {
        Some(inner) => keys(&inner, &format!("{prefix}{key}.")),
        None => vec![format!("{prefix}{key}")],
    };
    table.iter().flat_map(of_one).collect()
}

/// The text with the keys of its first source that are commented out, since one source can't have all of them.
fn uncommented(text: &str) -> String {
    let (source, rest) = text.split_once("\n[fetch]\n").unwrap();
    let is_key = |line: &str| line.starts_with("[source.") || line.contains(" = ");
    let lines =
        source.lines().map(|line| line.strip_prefix("# ").filter(|line| is_key(line)).unwrap_or(line));
    let source: Vec<&str> = lines.collect();
    format!("{}\n[fetch]\n{rest}", source.join("\n"))
}

#[test]
fn the_file_at_the_root_holds_every_key_with_its_default_and_a_comment() {
    let mut config = read(&Layers { file: Some(root_file()), ..Layers::default() }).unwrap();
    assert_eq!(config.clean.origin.take(), Some(root_file()));
    let list = root_file().with_file_name("samples").join("urls.txt");
    assert_eq!(config.source.iter().filter_map(|source| source.list.clone()).collect::<Vec<_>>(), [list]);
    assert_eq!(Config { source: Vec::new(), ..config }, Config::default());

    let text = std::fs::read_to_string(root_file()).unwrap();
    assert_eq!(keys(&uncommented(&text).parse().unwrap(), ""), known_keys());
    for line in uncommented(&text).lines().filter(|line| line.contains(" = ") && !line.starts_with('#')) {
        assert!(line.contains(" # "), "a comment is missing: {line}");
    }
}

#[test]
fn generate_config_prints_the_file_at_the_root() {
    let done = Desk::new().run(&["generate", "config"]);
    assert_eq!((done.code, done.stdout), (0, std::fs::read_to_string(root_file()).unwrap()));
}

#[test]
fn the_file_gives_way_to_the_environment_and_that_to_set() {
    let desk = Desk::new();
    desk.put("page.html", story("page"));
    desk.put("urls.txt", "page.html");
    desk.put(
        "config.toml",
        "[[source]]\nname = \"list\"\nlist = \"urls.txt\"\n[write]\ndir = \"from-file\"\n",
    );
    let folders = ["from-file", "from-environment", "from-set"];
    let mut expected = Vec::new();
    for (folder, environment, set) in [
        ("from-file", None, None),
        ("from-environment", Some("from-environment"), None),
        ("from-set", Some("from-environment"), Some("write.dir=from-set")),
    ] {
        let mut command = desk.command(["run"]);
        command.envs(environment.map(|dir| ("PRESSCLIP_WRITE__DIR", dir)));
        command.args(set.into_iter().flat_map(|set| ["--set", set]));
        let is_there = |folders: &[&str]| -> Vec<String> {
            folders.iter().filter(|folder| desk.path(folder).exists()).map(ToString::to_string).collect()
        };
        let done = finish(&mut command);
        assert_eq!(done.code, 0, "{}", done.stderr);
        expected.push(folder);
        assert_eq!(is_there(&folders), is_there(&expected));
        assert_eq!(is_there(&folders).len(), expected.len(), "{folder}");
    }
}

#[test]
fn a_mistake_is_a_usage_error_that_names_the_place_and_the_nearest_key() {
    let desk = Desk::new();
    desk.put("page.html", story("page"));
    desk.put("typo.toml", "[fetch]\ndelai = \"1s\"\n");
    desk.put("section.toml", "[wirte]\ndir = \"x\"\n");
    desk.put("type.toml", "[fetch]\nconcurrency = \"many\"\n");
    desk.put("broken.toml", "[fetch\n");
    let from_file = |file: &'static str| vec!["clean", "page.html", "-c", file];
    let from_set = |pair: &'static str| vec!["clean", "page.html", "--set", pair];
    for (arguments, parts) in [
        (from_file("typo.toml"), vec!["`fetch.delai`", "`typo.toml`", "did you mean `fetch.delay`?"]),
        (from_file("section.toml"), vec!["`wirte`", "`section.toml`"]),
        (from_file("type.toml"), vec!["`type.toml`", "concurrency"]),
        (from_file("broken.toml"), vec!["`broken.toml`"]),
        (from_file("missing.toml"), vec!["`missing.toml`", "pressclip init URL"]),
        (from_set("fetch.timeot=1s"), vec!["--set fetch.timeot=1s", "did you mean `fetch.timeout`?"]),
        (from_set("fetch.delay=soon"), vec!["--set fetch.delay=soon", "`soon` is not a duration"]),
        (
            from_set("fetch.allow_addresses=[\"localhost:80\"]"),
            vec!["`localhost:80` is no address", "10.0.0.0/8"],
        ),
        (from_set("fetch.hosts={\"a.test\" = [\"b\"]}"), vec!["invalid IP address"]),
        (from_set("fetch.delay"), vec!["`--set fetch.delay` has no `=`"]),
        (from_set("clean.keep=[\"adverts\"]"), vec!["adverts", "captions"]),
        (from_set("write.formats=[\"markdwon\"]"), vec!["did you mean `markdown`?"]),
        (from_set("fetch.clock=\"domains\""), vec!["did you mean `domain`?"]),
        (vec!["clean", "page.html", "-f", "markdwon"], vec!["'markdown'"]),
        (vec!["claen", "page.html"], vec!["'clean'"]),
        (vec!["page.html"], vec!["write `pressclip clean page.html`"]),
        (vec!["https://news.example/a"], vec!["write `pressclip clean https://news.example/a`"]),
        (vec!["run", "--summary-jsno", "x"], vec!["'--summary-json'"]),
        (vec!["run", "--allow-failures", "many"], vec!["a share of them (5%)"]),
        (vec!["run"], vec!["can't read the config `config.toml`"]),
        (vec!["run", "--nonsense"], vec!["--nonsense"]),
        (vec!["clean"], vec!["SOURCE"]),
        (vec![], vec!["Usage"]),
    ] {
        let done = desk.run(&arguments);
        assert_eq!(done.code, 2, "{arguments:?}: {}", done.stderr);
        assert_eq!(done.stdout, "", "{arguments:?}");
        for part in parts {
            assert!(done.stderr.contains(part), "{arguments:?}: {part} is not in {}", done.stderr);
        }
    }
    let done = finish(desk.command(["clean", "page.html"]).env("PRESSCLIP_FETCH__DELAI", "1s"));
    assert_eq!(done.code, 2);
    for part in ["`PRESSCLIP_FETCH__DELAI`", "did you mean `fetch.delay`?"] {
        assert!(done.stderr.contains(part), "{}", done.stderr);
    }
}

#[cfg(unix)]
#[test]
fn a_variable_of_others_that_is_not_unicode_does_no_harm() {
    use std::os::unix::ffi::OsStrExt;
    let desk = Desk::new();
    desk.put("page.html", story("page"));
    let odd = std::ffi::OsStr::from_bytes(b"\xff\xfe");
    assert_eq!(finish(desk.command(["clean", "page.html"]).env("SOME_VARIABLE", odd)).code, 0);
}
