//! The program is killed in the middle of a statement.

use crate::support::{
    Cluster, Database, Project, Signal, SqliteFile, poll, sessions, wait_for_statement,
};

use super::{migrate, status};

/// A statement that takes as long as the table `pace` says, between two others.
const PACED: &str = "-- turnback:transaction off\n\
    INSERT INTO log VALUES ('one');\n\
    INSERT INTO log SELECT 'two' FROM pace, LATERAL pg_sleep(seconds);\n\
    INSERT INTO log VALUES ('three');\n";

fn paced() -> (Database, Project) {
    let database = Cluster::shared().database();
    database.psql(
        "CREATE TABLE log (what text); CREATE TABLE pace (seconds int);
         INSERT INTO pace VALUES (600)",
    );
    let project = Project::for_database(&database);
    project.migration(1, "paced", PACED, PACED);
    (database, project)
}

fn logged(database: &Database) -> String {
    database.psql("SELECT what FROM log").replace('\n', " ")
}

#[test]
fn a_killed_run_continues_with_the_statement_it_was_in() {
    let (database, project) = paced();
    let running = project.command(&["migrate"]).spawn();
    wait_for_statement(&database, "LATERAL pg_sleep");
    running.signal(Signal::KILL);
    running.wait().expect_code(128 + 9);
    let row = status(&project);
    assert_eq!((&row["state"], &row["finished_statements"]), (&"failed".into(), &1.into()));
    database.psql("UPDATE pace SET seconds = 0");
    // The server finds out by itself that nobody waits for the statement any more.
    migrate(&project).expect_code(0);
    assert_eq!(logged(&database), "one two three");

    // The same on the way back.
    database.psql("UPDATE pace SET seconds = 600");
    let running = project.command(&["rollback", "--force"]).spawn();
    wait_for_statement(&database, "LATERAL pg_sleep");
    running.signal(Signal::KILL);
    running.wait().expect_code(128 + 9);
    database.psql("UPDATE pace SET seconds = 0");
    project.run(&["rollback", "--force"]).expect_code(0);
    assert_eq!(logged(&database), "one two three one two three");
    assert_eq!(status(&project)["state"], "pending");
}

#[test]
fn an_interrupted_run_cancels_its_statement_and_continues_with_it() {
    let (database, project) = paced();
    let running = project.command(&["migrate"]).spawn();
    wait_for_statement(&database, "LATERAL pg_sleep");
    running.signal(Signal::INT);
    let run = running.wait().expect_code(1);
    assert!(run.stderr.contains("1 of the 3 statements of V1__paced have finished"), "{run}");
    assert_eq!(sessions(&database), "0");
    database.psql("UPDATE pace SET seconds = 0");
    migrate(&project).expect_code(0);
    assert_eq!(logged(&database), "one two three");
}

#[test]
fn a_killed_run_on_sqlite_continues_with_the_statement_it_was_in() {
    let file = SqliteFile::new();
    file.query(
        "CREATE TABLE log (what text); CREATE TABLE pace (rounds int);
         INSERT INTO pace VALUES (1000000000)",
    );
    let project = Project::new().url(&file.url());
    let script = "-- turnback:transaction off\n\
        INSERT INTO log VALUES ('one');\n\
        INSERT INTO log WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n, pace \
        WHERE i < rounds) SELECT 'two' FROM n WHERE i = (SELECT rounds FROM pace);\n\
        INSERT INTO log VALUES ('three');\n";
    project.migration(1, "paced", script, "SELECT 1;");
    let running = project.command(&["migrate"]).spawn();
    let first = || (file.query("SELECT count(*) FROM log") == "1").then_some(());
    poll(crate::support::PATIENCE, first).expect("the first statement is committed");
    running.signal(Signal::KILL);
    running.wait().expect_code(128 + 9);
    let row = status(&project);
    assert_eq!((&row["state"], &row["finished_statements"]), (&"failed".into(), &1.into()));
    file.query("UPDATE pace SET rounds = 1");
    migrate(&project).expect_code(0);
    assert_eq!(file.query("SELECT what FROM log"), "one\ntwo\nthree");
}
