//! Indexes built and dropped concurrently.

use crate::support::snapshot::assert_run_snapshot;
use crate::support::{Cluster, Database, OtherSession, PATIENCE, Project, Signal, poll};

use super::{migrate, status};

const BUILD: &str = "-- turnback:transaction off\n\
    CREATE INDEX CONCURRENTLY items_a ON items (a);\n\
    INSERT INTO log VALUES ('behind');\n";
const DROP: &str = "-- turnback:transaction off\nDROP INDEX CONCURRENTLY IF EXISTS items_a;\n";

/// A table with rows, and a migration that builds an index on it.
fn with_items(build: &str) -> (Database, Project) {
    let database = Cluster::shared().database();
    database.psql(
        "CREATE TABLE items (a int); INSERT INTO items SELECT generate_series(1, 100);
         CREATE TABLE log (what text)",
    );
    let project = Project::for_database(&database);
    project.migration(1, "index", build, DROP);
    (database, project)
}

/// Whether the index is there and valid: `t`, `f`, or nothing.
fn validity(database: &Database) -> String {
    database.psql(
        "SELECT indisvalid FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid \
         WHERE relname LIKE 'items_a%'",
    )
}

/// Waits until a build has made its index.
fn wait_for_index(database: &Database) {
    poll(PATIENCE, || (validity(database) == "f").then_some(())).expect("the index is made");
}

#[test]
fn a_killed_build_is_dropped_and_built_anew() {
    let (database, project) = with_items(BUILD);
    let other = OtherSession::holding(&database, "reader", "BEGIN; INSERT INTO items VALUES (0)");
    let running = project.command(&["migrate"]).spawn();
    wait_for_index(&database);
    running.signal(Signal::KILL);
    running.wait().expect_code(128 + 9);
    // The server notices although the build still waits for the other transaction.
    let mut rerun = project.command(&["migrate"]).spawn();
    rerun.wait_for_stderr("is invalid, left by a build that failed; it is built anew");
    assert_eq!(validity(&database), "f");
    other.end();
    rerun.wait().expect_code(0);
    assert_eq!(validity(&database), "t");
    assert_eq!(database.psql("SELECT what FROM log"), "behind");
    assert_eq!(status(&project)["state"], "applied");
}

#[test]
fn an_interrupted_build_is_cancelled_on_the_server() {
    let (database, project) = with_items(BUILD);
    let other = OtherSession::holding(&database, "reader", "BEGIN; INSERT INTO items VALUES (0)");
    let running = project.command(&["migrate", "--format", "json"]).spawn();
    wait_for_index(&database);
    running.signal(Signal::INT);
    assert_eq!(running.wait().expect_code(1).json()["error"]["kind"], "interrupted");
    assert_eq!(validity(&database), "f");
    let row = status(&project);
    assert_eq!((&row["state"], &row["finished_statements"]), (&"failed".into(), &0.into()));
    other.end();
    migrate(&project).expect_code(0);
    assert_eq!(validity(&database), "t");
}

#[test]
fn a_build_that_fails_on_its_rows_is_repeated_when_they_are_mended() {
    let unique = BUILD.replace("CREATE INDEX", "CREATE UNIQUE INDEX");
    let (database, project) = with_items(&unique);
    database.psql("INSERT INTO items VALUES (7)");
    let failed = migrate(&project).expect_code(1);
    assert!(failed.stderr.contains("Key (a)=(7) is duplicated"), "{failed}");
    assert!(failed.stderr.contains("V1__index.sql:2:1"), "{failed}");
    assert!(
        failed.stderr.contains("the invalid index that it left was dropped: items_a"),
        "{failed}"
    );
    assert_eq!(validity(&database), "");
    database.psql("DELETE FROM items WHERE ctid = (SELECT max(ctid) FROM items WHERE a = 7)");
    migrate(&project).expect_code(0);
    assert_eq!(validity(&database), "t");
}

/// After a crash nobody could tell whether it was built, and a second one would be built beside it.
#[test]
fn an_index_without_a_name_is_not_built_concurrently() {
    let (database, project) = with_items(&BUILD.replace("items_a ON", "ON"));
    assert_run_snapshot!(migrate(&project).expect_code(2));
    assert_eq!(validity(&database), "");
}

#[test]
fn if_not_exists_does_not_take_an_invalid_index_for_a_good_one() {
    let careful = BUILD.replace("CONCURRENTLY items_a", "CONCURRENTLY IF NOT EXISTS items_a");
    let (database, project) = with_items(&careful);
    database.psql("INSERT INTO items VALUES (7)");
    database.try_psql("CREATE UNIQUE INDEX CONCURRENTLY items_a ON items (a)").unwrap_err();
    assert_eq!(validity(&database), "f");
    migrate(&project).expect_code(0);
    assert_eq!(validity(&database), "t");
}

/// What the script set before holds for the build that replaces an invalid index.
#[test]
fn dropping_an_invalid_index_keeps_what_the_script_has_set() {
    let script = "-- turnback:transaction off\n\
        SET search_path = app;\n\
        SET maintenance_work_mem = '2MB';\n\
        CREATE INDEX CONCURRENTLY items_a ON items (a);\n\
        INSERT INTO public.log SELECT current_setting('maintenance_work_mem');\n";
    let (database, project) = with_items(script);
    database.psql(
        "CREATE SCHEMA app; CREATE TABLE app.items (a int); INSERT INTO app.items VALUES (7), (7)",
    );
    let unique = "CREATE UNIQUE INDEX CONCURRENTLY items_a ON app.items (a)";
    database.try_psql(unique).unwrap_err();
    // Also with a schema of turnback's own, which is not the script's.
    project.run(&["migrate", "--schema", "public"]).expect_code(0);
    assert_eq!(validity(&database), "t");
    assert_eq!(database.psql("SELECT what FROM log"), "2MB");
    assert_eq!(
        database.psql("SELECT schemaname FROM pg_indexes WHERE indexname = 'items_a'"),
        "app"
    );
}

#[test]
fn a_statement_that_locks_out_everybody_does_not_queue() {
    let script = "-- turnback:transaction off\nVACUUM FULL items;\n";
    let (database, project) = with_items(script);
    let reader = OtherSession::holding(&database, "reader", "BEGIN; SELECT FROM items LIMIT 1");
    let mut running = project.command(&["migrate"]).spawn();
    running.wait_for_stderr("lock timeout; trying again");
    database.psql("SET lock_timeout = '5s'; SELECT count(*) FROM items");
    reader.end();
    running.wait().expect_code(0);
}
