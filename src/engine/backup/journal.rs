//! What a backfill destroys, written down batch by batch: each batch's transaction enters the values
//! it is about to overwrite and what it left instead. In the end it is a backup like any other.

use super::dialect::{Dialect, GONE};
use super::keeper::hash_text;
use super::left::LEFT;
use super::relation::column;
use super::request::Request;
use super::settle::MOST_COLUMNS;
use super::unit::{Unit, saved};
use crate::database::{
    ColumnShape, DatabaseError, OpenTransaction, Session, TableDigest, TableShape,
};
use crate::model::{Backup, BackupState, Engine, Identity, LeftColumn, SavedColumn, SavedTable};
use crate::plan::{Direction, Step};
use crate::sql::{quote_identifier, quote_name};
use time::OffsetDateTime;

/// What a backfill does to the rows of a table.
#[derive(Debug, Clone, Copy)]
pub(in crate::engine) struct Doing<'a> {
    /// The columns that get other values.
    pub columns: &'a [String],
    /// Whether it deletes rows.
    pub deletes: bool,
}

/// Why a table's rows cannot be written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::engine) enum Unwritable {
    /// Nothing tells one from another.
    NoKey,
    /// There is no room for before and after.
    TooWide,
}

/// The SQL with which batches write down what they do, and where it goes.
#[derive(Debug, Clone)]
pub(in crate::engine) struct Journal {
    /// The number of its backup.
    pub id: i64,
    /// Where the values before go, quoted.
    pub before: String,
    /// What goes there of a row of the table, under the alias `t`.
    pub before_list: String,
    /// Where the values behind it go, quoted.
    pub behind: String,
    /// Whether a row of the table `t` is the one of a row `b` of the first.
    pub is_row: String,
    dialect: Dialect,
    shape: TableShape,
    table: SavedTable,
}

impl Journal {
    /// Makes its tables, and enters it in the register as it is while nothing is destroyed yet.
    pub fn begin(
        (set, step): (&str, &Step),
        engine: Engine,
        shape: TableShape,
        doing: Doing<'_>,
        open: &mut dyn OpenTransaction,
    ) -> Result<Result<Self, Unwritable>, DatabaseError> {
        let dialect = Dialect(engine);
        let request = requested(dialect, &shape, doing);
        let place = new_place(dialect, &shape, open)?;
        let unit = Unit::new(shape.clone(), request, false, place);
        let Identity::Key(key) = &unit.identity else { return Ok(Err(Unwritable::NoKey)) };
        let left = left_columns(dialect, &shape, key, &unit.columns, doing.deletes);
        let named = |name: &str| shape.columns.iter().any(|it| it.name.eq_ignore_ascii_case(name));
        if engine == Engine::Sqlite && ["rowid", "_rowid_", "oid"].into_iter().all(named) {
            // No name is left for a row of the journal.
            return Ok(Err(Unwritable::NoKey));
        }
        if key.len() + left.len() + 1 > MOST_COLUMNS {
            return Ok(Err(Unwritable::TooWide));
        }
        let mut table = unit.saved_table(Some(&shape));
        for column in &mut table.columns {
            column.after = Some(column.name.clone());
        }
        let (Identity::Key(columns) | Identity::Values(columns)) = &mut table.identity;
        for column in columns {
            column.after = Some(column.name.clone());
        }
        let behind = dialect.place(&format!("{}_left", table.place));
        table.left_place = Some(behind.name.clone());
        table.left = left;
        table.migration = Some(step.script.stored.digest.to_string());
        let mut journal = Self {
            id: 0,
            before: quote_name(&unit.place),
            before_list: unit.select_list(dialect),
            behind: quote_name(&behind),
            is_row: is_row(&table),
            dialect,
            shape,
            table,
        };
        unit.make(dialect, open)?;
        open.run(&journal.behind_table())?;
        open.seal(&behind)?;
        journal.id = journal.register(set, step, open)?;
        Ok(Ok(journal))
    }

    /// The journal behind a backup, to go on with.
    pub fn resume(engine: Engine, backup: &Backup, shape: TableShape) -> Option<Self> {
        let dialect = Dialect(engine);
        let table = backup.table.clone();
        let behind = dialect.place(table.left_place.as_ref()?);
        let mut list: Vec<&SavedColumn> = Vec::new();
        if !table.whole {
            list.extend(table.identity.columns());
        }
        list.extend(&table.columns);
        let value = |saved: &&SavedColumn| {
            let column = column(dialect, &shape, &saved.name)?;
            Some(format!("{} AS {}", dialect.saved("t", column), quote_identifier(&saved.name)))
        };
        let list: Vec<String> = list.iter().map(value).collect::<Option<_>>()?;
        Some(Self {
            id: backup.id,
            before: quote_name(&dialect.place(&table.place)),
            before_list: list.join(", "),
            behind: quote_name(&behind),
            is_row: is_row(&table),
            dialect,
            shape,
            table,
        })
    }

