//! No connection: each error names host, port, database and user, and never the password.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use super::project;
use crate::support::snapshot::assert_run_snapshot;
use crate::support::{Cluster, Login, Run, Secured, Signal};

/// What is wrong, as it is told.
struct Failure<'a> {
    url: &'a str,
    /// Host, port, database and user among others.
    named: &'a [&'a str],
    message: &'a str,
    kind: &'a str,
    sqlstate: Option<&'a str>,
    hint: &'a str,
}

/// All of it is said in every form of output, with exit code 1, and the secret in none.
#[track_caller]
fn assert_fails(failure: &Failure<'_>, secrets: &[&str]) -> Run {
    let Failure { url, named, message, kind, sqlstate, hint } = failure;
    let project = project().url(url);
    let text = project.run(&["status"]).expect_code(1);
    let json = project.run(&["migrate", "--format", "json"]).expect_code(1);
    let verbose = project.run(&["rollback", "--force", "--verbose"]).expect_code(1);
    for part in named.iter().chain([message]) {
        assert!(text.stderr.contains(part), "{part:?} is not said:\n{text}");
        assert!(verbose.stderr.contains(part), "{part:?} is not said:\n{verbose}");
        assert!(json.stdout.contains(part), "{part:?} is not said:\n{json}");
    }
    assert!(text.stderr.lines().any(|line| line.starts_with("  next: ") && line.contains(hint)));
    let document = json.json();
    let error = &document["error"];
    assert_eq!((&error["kind"], &error["sqlstate"]), (&(*kind).into(), &(*sqlstate).into()));
    assert!(error["hints"].to_string().contains(hint), "{document}");
    let database = document["database"].as_str().expect("it is known");
    for part in *named {
        assert!(database.contains(part), "{part:?} is not in {database}");
    }
    for run in [&text, &json, &verbose] {
        for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
            assert!(!format!("{}{}", run.stdout, run.stderr).contains(secret), "{run}");
        }
    }
    text
}

/// Elsewhere `localhost` has a second address, which would be accounted for as well.
const ONE_ADDRESS: &str = "?hostaddr=127.0.0.1";

const NEVER: &[&str] = &[Secured::PASSWORD, Secured::ENCODED_PASSWORD, "not-the-password"];

