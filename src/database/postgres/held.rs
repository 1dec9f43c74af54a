//! What a script has locked, seen from within its own transaction before it ends.

use tokio_postgres::{Error, SimpleQueryMessage, SimpleQueryRow};

use super::session::PostgresSession;
use crate::database::DatabaseError;
use crate::database::contract::{HeldLock, StatementClock};
use crate::model::ObjectName;
use crate::sql::LockStrength;

/// Whether the view of locks may be read: to be refused it would end the script's transaction.
const SEES_LOCKS: &str = "SELECT has_table_privilege('pg_catalog.pg_locks', 'SELECT') \
     AND has_function_privilege('pg_catalog.pg_lock_status()', 'EXECUTE')";

pub(super) fn time_statements(
    session: &mut PostgresSession,
    clock: StatementClock,
) -> Result<(), DatabaseError> {
    let answer = session.query(SEES_LOCKS)?;
    let seen = answer.iter().flatten().next().and_then(|row| row.get(0));
    session.sees_locks = seen == Some("t");
    session.clock = Some(clock);
    Ok(())
}

/// Writes down what the transaction holds, where somebody asked.
pub(super) async fn note_locks(session: &PostgresSession) -> Result<(), Error> {
    let Some(clock) = session.clock.as_ref().filter(|_| session.sees_locks) else { return Ok(()) };
    let answer = session.client().simple_query(include_str!("held.sql")).await?;
    clock.holds(answer.iter().filter_map(held).collect());
    Ok(())
}

fn held(message: &SimpleQueryMessage) -> Option<HeldLock> {
    let SimpleQueryMessage::Row(row) = message else { return None };
    let text = |row: &SimpleQueryRow, column: usize| row.get(column).map(str::to_owned);
    let object = ObjectName { schema: text(row, 0), name: text(row, 1)? };
    Some(HeldLock { object, mode: LockStrength::of_pg_locks(row.get(2)?)? })
}
