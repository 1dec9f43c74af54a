//! How often, and how long, a lock is tried for.

use std::time::{Duration, Instant};

use super::{Observer, Progress};
use crate::database::{DatabaseError, Interrupt};
use crate::model::Blocker;

/// The first wait for a lock on an object; it doubles up to [`LONGEST_LOCK_WAIT`].
pub(super) const FIRST_LOCK_WAIT: Duration = Duration::from_millis(50);
const LONGEST_LOCK_WAIT: Duration = Duration::from_secs(1);
/// The pause after a lock that was not obtained, in waits: whoever queues behind our request gets
/// that much time to pass.
const PAUSE_IN_WAITS: f64 = 10.0;
/// How long it is gone on trying once those in the way were ended.
const AFTER_ENDING: Duration = Duration::from_secs(10);

/// Tries for locks, those of a step and of what is done around its script together: how long the next
/// one waits, and how long it is put off.
pub(super) struct Tries {
    began: Instant,
    deadline: Duration,
    /// How long the next try may wait for a lock.
    pub wait: Duration,
    /// Whether those in the way were ended already.
    has_ended: bool,
    /// Whether there is nothing more to try for: then nobody is asked once more.
    is_over: bool,
    /// Who was last seen to hold the lock: a short try may end before it is seen.
    named: Vec<Blocker>,
}

impl Tries {
    /// Tries that go on until the deadline.
    pub(super) fn until(deadline: Duration) -> Self {
        Self {
            began: Instant::now(),
            deadline,
            wait: FIRST_LOCK_WAIT,
            has_ended: false,
            is_over: false,
            named: Vec::new(),
        }
    }

    /// Pauses after a try that failed; the error itself once the deadline is over. Then those in the
    /// way are ended by `end`, where that is allowed, and there is some more time.
    pub(super) fn pause(
        &mut self,
        mut error: DatabaseError,
        interrupt: &Interrupt,
        observer: &mut dyn Observer,
        end: &mut dyn FnMut(&Blocker) -> Result<bool, DatabaseError>,
    ) -> Result<(), DatabaseError> {
        if !error.blockers().is_empty() {
            self.named = error.blockers().to_vec();
        }
        let left = self.deadline.saturating_sub(self.began.elapsed());
        if left.is_zero() || self.is_over {
            if !self.is_over && self.ends(error.blockers(), observer, end) {
                return Ok(());
            }
            self.is_over = true;
            error.name_blockers(&self.named);
            return Err(error);
        }
        let fair = self.wait.mul_f64(PAUSE_IN_WAITS * (1.0 + fastrand::f64() / 2.0));
        let pause = fair.min(left);
        let message = error.to_string();
        let blockers = error.blockers();
        observer.notice(Progress::LockRetry { message: &message, pause, blockers });
        if interrupt.sleep(pause) {
            return Err(DatabaseError::Interrupted);
        }
        // The pause that the deadline cuts short buys a try that is as much shorter, but long enough
        // to see who is in the way.
        self.wait = if pause < fair {
            self.wait.min(pause.div_f64(PAUSE_IN_WAITS)).max(FIRST_LOCK_WAIT)
        } else {
            (self.wait * 2).min(LONGEST_LOCK_WAIT)
        };
        Ok(())
    }

    fn ends(
        &mut self,
        blockers: &[Blocker],
        observer: &mut dyn Observer,
        end: &mut dyn FnMut(&Blocker) -> Result<bool, DatabaseError>,
    ) -> bool {
        // A prepared transaction is no session.
        let blockers: Vec<&Blocker> = blockers.iter().filter(|it| it.pid != 0).collect();
        if self.has_ended || blockers.is_empty() || !observer.may_end(&blockers) {
            return false;
        }
        self.has_ended = true;
        for blocker in blockers {
            let what = format!("pid {}, which held the lock", blocker.pid);
            let said = match end(blocker) {
                Ok(true) => format!("{what}, was ended"),
                Ok(false) => format!("{what}, had ended by itself"),
                Err(error) => format!("{what}, cannot be ended: {error}"),
            };
            observer.notice(Progress::Remark(said));
        }
        (self.began, self.deadline) = (Instant::now(), AFTER_ENDING);
        self.wait = LONGEST_LOCK_WAIT;
        true
    }
}
