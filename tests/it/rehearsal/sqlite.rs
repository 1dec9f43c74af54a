//! Rehearsals on a copy of a `SQLite` file.

use super::statements;
use crate::support::{Project, SqliteFile};

fn given(sql: &str, up: &str) -> (SqliteFile, Project) {
    let file = SqliteFile::with(sql);
    let project = Project::new().url(&file.url());
    project.migration(1, "work", up, "SELECT 1;");
    (file, project)
}

const ROWS: &str = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) \
                    INSERT INTO users SELECT i, 'u' || i FROM n";

#[test]
fn rows_and_pages_are_counted_on_a_copy() {
    let (file, project) = given(
        &format!(
            "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT); {ROWS};
             CREATE TABLE log (id INTEGER PRIMARY KEY, user INTEGER);
             CREATE TRIGGER logged AFTER UPDATE ON users
             BEGIN INSERT INTO log (user) VALUES (new.id); END"
        ),
        "ALTER TABLE users ADD COLUMN seen INTEGER;
         UPDATE users SET seen = 1 WHERE id <= 400;
         CREATE INDEX by_name ON users (name);",
    );
    let before = file.trace();
    let run = project.run(&["plan", "--rehearse", "--format", "json"]).expect_code(0);
    let rows: Vec<_> =
        statements(&run).iter().map(|it| it["observed"]["rows_changed"].as_u64()).collect();
    // Each of the 400 rows writes one to the log.
    assert_eq!(rows, [Some(0), Some(800), Some(0)], "{run}");
    assert!(run.json()["migrations"][0]["pages_written"].as_u64() >= Some(10), "{run}");
    assert_eq!(file.trace(), before);
    let text = project.run(&["plan", "--rehearse"]).expect_code(0);
    assert!(text.stdout.contains(": changes 800 rows\n"), "{text}");
    assert!(text.stdout.contains("\nRehearsed on temporary SQLite files.\n"), "{text}");
}

#[test]
fn what_a_writer_has_not_committed_is_no_part_of_it() {
    let (file, project) = given(
        "CREATE TABLE t (id INTEGER PRIMARY KEY); INSERT INTO t VALUES (1)",
        "UPDATE t SET id = id + 10;",
    );
    let writer = file.connection();
    writer.pragma_update(None, "journal_mode", "wal").unwrap();
    writer.execute_batch("INSERT INTO t VALUES (2); BEGIN; INSERT INTO t VALUES (3)").unwrap();
    let run = project.run(&["plan", "--rehearse", "--format", "json"]).expect_code(0);
    assert_eq!(statements(&run)[0]["observed"]["rows_changed"], 2, "{run}");
}

#[test]
fn rows_without_a_parent_end_it_as_they_would_a_real_run() {
    let (file, project) = given(
        "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (p REFERENCES p); \
         INSERT INTO p VALUES (1); INSERT INTO c VALUES (1)",
        "DELETE FROM p;",
    );
    let run = project.run(&["plan", "--rehearse"]).expect_code(4);
    assert!(
        run.stdout.contains(
            "\nin the rehearsal, V1__work failed: the script leaves 1 row without the row their \
             foreign key names\n"
        ),
        "{run}"
    );
    let real = project.run(&["migrate", "-y"]).expect_code(1);
    assert!(real.stderr.contains("the script leaves 1 row without"), "{real}");
    assert_eq!(file.rows("SELECT count(*) FROM p"), ["1"]);
}

#[test]
fn a_file_is_always_copied_whole() {
    let (_file, project) = given("CREATE TABLE t (id INTEGER)", "SELECT 1;");
    let run = project.run(&["plan", "--rehearse", "--sample", "10"]).expect_code(2);
    assert!(run.stderr.contains("a SQLite file is copied with all its rows"), "{run}");
    project.run(&["plan", "--rehearse", "--sample", "all"]).expect_code(0);
    let run = project.run(&["plan", "--sample", "10"]).expect_code(2);
    assert!(run.stderr.contains("--rehearse"), "{run}");
}
