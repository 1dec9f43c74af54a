//! What psql users rely on: which source wins, and what follows from what is missing.

use std::fs;
use std::path::Path;
use std::time::Duration;

use tempfile::TempDir;

use super::*;
use crate::model::Diagnose as _;

fn environment(home: &Path, variables: &[(&str, &str)]) -> Environment {
    let home = home.to_string_lossy().into_owned();
    let variables = variables.iter().map(|(name, value)| (*name, (*value).to_owned()));
    Environment::of(variables.chain([("HOME", home)]), "/project")
}

fn resolved(url: &str, variables: &[(&str, &str)]) -> ConnectionParameters {
    let url = Some(url).filter(|url| !url.is_empty());
    resolve(url, &environment(Path::new("/nowhere"), variables)).expect("resolves")
}

fn refused(url: &str, variables: &[(&str, &str)]) -> String {
    let error = resolve(Some(url), &environment(Path::new("/nowhere"), variables));
    error.expect_err("is refused").to_string()
}

fn password(parameters: &ConnectionParameters) -> Option<&str> {
    parameters.hosts[0].password.as_ref().map(Secret::expose)
}

fn write_private(path: &Path, text: &str) {
    fs::write(path, text).expect("writes");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).expect("sets the mode");
    }
}

#[test]
fn the_url_wins_over_the_environment() {
    let variables = [("PGHOST", "env"), ("PGPORT", "1"), ("PGUSER", "env"), ("PGDATABASE", "env")];
    let parameters = resolved("postgres://url@url:2/url", &variables);
    assert_eq!(parameters.describe(), "postgres://url@url:2/url");
    let parameters = resolved("postgres://url@/", &variables);
    assert_eq!(parameters.describe(), "postgres://url@env:1/env");
    assert_eq!(resolved("", &variables).describe(), "postgres://env@env:1/env");
}

#[test]
fn the_service_stands_between_the_url_and_the_environment() {
    let home = TempDir::new().expect("a directory");
    let file = home.path().join(".pg_service.conf");
    fs::write(&file, "[shop]\nhost=service\nuser=service\nport=7\n").expect("writes");
    let variables = [("PGHOST", "env"), ("PGDATABASE", "env"), ("PGSERVICE", "shop")];
    let environment = environment(home.path(), &variables);
    let parameters = resolve(Some("postgres://url@/"), &environment).expect("resolves");
    assert_eq!(parameters.describe(), "postgres://url@service:7/env");

    let error = resolve(Some("service=other"), &environment).expect_err("is not defined");
    let problem = error.problem();
    assert_eq!(problem.message, "the connection service \"other\" is not defined");
    assert!(problem.notes[0].ends_with(".pg_service.conf does not define it"), "{problem:?}");

    fs::write(&file, "[shop]\nhots=service\n").expect("writes");
    let error = resolve(Some("service=shop"), &environment).expect_err("is misspelt");
    assert!(error.to_string().starts_with("unknown connection parameter \"hots\" in service"));
}

#[test]
fn the_service_file_may_be_named() {
    let dir = TempDir::new().expect("a directory");
    let file = dir.path().join("services");
    fs::write(&file, "[shop]\nhost=service\ndbname=d\nuser=u").expect("writes");
    let file = file.to_string_lossy();
    let parameters = resolved("service=shop", &[("PGSERVICEFILE", &file)]);
    assert_eq!(parameters.describe(), "postgres://u@service:5432/d");
    assert!(refused("service=shop", &[("PGSERVICEFILE", "gone")]).contains("/project/gone"));
}

#[test]
fn the_database_is_called_like_the_user() {
    assert_eq!(resolved("postgres://app@db", &[]).database, "app");
    assert!(!resolved("postgres://db/d", &[]).user.is_empty());
}

#[test]
fn the_keyword_form_is_taken_too() {
    let parameters = resolved("host=/srv/pg port=5433 user=app dbname='my shop'", &[]);
    assert_eq!(parameters.describe(), "postgres://app@/my%20shop?host=/srv/pg&port=5433");
}

