//! The live schema against the one on record, and the files against the history.

mod files;
mod live;
mod reading;
mod reports;
mod sets;
mod weak;

use serde_json::Value;

use crate::support::{Either, Project};

/// An empty database of each engine, and a project with two migrations for it.
fn each() -> [(Either, Project); 2] {
    Either::both().map(|database| {
        let project = database.project();
        let users = "CREATE TABLE users (id int PRIMARY KEY, name text);";
        project.migration(1, "users", users, "DROP TABLE users;");
        let index = "CREATE INDEX users_name ON users (name);";
        project.migration(2, "index", index, "DROP INDEX users_name;");
        (database, project)
    })
}

/// The same with both applied.
fn applied() -> [(Either, Project); 2] {
    each().map(|(database, project)| {
        project.run(&["migrate"]).expect_code(0);
        (database, project)
    })
}

#[track_caller]
fn verify(project: &Project, code: i32) -> Value {
    let run = project.run(&["verify", "--format", "json"]).expect_code(code);
    let document = run.json();
    assert_eq!((&document["command"], &document["exit_code"]), (&"verify".into(), &code.into()));
    assert_eq!(document["ok"], code == 0);
    assert_eq!(document["against"], "the catalog on record");
    document
}

/// The findings, a line each: `error drift`.
fn findings(document: &Value) -> Vec<String> {
    let findings = document["findings"].as_array().expect("it is a list");
    let line =
        |it: &Value| format!("{} {}", it["level"].as_str().unwrap(), it["rule"].as_str().unwrap());
    findings.iter().map(line).collect()
}
