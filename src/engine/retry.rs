//! Patience with the locks of others.

use super::tries::Tries;
use super::worker::Worker;
use crate::database::DatabaseError;
use crate::model::Blocker;

/// Tries until the locks are had or the deadline is over. Only lock conflicts are tried again, and
/// always the whole transaction. What tries for locks within it does so by the same tries, so that
/// there is one deadline.
pub(super) fn retry_locks(
    worker: &mut Worker<'_>,
    mut attempt: impl FnMut(&mut Worker<'_>, &mut Tries) -> Result<(), DatabaseError>,
) -> Result<(), DatabaseError> {
    let mut tries = Tries::until(worker.limits.ddl_lock_timeout);
    loop {
        worker.stop_if_asked()?;
        match attempt(worker, &mut tries) {
            Err(error) if error.is_lock_conflict() => {
                let session = &mut *worker.session;
                let mut end = |blocker: &Blocker| session.end_blocker(blocker);
                tries.pause(error, worker.interrupt, worker.observer, &mut end)?;
            }
            outcome => return outcome,
        }
    }
}