    /// What goes into the second table of a row of the table under this alias.
    pub fn behind_list(&self, alias: &str) -> String {
        let value = |name: &str| {
            let column = column(self.dialect, &self.shape, name);
            self.dialect.saved(alias, column.expect("it is the table's own column"))
        };
        let key = self.table.identity.columns();
        let key =
            key.iter().map(|it| format!("{} AS {}", value(&it.name), quote_identifier(&it.name)));
        let gone = if self.table.left.is_empty() && self.table.whole { "1 = 1" } else { "1 = 0" };
        let left = self.table.left.iter();
        let left = left.map(|it| format!("{} AS {}", value(&it.column.name), it.place));
        let list: Vec<String> = key.chain([format!("({gone}) AS {GONE}")]).chain(left).collect();
        list.join(", ")
    }

    /// What a row of the first table is found by, in SQLite; later rows have larger ones.
    pub fn address(&self) -> &'static str {
        place_address(self.dialect, &self.table)
    }

    fn behind_table(&self) -> String {
        let table = &self.behind;
        match self.dialect.0 {
            Engine::Postgres => format!(
                "CREATE TABLE {table} AS SELECT {} FROM {} AS t WITH NO DATA",
                self.behind_list("t"),
                quote_name(&self.shape.name())
            ),
            Engine::Sqlite => {
                let key = self.table.identity.columns().iter();
                let names = key.map(|it| quote_identifier(&it.name)).chain([GONE.to_owned()]);
                let names: Vec<String> =
                    names.chain(self.table.left.iter().map(|it| it.place.clone())).collect();
                format!("CREATE TABLE {table} ({})", names.join(", "))
            }
        }
    }

    fn register(
        &self,
        set: &str,
        step: &Step,
        open: &mut dyn OpenTransaction,
    ) -> Result<i64, DatabaseError> {
        let hash = hash_text(&open.digest(&self.dialect.place(&self.table.place))?);
        open.register(&Backup {
            id: 0,
            set: set.to_owned(),
            version: step.version,
            name: step.name.clone(),
            rolling_back: step.direction == Direction::Back,
            taken_at: OffsetDateTime::now_utc(),
            state: BackupState::Kept,
            rows: 0,
            bytes: 0,
            hash,
            conflicts: 0,
            table: self.table.clone(),
        })
    }
}

/// Brings the register up to what a journal holds by now; where it holds nothing, it goes. Returns
/// the backup as it is registered then.
/// `known` is what it is known to hold already, each row once.
pub(in crate::engine) fn settle_journal(
    engine: Engine,
    mut backup: Backup,
    known: Option<TableDigest>,
    open: &mut dyn OpenTransaction,
) -> Result<Option<Backup>, DatabaseError> {
    let dialect = Dialect(engine);
    let place = dialect.place(&backup.table.place);
    let behind = backup.table.left_place.as_ref().map(|it| dialect.place(it));
    let digest = if let Some(known) = known {
        known
    } else {
        keep_one_of_each(dialect, &backup.table, open)?;
        open.digest(&place)?
    };
    let register = quote_name(&dialect.register());
    if digest.rows == 0 {
        for table in behind.iter().chain([&place]) {
            open.run(&format!("DROP TABLE {}", quote_name(table)))?;
        }
        open.run(&format!("DELETE FROM {register} WHERE id = {}", backup.id))?;
        return Ok(None);
    }
    backup.rows = digest.rows;
    backup.hash = hash_text(&digest);
    backup.bytes = open.size(&place)?;
    if let Some(table) = &behind {
        backup.bytes += open.size(table)?;
    }
    open.run(&format!(
        "UPDATE {register} SET row_count = {}, bytes = {}, hash = {} WHERE id = {}",
        backup.rows,
        backup.bytes,
        dialect.literal(&backup.hash),
        backup.id
    ))?;
    if engine == Engine::Postgres {
        for table in behind.iter().chain([&place]) {
            open.run(&format!("ANALYZE {}", quote_name(table)))?;
        }
    }
    Ok(Some(backup))
}

