//! Trials, which are always undone, and the deletion of rows in batches.

use rusqlite::types::ValueRef;
use rusqlite::{Connection, params};

use super::error::{convert, convert_statement};
use super::transaction::immediate;
use crate::database::DatabaseError;
use crate::database::contract::{BatchStart, DeletedBatch, Rows};
use crate::database::error::Position;
use crate::model::ObjectName;
use crate::sql::quote_identifier;

/// Rows deleted in one transaction: a writer's turn of some milliseconds.
const BATCH_ROWS: i64 = 1_000;

/// Foreign keys are on, as an application has them; inside a transaction they cannot be switched.
pub(super) fn begin(connection: &Connection) -> Result<(), DatabaseError> {
    connection.pragma_update(None, "foreign_keys", true).map_err(convert)?;
    connection.execute_batch("BEGIN IMMEDIATE").map_err(convert)
}

/// Where the commit fails, the trial goes on.
pub(super) fn keep(connection: &Connection) -> Result<(), DatabaseError> {
    connection.execute_batch("COMMIT").map_err(convert)?;
    connection.pragma_update(None, "foreign_keys", false).map_err(convert)
}

pub(super) fn end(connection: &Connection) -> Result<(), DatabaseError> {
    // An interrupt, or a conflict resolved by ROLLBACK, has undone it already.
    let undone = if connection.is_autocommit() {
        Ok(())
    } else {
        connection.execute_batch("ROLLBACK").map_err(convert)
    };
    connection.pragma_update(None, "foreign_keys", false).map_err(convert)?;
    undone
}

pub(super) fn try_statement(connection: &Connection, sql: &str) -> Result<Rows, DatabaseError> {
    query(connection, sql).map_err(|error| convert_statement(error, Position::Offset(0)))
}

/// Runs a statement; its rows come back as text.
pub(super) fn query(connection: &Connection, sql: &str) -> rusqlite::Result<Rows> {
    let mut statement = connection.prepare(sql)?;
    let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let mut found = statement.raw_query();
    let mut rows = Vec::new();
    while let Some(row) = found.next()? {
        let values = (0..columns.len()).map(|column| Ok(text(row.get_ref(column)?)));
        rows.push(values.collect::<rusqlite::Result<_>>()?);
    }
    Ok(Rows { columns, rows })
}

fn text(value: ValueRef<'_>) -> Option<String> {
    match value {
        ValueRef::Null => None,
        ValueRef::Integer(number) => Some(number.to_string()),
        ValueRef::Real(number) => Some(number.to_string()),
        ValueRef::Text(text) => Some(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(bytes) => Some(hexadecimal(bytes)),
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(nibble.into(), 16).expect("a nibble is below 16");
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

pub(super) fn count_matching(
    connection: &Connection,
    table: &ObjectName,
    condition: &str,
) -> Result<u64, DatabaseError> {
    let table = quote_identifier(&table.name);
    let sql = format!("SELECT count(*) FROM {table} WHERE ({condition}\n)");
    let count: i64 = connection.query_row(&sql, [], |row| row.get(0)).map_err(convert)?;
    Ok(count.unsigned_abs())
}

/// Rows go by ascending rowid, so that no row is looked at twice. A condition may end in a comment.
pub(super) fn delete_batch(
    connection: &mut Connection,
    table: &ObjectName,
    condition: &str,
    from: Option<BatchStart>,
) -> Result<DeletedBatch, DatabaseError> {
    // A rowid may be negative.
    let from = from.map_or(i64::MIN, |from| from.0);
    connection.pragma_update(None, "foreign_keys", true).map_err(convert)?;
    let deleted = match key_without_rowid(connection, &table.name) {
        Ok(None) => by_rowid(connection, &quote_identifier(&table.name), condition, from),
        Ok(Some(key)) => by_key(connection, &quote_identifier(&table.name), &key, condition),
        Err(error) => Err(convert(error)),
    };
    connection.pragma_update(None, "foreign_keys", false).map_err(convert)?;
    deleted
}

/// The primary key of a table that has no rowid.
fn key_without_rowid(connection: &Connection, table: &str) -> rusqlite::Result<Option<String>> {
    let without: bool = connection.query_row(
        "SELECT EXISTS (SELECT 1 FROM pragma_table_list(?1) WHERE schema = 'main' AND wr)",
        [table],
        |row| row.get(0),
    )?;
    if !without {
        return Ok(None);
    }
    let mut statement =
        connection.prepare("SELECT name FROM pragma_table_info(?1) WHERE pk > 0 ORDER BY pk")?;
    let names = statement.query_map([table], |row| row.get::<_, String>(0))?;
    let quoted = names.map(|name| name.map(|name| quote_identifier(&name)));
    Ok(Some(quoted.collect::<rusqlite::Result<Vec<_>>>()?.join(", ")))
}

/// As many as one transaction takes, until there are fewer.
fn by_key(
    connection: &mut Connection,
    table: &str,
    key: &str,
    condition: &str,
) -> Result<DeletedBatch, DatabaseError> {
    let transaction = immediate(connection)?;
    let delete = format!(
        "DELETE FROM {table} WHERE ({key}) IN \
         (SELECT {key} FROM {table} WHERE ({condition}\n) LIMIT {BATCH_ROWS})"
    );
    let rows = transaction.execute(&delete, []).map_err(convert)? as u64;
    transaction.commit().map_err(convert)?;
    let next = (rows == BATCH_ROWS.unsigned_abs()).then_some(BatchStart(0));
    Ok(DeletedBatch { rows, next })
}

fn by_rowid(
    connection: &mut Connection,
    table: &str,
    condition: &str,
    from: i64,
) -> Result<DeletedBatch, DatabaseError> {
    let transaction = immediate(connection)?;
    let last: Option<i64> = transaction
        .query_row(
            &format!(
                "SELECT max(rowid) FROM (SELECT rowid FROM {table} WHERE rowid >= ?1 AND ({condition}\n) \
                 ORDER BY rowid LIMIT ?2)"
            ),
            params![from, BATCH_ROWS],
            |row| row.get(0),
        )
        .map_err(convert)?;
    let Some(last) = last else { return Ok(DeletedBatch { rows: 0, next: None }) };
    let delete = format!("DELETE FROM {table} WHERE rowid BETWEEN ?1 AND ?2 AND ({condition}\n)");
    let rows = transaction.execute(&delete, params![from, last]).map_err(convert)?;
    transaction.commit().map_err(convert)?;
    let next = last.checked_add(1).map(BatchStart);
    Ok(DeletedBatch { rows: rows as u64, next })
}
