//! `lint`: what is dangerous or wrong in files, without a database.

mod files;
mod formats;
mod levels;
mod set;
mod sqlite;
mod suppressions;

use crate::support::{Project, Run};

/// A project with one migration whose rollback has nothing to say.
fn project(script: &str) -> Project {
    let project = Project::new();
    project.migration(1, "a", script, "-- nothing to undo");
    project
}

/// Each finding as `error ban-drop-table migrations/V1__a.sql:1:1`.
#[track_caller]
fn found(run: &Run) -> Vec<String> {
    let document = run.json();
    let findings = document["findings"].as_array().expect("a list").clone();
    let shown = findings.iter().map(|it| {
        let text = |key: &str| it[key].as_str().unwrap_or_default().to_owned();
        let place = match it["line"].as_u64() {
            Some(line) => format!("{}:{line}:{}", text("file"), it["column"]),
            None => text("file"),
        };
        let accepted = if it["accepted"].is_null() { "" } else { " accepted" };
        format!("{} {} {place}{accepted}", text("level"), text("id"))
    });
    shown.collect()
}

/// Lints in JSON.
fn lint(project: &Project, args: &[&str]) -> Run {
    project.run(&[&["lint", "--format", "json"], args].concat())
}
