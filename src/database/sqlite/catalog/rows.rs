//! What `SQLite` tells of a schema: the stored texts, and the answers of its pragmas.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, Row};

use crate::catalog::Kind;

/// Tables whose columns are read: not the backups, of which there may be more than of all others.
const LOOKED_AT: &str = "t.schema = 'main' AND t.type = 'table'
    AND t.name NOT LIKE 'turnback\\_backup\\_%' ESCAPE '\\'";

/// Everything, by the table's name where it belongs to one.
#[derive(Debug, Default)]
pub(super) struct Rows {
    pub stored: Vec<Stored>,
    pub tables: BTreeMap<String, TableRow>,
    pub columns: BTreeMap<String, Vec<ColumnRow>>,
    pub indexes: BTreeMap<String, Vec<IndexRow>>,
    pub foreign_keys: BTreeMap<String, Vec<ForeignKeyRow>>,
}

/// A row of the schema table.
#[derive(Debug)]
pub(super) struct Stored {
    pub kind: Kind,
    pub name: String,
    /// The table it is, or belongs to.
    pub table: String,
    pub sql: String,
}

#[derive(Debug)]
pub(super) struct TableRow {
    pub without_rowid: bool,
    pub strict: bool,
}

#[derive(Debug)]
pub(super) struct ColumnRow {
    pub name: String,
    pub declared: String,
    pub not_null: bool,
    pub default: Option<String>,
    /// Its place in the primary key, from 1; 0 outside.
    pub key: u32,
    pub kind: ColumnKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ColumnKind {
    Ordinary,
    Virtual,
    Stored,
}

#[derive(Debug)]
pub(super) struct IndexRow {
    pub name: String,
    pub unique: bool,
    pub origin: Origin,
    pub items: Vec<IndexItem>,
}

/// Why an index is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    Created,
    Unique,
    PrimaryKey,
}

#[derive(Debug)]
pub(super) struct IndexItem {
    /// The column, unless it is an expression.
    pub column: Option<String>,
    pub descending: bool,
    /// In upper case.
    pub collation: String,
}

#[derive(Debug)]
pub(super) struct ForeignKeyRow {
    pub columns: Vec<String>,
    pub parent: String,
    /// None where the parent's primary key is meant without being named.
    pub parent_columns: Vec<String>,
    pub on_update: String,
    pub on_delete: String,
}

impl Rows {
    /// Every pragma is asked about `main`: a temporary table of the same name would hide the table.
    pub fn read(connection: &Connection) -> rusqlite::Result<Self> {
        let mut rows = Self { tables: tables(connection)?, ..Self::default() };
        rows.stored = stored(connection)?;
        // A shadow table belongs to its virtual table, which alone knows what it is for.
        let shadows = shadows(connection)?;
        rows.stored.retain(|stored| !shadows.contains(&stored.table));
        read_columns(connection, &mut rows)?;
        read_indexes(connection, &mut rows)?;
        read_foreign_keys(connection, &mut rows)?;
        Ok(rows)
    }
}

fn collect<T>(
    connection: &Connection,
    sql: &str,
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Vec<T>> {
    connection.prepare(sql)?.query_map([], read)?.collect()
}

fn tables(connection: &Connection) -> rusqlite::Result<BTreeMap<String, TableRow>> {
    let sql = "SELECT name, wr, strict FROM pragma_table_list
               WHERE schema = 'main' AND type = 'table'";
    let read = |row: &Row<'_>| {
        Ok((row.get(0)?, TableRow { without_rowid: row.get(1)?, strict: row.get(2)? }))
    };
    Ok(collect(connection, sql, read)?.into_iter().collect())
}

fn shadows(connection: &Connection) -> rusqlite::Result<BTreeSet<String>> {
    let sql = "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'shadow'";
    Ok(collect(connection, sql, |row| row.get(0))?.into_iter().collect())
}

/// Automatic indexes have no text; they belong to their constraints.
fn stored(connection: &Connection) -> rusqlite::Result<Vec<Stored>> {
    let sql = "SELECT type, name, tbl_name, sql FROM main.sqlite_schema WHERE sql IS NOT NULL";
    collect(connection, sql, |row| {
        let kind: String = row.get(0)?;
        let kind = match kind.as_str() {
            "table" => Kind::Table,
            "view" => Kind::View,
            "trigger" => Kind::Trigger,
            _ => Kind::Index,
        };
        Ok(Stored { kind, name: row.get(1)?, table: row.get(2)?, sql: row.get(3)? })
    })
}

