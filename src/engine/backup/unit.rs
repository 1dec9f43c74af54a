//! Saving a table's values: a copy is made while others go on working, then the table is locked as
//! the step will lock it, and what they changed meanwhile is copied again.

use super::chosen::Chosen;
use super::dialect::Dialect;
use super::relation::{Live, table_sql};
use super::request::Request;
use crate::database::{ColumnShape, DatabaseError, OpenTransaction, TableLock, TableShape};
use crate::model::{Engine, Identity, ObjectName, SavedColumn};
use crate::sql::{quote_identifier, quote_name};

/// Tables above this are copied in pieces, so that it can be told how far the copy has come.
const PIECE_BYTES: u64 = 64 << 20;
/// The size of a heap block (`BLCKSZ` as every distribution builds it); a wrong guess changes only
/// the size of the pieces.
const BLOCK: u64 = 8192;

/// A table that is being saved.
#[derive(Debug)]
pub(super) struct Unit {
    /// The table before the script.
    pub shape: TableShape,
    pub request: Request,
    /// Whether rows may be gone behind the script, so that they are saved to be made again.
    pub whole: bool,
    /// Whether all of it is kept, also what the step leaves as it is.
    pub keep_all: bool,
    pub identity: Identity,
    /// The columns whose values are to come back.
    pub columns: Vec<SavedColumn>,
    /// The columns the copy holds: those, and what tells its rows apart.
    stored: Vec<SavedColumn>,
    /// The table that holds the copy.
    pub place: ObjectName,
    /// The statements that make the table as it was, where it goes.
    pub definition: Vec<String>,
    /// How many rows were copied.
    pub copied: u64,
    /// The oldest transaction that may have gone on while the copy was made.
    horizon: Option<String>,
    /// The rows to copy, where a condition chooses them.
    pub chosen: Option<Chosen>,
}

/// Told how far a copy has come: bytes of the table so far.
pub(super) type Told<'a> = &'a mut dyn FnMut(u64);

impl Unit {
    /// Decides what to save, and how its rows will be found again.
    pub fn new(shape: TableShape, request: Request, keep_all: bool, place: ObjectName) -> Self {
        let whole = request.rows || keep_all;
        let destroyed = |name: &String| request.columns.contains(name);
        let key = shape.keys.iter().find(|key| !key.iter().any(destroyed));
        let found = |name: &String| shape.columns.iter().find(|column| column.name == *name);
        let kept: Vec<&ColumnShape> = shape.columns.iter().filter(|it| !it.generated).collect();
        let identity = if let Some(key) = key {
            Identity::Key(key.iter().filter_map(found).map(saved).collect())
        } else {
            let rest = kept.iter().filter(|column| !destroyed(&column.name));
            Identity::Values(rest.map(|column| saved(column)).collect())
        };
        let columns = kept.iter().filter(|column| whole || destroyed(&column.name));
        let columns: Vec<SavedColumn> = columns.map(|column| saved(column)).collect();
        let stored = match &identity {
            _ if whole => columns.clone(),
            Identity::Key(key) => key.iter().chain(&columns).cloned().collect(),
            // Without a key it is the whole row.
            Identity::Values(_) => kept.iter().map(|column| saved(column)).collect(),
        };
        Self {
            shape,
            request,
            whole,
            keep_all,
            identity,
            columns,
            stored,
            place,
            definition: Vec::new(),
            copied: 0,
            horizon: None,
            chosen: None,
        }
    }

    /// About how many bytes the copy takes: its columns' share of the table's. A column of no fixed
    /// size counts as 32 bytes, and a row's header as 28 (`HeapTupleHeader` and its item pointer).
    pub fn expected_bytes(&self) -> u64 {
        let width = |name: &str| {
            let column = self.shape.columns.iter().find(|column| column.name == name);
            column.and_then(|column| column.width).unwrap_or(32)
        };
        let row: u64 = 28 + self.shape.columns.iter().map(|it| width(&it.name)).sum::<u64>();
        let copy: u64 = 28 + self.stored.iter().map(|it| width(&it.name)).sum::<u64>();
        self.shape.bytes.saturating_mul(copy) / row
    }

