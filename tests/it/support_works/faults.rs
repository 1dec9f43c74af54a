//! The proxy's counting and its faults, with `psql` as the client.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::support::{Cluster, Database, Fault, Moment, Proxy, Trigger, psql_at};

const SOON: Duration = Duration::from_secs(10);
const A_MOMENT: Duration = Duration::from_millis(300);

/// Connects without TLS, whose negotiation would be a round trip of its own.
fn through(proxy: &Proxy, database: &Database, sql: &str) -> Result<String, String> {
    psql_at(&proxy.url_for(database), sql, &[("PGSSLMODE", "disable"), ("PGGSSENCMODE", "disable")])
}

fn with_table() -> (Database, Proxy) {
    let database = Cluster::shared().database();
    database.psql("CREATE TABLE t (a int)");
    let proxy = Proxy::for_database(&database);
    (database, proxy)
}

#[test]
fn round_trips_are_counted() {
    let (database, proxy) = with_table();
    assert_eq!(proxy.round_trips(), 0);
    assert_eq!(through(&proxy, &database, "SELECT 1"), Ok("1".to_owned()));
    // One to start the session, one for the query.
    assert_eq!(proxy.round_trips(), 2);
    assert_eq!(through(&proxy, &database, "SELECT 1; SELECT 2; SELECT 3;"), Ok("1\n2\n3".into()));
    assert_eq!(proxy.round_trips(), 2 + 1 + 3);
}

#[test]
fn a_cut_before_the_commit_loses_the_transaction() {
    let (database, proxy) = with_table();
    proxy.cut_when(b"commit", Moment::BeforeForwarding);
    through(&proxy, &database, "BEGIN; INSERT INTO t VALUES (1); COMMIT;").unwrap_err();
    assert_eq!((proxy.fired(), &*database.psql("SELECT count(*) FROM t")), (1, "0"));
    through(&proxy, &database, "BEGIN; INSERT INTO t VALUES (1); COMMIT;").unwrap();
}

#[test]
fn a_cut_after_the_commit_loses_only_the_answer() {
    let (database, proxy) = with_table();
    proxy.cut_when(b"COMMIT", Moment::AfterReply);
    through(&proxy, &database, "BEGIN; INSERT INTO t VALUES (1); COMMIT;").unwrap_err();
    assert_eq!((proxy.fired(), &*database.psql("SELECT count(*) FROM t")), (1, "1"));
}

#[test]
fn a_cut_at_a_round_trip_comes_then() {
    let (database, proxy) = with_table();
    // The first is the start of the session.
    proxy.when(Trigger::RoundTrip(3), Moment::BeforeForwarding, Fault::Cut);
    let script = "INSERT INTO t VALUES (1); INSERT INTO t VALUES (2); INSERT INTO t VALUES (3);";
    through(&proxy, &database, script).unwrap_err();
    assert_eq!(database.psql("SELECT max(a) FROM t"), "1");
}

#[test]
fn a_frozen_connection_waits_and_goes_on() {
    let (database, proxy) = with_table();
    proxy.when(Trigger::Sent(b"VALUES (2)".to_vec()), Moment::BeforeForwarding, Fault::Freeze);
    let (done, finished) = mpsc::channel();
    thread::scope(|scope| {
        scope.spawn(|| {
            let script = "INSERT INTO t VALUES (1); INSERT INTO t VALUES (2);";
            done.send(through(&proxy, &database, script)).unwrap();
        });
        assert!(finished.recv_timeout(A_MOMENT).is_err());
        assert_eq!((proxy.fired(), &*database.psql("SELECT max(a) FROM t")), (1, "1"));
        proxy.thaw();
        finished.recv_timeout(SOON).unwrap().unwrap();
    });
    assert_eq!(database.psql("SELECT max(a) FROM t"), "2");
    proxy.freeze();
    proxy.thaw();
    assert_eq!(through(&proxy, &database, "SELECT 1"), Ok("1".to_owned()));
}

#[test]
fn connections_can_be_cut_and_refused_at_any_time() {
    let (database, proxy) = with_table();
    thread::scope(|scope| {
        let sleeper = scope.spawn(|| through(&proxy, &database, "SELECT 'asleep', pg_sleep(60)"));
        let asleep = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%''asleep''%60)'";
        while database.psql(asleep) == "0" {
            thread::sleep(Duration::from_millis(10));
        }
        proxy.cut();
        sleeper.join().unwrap().unwrap_err();
    });
    proxy.close();
    through(&proxy, &database, "SELECT 1").unwrap_err();
    proxy.open();
    through(&proxy, &database, "SELECT 1").unwrap();
    assert!(proxy.url_for(&database).contains(&format!(":{}/", proxy.port())));
}
