//! Reading and writing the record in a `SQLite` database.

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;
use std::time::Instant;

use rusqlite::{Connection, OptionalExtension as _, Row, params};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::catalog_store;
use super::error::convert;
use super::transaction::immediate;
use crate::database::contract::{CatalogRecord, ProgressMark};
use crate::database::{DatabaseError, history};
use crate::model::{
    CatalogPair, Digest, Event, EventKind, HistoryRow, LedgerState, RecordedMigration,
    StatementProgress, StatementState, StoredScript, Target, Version,
};
use crate::sets::{MigrationSet, VersionWidth};
use crate::sql::quote_identifier;

/// The format this program writes, and the newest it reads.
const FORMAT: i64 = 1;

const RECORDED: &str = "
SELECT e.version, e.id, e.kind, e.name, e.script_sha256, e.rollback_sha256, e.at, last.failure,
       e.catalog_before_sha256, e.catalog_after_sha256
FROM (SELECT coalesce(max(CASE WHEN kind <> 'failed' THEN id END), max(id)) AS decisive,
             max(id) AS latest
      FROM turnback_event WHERE set_name = ?1 GROUP BY version) AS v
JOIN turnback_event AS e ON e.id = v.decisive
JOIN turnback_event AS last ON last.id = v.latest";

const PROGRESS: &str = "
SELECT version, rolling_back, name, script_sha256, rollback_sha256, statement, state,
       catalog_sha256
FROM turnback_statement_progress WHERE set_name = ?1";

pub(super) fn table_exists(connection: &Connection, name: &str) -> rusqlite::Result<bool> {
    connection.query_row(
        "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1 COLLATE NOCASE)",
        [name],
        |row| row.get(0),
    )
}

/// Reads everything in one transaction, so that it is one snapshot.
pub(super) fn read(
    connection: &mut Connection,
    target: &Target,
) -> Result<LedgerState, DatabaseError> {
    let transaction = connection.transaction().map_err(convert)?;
    let mut state = LedgerState {
        history_exists: table_exists(&transaction, &target.history_table).map_err(convert)?,
        ledger_exists: table_exists(&transaction, "turnback_format").map_err(convert)?,
        ..LedgerState::default()
    };
    if state.ledger_exists {
        check_format(&transaction)?;
        state.recorded = read_recorded(&transaction, target).map_err(convert)?;
        state.progress = read_progress(&transaction, target).map_err(convert)?;
    }
    if state.ledger_exists {
        state.catalog = catalog_store::head(&transaction).map_err(convert)?;
    }
    if state.history_exists {
        state.history = read_history(&transaction, target).map_err(convert)?;
    }
    Ok(state)
}

fn check_format(connection: &Connection) -> Result<(), DatabaseError> {
    let found: i64 = connection
        .query_row("SELECT max(version) FROM turnback_format", [], |row| row.get(0))
        .map_err(convert)?;
    if found > FORMAT {
        return Err(DatabaseError::NewerLedger { found, known: FORMAT });
    }
    Ok(())
}

fn read_history(
    connection: &Connection,
    target: &Target,
) -> rusqlite::Result<BTreeMap<Version, HistoryRow>> {
    let table = quote_identifier(&target.history_table);
    let sql = format!("SELECT version, name, applied_on, checksum FROM {table}");
    let mut statement = connection.prepare(&sql)?;
    let rows = statement.query_map([], |row| {
        // Any value may have been edited by hand; only the version must be one.
        let text = |index| row.get::<_, Option<String>>(index).ok().flatten().unwrap_or_default();
        let version = Version::new(row.get(0)?);
        let history = HistoryRow {
            version,
            name: text(1),
            applied_on: OffsetDateTime::parse(&text(2), &Rfc3339).ok(),
            checksum: text(3),
        };
        Ok((version, history))
    })?;
    rows.collect()
}

fn read_recorded(
    connection: &Connection,
    target: &Target,
) -> rusqlite::Result<BTreeMap<Version, RecordedMigration>> {
    let mut statement = connection.prepare(RECORDED)?;
    let rows = statement.query_map([target.ledger_set()], |row| {
        let kind: String = row.get(2)?;
        let at: String = row.get(6)?;
        let recorded = RecordedMigration {
            id: row.get(1)?,
            kind: EventKind::from_word(&kind).ok_or_else(|| corrupt(row, 2))?,
            name: row.get(3)?,
            script: Digest::from_stored(row.get::<_, String>(4)?),
            rollback: Digest::from_stored(row.get::<_, String>(5)?),
            at: OffsetDateTime::parse(&at, &Rfc3339).map_err(|_| corrupt(row, 6))?,
            failure: row.get(7)?,
            catalogs: stored_digest(row, 8)?
                .zip(stored_digest(row, 9)?)
                .map(|(before, after)| CatalogPair { before, after }),
        };
        Ok((Version::new(row.get(0)?), recorded))
    })?;
    rows.collect()
}