fn read_columns(connection: &Connection, rows: &mut Rows) -> rusqlite::Result<()> {
    let sql = format!(
        "SELECT x.name, x.type, x.\"notnull\", x.dflt_value, x.pk, x.hidden, t.name
         FROM pragma_table_list AS t JOIN pragma_table_xinfo(t.name, 'main') AS x
         WHERE {LOOKED_AT} ORDER BY t.name, x.cid"
    );
    for (table, column) in collect(connection, &sql, |row| Ok((row.get(6)?, column(row)?)))? {
        rows.columns.entry(table).or_default().push(column);
    }
    // What a view or a virtual table has for columns is found out by compiling it, which fails
    // where something it needs is missing: a table, a module.
    let sql = "SELECT name, type, \"notnull\", dflt_value, pk, hidden
               FROM pragma_table_xinfo(?1, 'main') ORDER BY cid";
    let mut statement = connection.prepare(sql)?;
    for stored in &rows.stored {
        let is_derived = stored.kind == Kind::View
            || (stored.kind == Kind::Table && !rows.tables.contains_key(&stored.name));
        if is_derived {
            let found = statement.query_map([&stored.name], column).and_then(Iterator::collect);
            rows.columns.insert(stored.name.clone(), found.unwrap_or_default());
        }
    }
    Ok(())
}

fn column(row: &Row<'_>) -> rusqlite::Result<ColumnRow> {
    let hidden: u32 = row.get(5)?;
    Ok(ColumnRow {
        name: row.get(0)?,
        declared: row.get(1)?,
        not_null: row.get(2)?,
        default: row.get(3)?,
        key: row.get(4)?,
        kind: match hidden {
            2 => ColumnKind::Virtual,
            3 => ColumnKind::Stored,
            _ => ColumnKind::Ordinary,
        },
    })
}

fn read_indexes(connection: &Connection, rows: &mut Rows) -> rusqlite::Result<()> {
    let sql = format!(
        "SELECT t.name, i.name, i.\"unique\", i.origin, x.cid, x.name, x.\"desc\", x.coll
         FROM pragma_table_list AS t JOIN pragma_index_list(t.name, 'main') AS i
         JOIN pragma_index_xinfo(i.name, 'main') AS x
         WHERE {LOOKED_AT} AND x.key ORDER BY t.name, i.name, x.seqno"
    );
    let mut statement = connection.prepare(&sql)?;
    let mut found = statement.query([])?;
    while let Some(row) = found.next()? {
        let (table, name): (String, String) = (row.get(0)?, row.get(1)?);
        let indexes = rows.indexes.entry(table).or_default();
        if indexes.last().is_none_or(|index| index.name != name) {
            let origin: String = row.get(3)?;
            let origin = match origin.as_str() {
                "pk" => Origin::PrimaryKey,
                "u" => Origin::Unique,
                _ => Origin::Created,
            };
            indexes.push(IndexRow { name, unique: row.get(2)?, origin, items: Vec::new() });
        }
        let item = index_item(row)?;
        indexes.last_mut().expect("it was pushed just now").items.push(item);
    }
    Ok(())
}

fn index_item(row: &Row<'_>) -> rusqlite::Result<IndexItem> {
    /// What stands for a table's rowid where a column's number is expected.
    const ROW_ID: i64 = -1;
    let (number, column): (i64, Option<String>) = (row.get(4)?, row.get(5)?);
    let column = if number == ROW_ID { Some("rowid".to_owned()) } else { column };
    let collation: Option<String> = row.get(7)?;
    let collation = collation.unwrap_or_default().to_ascii_uppercase();
    Ok(IndexItem { column, descending: row.get(6)?, collation })
}

fn read_foreign_keys(connection: &Connection, rows: &mut Rows) -> rusqlite::Result<()> {
    // The last one in a table's text is the first here.
    let sql = format!(
        "SELECT t.name, f.id, f.\"table\", f.\"from\", f.\"to\", f.on_update, f.on_delete
         FROM pragma_table_list AS t JOIN pragma_foreign_key_list(t.name, 'main') AS f
         WHERE {LOOKED_AT} ORDER BY t.name, f.id DESC, f.seq"
    );
    let mut statement = connection.prepare(&sql)?;
    let mut found = statement.query([])?;
    let mut last: Option<(String, i64)> = None;
    while let Some(row) = found.next()? {
        let id: (String, i64) = (row.get(0)?, row.get(1)?);
        let keys = rows.foreign_keys.entry(id.0.clone()).or_default();
        if last.as_ref() != Some(&id) {
            keys.push(ForeignKeyRow {
                columns: Vec::new(),
                parent: row.get(2)?,
                parent_columns: Vec::new(),
                on_update: row.get(5)?,
                on_delete: row.get(6)?,
            });
            last = Some(id);
        }
        let key = keys.last_mut().expect("it was pushed just now");
        key.columns.push(row.get(3)?);
        key.parent_columns.extend(row.get::<_, Option<String>>(4)?);
    }
    Ok(())
}
