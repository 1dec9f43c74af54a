//! One runner works; others wait or leave with a clear word.

mod poolers;
mod takeover;

use crate::support::snapshot::assert_run_snapshot;
use crate::support::{
    Cluster, Database, Either, OtherSession, Project, Run, Running, Signal, SqliteFile, sessions,
    wait_for_statement,
};

/// A migration that sleeps as long as the table `pace` says.
fn paced() -> (Database, Project) {
    let database = Cluster::shared().database();
    database.psql("CREATE TABLE pace (seconds int); INSERT INTO pace VALUES (600)");
    let project = Project::for_database(&database);
    let up = "CREATE TABLE t1 (a int); SELECT pg_sleep(seconds) FROM pace;";
    project.migration(1, "one", up, "DROP TABLE t1;");
    (database, project)
}

/// A run that holds the lock, in the middle of its first migration.
fn holder(database: &Database, project: &Project) -> Running {
    let running = project.command(&["migrate"]).spawn();
    wait_for_statement(database, "pg_sleep(seconds)");
    running
}

#[test]
fn of_sixteen_one_applies_everything_and_fifteen_find_nothing_left_to_do() {
    for database in Either::both() {
        let project = database.project();
        for version in 1..=3 {
            let up = format!("CREATE TABLE t{version} (a int);");
            project.migration(version, "table", &up, &format!("DROP TABLE t{version};"));
        }
        let args = ["migrate", "--format", "json"];
        let running: Vec<Running> = (0..16).map(|_| project.command(&args).spawn()).collect();
        let runs: Vec<Run> = running.into_iter().map(Running::wait).collect();
        let mut applied = Vec::new();
        for run in runs {
            let done = run.expect_code(0).json()["migrations"].as_array().unwrap().len();
            applied.extend((done > 0).then_some(done));
        }
        assert_eq!(applied, [3], "one applied all of them");
        let event = database.ledger("event");
        let events = format!("SELECT version, kind FROM {event} ORDER BY id");
        assert_eq!(database.query(&events), "1|applied\n2|applied\n3|applied");
        assert_eq!(database.query("SELECT count(*) FROM refinery_schema_history"), "3");
        if let Either::Sqlite(file) = &database {
            assert_eq!(file.files(), ["app.db"]);
        }
    }
}

#[test]
fn of_sixteen_rollbacks_each_migration_is_rolled_back_by_one() {
    for database in Either::both() {
        let project = database.project();
        project.migration(1, "one", "CREATE TABLE t1 (a int);", "DROP TABLE t1;");
        project.migration(2, "two", "CREATE TABLE t2 (a int);", "DROP TABLE t2;");
        project.run(&["migrate"]).expect_code(0);
        let args = ["rollback", "--all", "--force"];
        let running: Vec<Running> = (0..16).map(|_| project.command(&args).spawn()).collect();
        let runs: Vec<Run> = running.into_iter().map(Running::wait).collect();
        // What the others agreed to is no longer so, or there is nothing left.
        let other = "the database changed since the plan was shown; nothing was done";
        let odd = runs.iter().find(|run| run.code != 0 && !run.stderr.contains(other));
        assert!(odd.is_none(), "{}", odd.unwrap());
        let winners = runs.iter().filter(|run| run.stdout.contains("2 migrations rolled back"));
        assert_eq!(winners.count(), 1);
    }
}

#[test]
fn whoever_does_not_want_to_wait_learns_who_is_at_work() {
    let (database, project) = paced();
    let first = holder(&database, &project);
    let pid = wait_for_statement(&database, "pg_sleep(seconds)");
    let second = project.run(&["migrate", "--runner-wait", "1s"]).expect_code(5);
    assert!(second.stderr.contains(&format!("user postgres, pid {pid}")), "{second}");
    assert_run_snapshot!(second);
    let json = project.run(&["migrate", "--runner-wait", "0s", "--format", "json"]).expect_code(5);
    let error = &json.json()["error"];
    assert_eq!(error["kind"], "runner_lock");
    assert!(error["message"].as_str().unwrap().contains("turnback from 127.0.0.1"), "{error}");
    drop(first);
}

#[test]
fn whoever_waits_goes_on_when_the_holder_is_done() {
    let (database, project) = paced();
    let first = holder(&database, &project);
    let mut second = project.command(&["migrate"]).spawn();
    second.wait_for_stderr("another runner is at work (pid ");
    // The first one's statement keeps to the pace it has seen.
    database.psql("UPDATE pace SET seconds = 0");
    first.signal(Signal::INT);
    first.wait().expect_code(1);
    let second = second.wait().expect_code(0);
    assert!(second.stdout.contains("1 migration applied"), "{second}");
}

