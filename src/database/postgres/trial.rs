//! Trials, which are always undone, and the deletion of rows in batches.

use std::time::Duration;

use tokio_postgres::SimpleQueryMessage;

use super::answer::number;
use super::error::During;
use super::session::{PostgresSession, quote_literal, search_path_clause};
use crate::database::DatabaseError;
use crate::database::contract::{BatchStart, DeletedBatch, Rows};
use crate::model::{ObjectName, Target};
use crate::sql::quote_name;

/// Heap blocks looked at in one transaction, 4 MiB: some milliseconds when nothing is found there,
/// some tens when all of it goes.
const BATCH_BLOCKS: i64 = 512;

/// How long a trial queues for a lock: it runs beside an application.
const TRIAL_LOCK_TIMEOUT: &str = "1s";

pub(super) fn begin(session: &PostgresSession, target: &Target) -> Result<(), DatabaseError> {
    let path = search_path_clause(target, "LOCAL");
    session.query(&format!("BEGIN; {path}SET LOCAL lock_timeout = '{TRIAL_LOCK_TIMEOUT}'"))?;
    watch(session)
}

/// A run that was killed must not leave its statement, and with it the locks, behind. The setting
/// ends with the transaction: the session may be a pooler's.
fn watch(session: &PostgresSession) -> Result<(), DatabaseError> {
    let set = "SAVEPOINT turnback_watch; \
               SET LOCAL client_connection_check_interval = '1s'; \
               RELEASE SAVEPOINT turnback_watch";
    match session.query(set) {
        // Some operating systems under the server cannot tell that a client is gone.
        Err(DatabaseError::Statement { .. }) => {
            session.query("ROLLBACK TO SAVEPOINT turnback_watch").map(drop)
        }
        outcome => outcome.map(drop),
    }
}

/// A commit within which something fails rolls back.
pub(super) fn keep(session: &PostgresSession) -> Result<(), DatabaseError> {
    session.query("COMMIT").map(drop)
}

pub(super) fn end(session: &PostgresSession) {
    // If it fails, the end of the session undoes the trial.
    session.tidy("ROLLBACK");
}

pub(super) fn try_statement(session: &PostgresSession, sql: &str) -> Result<Rows, DatabaseError> {
    let messages = session
        .interruptible(session.client().simple_query(sql))?
        .map_err(|error| session.fail(&error, During::Script { text: sql, done: 0 }))?;
    let mut result = Rows::default();
    for message in messages {
        match message {
            SimpleQueryMessage::RowDescription(columns) => {
                result.columns = columns.iter().map(|column| column.name().to_owned()).collect();
            }
            SimpleQueryMessage::Row(row) => {
                let values = (0..row.len()).map(|column| row.get(column).map(str::to_owned));
                result.rows.push(values.collect());
            }
            _ => {}
        }
    }
    Ok(result)
}

/// Row-level security must not hide rows: with `row_security = off` it is an error instead.
fn settings(target: &Target) -> String {
    format!("SET LOCAL row_security = off; {}", search_path_clause(target, "LOCAL"))
}

pub(super) fn count_matching(
    session: &PostgresSession,
    target: &Target,
    table: &ObjectName,
    condition: &str,
) -> Result<u64, DatabaseError> {
    let (settings, table) = (settings(target), quote_name(table));
    let sql = format!(
        "BEGIN READ ONLY; {settings}SELECT count(*) FROM {table} WHERE ({condition}\n); COMMIT"
    );
    let results = session.query(&sql).inspect_err(|_| session.tidy("ROLLBACK"))?;
    results.iter().flatten().next().map_or(Ok(0), |row| number(row, 0))
}

/// A batch is a range of heap blocks (a TID range scan, since PostgreSQL 14): no row is looked at
/// twice and no index is needed. The table's partitions and children are read range by range with
/// it, and the largest says where the end is. A condition may end in a comment. Rows that the
/// application moves meanwhile wait for the next run.
pub(super) fn delete_batch(
    session: &PostgresSession,
    target: &Target,
    table: &ObjectName,
    condition: &str,
    from: Option<BatchStart>,
    lock_timeout: Duration,
) -> Result<DeletedBatch, DatabaseError> {
    let (settings, name) = (settings(target), quote_name(table));
    let start = from.map_or(0, |from| from.0);
    let end = start + BATCH_BLOCKS;
    let timeout = session.lock_timeout_clause(Some(lock_timeout), "LOCAL");
    let sql = format!(
        "BEGIN; {settings}{timeout}\
         WITH RECURSIVE gone AS ( \
             DELETE FROM {name} WHERE ctid >= '({start},0)' AND ctid < '({end},0)' \
             AND ({condition}\n) RETURNING 1), \
         tree (relid) AS ( \
             SELECT to_regclass({literal})::oid UNION \
             SELECT i.inhrelid FROM pg_inherits AS i JOIN tree ON i.inhparent = tree.relid) \
         SELECT count(*), \
                {end} < (SELECT max(pg_relation_size(relid)) FROM tree) \
                        / current_setting('block_size')::int8 \
         FROM gone; COMMIT",
        literal = quote_literal(&name),
    );
    let results = session.query(&sql).inspect_err(|_| session.tidy("ROLLBACK"))?;
    let row = results.iter().flatten().next();
    let rows = row.map_or(Ok(0), |row| number(row, 0))?;
    let more = row.is_some_and(|row| row.get(1) == Some("t"));
    Ok(DeletedBatch { rows, next: more.then_some(BatchStart(end)) })
}
