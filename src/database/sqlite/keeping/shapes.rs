//! The tables that hold rows, with what tells their rows apart.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, Row};

use super::super::ledger::table_exists;
use crate::database::contract::{ColumnShape, TableShape};
use crate::model::{Engine, SavedSequence};
use crate::sql::quote_literal;

/// Ordinary tables. A virtual table's rows lie with its module; its shadow tables are the module's.
const TABLES: &str = "
SELECT s.rowid, s.name, t.wr, t.strict,
       EXISTS (SELECT 1 FROM main.sqlite_schema AS r
               WHERE r.type = 'trigger' AND r.tbl_name = s.name COLLATE NOCASE)
FROM main.sqlite_schema AS s JOIN pragma_table_list AS t ON t.name = s.name
WHERE s.type = 'table' AND t.schema = 'main' AND t.type = 'table'
  AND s.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND s.name NOT LIKE 'turnback\\_%' ESCAPE '\\'
  AND s.name <> ?1 COLLATE NOCASE
ORDER BY s.rowid";

const COLUMNS: &str = "
SELECT t.name, x.cid, x.name, x.type, x.\"notnull\", x.pk, x.hidden
FROM pragma_table_list AS t JOIN pragma_table_xinfo(t.name, 'main') AS x
WHERE t.schema = 'main' AND t.type = 'table' ORDER BY t.name, x.cid";

const INDEXES: &str = "
SELECT t.name, i.name, i.origin, x.cid, x.coll
FROM pragma_table_list AS t JOIN pragma_index_list(t.name, 'main') AS i
JOIN pragma_index_xinfo(i.name, 'main') AS x
WHERE t.schema = 'main' AND t.type = 'table' AND i.\"unique\" AND NOT i.partial AND x.key
ORDER BY t.name, i.name, x.seqno";

/// What stands for a generated column in `hidden`: a virtual one, a stored one.
const GENERATED: [i64; 2] = [2, 3];

/// The names a row's number goes by, unless a column has them.
const ROW_NUMBERS: [&str; 3] = ["rowid", "_rowid_", "oid"];

/// The tables, but for turnback's own and the history.
pub(in crate::database::sqlite) fn read(
    connection: &Connection,
    history: &str,
) -> rusqlite::Result<Vec<TableShape>> {
    read_listed(connection, history, None)
}

/// The tables of these names, where no trigger and no foreign key's action can touch others; all of
/// them otherwise.
pub(super) fn read_named(
    connection: &Connection,
    history: &str,
    names: &BTreeSet<String>,
) -> rusqlite::Result<Vec<TableShape>> {
    let triggers = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'trigger' UNION ALL \
                    SELECT 1 FROM sqlite_temp_schema WHERE type = 'trigger')";
    let acts = connection.pragma_query_value(None, "foreign_keys", |row| row.get(0))?;
    if acts || connection.query_row(triggers, [], |row| row.get(0))? {
        return read(connection, history);
    }
    let names: BTreeSet<String> = names.iter().map(|name| name.to_ascii_lowercase()).collect();
    let mut shapes = Vec::new();
    for name in names {
        shapes.extend(read_listed(connection, history, Some(&name))?);
    }
    Ok(shapes)
}

/// A query over all tables as one over the table of a name.
fn of_table(sql: &str, name: Option<&str>) -> String {
    match name {
        Some(name) => {
            let listed = format!("pragma_table_list({})", quote_literal(Engine::Sqlite, name));
            // The one table first: its row is looked for, rather than a table for each row.
            sql.replace(
                "main.sqlite_schema AS s JOIN pragma_table_list AS t ON t.name = s.name",
                "pragma_table_list AS t CROSS JOIN main.sqlite_schema AS s ON t.name = s.name",
            )
            .replace("pragma_table_list AS t", &format!("{listed} AS t"))
        }
        None => sql.to_owned(),
    }
}

