//! The way back of scripts outside a transaction.

use crate::support::{Either, Project};

use super::{BROKEN, five, logged, migrate, status};

const UNDO: &str = "-- turnback:transaction off\n\
    INSERT INTO log VALUES ('back one');\n\
    INSERT INTO log SELECT 'back two' FROM gate;\n\
    INSERT INTO log VALUES ('back three');\n";

fn with_log(database: &Either) -> Project {
    database.query("CREATE TABLE log (what text)");
    let project = database.project();
    let up = "-- turnback:transaction off\nINSERT INTO log VALUES ('up');\n";
    project.migration(1, "undone", up, UNDO);
    project
}

#[test]
fn a_partly_applied_migration_can_be_rolled_back() {
    for database in Either::both() {
        let project = database.project();
        project.migration(1, "five", &five(BROKEN), "DROP TABLE log;");
        migrate(&project).expect_code(1);
        let done = project.run(&["rollback", "--force", "--format", "json"]).expect_code(0).json();
        assert_eq!(done["migrations"][0]["state"], "rolled_back");
        let row = status(&project);
        assert_eq!((&row["state"], &row["finished_statements"]), (&"pending".into(), &().into()));
        // Nothing is left that would be continued: the first statement runs again.
        project.migration(1, "five", &five("SELECT 1"), "DROP TABLE log;");
        migrate(&project).expect_code(0);
        assert_eq!(logged(&database), "two five");
    }
}

#[test]
fn a_rollback_that_stopped_continues_and_migrate_waits_for_it() {
    for database in Either::both() {
        let project = with_log(&database);
        migrate(&project).expect_code(0);
        let failed = project.run(&["rollback", "--force"]).expect_code(1);
        assert!(failed.stderr.contains("1 of the 3 statements of V1__undone"), "{failed}");
        let row = status(&project);
        assert_eq!((&row["rolling_back"], &row["finished_statements"]), (&true.into(), &1.into()));
        let refused = migrate(&project).expect_code(1);
        assert!(refused.stderr.contains("the rollback of V1__undone stopped"), "{refused}");

        database.query("CREATE TABLE gate (open int); INSERT INTO gate VALUES (1)");
        project.run(&["rollback", "--force"]).expect_code(0);
        assert_eq!(logged(&database), "up back one back two back three");
        assert_eq!(status(&project)["state"], "pending");
        migrate(&project).expect_code(0);
    }
}

#[test]
fn a_rollback_that_stopped_continues_in_the_mended_file() {
    for database in Either::both() {
        let project = with_log(&database);
        migrate(&project).expect_code(0);
        project.run(&["rollback", "--force"]).expect_code(1);
        project.write("rollbacks/V1__undone.sql", UNDO.replace(" FROM gate", ""));
        // Which of the two texts runs is for the operator to say.
        let asked = project.run(&["rollback", "--force"]).expect_code(4);
        assert!(asked.stderr.contains("--script"), "{asked}");
        project.run(&["rollback", "--force", "--script", "file"]).expect_code(0);
        assert_eq!(logged(&database), "up back one back two back three");
    }
}

#[test]
fn a_partly_applied_migration_is_rolled_back_without_its_file() {
    for database in Either::both() {
        let project = database.project();
        project.migration(1, "five", &five(BROKEN), "DROP TABLE log;");
        migrate(&project).expect_code(1);
        project.remove("migrations/V1__five.sql").remove("rollbacks/V1__five.sql");
        project.migration(2, "other", "CREATE TABLE other (a int);", "DROP TABLE other;");
        project.run(&["rollback", "--force"]).expect_code(0);
        migrate(&project).expect_code(0);
    }
}
