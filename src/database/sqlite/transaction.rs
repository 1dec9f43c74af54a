//! Transactions that write.

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::error::convert_statement;
use crate::database::DatabaseError;
use crate::database::error::Position;

/// A transaction that takes the write lock at once, so that it cannot fail half-way for want of it.
pub(super) fn immediate(connection: &mut Connection) -> Result<Transaction<'_>, DatabaseError> {
    connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(|error| convert_statement(error, Position::Unknown))
}
