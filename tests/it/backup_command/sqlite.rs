//! The same on SQLite, where values have types of their own.

use serde_json::json;

use super::{listed, told};
use crate::support::{Project, SqliteFile};

const BEFORE: &str = "1|A@x|text\n2|7|integer\n3|NULL|null";

/// A table whose column holds values of several types, which the second migration overwrites.
fn given(update: &str) -> (SqliteFile, Project) {
    let file = SqliteFile::new();
    let project = Project::new().url(&file.url());
    let create = "CREATE TABLE users (id INTEGER PRIMARY KEY, email);";
    project.migration(1, "users", create, "DROP TABLE users;");
    project.run(&["migrate"]).expect_code(0);
    file.query("INSERT INTO users VALUES (1, 'A@x'), (2, 7), (3, NULL)");
    project.migration(2, "change", update, "SELECT 1;");
    project.run(&["migrate"]).expect_code(0);
    (file, project)
}

fn users(file: &SqliteFile) -> String {
    file.query("SELECT id, coalesce(email, 'NULL'), typeof(email) FROM users ORDER BY id")
}

#[test]
fn values_come_back_as_they_were() {
    let (file, project) = given("UPDATE users SET email = lower(email);");
    file.query("UPDATE users SET email = 'new@x' WHERE id = 2");
    let before = users(&file);
    let done = told(&project, &["backup", "restore", "1", "--dry-run"]);
    assert_eq!((&done["restored_rows"], &done["conflicts"]), (&json!(1), &json!(1)));
    assert_eq!(users(&file), before);
    let done = told(&project, &["backup", "restore", "1", "--force"]);
    assert_eq!((&done["restored_rows"], &done["conflicts"]), (&json!(1), &json!(1)));
    let done = told(&project, &["backup", "restore", "1", "--overwrite", "--force"]);
    assert_eq!(users(&file), BEFORE);
    let id = done["overwritten_backup"]["id"].to_string();
    told(&project, &["backup", "restore", &id, "--force"]);
    assert_eq!(users(&file), "1|A@x|text\n2|new@x|text\n3|NULL|null");
}

#[test]
fn deleted_rows_come_back() {
    let (file, project) = given("DELETE FROM users WHERE id > 1;");
    let done = told(&project, &["backup", "restore", "1", "--where", "email = 7", "--force"]);
    assert_eq!(done["inserted_rows"], 1);
    told(&project, &["backup", "restore", "1", "--force"]);
    assert_eq!(users(&file), BEFORE);
}

#[test]
fn a_dropped_table_is_made_again() {
    let (file, project) = given("DROP TABLE users;");
    let done = told(&project, &["backup", "restore", "1", "--force"]);
    assert_eq!(done["table_made_again"], true);
    assert_eq!(users(&file), BEFORE);
}

#[test]
fn a_dropped_column_that_was_added_again_is_filled() {
    let (file, project) = given("ALTER TABLE users DROP COLUMN email;");
    let run = project.run(&["backup", "restore", "1", "--force"]).expect_code(1);
    assert!(run.stderr.contains("users has no column email"), "{run}");
    file.query("ALTER TABLE users ADD COLUMN email");
    told(&project, &["backup", "restore", "1", "--force"]);
    assert_eq!(users(&file), BEFORE);
}

#[test]
fn a_reference_that_would_dangle_is_refused() {
    let file = SqliteFile::new();
    let project = Project::new().url(&file.url());
    project.migration(
        1,
        "tables",
        "CREATE TABLE teams (id INTEGER PRIMARY KEY);
         CREATE TABLE users (id INTEGER PRIMARY KEY, team INTEGER REFERENCES teams);",
        "SELECT 1;",
    );
    project.run(&["migrate"]).expect_code(0);
    file.query("INSERT INTO teams VALUES (1); INSERT INTO users VALUES (7, 1)");
    project.migration(2, "delete", "DELETE FROM users;", "SELECT 1;");
    project.run(&["migrate"]).expect_code(0);
    file.query("DELETE FROM teams");
    project.run(&["backup", "restore", "1", "--force"]).expect_code(1);
    assert_eq!(file.query("SELECT count(*) FROM users"), "0");
}

#[test]
fn pruned_backups_leave_no_table() {
    let (file, project) = given("UPDATE users SET email = lower(email);");
    let tables = "SELECT count(*) FROM sqlite_schema \
                  WHERE type = 'table' AND name LIKE 'turnback_backup_%'";
    assert_ne!(file.query(tables), "0");
    let id = listed(&project)[0]["id"].to_string();
    let done = told(&project, &["backup", "prune", &id, "--yes"]);
    assert_eq!(done["skipped"][0]["reason"], "rolling back V2__change would put it back");
    told(&project, &["backup", "prune", &id, "--force"]);
    assert!(listed(&project).is_empty());
    assert_eq!(file.query(tables), "0");
}
