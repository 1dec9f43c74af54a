//! A table that a migration dropped, made again by hand.

use serde_json::json;

use super::told;
use crate::support::{Cluster, Database, Project};

fn given(table: &str) -> (Database, Project) {
    let database = Cluster::shared().database();
    let project = Project::for_database(&database);
    project.migration(1, "tables", table, "SELECT 1;");
    project.run(&["migrate"]).expect_code(0);
    (database, project)
}

fn drop(project: &Project, table: &str) {
    let down = "SELECT 1;";
    project.migration(2, "drop", &format!("DROP TABLE {table};"), down);
    project.run(&["migrate"]).expect_code(0);
}

#[test]
fn it_is_made_with_its_rows_constraints_and_indexes() {
    let (database, project) = given(
        "CREATE TABLE teams (id int PRIMARY KEY);
         CREATE TABLE users (
             id bigint GENERATED ALWAYS AS IDENTITY (START 100 INCREMENT 5) PRIMARY KEY,
             serial serial, team int REFERENCES teams, email varchar(40) NOT NULL UNIQUE,
             price numeric(8,2) DEFAULT 1.50 CHECK (price > 0),
             twice numeric GENERATED ALWAYS AS (price * 2) STORED);
         CREATE INDEX users_by_lower ON users (lower(email)) WHERE price > 1;",
    );
    database.psql(
        "INSERT INTO teams VALUES (1);
         INSERT INTO users (team, email) VALUES (1, 'a@x'), (1, 'b@x')",
    );
    let schema = database.dump_with(&["--schema-only", "--table=users"]);
    let rows = database.psql("SELECT * FROM users ORDER BY id");
    drop(&project, "users");
    let done = told(&project, &["backup", "restore", "1", "--force"]);
    assert_eq!(done["table_made_again"], true);
    assert_eq!(done["inserted_rows"], 2);
    assert_eq!(done["not_made"], json!([]));
    assert_eq!(database.psql("SELECT * FROM users ORDER BY id"), rows);
    assert_eq!(database.dump_with(&["--schema-only", "--table=users"]), schema);
    let next = database.psql("INSERT INTO users (email) VALUES ('c@x') RETURNING id, serial");
    assert_eq!(next, "110|3");
}

#[test]
fn a_reference_to_a_table_that_is_gone_is_reported() {
    let (database, project) = given(
        "CREATE TABLE teams (id int PRIMARY KEY);
         CREATE TABLE users (id int PRIMARY KEY, team int REFERENCES teams);",
    );
    database.psql("INSERT INTO teams VALUES (1); INSERT INTO users VALUES (7, 1)");
    drop(&project, "users, teams");
    let backups = super::listed(&project);
    let id = backups.iter().find(|it| it["table"] == "users").unwrap()["id"].to_string();
    let done = told(&project, &["backup", "restore", &id, "--force"]);
    let unmade = done["not_made"][0]["statement"].as_str().unwrap();
    assert!(unmade.contains("FOREIGN KEY (team) REFERENCES"), "{unmade}");
    assert_eq!(database.psql("SELECT * FROM users"), "7|1");
}

#[test]
fn what_would_be_made_is_undone_by_a_dry_run() {
    let (database, project) = given("CREATE TABLE users (id serial PRIMARY KEY);");
    database.psql("INSERT INTO users VALUES (7)");
    drop(&project, "users");
    let before = database.dump();
    let done = told(&project, &["backup", "restore", "1", "--dry-run"]);
    assert_eq!(done["table_made_again"], true);
    assert_eq!(done["inserted_rows"], 1);
    assert_eq!(database.dump(), before);
}

#[test]
fn one_that_somebody_made_meanwhile_takes_the_rows() {
    let (database, project) = given("CREATE TABLE users (id int PRIMARY KEY, email text);");
    database.psql("INSERT INTO users VALUES (7, 'a@x'), (8, 'b@x')");
    drop(&project, "users");
    database.psql("CREATE TABLE users (id int PRIMARY KEY, email text, more text)");
    database.psql("INSERT INTO users VALUES (8, 'other@x')");
    let done = told(&project, &["backup", "restore", "1", "--force"]);
    assert_eq!((&done["inserted_rows"], &done["conflicts"]), (&json!(1), &json!(1)));
    assert_eq!(database.psql("SELECT * FROM users ORDER BY id"), "7|a@x|\n8|other@x|");
}
