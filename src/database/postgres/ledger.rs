//! Reading and writing the record.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio_postgres::SimpleQueryRow;

use super::answer::{no_answer, number};
use super::catalog_store::{catalogs_sql, digest_sql};
use super::session::{PostgresSession, quote_literal};
use crate::catalog::CatalogRow;
use crate::database::contract::{CatalogRecord, ProgressMark};
use crate::database::{DatabaseError, history};
use crate::model::{
    CatalogHead, CatalogPair, Digest, Event, EventKind, HistoryRow, LedgerState, RecordedMigration,
    StatementProgress, StatementState, StoredScript, Target, Version,
};
use crate::sets::{MigrationSet, VersionWidth};

/// The format this program writes, and the newest it reads.
const FORMAT: i64 = 1;

/// What exists of the record.
struct Existing {
    /// The schema of the ledger, which an administrator may have made for a role that must not.
    ledger_schema: bool,
    ledger: bool,
    /// The type of the history's version column.
    history: Option<VersionWidth>,
}

/// How often reading begins anew when a runner removes the history between its two round trips.
const READ_ATTEMPTS: usize = 5;

/// Two round trips: what exists, then all of it in one snapshot.
pub(super) fn read(
    session: &mut PostgresSession,
    target: &Target,
) -> Result<LedgerState, DatabaseError> {
    let mut attempts = 1;
    loop {
        match read_once(session, target) {
            // undefined_table
            Err(error) if error.code() == Some("42P01") && attempts < READ_ATTEMPTS => {
                attempts += 1;
            }
            outcome => return outcome,
        }
    }
}

fn read_once(session: &mut PostgresSession, target: &Target) -> Result<LedgerState, DatabaseError> {
    let existing = existing(session, target)?;
    session.width =
        existing.history.unwrap_or_else(|| VersionWidth::for_highest(target.highest_version));
    let mut state = LedgerState {
        history_exists: existing.history.is_some(),
        ledger_exists: existing.ledger,
        ..LedgerState::default()
    };
    if !state.history_exists && !state.ledger_exists {
        return Ok(state);
    }
    let results =
        session.query(&snapshot_query(session, target, &existing)?).inspect_err(|_| {
            session.tidy("ROLLBACK");
        })?;
    // Each row leads with a word that says which query it comes from.
    for row in results.iter().flatten() {
        take_row(&mut state, row)?;
    }
    Ok(state)
}

fn existing(session: &PostgresSession, target: &Target) -> Result<Existing, DatabaseError> {
    let schema = session.schema(target)?;
    let results = session.query(&format!(
        "SELECT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = {schema}), \
                EXISTS (SELECT FROM pg_catalog.pg_class AS c \
                        JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace \
                        WHERE n.nspname = 'turnback' AND c.relname = 'format'), \
                (SELECT pg_catalog.format_type(a.atttypid, NULL) FROM pg_catalog.pg_class AS c \
                 JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace \
                 JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'version' \
                 WHERE n.nspname = {schema} AND c.relname = {table}), \
                EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = 'turnback')",
        schema = quote_literal(schema),
        table = quote_literal(&target.history_table),
    ))?;
    let row = results.first().and_then(|rows| rows.first()).ok_or_else(no_answer)?;
    if row.get(0) != Some("t") {
        return Err(DatabaseError::NoSuchSchema {
            schema: schema.to_owned(),
            database: session.facts_database(),
        });
    }
    Ok(Existing {
        ledger_schema: row.get(3) == Some("t"),
        ledger: row.get(1) == Some("t"),
        history: row.get(2).map(|name| match name {
            "integer" | "smallint" => VersionWidth::Int4,
            _ => VersionWidth::Int8,
        }),
    })
}

fn snapshot_query(
    session: &PostgresSession,
    target: &Target,
    existing: &Existing,
) -> Result<String, DatabaseError> {
    let mut sql = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;".to_owned();
    let schema = quote_literal(session.schema(target)?);
    let set = quote_literal(target.ledger_set());
    if existing.ledger {
        let recorded =
            include_str!("recorded.sql").replace("__SCHEMA__", &schema).replace("__SET__", &set);
        sql += &format!(
            "SELECT 'format', max(version) FROM turnback.format;
             SELECT 'recorded', r.* FROM (
             {recorded}) AS r;
             SELECT 'progress', version, rolling_back, name, script_sha256, rollback_sha256,
                    statement, state, catalog_sha256
             FROM turnback.statement_progress WHERE schema_name = {schema} AND set_name = {set};
             SELECT 'catalog', 0, c.sha256, c.depth, c.schemas
             FROM (SELECT catalog_after_sha256 FROM turnback.event
                   WHERE schema_name = {schema} AND kind <> 'failed'
                   ORDER BY id DESC LIMIT 1) AS e
             JOIN turnback.catalog AS c ON c.sha256 = e.catalog_after_sha256;"
        );
    }
    if existing.history.is_some() {
        let table = session.history_table(target)?;
        sql += &format!("SELECT 'history', version, name, applied_on, checksum FROM {table};");
    }
    Ok(sql + "COMMIT")
}