fn read_listed(
    connection: &Connection,
    history: &str,
    name: Option<&str>,
) -> rusqlite::Result<Vec<TableShape>> {
    let mut columns: BTreeMap<String, Vec<Column>> = BTreeMap::new();
    let listed = of_table(COLUMNS, name);
    for (table, column) in collect(connection, &listed, |row| Ok((row.get(0)?, column(row)?)))? {
        columns.entry(table).or_default().push(column);
    }
    let mut indexes = read_indexes(connection, name)?;
    let sequences = read_sequences(connection)?;
    let mut statement = connection.prepare(&of_table(TABLES, name))?;
    let tables = statement.query_map([history], |row| {
        let name: String = row.get(1)?;
        let columns = columns.remove(&name).unwrap_or_default();
        let indexes = indexes.remove(&name).unwrap_or_default();
        let (without_rowid, strict, triggers) = (row.get(2)?, row.get(3)?, row.get(4)?);
        let table = Table { name, columns, indexes, without_rowid, strict, triggers };
        Ok((row.get::<_, i64>(0)?, table))
    })?;
    let tables: Vec<(i64, Table)> = tables.collect::<rusqlite::Result<_>>()?;
    tables.into_iter().map(|(id, table)| table.shape(connection, id, &sequences)).collect()
}

/// Whether a table never gives a number twice (`AUTOINCREMENT`).
pub(super) fn counts(connection: &Connection, table: &str) -> rusqlite::Result<bool> {
    let mut statement =
        connection.prepare("SELECT name FROM pragma_table_info(?1, 'main') WHERE pk = 1")?;
    let keys: Vec<String> =
        statement.query_map([table], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    match keys.as_slice() {
        [key] => Ok(connection.column_metadata(Some("main"), table, key)?.4),
        _ => Ok(false),
    }
}

fn collect<T>(
    connection: &Connection,
    sql: &str,
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Vec<T>> {
    connection.prepare(sql)?.query_map([], read)?.collect()
}

struct Table {
    name: String,
    columns: Vec<Column>,
    indexes: Vec<Index>,
    without_rowid: bool,
    strict: bool,
    /// Whether it has triggers.
    triggers: bool,
}

struct Column {
    shape: ColumnShape,
    not_null: bool,
    /// Its place in the primary key, from 1; 0 outside.
    key: i64,
}

/// A unique index.
struct Index {
    name: String,
    is_primary_key: bool,
    /// The columns' numbers, negative for an expression, and how each is compared.
    items: Vec<(i64, String)>,
}

fn column(row: &Row<'_>) -> rusqlite::Result<Column> {
    let shape = ColumnShape {
        id: row.get(1)?,
        name: row.get(2)?,
        type_name: row.get(3)?,
        as_is: true,
        exact: true,
        generated: GENERATED.contains(&row.get(6)?),
        always_identity: false,
        width: None,
    };
    Ok(Column { shape, not_null: row.get(4)?, key: row.get(5)? })
}

fn read_indexes(
    connection: &Connection,
    name: Option<&str>,
) -> rusqlite::Result<BTreeMap<String, Vec<Index>>> {
    let mut found: BTreeMap<String, Vec<Index>> = BTreeMap::new();
    let rows = collect(connection, &of_table(INDEXES, name), |row| {
        let origin: String = row.get(2)?;
        let coll: Option<String> = row.get(4)?;
        let item: (i64, String) = (row.get(3)?, coll.unwrap_or_default());
        Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, origin == "pk", item))
    })?;
    for (table, name, is_primary_key, item) in rows {
        let indexes = found.entry(table).or_default();
        match indexes.last_mut() {
            Some(index) if index.name == name => index.items.push(item),
            _ => indexes.push(Index { name, is_primary_key, items: vec![item] }),
        }
    }
    Ok(found)
}

fn read_sequences(connection: &Connection) -> rusqlite::Result<BTreeMap<String, i64>> {
    if !table_exists(connection, "sqlite_sequence")? {
        return Ok(BTreeMap::new());
    }
    // Anybody may write anything into it.
    let sql = "SELECT name, seq FROM main.sqlite_sequence \
               WHERE typeof(name) = 'text' AND typeof(seq) = 'integer'";
    Ok(collect(connection, sql, |row| Ok((row.get(0)?, row.get(1)?)))?.into_iter().collect())
}

