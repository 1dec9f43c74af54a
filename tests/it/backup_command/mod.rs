//! `backup`: what was saved is listed, put back by hand, and pruned.

mod access;
mod dropped_table;
mod list;
mod odd_names;
mod prompt;
mod prune;
mod refused;
mod restore;
mod sqlite;

use serde_json::Value;

use crate::support::{Cluster, Database, Project};

/// Users with an address, which the second migration makes lower case and the third one drops.
fn project() -> (Database, Project) {
    let database = Cluster::shared().database();
    let project = Project::for_database(&database);
    project.migration(
        1,
        "users",
        "CREATE TABLE users (id int PRIMARY KEY, email text, ip inet);",
        "DROP TABLE users;",
    );
    project.run(&["migrate"]).expect_code(0);
    database.psql(
        "INSERT INTO users VALUES (1, 'A@x', '10.0.0.1'), (2, 'B@x', '10.0.0.2'), (3, 'c@x', NULL)",
    );
    (database, project)
}

/// The addresses are lower case since, and what they were is backup 1.
fn updated() -> (Database, Project) {
    let (database, project) = project();
    let update = "UPDATE users SET email = lower(email);";
    project.migration(2, "lower", update, "SELECT 1;");
    project.run(&["migrate"]).expect_code(0);
    (database, project)
}

/// The column is dropped, and what it held is backup 1.
fn dropped() -> (Database, Project) {
    let (database, project) = project();
    let drop = "ALTER TABLE users DROP COLUMN ip;";
    project.migration(2, "no_ip", drop, "ALTER TABLE users ADD COLUMN ip inet;");
    project.run(&["migrate"]).expect_code(0);
    (database, project)
}

/// The users, a line each.
fn users(database: &Database) -> String {
    database.psql("SELECT * FROM users ORDER BY id")
}

/// What a run tells as JSON.
#[track_caller]
fn told(project: &Project, args: &[&str]) -> Value {
    let args = [&["--format", "json"], args].concat();
    project.run(&args).expect_code(0).json()
}

/// The backups there are.
#[track_caller]
fn listed(project: &Project) -> Vec<Value> {
    let told = told(project, &["backup", "list"]);
    told["backups"].as_array().expect("it is a list").clone()
}

/// A table of the ledger's schema as its name stands in JSON.
fn rows_of(database: &Database, place: &Value) -> String {
    let place = place.as_str().expect("it is a name");
    database.psql(&format!("SELECT * FROM {place} ORDER BY 1"))
}

/// How many tables lie in the ledger's schema.
fn places(database: &Database) -> String {
    database.psql(
        "SELECT count(*) FROM pg_class \
         WHERE relnamespace = 'turnback'::regnamespace AND relkind = 'r'",
    )
}
