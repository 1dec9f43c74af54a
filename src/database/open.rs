//! Opening a database.

use super::postgres::PostgresSession;
use super::sqlite::SqliteSession;
use super::{DatabaseError, Interrupt, Session};
use crate::settings::Connection;

/// Opens the database. Nothing is written, and a `SQLite` file that does not exist is not made,
/// before the runner lock is taken.
pub fn open(
    connection: &Connection,
    interrupt: &Interrupt,
) -> Result<Box<dyn Session>, DatabaseError> {
    Ok(match connection {
        Connection::Postgres(parameters) => Box::new(PostgresSession::open(parameters, interrupt)?),
        Connection::Sqlite(location) => Box::new(SqliteSession::open(location, interrupt)?),
    })
}
