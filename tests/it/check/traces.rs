//! Whatever a check does and however it ends, nothing of it is left.

use std::time::Duration;

use super::{given, given_postgres};
use crate::support::{
    Database, Either, PATIENCE, Running, Signal, SqliteFile, poll, sessions, wait_for_statement,
};

/// Catalog and rows, turnback's own among them, and the roles of this test.
fn everything(database: &Database) -> String {
    let roles = format!(
        "SELECT rolname FROM pg_roles WHERE rolname LIKE '{}%' ORDER BY rolname",
        database.name()
    );
    database.dump() + &database.psql(&roles)
}

/// All that a role of its own, DDL and settings could leave.
fn busy(role: &str) -> String {
    format!(
        "INSERT INTO accounts VALUES (2, 'bob@example.org');
         CREATE ROLE {role}; GRANT ALL ON accounts TO {role};
         CREATE TEMP TABLE scratch AS SELECT * FROM accounts;
         -- turnback:check a role sees what it was given
         ALTER TABLE accounts ADD COLUMN born date, ENABLE ROW LEVEL SECURITY;
         COMMENT ON TABLE accounts IS 'changed';
         CREATE FUNCTION never() RETURNS int LANGUAGE sql AS 'SELECT 1';
         SET SESSION AUTHORIZATION {role};
         SET ROLE {role};
         SET search_path = pg_catalog;
         SELECT 0 AS expected, count(*) AS actual FROM public.accounts;
         -- turnback:check the next one has the role and the path of the run
         SELECT 'postgres' AS expected, current_user AS actual;
         DELETE FROM accounts;
         DROP TABLE accounts;
         "
    )
}

#[test]
fn checks_leave_no_row_no_role_and_no_object() {
    let (database, project) = given_postgres("-- turnback:check a\nSELECT 1;");
    let before = everything(&database);
    let busy = busy(&format!("{}_check", database.name()));
    for (last, code) in [
        ("", 0),
        ("-- turnback:check fails\nSELECT 1 AS expected, 2 AS actual;", 4),
        ("-- turnback:check aborts\nDELETE FROM accounts; SELECT 1/0;", 4),
    ] {
        project.write("migrations/checks/accounts.sql", format!("{busy}{last}"));
        let run = project.run(&["check"]).expect_code(code);
        assert!(run.stdout.contains("nothing was changed"), "{run}");
        assert_eq!(everything(&database), before, "{last}");
    }
    project.write("migrations/checks/accounts.sql", format!("{busy}SELECT 1/0;"));
    project.run(&["check"]).expect_code(4);
    assert_eq!(everything(&database), before);
}

#[test]
fn an_interrupted_check_leaves_nothing() {
    let (database, project) = given_postgres("-- turnback:check a\nSELECT 1;");
    let before = everything(&database);
    let busy = busy(&format!("{}_check", database.name()));
    let slow = format!("{busy}-- turnback:check waits\nSELECT pg_sleep(600);");
    project.write("migrations/checks/accounts.sql", slow);
    for (signal, code) in [(Signal::INT, 1), (Signal::TERM, 1), (Signal::KILL, 128 + 9)] {
        let running = project.command(&["check", "--format", "json"]).spawn();
        wait_for_statement(&database, "pg_sleep(600)");
        running.signal(signal);
        let run = running.wait().expect_code(code);
        if code == 1 {
            assert_eq!(run.json()["error"]["kind"], "interrupted", "{run}");
        }
        // The server notices that a client was killed, long before the statement ends.
        let ended = || (sessions(&database) == "0").then_some(());
        poll(PATIENCE, ended).expect("the session ends with the run");
        assert_eq!(everything(&database), before);
    }
}

/// A SQLite database in use by an application that keeps more than fits a page.
fn filled(checks: &str) -> (SqliteFile, super::Project) {
    let place = Either::Sqlite(SqliteFile::new());
    let project = given(&place, checks);
    let Either::Sqlite(file) = place else { unreachable!("it was made two lines above") };
    file.execute(
        "WITH RECURSIVE n (i) AS (VALUES (2) UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
         INSERT INTO accounts SELECT i, i || '@example.org' FROM n;",
    );
    (file, project)
}

fn bytes(file: &SqliteFile) -> Vec<(String, String)> {
    file.trace().into_iter().map(|(name, bytes, _)| (name, bytes)).collect()
}

const EVERYWHERE: &str = "\
    UPDATE accounts SET email = 'x' || email;
    CREATE TABLE more (id integer PRIMARY KEY AUTOINCREMENT);
    INSERT INTO more DEFAULT VALUES;
    -- turnback:check the table goes
    DROP TABLE accounts;
    SELECT 0 AS expected, count(*) AS actual FROM sqlite_schema WHERE name = 'accounts';
";

#[test]
fn a_sqlite_file_is_the_same_byte_for_byte() {
    for wal in [false, true] {
        let (file, project) = filled(EVERYWHERE);
        if wal {
            file.execute("PRAGMA journal_mode = wal;");
        }
        let before = bytes(&file);
        project.run(&["check"]).expect_code(0);
        assert_eq!(bytes(&file), before);
        let failing = format!("{EVERYWHERE}SELECT 1 AS expected, 2 AS actual;");
        project.write("migrations/checks/accounts.sql", failing);
        project.run(&["check"]).expect_code(4);
        assert_eq!(bytes(&file), before);
    }
}

/// Waits until the run holds the write lock.
fn wait_for_writer(file: &SqliteFile, running: &mut Running) {
    let connection = file.connection();
    connection.busy_timeout(Duration::ZERO).expect("any timeout will do");
    let held = || connection.execute_batch("BEGIN IMMEDIATE; ROLLBACK").is_err().then_some(());
    poll(PATIENCE, held).expect("a check writes");
    assert!(running.is_running());
}

#[test]
fn an_interrupted_check_of_a_sqlite_file_leaves_nothing() {
    let endless = "-- turnback:check never ends\n\
                   WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n)\n\
                   SELECT 1 AS expected, count(*) AS actual FROM n;";
    let (file, project) = filled(&format!("{EVERYWHERE}{endless}"));
    let (before, rows) = (bytes(&file), "SELECT count(*), min(email), max(email) FROM accounts");
    let rows_before = file.rows(rows);
    for (signal, code) in [(Signal::INT, 1), (Signal::KILL, 128 + 9)] {
        let mut running = project.command(&["check", "--format", "json"]).spawn();
        wait_for_writer(&file, &mut running);
        running.signal(signal);
        let run = running.wait().expect_code(code);
        if code == 1 {
            assert_eq!(run.json()["error"]["kind"], "interrupted", "{run}");
            assert_eq!(bytes(&file), before);
        }
        // Reading rolls back what a killed run left half done.
        assert_eq!(file.rows(rows), rows_before);
    }
    // A journal that was never needed may stay beside it; SQLite passes over that.
    assert_eq!(bytes(&file)[0], before[0]);
}
