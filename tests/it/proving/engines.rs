//! For which engine a set is rehearsed.

use super::{set_for, there, verdicts};
use crate::support::snapshot::assert_run_snapshot;
use crate::support::{Project, SqliteFile};

fn plain() -> Project {
    let project = Project::new();
    project.migration(1, "a", "CREATE TABLE a (id integer PRIMARY KEY);", "DROP TABLE a;");
    project.migration(2, "b", "ALTER TABLE a ADD b text;", "ALTER TABLE a DROP b;");
    project
}

#[test]
fn without_a_word_on_the_engine_there_is_no_rehearsal() {
    assert_run_snapshot!(plain().run(&["prove"]), @"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: nothing says which engine the migrations are for
      next: name the database they are meant for with -D, or the engine in their set.toml
    ");
}

#[test]
fn the_database_named_says_the_engine_and_need_not_exist() {
    let file = SqliteFile::new();
    let run = plain().run(&["prove", "-D", &file.url()]).expect_code(0);
    assert!(run.stdout.contains(": on temporary SQLite files\n"), "{run}");
    assert!(run.stdout.ends_with("\n2 of 2 migrations proven\n"), "{run}");
    assert_eq!(file.files(), [""; 0]);
}

#[test]
fn a_set_for_another_engine_than_the_database_is_refused() {
    let file = SqliteFile::new();
    let project = set_for("postgresql").url(&file.url());
    project.migration(1, "a", "CREATE TABLE a ();", "DROP TABLE a;");
    let run = there(project.command(&["prove"])).run().expect_code(2);
    assert!(run.stderr.contains("PostgreSQL"), "{run}");
}

#[test]
fn scripts_without_a_transaction_are_rehearsed_as_they_run() {
    let project = set_for("postgresql");
    project.migration(1, "a", "CREATE TABLE a (id int PRIMARY KEY, b text);", "DROP TABLE a;");
    project.migration(
        2,
        "b",
        "-- turnback:transaction off\nCREATE INDEX CONCURRENTLY a_b ON a (b);\n",
        "-- turnback:transaction off\nDROP INDEX CONCURRENTLY a_b;\n",
    );
    project.migration(
        3,
        "bad",
        "-- turnback:transaction off\nCREATE INDEX CONCURRENTLY a_bb ON a (b);\n",
        "-- turnback:transaction off\nSELECT 1;\n",
    );
    project.migration(4, "c", "CREATE TABLE c ();", "DROP TABLE c;");
    let run = there(project.command(&["prove", "--format", "json"])).run().expect_code(4);
    assert_eq!(
        verdicts(&run),
        ["1 yes yes yes yes yes", "2 yes yes yes yes yes", "3 yes no - no -"]
    );
    // The schema is neither the one before nor the one behind it.
    assert_eq!(run.json()["not_reached"], 1);
}
