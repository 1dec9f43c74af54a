//! What the commands say and write: to people, to machines, and to the database.

mod json;
mod reading;
mod scaffold;
mod status;
mod targets;

use crate::support::Project;

/// A project of three migrations, on a SQLite file inside it.
fn three() -> Project {
    let project = Project::new().url("sqlite:app.db");
    fill(&project);
    project
}

fn fill(project: &Project) {
    project
        .migration(1, "users", "CREATE TABLE users (id integer);", "DROP TABLE users;")
        .migration(
            2,
            "add_name",
            "ALTER TABLE users ADD name text;",
            "ALTER TABLE users DROP name;",
        )
        .migration(
            3,
            "orders",
            "CREATE TABLE orders (id integer);\nCREATE INDEX by_id ON orders (id);",
            "DROP TABLE orders;",
        );
}
