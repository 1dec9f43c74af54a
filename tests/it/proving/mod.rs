//! `prove`, and `verify` against files: what is rehearsed on throwaway databases.

mod bad_sets;
mod bundled;
mod engines;
mod live;
mod made_rows;
mod parallel;
mod rebuilt;
mod snapshot_file;
mod stopped;

use std::sync::LazyLock;

use serde_json::Value;

use crate::support::{Cluster, Project, Run, Turnback};

/// The server of the tests, where rehearsals need not start one of their own.
static SERVER: LazyLock<String> = LazyLock::new(|| {
    let database = Cluster::shared().database();
    format!("postgres://postgres@127.0.0.1:{}/postgres", database.port())
});

/// A set of one's own.
fn set_for(engine: &str) -> Project {
    let project = Project::new();
    project.write(
        "migrations/set.toml",
        format!("name = \"own\"\nengine = \"{engine}\"\nsummary = \"Made for a test.\"\n"),
    );
    project
}

/// A run whose rehearsals take place on the tests' server.
fn there(run: Turnback) -> Turnback {
    run.env("TURNBACK_SCRATCH", &*SERVER)
}

/// A run that starts a server, from what earlier ones kept.
fn alone(run: Turnback) -> Turnback {
    let cache = concat!(env!("CARGO_TARGET_TMPDIR"), "/rehearsals");
    run.env("XDG_CACHE_HOME", cache).env("TURNBACK_OFFLINE", "1")
}

/// What a `prove` in JSON says of each version, in a word for each step.
fn verdicts(run: &Run) -> Vec<String> {
    let document = run.json();
    let migrations = document["migrations"].as_array().expect("it is a list");
    let word = |it: &Value, key: &str| match it[key].as_bool() {
        Some(true) => "yes",
        Some(false) => "no",
        None => "-",
    };
    let keys = ["up", "down", "up_again", "schema_restored", "data_restored"];
    let line = |it: &Value| {
        let words: Vec<&str> = keys.iter().map(|key| word(it, key)).collect();
        format!("{} {}", it["version"], words.join(" "))
    };
    migrations.iter().map(line).collect()
}

/// The objects of a `verify` in JSON that differ, each as `missing index public.t.i`.
fn drift(run: &Run) -> Vec<String> {
    let word = |it: &Value, key: &str| it[key].as_str().expect("it is text").to_owned();
    let document = run.json();
    let drift = document["drift"].as_array().expect("it is a list").iter();
    drift.map(|it| ["change", "kind", "object"].map(|key| word(it, key)).join(" ")).collect()
}
