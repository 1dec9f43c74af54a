//! A rehearsal sees what each bad form costs, and that its safe form does not.

use serde_json::Value;
use turnback::sql::{Cost, Example, HazardRule};

use super::forms::{ROWS, examples, ground};
use crate::support::{Cluster, Project};

/// What a script does in a schema of its own. What stands for the whole script comes first.
fn within(schema: &str, script: &str) -> String {
    let (first, rest) = match script.split_once('\n') {
        Some((first, rest)) if first.starts_with("-- turnback:transaction") => (first, rest),
        _ => ("", script),
    };
    format!("{first}\nSET search_path = {schema};\n{rest}")
}

/// Rehearses scripts on a database with the ground of their examples, one migration each.
fn rehearsed(scripts: &[(Example, Vec<&str>)]) -> Vec<Value> {
    let database = Cluster::shared().database();
    let project = Project::for_database(&database);
    let mut version = 0;
    for (index, (example, scripts)) in scripts.iter().enumerate() {
        let schema = format!("s{index}");
        ground(&database, &schema, *example);
        for script in scripts {
            version += 1;
            project.migration(version, "form", &within(&schema, script), "-- nothing to undo\n");
        }
    }
    let flags = ["plan", "--rehearse", "--sample", "all", "--format", "json"];
    // On the tests' own server, where none has to be started.
    let scratch = format!("postgres://postgres@127.0.0.1:{}/postgres", database.port());
    let run = project.command(&flags).env("TURNBACK_SCRATCH", scratch).run().expect_code(0);
    run.json()["migrations"].as_array().expect("they are listed").clone()
}

fn list<'a>(observed: &'a Value, what: &str) -> &'a [Value] {
    observed[what].as_array().map_or(&[], Vec::as_slice)
}

/// What was observed of a migration's statements.
fn observed(migration: &Value) -> impl Iterator<Item = &Value> {
    list(migration, "statements").iter().map(|it| &it["observed"])
}

fn rewrites(migration: &Value) -> bool {
    observed(migration).any(|it| list(it, "rewrites").iter().any(|it| it["kind"] == "table"))
}

fn reads_all(migration: &Value) -> bool {
    let is_all = |it: &Value| it["rows"].as_u64().is_some_and(|rows| rows >= ROWS);
    observed(migration).any(|it| list(it, "scans").iter().any(is_all))
}

fn seen_ones() -> Vec<(&'static HazardRule, Example)> {
    let is_seen = |cost| matches!(cost, Cost::Rewrite | Cost::Scan | Cost::IndexBuild);
    examples().filter(|(rule, _)| is_seen(rule.cost)).collect()
}

#[test]
fn a_rehearsal_sees_what_a_bad_form_costs() {
    let rules = seen_ones();
    let scripts: Vec<_> = rules.iter().map(|(_, it)| (*it, vec![it.bad])).collect();
    for (migration, (rule, _)) in rehearsed(&scripts).iter().zip(&rules) {
        match rule.cost {
            Cost::Rewrite => assert!(rewrites(migration), "{}: {migration:#}", rule.id),
            _ => assert!(reads_all(migration), "{}: {migration:#}", rule.id),
        }
    }
}

#[test]
fn a_rehearsal_sees_no_danger_in_a_safe_form() {
    let rules = seen_ones();
    let scripts: Vec<_> = rules.iter().map(|(_, it)| (*it, it.safe.to_vec())).collect();
    let ids = rules.iter().flat_map(|(rule, it)| it.safe.iter().map(|_| rule.id));
    for (migration, id) in rehearsed(&scripts).iter().zip(ids) {
        let hazards = list(migration, "hazards").iter().filter_map(|it| it["id"].as_str());
        let dangers: Vec<&str> = hazards.filter(|it| it.starts_with("observed-")).collect();
        assert!(dangers.is_empty(), "{id}: {dangers:?} {migration:#}");
    }
}
