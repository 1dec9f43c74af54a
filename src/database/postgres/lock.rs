//! The runner lock: an advisory lock of the session, polled without a transaction.
//!
//! A blocking wait would deadlock with `CREATE INDEX CONCURRENTLY`, which waits for every
//! transaction that is older than itself, waiting ones included.

use super::answer::number;
use super::session::{PostgresSession, WATCH};
use crate::database::DatabaseError;
use crate::database::contract::{LockAttempt, LockHolder};

/// `"turn"` and `"back"` in ASCII: one lock for the whole database.
const KEY: (i32, i32) = (0x7475_726E, 0x6261_636B);

pub(super) fn try_lock(session: &mut PostgresSession) -> Result<LockAttempt, DatabaseError> {
    refuse_pooler(session)?;
    let (high, low) = KEY;
    let results =
        session.query(&format!("SELECT pg_catalog.pg_try_advisory_lock({high}, {low})"))?;
    let acquired =
        results.first().and_then(|rows| rows.first()).is_some_and(|row| row.get(0) == Some("t"));
    if !acquired {
        return Ok(LockAttempt::Held(holder(session)?));
    }
    session.watched = match session.query(WATCH) {
        Ok(_) => true,
        // Some operating systems under the server cannot tell that a client is gone.
        Err(DatabaseError::Statement { .. }) => false,
        Err(error) => return Err(error),
    };
    Ok(LockAttempt::Acquired)
}

/// Behind a pooler in transaction mode two sessions can hold the lock at once. A pooler makes up
/// the pid it names in the start-up message.
pub(super) fn refuse_pooler(session: &PostgresSession) -> Result<(), DatabaseError> {
    let (startup_pid, backend_pid) = (session.startup_pid(), session.backend_pid);
    if startup_pid == backend_pid {
        Ok(())
    } else {
        Err(DatabaseError::Pooler { startup_pid, backend_pid })
    }
}

fn holder(session: &PostgresSession) -> Result<LockHolder, DatabaseError> {
    let (high, low) = KEY;
    let results = session.query(&format!(
        "SELECT l.pid, a.usename, concat_ws(' from ', nullif(a.application_name, ''), \
                host(a.client_addr)), to_char(a.backend_start, 'YYYY-MM-DD HH24:MI:SS TZ') \
         FROM pg_catalog.pg_locks AS l \
         LEFT JOIN pg_catalog.pg_stat_activity AS a USING (pid) \
         WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 2 \
           AND l.classid::int8 = {high} AND l.objid::int8 = {low} \
           AND l.database = (SELECT oid FROM pg_catalog.pg_database \
                             WHERE datname = current_database())"
    ))?;
    // It may have been let go in between.
    let Some(row) = results.first().and_then(|rows| rows.first()) else {
        return Ok(LockHolder::default());
    };
    let text = |column| row.get(column).filter(|text| !text.is_empty()).map(str::to_owned);
    Ok(LockHolder { pid: number(row, 0).ok(), user: text(1), application: text(2), since: text(3) })
}

pub(super) fn unlock(session: &PostgresSession) {
    let (high, low) = KEY;
    // If it fails, the end of the session lets go of it.
    session.tidy(&format!("SELECT pg_catalog.pg_advisory_unlock({high}, {low})"));
}
