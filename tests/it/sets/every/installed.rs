//! What is installed: safe to call, safe to read, and described.

use super::each_postgres;
use crate::support::{Cluster, Either};

/// Runs a query on every PostgreSQL set, in a schema with an odd name.
#[track_caller]
fn assert_nothing_found(query: &str) {
    for place in each_postgres() {
        let Either::Postgres(database) = &place.at else { unreachable!("those were chosen") };
        database.psql(r#"CREATE SCHEMA "My Schema""#);
        place.run(&["--schema", "My Schema", "migrate"]).expect_code(0);
        let count =
            "SELECT count(*) FROM pg_proc WHERE pronamespace = '\"My Schema\"'::regnamespace";
        assert_ne!(database.psql(count), "0", "{}", place.name);
        assert_eq!(database.psql(query), "", "{}", place.name);
    }
}

#[test]
fn every_function_has_a_pinned_search_path_of_its_own_schema() {
    assert_nothing_found(
        r#"SELECT oid::regprocedure, proconfig FROM pg_proc
            WHERE pronamespace = '"My Schema"'::regnamespace
              AND NOT 'search_path="My Schema", pg_temp' = ANY (coalesce(proconfig, '{}'))"#,
    );
}

#[test]
fn no_function_that_changes_data_can_be_called_by_everybody_or_runs_as_its_owner() {
    assert_nothing_found(
        r#"SELECT oid::regprocedure FROM pg_proc
            WHERE pronamespace = '"My Schema"'::regnamespace
              AND (provolatile = 'v' AND has_function_privilege('public', oid, 'EXECUTE')
                   OR prosecdef)"#,
    );
}

#[test]
fn nobody_is_granted_a_table_or_a_view() {
    assert_nothing_found(
        r#"SELECT oid::regclass FROM pg_class
            WHERE relnamespace = '"My Schema"'::regnamespace AND relkind IN ('r', 'v')
              AND has_table_privilege('public', oid, 'SELECT, INSERT, UPDATE, DELETE')"#,
    );
}

#[test]
fn views_show_nobody_more_than_the_tables_would() {
    if Cluster::major() >= 15 {
        assert_nothing_found(
            r#"SELECT oid::regclass FROM pg_class
                WHERE relnamespace = '"My Schema"'::regnamespace AND relkind IN ('v', 'm')
                  AND NOT 'security_invoker=true' = ANY (coalesce(reloptions, '{}'))"#,
        );
    }
}

#[test]
fn everything_says_what_it_is_for() {
    assert_nothing_found(
        r#"SELECT 'function', oid::regprocedure::text FROM pg_proc
            WHERE pronamespace = '"My Schema"'::regnamespace
              AND obj_description(oid, 'pg_proc') IS NULL
           UNION ALL
           SELECT 'relation', oid::regclass::text FROM pg_class
            WHERE relnamespace = '"My Schema"'::regnamespace AND relkind IN ('r', 'v')
              AND relname NOT LIKE 'refinery%' AND obj_description(oid, 'pg_class') IS NULL
           UNION ALL
           SELECT 'column', c.oid::regclass || '.' || attname
             FROM pg_class AS c JOIN pg_attribute ON attrelid = c.oid
            WHERE relnamespace = '"My Schema"'::regnamespace AND relkind = 'r'
              AND relname NOT LIKE 'refinery%' AND attnum > 0 AND NOT attisdropped
              AND col_description(c.oid, attnum) IS NULL"#,
    );
}

#[test]
fn every_constraint_is_validated_and_every_index_valid() {
    // Old rows need not obey these two: no application could mend a hash.
    assert_nothing_found(
        r#"SELECT conrelid::regclass, conname FROM pg_constraint
            WHERE connamespace = '"My Schema"'::regnamespace AND NOT convalidated
              AND conname NOT IN ('user_sessions_hashes_are_sha256', 'user_sessions_valid_expiry')
           UNION ALL
           SELECT indrelid::regclass, indexrelid::regclass::text FROM pg_index
            WHERE NOT (indisvalid AND indisready)"#,
    );
}
