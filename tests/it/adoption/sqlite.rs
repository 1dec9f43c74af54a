//! Which tables of SQLite are adopted.

use crate::support::snapshot::assert_run_snapshot;
use crate::support::{Project, SqliteFile};

fn project(file: &SqliteFile, script: &str) -> Project {
    let project = Project::new().url(&file.url());
    project.migration(1, "base", script, "DROP TABLE accounts;");
    project
}

const ACCOUNTS: &str = "-- turnback:adopt-if table accounts(id integer, mail text, note)
CREATE TABLE accounts (id integer PRIMARY KEY, mail text, note text);
";

fn migrated_state(project: &Project) -> String {
    let run = project.run(&["migrate", "--format", "json"]).expect_code(0);
    run.json()["migrations"][0]["state"].as_str().unwrap().to_owned()
}

#[test]
fn a_table_with_the_columns_is_adopted_and_outlives_the_way_back() {
    // SQLite compares names without case, and types by what they mean to it.
    let file = SqliteFile::with(
        "CREATE TABLE Accounts (ID INT PRIMARY KEY, Mail VARCHAR(20), note, more REAL);
         INSERT INTO accounts (mail) VALUES ('kept')",
    );
    let before = file.schema();
    let project = project(&file, ACCOUNTS);
    assert_eq!(migrated_state(&project), "adopted");
    project.run(&["rollback", "--force"]).expect_code(0);
    assert_eq!(file.schema(), before);
    assert_eq!(file.rows("SELECT mail FROM accounts"), ["kept"]);
}

#[test]
fn a_wrong_type_and_a_missing_column_are_named_and_the_file_is_untouched() {
    let file = SqliteFile::with("CREATE TABLE accounts (id text, note)");
    let before = file.trace();
    let project = project(&file, ACCOUNTS);
    let run = project.run(&["migrate"]).expect_code(1);
    assert_run_snapshot!(run);
    assert_eq!(file.trace(), before);
    assert_eq!(
        project.run(&["migrate", "--format", "json"]).json()["error"]["kind"],
        "precondition"
    );
}

#[test]
fn tables_that_exist_in_part_are_refused() {
    let file = SqliteFile::with("CREATE TABLE accounts (id integer)");
    let before = file.trace();
    let script = "-- turnback:adopt-if table accounts(id)
-- turnback:adopt-if table owners(id)
CREATE TABLE owners (id int); CREATE TABLE accounts (id int);";
    let project = project(&file, script);
    let run = project.run(&["migrate"]).expect_code(1);
    assert!(run.stderr.contains("exist: accounts\n"), "{run}");
    assert!(run.stderr.contains("do not exist: owners\n"), "{run}");
    assert_eq!(file.trace(), before);
}

#[test]
fn quoted_names_and_generated_columns_are_seen() {
    let file = SqliteFile::with(
        r#"CREATE TABLE "My ""Table""" ("E-Mail" text, n int GENERATED ALWAYS AS (1), "a.b" blob)"#,
    );
    let project = project(
        &file,
        r#"-- turnback:adopt-if table "My ""Table"""("E-Mail" text, n int, "a.b" blob)
CREATE TABLE "My ""Table""" ("E-Mail" text);"#,
    );
    assert_eq!(migrated_state(&project), "adopted");
}

#[test]
fn without_a_list_the_columns_of_the_create_table_are_needed() {
    let script = "-- turnback:adopt-if table accounts
CREATE TABLE accounts (id integer PRIMARY KEY, price decimal(10, 2), PRIMARY KEY (id));";
    let file = SqliteFile::with("CREATE TABLE accounts (id INTEGER PRIMARY KEY, price NUMERIC)");
    assert_eq!(migrated_state(&project(&file, script)), "adopted");
    let file = SqliteFile::with("CREATE TABLE accounts (id INTEGER PRIMARY KEY)");
    let run = project(&file, script).run(&["migrate"]).expect_code(1);
    assert!(run.stderr.contains("column price is missing"), "{run}");
}
