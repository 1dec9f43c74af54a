//! Opening a database.

use super::postgres::{self, Likeness, PostgresSession, Sample};
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

/// Copies rows of a live database into a throwaway one with the same tables, and says how much the
/// two are alike. A file of `SQLite` was copied with its rows.
pub fn copy_rows(
    live: &Connection,
    copy: &Connection,
    sample: Sample,
    interrupt: &Interrupt,
) -> Result<Likeness, DatabaseError> {
    match (live, copy) {
        (Connection::Postgres(live), Connection::Postgres(copy)) => {
            postgres::copy_rows(live, copy, sample, interrupt)
        }
        _ => Ok(Likeness::default()),
    }
}