fn read_progress(
    connection: &Connection,
    target: &Target,
) -> rusqlite::Result<BTreeMap<Version, StatementProgress>> {
    let mut statement = connection.prepare(PROGRESS)?;
    let rows = statement.query_map([target.ledger_set()], |row| {
        let state: String = row.get(6)?;
        let finished = state == ProgressMark::state_word(StatementState::Finished);
        let progress = StatementProgress {
            rolling_back: row.get(1)?,
            name: row.get(2)?,
            script: Digest::from_stored(row.get::<_, String>(3)?),
            rollback: Digest::from_stored(row.get::<_, String>(4)?),
            statement: usize::try_from(row.get::<_, i64>(5)?).map_err(|_| corrupt(row, 5))?,
            state: if finished { StatementState::Finished } else { StatementState::Started },
            catalog: stored_digest(row, 7)?,
        };
        Ok((Version::new(row.get(0)?), progress))
    })?;
    rows.collect()
}

fn stored_digest(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Digest>> {
    Ok(row.get::<_, Option<String>>(column)?.map(Digest::from_stored))
}

fn corrupt(row: &Row<'_>, column: usize) -> rusqlite::Error {
    let name = row.as_ref().column_name(column).unwrap_or_default().to_owned();
    rusqlite::Error::InvalidColumnType(column, name, rusqlite::types::Type::Text)
}

pub(super) fn read_texts(
    connection: &Connection,
    digests: &[Digest],
) -> Result<HashMap<Digest, String>, DatabaseError> {
    let mut texts = HashMap::new();
    let mut statement = connection
        .prepare("SELECT body FROM turnback_script WHERE sha256 = ?1")
        .map_err(convert)?;
    for digest in digests {
        let body: Option<String> =
            statement.query_row([digest.as_str()], |row| row.get(0)).optional().map_err(convert)?;
        texts.extend(body.map(|body| (digest.clone(), body)));
    }
    Ok(texts)
}

/// Makes what is missing of ledger and history.
pub(super) fn prepare(
    connection: &mut Connection,
    target: &Target,
    set: &MigrationSet,
) -> Result<(), DatabaseError> {
    let transaction = immediate(connection)?;
    if !table_exists(&transaction, "turnback_format").map_err(convert)? {
        transaction.execute_batch(include_str!("ledger.sql")).map_err(convert)?;
    }
    if !table_exists(&transaction, &target.history_table).map_err(convert)? {
        let width = VersionWidth::for_highest(target.highest_version);
        let ddl = history::create_table(&quote_identifier(&target.history_table), width);
        transaction.execute_batch(&ddl).map_err(convert)?;
        transaction
            .execute("INSERT OR REPLACE INTO turnback_history VALUES (?1)", [&target.history_table])
            .map_err(convert)?;
    } else if VersionWidth::for_highest(target.highest_version) == VersionWidth::Int8
        && is_narrow(&transaction, target).map_err(convert)?
    {
        widen_checksums(&transaction, target, set).map_err(convert)?;
    }
    transaction.commit().map_err(convert)
}

/// `SQLite` holds 64 bits whatever was declared, so only the checksums change.
fn widen_checksums(
    connection: &Connection,
    target: &Target,
    set: &MigrationSet,
) -> rusqlite::Result<()> {
    let table = quote_identifier(&target.history_table);
    let sql = format!("UPDATE {table} SET checksum = ?3 WHERE version = ?1 AND checksum = ?2");
    let mut update = connection.prepare(&sql)?;
    for it in history::widened(set) {
        update.execute(params![it.version.get(), it.narrow, it.wide])?;
    }
    Ok(())
}

/// The integer type of the history's versions: as the table was declared, until a version comes
/// that is wider.
pub(super) fn width(
    connection: &Connection,
    target: &Target,
) -> Result<VersionWidth, DatabaseError> {
    let is_narrow = VersionWidth::for_highest(target.highest_version) == VersionWidth::Int4
        && is_narrow(connection, target).map_err(convert)?;
    Ok(if is_narrow { VersionWidth::Int4 } else { VersionWidth::Int8 })
}

/// Whether the history was declared with 32 bits and has no version beyond them.
fn is_narrow(connection: &Connection, target: &Target) -> rusqlite::Result<bool> {
    let declared: Option<String> = connection
        .query_row(
            "SELECT type FROM pragma_table_info(?1) WHERE name = 'version'",
            [&target.history_table],
            |row| row.get(0),
        )
        .optional()?;
    if !declared.is_some_and(|declared| declared.eq_ignore_ascii_case("int4")) {
        return Ok(false);
    }
    let table = quote_identifier(&target.history_table);
    let sql = format!("SELECT max(version) FROM {table}");
    let highest: Option<i64> = connection.query_row(&sql, [], |row| row.get(0))?;
    Ok(VersionWidth::for_highest(highest.map(Version::new)) == VersionWidth::Int4)
}

/// Writes an event and the texts it names.
pub(super) fn write_event(
    connection: &Connection,
    target: &Target,
    event: &Event<'_>,
    catalogs: Option<&CatalogRecord>,
    began: Instant,
) -> rusqlite::Result<()> {
    write_texts(connection, [event.script, event.rollback])?;
    catalog_store::write(connection, catalogs.map_or(&[], |it| &it.rows))?;
    let duration = event
        .duration_ms
        .unwrap_or_else(|| u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX));
    connection.execute(
        "INSERT INTO turnback_event (set_name, version, name, kind, script_sha256, rollback_sha256,
                                     duration_ms, actor, tool_version, failure,
                                     catalog_before_sha256, catalog_after_sha256)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        params![
            target.ledger_set(),
            event.version.get(),
            event.name,
            event.kind.word(),
            event.script.digest.as_str(),
            event.rollback.digest.as_str(),
            i64::try_from(duration).unwrap_or(i64::MAX),
            actor(),
            env!("CARGO_PKG_VERSION"),
            event.failure,
            catalogs.map(|it| it.pair.before.as_str()),
            catalogs.map(|it| it.pair.after.as_str()),
        ],
    )?;
    Ok(())
}

