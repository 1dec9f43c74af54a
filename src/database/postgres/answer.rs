//! What the server answers to queries of our own.

use tokio_postgres::{SimpleQueryMessage, SimpleQueryRow};

use crate::database::DatabaseError;

/// The rows of each statement.
pub(super) fn by_statement(messages: Vec<SimpleQueryMessage>) -> Vec<Vec<SimpleQueryRow>> {
    let mut results = Vec::new();
    let mut rows = Vec::new();
    for message in messages {
        match message {
            SimpleQueryMessage::Row(row) => rows.push(row),
            SimpleQueryMessage::CommandComplete(_) => results.push(std::mem::take(&mut rows)),
            _ => {}
        }
    }
    results
}

pub(super) fn no_answer() -> DatabaseError {
    DatabaseError::Unexpected("the server answered with fewer rows than asked for".to_owned())
}

/// A column as a number.
pub(super) fn number<T: std::str::FromStr>(
    row: &SimpleQueryRow,
    column: usize,
) -> Result<T, DatabaseError> {
    row.get(column).and_then(|text| text.parse().ok()).ok_or_else(|| {
        DatabaseError::Unexpected(format!(
            "column {column} of an answer is not the number expected"
        ))
    })
}
