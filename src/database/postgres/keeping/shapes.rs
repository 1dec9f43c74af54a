//! The tables there are.

use std::collections::HashSet;

use tokio_postgres::SimpleQueryMessage;

use super::super::catalog::SETTINGS;
use super::super::session::{PostgresSession, by_statement, no_answer, search_path_clause};
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
        .query(&format!("{} ; COMMIT", sql(&path)))
        .inspect_err(|_| session.tidy("ROLLBACK"))?;
    shapes(&results)
}

/// Asks for them. Which are found by their bare names is asked under the script's own path, which
/// `path` sets; types are written in full under ours.
pub(super) fn sql(path: &str) -> String {
    format!(
        "{path} SELECT 'visible', oid FROM pg_catalog.pg_class \
         WHERE relkind IN ('r', 'p') AND pg_catalog.pg_table_is_visible(oid); \
         {SETTINGS} {}",
        include_str!("shapes.sql")
    )
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
