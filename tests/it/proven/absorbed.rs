//! What others changed between two runs does not go on record in silence.

use super::each;
use crate::support::snapshot::assert_run_snapshot;
use crate::support::{Either, Project};

fn given(project: &Project) {
    project.migration(1, "users", "CREATE TABLE users (id int);", "DROP TABLE users;");
    project.migration(2, "logs", "CREATE TABLE logs (line text);", "DROP TABLE logs;");
    project.migration(3, "more", "CREATE TABLE more (a int);", "DROP TABLE more;");
    project.run(&["migrate", "--to", "1"]).expect_code(0);
}

const SAID: &str = "changed since the last run";

#[test]
fn it_is_told_once_and_only_if_there_is_something() {
    for (database, project) in each() {
        given(&project);
        let quiet = project.run(&["migrate", "--to", "2"]).expect_code(0);
        assert_eq!(quiet.stderr, "");
        database.query("CREATE INDEX users_id ON users (id); ALTER TABLE users ADD COLUMN age int");
        let told = project.run(&["migrate"]).expect_code(0);
        assert_eq!(told.stderr.matches(SAID).count(), 1, "{told}");
        if matches!(database, Either::Postgres(_)) {
            assert_run_snapshot!(told);
        }
        let quiet = project.run(&["rollback", "--steps", "2", "--force"]).expect_code(0);
        assert_eq!(quiet.stderr, "");
        database.query("DROP INDEX users_id");
        let told = project.run(&["migrate"]).expect_code(0);
        assert!(told.stderr.contains("1 object was changed"), "{told}");
        database.query("CREATE TABLE theirs (a int)");
        let told = project.run(&["rollback", "--steps", "2", "--force"]).expect_code(0);
        assert_eq!(told.stderr.matches(SAID).count(), 1, "{told}");
        project.run(&["verify"]).expect_code(3);
    }
}

#[test]
fn what_a_rollback_goes_over_was_told_already() {
    for (database, project) in each() {
        given(&project);
        project.run(&["migrate"]).expect_code(0);
        database.query("ALTER TABLE more ADD COLUMN lost int; CREATE TABLE theirs (a int)");
        let told = project.run(&["rollback", "--force"]).expect_code(0);
        assert_eq!(told.stderr.matches("more.lost").count(), 1, "{told}");
        let (_, said) = told.stderr.split_once(SAID).expect("it is said");
        assert!(said.contains("theirs"), "{told}");
    }
}

#[test]
fn a_run_that_fails_tells_nothing_for_nothing_is_on_record() {
    for (database, project) in each() {
        given(&project);
        database.query("CREATE TABLE theirs (a int)");
        project.write("migrations/V2__logs.sql", "INSERT INTO missing VALUES (1);");
        let failed = project.run(&["migrate"]).expect_code(1);
        assert!(!failed.stderr.contains(SAID), "{failed}");
        project.write("migrations/V2__logs.sql", "CREATE TABLE logs (line text);");
        let told = project.run(&["migrate"]).expect_code(0);
        assert!(told.stderr.contains("theirs"), "{told}");
    }
}

#[test]
fn what_a_stopped_script_had_done_is_nobodys_change() {
    for (database, project) in each() {
        given(&project);
        let up = "-- turnback:transaction off\n\
            CREATE TABLE logs (line text);\nINSERT INTO gate VALUES (1);\n";
        project.migration(2, "logs", up, "DROP TABLE logs;");
        project.run(&["migrate"]).expect_code(1);
        let back = project.run(&["rollback", "--force"]).expect_code(0);
        assert_eq!(back.stderr, "");
        project.run(&["migrate"]).expect_code(1);
        project.write("migrations/V2__logs.sql", up.replace("INTO gate", "INTO users"));
        let on = project.run(&["migrate"]).expect_code(0);
        assert!(!on.stderr.contains(SAID), "{on}");
        assert_eq!(database.query("SELECT count(*) FROM users"), "1");
    }
}

#[test]
fn a_schema_that_is_new_to_the_record_was_not_changed() {
    let [(database, project), _] = each();
    database.query("CREATE SCHEMA app; CREATE TABLE app.old (a int)");
    given(&project);
    project.write("migrations/V2__logs.sql", "CREATE TABLE app.logs (line text);");
    project.write("rollbacks/V2__logs.sql", "DROP TABLE app.logs;");
    let quiet = project.run(&["migrate"]).expect_code(0);
    assert_eq!(quiet.stderr, "");
}

#[test]
fn a_record_that_cannot_be_read_stops_nobody_from_migrating() {
    for (database, project) in each() {
        given(&project);
        let catalogs = database.ledger("catalog");
        database.query(&format!("UPDATE {catalogs} SET body = '{{'"));
        database.query("CREATE TABLE theirs (a int)");
        let told = project.run(&["migrate"]).expect_code(0);
        assert!(told.stderr.contains("cannot be told: the recorded catalog "), "{told}");
        project.run(&["verify"]).expect_code(0);
    }
}

/// A run of very many leaves catalogs out; where it stops, an older one is no measure.
#[test]
fn where_the_last_change_has_no_catalog_nothing_is_compared() {
    for (database, project) in each() {
        given(&project);
        project.run(&["migrate"]).expect_code(0);
        let events = database.ledger("event");
        database.query(&format!(
            "UPDATE {events} SET catalog_before_sha256 = NULL, catalog_after_sha256 = NULL \
             WHERE version = 3"
        ));
        let verified = project.run(&["verify"]).expect_code(0);
        assert!(verified.stdout.contains("no catalog is on record"), "{verified}");
        let back = project.run(&["rollback", "--force"]).expect_code(0);
        assert!(back.stderr.contains("so nothing proves its rollback"), "{back}");
        assert!(!back.stderr.contains(SAID), "{back}");
        project.run(&["verify"]).expect_code(3);
    }
}