#[test]
fn hosts_ports_and_addresses_are_paired() {
    let parameters = resolved("postgres://a@h1:1,h2,[::1]:3/d", &[]);
    assert_eq!(parameters.describe(), "postgres://a@h1:1,h2:5432,[::1]:3/d");
    let parameters = resolved("host=h1,/srv/pg port=9 user=a dbname=d", &[]);
    assert_eq!(parameters.describe(), "postgres://a@h1:9,%2Fsrv%2Fpg:9/d");
    let parameters = resolved("host=db hostaddr=10.0.0.1 user=a", &[]);
    let at = &parameters.hosts[0].at;
    assert!(matches!(at, HostPort::Tcp { host, hostaddr: Some(_), .. } if host == "db"));
    assert_eq!(refused("host=a,b,c port=1,2", &[]), "2 values of port do not match 3 hosts");
    assert_eq!(refused("host=a,b hostaddr=::1", &[]), "1 values of hostaddr do not match 2 hosts");
}

#[test]
fn values_that_do_not_fit_are_named_with_their_origin() {
    let said = refused("postgres://db", &[("PGPORT", "0")]);
    assert_eq!(said, "port is \"0\" in PGPORT, but must be a number from 1 to 65535");
    let said = refused("postgres://db?sslmode=on", &[]);
    assert!(said.starts_with("sslmode is \"on\" in the connection URL, but must be one of"));
    assert!(refused("postgres://db?connect_timeout=1s", &[]).contains("whole number"));
    assert!(refused("postgres://db?hostaddr=db", &[]).contains("IPv4"));
}

#[test]
fn unknown_and_unsupported_parameters_are_refused_by_name() {
    let said = refused("postgres://db?pgbouncer=true", &[]);
    assert_eq!(said, "unknown connection parameter \"pgbouncer\" in the connection URL");
    let said = refused("postgres://db", &[("PGREQUIREPEER", "postgres")]);
    assert_eq!(said, "the connection parameter requirepeer in PGREQUIREPEER is not supported");
    assert!(refused("postgres://db?gssencmode=require", &[]).contains("gssencmode"));
    resolved("postgres://db?gssencmode=disable&client_encoding=latin1", &[]);
}

#[test]
fn the_rest_of_an_unquoted_password_is_never_shown() {
    for url in ["postgres://db?password=s3&cret=1", "password=s3 cret=1", "postgres://a:s3@cret@h"]
    {
        let said = refused(url, &[]);
        assert!(!said.contains("s3") && !said.contains("cret"), "{said}");
    }
}

#[test]
fn the_connect_timeout_has_a_default_and_zero_waits_for_ever() {
    assert_eq!(resolved("", &[]).connect_timeout, Some(Duration::from_secs(10)));
    let timeout = |text| resolved("", &[("PGCONNECT_TIMEOUT", text)]).connect_timeout;
    assert_eq!(timeout("3"), Some(Duration::from_secs(3)));
    assert_eq!(timeout("0"), None);
    assert_eq!(timeout("-1"), None);
}

#[test]
fn the_application_calls_itself_turnback_unless_told_otherwise() {
    assert_eq!(resolved("", &[]).application_name, "turnback");
    assert_eq!(resolved("", &[("PGAPPNAME", "nightly")]).application_name, "nightly");
    assert_eq!(resolved("fallback_application_name=f", &[]).application_name, "f");
}

