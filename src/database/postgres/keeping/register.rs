//! The register of backups.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::super::answer::{no_answer, number};
use super::super::session::{PostgresSession, quote_literal};
use crate::database::DatabaseError;
use crate::model::{Backup, BackupState, Target, Version};

pub(super) fn insert_sql(home: &str, backup: &Backup) -> Result<String, DatabaseError> {
    let detail = serde_json::to_string(&backup.table).map_err(|error| {
        DatabaseError::Unexpected(format!("a backup's description cannot be written: {error}"))
    })?;
    Ok(format!(
        "INSERT INTO turnback.backup (schema_name, set_name, version, name, rolling_back, state, \
         row_count, bytes, hash, conflicts, detail) \
         VALUES ({home}, {set}, {version}, {name}, {rolling_back}, '{state}', {rows}, {bytes}, \
         {hash}, {conflicts}, {detail}) RETURNING id",
        home = quote_literal(home),
        set = quote_literal(&backup.set),
        version = backup.version,
        name = quote_literal(&backup.name),
        rolling_back = backup.rolling_back,
        state = backup.state.word(),
        rows = backup.rows,
        bytes = backup.bytes,
        hash = quote_literal(&backup.hash),
        conflicts = backup.conflicts,
        detail = quote_literal(&detail),
    ))
}

pub(super) fn conclude_sql(backup: &Backup) -> String {
    format!(
        "UPDATE turnback.backup SET state = '{}', conflicts = {}, concluded_at = now() \
         WHERE id = {}",
        backup.state.word(),
        backup.conflicts,
        backup.id
    )
}

/// The backups of a schema, those of every set in it, oldest first.
pub(in crate::database::postgres) fn read_backups(
    session: &PostgresSession,
    target: &Target,
) -> Result<Vec<Backup>, DatabaseError> {
    let exists = session.query("SELECT to_regclass('turnback.backup') IS NOT NULL")?;
    if exists.iter().flatten().next().and_then(|row| row.get(0)) != Some("t") {
        return Ok(Vec::new());
    }
    let rows = session.query(&format!(
        "SELECT id, set_name, version, name, rolling_back, \
                to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"'), state, \
                row_count, bytes, hash, conflicts, detail \
         FROM turnback.backup WHERE schema_name = {} ORDER BY id",
        quote_literal(session.schema(target)?)
    ))?;
    rows.iter()
        .flatten()
        .map(|row| {
            let text = |column: usize| row.get(column).unwrap_or_default();
            Ok(Backup {
                id: number(row, 0)?,
                set: text(1).to_owned(),
                version: Version::new(number(row, 2)?),
                name: text(3).to_owned(),
                rolling_back: row.get(4) == Some("t"),
                taken_at: OffsetDateTime::parse(text(5), &Rfc3339).map_err(|_| no_answer())?,
                state: BackupState::from_word(text(6)).ok_or_else(no_answer)?,
                rows: number(row, 7)?,
                bytes: number(row, 8)?,
                hash: text(9).to_owned(),
                conflicts: number(row, 10)?,
                table: serde_json::from_str(text(11)).map_err(|error| {
                    DatabaseError::Unexpected(format!(
                        "the register's entry {} cannot be read: {error}",
                        text(0)
                    ))
                })?,
            })
        })
        .collect()
}
