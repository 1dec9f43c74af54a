//! Time for what a backfill does around its batches. How long a batch may take is set with each; the
//! limits that a role or a database has for the application's statements would end a look at the
//! whole table, and the record's own statements where the server has much to do. Nor are these made
//! to see what they need as of another time, or not to write.

use std::time::Duration;

use crate::database::{DatabaseError, Session};
use crate::model::Engine;

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
pub(super) const OWN_LOCK_WAIT: Duration = Duration::from_secs(5);
/// How often it is tried on a server.
const OWN_TRIES: usize = 12;

/// Does our own work in a transaction as soon as others let us: in SQLite whenever that is, on a
/// server within a minute.
pub(super) fn in_turn(
    engine: Engine,
    mut work: impl FnMut() -> Result<(), DatabaseError>,
) -> Result<(), DatabaseError> {
    let mut tried = 0;
    loop {
        tried += 1;
        match work() {
            Err(error)
                if error.is_lock_conflict() && (engine == Engine::Sqlite || tried < OWN_TRIES) => {}
            outcome => return outcome,
        }
    }
}