impl Table {
    fn shape(
        self,
        connection: &Connection,
        id: i64,
        sequences: &BTreeMap<String, i64>,
    ) -> rusqlite::Result<TableShape> {
        let keys = self.keys(connection)?;
        let address = self.address();
        let sequences = if self.row_number().is_some() && counts(connection, &self.name)? {
            let last_value = sequences.get(&self.name).copied();
            vec![SavedSequence { name: self.name.clone(), column: None, last_value }]
        } else {
            Vec::new()
        };
        Ok(TableShape {
            // The place in the schema stays when a table is renamed. It is not given to another one
            // as long as a backup of the table lies behind it.
            id: id.to_string(),
            schema: None,
            table: self.name,
            visible: true,
            partitioned: false,
            ancestors: Vec::new(),
            heirs: Vec::new(),
            file: None,
            bytes: 0,
            rows: None,
            columns: self.columns.into_iter().map(|it| it.shape).collect(),
            keys,
            updates_widen: self.triggers,
            moved_by: Vec::new(),
            addressed: address.is_some(),
            address: address.map(str::to_owned),
            updated: 0,
            deleted: 0,
            inserted: 0,
            sequences,
        })
    }

    /// The column that is the row's number under another name (`INTEGER PRIMARY KEY`): a key
    /// without an index.
    fn row_number(&self) -> Option<&Column> {
        let mut key = self.columns.iter().filter(|it| it.key > 0);
        match (key.next(), key.next()) {
            (Some(column), None)
                if !self.without_rowid && !self.indexes.iter().any(|it| it.is_primary_key) =>
            {
                Some(column)
            }
            _ => None,
        }
    }

    /// What a row's number is called.
    fn address(&self) -> Option<&'static str> {
        let is_free = |name: &&&str| {
            self.columns.iter().all(|column| !column.shape.name.eq_ignore_ascii_case(name))
        };
        if self.without_rowid { None } else { ROW_NUMBERS.iter().find(is_free).copied() }
    }

    /// What tells rows apart for sure, the best first.
    fn keys(&self, connection: &Connection) -> rusqlite::Result<Vec<Vec<String>>> {
        let mut keys: Vec<(bool, Vec<String>)> = Vec::new();
        for index in &self.indexes {
            if let Some(names) = self.key(connection, index)? {
                keys.push((index.is_primary_key, names));
            }
        }
        keys.sort_by_key(|(is_primary_key, names)| (!is_primary_key, names.len()));
        let number = self.row_number().map(|column| vec![column.shape.name.clone()]);
        Ok(number.into_iter().chain(keys.into_iter().map(|(_, names)| names)).collect())
    }

    /// The columns of an index, if no two rows are alike in them: none is ever NULL or computed,
    /// and rows are compared as the index compares them, or more strictly.
    fn key(&self, connection: &Connection, index: &Index) -> rusqlite::Result<Option<Vec<String>>> {
        let never_null = index.is_primary_key && (self.without_rowid || self.strict);
        let mut names = Vec::new();
        for (number, collation) in &index.items {
            let Some(column) = self.columns.iter().find(|it| it.shape.id == *number) else {
                return Ok(None);
            };
            let name = &column.shape.name;
            let (_, own, ..) = connection.column_metadata(Some("main"), &self.name, name)?;
            let own = own.map_or("BINARY".into(), |own| own.to_string_lossy());
            let is_sound = (column.not_null || never_null) && !column.shape.generated;
            let is_compared = is_built_in(&own)
                && (own.eq_ignore_ascii_case("BINARY") || own.eq_ignore_ascii_case(collation));
            if !is_sound || !is_compared {
                return Ok(None);
            }
            names.push(name.clone());
        }
        Ok(Some(names))
    }
}

/// What applications bring along themselves is not known here.
fn is_built_in(collation: &str) -> bool {
    ["BINARY", "NOCASE", "RTRIM"].iter().any(|it| it.eq_ignore_ascii_case(collation))
}
