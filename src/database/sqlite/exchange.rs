//! Statements run as they are.

use std::time::Duration;

use rusqlite::Connection;
use rusqlite::types::ValueRef;

use super::error::{convert, convert_statement};
use super::{READ_PATIENCE, SqliteSession};
use crate::database::DatabaseError;
use crate::database::contract::Answer;
use crate::database::error::Position;

/// How long one try waits for others to be done with the file.
const TURN: Duration = Duration::from_millis(500);
/// How long a commit waits for readers. Nobody can begin to read meanwhile.
const COMMIT: Duration = Duration::from_millis(200);

impl SqliteSession {
    /// One after another. What comes before a transaction, or is one by itself, waits for its turn
    /// as long as others write: there is nothing yet that could be kept from them.
    pub(super) fn exchange_all(&self, statements: &[String]) -> Result<Vec<Answer>, DatabaseError> {
        let outcome = statements.iter().map(|sql| self.answer_in_turn(sql)).collect();
        self.connection.busy_timeout(READ_PATIENCE).map_err(convert)?;
        outcome
    }

    fn answer_in_turn(&self, sql: &str) -> Result<Answer, DatabaseError> {
        let connection = &self.connection;
        let is_free = connection.is_autocommit();
        connection.busy_timeout(if is_free { TURN } else { COMMIT }).map_err(convert)?;
        loop {
            let outcome = answer(connection, sql);
            match outcome.map_err(|error| convert_statement(error, Position::Unknown)) {
                Err(error) if is_free && error.is_lock_conflict() => {
                    abandon(connection);
                    self.stop_if_asked()?;
                    tracing::debug!(%error, "another one writes");
                }
                outcome => return outcome,
            }
        }
    }
}

fn answer(connection: &Connection, sql: &str) -> rusqlite::Result<Answer> {
    tracing::debug!(sql, "exchange");
    let before = connection.total_changes();
    let mut statement = connection.prepare(sql)?;
    let columns = statement.column_count();
    let reads = statement.readonly();
    let mut rows = statement.raw_query();
    let mut answer = Answer::default();
    while let Some(row) = rows.next()? {
        let values = (0..columns).map(|index| Ok(text(row.get_ref(index)?)));
        answer.rows.push(values.collect::<rusqlite::Result<_>>()?);
    }
    drop(rows);
    drop(statement);
    if !reads && connection.total_changes() != before {
        // What triggers changed besides is not counted.
        answer.touched = connection.changes();
    }
    Ok(answer)
}

fn text(value: ValueRef<'_>) -> Option<String> {
    match value {
        ValueRef::Null => None,
        ValueRef::Integer(number) => Some(number.to_string()),
        ValueRef::Real(number) => Some(number.to_string()),
        ValueRef::Text(text) | ValueRef::Blob(text) => {
            Some(String::from_utf8_lossy(text).into_owned())
        }
    }
}

/// Undoes a transaction that is open.
pub(super) fn abandon(connection: &Connection) {
    if !connection.is_autocommit()
        && let Err(error) = connection.execute_batch("ROLLBACK").map_err(convert)
    {
        tracing::warn!(%error, "a transaction could not be rolled back");
    }
}