    fn live(&self, dialect: Dialect) -> Live<'_> {
        Live::new(dialect, &self.shape, &self.identity, |saved| Some(saved.name.as_str()))
            .expect("the identity was made of the table's own columns")
    }

    /// What is selected from the live table for a row of the copy.
    pub fn select_list(&self, dialect: Dialect) -> String {
        let value = |column: &SavedColumn| {
            let shape = self.shape.columns.iter().find(|it| it.name == column.name);
            let value = dialect.saved("t", shape.expect("it is the table's own column"));
            format!("{value} AS {}", quote_identifier(&column.name))
        };
        self.stored.iter().map(value).collect::<Vec<_>>().join(", ")
    }

    fn from(&self, dialect: Dialect) -> String {
        format!("{} AS t", table_sql(&self.shape, dialect))
    }

    /// Remembers which transactions may still go on: what they change is copied again.
    pub fn look_at_the_clock(
        &mut self,
        dialect: Dialect,
        open: &mut dyn OpenTransaction,
    ) -> Result<(), DatabaseError> {
        if dialect.0 == Engine::Postgres {
            let asked = open.ask(
                "SELECT (pg_snapshot_xmin(pg_current_snapshot())::text::numeric % 4294967296)::text",
            )?;
            self.horizon = asked.rows.first().and_then(|row| row.first().cloned()).flatten();
        }
        Ok(())
    }

    /// Reads how far the table's sequences have come. Those of tables that are left alone are not
    /// looked at: others may have them altered meanwhile.
    pub fn read_sequences(
        &mut self,
        dialect: Dialect,
        open: &mut dyn OpenTransaction,
    ) -> Result<(), DatabaseError> {
        if dialect.0 != Engine::Postgres {
            return Ok(());
        }
        for sequence in &mut self.shape.sequences {
            let name = dialect.literal(&sequence.name);
            let asked = open.ask(&format!("SELECT pg_sequence_last_value({name}::regclass)"))?;
            let value = asked.rows.first().and_then(|row| row.first().cloned()).flatten();
            sequence.last_value = value.and_then(|value| value.parse().ok());
        }
        Ok(())
    }

    /// Makes the table that is to hold the copy, empty.
    pub fn make(
        &self,
        dialect: Dialect,
        open: &mut dyn OpenTransaction,
    ) -> Result<(), DatabaseError> {
        let (place, list) = (quote_name(&self.place), self.select_list(dialect));
        open.run(&self.create_sql(dialect, &place, &list, &self.from(dialect)))?;
        open.seal(&self.place)
    }

    /// Makes the copy. Nobody is kept from anything meanwhile.
    pub fn copy(
        &mut self,
        dialect: Dialect,
        open: &mut dyn OpenTransaction,
        told: Told<'_>,
    ) -> Result<(), DatabaseError> {
        let (place, list, from) =
            (quote_name(&self.place), self.select_list(dialect), self.from(dialect));
        if self.chosen.is_none() {
            self.look_at_the_clock(dialect, open)?;
        }
        self.make(dialect, open)?;
        if let Some(chosen) = &self.chosen {
            let join = chosen.join();
            self.copied =
                open.run(&format!("INSERT INTO {place} SELECT {list} FROM {from}{join}"))?;
            chosen.drop(open)?;
            told(self.shape.bytes);
            return Ok(());
        }
        let in_pieces = dialect.0 == Engine::Postgres
            && self.shape.bytes > PIECE_BYTES
            && !self.shape.partitioned;
        if !in_pieces {
            let names: Vec<&str> = self.shape.columns.iter().map(|it| it.name.as_str()).collect();
            let address = dialect.lasting_address(&names).filter(|_| self.shape.addressed);
            let order = address.map(|it| format!(" ORDER BY t.{it}")).unwrap_or_default();
            self.copied =
                open.run(&format!("INSERT INTO {place} SELECT {list} FROM {from}{order}"))?;
            told(self.shape.bytes);
            return Ok(());
        }
        let (blocks, step) = (self.shape.bytes / BLOCK + 1, PIECE_BYTES / BLOCK);
        let mut start = 0;
        while start < blocks {
            let end = start + step;
            // The last piece has no end: the table may grow.
            let until =
                if end < blocks { format!(" AND t.ctid < '({end},0)'") } else { String::new() };
            self.copied += open.run(&format!(
                "INSERT INTO {place} SELECT {list} FROM {from} WHERE t.ctid >= '({start},0)'{until}"
            ))?;
            start = end;
            told((start * BLOCK).min(self.shape.bytes));
        }
        Ok(())
    }

    fn create_sql(&self, dialect: Dialect, place: &str, list: &str, from: &str) -> String {
        match dialect.0 {
            Engine::Postgres => {
                format!("CREATE TABLE {place} AS SELECT {list} FROM {from} WITH NO DATA")
            }
            // Without types nothing is converted on its way in.
            Engine::Sqlite => {
                let names: Vec<String> =
                    self.stored.iter().map(|it| quote_identifier(&it.name)).collect();
                format!("CREATE TABLE {place} ({})", names.join(", "))
            }
        }
    }

    /// The lock under which the copy is made exact.
    pub fn lock(&self) -> (ObjectName, TableLock) {
        (self.shape.name(), self.request.lock)
    }

    /// Copies again what others changed since the copy was begun. The table is locked by now.
    pub fn catch_up(
        &mut self,
        dialect: Dialect,
        open: &mut dyn OpenTransaction,
    ) -> Result<(), DatabaseError> {
        let Some(horizon) = &self.horizon else { return Ok(()) };
        let place = quote_name(&self.place);
        let newer = format!("age(t.xmin) <= age('{horizon}'::xid)");
        let table = table_sql(&self.shape, dialect);
        let counted = open
            .ask(&format!("SELECT count(*), count(*) FILTER (WHERE {newer}) FROM {table} AS t"))?;
        let number = |index: usize| -> Option<u64> {
            counted.rows.first()?.get(index)?.as_deref()?.parse().ok()
        };
        let (Some(rows), Some(changed)) = (number(0), number(1)) else { return Ok(()) };
        let is_exact = rows == self.copied || (self.chosen.is_some() && !self.whole);
        if changed == 0 && is_exact {
            return self.analyze(open);
        }
        let (list, from) = (self.select_list(dialect), self.from(dialect));
        if matches!(self.identity, Identity::Values(_)) {
            open.run(&format!("TRUNCATE {place}"))?;
            self.copied = open.run(&format!("INSERT INTO {place} SELECT {list} FROM {from}"))?;
            return self.analyze(open);
        }
        self.analyze(open)?;
        let live = self.live(dialect);
        let is_row = live.is_row_of("t", "b");
        let gone = open.run(&format!(
            "DELETE FROM {place} AS b USING {table} AS t WHERE {is_row} AND {newer}"
        ))?;
        let again =
            open.run(&format!("INSERT INTO {place} SELECT {list} FROM {from} WHERE {newer}"))?;
        self.copied = self.copied - gone + again;
        if rows != self.copied {
            self.copied -= open.run(&format!(
                "DELETE FROM {place} AS b WHERE NOT EXISTS (SELECT FROM {table} AS t WHERE {is_row})"
            ))?;
        }
        Ok(())
    }

    /// Without statistics the server would join the copy row by row.
    pub fn analyze(&self, open: &mut dyn OpenTransaction) -> Result<(), DatabaseError> {
        open.run(&format!("ANALYZE {}", quote_name(&self.place)))?;
        Ok(())
    }

    /// Takes the copy away again: nothing in it was destroyed.
    pub fn discard(&self, open: &mut dyn OpenTransaction) -> Result<(), DatabaseError> {
        open.run(&format!("DROP TABLE {}", quote_name(&self.place)))?;
        Ok(())
    }
}

/// A column as it is saved, under the name it has.
pub(super) fn saved(column: &ColumnShape) -> SavedColumn {
    SavedColumn {
        name: column.name.clone(),
        after: None,
        type_name: column.type_name.clone(),
        as_is: column.as_is,
        exact: column.exact,
    }
}
