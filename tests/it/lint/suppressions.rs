//! Directives that accept a hazard.

use super::{found, lint, project};
use crate::support::snapshot::assert_run_snapshot;

#[test]
fn one_without_a_reason_accepts_nothing_and_is_a_finding() {
    let project = project("-- turnback:allow ban-drop-table\nDROP TABLE a;\nDROP TABLE b;\n");
    let run = lint(&project, &[]).expect_code(4);
    let file = "migrations/V1__a.sql";
    assert_eq!(
        found(&run),
        [
            format!("error allow-without-reason {file}:1:33"),
            format!("error ban-drop-table {file}:2:1"),
            format!("error ban-drop-table {file}:3:1"),
        ]
    );
    // What runs is read strictly.
    let run = project.command(&["plan"]).env("DATABASE_URL", "sqlite:app.db").run();
    assert!(run.expect_code(2).stderr.contains("expected `-- <reason>`"));
}

#[test]
fn one_of_an_unknown_hazard_is_a_finding_with_the_nearest_names() {
    let project = project("-- turnback:allow ban-drop-tabel -- old\nDROP TABLE a;\n");
    assert_run_snapshot!(project.run(&["lint"]));
    // Which databases others use says nothing about the names of hazards.
    let project = super::project("-- turnback:allow prefer-text-field -- old\nDROP TABLE a;\n");
    let run = lint(&project, &[]).expect_code(4);
    assert!(run.stdout.contains("a rule of squawk that turnback does not apply"), "{run}");
}

#[test]
fn one_that_suppresses_nothing_is_a_finding() {
    let script = "-- turnback:allow ban-drop-table -- gone\nDROP TABLE a;\n\
                  -- turnback:allow ban-drop-table -- gone\nDROP INDEX CONCURRENTLY i;\n\
                  -- turnback:allow unparsed -- new syntax\nSELECT 1;\n";
    let project = project(&format!("-- turnback:transaction off\n{script}"));
    let run = lint(&project, &[]).expect_code(0);
    let file = "migrations/V1__a.sql";
    assert_eq!(
        found(&run),
        [
            format!("error ban-drop-table {file}:3:1 accepted"),
            format!("warning unused-allow {file}:4:19"),
            format!("warning unused-allow {file}:6:19"),
        ]
    );
    lint(&project, &["--level", "unused-allow=error"]).expect_code(4);
}

#[test]
fn everything_wrong_in_a_file_is_told_at_once() {
    let script = "-- turnback:transction off\n\
                  SELEC 1;\n\
                  DROP TABLE a;\n\
                  -- turnback:backup a\n\
                  COMMIT;\n\
                  CREATE INDEX CONCURRENTLY i ON t (a);\n\
                  -- turnback:allow ban-drop-table -- last\n";
    let project = project(script);
    assert_run_snapshot!(project.run(&["lint"]));
}