/// What a journal holds, where it has every row once. Nobody writes into it any more; so this can be
/// found out in SQLite while others write.
pub(in crate::engine) fn known_content(
    session: &mut dyn Session,
    backup: &Backup,
) -> Result<Option<TableDigest>, DatabaseError> {
    let engine = session.capabilities().engine;
    if engine == Engine::Postgres {
        return Ok(None);
    }
    let dialect = Dialect(engine);
    for place in [&backup.table.place].into_iter().chain(&backup.table.left_place) {
        let twice = session.exchange(&[repeated(dialect, &backup.table, place)])?;
        if twice.iter().any(|it| !it.rows.is_empty()) {
            return Ok(None);
        }
    }
    let place = dialect.place(&backup.table.place);
    Ok(session.data_digests(std::slice::from_ref(&place))?.remove(&place))
}

/// Asks whether a journal's table has a row twice.
fn repeated(dialect: Dialect, table: &SavedTable, place: &str) -> String {
    let key: Vec<String> =
        table.identity.columns().iter().map(|it| quote_identifier(&it.name)).collect();
    let (name, list) = (quote_name(&dialect.place(place)), key.join(", "));
    format!("SELECT 1 FROM {name} GROUP BY {list} HAVING count(*) > 1 LIMIT 1")
}

/// Of a row that was changed twice, because its condition held again meanwhile, the first values
/// are what was there before, and the last ones what was left.
fn keep_one_of_each(
    dialect: Dialect,
    table: &SavedTable,
    open: &mut dyn OpenTransaction,
) -> Result<(), DatabaseError> {
    let key: Vec<String> =
        table.identity.columns().iter().map(|it| quote_identifier(&it.name)).collect();
    let (list, address) = (key.join(", "), place_address(dialect, table));
    // Both tables got their rows in the same transactions.
    if open.ask(&repeated(dialect, table, &table.place))?.rows.is_empty() {
        return Ok(());
    }
    // Where several wrote, a row's place does not tell which was first; its transaction does.
    let mut places = vec![(&table.place, "min", "age(o.xmin) > age(k.xmin)")];
    places.extend(table.left_place.as_ref().map(|it| (it, "max", "age(o.xmin) < age(k.xmin)")));
    for (place, kept, is_better) in places {
        let name = quote_name(&dialect.place(place));
        if dialect.0 == Engine::Sqlite {
            open.run(&format!(
                "DELETE FROM {name} WHERE {address} NOT IN \
                 (SELECT {kept}({address}) FROM {name} GROUP BY {list})"
            ))?;
        } else {
            let same: Vec<String> = key.iter().map(|it| format!("o.{it} = k.{it}")).collect();
            open.run(&format!(
                "DELETE FROM {name} AS k WHERE EXISTS (SELECT 1 FROM {name} AS o WHERE {} \
                 AND {is_better})",
                same.join(" AND ")
            ))?;
        }
    }
    Ok(())
}

/// What a row of a journal's tables is called, besides its columns.
fn place_address(dialect: Dialect, table: &SavedTable) -> &'static str {
    let columns = table.identity.columns().iter().chain(&table.columns);
    let names: Vec<&str> = columns.map(|it| it.name.as_str()).collect();
    dialect.lasting_address(&names).unwrap_or(dialect.addresses()[0])
}

fn is_row(table: &SavedTable) -> String {
    let key = table.identity.columns().iter().map(|it| quote_identifier(&it.name));
    key.map(|name| format!("t.{name} = b.{name}")).collect::<Vec<_>>().join(" AND ")
}

fn requested(dialect: Dialect, shape: &TableShape, doing: Doing<'_>) -> Request {
    let mut request = Request::new();
    let columns = doing.columns.iter().filter_map(|name| column(dialect, shape, name));
    let columns = columns.filter(|it| !it.generated);
    request.columns = columns.map(|it| it.name.clone()).collect();
    // A trigger before each row may change any column of it.
    request.rows = doing.deletes || shape.updates_widen;
    request
}

fn left_columns(
    dialect: Dialect,
    shape: &TableShape,
    key: &[SavedColumn],
    columns: &[SavedColumn],
    deletes: bool,
) -> Vec<LeftColumn> {
    if deletes {
        return Vec::new();
    }
    let apart = columns.iter().filter(|it| key.iter().all(|own| own.name != it.name));
    let shapes = apart.filter_map(|it| column(dialect, shape, &it.name));
    shapes
        .enumerate()
        .map(|(number, shape): (usize, &ColumnShape)| LeftColumn {
            place: format!("{LEFT}{number}"),
            element: None,
            column: saved(shape),
            overwritten: true,
        })
        .collect()
}

fn new_place(
    dialect: Dialect,
    shape: &TableShape,
    open: &mut dyn OpenTransaction,
) -> Result<crate::model::ObjectName, DatabaseError> {
    let taken = super::saving::taken_names(dialect, open)?;
    let time = super::saving::time_of_name();
    let name = dialect.backup_name(&shape.table, &time, |name| taken.contains(name));
    Ok(dialect.place(&name))
}
