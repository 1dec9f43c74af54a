//! Files as editors, operating systems and dumps leave them.

use super::{on_postgres, on_sqlite};
use crate::support::snapshot::assert_run_snapshot;
use crate::support::{Project, Run};

/// Runs a test on both engines; what is kept alive goes after it.
fn on_both(test: impl Fn(&Project, &dyn Fn(&str) -> String)) {
    let (database, project) = on_postgres();
    test(&project, &|sql| database.psql(sql));
    let (file, project) = on_sqlite();
    test(&project, &|sql| file.rows(sql).join("\n"));
}

fn migrate(project: &Project) -> Run {
    project.run(&["migrate"]).expect_code(0)
}

#[test]
fn a_checkout_on_windows_changes_nothing() {
    let script = "-- one\nCREATE TABLE a (b text);\nINSERT INTO a VALUES ('x');\n";
    let rollback = "DROP TABLE a;\n";
    let windows = |text: &str| format!("\u{feff}{}", text.replace('\n', "\r\n"));
    on_both(|project, _| {
        let checksum = || {
            let run = project.run(&["status", "--exit-code", "--format", "json"]).expect_code(0);
            run.json()["migrations"][0]["checksum"].clone()
        };
        project.migration(1, "a", script, rollback);
        migrate(project);
        let before = checksum();
        project.migration(1, "a", &windows(script), &windows(rollback));
        assert_eq!(checksum(), before);
        assert!(migrate(project).stdout.contains("nothing left to apply"));
        project.run(&["rollback", "--force"]).expect_code(0);
        // And the other way round.
        migrate(project);
        project.migration(1, "a", script, rollback);
        assert_eq!(checksum(), before);
    });
}

#[test]
fn places_in_a_windows_file_are_those_an_editor_shows() {
    let (_database, project) = on_postgres();
    project.migration(1, "a", "\u{feff}SELEKT 1;\r\n", "SELECT 1;");
    assert_run_snapshot!(project.run(&["migrate"]), @r"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: syntax error: expected command, found IDENT
      --> migrations/V1__a.sql:1:1
       1 | SELEKT 1;
         | ^
      next: if the server accepts this statement, put `-- turnback:allow unparsed -- <reason>` on the line above it
    ");
    project.migration(
        1,
        "a",
        "\u{feff}CREATE TABLE a (b text);\r\n/* größe 😀 */ INSERT INTO a VALUES (nothing);\r\n",
        "DROP TABLE a;",
    );
    assert_run_snapshot!(project.run(&["migrate"]), @r#"
    exit code: 1
    ----- stdout -----
    ----- stderr -----
    error: V1__a failed: column "nothing" does not exist
      --> migrations/V1__a.sql:2:37
       2 | /* größe 😀 */ INSERT INTO a VALUES (nothing);
         |                                     ^
      SQLSTATE: 42703
      note: nothing of V1__a stands: its transaction was rolled back
      next: mend the script and run the same command again
    "#);
}

#[test]
fn a_file_may_end_in_a_comment_without_a_newline() {
    on_both(|project, rows| {
        project.migration(1, "a", "CREATE TABLE a (b int) -- the end", "DROP TABLE a -- gone");
        project.migration(2, "c", "CREATE TABLE c (b int); -- the end", "DROP TABLE c; /* gone */");
        migrate(project);
        assert_eq!(rows("SELECT count(*) FROM refinery_schema_history"), "2");
        project.run(&["rollback", "--force"]).expect_code(0);
        assert_eq!(rows("SELECT count(*) FROM a"), "0");
        assert_eq!(rows("SELECT name FROM refinery_schema_history"), "a");
        project.run(&["rollback", "--force"]).expect_code(0);
    });
}

#[test]
fn quoted_names_are_taken_as_they_are() {
    on_both(|project, rows| {
        project.migration(
            1,
            "odd",
            r#"CREATE TABLE "We""ird; Näme" ("select" int, "a b" text DEFAULT 'it''s; --');
               INSERT INTO "We""ird; Näme" ("select") VALUES (1);"#,
            r#"DROP TABLE "We""ird; Näme";"#,
        );
        migrate(project);
        assert_eq!(rows(r#"SELECT "a b" FROM "We""ird; Näme""#), "it's; --");
        let plan = project.run(&["rollback", "--dry-run"]).expect_code(0);
        assert!(plan.stdout.contains(r#"DROP TABLE "We""ird; Näme""#), "{plan}");
        project.run(&["rollback", "--force"]).expect_code(0);
        project.run(&["rollback", "--force"]).expect_code(0);
    });
}

#[test]
fn names_in_any_script_stand_in_history_and_status() {
    on_both(|project, rows| {
        project.migration(1, "größe_表_é", "CREATE TABLE größe (表 int);", "DROP TABLE größe;");
        migrate(project);
        assert_eq!(rows("SELECT name FROM refinery_schema_history"), "größe_表_é");
        let status = project.run(&["status", "--exit-code"]).expect_code(0);
        assert!(status.stdout.contains("größe_表_é"), "{status}");
        project.run(&["rollback", "--force"]).expect_code(0);
    });
}

/// One statement of five mebibytes, as a dump has them.
#[test]
fn a_huge_insert_goes_through_and_back() {
    const ROWS: usize = 50_000;
    let row = "x".repeat(100);
    let values: Vec<String> = (0..ROWS).map(|n| format!("({n}, '{row}')")).collect();
    let script =
        format!("CREATE TABLE a (n int, t text);\nINSERT INTO a VALUES {};", values.join(",\n"));
    assert!(script.len() > 5 << 20);
    on_both(|project, rows| {
        project.migration(1, "a", &script, "DROP TABLE a;");
        migrate(project);
        assert_eq!(rows("SELECT count(*), min(n), max(n) FROM a"), "50000|0|49999");
        project.run(&["status", "--exit-code"]).expect_code(0);
        project.run(&["rollback", "--force"]).expect_code(0);
    });
}

#[test]
fn a_script_that_ends_its_own_transaction_is_refused_before_anything_runs() {
    on_both(|project, rows| {
        for script in [
            "CREATE TABLE a (b int);\nCOMMIT;\nCREATE TABLE c (d int);",
            "BEGIN;\nCREATE TABLE a (b int);\nCOMMIT;",
            "CREATE TABLE a (b int);\nROLLBACK;",
            "CREATE TABLE a (b int);\nEND;",
        ] {
            project.migration(1, "a", script, "DROP TABLE a;");
            let run = project.run(&["migrate", "--format", "json"]).expect_code(2);
            let error = &run.json()["error"];
            assert_eq!(error["kind"], "invalid_set", "{run}");
            assert!(error["line"].is_u64() && error["hints"][0].is_string(), "{run}");
            assert_eq!(rows("SELECT 1"), "1");
        }
        let run = project.run(&["status", "--format", "json"]).expect_code(0);
        assert_eq!(run.json()["migrations"][0]["state"], "pending");
    });
}
