//! Servers, databases and the pooler.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, kill_process, test_kill_process};

use crate::support::{Cluster, Login, PATIENCE, Pooler, Secured, Signal, poll, psql_at};

const SOON: Duration = Duration::from_secs(10);

#[test]
fn a_database_answers_and_is_dropped() {
    let cluster = Cluster::shared();
    let database = cluster.database();
    assert_eq!(database.psql("SELECT 1, 'two'; SELECT 3"), "1|two\n3");
    let error = database.try_psql("SELECT nothing").unwrap_err();
    assert!(error.contains("column \"nothing\" does not exist"), "{error}");
    let name = database.name().to_owned();
    let count =
        || cluster.psql(&format!("SELECT count(*) FROM pg_database WHERE datname = '{name}'"));
    assert_eq!(count(), "1");
    drop(database);
    assert_eq!(count(), "0");
    assert!(cluster.psql("SHOW server_version").starts_with(&Cluster::major().to_string()));
}

#[test]
fn both_ways_to_a_database_lead_there() {
    let cluster = Cluster::shared();
    let database = cluster.database();
    for url in [database.url(), database.socket_url()] {
        assert_eq!(client_at(&url, &[]), Ok(database.name().to_owned()));
    }
    assert!(database.url().contains(&format!(":{}/", cluster.port())));
    assert!(cluster.sockets().join(format!(".s.PGSQL.{}", cluster.port())).exists());
}

#[test]
fn equal_databases_have_equal_dumps() {
    let cluster = Cluster::shared();
    let one = cluster.database();
    one.psql(
        "CREATE TABLE t (a int PRIMARY KEY); INSERT INTO t VALUES (1); CREATE SCHEMA turnback",
    );
    let copy = one.copy();
    assert_eq!(copy.psql("SELECT a FROM t"), "1");
    assert_eq!(one.dump(), copy.dump());
    assert!(one.dump().contains("CREATE SCHEMA turnback"));
    let other = cluster.database();
    other.psql("CREATE TABLE t (a int PRIMARY KEY)");
    let options = ["--schema-only", "--exclude-schema=turnback"];
    assert_eq!(one.dump_with(&options), other.dump_with(&options));
    assert_ne!(one.dump(), other.dump());
}

#[test]
fn a_private_server_survives_its_crash() {
    let mut cluster = Cluster::private(&[("wal_level", "logical"), ("max_wal_senders", "4")]);
    let database = cluster.database();
    database.psql("CREATE TABLE t AS SELECT 1 AS a");
    assert_eq!(database.psql("SHOW wal_level"), "logical");
    cluster.crash();
    assert!(database.try_psql("SELECT 1").is_err());
    cluster.start();
    assert_eq!(database.psql("SELECT a FROM t"), "1");
    assert!(cluster.log().contains("automatic recovery in progress"), "{}", cluster.log());
}

/// Runs itself as another process, which starts a server and is killed.
#[test]
fn a_killed_test_process_leaves_no_server() {
    const ROLE: &str = "TURNBACK_TEST_ROLE";
    const VICTIM: &str = "victim";
    if std::env::var(ROLE).is_ok_and(|role| role == VICTIM) {
        let cluster = Cluster::private(&[]);
        let data = cluster.psql("SHOW data_directory");
        println!("\nserver of {data}");
        std::thread::sleep(PATIENCE);
        return;
    }
    for supervisor_dies_too in [false, true] {
        let mut victim = Command::new(std::env::current_exe().unwrap());
        victim.args(["--exact", "--nocapture"]);
        victim.arg("support_works::servers::a_killed_test_process_leaves_no_server");
        let mut victim = victim.env(ROLE, VICTIM).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(victim.stdout.take().unwrap()).lines().map(Result::unwrap);
        let data = lines.find_map(|line| Some(PathBuf::from(line.strip_prefix("server of ")?)));
        let data = data.expect("the victim starts a server");
        let pid_file = std::fs::read_to_string(data.join("postmaster.pid")).unwrap();
        let server = Pid::from_raw(pid_file.lines().next().unwrap().parse().unwrap()).unwrap();
        if supervisor_dies_too {
            let status =
                std::fs::read_to_string(format!("/proc/{}/status", server.as_raw_nonzero()));
            let status = status.unwrap();
            let parent = status.lines().find_map(|line| line.strip_prefix("PPid:")).unwrap();
            let supervisor = Pid::from_raw(parent.trim().parse().unwrap()).unwrap();
            kill_process(supervisor, Signal::KILL).unwrap();
        }
        victim.kill().unwrap();
        victim.wait().unwrap();
        if supervisor_dies_too {
            assert!(test_kill_process(server).is_ok(), "nobody was there to end the server");
            drop(Cluster::private(&[]));
        }
        let place = data.parent().unwrap();
        let gone = || (test_kill_process(server).is_err() && !place.exists()).then_some(());
        poll(SOON, gone).unwrap_or_else(|| panic!("{} is still there", place.display()));
    }
}

