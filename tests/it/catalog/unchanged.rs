//! What is no change of the schema makes no difference.

use super::{assert_same, catalog, changes, empty, read, session, session_at, template};
use crate::support::{Client, Cluster};

/// Acts that leave a schema as it is.
const HARMLESS: &[&str] = &[
    "VACUUM",
    "ANALYZE",
    "VACUUM FULL app.users, app.posts",
    "INSERT INTO app.users (email, name, score, patience) VALUES ('new@x.org', 'new', 3, '2 h')",
    "UPDATE app.log SET what = 'x'; DELETE FROM app.posts WHERE id < 10",
    "TRUNCATE app.log",
    "REINDEX TABLE app.users",
    "REINDEX TABLE CONCURRENTLY app.posts",
    "REINDEX INDEX CONCURRENTLY app.users_plain",
    "CLUSTER app.posts",
    "SELECT nextval('app.ticket'), nextval('app.posts_id_seq')",
    "REFRESH MATERIALIZED VIEW app.counts",
    "REFRESH MATERIALIZED VIEW CONCURRENTLY app.counts",
    "CREATE TABLE app.brief (id integer PRIMARY KEY); DROP TABLE app.brief",
    "COMMENT ON TABLE app.users IS 'Who'",
    "GRANT SELECT (name) ON app.users TO catalog_reader; GRANT USAGE ON SCHEMA app TO catalog_reader",
    "GRANT INSERT ON app.log TO catalog_reader; REVOKE INSERT ON app.log FROM catalog_reader",
    "GRANT ALL ON app.posts TO catalog_owner",
    "ALTER TABLE app.users ALTER name SET NOT NULL, ALTER name SET STATISTICS 300",
    "CREATE OR REPLACE FUNCTION app.sum_state(s integer, v integer) RETURNS integer LANGUAGE sql \
     AS 'SELECT s + v'",
    "DROP INDEX app.users_plain; CREATE INDEX users_plain ON app.users (name)",
    "ALTER TABLE app.visits RENAME TO visited; ALTER TABLE app.visited RENAME TO visits",
    "CREATE TYPE app.brief AS ENUM ('a'); DROP TYPE app.brief",
    "CHECKPOINT",
    "CREATE SCHEMA turnback; CREATE TABLE turnback.anything (id integer)",
    "CREATE TABLE app.refinery_schema_history (version int4 PRIMARY KEY, name text, \
     applied_on text, checksum text)",
    "CREATE TABLE app.refinery_schema_history_a_set (version int8 PRIMARY KEY, name text, \
     applied_on text, checksum text)",
];

#[test]
fn work_and_upkeep_are_no_change() {
    let database = template().copy();
    let mut session = session(&database);
    let before = read(&mut *session);
    for act in HARMLESS {
        database.psql(act);
        assert_same(&before, &read(&mut *session), act);
    }
}

#[test]
fn a_table_that_is_only_named_like_a_history_is_read() {
    let database = template().copy();
    let before = catalog(&database);
    database.psql("CREATE TABLE app.refinery_schema_history_notes (note text)");
    let expected = [
        "unexpected column app.refinery_schema_history_notes.note",
        "unexpected table app.refinery_schema_history_notes",
    ];
    assert_eq!(changes(&before, &catalog(&database)), expected);
}

#[test]
fn the_settings_of_a_session_are_no_part_of_it() {
    let database = template().copy();
    let before = catalog(&database);
    for (setting, value) in [
        ("search_path", "app, public"),
        ("quote_all_identifiers", "on"),
        ("datestyle", "'German'"),
        ("intervalstyle", "'iso_8601'"),
        ("timezone", "'Pacific/Auckland'"),
        ("bytea_output", "'escape'"),
        ("extra_float_digits", "-10"),
        ("standard_conforming_strings", "off"),
        ("default_transaction_read_only", "on"),
        ("default_transaction_isolation", "serializable"),
        ("enable_hashjoin", "off"),
    ] {
        let name = database.name();
        Cluster::shared().psql(&format!("ALTER DATABASE {name} SET {setting} = {value}"));
        assert_same(&before, &catalog(&database), setting);
    }
}

#[test]
fn who_reads_and_what_else_a_session_made_are_no_part_of_it() {
    let database = template().copy();
    let before = catalog(&database);
    let reader = database.url().replace("postgres@", "catalog_reader@");
    assert_same(&before, &read(&mut *session_at(&reader)), "another role");
    // Another session's temporary tables, one of them named like what the queries read.
    let client = Client::connect(&database);
    client.tell("CREATE TEMP TABLE users (id integer); CREATE TEMP TABLE pg_class (oid integer)");
    assert_same(&before, &catalog(&database), "temporary tables");
}

#[test]
fn the_name_of_the_database_is_no_part_of_it() {
    let database = template().copy();
    let before = catalog(&database);
    let (name, other) = (database.name(), format!("{}_renamed", database.name()));
    let rename = |from: &str, to: &str| {
        Cluster::shared().psql(&format!("ALTER DATABASE {from} RENAME TO {to}"));
    };
    rename(name, &other);
    let renamed = read(&mut *session_at(&database.url().replace(name, &other)));
    rename(&other, name);
    assert_same(&before, &renamed, "renamed");
}

#[test]
fn the_order_of_creation_is_no_part_of_it() {
    let independent = [
        "CREATE TABLE one (id integer PRIMARY KEY, a text, b text)",
        "CREATE TABLE two (id integer PRIMARY KEY, a text)",
        "CREATE TYPE mood AS ENUM ('sad', 'glad')",
        "CREATE FUNCTION f(integer) RETURNS integer LANGUAGE sql AS 'SELECT 1'",
        "CREATE FUNCTION f(text) RETURNS integer LANGUAGE sql AS 'SELECT 2'",
        "CREATE SEQUENCE s",
        "CREATE SCHEMA other",
    ];
    let on_top = [
        "CREATE INDEX one_a ON one (a)",
        "CREATE INDEX one_b ON one (b)",
        "ALTER TABLE one ADD CONSTRAINT a_there CHECK (a <> '')",
        "ALTER TABLE one ADD CONSTRAINT b_there CHECK (b <> '')",
        "GRANT SELECT ON one TO catalog_reader",
        "GRANT INSERT ON one TO catalog_writer",
        "GRANT UPDATE ON one TO catalog_reader",
        "ALTER FUNCTION f(text) SET search_path TO public",
        "ALTER FUNCTION f(text) SET work_mem TO '1MB'",
        "ALTER TABLE one SET (fillfactor = 50)",
        "ALTER TABLE one SET (autovacuum_enabled = false)",
        "CREATE POLICY p ON two TO catalog_writer, catalog_reader",
        "CREATE PUBLICATION news FOR TABLE one, two",
    ];
    let [forwards, backwards] = [empty(), empty()];
    for statement in independent.iter().chain(&on_top) {
        forwards.psql(statement);
    }
    for statement in independent.iter().rev().chain(on_top.iter().rev()) {
        backwards.psql(statement);
    }
    assert_same(&catalog(&forwards), &catalog(&backwards), "the other way round");
}
