//! Events of the ledger, and that they stand or fall with the script.

use super::{Given, states};
use crate::support::snapshot::assert_run_snapshot;

/// Events in their order, texts resolved.
const EVENTS: &str = "
SELECT e.kind, e.version, e.name, s.body, r.body, e.failure
FROM turnback.event AS e
JOIN turnback.script AS s ON s.sha256 = e.script_sha256
JOIN turnback.script AS r ON r.sha256 = e.rollback_sha256
ORDER BY e.id";

#[test]
fn everything_that_happens_is_an_event_with_its_texts() {
    for given in Given::each() {
        let (up, down) = ("CREATE TABLE a (b int);", "DROP TABLE a;");
        given.project.migration(1, "a", up, down);
        given.project.migration(2, "b", "INSERT INTO missing VALUES (1);", "-- nothing");
        given.project.run(&["migrate"]).expect_code(1);
        given.project.run(&["rollback", "--force"]).expect_code(0);
        let events = given.sql(EVENTS);
        let events: Vec<&str> = events.lines().collect();
        assert_eq!(events.len(), 3, "{events:?}");
        assert_eq!(events[0], format!("applied|1|a|{up}|{down}|"));
        let failed = "failed|2|b|INSERT INTO missing VALUES (1);|-- nothing|";
        let message = events[1].strip_prefix(failed).expect("the second is the failure");
        let said = if given.is_postgres() {
            "relation \"missing\" does not exist"
        } else {
            "no such table: missing"
        };
        assert_eq!(message, said);
        assert_eq!(events[2], format!("rolled_back|1|a|{up}|{down}|"));
        let tool = env!("CARGO_PKG_VERSION");
        let each = "SELECT DISTINCT tool_version, duration_ms >= 0 AND duration_ms < 60000,
                    length(script_sha256), length(rollback_sha256), at > '2026-01-01'
                    FROM turnback.event";
        let yes = if given.is_postgres() { "t" } else { "1" };
        assert_eq!(given.sql(each), format!("{tool}|{yes}|64|64|{yes}"));
    }
}

#[test]
fn an_event_says_who_and_from_where() {
    let given = Given::postgres().applied();
    let who = "SELECT DISTINCT actor, host(client_address) FROM turnback.event";
    assert_eq!(given.sql(who), "postgres|127.0.0.1");
    let given = Given::sqlite().applied();
    let user = std::process::Command::new("id").arg("-un").output().unwrap();
    let user = String::from_utf8(user.stdout).unwrap();
    assert_eq!(given.sql("SELECT DISTINCT actor FROM turnback.event"), user.trim());
}

#[test]
fn the_checksum_is_that_of_the_text_as_every_system_has_it() {
    let given = Given::postgres();
    given.project.migration(1, "a", "\u{feff}CREATE TABLE a (b int);\r\n", "DROP TABLE a;\r\n");
    given.project.run(&["migrate"]).expect_code(0);
    let recorded = given.sql(
        "SELECT encode(sha256(convert_to(E'CREATE TABLE a (b int);\\n', 'UTF8')), 'hex')
                = e.script_sha256 FROM turnback.event AS e",
    );
    assert_eq!(recorded, "t");
}

#[test]
fn an_adoption_is_an_event_and_its_rollback_too() {
    for given in Given::each() {
        given.sql("CREATE TABLE users (id int)");
        let script = "-- turnback:adopt-if table users\nCREATE TABLE users (id int);";
        given.project.migration(1, "users", script, "DROP TABLE users;");
        given.project.run(&["migrate"]).expect_code(0);
        assert_eq!(given.states(), states([(1, "adopted")]));
        given.project.run(&["rollback", "--force"]).expect_code(0);
        assert!(given.has_table("users"));
        let kinds = given.sql("SELECT kind FROM turnback.event ORDER BY id");
        assert_eq!(kinds, "adopted\nrolled_back");
    }
}

