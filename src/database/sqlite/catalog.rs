//! Reading the catalog.

use rusqlite::Connection;

use super::error::convert;
use crate::catalog::{Catalog, CatalogObject, Kind, ObjectKey, Scope};
use crate::database::DatabaseError;
use crate::model::Engine;

/// `SQLite` 3.
const MAJOR: u32 = 3;

/// Reads everything in one transaction, so that it is one snapshot.
pub(super) fn read(connection: &mut Connection, scope: &Scope) -> Result<Catalog, DatabaseError> {
    let transaction = connection.transaction().map_err(convert)?;
    within_transaction(&transaction, scope).map_err(convert)
}

/// The same within an open transaction.
pub(super) fn within_transaction(
    connection: &Connection,
    scope: &Scope,
) -> rusqlite::Result<Catalog> {
    let mut tables = connection.prepare(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
    )?;
    let objects = tables.query_map([], |row| {
        let key = ObjectKey { kind: Kind::Table, schema: None, parent: None, name: row.get(0)? };
        Ok(CatalogObject::new(key))
    })?;
    let objects = objects.collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(Catalog::new(Engine::Sqlite, MAJOR, scope.clone(), objects))
}
