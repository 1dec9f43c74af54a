//! Each hazard's bad form on a real server does what is said of it, and its safe form does not.

use std::sync::Once;

use turnback::model::Engine;
use turnback::sql::{CATALOGUE, Cost, Example, HazardLevel, HazardRule, LockStrength};

use super::seen::{Seen, by_itself, in_transaction};
use crate::support::{Cluster, Database, Project};

/// So many rows each example's tables have.
pub(super) const ROWS: u64 = 2_000;

/// The examples that the server can run, on the shared cluster.
pub(super) fn examples() -> impl Iterator<Item = (&'static HazardRule, Example)> {
    static TABLESPACE: Once = Once::new();
    TABLESPACE.call_once(|| Cluster::shared().tablespace("fast"));
    CATALOGUE
        .into_iter()
        .filter(|rule| rule.engine != Some(Engine::Sqlite))
        .filter(|rule| known_since(rule) <= Cluster::major())
        .filter_map(|rule| Some((rule, rule.example?)))
}

/// The major version that came with the statement.
fn known_since(rule: &HazardRule) -> u32 {
    match rule.id {
        "changing-access-method" => 15,
        "changing-generated-expression" => 17,
        _ => 0,
    }
}

/// A schema of its own with what an example finds there.
pub(super) fn ground(database: &Database, schema: &str, example: Example) {
    database.psql(&format!(
        "CREATE SCHEMA {schema}; SET search_path = {schema};\n{}\nANALYZE;",
        example.ground
    ));
}

fn is_alone(script: &str) -> bool {
    script.contains("-- turnback:transaction off")
}

fn run(database: &Database, schema: &str, script: &str) -> Result<Seen, String> {
    if is_alone(script) {
        by_itself(database, schema, script)
    } else {
        in_transaction(database, schema, script)
    }
}

#[test]
fn a_bad_form_costs_what_is_said_of_it() {
    let database = Cluster::shared().database();
    for (index, (rule, example)) in examples().enumerate() {
        let (id, schema) = (rule.id, format!("bad_{index}"));
        ground(&database, &schema, example);
        let seen = match (rule.cost, run(&database, &schema, example.bad)) {
            (Cost::Failure, outcome) => {
                assert!(outcome.is_err(), "{id}: {outcome:?}");
                continue;
            }
            (_, outcome) => outcome.unwrap_or_else(|error| panic!("{id}: {error}")),
        };
        match rule.cost {
            Cost::Rewrite => assert!(!seen.rewritten.is_empty(), "{id}: {seen:?}"),
            Cost::Scan => {
                assert!(seen.read >= ROWS && seen.rewritten.is_empty(), "{id}: {seen:?}");
            }
            Cost::IndexBuild => {
                let is_built = !seen.built.is_empty() && seen.rewritten.is_empty();
                assert!(seen.read >= ROWS && is_built, "{id}: {seen:?}");
            }
            Cost::RowLocks => assert_eq!(seen.changed, ROWS, "{id}: {seen:?}"),
            Cost::Lock | Cost::Clients => {
                assert!(seen.read == 0 && seen.rewritten.is_empty(), "{id}: {seen:?}");
            }
            Cost::Data | Cost::Unknown | Cost::Failure => {}
        }
        if let Some(lock) = rule.lock.filter(|_| !is_alone(example.bad)) {
            assert_eq!(seen.lock, Some(lock.strength), "{id}: {seen:?}");
        }
    }
}

#[test]
fn a_safe_form_neither_rewrites_nor_reads_a_table_under_a_strong_lock() {
    let database = Cluster::shared().database();
    for (index, (rule, example)) in examples().enumerate() {
        let (id, schema) = (rule.id, format!("safe_{index}"));
        ground(&database, &schema, example);
        for script in example.safe {
            let seen = run(&database, &schema, script);
            let seen = seen.unwrap_or_else(|error| panic!("{id}: {error} in\n{script}"));
            assert!(seen.rewritten.is_empty(), "{id}: {seen:?} in\n{script}");
            let is_strong = seen.lock.is_some_and(|lock| lock >= LockStrength::Share);
            assert!(!(is_strong && reads(script, &seen)), "{id}: {seen:?} in\n{script}");
        }
    }
}

/// Whether rows were read while a strong lock was held: a validation at the beginning of a script
/// reads them once, before it.
fn reads(script: &str, seen: &Seen) -> bool {
    let first = script.lines().next().unwrap_or_default();
    let free = if first.contains("VALIDATE CONSTRAINT") { ROWS } else { 0 };
    seen.read >= free + ROWS
}

#[test]
fn a_bad_form_stops_migrate_and_a_safe_form_is_migrated_as_it_stands() {
    let cluster = Cluster::shared();
    let examples: Vec<_> = examples().collect();
    std::thread::scope(|scope| {
        for part in examples.chunks(examples.len().div_ceil(2)) {
            scope.spawn(move || {
                for (rule, example) in part {
                    migrate(cluster, rule, *example);
                }
            });
        }
    });
}

fn migrate(cluster: &Cluster, rule: &HazardRule, example: Example) {
    let database = cluster.database();
    database.psql(example.ground);
    let project = Project::for_database(&database);
    let run = |args: &[&str]| {
        let run = project.command(args).env_remove("TURNBACK_ALLOW_HAZARD").run();
        (run.code, format!("{}:\n{}{}", rule.id, run.stdout, run.stderr))
    };
    project.migration(1, "bad", example.bad, "-- nothing to undo\n");
    let (_, plan) = run(&["plan", "--format", "json"]);
    // The example has fewer rows than are many.
    if rule.id != "change-in-one-piece" {
        assert!(plan.contains(&format!("\"id\": \"{}\"", rule.id)), "{plan}");
    }
    if rule.level == HazardLevel::Error {
        let (code, told) = run(&["migrate"]);
        let flag = format!("--allow-hazard {}", rule.id);
        assert!(code == 6 && told.contains(&flag), "{code} {told}");
    }
    project.remove("migrations/V1__bad.sql").remove("rollbacks/V1__bad.sql");
    for (version, script) in (1..).zip(example.safe) {
        project.migration(version, "safe", script, "-- nothing to undo\n");
    }
    let (code, told) = run(&["migrate", "--yes"]);
    assert_eq!(code, 0, "{told}");
}

#[test]
fn another_database_is_dropped_only_where_that_was_accepted() {
    let cluster = Cluster::shared();
    let (database, other) = (cluster.database(), cluster.database());
    let name = other.psql("SELECT current_database()");
    let project = Project::for_database(&database);
    let script = format!("-- turnback:transaction off\nDROP DATABASE {name};");
    project.migration(1, "drop_other", &script, "-- nothing to undo\n");
    let run = |args: &[&str]| project.command(args).env_remove("TURNBACK_ALLOW_HAZARD").run();
    let refused = run(&["migrate", "--yes"]).expect_code(6);
    assert!(refused.stderr.contains("--allow-hazard ban-drop-database"), "{refused}");
    let is_there = format!("SELECT count(*) FROM pg_database WHERE datname = '{name}'");
    assert_eq!(cluster.psql(&is_there), "1");
    // Nor is it for a rehearsal on the server that it is on.
    let rehearsed = run(&["plan", "--rehearse", "--scratch", "same-server"]).expect_code(2);
    assert!(rehearsed.stderr.contains(&format!("`DROP DATABASE {name}`")), "{rehearsed}");
    assert_eq!(cluster.psql(&is_there), "1");
    run(&["migrate", "--yes", "--allow-hazard", "ban-drop-database"]).expect_code(0);
    assert_eq!(cluster.psql(&is_there), "0");
}