#[test]
fn the_password_file_is_asked_for_each_server() {
    let home = TempDir::new().expect("a directory");
    write_private(&home.path().join(".pgpass"), "h1:*:*:*:one\nh2:*:d:a:two\n");
    let home = environment(home.path(), &[]);
    let parameters = resolve(Some("postgres://a@h1,h2,h3/d"), &home).expect("resolves");
    let passwords = parameters.hosts.iter().map(|host| host.password.as_ref());
    let passwords: Vec<_> = passwords.map(|secret| secret.map(Secret::expose)).collect();
    assert_eq!(passwords, [Some("one"), Some("two"), None]);
    let parameters = resolve(Some("postgres://a:url@h1/d"), &home).expect("resolves");
    assert_eq!(password(&parameters), Some("url"));
}

#[cfg(unix)]
#[test]
fn a_password_file_others_may_read_is_ignored_with_a_word() {
    use std::os::unix::fs::PermissionsExt as _;
    let home = TempDir::new().expect("a directory");
    let file = home.path().join(".pgpass");
    write_private(&file, "*:*:*:*:pw");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).expect("sets the mode");
    let parameters =
        resolve(Some("postgres://a@h/d"), &environment(home.path(), &[])).expect("resolves");
    assert_eq!(password(&parameters), None);
    assert!(parameters.notices[0].contains("0600"), "{:?}", parameters.notices);
}

#[test]
fn a_password_appears_in_no_output() {
    let parameters = resolved("postgres://app:hunter2@db/d", &[]);
    assert_eq!(password(&parameters), Some("hunter2"));
    assert!(!format!("{parameters:?} {}", parameters.describe()).contains("hunter2"));
}

#[test]
fn a_root_certificate_that_exists_is_always_used() {
    let home = TempDir::new().expect("a directory");
    fs::create_dir(home.path().join(".postgresql")).expect("creates");
    fs::write(home.path().join(".postgresql/root.crt"), "").expect("writes");
    let with = environment(home.path(), &[]);
    let verification = |url, environment| {
        resolve(Some(url), environment).map(|parameters| parameters.ssl.verification())
    };
    let require = "postgres://db?sslmode=require";
    assert_eq!(verification(require, &with), Ok(Verification::Authority));
    let without = environment(Path::new("/nowhere"), &[]);
    assert_eq!(verification(require, &without), Ok(Verification::None));
    let full = "postgres://db?sslmode=verify-full&sslrootcert=ca.pem";
    assert_eq!(verification(full, &without), Ok(Verification::AuthorityAndName));
    let missing = verification("postgres://db?sslmode=verify-ca", &without);
    assert!(matches!(missing, Err(ConnectionSettingsError::RootCertMissing { .. })));
}

#[test]
fn the_systems_authorities_demand_full_verification() {
    let ssl = resolved("postgres://db?sslrootcert=system", &[]).ssl;
    assert_eq!((ssl.mode, ssl.root_cert), (SslMode::VerifyFull, RootCert::System));
    let said = refused("postgres://db?sslrootcert=system", &[("PGSSLMODE", "require")]);
    assert_eq!(said, "sslmode=require does not go with sslrootcert=system");
    let said = refused("postgres://db?sslnegotiation=direct", &[]);
    assert_eq!(said, "sslmode=prefer does not go with sslnegotiation=direct");
}

#[test]
fn a_client_certificate_is_taken_from_the_home_directory() {
    let home = TempDir::new().expect("a directory");
    let dir = home.path().join(".postgresql");
    fs::create_dir(&dir).expect("creates");
    fs::write(dir.join("postgresql.crt"), "").expect("writes");
    let parameters = resolve(Some(""), &environment(home.path(), &[]));
    assert!(parameters.is_err(), "an empty connection string is none");
    let parameters = resolve(None, &environment(home.path(), &[])).expect("resolves");
    let expected =
        ClientIdentity { certificate: dir.join("postgresql.crt"), key: dir.join("postgresql.key") };
    assert_eq!(parameters.ssl.client, Some(expected));
    let parameters = resolved("sslcert=c.pem sslkey=/k.pem", &[]);
    let expected = ClientIdentity { certificate: "/project/c.pem".into(), key: "/k.pem".into() };
    assert_eq!(parameters.ssl.client, Some(expected));
}
