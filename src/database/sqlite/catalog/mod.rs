//! Reading the catalog: of the database itself, not of what a connection has attached or holds in
//! its temporary schema.
//!
//! What a connection sets for itself is no part of a schema, `foreign_keys` among it: the file does
//! not hold it. How the file is laid out (`page_size`, `journal_mode`) makes no difference either.

mod constraint;
mod described;
mod objects;
mod rows;
mod table;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use rusqlite::Connection;

use self::objects::{object, set};
use self::rows::{Rows, Stored};
use super::error::convert;
use crate::catalog::{Catalog, CatalogObject, Kind, Scope};
use crate::database::DatabaseError;
use crate::model::Engine;
use crate::sql::parse;
use crate::sql::stored::{SchemaNames, canonical_statement, read_trigger, read_view};

/// `SQLite` 3.
const MAJOR: u32 = 3;

/// The tables of turnback's record, as the script that makes them names them.
static OWN_TABLES: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let script = parse(Engine::Sqlite, "ledger.sql", include_str!("../ledger.sql"))
        .expect("turnback's own script is sound");
    let affected = script.statements.into_iter().flat_map(|statement| statement.affects);
    affected.map(|affected| affected.object.name.name).collect()
});

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
    let rows = Rows::read(connection)?;
    let names = names(&rows);
    let mut objects = vec![database(connection)?];
    for stored in rows.stored.iter().filter(|stored| !is_excluded(&rows, &stored.table)) {
        match stored.kind {
            Kind::Table => table::append(&mut objects, &rows, stored, &names),
            Kind::View => objects.push(view(stored, &names)),
            Kind::Trigger => objects.push(trigger(stored, &names)),
            // Those belong to their tables, whose columns say how to read them.
            _ => {}
        }
    }
    Ok(Catalog::new(Engine::Sqlite, MAJOR, scope.clone(), objects))
}

/// What is `SQLite`'s own, turnback's own, or a history that refinery shares.
fn is_excluded(rows: &Rows, table: &str) -> bool {
    let lower = table.to_ascii_lowercase();
    lower.starts_with("sqlite_")
        || OWN_TABLES.contains(&lower)
        || lower.starts_with("turnback_backup_")
        || is_history(rows, table, &lower)
}

/// A name alone makes no history: it must have the columns too.
fn is_history(rows: &Rows, table: &str, lower: &str) -> bool {
    let is_named =
        lower == "refinery_schema_history" || lower.starts_with("refinery_schema_history_");
    let columns = || rows.columns.get(table).into_iter().flatten();
    is_named
        && ["version", "name", "applied_on", "checksum"]
            .iter()
            .all(|name| columns().any(|column| column.name.eq_ignore_ascii_case(name)))
}

/// The numbers that an application keeps in the file's header, where they are not 0. Its text
/// encoding and whether it shrinks by itself are fixed when the file is made.
fn database(connection: &Connection) -> rusqlite::Result<CatalogObject> {
    let mut database = object(Kind::Database, None, "main");
    for name in ["user_version", "application_id"] {
        let value: i64 = connection.pragma_query_value(Some("main"), name, |row| row.get(0))?;
        if value != 0 {
            set(&mut database.properties, name, value.to_string());
        }
    }
    let encoding: String = connection.pragma_query_value(None, "encoding", |row| row.get(0))?;
    if encoding != "UTF-8" {
        set(&mut database.noted, "encoding", encoding);
    }
    Ok(database)
}

/// What tables and views are called and have for columns.
fn names(rows: &Rows) -> SchemaNames {
    let mut names = SchemaNames::new();
    for stored in &rows.stored {
        if matches!(stored.kind, Kind::Table | Kind::View) {
            let columns = rows.columns.get(&stored.name).into_iter().flatten();
            let columns = columns.map(|column| column.name.to_ascii_lowercase()).collect();
            names.insert(stored.name.to_ascii_lowercase(), columns);
        }
    }
    names
}

fn view(stored: &Stored, names: &SchemaNames) -> CatalogObject {
    let mut view = object(Kind::View, None, &stored.name);
    match read_view(&stored.sql, names) {
        Some(text) => {
            if let Some(columns) = text.columns {
                set(&mut view.properties, "columns", columns);
            }
            set(&mut view.properties, "query", text.query);
        }
        None => set(&mut view.properties, "definition", canonical_statement(&stored.sql, names)),
    }
    view
}

fn trigger(stored: &Stored, names: &SchemaNames) -> CatalogObject {
    let mut trigger = object(Kind::Trigger, Some(&stored.table), &stored.name);
    let definition =
        read_trigger(&stored.sql, names).unwrap_or_else(|| canonical_statement(&stored.sql, names));
    set(&mut trigger.properties, "definition", definition);
    trigger
}
