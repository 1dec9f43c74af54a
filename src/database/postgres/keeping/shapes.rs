//! The tables there are.

use std::collections::{BTreeSet, HashSet};

use tokio_postgres::SimpleQueryMessage;

use super::super::answer::{by_statement, no_answer};
use super::super::catalog::SETTINGS;
use super::super::session::{PostgresSession, quote_literal, search_path_clause};
use crate::database::DatabaseError;
use crate::database::contract::TableShape;
use crate::model::Target;

/// Outside a step, in a transaction that only reads.
pub(in crate::database::postgres) fn read_tables(
    session: &PostgresSession,
    target: &Target,
) -> Result<Vec<TableShape>, DatabaseError> {
    let path = format!("BEGIN READ ONLY; {}", search_path_clause(target, "LOCAL"));
    let results = session
        .query(&format!("{} ; COMMIT", sql(&path, None)))
        .inspect_err(|_| session.tidy("ROLLBACK"))?;
    shapes(&results)
}

/// Asks for them, or for those of these numbers. Which are found by their bare names is asked under
/// the script's own path, which `path` sets; types are written in full under ours.
pub(super) fn sql(path: &str, only: Option<&str>) -> String {
    let which = only.map_or_else(|| "true".to_owned(), |ids| format!("c.oid IN ({ids})"));
    format!(
        "{path} SELECT 'visible', oid FROM pg_catalog.pg_class AS c \
         WHERE relkind IN ('r', 'p') AND {which} AND pg_catalog.pg_table_is_visible(oid); \
         {SETTINGS} {}",
        include_str!("shapes.sql").replace("__WHICH__", &which)
    )
}

/// Asks for the numbers of the tables of these names, in any schema, and of all that belong to one
/// tree with them. The answer is empty where others may be touched as well: by what is called,
/// triggers, rules, what a view stands for, foreign keys that pass changes on.
pub(super) fn numbers_sql(names: &BTreeSet<String>, calls: &BTreeSet<String>) -> String {
    let list = |names: &BTreeSet<String>| {
        let names: Vec<String> = names.iter().map(|it| quote_literal(it)).collect();
        if names.is_empty() { "NULL".to_owned() } else { names.join(", ") }
    };
    include_str!("numbers.sql")
        .replace("__NAMES__", &list(names))
        .replace("__CALLS__", &list(calls))
}

/// The answer to [`sql`].
pub(super) fn of_answer(
    messages: Vec<SimpleQueryMessage>,
) -> Result<Vec<TableShape>, DatabaseError> {
    shapes(&by_statement(messages))
}

fn shapes(
    results: &[Vec<tokio_postgres::SimpleQueryRow>],
) -> Result<Vec<TableShape>, DatabaseError> {
    let rows = || results.iter().flatten();
    let visible: HashSet<&str> =
        rows().filter(|row| row.get(0) == Some("visible")).filter_map(|row| row.get(1)).collect();
    let shapes = rows().filter(|row| row.get(0) == Some("shape")).map(|row| {
        let json = row.get(1).ok_or_else(no_answer)?;
        let mut shape: TableShape = serde_json::from_str(json).map_err(|error| {
            DatabaseError::Unexpected(format!("a table's shape cannot be read: {error}"))
        })?;
        shape.visible = visible.contains(shape.id.as_str());
        Ok(shape)
    });
    shapes.collect()
}
