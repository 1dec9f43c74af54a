//! Patience with the locks of others.

use std::time::{Duration, Instant};

use super::Progress;
use super::worker::Worker;
use crate::database::DatabaseError;

/// The first wait for a lock on an object; it doubles up to [`LONGEST_LOCK_WAIT`].
pub(super) const FIRST_LOCK_WAIT: Duration = Duration::from_millis(50);
const LONGEST_LOCK_WAIT: Duration = Duration::from_secs(1);
/// The pause after a lock that was not obtained, in waits: whoever queues behind our request gets
/// that much time to pass.
const PAUSE_IN_WAITS: f64 = 10.0;

/// Tries until the locks are had or the deadline is over. Only lock conflicts are tried again, and
/// always the whole transaction.
pub(super) fn retry_locks(
    worker: &mut Worker<'_>,
    mut attempt: impl FnMut(&mut Worker<'_>, Duration) -> Result<(), DatabaseError>,
) -> Result<(), DatabaseError> {
    let began = Instant::now();
    let deadline = worker.limits.ddl_lock_timeout;
    let mut wait = FIRST_LOCK_WAIT;
    loop {
        worker.stop_if_asked()?;
        let error = match attempt(worker, wait) {
            Err(error) if error.is_lock_conflict() => error,
            outcome => return outcome,
        };
        let left = deadline.saturating_sub(began.elapsed());
        if left.is_zero() {
            return Err(error);
        }
        let fair = wait.mul_f64(PAUSE_IN_WAITS * (1.0 + fastrand::f64() / 2.0));
        let pause = fair.min(left);
        let message = error.to_string();
        worker.observer.notice(Progress::LockRetry { message: &message, pause });
        if worker.interrupt.sleep(pause) {
            return Err(DatabaseError::Interrupted);
        }
        // The pause that the deadline cuts short buys a try that is as much shorter.
        wait = if pause < fair {
            wait.min(pause.div_f64(PAUSE_IN_WAITS))
        } else {
            (wait * 2).min(LONGEST_LOCK_WAIT)
        };
    }
}
