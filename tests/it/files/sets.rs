//! Files that are wrong before a line of them is read as SQL.

use super::{NOWHERE, both};
use crate::support::Project;
use crate::support::snapshot::assert_run_snapshot;

/// A project with one good migration and no database that answers.
fn project() -> Project {
    let project = Project::new().url(NOWHERE);
    project.migration(1, "base", "CREATE TABLE a (b int);", "DROP TABLE a;");
    project
}

/// Every command that needs the set says what is wrong with it, and asks no database.
#[track_caller]
fn assert_refused(project: &Project, file: &str, message: &str, hint: &str) {
    for command in [&["status"][..], &["plan"], &["migrate"], &["rollback", "--force"]] {
        let (text, json) = both(project, command);
        assert_eq!((text.code, text.stdout.as_str()), (2, ""), "{text}");
        let headline = format!("error: {file}: {message}");
        assert!(text.stderr.starts_with(&headline), "{headline:?} is not the start of\n{text}");
        assert!(text.stderr.contains(&format!("  --> {file}\n")), "{text}");
        assert!(text.stderr.contains(&format!("  next: {hint}")), "{text}");
        let document = json.expect_code(2).json();
        assert_eq!(document["command"], command[0]);
        assert_eq!((&document["ok"], &document["exit_code"]), (&false.into(), &2.into()));
        let error = &document["error"];
        assert_eq!((&error["kind"], &error["file"]), (&"invalid_set".into(), &file.into()));
        assert!(error["message"].as_str().unwrap().contains(message), "{document}");
        assert!(error["hints"][0].as_str().unwrap().starts_with(hint), "{document}");
    }
}

#[test]
fn a_good_set_gets_as_far_as_the_database() {
    let run = project().run(&["status"]);
    assert!(run.expect_code(1).stderr.contains("connection refused"));
}

