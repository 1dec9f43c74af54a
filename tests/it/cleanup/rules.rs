//! What goes, what stays, and what is asked before.

use std::time::Duration;

use super::{EXPIRED, given, given_postgres};
use crate::support::snapshot::assert_run_snapshot;
use crate::support::{Either, poll};

const OLD: (&str, &str, &str) = ("log", "line = 'old' OR line IS NULL", "nobody reads it");
const ROWS: &str = "SELECT 'sessions', id FROM sessions UNION ALL SELECT 'log', id FROM log \
                    ORDER BY 1, 2";

#[test]
fn a_dry_run_counts_and_deletes_nothing() {
    for place in Either::both() {
        let project = given(&place, &[EXPIRED, OLD]);
        let state = || match &place {
            Either::Postgres(database) => database.dump(),
            Either::Sqlite(file) => format!("{:?}", file.trace()),
        };
        let before = state();
        let run = project.run(&["cleanup", "--dry-run"]).expect_code(0);
        let report = project.run(&["cleanup", "--dry-run", "--format", "json"]).json();
        assert_eq!(state(), before);
        if matches!(place, Either::Postgres(_)) {
            assert_run_snapshot!(run);
        }
        assert_eq!((&report["deleted"], &report["rows"]), (&false.into(), &4.into()), "{report}");
    }
}

#[test]
fn what_the_rules_say_goes_and_is_reported_table_by_table() {
    for place in Either::both() {
        let project = given(&place, &[EXPIRED, OLD]);
        let run = project.run(&["cleanup", "--yes", "--format", "json"]).expect_code(0);
        let report = run.json();
        assert_eq!((&report["command"], &report["ok"]), (&"cleanup".into(), &true.into()));
        assert_eq!((&report["deleted"], &report["rows"]), (&true.into(), &4.into()), "{run}");
        let table = |at: usize| {
            let table = &report["tables"][at];
            (table["table"].as_str().unwrap(), table["rows"].as_u64().unwrap())
        };
        assert_eq!((table(0), table(1)), (("sessions", 2), ("log", 2)));
        assert_eq!(report["tables"][1]["delete_when"], OLD.1);
        assert_eq!(report["tables"][1]["because"], OLD.2);
        assert_eq!(place.query(ROWS), "log|3\nsessions|1");
        // There is nothing left to ask about.
        let again = project.run(&["cleanup"]).expect_code(0);
        assert!(again.stdout.contains("0 rows"), "{again}");
        if matches!(place, Either::Postgres(_)) {
            place.query("INSERT INTO sessions VALUES (4, 1)");
            assert_run_snapshot!(project.run(&["cleanup", "--yes"]).expect_code(0));
        }
    }
}

#[test]
fn an_operator_is_asked_and_no_is_the_default() {
    for place in Either::both() {
        let project = given(&place, &[EXPIRED, OLD]);
        let before = place.query(ROWS);
        for (key, code, after) in
            [("\r", 6, &*before), ("n\r", 6, &before), ("y\r", 0, "log|3\nsessions|1")]
        {
            let mut terminal = project.command(&["cleanup"]).in_terminal();
            terminal.expect("they ended", Duration::from_secs(20));
            terminal.expect("Delete? [y/N]", Duration::from_secs(20));
            let listens = || (!terminal.settings().is_canonical()).then_some(());
            poll(Duration::from_secs(20), listens).expect("the program listens");
            terminal.send(key);
            assert_eq!(terminal.wait(), code, "{}", terminal.output_so_far());
            terminal.assert_restored();
            assert_eq!(place.query(ROWS), after);
        }
    }
}

#[test]
fn without_a_terminal_nothing_is_deleted_unasked() {
    for place in Either::both() {
        let project = given(&place, &[EXPIRED]);
        let before = place.query(ROWS);
        let run = project.command(&["cleanup"]).stdin("y\n").run().expect_code(6);
        assert!(run.stderr.contains("--yes"), "{run}");
        assert_eq!(place.query(ROWS), before);
    }
}

#[test]
fn a_condition_means_the_same_when_rows_are_counted_and_when_they_go() {
    for place in Either::both() {
        let condition = "id = 2 OR id = 3 -- but never the first";
        let project = given(&place, &[("sessions", condition, "of old")]);
        let counted = project.run(&["cleanup", "--dry-run", "--format", "json"]).expect_code(0);
        assert_eq!(counted.json()["rows"], 2, "{counted}");
        let run = project.run(&["cleanup", "--yes", "--format", "json"]).expect_code(0);
        assert_eq!(run.json()["rows"], 2, "{run}");
        assert_eq!(place.query("SELECT id FROM sessions"), "1");
    }
}

#[test]
fn names_are_taken_as_they_are_written() {
    for place in Either::both() {
        let odd = r#"Odd "Name"; DROP"#;
        let project = given(&place, &[(odd, "\"When\" < 2", "it is long ago")]);
        place.query(
            r#"CREATE TABLE "Odd ""Name""; DROP" ("When" int);
               INSERT INTO "Odd ""Name""; DROP" VALUES (1), (2);"#,
        );
        project.run(&["cleanup", "--yes"]).expect_code(0);
        assert_eq!(place.query(r#"SELECT "When" FROM "Odd ""Name""; DROP""#), "2");
    }
}

#[test]
fn each_schema_is_cleaned_up_by_itself() {
    let (database, project) = given_postgres(&[EXPIRED]);
    database.psql(r#"CREATE SCHEMA "My Schema""#);
    project.run(&["--schema", "My Schema", "migrate"]).expect_code(0);
    database.psql(r#"INSERT INTO "My Schema".sessions VALUES (1, 1)"#);
    let run = project.run(&["--schema", "My Schema", "cleanup", "--yes", "--format", "json"]);
    assert_eq!(run.expect_code(0).json()["rows"], 1);
    assert_eq!(database.psql("SELECT count(*) FROM sessions"), "3");
}
