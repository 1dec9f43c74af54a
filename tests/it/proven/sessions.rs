//! What a script sets for its session does not disturb the reading of catalogs.

use super::{contents, empty};
use crate::support::{Either, Project};

/// Definitions that a server writes down by its session's settings.
const SENSITIVE: &str = r"
CREATE SCHEMA elsewhere;
CREATE TABLE elsewhere.users (id int);
CREATE TABLE users (
    id int PRIMARY KEY,
    at timestamptz DEFAULT '2026-03-04 05:06:07+02',
    day date DEFAULT '2026-03-04',
    span interval DEFAULT '1 year 2 days 03:04:05',
    ratio float8 DEFAULT 0.1,
    bytes bytea DEFAULT '\x00ff',
    path text DEFAULT 'C:\new' CHECK (path <> E'\t'),
    accents text DEFAULT 'é€',
    price money DEFAULT '12.34'
);
CREATE VIEW both_users AS SELECT a.id FROM users AS a, elsewhere.users AS b;
COMMENT ON TABLE users IS 'ünï\code';
";

const SETTINGS: &[&str] = &[
    "SET ROLE proven_reader",
    "SET SESSION AUTHORIZATION proven_reader",
    "SET search_path = elsewhere",
    "SET search_path = ''",
    "SET client_encoding = 'LATIN9'",
    "SET statement_timeout = 1; SET lock_timeout = 1",
    "SET standard_conforming_strings = off; SET escape_string_warning = off",
    "SET quote_all_identifiers = on",
    "SET DateStyle = 'German, DMY'",
    "SET IntervalStyle = 'iso_8601'",
    "SET TimeZone = 'Asia/Kolkata'",
    "SET extra_float_digits = -5",
    "SET bytea_output = 'escape'",
    "SET row_security = off",
    "DEALLOCATE ALL",
    "DO $$ BEGIN EXECUTE 'DEALLOCATE ALL'; END $$",
    "SET transform_null_equals = on",
    "SET lc_monetary = 'C.UTF-8'",
    "SET backslash_quote = off",
    "SET work_mem = '64kB'; SET enable_hashjoin = off; SET enable_mergejoin = off",
    "CREATE TEMPORARY TABLE pg_class (a int)",
];

#[test]
fn the_catalog_is_the_same_whatever_a_script_sets() {
    for mode in ["", "-- turnback:transaction off\n"] {
        let database = Either::Postgres(empty());
        let project = database.project();
        project.migration(1, "users", SENSITIVE, "-- stays");
        // Outside a transaction it would forbid what comes behind it.
        let read_only = ["SET default_transaction_read_only = on"];
        let further = if mode.is_empty() { &read_only[..] } else { &[] };
        for (version, setting) in (2..).zip(SETTINGS.iter().chain(further)) {
            let script = format!("{mode}{setting};\n");
            project.migration(version, "settings", &script, &script);
        }
        project.run(&["migrate"]).expect_code(0);
        let hashes = "SELECT count(DISTINCT catalog_after_sha256) FROM turnback.event";
        assert_eq!(database.query(hashes), "1", "{mode}");
        project.run(&["verify"]).expect_code(0);
        let before = contents(&database);
        // On the way back both catalogs are read in each step.
        project.run(&["rollback", "--to", "1", "--force"]).expect_code(0);
        assert_eq!(database.query(hashes), "1", "{mode}");
        assert_ne!(contents(&database), before, "the history is shorter");
    }
}

/// They are in force before the first statement of any session.
#[test]
fn nor_does_what_the_database_sets_for_every_session() {
    let database = empty();
    let project = Project::for_database(&database);
    project.migration(1, "users", SENSITIVE, "-- stays");
    project.run(&["migrate"]).expect_code(0);
    for (name, value) in [
        ("DateStyle", "'German'"),
        ("TimeZone", "'Asia/Kolkata'"),
        ("IntervalStyle", "'iso_8601'"),
        ("quote_all_identifiers", "on"),
        ("client_encoding", "'LATIN9'"),
        ("extra_float_digits", "-5"),
        ("bytea_output", "'escape'"),
    ] {
        database.psql(&format!("ALTER DATABASE {} SET {name} = {value}", database.name()));
    }
    project.run(&["verify"]).expect_code(0);
}
