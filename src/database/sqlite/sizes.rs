//! How large tables are.

use rusqlite::Connection;

use crate::database::contract::TableSize;
use crate::model::ObjectName;

/// A file up to so many bytes is measured: to tell the size of a table, every page of it is read.
const MEASURED: i64 = 256 * 1024 * 1024;

const SIZE: &str = "SELECT coalesce(sum(d.pgsize) FILTER (WHERE s.type = 'table'), 0), \
     coalesce(sum(d.pgsize) FILTER (WHERE s.type = 'index'), 0), count(s.name) \
     FROM sqlite_schema AS s JOIN dbstat('main', 1) AS d ON d.name = s.name \
     WHERE lower(s.tbl_name) = lower(?1) AND s.type IN ('table', 'index')";

pub(super) fn table_sizes(
    connection: &Connection,
    tables: &[ObjectName],
) -> rusqlite::Result<Vec<Option<TableSize>>> {
    let pages: i64 = connection.query_row(
        "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
        [],
        |row| row.get(0),
    )?;
    if pages > MEASURED {
        return Ok(vec![None; tables.len()]);
    }
    tables.iter().map(|table| size(connection, &table.name)).collect()
}

fn size(connection: &Connection, table: &str) -> rusqlite::Result<Option<TableSize>> {
    let (table, indexes, count): (i64, i64, i64) =
        connection.query_row(SIZE, [table], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    let (table, indexes) = (table.unsigned_abs(), indexes.unsigned_abs());
    Ok((count > 0).then_some(TableSize { table, indexes, total: table + indexes }))
}
