//! Scripts outside a transaction: the schema is compared when all statements have run, and what
//! stands is said.

use super::{contents, each, events};
use crate::support::snapshot::assert_run_snapshot;
use crate::support::{Either, Project, drift};

const DOWN: &str = "-- turnback:transaction off\n\
    INSERT INTO log VALUES ('back one');\n\
    DROP INDEX log_what;\n\
    INSERT INTO log VALUES ('back two');\n";

/// Two indexes, one of which the rollback forgets.
fn apply(project: &Project) {
    project.migration(1, "log", "CREATE TABLE log (what text);", "DROP TABLE log;");
    let up = "-- turnback:transaction off\n\
        CREATE INDEX log_what ON log (what);\n\
        CREATE INDEX log_lower ON log (lower(what));\n";
    project.migration(2, "indexes", up, DOWN);
    project.run(&["migrate"]).expect_code(0);
}

fn logged(database: &Either) -> String {
    database.query("SELECT what FROM log").replace('\n', " ")
}

fn refused(project: &Project, database: &Either) {
    let document = project.run(&["rollback", "--force", "--format", "json"]).expect_code(4).json();
    let found = drift(&document);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("unexpected index ") && found[0].ends_with("log.log_lower"));
    let notes = document["error"]["notes"].to_string();
    assert!(notes.contains("3 of the 3 statements of V2__indexes have finished"), "{notes}");
    assert_eq!(logged(database), "back one back two", "a statement ran twice");
}

#[test]
fn what_was_forgotten_is_mended_by_hand_and_nothing_runs_twice() {
    for (database, project) in each() {
        apply(&project);
        refused(&project, &database);
        let status = project.run(&["status", "--format", "json"]).json();
        let row = &status["migrations"][1];
        assert_eq!((&row["rolling_back"], &row["finished_statements"]), (&true.into(), &3.into()));
        assert_eq!(database.query("SELECT max(version) FROM refinery_schema_history"), "2");
        // As long as nobody mended it.
        refused(&project, &database);
        project.run(&["migrate"]).expect_code(1);

        database.query("DROP INDEX log_lower");
        project.run(&["rollback", "--force"]).expect_code(0);
        assert_eq!(logged(&database), "back one back two");
        assert_eq!(database.query("SELECT max(version) FROM refinery_schema_history"), "1");
        assert_eq!(events(&database), "applied 1, applied 2, failed 2, failed 2, rolled_back 2");
        project.run(&["verify"]).expect_code(3);
        project.run(&["migrate"]).expect_code(0);
    }
}

#[test]
fn or_in_the_file_whose_new_statement_is_all_that_runs() {
    for (database, project) in each() {
        apply(&project);
        refused(&project, &database);
        project.write("rollbacks/V2__indexes.sql", format!("{DOWN}DROP INDEX log_lower;\n"));
        project.run(&["rollback", "--force", "--script", "file"]).expect_code(0);
        assert_eq!(logged(&database), "back one back two");
    }
}

#[test]
fn what_stands_is_said_plainly() {
    let [(_database, project), _] = each();
    apply(&project);
    assert_run_snapshot!(project.run(&["rollback", "--force"]));
}

/// Others may be at work between two attempts.
#[test]
fn what_others_did_meanwhile_does_not_count() {
    for (database, project) in each() {
        apply(&project);
        refused(&project, &database);
        database.query("DROP INDEX log_lower; CREATE TABLE theirs (a int)");
        project.run(&["rollback", "--force"]).expect_code(0);
        assert!(contents(&database).contains("theirs"));
    }
}

/// A migration that stopped behind its second table.
fn stopped(project: &Project, down: &str) {
    let up = "-- turnback:transaction off\n\
        CREATE TABLE one (a int);\nCREATE TABLE two (a int);\nINSERT INTO missing VALUES (1);\n";
    project.migration(1, "tables", up, down);
    project.run(&["migrate"]).expect_code(1);
}

#[test]
fn what_a_stopped_migration_made_and_its_rollback_forgot_is_named() {
    for (database, project) in each() {
        stopped(&project, "DROP TABLE one;");
        let before = contents(&database);
        let document =
            project.run(&["rollback", "--yes", "--format", "json"]).expect_code(4).json();
        let found = drift(&document);
        assert!(!found.is_empty() && found.iter().all(|it| it.contains("two")), "{found:?}");
        assert_eq!(contents(&database), before);
        if matches!(database, Either::Postgres(_)) {
            assert_run_snapshot!(project.run(&["rollback", "--yes"]));
        }
        project.write("rollbacks/V1__tables.sql", "DROP TABLE one; DROP TABLE two;");
        project.run(&["rollback", "--yes", "--script", "file"]).expect_code(0);
        let left = contents(&database);
        assert!(!left.contains("one") && !left.contains("two"), "{left}");
    }
}

/// Somebody else may have made it, for all that is on record.
#[test]
fn what_others_made_beside_a_stopped_migration_stays_if_forced() {
    for (database, project) in each() {
        stopped(&project, "DROP TABLE one; DROP TABLE two;");
        database.query("CREATE TABLE theirs (a int)");
        let run = project.run(&["rollback", "--yes"]).expect_code(4);
        assert!(run.stderr.contains("theirs") && run.stderr.contains("--force"), "{run}");
        let run = project.run(&["rollback", "--force"]).expect_code(0);
        assert!(run.stderr.contains("left as found") && run.stderr.contains("theirs"), "{run}");
        let left = contents(&database);
        assert!(left.contains("theirs") && !left.contains("two"), "{left}");
    }
}

/// What the rollback itself does wrong is no matter of doubt.
#[test]
fn a_rollback_of_a_stopped_migration_that_removes_too_much_is_refused() {
    for (database, project) in each() {
        database.query("CREATE TABLE theirs (a int)");
        stopped(&project, "DROP TABLE one; DROP TABLE two; DROP TABLE theirs;");
        let run = project.run(&["rollback", "--force"]).expect_code(4);
        assert!(run.stderr.contains("the rollback does not restore the schema"), "{run}");
        assert!(contents(&database).contains("theirs"));
    }
}
