//! Time for what a backfill does around its batches. How long a batch may take is set with each; the
//! limits that a role or a database has for the application's statements would end a look at the
//! whole table, and the record's own statements where the server has much to do. Nor are these made
//! to see what they need as of another time, or not to write.

use std::time::Duration;

use crate::database::{DatabaseError, Ending, Keep, Keeping, Session};
use crate::model::{Engine, Target};

/// Settings that end statements, transactions or sessions, or make transactions others than usual.
const LIMITS: [(&str, &str); 6] = [
    ("statement_timeout", "0"),
    ("lock_timeout", "0"),
    ("idle_in_transaction_session_timeout", "0"),
    ("idle_session_timeout", "0"),
    ("default_transaction_isolation", "'read committed'"),
    ("default_transaction_read_only", "off"),
];

/// Lets a session take its time from now on.
pub(super) fn take_time(session: &mut dyn Session) -> Result<(), DatabaseError> {
    if session.capabilities().engine == Engine::Postgres {
        session.exchange(&LIMITS.map(|(name, value)| format!("SET {name} = {value}")))?;
    }
    Ok(())
}

/// How long our own work waits for a lock on tables of ours, for which nobody queues behind it:
/// longer than a server does before it ends an autovacuum that is in somebody's way
/// (`deadlock_timeout`, 1 s by default).
const LOCK_WAIT: Duration = Duration::from_secs(5);
/// How often it is tried on a server.
const TRIES: usize = 12;

/// Writes the record in a transaction of its own as soon as others let us: in SQLite whenever that
/// is, on a server within a minute.
pub(super) fn keep_record(
    session: &mut dyn Session,
    target: &Target,
    work: &mut Keeping<'_>,
) -> Result<(), DatabaseError> {
    let keep = Keep {
        target,
        lock_timeout: LOCK_WAIT,
        ending: Ending::Commit,
        within_run: true,
        own_tables: true,
    };
    let waits_for_ever = session.capabilities().engine == Engine::Sqlite;
    let mut tried = 0;
    loop {
        tried += 1;
        match session.keep(&keep, work) {
            Err(error) if error.is_lock_conflict() && (waits_for_ever || tried < TRIES) => {}
            outcome => return outcome,
        }
    }
}
