//! A rollback commits only if it really rolls back.

mod absorbed;
mod drift;
mod ended;
mod outside;
mod record;
mod sessions;
mod wrong;
mod wrong_sqlite;

use std::sync::LazyLock;

use crate::support::{Cluster, Database, Either, Project, SqliteFile, drift};

/// The role that grants and ownership are about. It belongs to the server.
const READER: &str = "proven_reader";

/// An empty database on a server that has the role.
fn empty() -> Database {
    static ROLE: LazyLock<()> = LazyLock::new(|| {
        Cluster::shared().psql(&format!("CREATE ROLE {READER}"));
    });
    LazyLock::force(&ROLE);
    Cluster::shared().database()
}

/// An empty database of each engine, and a project that uses it.
fn each() -> [(Either, Project); 2] {
    [Either::Postgres(empty()), Either::Sqlite(SqliteFile::new())].map(|database| {
        let project = database.project();
        (database, project)
    })
}

/// All that stands in a database, turnback's own record left out.
fn contents(database: &Either) -> String {
    match database {
        Either::Postgres(database) => database.dump_with(&["--exclude-schema=turnback"]),
        Either::Sqlite(file) => {
            let mut contents = file.schema();
            if contents.contains("refinery_schema_history") {
                contents += &file.query("SELECT version, name FROM refinery_schema_history");
            }
            // It quotes the name of a table that was renamed.
            contents.replace('"', "")
        }
    }
}

/// What happened, in order: `applied 1, failed 1`.
fn events(database: &Either) -> String {
    let events =
        format!("SELECT kind || ' ' || version FROM {} ORDER BY id", database.ledger("event"));
    database.query(&events).replace('\n', ", ")
}

/// A migration with a rollback that is wrong, and with one that is not.
struct Wrong {
    /// What is wrong with it.
    fault: &'static str,
    up: &'static str,
    down: &'static str,
    mended: &'static str,
    /// What is not as it was, as `drift` says it.
    expected: &'static [&'static str],
}

/// Applies the migration, rolls it back with both rollbacks.
fn check(database: &Either, ground: &str, wrong: &Wrong) {
    let Wrong { fault, up, down, mended, expected } = wrong;
    let project = database.project();
    project.migration(1, "ground", ground, "-- stays");
    project.run(&["migrate"]).expect_code(0);
    let before = contents(database);
    project.migration(2, "wrong", up, down);
    project.run(&["migrate"]).expect_code(0);
    let applied = contents(database);
    assert_ne!(before, applied, "{fault}");

    let run = project.run(&["rollback", "--force", "--format", "json"]).expect_code(4);
    let document = run.json();
    assert_eq!(drift(&document), *expected, "{fault}");
    let error = &document["error"];
    assert_eq!(error["kind"], "mismatch", "{fault}");
    let said = error["message"].as_str().unwrap();
    assert!(said.contains("the rollback does not restore the schema"), "{fault}: {said}");
    let notes = error["notes"].to_string();
    assert!(notes.contains("nothing of V2__wrong stands"), "{fault}: {notes}");
    assert_eq!(contents(database), applied, "{fault}: something of it stands");
    assert_eq!(events(database), "applied 1, applied 2, failed 2", "{fault}");
    let status = project.run(&["status", "--format", "json"]).json();
    assert_eq!(status["migrations"][1]["state"], "applied", "{fault}");

    project.write("rollbacks/V2__wrong.sql", mended);
    let again = project.run(&["rollback", "--force", "--script", "file"]);
    assert_eq!(again.code, 0, "{fault}: {again}");
    assert_eq!(contents(database), before, "{fault}: it is not as it was");
}
