//! Connections to the database that are encrypted, and those that must not be.

use std::path::Path;

use super::database::Database;
use super::{Hosts, command};
use crate::binary::{Desk, Done, finish, records};
use crate::hostile::tls::{Authority, for_host};

/// A server that takes encrypted connections alone, as `localhost` by the word of `authority`, and the end of the URL of a
/// database in it.
fn encrypt(database: &Database, authority: &Authority) -> String {
    let (certificate, key) = authority.sign(for_host("localhost"));
    let url = database.create("secret");
    let mut client = database.client("secret");
    let rules = "hostssl all all all trust".to_owned();
    for (file, text) in
        [("server.crt", certificate.pem()), ("server.key", key.serialize_pem()), ("pg_hba.conf", rules)]
    {
        let lines = format!(
            "SELECT unnest(string_to_array('{}', chr(10)))",
            text.trim().replace('\n', "'||chr(10)||'")
        );
        client.batch_execute(&format!("COPY ({lines}) TO PROGRAM 'umask 077; cat > {file}'")).unwrap();
    }
    client.batch_execute("ALTER SYSTEM SET ssl = on").unwrap();
    client.batch_execute("SELECT pg_reload_conf()").unwrap();
    url.rsplit_once(':').unwrap().1.to_owned()
}

/// What becomes of a look at the database at `url` when the system trusts the authorities in `trusted` alone.
fn look(desk: &Desk, url: &str, trusted: &Path) -> Done {
    let set = format!("state.url={url}");
    finish(command(desk, &["status", "--set", &set]).env("SSL_CERT_FILE", trusted))
}

#[test]
fn a_worker_speaks_to_a_database_that_proves_who_it_is_and_to_no_other() {
    let test = "a_worker_speaks_to_a_database_that_proves_who_it_is_and_to_no_other";
    let Some(database) = Database::start(test) else { return };
    let (ours, other, desk) = (Authority::new(), Authority::new(), Desk::new());
    desk.put("ours.pem", ours.certificate.pem());
    desk.put("other.pem", other.certificate.pem());
    let (ours_file, other_file) = (desk.path("ours.pem"), desk.path("other.pem"));
    let end = encrypt(&database, &ours);
    let at = |host: &str, options: &str| format!("postgres://postgres@{host}:{end}?{options}");

    let refused = |done: Done, words: &str| {
        assert!(done.code == 1 && done.stderr.contains(words), "{words}: {}", done.stderr);
    };
    let untrusted = "has no certificate that is trusted for this name; name the authority with `sslrootcert=";
    refused(look(&desk, &at("localhost", "sslmode=disable"), &ours_file), "no encryption");
    refused(look(&desk, &at("localhost", "sslmode=require"), &other_file), untrusted);
    refused(look(&desk, &at("127.0.0.1", "sslmode=verify-full"), &ours_file), untrusted);
    let named = |file: &Path| format!("sslmode=verify-full&sslrootcert={}", file.display());
    refused(look(&desk, &at("localhost", &named(&other_file)), &ours_file), untrusted);
    refused(
        look(&desk, &at("localhost", &named(&desk.path("none.pem"))), &ours_file),
        "can't read authorities",
    );
    assert_eq!(look(&desk, &at("localhost", "sslmode=require"), &ours_file).code, 0);

    let hosts = Hosts::start(2, 3);
    hosts.put_job(&desk, &at("localhost", &named(&ours_file)), "1ms", "9s");
    let done = finish(&mut command(&desk, &["run", "--worker"]));
    assert_eq!(done.code, 0, "{}", done.stderr);
    assert_eq!(records(&finish(&mut command(&desk, &["export"])).stdout).len(), 6);
    // Nobody waits for a certificate to become another one.
    hosts.put_job(&desk, &at("localhost", &named(&other_file)), "1ms", "9s");
    refused(finish(&mut command(&desk, &["run", "--worker"])), untrusted);
}

#[test]
fn a_database_that_can_not_encrypt_is_not_spoken_to_when_it_must() {
    let Some(database) = Database::start("a_database_that_can_not_encrypt_is_not_spoken_to_when_it_must")
    else {
        return;
    };
    let url = format!("state.url={}?sslmode=require", database.create("open"));
    let done = finish(&mut command(&Desk::new(), &["status", "--set", &url]));
    assert!(done.code == 1 && done.stderr.contains("server does not support TLS"), "{}", done.stderr);
}
