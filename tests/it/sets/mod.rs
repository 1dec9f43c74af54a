//! The bundled sets on real databases: up, down, adopted, and what they promise to applications.

mod every;
mod lucia_behaviour;
mod lucia_way_back;
mod rls_adopted;
mod rls_behaviour;
mod rls_way_back;

use crate::support::{Database, Run, Turnback};

/// The program with the set `rls-sessions` on a database.
fn rls(database: &Database, args: &[&str]) -> Run {
    let url = database.url();
    let mut all = vec!["-D", &url, "--set", "rls-sessions"];
    all.extend(args);
    Turnback::new(&all).run()
}

/// What `migrations[]` of a run's JSON says of each version.
fn states(run: &Run) -> Vec<(i64, String)> {
    let json = run.json();
    let migrations = json["migrations"].as_array().unwrap_or_else(|| panic!("{json}"));
    let state = |it: &serde_json::Value| {
        (it["version"].as_i64().unwrap(), it["state"].as_str().unwrap().to_owned())
    };
    migrations.iter().map(state).collect()
}