#[test]
fn a_wrong_password() {
    let secured = Secured::shared();
    let database = secured.database();
    let url = secured.url(&database, Login::Password);
    let url = url.replace(Secured::ENCODED_PASSWORD, "not-the-password") + ONE_ADDRESS;
    let port = format!(":{}/", database.port());
    let failure = Failure {
        url: &url,
        named: &["localhost", &port, database.name(), "with_password@"],
        message: "password authentication failed for user",
        kind: "permission",
        sqlstate: Some("28P01"),
        hint: "correct the password where it stands",
    };
    assert_run_snapshot!(assert_fails(&failure, NEVER), @r#"
    exit code: 1
    ----- stdout -----
    ----- stderr -----
    error: cannot connect to postgres://with_password@localhost:[port]/[database]: password authentication failed for user "with_password"
      SQLSTATE: 28P01
      next: correct the password where it stands: the URL, the service file, PGPASSWORD or ~/.pgpass
    "#);
}

#[test]
fn a_password_that_is_missing() {
    let secured = Secured::shared();
    let database = secured.database();
    let url = secured.url(&database, Login::Password);
    let failure = Failure {
        url: &(url.replace(&format!(":{}", Secured::ENCODED_PASSWORD), "") + ONE_ADDRESS),
        named: &["localhost", database.name(), "with_password@"],
        message: "the server asks for a password and none is given",
        kind: "permission",
        sqlstate: None,
        hint: "give the password in PGPASSWORD",
    };
    assert_run_snapshot!(assert_fails(&failure, NEVER), @r"
    exit code: 1
    ----- stdout -----
    ----- stderr -----
    error: cannot connect to postgres://with_password@localhost:[port]/[database]: the server asks for a password and none is given
      next: give the password in PGPASSWORD, or in ~/.pgpass as host:port:database:user:password
    ");
}

#[test]
fn an_unknown_database() {
    let secured = Secured::shared();
    let database = secured.database();
    let url = secured.url(&database, Login::Password);
    let failure = Failure {
        url: &(url.replace(database.name(), "no_such_database") + ONE_ADDRESS),
        named: &["localhost", "/no_such_database", "with_password@"],
        message: "does not exist",
        kind: "connection",
        sqlstate: Some("3D000"),
        hint: "create it with CREATE DATABASE",
    };
    assert_run_snapshot!(assert_fails(&failure, NEVER), @r#"
    exit code: 1
    ----- stdout -----
    ----- stderr -----
    error: cannot connect to postgres://with_password@localhost:[port]/no_such_database: database "no_such_database" does not exist
      SQLSTATE: 3D000
      next: correct the database's name, or create it with CREATE DATABASE
    "#);
}

#[test]
fn an_unknown_role() {
    let database = Cluster::shared().database();
    let failure = Failure {
        url: &database.url().replace("postgres@", "nobody_at_all:not-the-password@"),
        named: &["127.0.0.1", database.name(), "nobody_at_all@"],
        message: "does not exist",
        kind: "permission",
        sqlstate: Some("28000"),
        hint: "create the role with LOGIN",
    };
    assert_fails(&failure, NEVER);
}

#[test]
fn a_host_that_nobody_knows() {
    let failure = Failure {
        url: "postgres://app:not-the-password@db.invalid:5433/shop",
        named: &["db.invalid:5433", "/shop", "app@"],
        message: "the host name cannot be looked up",
        kind: "connection",
        sqlstate: None,
        hint: "correct the host",
    };
    assert_fails(&failure, NEVER);
}

#[test]
fn a_port_that_nobody_listens_on() {
    let failure = Failure {
        url: "postgres://app:not-the-password@127.0.0.1:1/shop",
        named: &["127.0.0.1:1/", "/shop", "app@"],
        message: "connection refused",
        kind: "connection",
        sqlstate: None,
        hint: "look whether PostgreSQL runs there",
    };
    assert_run_snapshot!(assert_fails(&failure, NEVER), @r"
    exit code: 1
    ----- stdout -----
    ----- stderr -----
    error: cannot connect to postgres://app@127.0.0.1:1/shop: connection refused
      next: look whether PostgreSQL runs there and listens on this port (listen_addresses, port), and correct host and port if it does
    ");
}

#[test]
fn a_socket_that_does_not_exist() {
    let failure = Failure {
        url: "postgres://app:not-the-password@/shop?host=/nonexistent",
        named: &["/nonexistent", "/shop", "app@"],
        message: "the socket /nonexistent/.s.PGSQL.5432 does not exist",
        kind: "connection",
        sqlstate: None,
        hint: "give a host to connect over the network",
    };
    assert_fails(&failure, NEVER);
}

#[test]
fn a_server_that_never_answers_is_given_up_in_time() {
    // The system accepts for it; it never says a word.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let url = format!("postgres://app:not-the-password@127.0.0.1:{port}/shop?connect_timeout=2");
    let began = Instant::now();
    let run = project().url(&url).run(&["status"]).expect_code(1);
    assert!(began.elapsed() < Duration::from_secs(10), "{run}");
    let said = "the connection was accepted, but the server did not answer within 2 s";
    assert!(run.stderr.contains(said), "{run}");
    assert!(run.stderr.contains(&format!("app@127.0.0.1:{port}/shop")), "{run}");
    assert!(run.stderr.contains("next: look whether the port is that of PostgreSQL"), "{run}");
    assert!(!run.stderr.contains("not-the-password"), "{run}");
}

#[test]
fn an_interruption_does_not_wait_for_a_server_that_never_answers() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let url = format!("postgres://app@127.0.0.1:{port}/shop?connect_timeout=600");
    let running = project().url(&url).command(&["status", "--format", "json"]).spawn();
    let _kept_open = silent.accept().unwrap();
    running.signal(Signal::INT);
    let run = running.wait().expect_code(1);
    assert_eq!(run.json()["error"]["kind"], "interrupted");
}

#[test]
fn something_that_is_no_postgresql() {
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = other.local_addr().unwrap().port();
    std::thread::spawn(move || {
        use std::io::{Read as _, Write as _};
        for stream in other.incoming().flatten() {
            let mut stream = stream;
            let _ = stream.read(&mut [0; 64]);
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        }
    });
    let url = format!("postgres://app:not-the-password@127.0.0.1:{port}/shop?connect_timeout=5");
    let run = project().url(&url).run(&["status"]).expect_code(1);
    assert!(run.stderr.contains(&format!("app@127.0.0.1:{port}/shop")), "{run}");
    assert!(run.stderr.contains("next: look whether the port is that of PostgreSQL"), "{run}");
}

#[test]
fn several_servers_are_each_accounted_for() {
    let secured = Secured::shared();
    let database = secured.database();
    let url = secured.url(&database, Login::Password);
    let url = url.replace(Secured::ENCODED_PASSWORD, "not-the-password");
    let url = url.replace("localhost:", "127.0.0.1:1,localhost:");
    let run = project().url(&url).run(&["status"]).expect_code(1);
    assert!(run.stderr.contains("password authentication failed"), "{run}");
    assert!(run.stderr.contains("127.0.0.1:1/"), "{run}");
    assert!(run.stderr.contains("connection refused"), "{run}");
    assert!(!run.stderr.contains("not-the-password"), "{run}");
}

#[test]
fn a_malformed_url_is_shown_without_its_password() {
    for url in [
        "postgres://app:not-the-p@ssword@db/shop",
        "postgres://app:not-the-p/ssword@db/shop",
        "postgres://app:not-the-password@db:port/shop",
        "postgres://app:not-the-password@db/shop?sslmode",
        "postgres://db/shop?password=not-the-password&frob=1",
        "mysql://app:not-the-password@db/shop",
        "app:not-the-password@db/shop",
        "host=db password=not-the-password frob=1",
        "host=db password='not-the-password",
    ] {
        for format in ["text", "json"] {
            let args = ["status", "--verbose", "--format", format];
            let run = project().url(url).run(&args);
            assert_eq!(run.code, 2, "{url}:\n{run}");
            let said = format!("{}{}", run.stdout, run.stderr);
            assert!(!said.contains("not-the-p") && !said.contains("ssword@"), "{url}:\n{run}");
        }
    }
}

#[test]
fn success_shows_no_password_either() {
    let secured = Secured::shared();
    let database = secured.database();
    let project = project().url(&secured.url(&database, Login::Password));
    for command in [&["migrate"][..], &["status"], &["plan"], &["rollback", "--force"]] {
        for format in ["text", "json"] {
            let run = project.run(&[command, &["--verbose", "--format", format]].concat());
            let run = run.expect_code(0);
            let said = format!("{}{}", run.stdout, run.stderr);
            assert!(said.contains("with_password@localhost"), "{run}");
            for secret in NEVER {
                assert!(!said.contains(secret), "{run}");
            }
        }
    }
}