fn take_row(state: &mut LedgerState, row: &SimpleQueryRow) -> Result<(), DatabaseError> {
    let text = |column| row.get(column).unwrap_or_default().to_owned();
    let digest = |column| Digest::from_stored(text(column));
    if row.get(0) == Some("format") {
        let found = number(row, 1)?;
        return if found > FORMAT {
            Err(DatabaseError::NewerLedger { found, known: FORMAT })
        } else {
            Ok(())
        };
    }
    let version = Version::new(number(row, 1)?);
    match row.get(0) {
        Some("recorded") => {
            let kind = text(3);
            let recorded = RecordedMigration {
                id: number(row, 2)?,
                kind: EventKind::from_word(&kind).ok_or_else(no_answer)?,
                name: text(4),
                script: digest(5),
                rollback: digest(6),
                at: OffsetDateTime::parse(&text(7), &Rfc3339).map_err(|_| no_answer())?,
                failure: row.get(8).map(str::to_owned),
                catalogs: row.get(9).zip(row.get(10)).map(|(before, after)| CatalogPair {
                    before: Digest::from_stored(before),
                    after: Digest::from_stored(after),
                }),
            };
            state.recorded.insert(version, recorded);
        }
        Some("progress") => {
            let finished = text(7) == ProgressMark::state_word(StatementState::Finished);
            let progress = StatementProgress {
                rolling_back: row.get(2) == Some("t"),
                name: text(3),
                script: digest(4),
                rollback: digest(5),
                statement: number(row, 6)?,
                state: if finished { StatementState::Finished } else { StatementState::Started },
                catalog: row.get(8).map(Digest::from_stored),
            };
            state.progress.insert(version, progress);
        }
        Some("catalog") => {
            state.catalog = Some(CatalogHead {
                digest: digest(2),
                depth: number(row, 3)?,
                schemas: CatalogRow::parse_schemas(&text(4)),
            });
        }
        _ => {
            // Any value may have been edited by hand; only the version must be one.
            let history = HistoryRow {
                version,
                name: text(2),
                applied_on: OffsetDateTime::parse(&text(3), &Rfc3339).ok(),
                checksum: text(4),
            };
            state.history.insert(version, history);
        }
    }
    Ok(())
}

pub(super) fn read_texts(
    session: &PostgresSession,
    digests: &[Digest],
) -> Result<HashMap<Digest, String>, DatabaseError> {
    let list: Vec<String> = digests.iter().map(|digest| quote_literal(digest.as_str())).collect();
    let results = session.query(&format!(
        "SELECT sha256, body FROM turnback.script WHERE sha256 IN ({})",
        list.join(", ")
    ))?;
    let rows = results.iter().flatten();
    Ok(rows
        .filter_map(|row| Some((Digest::from_stored(row.get(0)?), row.get(1)?.to_owned())))
        .collect())
}

/// Makes what is missing, widens a history column that has become too narrow, and takes the
/// fencing token. One round trip when nothing is missing, three otherwise.
pub(super) fn prepare(
    session: &mut PostgresSession,
    target: &Target,
    set: &MigrationSet,
    lock_timeout: Duration,
) -> Result<(), DatabaseError> {
    let existing = existing(session, target)?;
    let needed = VersionWidth::for_highest(target.highest_version);
    let mut sql = format!("BEGIN; {}", session.lock_timeout_clause(Some(lock_timeout), "LOCAL"));
    if !existing.ledger_schema {
        sql += "CREATE SCHEMA turnback;";
    }
    if !existing.ledger {
        sql += include_str!("ledger.sql");
    }
    let table = session.history_table(target)?;
    session.width = match existing.history {
        Some(VersionWidth::Int4) if needed == VersionWidth::Int8 => {
            sql += &format!("ALTER TABLE {table} ALTER COLUMN version TYPE int8;");
            sql += &widen_checksums_sql(&table, set);
            needed
        }
        Some(width) => width,
        None => {
            sql += &history::create_table(&table, needed);
            sql += &format!(
                "INSERT INTO turnback.history (schema_name, table_name) VALUES ({}, {}) \
                 ON CONFLICT DO NOTHING;",
                quote_literal(session.schema(target)?),
                quote_literal(&target.history_table),
            );
            needed
        }
    };
    sql += "UPDATE turnback.runner SET token = token + 1, pid = pg_backend_pid(), since = now() \
            RETURNING token; COMMIT";
    let results = session.query(&sql).map_err(|error| {
        session.tidy("ROLLBACK");
        match error {
            // insufficient_privilege
            DatabaseError::Statement { message, server, .. }
                if server.code.as_deref() == Some("42501") && !existing.ledger =>
            {
                DatabaseError::NoLedger { reason: message, server }
            }
            other => other,
        }
    })?;
    let row = results.iter().flatten().next().ok_or_else(no_answer)?;
    session.token = number(row, 0)?;
    Ok(())
}

