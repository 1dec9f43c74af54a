//! The open transaction.

use std::collections::BTreeSet;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OptionalExtension as _};

use super::super::error::convert;
use super::super::{digests, trial};
use super::{register, shapes};
use crate::database::DatabaseError;
use crate::database::contract::{OpenTransaction, Rows, TableDigest, TableLock, TableShape};
use crate::model::{Backup, ObjectName, SavedSequence};

/// A step's transaction.
pub(super) struct Open<'a> {
    pub connection: &'a Connection,
    /// The set's history table.
    history: &'a str,
    /// The tables as they were when the schema had this number.
    known: Option<(i64, Vec<TableShape>)>,
}

impl<'a> Open<'a> {
    pub fn new(connection: &'a Connection, history: &'a str) -> Self {
        Self { connection, history, known: None }
    }

    fn let_triggers(&self, work: bool) -> rusqlite::Result<()> {
        self.connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, work).map(drop)
    }

    fn execute(&self, sql: &str) -> rusqlite::Result<u64> {
        tracing::debug!(sql, "keeping");
        let before = self.connection.total_changes();
        let mut statement = self.connection.prepare(sql)?;
        let mut rows = statement.raw_query();
        while rows.next()?.is_some() {}
        let changed = self.connection.total_changes() != before;
        Ok(if changed { self.connection.changes() } else { 0 })
    }

    fn read_definition(&self, table: &str) -> rusqlite::Result<Vec<String>> {
        let mut statement = self.connection.prepare(
            "SELECT sql FROM main.sqlite_schema WHERE tbl_name = ?1 AND sql IS NOT NULL \
             ORDER BY CASE type WHEN 'table' THEN 0 WHEN 'index' THEN 1 ELSE 2 END, rowid",
        )?;
        statement.query_map([table], |row| row.get(0))?.collect()
    }

    /// A table's row in `sqlite_sequence` goes with the table, and comes with its first row.
    fn move_on(&self, table: &str, last: i64) -> rusqlite::Result<()> {
        if !shapes::counts(self.connection, table)? {
            return Ok(());
        }
        let moved = self.connection.execute(
            "UPDATE main.sqlite_sequence SET seq = max(seq, ?2) WHERE name = ?1",
            (table, last),
        )?;
        if moved == 0 {
            self.connection.execute(
                "INSERT INTO main.sqlite_sequence (name, seq) VALUES (?1, ?2)",
                (table, last),
            )?;
        }
        Ok(())
    }
}

impl Drop for Open<'_> {
    /// That triggers rest belongs to the connection, and no rollback ends it.
    fn drop(&mut self) {
        if let Err(error) = self.let_triggers(true) {
            tracing::warn!(%error, "triggers stay switched off");
        }
    }
}

impl OpenTransaction for Open<'_> {
    fn run(&mut self, sql: &str) -> Result<u64, DatabaseError> {
        self.execute(sql).map_err(convert)
    }

    fn run_as_script(&mut self, sql: &str) -> Result<u64, DatabaseError> {
        self.run(sql)
    }

    fn ask(&mut self, sql: &str) -> Result<Rows, DatabaseError> {
        tracing::debug!(sql, "keeping");
        trial::query(self.connection, sql).map_err(convert)
    }

    /// The transaction is the only one that writes.
    fn lock(
        &mut self,
        _tables: &[(ObjectName, TableLock)],
        _patience: Duration,
    ) -> Result<(), DatabaseError> {
        Ok(())
    }

    fn shapes(&mut self) -> Result<Vec<TableShape>, DatabaseError> {
        let connection = self.connection;
        let number = connection
            .pragma_query_value(Some("main"), "schema_version", |row| row.get::<_, i64>(0))
            .map_err(convert)?;
        if let Some((known, shapes)) = &self.known
            && *known == number
        {
            return Ok(shapes.clone());
        }
        let shapes = shapes::read(connection, self.history).map_err(convert)?;
        self.known = Some((number, shapes.clone()));
        Ok(shapes)
    }

    fn shapes_of(
        &mut self,
        names: &BTreeSet<String>,
        _calls: &BTreeSet<String>,
    ) -> Result<Option<Vec<TableShape>>, DatabaseError> {
        shapes::read_named(self.connection, self.history, names).map(Some).map_err(convert)
    }

    fn definition(&mut self, table: &TableShape) -> Result<Vec<String>, DatabaseError> {
        self.read_definition(&table.table).map_err(convert)
    }

    fn digest(&mut self, table: &ObjectName) -> Result<TableDigest, DatabaseError> {
        digests::digest(self.connection, &table.name).map_err(convert)?.ok_or_else(|| {
            DatabaseError::Unexpected(format!("table {table} is gone before it was hashed"))
        })
    }

    /// A file has one owner.
    fn seal(&mut self, _table: &ObjectName) -> Result<(), DatabaseError> {
        Ok(())
    }

    /// The pages that the table fills.
    fn size(&mut self, table: &ObjectName) -> Result<u64, DatabaseError> {
        let size: Option<i64> = self
            .connection
            .query_row(
                "SELECT pgsize FROM dbstat('main', 1) WHERE name = ?1",
                [&table.name],
                |row| row.get(0),
            )
            .optional()
            .map_err(convert)?;
        Ok(size.map_or(0, i64::unsigned_abs))
    }

    /// Every table's: statements that change only this one run meanwhile.
    fn free_bytes(&mut self) -> Result<Option<u64>, DatabaseError> {
        Ok(None)
    }

    fn rest_triggers(&mut self, _table: &TableShape, rest: bool) -> Result<(), DatabaseError> {
        self.let_triggers(!rest).map_err(convert)
    }

    fn advance_sequence(&mut self, sequence: &SavedSequence) -> Result<(), DatabaseError> {
        match sequence.last_value {
            Some(last) => self.move_on(&sequence.name, last).map_err(convert),
            None => Ok(()),
        }
    }

    fn register(&mut self, backup: &Backup) -> Result<i64, DatabaseError> {
        register::insert(self.connection, backup)
    }

    fn conclude(&mut self, backup: &Backup) -> Result<(), DatabaseError> {
        register::conclude(self.connection, backup).map_err(convert)
    }
}
