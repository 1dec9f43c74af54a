//! What a copy needs besides rows.

use super::table::{Likeness, Sequence, Table};
use crate::database::DatabaseError;
use crate::database::postgres::session::{PostgresSession, quote_literal};
use crate::sql::{quote_identifier, quote_name};

/// The settings that scripts find on the live database become those of the copy.
pub(super) fn carry_settings(
    live: &PostgresSession,
    copy: &PostgresSession,
) -> Result<(), DatabaseError> {
    let found = live.query(include_str!("settings.sql"))?;
    let database = quote_identifier(&copy.facts.database);
    for row in found.iter().flatten() {
        let (Some(name), Some(value)) = (row.get(0), row.get(1)) else { continue };
        let set = format!(
            "SELECT set_config({}, {}, false); ALTER DATABASE {database} SET {} FROM CURRENT",
            quote_literal(name),
            quote_literal(value),
            quoted_setting(name)
        );
        // What another version, or a server without an extension, does not know makes no difference.
        if let Err(error) = copy.query(&set)
            && !matches!(error, DatabaseError::Statement { .. })
        {
            return Err(error);
        }
    }
    Ok(())
}

/// An extension's settings have two names.
fn quoted_setting(name: &str) -> String {
    name.split('.').map(quote_identifier).collect::<Vec<_>>().join(".")
}

/// Sequences go on where the live ones are, materialized views have the rows of the sample, and the
/// planner knows what the live server's knows of sizes.
pub(super) fn finish(
    copy: &PostgresSession,
    tables: &[Table],
    sequences: &[Sequence],
    likeness: &mut Likeness,
) -> Result<(), DatabaseError> {
    let values: Vec<String> = sequences
        .iter()
        .map(|it| format!("({}, {}::int8)", quote_literal(&it.name), it.last))
        .collect();
    if !values.is_empty() {
        copy.query(&format!(
            "SELECT pg_catalog.setval(c.oid::regclass, v.last) \
             FROM (VALUES {}) AS v (name, last) \
             JOIN pg_catalog.pg_class AS c ON c.oid = to_regclass(v.name) AND c.relkind = 'S'",
            values.join(", ")
        ))?;
    }
    // The planner goes other ways in a table that was never analysed.
    let filled = |it: &&Table| {
        let has_rows = likeness.tables.get(&it.name).is_some_and(|it| it.here > 0);
        has_rows && !it.statistics.0.starts_with('-')
    };
    let filled: Vec<String> = tables.iter().filter(filled).map(|it| quote_name(&it.name)).collect();
    if !filled.is_empty() {
        copy.query(&format!("ANALYZE {}", filled.join(", ")))?;
    }
    if likeness.tables.values().any(|it| it.here > 0) {
        refresh(copy, likeness)?;
    }
    carry_sizes(copy, tables)
}

/// A view that another one reads comes before that.
fn refresh(copy: &PostgresSession, likeness: &mut Likeness) -> Result<(), DatabaseError> {
    let views = copy.texts(
        "SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) \
         FROM pg_catalog.pg_class AS c \
         JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace \
         WHERE c.relkind = 'm' AND NOT c.relispopulated ORDER BY c.oid",
    )?;
    for view in views {
        match copy.query(&format!("REFRESH MATERIALIZED VIEW {view}")) {
            Ok(_) => {}
            Err(DatabaseError::Statement { message, .. }) => {
                likeness.notes.push(format!("materialized view {view} has no rows: {message}"));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

fn carry_sizes(copy: &PostgresSession, tables: &[Table]) -> Result<(), DatabaseError> {
    let sizes: Vec<String> = tables
        .iter()
        .map(|it| {
            let (rows, pages) = &it.statistics;
            format!("({}, {rows}::real, {pages}::int)", quote_literal(&quote_name(&it.name)))
        })
        .collect();
    if sizes.is_empty() {
        return Ok(());
    }
    let carried = copy.query(&format!(
        "UPDATE pg_catalog.pg_class AS c SET reltuples = v.rows, relpages = v.pages \
         FROM (VALUES {}) AS v (name, rows, pages) WHERE c.oid = to_regclass(v.name)",
        sizes.join(", ")
    ));
    match carried {
        // A role that is no superuser may not; nothing but the planner's guesses depends on it.
        Err(DatabaseError::Statement { .. }) | Ok(_) => Ok(()),
        Err(error) => Err(error),
    }
}
