//! `SQLite`'s errors in turnback's words.

use rusqlite::ffi;

use crate::database::DatabaseError;
use crate::database::error::Position;
use crate::model::ServerMessage;

/// An error outside the user's text.
pub(super) fn convert(error: rusqlite::Error) -> DatabaseError {
    convert_statement(error, Position::Unknown)
}

/// An error of a statement that begins at `position` of the script.
pub(super) fn convert_statement(error: rusqlite::Error, position: Position) -> DatabaseError {
    let (code, message, offset) = match error {
        rusqlite::Error::SqlInputError { error, msg, offset, .. } => {
            (Some(code_name(error.extended_code)), msg, usize::try_from(offset).ok())
        }
        rusqlite::Error::SqliteFailure(error, message) => {
            let text = message.unwrap_or_else(|| error.to_string());
            (Some(code_name(error.extended_code)), text, None)
        }
        other => (None, other.to_string(), None),
    };
    let position = match (position, offset) {
        (Position::Offset(start), Some(offset)) => Position::Offset(start + offset),
        (position, _) => position,
    };
    let server = Box::new(ServerMessage { code, ..ServerMessage::default() });
    DatabaseError::Statement { message, server, position }
}

/// The name of a result code (<https://www.sqlite.org/rescode.html>).
fn code_name(extended: i32) -> String {
    let name = match extended {
        ffi::SQLITE_CONSTRAINT_CHECK => "SQLITE_CONSTRAINT_CHECK",
        ffi::SQLITE_CONSTRAINT_FOREIGNKEY => "SQLITE_CONSTRAINT_FOREIGNKEY",
        ffi::SQLITE_CONSTRAINT_NOTNULL => "SQLITE_CONSTRAINT_NOTNULL",
        ffi::SQLITE_CONSTRAINT_PRIMARYKEY => "SQLITE_CONSTRAINT_PRIMARYKEY",
        ffi::SQLITE_CONSTRAINT_TRIGGER => "SQLITE_CONSTRAINT_TRIGGER",
        ffi::SQLITE_CONSTRAINT_UNIQUE => "SQLITE_CONSTRAINT_UNIQUE",
        ffi::SQLITE_BUSY_SNAPSHOT => "SQLITE_BUSY_SNAPSHOT",
        ffi::SQLITE_BUSY_RECOVERY => "SQLITE_BUSY_RECOVERY",
        _ => match extended & 0xff {
            ffi::SQLITE_ERROR => "SQLITE_ERROR",
            ffi::SQLITE_PERM => "SQLITE_PERM",
            ffi::SQLITE_ABORT => "SQLITE_ABORT",
            ffi::SQLITE_BUSY => "SQLITE_BUSY",
            ffi::SQLITE_LOCKED => "SQLITE_LOCKED",
            ffi::SQLITE_NOMEM => "SQLITE_NOMEM",
            ffi::SQLITE_READONLY => "SQLITE_READONLY",
            ffi::SQLITE_INTERRUPT => "SQLITE_INTERRUPT",
            ffi::SQLITE_IOERR => "SQLITE_IOERR",
            ffi::SQLITE_CORRUPT => "SQLITE_CORRUPT",
            ffi::SQLITE_FULL => "SQLITE_FULL",
            ffi::SQLITE_CANTOPEN => "SQLITE_CANTOPEN",
            ffi::SQLITE_SCHEMA => "SQLITE_SCHEMA",
            ffi::SQLITE_TOOBIG => "SQLITE_TOOBIG",
            ffi::SQLITE_CONSTRAINT => "SQLITE_CONSTRAINT",
            ffi::SQLITE_MISMATCH => "SQLITE_MISMATCH",
            ffi::SQLITE_AUTH => "SQLITE_AUTH",
            ffi::SQLITE_NOTADB => "SQLITE_NOTADB",
            other => return format!("SQLITE_{other}"),
        },
    };
    name.to_owned()
}
