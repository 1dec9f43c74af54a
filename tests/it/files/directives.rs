//! Directives: misspelt and misplaced ones are refused, the others do what they say.

use super::{Fault, both};
use crate::support::snapshot::assert_run_snapshot;
use crate::support::{Cluster, Database, Project};

const FILE: &str = "migrations/V1__base.sql";

fn given(script: &str) -> (Database, Project) {
    let database = Cluster::shared().database();
    let project = Project::for_database(&database);
    project.migration(1, "base", script, "DROP TABLE a;");
    (database, project)
}

#[track_caller]
fn assert_refused(script: &str, fault: &Fault<'_>) {
    let (database, project) = given(script);
    for command in ["plan", "migrate"] {
        let (text, json) = both(&project, &[command]);
        fault.is_shown_by(&text);
        fault.is_told_by(&json);
    }
    assert_eq!(database.psql("SELECT to_regclass('a'), to_regnamespace('turnback')"), "|");
}

#[test]
fn an_unknown_directive_is_refused_with_the_nearest_names() {
    assert_refused(
        "-- turnback:transction off\nCREATE TABLE a (b int);\n",
        &Fault {
            file: FILE,
            line: 1,
            column: 13,
            source: "-- turnback:transction off",
            message: "unknown directive `transction`",
            hint: "known directives: `transaction`",
        },
    );
    let (_database, project) = given("-- turnback:transction off\nCREATE TABLE a (b int);\n");
    assert_run_snapshot!(project.run(&["migrate"]), @r"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: unknown directive `transction`
      --> migrations/V1__base.sql:1:13
       1 | -- turnback:transction off
         |             ^
      next: known directives: `transaction`, `adopt-if`, `backup`, `backfill`, `allow`, `requires`
    ");
}

#[test]
fn a_directive_behind_the_first_statement_is_refused() {
    assert_refused(
        "CREATE TABLE a (b int);\n-- turnback:transaction off\nSELECT 1;\n",
        &Fault {
            file: FILE,
            line: 2,
            column: 13,
            source: "-- turnback:transaction off",
            message: "directive `transaction` stands behind the first statement",
            hint: "move it to the head",
        },
    );
}

#[test]
fn a_directive_for_no_statement_is_refused() {
    assert_refused(
        "CREATE TABLE a (b int);\n-- turnback:backfill a\n",
        &Fault {
            file: FILE,
            line: 2,
            column: 13,
            source: "-- turnback:backfill a",
            message: "no statement follows this directive",
            hint: "put it on the line above the statement it is for",
        },
    );
}

#[test]
fn a_directive_inside_a_statement_is_refused() {
    assert_refused(
        "CREATE TABLE a (\n  -- turnback:backup a\n  b int\n);\n",
        &Fault {
            file: FILE,
            line: 2,
            column: 15,
            source: "  -- turnback:backup a",
            message: "directive `backup` stands inside a statement",
            hint: "move it to a line above the statement",
        },
    );
}

#[test]
fn an_unknown_hazard_is_refused() {
    assert_refused(
        "-- turnback:allow ban-drop-tabel -- it is old\nCREATE TABLE a (b int);\n",
        &Fault {
            file: FILE,
            line: 1,
            column: 19,
            source: "-- turnback:allow ban-drop-tabel -- it is old",
            message: "unknown hazard `ban-drop-tabel`",
            hint: "`ban-drop-table`",
        },
    );
}

#[test]
fn an_allowance_without_its_reason_is_refused() {
    assert_refused(
        "-- turnback:allow ban-drop-table\nCREATE TABLE a (b int);\n",
        &Fault {
            file: FILE,
            line: 1,
            column: 33,
            source: "-- turnback:allow ban-drop-table",
            message: "expected `-- <reason>`",
            hint: "write `-- turnback:allow ban-drop-table -- <why it is acceptable>`",
        },
    );
}

/// The hazards of a plan's first step: their ids, and the reason each was accepted for.
fn hazards(project: &Project) -> Vec<(String, Option<String>)> {
    let document = project.run(&["plan", "--format", "json"]).expect_code(0).json();
    let hazards = document["migrations"][0]["hazards"].as_array().expect("a list").clone();
    let text = |value: &serde_json::Value| value.as_str().map(str::to_owned);
    hazards.iter().map(|it| (text(&it["id"]).unwrap_or_default(), text(&it["accepted"]))).collect()
}

#[test]
fn a_hazard_is_accepted_for_one_statement_and_with_its_reason() {
    let script = "DROP TABLE old;\nCREATE TABLE a (b int);\n";
    let (database, project) = given(script);
    database.psql("CREATE TABLE old (a int); INSERT INTO old VALUES (1)");
    let named = || ("ban-drop-table".to_owned(), None);
    let accepted = ("ban-drop-table".to_owned(), Some("nobody reads it".to_owned()));
    assert_eq!(hazards(&project), [named()]);
    let allow = "-- turnback:allow ban-drop-table -- nobody reads it\n";
    project.write(FILE, format!("{allow}{script}"));
    assert_eq!(hazards(&project), [accepted]);
    project.write(FILE, format!("{allow}CREATE TABLE c (d int);\n{script}"));
    assert_eq!(hazards(&project), [named()]);
    project.run(&["migrate"]).expect_code(0);
}

#[test]
fn what_a_directive_names_is_saved_and_what_is_not_there_is_said() {
    let script = "-- turnback:backup old(a, b), nowhere\nUPDATE old SET a = 2;\n";
    for sqlite in [false, true] {
        let database = Cluster::shared().database();
        let project = if sqlite {
            Project::new().url("sqlite:app.db")
        } else {
            Project::for_database(&database)
        };
        let first =
            "CREATE TABLE old (id INTEGER PRIMARY KEY, a int); INSERT INTO old VALUES (1, 1);";
        project.migration(1, "first", first, "DROP TABLE old;");
        project.migration(2, "change", script, "UPDATE old SET a = 3;");
        let run = project.run(&["migrate"]).expect_code(0);
        assert!(run.stderr.contains("note: V2__change: old has no column b to back up\n"), "{run}");
        assert!(
            run.stderr.contains("note: V2__change: there is no table nowhere to back up\n"),
            "{run}"
        );
        let saved = if sqlite { "saved old(a), 1 row" } else { "saved public.old(a), 1 row" };
        assert!(run.stdout.contains(saved), "{run}");
    }
}

#[test]
fn a_backfill_runs_and_its_backup_is_told() {
    let script = "-- turnback:backfill old\nUPDATE old SET a = 2 WHERE a <> 2;\n";
    for sqlite in [false, true] {
        let database = Cluster::shared().database();
        let project = if sqlite {
            Project::new().url("sqlite:app.db")
        } else {
            Project::for_database(&database)
        };
        let first =
            "CREATE TABLE old (id INTEGER PRIMARY KEY, a int); INSERT INTO old VALUES (1, 1);";
        project.migration(1, "first", first, "DROP TABLE old;");
        project.migration(2, "fill", script, "UPDATE old SET a = 1;");
        let run = project.run(&["migrate"]).expect_code(0);
        let saved = if sqlite { "saved old(a), 1 row" } else { "saved public.old(a), 1 row" };
        assert!(run.stdout.contains(saved), "{run}");
        if !sqlite {
            assert_eq!(database.psql("SELECT a FROM old"), "2");
        }
    }
}

#[test]
fn a_backfill_whose_table_is_saved_whole_runs_in_one_piece() {
    let script = "-- turnback:backfill old\nUPDATE old SET a = 2 WHERE a = 1;\n";
    let database = Cluster::shared().database();
    let project = Project::for_database(&database);
    let first = "CREATE TABLE old (a int); INSERT INTO old VALUES (1);";
    project.migration(1, "first", first, "DROP TABLE old;");
    project.migration(2, "fill", script, "UPDATE old SET a = 1;");
    let run = project.run(&["migrate", "--backup", "full"]).expect_code(0);
    assert!(!run.stdout.contains("backfill of old"), "{run}");
    assert_eq!(database.psql("SELECT a FROM old"), "2");
}

#[test]
fn a_backfill_that_could_not_end_is_refused_where_it_stands() {
    let project = Project::new().url("sqlite:app.db");
    let script = "-- turnback:backfill old\nUPDATE old SET a = 2;\n";
    project.migration(1, "fill", script, "UPDATE old SET a = 1;");
    let run = project.run(&["plan"]).expect_code(2);
    assert!(run.stderr.contains("this UPDATE has no WHERE"), "{run}");
    assert!(run.stderr.contains("--> migrations/V1__fill.sql:2:8"), "{run}");
}
