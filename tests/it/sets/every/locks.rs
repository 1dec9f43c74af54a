//! What a migration does to a table in use.

use std::collections::BTreeSet;

use super::{Place, each, each_postgres, empty};
use crate::support::{Cluster, Either, Project};

fn plan(place: &Place) -> Vec<serde_json::Value> {
    let run = place.run(&["plan", "--format", "json"]).expect_code(0);
    run.json()["migrations"].as_array().expect("it lists them").clone()
}

fn statements(plan: &[serde_json::Value]) -> Vec<(String, &serde_json::Value, &serde_json::Value)> {
    let of = |migration: &serde_json::Value| migration["version"].to_string();
    plan.iter()
        .flat_map(|it| {
            let statements = it["statements"].as_array().expect("it lists them");
            statements.iter().map(move |statement| (of(it), it, statement))
        })
        .collect()
}

#[test]
fn no_plan_holds_a_hazard_that_the_set_has_not_accepted_with_a_reason() {
    for place in each() {
        for migration in plan(&place) {
            for hazard in migration["hazards"].as_array().expect("it lists them") {
                let is_grave = hazard["level"] != "note";
                assert!(!is_grave || hazard["accepted"].is_string(), "{}: {hazard}", place.name);
            }
        }
    }
}

#[test]
fn indexes_are_built_concurrently_and_constraints_validated_apart() {
    for place in each_postgres() {
        let plan = plan(&place);
        for (version, migration, statement) in statements(&plan) {
            let summary = statement["summary"].as_str().expect("it is a text");
            let place = format!("{} V{version}: {summary}", place.name);
            if summary.starts_with("CREATE INDEX") || summary.starts_with("CREATE UNIQUE INDEX") {
                assert!(summary.contains("INDEX CONCURRENTLY"), "{place}");
                assert_eq!(migration["transaction"], false, "{place}");
            }
            // The row lock of a backfill apart, what lasts takes no more than this.
            if summary.contains("CONCURRENTLY") || summary.contains("VALIDATE CONSTRAINT") {
                for lock in statement["locks"].as_array().expect("it lists them") {
                    assert_eq!(lock["lock"], "SHARE UPDATE EXCLUSIVE", "{place}");
                }
            }
            assert!(!summary.contains("ALTER COLUMN") || !summary.contains(" TYPE"), "{place}");
        }
        for migration in &place.set.migrations {
            let text = &migration.script.stored.text;
            let both = text.contains("ADD CONSTRAINT") && text.contains("VALIDATE CONSTRAINT");
            assert!(
                !both,
                "{} V{} holds the strong lock while it reads",
                place.name, migration.version
            );
        }
    }
}

/// The server says at DEBUG1 when ALTER TABLE reads or rewrites all rows under its own lock, and
/// which indexes are built, whatever block of code it stands in.
#[test]
fn no_table_with_rows_is_rewritten_or_read_under_a_strong_lock() {
    let cluster = Cluster::private(&[("log_min_messages", "debug1"), ("log_line_prefix", "<%d> ")]);
    for name in each_postgres().iter().map(|place| place.name) {
        let place = Place { at: Either::Postgres(cluster.database()), ..empty(name) }.living();
        let Either::Postgres(database) = &place.at else { unreachable!("it was made above") };
        let lines = || -> Vec<String> {
            let own = format!("<{}> ", database.name());
            let log = cluster.log();
            log.lines().filter(|line| line.starts_with(&own)).map(str::to_owned).collect()
        };
        let plan = plan(&place);
        let concurrently: BTreeSet<String> = statements(&plan)
            .into_iter()
            .filter_map(|(_, _, statement)| {
                let summary = statement["summary"].as_str()?;
                let name = summary.split_once("CONCURRENTLY ")?.1.split(' ').next()?;
                Some(name.to_owned())
            })
            .collect();
        let tables = database.psql(
            "SELECT string_agg(relname, ' ') FROM pg_class
             WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace",
        );
        let mut validations = statements(&plan)
            .iter()
            .filter(|it| it.2["summary"].as_str().is_some_and(|it| it.contains("VALIDATE")))
            .count();
        let before = lines().len();
        place.run(&["migrate"]).expect_code(0);
        let lines = &lines()[before..];
        for (line, next) in lines.iter().zip(lines.iter().skip(1).chain([&String::new()])) {
            assert!(!line.contains("rewriting table"), "{name}: {line}");
            // VALIDATE CONSTRAINT reads the rows too, under a lock that hinders nobody.
            let validates = next.contains("CONTEXT: ") && next.contains(" VALIDATE CONSTRAINT ");
            if line.contains("verifying table") && !validates {
                assert!(validations > 0, "{name}: {line}\n{next}");
                validations -= 1;
            }
            if let Some((_, build)) = line.split_once("building index \"") {
                let mut names = build.split('"');
                let (index, table) = (names.next().unwrap(), names.nth(1).unwrap());
                let is_large = tables.split(' ').any(|known| known == table);
                assert!(!is_large || concurrently.contains(index), "{name}: {line}");
            }
        }
    }
}

/// What the test above would say of a set that is careless, so that it cannot pass by silence.
#[test]
fn a_careless_migration_is_seen_in_the_log() {
    let cluster = Cluster::private(&[("log_min_messages", "debug1"), ("log_line_prefix", "<%d> ")]);
    let database = cluster.database();
    database.psql("CREATE TABLE t (a int); INSERT INTO t VALUES (1)");
    let project = Project::for_database(&database);
    project.migration(
        1,
        "careless",
        "-- turnback:allow constraint-missing-not-valid -- a test\n\
         ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0);\n\
         -- turnback:allow changing-column-type -- a test\n\
         ALTER TABLE t ALTER COLUMN a TYPE bigint;\n\
         -- turnback:allow require-concurrent-index-creation -- a test\n\
         CREATE INDEX i ON t (a);",
        "SELECT 1;",
    );
    project.run(&["migrate"]).expect_code(0);
    for word in
        ["verifying table \"t\"", "rewriting table \"t\"", "building index \"i\" on table \"t\""]
    {
        assert!(cluster.log().contains(word), "{word}");
    }
}