#[test]
fn a_failed_migration_stands_nowhere_but_in_the_ledger() {
    for given in Given::each() {
        given.project.migration(1, "a", "CREATE TABLE a (b int);", "DROP TABLE a;");
        let script = "CREATE TABLE c (d int);\nINSERT INTO missing VALUES (1);\n";
        given.project.migration(2, "c", script, "DROP TABLE c;");
        let run = given.project.run(&["migrate"]).expect_code(1);
        assert_eq!((given.has_table("a"), given.has_table("c")), (true, false));
        assert_eq!(given.sql("SELECT version FROM refinery_schema_history"), "1");
        assert_eq!(given.states(), states([(1, "applied"), (2, "failed")]));
        let status = given.project.run(&["status", "--format", "json"]).json();
        let failure = status["migrations"][1]["failure"].as_str().expect("it says why");
        assert!(run.stderr.contains(failure), "{failure} is not in\n{run}");
        assert_eq!(given.project.run(&["status", "--exit-code"]).code, 3);
        if given.is_postgres() {
            assert_run_snapshot!(run, @r#"
            exit code: 1
            ----- stdout -----
            ----- stderr -----
            error: V2__c failed: relation "missing" does not exist
              --> migrations/V2__c.sql:2:13
               2 | INSERT INTO missing VALUES (1);
                 |             ^
              SQLSTATE: 42P01
              note: nothing of V2__c stands: its transaction was rolled back
              note: applied and standing: V1__a
              next: mend the script and run the same command again
            "#);
            assert_run_snapshot!(given.project.run(&["status"]), @r#"
            exit code: 0
            ----- stdout -----
            postgres://postgres@127.0.0.1:[port]/[database]

              VERSION  STATE    APPLIED                  NAME
              1        applied  [timestamp]  a
              2        failed                            c

            1 applied, 1 failed
            V2__c: the last attempt failed: relation "missing" does not exist
            ----- stderr -----
            "#);
        }
        given.project.write("migrations/V2__c.sql", "CREATE TABLE c (d int);\n");
        given.project.run(&["migrate"]).expect_code(0);
        assert_eq!(given.states(), states([(1, "applied"), (2, "applied")]));
        let status = given.project.run(&["status", "--format", "json"]).json();
        assert_eq!(status["migrations"][1]["failure"], serde_json::Value::Null);
    }
}

#[test]
fn a_failed_rollback_is_told_by_status_and_the_version_stands() {
    for given in Given::each() {
        given.project.migration(1, "a", "CREATE TABLE a (b int);", "DROP TABLE missing;");
        given.project.run(&["migrate"]).expect_code(0);
        given.project.run(&["rollback", "--force"]).expect_code(1);
        assert!(given.has_table("a"));
        assert_eq!(given.states(), states([(1, "applied")]));
        let status = given.project.run(&["status"]);
        assert!(status.stdout.contains("V1__a: the last attempt failed: "), "{status}");
    }
}

/// The error comes when everything else is written already: at the commit itself.
#[test]
fn what_fails_at_the_commit_leaves_neither_script_nor_record() {
    let given = Given::postgres();
    given.sql(
        "CREATE TABLE parent (id int PRIMARY KEY);
         CREATE TABLE child (id int REFERENCES parent DEFERRABLE INITIALLY DEFERRED)",
    );
    let script = "CREATE TABLE a (b int); INSERT INTO child VALUES (1);";
    given.project.migration(1, "a", script, "DROP TABLE a; INSERT INTO child VALUES (2);");
    let run = given.project.run(&["migrate"]).expect_code(1);
    assert!(run.stderr.contains("violates foreign key constraint"), "{run}");
    assert!(run.stderr.contains("SQLSTATE: 23503"), "{run}");
    assert!(run.stderr.contains("nothing of V1__a stands"), "{run}");
    assert!(!given.has_table("a"));
    let rows =
        "SELECT (SELECT count(*) FROM refinery_schema_history), (SELECT count(*) FROM child),
                (SELECT string_agg(kind, ' ' ORDER BY id) FROM turnback.event)";
    assert_eq!(given.sql(rows), "0|0|failed");
    given.sql("INSERT INTO parent VALUES (1)");
    given.project.run(&["migrate"]).expect_code(0);
    assert_eq!(given.sql(rows), "1|1|failed applied");
    // Back likewise.
    given.project.run(&["rollback", "--force"]).expect_code(1);
    assert_eq!(given.sql(rows), "1|1|failed applied failed");
    assert!(given.has_table("a"));
    assert_eq!(given.states(), states([(1, "applied")]));
}

#[test]
fn rows_without_their_parent_are_found_before_sqlite_commits() {
    let given = Given::sqlite();
    let first = "CREATE TABLE parent (id integer PRIMARY KEY);
                 CREATE TABLE child (id int REFERENCES parent (id));
                 INSERT INTO parent VALUES (1); INSERT INTO child VALUES (1);";
    given.project.migration(1, "a", first, "DROP TABLE child; DROP TABLE parent;");
    let orphaning = "CREATE TABLE b (c int); DELETE FROM parent;";
    given.project.migration(2, "b", orphaning, "DROP TABLE b;");
    let run = given.project.run(&["migrate"]).expect_code(1);
    let said = "the script leaves 1 row without the row their foreign key names";
    assert!(run.stderr.contains(said), "{run}");
    assert!(run.stderr.contains("child: row 1 names a missing row of parent"), "{run}");
    assert!(!given.has_table("b"));
    assert_eq!(given.sql("SELECT count(*) FROM parent"), "1");
    assert_eq!(given.states(), states([(1, "applied"), (2, "failed")]));
}

#[test]
fn a_script_cannot_write_its_own_record() {
    let given = Given::postgres();
    // It leaves another role, path and limits behind, which must not reach the record.
    given.sql("CREATE SCHEMA elsewhere");
    let script = "SET search_path TO elsewhere; SET statement_timeout = '10s';
                  SET SESSION AUTHORIZATION pg_monitor;";
    given.project.migration(1, "a", script, "-- nothing");
    given.project.migration(2, "b", "CREATE TABLE b (c int);", "DROP TABLE b;");
    given.project.run(&["migrate"]).expect_code(0);
    assert_eq!(given.states(), states([(1, "applied"), (2, "applied")]));
    let place = "SELECT schemaname, tableowner FROM pg_tables WHERE tablename = 'b'";
    assert_eq!(given.sql(place), "public|postgres");
}
