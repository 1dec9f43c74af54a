//! `plan --rehearse`: a plan run on a throwaway database that is like the live one.

mod agreement;
mod copied;
mod shown;
mod sqlite;
mod stopped;

use std::sync::LazyLock;

use serde_json::Value;

use crate::support::{Cluster, Database, Project, Run, Turnback};

/// The server of the tests, where rehearsals need not start one of their own.
static SERVER: LazyLock<String> = LazyLock::new(|| {
    format!("postgres://postgres@127.0.0.1:{}/postgres", Cluster::shared().port())
});

/// A run whose rehearsal takes place on the tests' server.
fn there(run: Turnback) -> Turnback {
    run.env("TURNBACK_SCRATCH", &*SERVER)
}

/// A run that starts a server, from what earlier ones kept.
fn alone(run: Turnback) -> Turnback {
    let cache = concat!(env!("CARGO_TARGET_TMPDIR"), "/rehearsals");
    run.env("XDG_CACHE_HOME", cache).env("TURNBACK_OFFLINE", "1")
}

/// A database whose schema and rows some SQL makes, and a project with one migration for it.
fn given(sql: &str, up: &str) -> (Database, Project) {
    let database = Cluster::shared().database();
    database.psql(sql);
    let project = Project::for_database(&database);
    project.migration(1, "work", up, "SELECT 1;");
    (database, project)
}

/// Rehearses on the tests' server, in JSON.
fn rehearsed(project: &Project, more: &[&str]) -> Run {
    let args = [&["plan", "--rehearse", "--format", "json"], more].concat();
    there(project.command(&args)).run()
}

/// The statements of the only migration.
fn statements(run: &Run) -> Vec<Value> {
    run.json()["migrations"][0]["statements"].as_array().expect("it is a list").clone()
}

/// What was seen of a statement, one fact a line: `lock public.t ACCESS EXCLUSIVE`.
fn facts(observed: &Value) -> Vec<String> {
    let list = |key: &str| observed[key].as_array().expect("it is a list").clone();
    let text = |it: &Value| it.as_str().map_or_else(|| it.to_string(), str::to_owned);
    let mut facts = Vec::new();
    for it in list("locks") {
        facts.push(format!("lock {} {}", text(&it["object"]), text(&it["lock"])));
    }
    for it in list("rewrites") {
        facts.push(format!("rewrite {} {}", text(&it["kind"]), text(&it["object"])));
    }
    facts.extend(list("emptied").iter().map(|it| format!("empty {}", text(it))));
    for it in list("scans") {
        facts.push(format!("scan {} {}", text(&it["table"]), it["rows"]));
    }
    for it in list("changed") {
        let counts = [&it["inserted"], &it["updated"], &it["deleted"]].map(ToString::to_string);
        facts.push(format!("rows {} {}", text(&it["table"]), counts.join(" ")));
    }
    facts.sort();
    facts
}

/// The notes of a rehearsal.
fn notes(run: &Run) -> Vec<String> {
    let notes = run.json()["rehearsal"]["notes"].clone();
    notes
        .as_array()
        .expect("it is a list")
        .iter()
        .map(|it| it.as_str().unwrap().to_owned())
        .collect()
}