fn widen_checksums_sql(table: &str, set: &MigrationSet) -> String {
    let rows: Vec<String> = history::widened(set)
        .map(|it| format!("({}, '{}', '{}')", it.version, it.narrow, it.wide))
        .collect();
    if rows.is_empty() {
        return String::new();
    }
    format!(
        "UPDATE {table} AS h SET checksum = w.wide \
         FROM (VALUES {}) AS w(version, narrow, wide) \
         WHERE h.version = w.version AND h.checksum = w.narrow;",
        rows.join(", ")
    )
}

/// The statements that write an event and the texts it names.
pub(super) fn event_sql(
    schema: &str,
    target: &Target,
    event: &Event<'_>,
    catalogs: Option<&CatalogRecord>,
) -> String {
    let duration = event.duration_ms.map_or_else(
        || "(extract(epoch FROM clock_timestamp() - now()) * 1000)::int8".to_owned(),
        |milliseconds| milliseconds.to_string(),
    );
    let failure = event.failure.map_or_else(|| "NULL".to_owned(), quote_literal);
    format!(
        "{texts}INSERT INTO turnback.event (schema_name, set_name, version, name, kind, \
         script_sha256, rollback_sha256, catalog_before_sha256, catalog_after_sha256, duration_ms, \
         tool_version, failure) \
         VALUES ({schema}, {set}, {version}, {name}, '{kind}', '{script}', '{rollback}', \
         {before}, {after}, {duration}, '{tool}', {failure});",
        texts = texts_sql([event.script, event.rollback])
            + &catalogs_sql(catalogs.map_or(&[], |it| &it.rows)),
        before = digest_sql(catalogs.map(|it| &it.pair.before)),
        after = digest_sql(catalogs.map(|it| &it.pair.after)),
        schema = quote_literal(schema),
        set = quote_literal(target.ledger_set()),
        version = event.version,
        name = quote_literal(event.name),
        kind = event.kind.word(),
        script = event.script.digest,
        rollback = event.rollback.digest,
        tool = env!("CARGO_PKG_VERSION"),
    )
}

fn texts_sql(texts: [&StoredScript; 2]) -> String {
    let values: BTreeMap<&Digest, &str> =
        texts.into_iter().map(|script| (&script.digest, script.text.as_str())).collect();
    let rows: Vec<String> = values
        .into_iter()
        .map(|(digest, text)| format!("('{digest}', {})", quote_literal(text)))
        .collect();
    format!(
        "INSERT INTO turnback.script (sha256, body) VALUES {} ON CONFLICT DO NOTHING;",
        rows.join(", ")
    )
}

/// The statements that record how far a script has come.
pub(super) fn progress_sql(
    schema: &str,
    target: &Target,
    mark: &ProgressMark<'_>,
    state: StatementState,
) -> String {
    format!(
        "{texts}INSERT INTO turnback.statement_progress AS p (schema_name, set_name, version, name, \
         rolling_back, script_sha256, rollback_sha256, catalog_sha256, statement, state) \
         VALUES ({schema}, {set}, {version}, {name}, {rolling_back}, '{script}', '{rollback}', \
         {catalog}, {statement}, '{state}') \
         ON CONFLICT (schema_name, set_name, version) DO UPDATE SET (name, rolling_back, \
         script_sha256, rollback_sha256, statement, state, at) = (excluded.name, \
         excluded.rolling_back, excluded.script_sha256, excluded.rollback_sha256, \
         excluded.statement, excluded.state, excluded.at);",
        texts = if mark.texts_are_stored {
            String::new()
        } else {
            texts_sql([mark.script, mark.rollback])
                + &catalogs_sql(mark.catalog.map_or(&[], |it| &it.rows))
        },
        catalog = digest_sql(mark.catalog.map(|it| &it.digest)),
        schema = quote_literal(schema),
        set = quote_literal(target.ledger_set()),
        version = mark.version,
        name = quote_literal(mark.name),
        rolling_back = mark.rolling_back,
        script = mark.script.digest,
        rollback = mark.rollback.digest,
        statement = mark.statement,
        state = ProgressMark::state_word(state),
    )
}

pub(super) fn clear_progress_sql(schema: &str, target: &Target, version: Version) -> String {
    format!(
        "DELETE FROM turnback.statement_progress \
         WHERE schema_name = {} AND set_name = {} AND version = {version};",
        quote_literal(schema),
        quote_literal(target.ledger_set()),
    )
}

/// The statement that removes an empty history table, if turnback made it.
pub(super) fn drop_empty_history_sql(schema: &str, target: &Target, table: &str) -> String {
    let body = format!(
        "BEGIN
             IF NOT EXISTS (SELECT FROM {table}) THEN
                 DELETE FROM turnback.history WHERE schema_name = {} AND table_name = {};
                 IF FOUND THEN
                     DROP TABLE {table};
                 END IF;
             END IF;
         END",
        quote_literal(schema),
        quote_literal(&target.history_table),
    );
    format!("DO {};", quote_literal(&body))
}
