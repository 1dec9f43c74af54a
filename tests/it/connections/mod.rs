//! Ways to a database, and what is said where one leads nowhere.

mod choice;
mod failures;
mod forms;
mod sqlite;
mod tls;

use std::path::Path;

use crate::support::{Database, Project, Run, Turnback};

/// A project with one migration.
fn project() -> Project {
    let project = Project::new();
    project.migration(1, "base", "CREATE TABLE a (b int);", "DROP TABLE a;");
    project
}

/// `status --format json` of a project, with a URL in the environment.
fn status(url: &str) -> Turnback {
    project().url(url).command(&["status", "--format", "json"])
}

/// The run reached the database and says which it was.
#[track_caller]
fn assert_reached(run: Run, database: &Database) {
    let document = run.expect_code(0).json();
    let shown = document["database"].as_str().expect("it is known");
    assert!(shown.contains(database.name()), "{document}");
}

/// A path as a URL's parameter has it.
fn encoded(path: &Path) -> String {
    path.display().to_string().replace('/', "%2F")
}
