//! TLS as libpq has it.

use super::{assert_reached, encoded, project, status};
use crate::support::snapshot::assert_run_snapshot;
use crate::support::{Cluster, Database, Login, Run, Secured};

fn given() -> (&'static Secured, Database) {
    let secured = Secured::shared();
    (secured, secured.database())
}

/// A refusal, with its exit code, message and hint, before anything else was tried.
#[track_caller]
fn assert_refused(run: Run, message: &str, hint: &str) {
    let document = run.expect_code(1).json();
    let error = &document["error"];
    let said = error["message"].as_str().unwrap();
    assert!(said.contains(message), "{document}");
    assert!(said.contains("@localhost:") || said.contains("@127.0.0.1:"), "{document}");
    assert!(error["hints"].to_string().contains(hint), "{document}");
}

const UNTRUSTED: &str = "the server's certificate is not signed by a trusted authority";

#[test]
fn every_mode_reaches_a_server_that_fits() {
    let (secured, database) = given();
    let url = secured.url(&database, Login::PasswordOverTls);
    let ca = encoded(&secured.certificates.ca());
    for parameters in [
        String::new(),
        "?sslmode=prefer".to_owned(),
        "?sslmode=allow".to_owned(),
        "?sslmode=require".to_owned(),
        format!("?sslmode=require&sslrootcert={ca}"),
        format!("?sslmode=verify-ca&sslrootcert={ca}"),
        format!("?sslmode=verify-full&sslrootcert={ca}"),
    ] {
        let run = status(&format!("{url}{parameters}")).run();
        assert_eq!(run.code, 0, "{parameters}:\n{run}");
    }
    let run = status(&url).env("PGSSLMODE", "verify-full");
    assert_reached(run.env("PGSSLROOTCERT", secured.certificates.ca()).run(), &database);
}

#[test]
fn disable_means_no_tls() {
    let (secured, database) = given();
    let url = format!("{}?sslmode=disable", secured.url(&database, Login::Password));
    assert_reached(status(&url).run(), &database);
    let url = format!("{}?sslmode=disable", secured.url(&database, Login::PasswordOverTls));
    let run = status(&url).run().expect_code(1);
    let error = run.json()["error"].clone();
    assert_eq!((&error["kind"], &error["sqlstate"]), (&"permission".into(), &"28000".into()));
    assert!(error["hints"][0].as_str().unwrap().contains("set sslmode=require"), "{error}");
}

#[test]
fn a_connection_that_could_not_be_encrypted_is_told() {
    let (secured, database) = given();
    let ca = encoded(&secured.certificates.other_ca());
    let url = secured.url(&database, Login::Password);
    let run = status(&format!("{url}?sslmode=prefer&sslrootcert={ca}")).run();
    assert!(run.stderr.contains("note: the connection is not encrypted: "), "{run}");
    assert!(run.stderr.contains(UNTRUSTED), "{run}");
    assert_reached(run, &database);
}

#[test]
fn require_insists_on_tls() {
    let database = Cluster::shared().database();
    assert_reached(status(&database.url()).run(), &database);
    let url = format!("{}?sslmode=require", database.url());
    let message = "the server does not offer TLS, which sslmode demands";
    assert_refused(status(&url).run(), message, "set ssl = on");
}

