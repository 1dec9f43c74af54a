//! Files that are no longer what was applied.

use super::{Given, states};
use crate::support::snapshot::assert_run_snapshot;

const EDITED: &str = "ALTER TABLE users ADD COLUMN name text NOT NULL;\n";

#[test]
fn a_changed_file_stops_migrate_with_the_diff_of_both_texts() {
    for given in Given::each() {
        let given = given.applied();
        given.project.write("migrations/V2__names.sql", EDITED);
        given.project.migration(3, "more", "CREATE TABLE more (a int);", "DROP TABLE more;");
        assert_eq!(given.states(), states([(1, "applied"), (2, "changed"), (3, "pending")]));
        for command in ["migrate", "plan"] {
            let document = given.project.run(&[command, "--format", "json"]).expect_code(4).json();
            let error = &document["error"];
            assert_eq!((&document["ok"], &document["exit_code"]), (&false.into(), &4.into()));
            assert_eq!(error["kind"], "mismatch");
            let diff = error["diff"].as_str().expect("there is a diff");
            assert!(diff.contains("-ALTER TABLE users ADD COLUMN name text;\n"), "{diff}");
            assert!(diff.contains(&format!("+{EDITED}")), "{diff}");
        }
        assert!(!given.has_table("more"));
        assert_eq!(given.project.run(&["status", "--exit-code"]).code, 4);
        if given.is_postgres() {
            assert_run_snapshot!(given.project.run(&["migrate"]), @"
            exit code: 4
            ----- stdout -----
            ----- stderr -----
            error: migrations/V2__names.sql has changed since V2__names was applied
              --> migrations/V2__names.sql

            --- as applied
            +++ migrations/V2__names.sql
            @@ -1 +1 @@
            -ALTER TABLE users ADD COLUMN name text;
            +ALTER TABLE users ADD COLUMN name text NOT NULL;

              next: put the applied text back, and make the change in a new migration
            ");
        }
    }
}

#[test]
fn line_ends_and_a_byte_order_mark_are_no_change() {
    for given in Given::each() {
        given.project.migration(1, "a", "CREATE TABLE a (\n  b int\n);\n", "DROP TABLE a;\n");
        given.project.run(&["migrate"]).expect_code(0);
        let windows = "\u{feff}CREATE TABLE a (\r\n  b int\r\n);\r\n";
        given.project.migration(1, "a", windows, "DROP TABLE a;\r\n");
        assert_eq!(given.states(), states([(1, "applied")]));
        given.project.run(&["migrate"]).expect_code(0);
        given.project.run(&["rollback", "--force"]).expect_code(0);
    }
}

#[test]
fn the_applied_text_put_back_ends_the_mismatch() {
    let given = Given::postgres().applied();
    let applied = given.project.read("migrations/V2__names.sql");
    given.project.write("migrations/V2__names.sql", EDITED);
    given.project.run(&["migrate"]).expect_code(4);
    given.project.write("migrations/V2__names.sql", applied);
    given.project.run(&["migrate"]).expect_code(0);
}

#[test]
fn several_changed_files_come_with_a_diff_each() {
    let given = Given::postgres().applied();
    given.project.write("migrations/V1__users.sql", "CREATE TABLE users (id bigint);");
    given.project.write("migrations/V2__names.sql", EDITED);
    let run = given.project.run(&["migrate"]).expect_code(4);
    assert!(run.stderr.starts_with("error: 2 migrations differ from what is recorded\n"), "{run}");
    for part in ["-CREATE TABLE users (id int);", "+CREATE TABLE users (id bigint);", EDITED] {
        assert!(run.stderr.contains(part), "{part:?} is missing:\n{run}");
    }
}

#[test]
fn a_missing_file_stops_migrate() {
    for given in Given::each() {
        let given = given.applied();
        given.project.remove("migrations/V2__names.sql").remove("rollbacks/V2__names.sql");
        given.project.migration(3, "more", "CREATE TABLE more (a int);", "DROP TABLE more;");
        assert_eq!(given.states(), states([(1, "applied"), (2, "missing"), (3, "pending")]));
        let document = given.project.run(&["migrate", "--format", "json"]).expect_code(4).json();
        assert_eq!(document["error"]["kind"], "mismatch");
        assert!(!given.has_table("more"));
        if given.is_postgres() {
            assert_run_snapshot!(given.project.run(&["migrate"]), @r"
            exit code: 4
            ----- stdout -----
            ----- stderr -----
            error: V2__names is recorded as applied, but its file is missing
              next: restore the file; or roll the version back, its rollback is recorded
            ");
        }
    }
}

#[test]
fn rollback_needs_no_files_of_what_it_rolls_back() {
    for given in Given::each() {
        let given = given.applied();
        for version in ["V1__users", "V2__names"] {
            given.project.remove(&format!("migrations/{version}.sql"));
            given.project.remove(&format!("rollbacks/{version}.sql"));
        }
        // The directory is another image's by now.
        given.project.migration(7, "other", "CREATE TABLE other (a int);", "DROP TABLE other;");
        assert_eq!(given.states(), states([(1, "missing"), (2, "missing"), (7, "pending")]));
        let dry = given.project.run(&["rollback", "--dry-run", "--format", "json"]);
        let dry = dry.expect_code(0).json();
        assert_eq!(dry["migrations"][0]["version"], 2);
        assert_eq!(dry["migrations"][0]["source"], "recorded");
        let run = given.project.run(&["rollback", "--all", "--force"]).expect_code(0);
        assert!(run.stdout.contains("2 migrations rolled back"), "{run}");
        assert!(!given.has_table("users"));
        assert_eq!(given.states(), states([(7, "pending")]));
    }
}

#[test]
fn a_failing_recorded_rollback_is_shown_with_its_text() {
    let given = Given::postgres().applied();
    given.project.remove("migrations/V2__names.sql").remove("rollbacks/V2__names.sql");
    given.sql("ALTER TABLE users DROP COLUMN name");
    assert_run_snapshot!(given.project.run(&["rollback", "--force"]), @r#"
    exit code: 1
    ----- stdout -----
    ----- stderr -----
    note: Changed since by others, and lost with the rollback:
    V2__names:
      missing: column public.users.name
        - name text
        - -- position: 2
    error: V2__names could not be rolled back: column "name" of relation "users" does not exist
      --> V2__names (recorded rollback):1:1
       1 | ALTER TABLE users DROP COLUMN name;
         | ^
      SQLSTATE: 42703
      note: nothing of V2__names stands: its transaction was rolled back
      next: mend the script and run the same command again
    "#);
    assert_eq!(given.states(), states([(1, "applied"), (2, "missing")]));
}

/// What was recorded renames the column back; the file now drops it.
fn changed_rollback(given: Given) -> Given {
    given.project.migration(1, "a", "CREATE TABLE a (b int, c int);", "DROP TABLE a;");
    let back = "ALTER TABLE a RENAME COLUMN d TO c;\n";
    given.project.migration(2, "b", "ALTER TABLE a RENAME COLUMN c TO d;\n", back);
    given.project.run(&["migrate"]).expect_code(0);
    given.project.write("rollbacks/V2__b.sql", "ALTER TABLE a DROP COLUMN d;\n");
    given
}

#[test]
fn a_changed_rollback_stops_rollback_until_its_text_is_chosen() {
    for given in Given::each() {
        let given = changed_rollback(given);
        let status = given.project.run(&["status", "--format", "json"]).json();
        assert_eq!(status["migrations"][0]["rollback_changed"], false);
        assert_eq!(status["migrations"][1]["rollback_changed"], true);
        assert_eq!(given.project.run(&["status", "--exit-code"]).code, 4);
        given.project.run(&["migrate"]).expect_code(0);
        let json = given.project.run(&["rollback", "--force", "--format", "json"]);
        let error = json.expect_code(4).json()["error"].clone();
        assert_eq!(error["kind"], "mismatch");
        let diff = error["diff"].as_str().expect("there is a diff");
        assert!(diff.contains("-ALTER TABLE a RENAME COLUMN d TO c;\n"), "{diff}");
        assert!(diff.contains("+ALTER TABLE a DROP COLUMN d;\n"), "{diff}");
        assert_eq!(given.sql("SELECT d FROM a"), "");
        if given.is_postgres() {
            assert_run_snapshot!(given.project.run(&["rollback", "--force"]), @"
            exit code: 4
            ----- stdout -----
            ----- stderr -----
            error: rollbacks/V2__b.sql has changed since V2__b was applied
              --> rollbacks/V2__b.sql

            --- as applied
            +++ rollbacks/V2__b.sql
            @@ -1 +1 @@
            -ALTER TABLE a RENAME COLUMN d TO c;
            +ALTER TABLE a DROP COLUMN d;

              next: choose the text to run: `--script recorded` or `--script file`
            ");
        }
    }
}

#[test]
fn the_recorded_rollback_may_be_chosen() {
    for given in Given::each() {
        let given = changed_rollback(given);
        given.project.run(&["rollback", "--force", "--script", "recorded"]).expect_code(0);
        assert_eq!(given.sql("SELECT b, c FROM a"), "");
        assert_eq!(given.states(), states([(1, "applied"), (2, "pending")]));
    }
}

#[test]
fn the_rollback_file_may_be_chosen_and_is_what_is_recorded() {
    for given in Given::each() {
        let given = changed_rollback(given);
        // The file as it is would lose the column.
        let refused = given.project.run(&["rollback", "--force", "--script", "file"]);
        assert!(refused.expect_code(4).stderr.contains("does not restore the schema"));
        assert_eq!(given.sql("SELECT b, d FROM a"), "");
        given.project.write("rollbacks/V2__b.sql", "ALTER TABLE a RENAME d TO c;");
        given.project.run(&["rollback", "--force", "--script", "file"]).expect_code(0);
        assert_eq!(given.sql("SELECT b, c FROM a"), "");
        let ran = "SELECT s.body FROM turnback.event AS e JOIN turnback.script AS s
                   ON s.sha256 = e.rollback_sha256 WHERE e.kind = 'rolled_back'";
        assert_eq!(given.sql(ran).trim_end(), "ALTER TABLE a RENAME d TO c;");
    }
}

#[test]
fn a_rollback_reaches_over_a_changed_migration() {
    for given in Given::each() {
        let given = given.applied();
        given.project.write("migrations/V2__names.sql", EDITED);
        given.project.run(&["rollback", "--force"]).expect_code(0);
        assert_eq!(given.states(), states([(1, "applied"), (2, "pending")]));
        given.project.run(&["migrate"]).expect_code(0);
        assert_eq!(given.states(), states([(1, "applied"), (2, "applied")]));
    }
}
