//! A cleanup that does not reach its end: what was deleted stays deleted, and is told.

use super::{EXPIRED, given_postgres, given_sqlite};
use crate::support::snapshot::assert_run_snapshot;
use crate::support::{Database, Project, Signal, poll, sessions, wait_for_statement};

/// 650 blocks of rows; the first batch goes, the second comes to a row that waits.
fn paced() -> (Database, Project) {
    let (database, project) = given_postgres(&[("log", "line = 'old'", "it is old"), EXPIRED]);
    database.psql(
        "ALTER TABLE sessions ADD COLUMN filler text;
         ALTER TABLE sessions ALTER COLUMN filler SET STORAGE PLAIN;
         CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
             PERFORM pg_sleep(600); RETURN OLD; END $$;
         CREATE TRIGGER wait BEFORE DELETE ON sessions
             FOR EACH ROW WHEN (OLD.id = 1200) EXECUTE FUNCTION wait();
         INSERT INTO sessions SELECT n, 1, repeat('x', 3800) FROM generate_series(4, 1300) AS n",
    );
    (database, project)
}

fn waits(database: &Database) {
    wait_for_statement(database, "gone AS (");
    // Rows of the first batch are seen to be gone.
    let first =
        || (database.psql("SELECT count(*) FROM sessions WHERE id = 2") == "0").then_some(());
    poll(crate::support::PATIENCE, first).expect("the first batch commits");
}

#[test]
fn an_interruption_keeps_what_was_deleted_and_says_so() {
    let (database, project) = paced();
    let running = project.command(&["cleanup", "--yes"]).spawn();
    waits(&database);
    running.signal(Signal::INT);
    let run = running.wait().expect_code(1);
    assert_eq!(sessions(&database), "0");
    let left = database.psql("SELECT count(*) FROM sessions");
    assert!((2..1300).contains(&left.parse::<u32>().unwrap()), "{left}");
    assert_eq!(database.psql("SELECT count(*) FROM log"), "2");
    assert_run_snapshot!(run);
    // The same command goes on.
    database.psql("DROP TRIGGER wait ON sessions");
    project.run(&["cleanup", "--yes"]).expect_code(0);
    assert_eq!(database.psql("SELECT id FROM sessions"), "1");
}

#[test]
fn an_interruption_tells_a_machine_what_was_deleted() {
    let (database, project) = paced();
    let running = project.command(&["cleanup", "--yes", "--format", "json"]).spawn();
    waits(&database);
    running.signal(Signal::TERM);
    let document = running.wait().expect_code(1).json();
    assert_eq!(document["error"]["kind"], "interrupted");
    let gone = 1300 - database.psql("SELECT count(*) FROM sessions").parse::<u64>().unwrap();
    let notes = document["error"]["notes"].to_string();
    assert!(notes.contains(&format!("{gone} rows of sessions")), "{gone}: {document}");
    assert!(notes.contains("1 row of log"), "{document}");
}

#[test]
fn a_row_that_cannot_go_stops_it_behind_the_batches_that_went() {
    let (file, project) = given_sqlite(&[EXPIRED]);
    file.execute(
        "WITH RECURSIVE n (i) AS (VALUES (4) UNION ALL SELECT i + 1 FROM n WHERE i < 2500)
         INSERT INTO sessions SELECT i, 1 FROM n;
         CREATE TABLE held (session integer REFERENCES sessions);
         INSERT INTO held VALUES (1500);",
    );
    let run = project.run(&["cleanup", "--yes", "--format", "json"]).expect_code(1);
    let error = &run.json()["error"];
    assert_eq!(error["sqlstate"], "SQLITE_CONSTRAINT_FOREIGNKEY", "{run}");
    assert!(error["notes"].to_string().contains("1000 rows of sessions"), "{run}");
    assert_eq!(file.query("SELECT count(*) FROM sessions"), "1500");
    assert_eq!(file.query("SELECT min(id) FROM sessions WHERE expired = 1"), "1002");
}
