//! Fingerprints of the rows of tables.

use std::collections::BTreeMap;

use tokio_postgres::SimpleQueryRow;

use super::answer::{no_answer, number};
use super::catalog::SETTINGS;
use super::session::{PostgresSession, quote_literal};
use crate::database::DatabaseError;
use crate::database::contract::TableDigest;
use crate::model::ObjectName;
use crate::sql::quote_name;

/// Row-level security must not hide rows: with `row_security = off` it is an error instead. What
/// is written as money depends on the locale.
const OPEN: &str = "SET LOCAL row_security TO off; SET LOCAL lc_monetary TO 'C';";

/// Two round trips for all tables, one snapshot, reading only.
pub(super) fn read(
    session: &PostgresSession,
    tables: &[ObjectName],
) -> Result<BTreeMap<ObjectName, TableDigest>, DatabaseError> {
    if tables.is_empty() {
        return Ok(BTreeMap::new());
    }
    read_all(session, tables).inspect_err(|_| session.tidy("ROLLBACK"))
}

fn read_all(
    session: &PostgresSession,
    tables: &[ObjectName],
) -> Result<BTreeMap<ObjectName, TableDigest>, DatabaseError> {
    // Names without a schema are found as the session finds them, so before the path is set.
    let found = session.query(&format!(
        "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; {}; {SETTINGS} {OPEN}",
        columns_sql(tables)
    ))?;
    let mut names = Vec::new();
    let mut selects = String::new();
    for row in found.iter().flatten() {
        let asked: usize = number(row, 0)?;
        names.push(tables.get(asked).ok_or_else(no_answer)?);
        selects += &digest_sql(row);
    }
    let digests = session.query(&format!("{selects} COMMIT"))?;
    let digests = digests.iter().flatten().map(digest);
    names.into_iter().zip(digests).map(|(name, digest)| Ok((name.clone(), digest?))).collect()
}

/// The rows of one table, within an open transaction.
pub(super) fn within_transaction(
    session: &PostgresSession,
    table: &ObjectName,
) -> Result<TableDigest, DatabaseError> {
    let found = session.query(&columns_sql(std::slice::from_ref(table)))?;
    let row = found.iter().flatten().next().ok_or_else(no_answer)?;
    let digests = session.query(&digest_sql(row))?;
    digest(digests.iter().flatten().next().ok_or_else(no_answer)?)
}

/// Which of the tables there are, with the columns of each by name, so that it makes no difference
/// where a column stands. Foreign tables hold rows of somebody else's.
fn columns_sql(tables: &[ObjectName]) -> String {
    let asked: Vec<String> = tables
        .iter()
        .enumerate()
        .map(|(index, table)| format!("({index}, {})", quote_literal(&quote_name(table))))
        .collect();
    format!(
        "SELECT t.i, \
                CASE c.relkind WHEN 'r' THEN 'ONLY ' ELSE '' END \
                    || quote_ident(n.nspname) || '.' || quote_ident(c.relname), \
                (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attname COLLATE \"C\") \
                 FROM pg_catalog.pg_attribute AS a \
                 WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) \
         FROM (VALUES {}) AS t (i, name) \
         JOIN pg_catalog.pg_class AS c ON c.oid = to_regclass(t.name) AND c.relkind IN ('r', 'p') \
         JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace \
         ORDER BY t.i",
        asked.join(", ")
    )
}

/// A row is hashed by its text, whole. The hashes of records will not do: they take for equal what
/// a type's own operator takes for equal (`1.0` and `1.00`, `1 day` and `24 hours`), they differ
/// for an enum that was made again, some types have none; and they are sums over the columns, so
/// that two rows which swap a value would give the sums they gave before. `OFFSET 0` keeps the
/// planner from writing the text twice.
fn digest_sql(row: &SimpleQueryRow) -> String {
    let (table, columns) = (row.get(1).unwrap_or_default(), row.get(2).unwrap_or_default());
    format!(
        "SELECT count(*), coalesce(sum(hashtextextended(t.line, 0)), 0), \
                coalesce(sum(hashtextextended(t.line, 1)), 0) \
         FROM (SELECT ROW({columns})::text COLLATE \"C\" AS line FROM {table} OFFSET 0) AS t; "
    )
}

fn digest(row: &SimpleQueryRow) -> Result<TableDigest, DatabaseError> {
    Ok(TableDigest { rows: number(row, 0)?, sums: [number(row, 1)?, number(row, 2)?] })
}
