//! How often, and how long, a lock is tried for.

use std::time::{Duration, Instant};

use super::{Observer, Progress};
use crate::database::{DatabaseError, Interrupt};

/// The first wait for a lock on an object; it doubles up to [`LONGEST_LOCK_WAIT`].
pub(super) const FIRST_LOCK_WAIT: Duration = Duration::from_millis(50);
const LONGEST_LOCK_WAIT: Duration = Duration::from_secs(1);
/// The pause after a lock that was not obtained, in waits: whoever queues behind our request gets
/// that much time to pass.
const PAUSE_IN_WAITS: f64 = 10.0;

/// Tries for a lock: how long the next one waits, and how long it is put off.
pub(super) struct Tries {
    began: Instant,
    deadline: Duration,
    /// How long the next try may wait for a lock.
    pub wait: Duration,
}

impl Tries {
    /// Tries that go on until the deadline.
    pub(super) fn until(deadline: Duration) -> Self {
        Self { began: Instant::now(), deadline, wait: FIRST_LOCK_WAIT }
    }

    /// Pauses after a try that failed; the error itself once the deadline is over.
    pub(super) fn pause(
        &mut self,
        error: DatabaseError,
        interrupt: &Interrupt,
        observer: &mut dyn Observer,
    ) -> Result<(), DatabaseError> {
        let left = self.deadline.saturating_sub(self.began.elapsed());
        if left.is_zero() {
            return Err(error);
        }
        let fair = self.wait.mul_f64(PAUSE_IN_WAITS * (1.0 + fastrand::f64() / 2.0));
        let pause = fair.min(left);
        let message = error.to_string();
        observer.notice(Progress::LockRetry { message: &message, pause });
        if interrupt.sleep(pause) {
            return Err(DatabaseError::Interrupted);
        }
        // The pause that the deadline cuts short buys a try that is as much shorter.
        self.wait = if pause < fair {
            self.wait.min(pause.div_f64(PAUSE_IN_WAITS))
        } else {
            (self.wait * 2).min(LONGEST_LOCK_WAIT)
        };
        Ok(())
    }
}
