//! The register of backups.

use rusqlite::types::Type;
use rusqlite::{Connection, Row, params};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::super::error::convert;
use super::super::ledger::table_exists;
use crate::database::DatabaseError;
use crate::model::{Backup, BackupState, Version};

pub(super) fn insert(connection: &Connection, backup: &Backup) -> Result<i64, DatabaseError> {
    let detail = serde_json::to_string(&backup.table).map_err(|error| {
        DatabaseError::Unexpected(format!("a backup's description cannot be written: {error}"))
    })?;
    let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    connection
        .query_row(
            "INSERT INTO turnback_backup (set_name, version, name, rolling_back, state, row_count, \
                                          bytes, hash, conflicts, detail) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) RETURNING id",
            params![
                backup.set,
                backup.version.get(),
                backup.name,
                backup.rolling_back,
                backup.state.word(),
                number(backup.rows),
                number(backup.bytes),
                backup.hash,
                number(backup.conflicts),
                detail,
            ],
            |row| row.get(0),
        )
        .map_err(convert)
}

pub(super) fn conclude(connection: &Connection, backup: &Backup) -> rusqlite::Result<()> {
    connection.execute(
        "UPDATE turnback_backup SET state = ?2, conflicts = ?3, \
         concluded_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now') WHERE id = ?1",
        params![
            backup.id,
            backup.state.word(),
            i64::try_from(backup.conflicts).unwrap_or(i64::MAX)
        ],
    )?;
    Ok(())
}

/// The backups of every set, oldest first.
pub(in crate::database::sqlite) fn read_backups(
    connection: &Connection,
) -> Result<Vec<Backup>, DatabaseError> {
    if !table_exists(connection, "turnback_backup").map_err(convert)? {
        return Ok(Vec::new());
    }
    let read = || {
        let mut statement = connection.prepare(
            "SELECT id, set_name, version, name, rolling_back, at, state, row_count, bytes, hash, \
                    conflicts, detail \
             FROM turnback_backup ORDER BY id",
        )?;
        statement.query_map([], backup)?.collect::<rusqlite::Result<Vec<_>>>()
    };
    read().map_err(convert)
}

fn backup(row: &Row<'_>) -> rusqlite::Result<Backup> {
    let text = |column: usize| row.get::<_, String>(column);
    let count = |column: usize| Ok::<_, rusqlite::Error>(row.get::<_, i64>(column)?.unsigned_abs());
    let unreadable = |column: usize| {
        let name = row.as_ref().column_name(column).unwrap_or_default().to_owned();
        rusqlite::Error::InvalidColumnType(column, name, Type::Text)
    };
    Ok(Backup {
        id: row.get(0)?,
        set: text(1)?,
        version: Version::new(row.get(2)?),
        name: text(3)?,
        rolling_back: row.get(4)?,
        taken_at: OffsetDateTime::parse(&text(5)?, &Rfc3339).map_err(|_| unreadable(5))?,
        state: BackupState::from_word(&text(6)?).ok_or_else(|| unreadable(6))?,
        rows: count(7)?,
        bytes: count(8)?,
        hash: text(9)?,
        conflicts: count(10)?,
        table: serde_json::from_str(&text(11)?).map_err(|error| {
            rusqlite::Error::FromSqlConversionFailure(11, Type::Text, Box::new(error))
        })?,
    })
}