/// `SQLite` knows no users, so the operating system's stands for the one who did it. It is looked
/// up once: a directory service may be asked for it.
fn actor() -> &'static str {
    static ACTOR: LazyLock<String> = LazyLock::new(|| whoami::username().unwrap_or_default());
    &ACTOR
}

fn write_texts(connection: &Connection, texts: [&StoredScript; 2]) -> rusqlite::Result<()> {
    for script in texts {
        connection.execute(
            "INSERT INTO turnback_script (sha256, body) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
            params![script.digest.as_str(), script.text],
        )?;
    }
    Ok(())
}

/// Records how far a script has come.
pub(super) fn write_progress(
    connection: &Connection,
    target: &Target,
    mark: &ProgressMark<'_>,
    state: StatementState,
) -> rusqlite::Result<()> {
    if !mark.texts_are_stored {
        write_texts(connection, [mark.script, mark.rollback])?;
        catalog_store::write(connection, mark.catalog.map_or(&[], |it| &it.rows))?;
    }
    connection.execute(
        "INSERT INTO turnback_statement_progress
             (set_name, version, name, rolling_back, script_sha256, rollback_sha256, statement, state,
              catalog_sha256)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
         ON CONFLICT DO UPDATE SET (name, rolling_back, script_sha256, rollback_sha256, statement,
              state) = (excluded.name, excluded.rolling_back, excluded.script_sha256,
              excluded.rollback_sha256, excluded.statement, excluded.state)",
        params![
            target.ledger_set(),
            mark.version.get(),
            mark.name,
            mark.rolling_back,
            mark.script.digest.as_str(),
            mark.rollback.digest.as_str(),
            i64::try_from(mark.statement).unwrap_or(i64::MAX),
            ProgressMark::state_word(state),
            mark.catalog.map(|it| it.digest.as_str()),
        ],
    )?;
    Ok(())
}

pub(super) fn clear_progress(
    connection: &Connection,
    target: &Target,
    version: Version,
) -> rusqlite::Result<()> {
    connection.execute(
        "DELETE FROM turnback_statement_progress WHERE set_name = ?1 AND version = ?2",
        params![target.ledger_set(), version.get()],
    )?;
    Ok(())
}

/// Removes an empty history table that turnback made.
pub(super) fn drop_empty_history(connection: &Connection, target: &Target) -> rusqlite::Result<()> {
    let table = quote_identifier(&target.history_table);
    let empty: bool =
        connection.query_row(&format!("SELECT NOT EXISTS (SELECT 1 FROM {table})"), [], |row| {
            row.get(0)
        })?;
    let ours = empty
        && connection.execute(
            "DELETE FROM turnback_history WHERE table_name = ?1",
            [&target.history_table],
        )? > 0;
    if ours {
        connection.execute_batch(&format!("DROP TABLE {table}"))?;
    }
    Ok(())
}