#[test]
fn the_secured_server_asks_for_a_password() {
    let secured = Secured::shared();
    let database = secured.database();
    let url = secured.url(&database, Login::Password);
    assert_eq!(client_at(&url, &[]), Ok(database.name().to_owned()));
    assert_eq!(client_at(&url, &[("PGSSLMODE", "disable")]), Ok(database.name().to_owned()));
    let wrong = url.replace(Secured::ENCODED_PASSWORD, "wrong");
    let error = client_at(&wrong, &[]).unwrap_err();
    assert!(error.contains("password authentication failed"), "{error}");
    let url = secured.url(&database, Login::PasswordOverTls);
    assert_eq!(client_at(&url, &[("PGSSLMODE", "require")]), Ok(database.name().to_owned()));
    let error = client_at(&url, &[("PGSSLMODE", "disable")]).unwrap_err();
    assert!(error.contains("pg_hba.conf rejects"), "{error}");
}

#[test]
fn the_secured_server_shows_and_asks_for_certificates() {
    let secured = Secured::shared();
    let database = secured.database();
    let files = &secured.certificates;
    let path = |path: PathBuf| path.into_os_string().into_string().unwrap();
    let (ca, other) = (path(files.ca()), path(files.other_ca()));
    let (certificate, key) = (path(files.client()), path(files.client_key()));
    let known = [("PGSSLMODE", "verify-full"), ("PGSSLROOTCERT", &*ca)];
    let unknown = [("PGSSLMODE", "verify-ca"), ("PGSSLROOTCERT", &*other)];
    let url = secured.url(&database, Login::Password);
    assert_eq!(client_at(&url, &known), Ok(database.name().to_owned()));
    let error = client_at(&url, &unknown).unwrap_err();
    assert!(error.contains("certificate verify failed"), "{error}");
    let error = client_at(&url.replace("localhost", "127.0.0.1"), &known).unwrap_err();
    assert!(error.contains("does not match host name"), "{error}");

    let url = secured.url(&database, Login::Certificate);
    let mut with_identity = known.to_vec();
    with_identity.extend([("PGSSLCERT", &*certificate), ("PGSSLKEY", &*key)]);
    assert_eq!(client_at(&url, &with_identity), Ok(database.name().to_owned()));
    let error = client_at(&url, &known).unwrap_err();
    assert!(error.contains("valid client certificate"), "{error}");
}

#[test]
fn the_pooler_pools_transactions_or_sessions() {
    let database = Cluster::shared().database();
    let transactions = Pooler::transaction(&database);
    let sessions = Pooler::session(&database);
    for pooler in [&transactions, &sessions] {
        assert_eq!(client_at(pooler.url(), &[]), Ok(database.name().to_owned()));
    }
    // What a session sets outlives it where connections are handed on after each transaction.
    let setting = "SELECT current_setting('search_path')";
    for (pooler, expected) in [(&transactions, "leaked"), (&sessions, "\"$user\", public")] {
        psql_at(pooler.url(), "SET search_path = leaked", &[]).unwrap();
        assert_eq!(psql_at(pooler.url(), setting, &[]).unwrap(), expected);
    }
    let error = client_at(transactions.url(), &[("PGOPTIONS", "-c search_path=x")]).unwrap_err();
    assert!(error.contains("unsupported startup parameter"), "{error}");
}

/// Connects as `psql` does, and says to which database.
fn client_at(url: &str, env: &[(&str, &str)]) -> Result<String, String> {
    psql_at(url, "SELECT current_database()", env)
}
