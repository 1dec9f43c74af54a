//! Time for what a backfill does around its batches. How long a batch may take is set with each; the
//! limits that a role or a database has for the application's statements would end a look at the
//! whole table, and the record's own statements where the server has much to do. Nor are these made
//! to see what they need as of another time, or not to write.

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

/// Does our own work in a transaction; in SQLite as soon as others let us.
pub(super) fn in_turn(
    engine: Engine,
    mut work: impl FnMut() -> Result<(), DatabaseError>,
) -> Result<(), DatabaseError> {
    loop {
        match work() {
            Err(error) if engine == Engine::Sqlite && error.is_lock_conflict() => {}
            outcome => return outcome,
        }
    }
}