#[test]
fn a_waiting_runner_can_be_interrupted() {
    let (database, project) = paced();
    let first = holder(&database, &project);
    let mut second = project.command(&["migrate", "--format", "json"]).spawn();
    second.wait_for_stderr("waiting up to 60 s");
    second.signal(Signal::INT);
    let error = second.wait().expect_code(1).json()["error"].clone();
    assert_eq!(error["kind"], "interrupted");
    drop(first);
}

#[test]
fn a_waiting_runner_has_no_transaction_open() {
    let (database, project) = paced();
    let first = holder(&database, &project);
    let mut second = project.command(&["migrate"]).spawn();
    second.wait_for_stderr("another runner is at work");
    assert_eq!(sessions(&database), "2");
    // A transaction, or a wait in the lock's queue, would keep a concurrent index build of the
    // first waiting for ever.
    let pid = wait_for_statement(&database, "pg_sleep(seconds)");
    let open = format!(
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'turnback' \
         AND datname = current_database() AND pid <> {pid} \
         AND (wait_event_type = 'Lock' OR state LIKE 'idle in transaction%')"
    );
    for _ in 0..20 {
        assert_eq!(database.psql(&open), "0");
    }
    drop((first, second));
}

#[test]
fn a_killed_holder_lets_the_next_one_in() {
    let (database, project) = paced();
    let first = holder(&database, &project);
    first.signal(Signal::KILL);
    first.wait().expect_code(128 + 9);
    database.psql("UPDATE pace SET seconds = 0");
    // Well before its statement would have ended.
    project.run(&["migrate", "--runner-wait", "20s"]).expect_code(0);
}

#[test]
fn a_killed_holder_of_a_sqlite_file_lets_the_next_one_in_at_once() {
    let file = SqliteFile::new();
    let project = Project::new().url(&file.url());
    let slow = "CREATE TABLE t AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n \
                WHERE i < 1000000000) SELECT count(*) FROM n;";
    project.migration(1, "slow", slow, "DROP TABLE t;");
    let first = project.command(&["migrate"]).spawn();
    let locked = || file.files().contains(&"app.db.turnback-lock".to_owned()).then_some(());
    crate::support::poll(crate::support::PATIENCE, locked).expect("it takes the lock");
    let second = project.run(&["migrate", "--runner-wait", "0s"]).expect_code(5);
    assert!(second.stderr.contains("another runner holds the lock: pid "), "{second}");
    first.signal(Signal::KILL);
    first.wait().expect_code(128 + 9);
    project.migration(1, "slow", "CREATE TABLE t (a int);", "DROP TABLE t;");
    project.run(&["migrate", "--runner-wait", "0s"]).expect_code(0);
    assert_eq!(file.files(), ["app.db"]);
}

#[test]
fn two_sets_in_one_database_wait_for_each_other() {
    let (database, one) = paced();
    let other = Project::new();
    other.migration(1, "other", "CREATE TABLE theirs (a int);", "DROP TABLE theirs;");
    database.psql("CREATE SCHEMA theirs");
    let url = database.url();
    let args = ["migrate", "--schema", "theirs"];
    let first = holder(&database, &one);
    let refused = [&args[..], &["--runner-wait", "0s"]].concat();
    other.command(&refused).env("DATABASE_URL", &url).run().expect_code(5);
    drop(first);
    database.psql("UPDATE pace SET seconds = 0");
    let both =
        [one.command(&["migrate"]).spawn(), other.command(&args).env("DATABASE_URL", &url).spawn()];
    for running in both {
        running.wait().expect_code(0);
    }
    let events =
        "SELECT schema_name, version FROM turnback.event WHERE kind = 'applied' ORDER BY 1";
    assert_eq!(database.psql(events), "public|1\ntheirs|1");
    assert_eq!(database.psql("SELECT count(*) FROM theirs.theirs"), "0");
}

#[test]
fn a_lock_held_by_anybody_else_is_respected() {
    let (database, project) = paced();
    let key = (i32::from_be_bytes(*b"turn"), i32::from_be_bytes(*b"back"));
    let sql = format!("SELECT pg_advisory_lock({}, {})", key.0, key.1);
    let operator = OtherSession::holding(&database, "operator", &sql);
    let run = project.run(&["migrate", "--runner-wait", "0s"]).expect_code(5);
    assert!(run.stderr.contains("operator"), "{run}");
    operator.end();
    database.psql("UPDATE pace SET seconds = 0");
    project.run(&["migrate", "--runner-wait", "0s"]).expect_code(0);
}