#[test]
fn a_migration_without_its_rollback_is_refused() {
    let project = project();
    project.remove("rollbacks/V1__base.sql");
    let message = "has no rollback; rollbacks/V1__base.sql does not exist";
    assert_refused(&project, "migrations/V1__base.sql", message, "write the rollback");
    assert_run_snapshot!(project.run(&["migrate"]), @r"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: migrations/V1__base.sql: has no rollback; rollbacks/V1__base.sql does not exist
      --> migrations/V1__base.sql
      next: write the rollback; where there is nothing to undo, a comment saying so is enough
    ");
}

#[test]
fn a_version_that_two_files_claim_is_refused_whatever_its_zeros() {
    let project = project();
    project.write("migrations/V001__again.sql", "CREATE TABLE c (d int);");
    let message = "version 1 is taken by migrations/V001__again.sql";
    let hint = "give one of them another version";
    assert_refused(&project, "migrations/V1__base.sql", message, hint);
}

#[test]
fn a_misnamed_file_is_refused_and_told_what_is_wrong_with_its_name() {
    for (name, reason) in [
        ("2__b.sql", "a migration is named V<version>__<name>.sql"),
        ("V2_b.sql", "a migration is named V<version>__<name>.sql"),
        ("V2__b.SQL", "a migration is named V<version>__<name>.sql"),
        ("v2__b.sql", "it starts with v; write an upper-case V"),
        ("U2__b.sql", "U means a forward migration in refinery and an undo in Flyway"),
        ("R__b.sql", "repeatable migrations do not exist here"),
        ("V1.2__b.sql", "`1.2` is not a version"),
        ("V99999999999999999999__b.sql", "version 99999999999999999999 is too large"),
        ("V2__b c.sql", "the part behind the two underscores has letters"),
    ] {
        let project = project();
        let file = format!("migrations/{name}");
        project.write(&file, "SELECT 1;");
        let (text, json) = both(&project, &["migrate"]);
        let headline = format!("error: {file}: misnamed: {reason}");
        assert!(text.expect_code(2).stderr.starts_with(&headline), "{headline}");
        assert_eq!(json.expect_code(2).json()["error"]["file"], file);
    }
    let project = project();
    project.write("rollbacks/V2_b.sql", "SELECT 1;");
    let message = "misnamed: a migration is named V<version>__<name>.sql";
    assert_refused(&project, "rollbacks/V2_b.sql", message, "rename the file, or move it out");
}

#[test]
fn a_file_that_is_not_utf8_is_refused_with_the_first_bad_byte() {
    let project = project();
    project.write("migrations/V1__base.sql", b"SELECT 'Z\xfcrich';");
    let message = "is not UTF-8: byte 9 is invalid";
    assert_refused(&project, "migrations/V1__base.sql", message, "save the file as UTF-8");
}

#[test]
fn a_file_that_is_there_and_wrong_is_not_called_missing() {
    for contents in [&b"\xff\xfe"[..], b"", b" \r\n\t"] {
        let project = project();
        project.write("migrations/V1__base.sql", contents);
        let run = project.run(&["migrate"]).expect_code(2);
        assert!(run.stderr.starts_with("error: migrations/V1__base.sql: is "), "{run}");
        assert!(!run.stderr.contains("rollback without a migration"), "{run}");
        let project = self::project();
        project.write("rollbacks/V1__base.sql", contents);
        let run = project.run(&["migrate"]).expect_code(2);
        assert!(run.stderr.starts_with("error: rollbacks/V1__base.sql: is "), "{run}");
        assert!(!run.stderr.contains("does not exist"), "{run}");
    }
}

#[test]
fn an_empty_file_is_refused() {
    let project = project();
    project.write("rollbacks/V1__base.sql", "\u{feff}\n \n");
    let hint = "write its SQL; a rollback with nothing to undo says so in a comment";
    assert_refused(&project, "rollbacks/V1__base.sql", "is empty", hint);
}

#[test]
fn a_rollback_without_its_migration_is_refused() {
    let project = project();
    project.write("rollbacks/V2__orphan.sql", "DROP TABLE c;");
    let message = "is a rollback without a migration; migrations/V2__orphan.sql does not exist";
    let hint = "name it like the migration it undoes, or remove it";
    assert_refused(&project, "rollbacks/V2__orphan.sql", message, hint);
}

#[test]
fn a_migration_in_a_sub_directory_is_not_passed_over() {
    let project = project();
    project.write("migrations/2026/V2__b.sql", "CREATE TABLE c (d int);");
    let hint = "move it up, or point --migrations-dir at that directory";
    assert_refused(&project, "migrations/2026", "lies in a sub-directory", hint);
}

#[test]
fn all_faults_are_told_at_once() {
    let project = project();
    project.write("migrations/V2__b.sql", "SELECT 2;").write("migrations/x.sql", "SELECT 3;");
    project.write("rollbacks/V3__c.sql", "SELECT 4;");
    assert_run_snapshot!(project.run(&["migrate"]), @r"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: 3 files of the set are wrong
      note: migrations/x.sql: misnamed: a migration is named V<version>__<name>.sql
      note: migrations/V2__b.sql: has no rollback; rollbacks/V2__b.sql does not exist
      note: rollbacks/V3__c.sql: is a rollback without a migration; migrations/V3__c.sql does not exist
      next: rename the file, or move it out of the set's directory
      next: write the rollback; where there is nothing to undo, a comment saying so is enough
      next: name it like the migration it undoes, or remove it
    ");
    let document = project.run(&["migrate", "--format", "json"]).expect_code(2).json();
    assert_eq!(document["error"]["notes"].as_array().unwrap().len(), 3, "{document}");
}

#[test]
fn a_directory_without_migrations_says_what_to_do() {
    let project = Project::new().url(NOWHERE);
    let run = project.run(&["migrate", "--migrations-dir", "sql"]).expect_code(2);
    assert!(run.stderr.starts_with("error: the directory sql does not exist\n"), "{run}");
    project.write("sql/README.md", "nothing yet").write("sql/shop/V1__a.sql", "SELECT 1;");
    assert_run_snapshot!(project.run(&["migrate", "--migrations-dir", "sql"]), @r"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: sql holds no migrations
      next: `turnback new <name>` makes the first migration
      next: there are some in sql/shop: --migrations-dir sql/shop
    ");
}

#[test]
fn an_unknown_set_names_the_ones_there_are() {
    assert_run_snapshot!(project().run(&["migrate", "--set", "sessions"]), @"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: there is no set named `sessions`
      next: bundled sets: auth-sessions, lucia-sessions, refresh-tokens, rls-sessions, user-sessions
      next: for your own files use --migrations-dir and --rollbacks-dir
    ");
}

#[test]
fn set_and_directories_exclude_each_other() {
    let run = project().run(&["status", "--set", "rls-sessions", "--migrations-dir", "migrations"]);
    let run = run.expect_code(2);
    assert!(run.stderr.contains("--set and --migrations-dir exclude each other"), "{run}");
}

#[test]
fn a_manifest_that_cannot_be_read_is_refused() {
    let project = project();
    project.write("migrations/set.toml", "name = \"shop\"\nengine = \"mysql\"\n");
    let run = project.run(&["migrate"]).expect_code(2);
    assert!(run.stderr.starts_with("error: migrations/set.toml: "), "{run}");
    assert!(run.stderr.contains("mysql"), "{run}");
    assert!(run.stderr.contains("next: set.toml has name, engine (postgresql or sqlite)"), "{run}");
}
