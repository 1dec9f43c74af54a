//! A transaction for work of turnback's own.

use super::super::script::{AS_OURSELVES, commit, fence_sql};
use super::super::session::PostgresSession;
use super::open::Open;
use crate::database::DatabaseError;
use crate::database::contract::{Ending, Keep, Keeping};

/// What commits raises the fencing token, so that a runner which lost its lock meanwhile does
/// nothing more; one that is in the midst of a transaction is waited for.
const TAKE_OVER: &str =
    "UPDATE turnback.runner SET token = token + 1, pid = pg_backend_pid(), since = now()";

pub(in crate::database::postgres) fn keep(
    session: &PostgresSession,
    keep: &Keep<'_>,
    work: &mut Keeping<'_>,
) -> Result<(), DatabaseError> {
    let reset = session.reset();
    let worked = carry_out(session, keep, work);
    match (worked, keep.ending) {
        (Ok(()), Ending::Commit) => commit(session, &format!("COMMIT; {reset}")),
        (Ok(()), Ending::Undo) => session.query(&format!("ROLLBACK; {reset}")).map(|_| ()),
        (Err(error), _) => {
            session.tidy(&format!("ROLLBACK; {reset}"));
            Err(error)
        }
    }
}

fn carry_out(
    session: &PostgresSession,
    keep: &Keep<'_>,
    work: &mut Keeping<'_>,
) -> Result<(), DatabaseError> {
    let patience = Some(keep.lock_timeout);
    let take_over = match keep.ending {
        _ if keep.within_run => fence_sql(session),
        Ending::Commit => TAKE_OVER.to_owned(),
        Ending::Undo => String::new(),
    };
    let begun = session.query(&format!(
        "BEGIN; {AS_OURSELVES}; {}{take_over}",
        session.lock_timeout_clause(patience, "LOCAL")
    ))?;
    if keep.within_run && begun.iter().flatten().next().is_none() {
        return Err(DatabaseError::Fenced);
    }
    let mut open = Open::enter(session, session.schema(keep.target)?, patience)?;
    work(&mut open)?;
    if session.is_interrupted() { Err(DatabaseError::Interrupted) } else { Ok(()) }
}
