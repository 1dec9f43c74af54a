//! The same on SQLite.

use crate::support::{PATIENCE, Project, Running, Signal, SqliteFile, poll};

/// A migration that writes more than the page cache holds and then takes as long as `pace` says.
fn paced() -> (SqliteFile, Project) {
    let file = SqliteFile::new();
    file.query(
        "CREATE TABLE log (what text); CREATE TABLE pace (rounds int);
         INSERT INTO pace VALUES (1000000000)",
    );
    let project = Project::new().url(&file.url());
    project.migration(1, "quick", "INSERT INTO log VALUES ('quick');", "DELETE FROM log;");
    let paced = "CREATE TABLE bulk (data blob);\n\
        INSERT INTO bulk WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n \
        WHERE i < 400) SELECT zeroblob(20000) FROM n;\n\
        INSERT INTO log WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n, pace \
        WHERE i < rounds) SELECT 'paced' FROM n WHERE i = (SELECT rounds FROM pace);\n";
    project.migration(2, "paced", paced, "DROP TABLE bulk; DELETE FROM log WHERE what = 'paced';");
    (file, project)
}

/// Starts a run and returns once its transaction has spilled into the database file.
fn in_the_middle(file: &SqliteFile, project: &Project) -> Running {
    let running = project.command(&["migrate", "--format", "json"]).spawn();
    let size = || std::fs::metadata(file.path()).map_or(0, |found| found.len());
    poll(PATIENCE, || (size() > 4_000_000).then_some(())).expect("it writes");
    running
}

#[track_caller]
fn assert_goes_on(file: &SqliteFile, project: &Project) {
    file.query("UPDATE pace SET rounds = 1");
    project.run(&["migrate"]).expect_code(0);
    assert_eq!(file.query("SELECT what FROM log"), "quick\npaced");
    assert_eq!(file.query("SELECT count(*) FROM bulk"), "400");
    assert_eq!(file.query("SELECT version FROM refinery_schema_history ORDER BY 1"), "1\n2");
    assert_eq!(file.files(), ["app.db"]);
}

#[test]
fn a_killed_run_is_taken_up_again() {
    let (file, project) = paced();
    let running = in_the_middle(&file, &project);
    running.signal(Signal::KILL);
    running.wait().expect_code(128 + 9);
    assert!(file.files().contains(&"app.db-journal".to_owned()), "{:?}", file.files());
    // What is only read finds the state before the transaction.
    let status = project.run(&["status", "--format", "json"]).expect_code(0).json();
    assert_eq!(status["migrations"][0]["state"], "applied");
    assert_eq!(status["migrations"][1]["state"], "pending");
    assert_goes_on(&file, &project);
}

#[test]
fn a_killed_run_is_taken_up_by_the_next_one_without_asking_for_the_status() {
    let (file, project) = paced();
    let running = in_the_middle(&file, &project);
    running.signal(Signal::KILL);
    running.wait().expect_code(128 + 9);
    project.run(&["rollback", "--force"]).expect_code(0);
    assert_eq!(file.query("SELECT count(*) FROM log"), "0");
}

#[test]
fn a_signal_interrupts_the_statement_and_rolls_back() {
    for signal in [Signal::INT, Signal::TERM] {
        let (file, project) = paced();
        let running = in_the_middle(&file, &project);
        running.signal(signal);
        let error = running.wait().expect_code(1).json()["error"].clone();
        assert_eq!(error["kind"], "interrupted");
        assert!(error["notes"].to_string().contains("nothing of V2__paced stands"), "{error}");
        assert_eq!(file.query("SELECT what FROM log"), "quick");
        let status = project.run(&["status", "--format", "json"]).json();
        assert_eq!(status["migrations"][1]["state"], "failed");
        assert_goes_on(&file, &project);
    }
}