#[test]
fn a_certificate_of_another_authority_is_refused() {
    let (secured, database) = given();
    let url = secured.url(&database, Login::Password);
    let other = encoded(&secured.certificates.other_ca());
    // With a root certificate, require verifies as well, as libpq does.
    for mode in ["verify-ca", "verify-full", "require"] {
        let url = format!("{url}?sslmode={mode}&sslrootcert={other}");
        assert_refused(status(&url).run(), UNTRUSTED, "set sslrootcert");
    }
    let url = format!("{url}?sslmode=verify-full&sslrootcert={other}&hostaddr=127.0.0.1");
    assert_run_snapshot!(project().url(&url).run(&["status"]), @r#"
    exit code: 1
    ----- stdout -----
    ----- stderr -----
    error: cannot connect to postgres://with_password@localhost:[port]/[database]: the server's certificate is not signed by a trusted authority
      next: set sslrootcert to the file of the authority that signed it, or to "system" for the authorities this system trusts
    "#);
}

#[test]
fn a_certificate_for_another_name_is_refused_by_verify_full_alone() {
    let (secured, database) = given();
    let url = secured.url(&database, Login::Password).replace("localhost", "127.0.0.1");
    let ca = encoded(&secured.certificates.ca());
    let full = format!("{url}?sslmode=verify-full&sslrootcert={ca}");
    let message = "the server's certificate is not for this host, but for localhost";
    assert_refused(status(&full).run(), message, "connect by a name in the certificate");
    let name = full.replace("127.0.0.1", "localhost") + "&hostaddr=127.0.0.1";
    assert_reached(status(&name).run(), &database);
    let ca_only = format!("{url}?sslmode=verify-ca&sslrootcert={ca}");
    assert_reached(status(&ca_only).run(), &database);
}

#[test]
fn verification_without_a_root_certificate_is_refused_before_connecting() {
    let run = project().url("postgres://u@localhost:1/d?sslmode=verify-full").run(&["status"]);
    let run = run.expect_code(2);
    assert!(run.stderr.contains("sslmode=verify-full needs a root certificate"), "{run}");
    assert!(run.stderr.contains(".postgresql/root.crt does not exist"), "{run}");
    let missing = "postgres://u@localhost:1/d?sslmode=verify-full&sslrootcert=/nonexistent.pem";
    let run = project().url(missing).run(&["status"]);
    assert!([1, 2].contains(&run.code), "{run}");
    assert!(run.stderr.contains("/nonexistent.pem does not exist"), "{run}");
}

#[test]
fn the_root_certificate_is_found_at_home() {
    let (secured, database) = given();
    let project = project();
    let root = std::fs::read(secured.certificates.ca()).unwrap();
    project.write(".postgresql/root.crt", root);
    let url = format!("{}?sslmode=verify-full", secured.url(&database, Login::Password));
    let command = project.command(&["status", "--format", "json"]).env("DATABASE_URL", url);
    assert_reached(command.env("HOME", project.path()).run(), &database);
}

#[test]
fn a_client_certificate_logs_in() {
    let (secured, database) = given();
    let url = secured.url(&database, Login::Certificate);
    let certificates = &secured.certificates;
    let (certificate, key) = (encoded(&certificates.client()), encoded(&certificates.client_key()));
    let ca = encoded(&certificates.ca());
    let parameters = format!("sslmode=verify-full&sslrootcert={ca}");
    let with = format!("{url}?{parameters}&sslcert={certificate}&sslkey={key}");
    assert_reached(status(&with).run(), &database);
    let without = format!("{url}?{parameters}");
    let run = status(&without).run().expect_code(1);
    let error = run.json()["error"].clone();
    assert_eq!(error["kind"], "permission");
    assert!(error["hints"].to_string().contains("sslcert and sslkey"), "{error}");
    let missing = format!("{url}?{parameters}&sslcert=/nonexistent.pem&sslkey={key}");
    let run = project().url(&missing).run(&["status"]).expect_code(2);
    assert!(run.stderr.contains("/nonexistent.pem does not exist"), "{run}");
}

#[test]
fn a_private_key_that_others_can_read_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let (secured, database) = given();
    let project = project();
    let key = std::fs::read(secured.certificates.client_key()).unwrap();
    project.write("client.key", key);
    let file = project.path().join("client.key");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    let url = secured.url(&database, Login::Certificate);
    let certificate = encoded(&secured.certificates.client());
    let url = format!("{url}?sslmode=require&sslcert={certificate}&sslkey={}", encoded(&file));
    let run = project.command(&["status"]).env("DATABASE_URL", url).run();
    assert!([1, 2].contains(&run.code), "{run}");
    assert!(run.stderr.contains("client.key"), "{run}");
    assert!(run.stderr.contains("next: "), "{run}");
}
