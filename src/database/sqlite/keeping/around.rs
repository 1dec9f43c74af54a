//! A script with what is done around it, in an open transaction.

use rusqlite::{Connection, Statement};

use super::super::error::convert;
use super::open::Open;
use super::touches::{Watch, touches};
use crate::database::DatabaseError;
use crate::database::contract::{Keeper, Keeping};

/// Works around a script, statement by statement.
pub(in crate::database::sqlite) struct Kept<'a> {
    keeper: &'a mut dyn Keeper,
    watch: &'a Watch,
    open: Open<'a>,
    pauses: Vec<usize>,
    /// How many rows each statement touched.
    rows: Vec<u64>,
}

impl<'a> Kept<'a> {
    /// Begins before the first statement. `history` is the set's history table, which is nobody
    /// else's business.
    pub fn begin(
        connection: &'a Connection,
        history: &'a str,
        watch: &'a Watch,
        keeper: &'a mut dyn Keeper,
    ) -> Result<Self, DatabaseError> {
        let mut open = Open::new(connection, history);
        keeper.before(&mut open)?;
        let pauses = keeper.pauses();
        Ok(Self { keeper, watch, open, pauses, rows: Vec::new() })
    }

    /// Runs a statement, when what it will touch was seen to, and tells how many rows it touched.
    /// `failed` puts the script's own errors in their place.
    pub fn run(
        &mut self,
        index: usize,
        sql: &str,
        failed: impl Fn(rusqlite::Error) -> DatabaseError,
    ) -> Result<u64, DatabaseError> {
        let connection = self.open.connection;
        let (mut statement, reports) = self.watch.prepare(connection, sql).map_err(&failed)?;
        let touched = touches(connection, sql, reports).map_err(convert)?;
        if !touched.is_empty() || self.pauses.contains(&index) {
            self.keeper.at_statement(index, &touched, &mut self.open)?;
        }
        let rows = touched_by(connection, &mut statement).map_err(&failed)?;
        self.rows.push(rows);
        Ok(rows)
    }

    /// Goes on behind the last statement.
    pub fn behind(mut self) -> Result<(), DatabaseError> {
        self.keeper.behind(&self.rows, &mut self.open)
    }
}

/// Runs a statement to its end, and tells how many rows it touched.
pub(in crate::database::sqlite) fn touched_by(
    connection: &Connection,
    statement: &mut Statement<'_>,
) -> rusqlite::Result<u64> {
    let before = connection.total_changes();
    let mut rows = statement.raw_query();
    while rows.next()?.is_some() {}
    // What defines something leaves the count of the statement before it.
    let changed = connection.total_changes() != before;
    Ok(if changed { connection.changes() } else { 0 })
}

/// Does turnback's own work in an open transaction.
pub(in crate::database::sqlite) fn within(
    connection: &Connection,
    history: &str,
    work: &mut Keeping<'_>,
) -> Result<(), DatabaseError> {
    work(&mut Open::new(connection, history))
}
