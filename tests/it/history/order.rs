//! Versions that come late, records edited by hand, ledgers of other programs.

use super::{Given, states};
use crate::support::snapshot::assert_run_snapshot;

/// Versions 1 and 3 are applied; 2 comes from another branch.
fn late(given: Given) -> Given {
    given.project.migration(1, "a", "CREATE TABLE a (x int);", "DROP TABLE a;");
    given.project.migration(3, "c", "CREATE TABLE c (x int);", "DROP TABLE c;");
    given.project.run(&["migrate"]).expect_code(0);
    given.project.migration(2, "b", "CREATE TABLE b (x int);", "DROP TABLE b;");
    given
}

#[test]
fn a_version_below_an_applied_one_is_refused() {
    for given in Given::each() {
        let given = late(given);
        for command in ["migrate", "plan"] {
            let run = given.project.run(&[command, "--format", "json"]).expect_code(4);
            assert_eq!(run.json()["error"]["kind"], "mismatch");
        }
        assert!(!given.has_table("b"));
        let status = given.project.run(&["status", "--format", "json"]).json();
        assert_eq!(status["migrations"][1]["out_of_order"], true);
        if given.is_postgres() {
            assert_run_snapshot!(given.project.run(&["migrate"]), @r#"
            exit code: 4
            ----- stdout -----
            ----- stderr -----
            error: V2__b is pending below V3, which is applied
              next: give the late ones a higher version than any that is applied
              next: or set `out_of_order = "apply"` in turnback.toml
            "#);
        }
    }
}

#[test]
fn a_late_version_is_applied_where_the_project_says_so() {
    for given in Given::each() {
        let given = late(given);
        given.project.write("turnback.toml", "out_of_order = \"apply\"\n");
        let plan = given.project.run(&["plan", "--format", "json"]).expect_code(0).json();
        assert_eq!(plan["migrations"][0]["out_of_order"], true);
        given.project.run(&["migrate"]).expect_code(0);
        assert_eq!(given.states(), states([(1, "applied"), (2, "applied"), (3, "applied")]));
        // The way back goes by version, not by time.
        given.project.run(&["rollback", "--force"]).expect_code(0);
        assert_eq!((given.has_table("b"), given.has_table("c")), (true, false));
    }
}

#[test]
fn a_history_row_that_somebody_removed_is_a_conflict() {
    for given in Given::each() {
        let given = given.applied();
        given.sql("DELETE FROM refinery_schema_history WHERE version = 2");
        assert_eq!(given.states(), states([(1, "applied"), (2, "conflict")]));
        assert_eq!(given.project.run(&["status", "--exit-code"]).code, 4);
        for command in [&["migrate"][..], &["plan"], &["rollback", "--force"]] {
            let run = given.project.run(&[command, &["--format", "json"]].concat()).expect_code(4);
            assert_eq!(run.json()["error"]["kind"], "mismatch");
        }
        if given.is_postgres() {
            assert_run_snapshot!(given.project.run(&["migrate"]), @r"
            exit code: 4
            ----- stdout -----
            ----- stderr -----
            error: V2__names is applied according to the ledger, but has no row in the history table
              next: somebody edited the history table; put its row back
            ");
        }
    }
}

#[test]
fn without_its_ledger_a_history_is_believed_by_its_checksums() {
    let given = Given::postgres().applied();
    given.sql("DROP SCHEMA turnback CASCADE");
    assert_eq!(given.states(), states([(1, "applied"), (2, "applied")]));
    let run = given.project.run(&["migrate"]).expect_code(0);
    assert!(run.stdout.contains("nothing left to apply"), "{run}");
    given.project.run(&["rollback", "--all", "--force"]).expect_code(0);
    assert!(!given.has_table("users"));
}

#[test]
fn a_row_for_a_version_the_ledger_never_saw_is_believed_by_its_checksum() {
    for given in Given::each() {
        let given = given.applied();
        given.project.migration(3, "more", "CREATE TABLE more (a int);", "DROP TABLE more;");
        given.sql(
            "INSERT INTO refinery_schema_history (version, name, applied_on, checksum)
             VALUES (3, 'more', '2026-01-31T12:00:00Z', '12345')",
        );
        assert_eq!(given.states(), states([(1, "applied"), (2, "applied"), (3, "changed")]));
        let run = given.project.run(&["migrate"]).expect_code(4);
        assert!(run.stderr.contains("refinery's checksum differs, and it kept no text"), "{run}");
    }
}

#[test]
fn a_history_edited_to_nonsense_breaks_nothing() {
    for given in Given::each() {
        for (column, value) in [
            ("applied_on", "'yesterday'"),
            ("applied_on", "NULL"),
            ("checksum", "'-1'"),
            ("checksum", "''"),
            ("name", "NULL"),
        ] {
            let project = &given.project;
            project.migration(1, "a", "CREATE TABLE a (x int);", "DROP TABLE a;");
            project.migration(2, "b", "CREATE TABLE b (x int);", "DROP TABLE b;");
            project.run(&["migrate", "--to", "1"]).expect_code(0);
            given.sql(&format!("UPDATE refinery_schema_history SET {column} = {value}"));
            assert_eq!(given.states(), states([(1, "applied"), (2, "pending")]));
            let run = project.run(&["migrate"]).expect_code(0);
            assert!(!run.stderr.contains("panicked"), "{run}");
            project.run(&["rollback", "--all", "--force"]).expect_code(0);
            assert!(!given.has_table("a"));
        }
    }
}

#[test]
fn a_ledger_of_a_newer_turnback_is_refused() {
    for given in Given::each() {
        let given = given.applied();
        given.sql("UPDATE turnback.format SET version = 99");
        for command in [&["status"][..], &["plan"], &["migrate"], &["rollback", "--force"]] {
            let run = given.project.run(command).expect_code(1);
            let headline = "error: the ledger has format 99; this turnback knows format 1\n";
            assert!(run.stderr.starts_with(headline), "{run}");
            assert!(run.stderr.contains("next: use the turnback that wrote it"), "{run}");
        }
        assert!(given.has_table("users"));
    }
}

#[test]
fn a_history_table_that_turnback_made_goes_with_its_last_version() {
    for given in Given::each() {
        let given = given.applied();
        given.project.run(&["rollback", "--force"]).expect_code(0);
        assert!(given.has_table("refinery_schema_history"));
        given.project.run(&["rollback", "--force"]).expect_code(0);
        assert!(!given.has_table("refinery_schema_history"));
        // And comes back.
        given.project.run(&["migrate"]).expect_code(0);
        assert_eq!(given.sql("SELECT count(*) FROM refinery_schema_history"), "2");
    }
}

#[test]
fn a_history_table_that_an_application_made_stays() {
    for given in Given::each() {
        given.sql(
            "CREATE TABLE refinery_schema_history (version int4 PRIMARY KEY, name varchar(255),
             applied_on varchar(255), checksum varchar(255))",
        );
        let given = given.applied();
        given.project.run(&["rollback", "--all", "--force"]).expect_code(0);
        assert_eq!(given.sql("SELECT count(*) FROM refinery_schema_history"), "0");
    }
}
