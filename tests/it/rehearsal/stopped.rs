//! A rehearsal that is stopped in the middle.

use super::{alone, given, there};
use crate::support::{Cluster, OtherSession, PATIENCE, Signal, poll};

#[test]
fn interrupted_it_leaves_no_database() {
    let cluster = Cluster::private(&[]);
    let server = format!("postgres://postgres@127.0.0.1:{}/postgres", cluster.port());
    let (database, project) = given("CREATE TABLE t (id int)", "SELECT pg_sleep(600);");
    let before = database.dump();
    let run = there(project.command(&["plan", "--rehearse"])).env("TURNBACK_SCRATCH", &server);
    let run = run.spawn();
    let asleep = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'";
    poll(PATIENCE, || (cluster.psql(asleep) == "1").then_some(())).expect("it sleeps");
    run.signal(Signal::INT);
    let run = run.wait().expect_code(1);
    assert_eq!(run.stderr, "error: interrupted; nothing is left of the rehearsal\n");
    let left = "SELECT count(*) FROM pg_database WHERE datname LIKE 'turnback\\_scratch\\_%'";
    assert_eq!(cluster.psql(left), "0");
    assert_eq!(database.dump(), before);
}

#[test]
fn a_table_that_somebody_has_locked_is_waited_for_and_then_named() {
    let (database, project) = given("CREATE TABLE t (id int)", "SELECT 1;");
    let lock = "BEGIN; LOCK TABLE t";
    let other = OtherSession::holding(&database, "locker", lock);
    let run = alone(project.command(&["plan", "--rehearse"])).run().expect_code(1);
    assert!(run.stderr.contains("pg_dump could not read the schema of the database"), "{run}");
    assert!(run.stderr.contains("LOCK TABLE public.t IN ACCESS SHARE MODE"), "{run}");
    other.end();
}
