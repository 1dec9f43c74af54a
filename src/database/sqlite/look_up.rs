//! Questions about objects of a `SQLite` database.

use std::collections::{HashMap, HashSet};

use rusqlite::Connection;
use serde_json::json;

use super::error::convert;
use super::ledger::table_exists;
use crate::database::DatabaseError;
use crate::database::contract::RowCount;
use crate::model::{ColumnNeed, ObjectKind, ObjectName};
use crate::plan::{MANY_ROWS, Presence, Probe, Questions, Relation, Surroundings};
use crate::sql::quote_identifier;

/// Counting stops here; a confirmation needs no more than the order of magnitude.
const COUNTED_ROWS: u64 = 1_000_000;

pub(super) fn look_up(
    connection: &Connection,
    probes: &[Probe],
) -> Result<HashMap<Probe, Presence>, DatabaseError> {
    let schema = named(connection, probes).map_err(convert)?;
    probes
        .iter()
        .map(|probe| Ok((probe.clone(), presence(connection, &schema, probe).map_err(convert)?)))
        .collect()
}

/// Those of the asked-for names that the schema has, with their type. The schema has no index, so
/// it is read once for all of them.
fn named(connection: &Connection, probes: &[Probe]) -> rusqlite::Result<HashSet<(String, String)>> {
    let names: Vec<String> =
        probes.iter().map(|probe| probe.object.name.name.to_ascii_lowercase()).collect();
    let mut statement = connection.prepare(
        "SELECT type, lower(name) FROM sqlite_schema
         WHERE lower(name) IN (SELECT value FROM json_each(?1))",
    )?;
    let rows =
        statement.query_map([json!(names).to_string()], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.collect()
}

fn presence(
    connection: &Connection,
    schema: &HashSet<(String, String)>,
    probe: &Probe,
) -> rusqlite::Result<Presence> {
    let name = &probe.object.name.name;
    let is = |kind: &str| schema.contains(&(kind.to_owned(), name.to_ascii_lowercase()));
    let exists = match probe.object.kind {
        ObjectKind::Table => is("table"),
        ObjectKind::View => is("view"),
        ObjectKind::Index => is("index"),
        ObjectKind::Column => {
            let wanted = probe.object.column.as_deref().unwrap_or_default();
            columns(connection, name)?.iter().any(|(column, _)| column.eq_ignore_ascii_case(wanted))
        }
        ObjectKind::Function => connection.query_row(
            "SELECT EXISTS (SELECT 1 FROM pragma_function_list WHERE name = ?1 COLLATE NOCASE)",
            [name],
            |row| row.get(0),
        )?,
        // SQLite has none of these.
        ObjectKind::Type | ObjectKind::Schema | ObjectKind::Extension | ObjectKind::Role => false,
    };
    let faults = if exists && !probe.columns.is_empty() {
        let found = columns(connection, name)?;
        probe.columns.iter().filter_map(|need| fault(need, &found)).collect()
    } else {
        Vec::new()
    };
    Ok(Presence { exists, faults })
}

/// Names and declared types.
fn columns(connection: &Connection, table: &str) -> rusqlite::Result<Vec<(String, String)>> {
    let mut statement = connection.prepare("SELECT name, type FROM pragma_table_xinfo(?1)")?;
    let rows = statement.query_map([table], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.collect()
}

fn fault(need: &ColumnNeed, found: &[(String, String)]) -> Option<String> {
    let Some((_, declared)) = found.iter().find(|(name, _)| name.eq_ignore_ascii_case(&need.name))
    else {
        return Some(format!("column {} is missing", need.name));
    };
    let wanted = need.data_type.as_deref()?;
    let declared = if declared.is_empty() { "without a type" } else { declared };
    (affinity(wanted) != affinity(declared))
        .then(|| format!("column {} is {declared}, needed is {wanted}", need.name))
}

/// What a declared type means to `SQLite`
/// (<https://www.sqlite.org/datatype3.html>, "Determination Of Column Affinity").
fn affinity(declared: &str) -> &'static str {
    let upper = declared.to_ascii_uppercase();
    let has = |part: &str| upper.contains(part);
    if has("INT") {
        "INTEGER"
    } else if has("CHAR") || has("CLOB") || has("TEXT") {
        "TEXT"
    } else if has("BLOB") || upper == "WITHOUT A TYPE" {
        "BLOB"
    } else if has("REAL") || has("FLOA") || has("DOUB") {
        "REAL"
    } else {
        "NUMERIC"
    }
}

/// The tables and how many rows they have; nothing else decides on a hazard in `SQLite`.
pub(super) fn surroundings(
    connection: &Connection,
    questions: &Questions,
) -> Result<Surroundings, DatabaseError> {
    let mut surroundings = Surroundings::default();
    for table in &questions.tables {
        if let Some(rows) = counted(connection, table, MANY_ROWS + 1).map_err(convert)? {
            let (name, counted) = (table.name.clone(), Some(rows));
            let relation = Relation { name, counted, countable: true, ..Relation::default() };
            surroundings.tables.insert(table.clone(), relation);
        }
    }
    Ok(surroundings)
}

pub(super) fn count_rows(
    connection: &Connection,
    tables: &[ObjectName],
) -> Result<Vec<Option<RowCount>>, DatabaseError> {
    tables.iter().map(|table| count(connection, table).map_err(convert)).collect()
}

fn count(connection: &Connection, table: &ObjectName) -> rusqlite::Result<Option<RowCount>> {
    let rows = counted(connection, table, COUNTED_ROWS + 1)?;
    Ok(rows.map(|rows| match rows {
        ..=COUNTED_ROWS => RowCount::Exact(rows),
        _ => RowCount::MoreThan(COUNTED_ROWS),
    }))
}

/// Counts up to a limit; `None` for a table that does not exist.
fn counted(
    connection: &Connection,
    table: &ObjectName,
    limit: u64,
) -> rusqlite::Result<Option<u64>> {
    if !table_exists(connection, &table.name)? {
        return Ok(None);
    }
    let name = quote_identifier(&table.name);
    let sql = format!("SELECT count(*) FROM (SELECT 1 FROM {name} LIMIT {limit})");
    let rows: i64 = connection.query_row(&sql, [], |row| row.get(0))?;
    Ok(Some(rows.unsigned_abs()))
}
