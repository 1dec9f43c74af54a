//! Fingerprints of the rows of tables.

use std::collections::BTreeMap;
use std::hash::Hasher as _;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension as _, Row};
use siphasher::sip128::{Hasher128 as _, SipHasher24};

use super::error::convert;
use crate::database::DatabaseError;
use crate::database::contract::TableDigest;
use crate::model::ObjectName;
use crate::sql::quote_identifier;

/// All tables in one transaction, so that it is one snapshot.
pub(super) fn read(
    connection: &mut Connection,
    tables: &[ObjectName],
) -> Result<BTreeMap<ObjectName, TableDigest>, DatabaseError> {
    let transaction = connection.transaction().map_err(convert)?;
    let mut digests = BTreeMap::new();
    for table in tables {
        if let Some(digest) = digest(&transaction, &table.name).map_err(convert)? {
            digests.insert(table.clone(), digest);
        }
    }
    Ok(digests)
}

/// The same of one table, within an open transaction; `None` where it is not there.
pub(super) fn digest(
    connection: &Connection,
    table: &str,
) -> rusqlite::Result<Option<TableDigest>> {
    let Some(sql) = select(connection, table)? else { return Ok(None) };
    let mut statement = connection.prepare(&sql)?;
    let columns = statement.column_count();
    let mut rows = statement.raw_query();
    let mut digest = TableDigest { rows: 0, sums: [0, 0] };
    while let Some(row) = rows.next()? {
        let [first, second] = hashes(row, columns)?;
        digest.rows += 1;
        digest.sums[0] += i128::from(first);
        digest.sums[1] += i128::from(second);
    }
    Ok(Some(digest))
}

/// The columns by name, so that it makes no difference where a column stands. What a virtual table
/// shows lies in its module's own tables.
fn select(connection: &Connection, table: &str) -> rusqlite::Result<Option<String>> {
    let name: Option<String> = connection
        .query_row(
            "SELECT name FROM pragma_table_list(?1) \
             WHERE schema = 'main' AND type IN ('table', 'shadow')",
            [table],
            |row| row.get(0),
        )
        .optional()?;
    let Some(name) = name else { return Ok(None) };
    let mut columns = connection.prepare("SELECT name FROM pragma_table_xinfo(?1)")?;
    let columns = columns.query_map([&name], |row| row.get::<_, String>(0))?;
    let mut columns: Vec<String> = columns.collect::<rusqlite::Result<_>>()?;
    columns.sort_unstable();
    let columns: Vec<String> = columns.iter().map(|name| quote_identifier(name)).collect();
    Ok(Some(format!("SELECT {} FROM main.{}", columns.join(", "), quote_identifier(&name))))
}

/// Two hashes of a whole row. Each value stands with the class it is stored in, since `1`, `1.0`
/// and `'1'` are equal or not depending on who asks, and with its length, so that no two rows run
/// into one.
fn hashes(row: &Row<'_>, columns: usize) -> rusqlite::Result<[i64; 2]> {
    let mut hasher = SipHasher24::new();
    let mut write = |class: u8, bytes: &[u8]| {
        hasher.write(&[class]);
        hasher.write(&(bytes.len() as u64).to_le_bytes());
        hasher.write(bytes);
    };
    for column in 0..columns {
        match row.get_ref(column)? {
            ValueRef::Null => write(0, &[]),
            ValueRef::Integer(number) => write(1, &number.to_le_bytes()),
            ValueRef::Real(number) => write(2, &number.to_bits().to_le_bytes()),
            ValueRef::Text(text) => write(3, text),
            ValueRef::Blob(bytes) => write(4, bytes),
        }
    }
    let hash = hasher.finish128();
    Ok([hash.h1.cast_signed(), hash.h2.cast_signed()])
}
