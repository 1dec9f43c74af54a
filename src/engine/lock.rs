//! The runner lock as a closure: work that needs it cannot be done without it.

use std::time::{Duration, Instant};

use super::{EngineError, Observer, Progress};
use crate::database::{Interrupt, LockAttempt, Session};

/// The first pause between two tries; it doubles up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Takes the lock, works, lets go of it, whatever came of the work.
pub(super) fn with_runner_lock<T>(
    session: &mut dyn Session,
    patience: Duration,
    interrupt: &Interrupt,
    observer: &mut dyn Observer,
    work: impl FnOnce(&mut dyn Session, &mut dyn Observer) -> Result<T, EngineError>,
) -> Result<T, EngineError> {
    acquire(session, patience, interrupt, observer)?;
    let outcome = work(session, observer);
    let released = session.unlock();
    let outcome = outcome?;
    released?;
    Ok(outcome)
}

fn acquire(
    session: &mut dyn Session,
    patience: Duration,
    interrupt: &Interrupt,
    observer: &mut dyn Observer,
) -> Result<(), EngineError> {
    let began = Instant::now();
    let mut pause = FIRST_PAUSE;
    let mut told = false;
    loop {
        let holder = match session.try_lock()? {
            LockAttempt::Acquired => return Ok(()),
            LockAttempt::Held(holder) => holder,
        };
        let waited = began.elapsed();
        if waited >= patience {
            return Err(EngineError::RunnerLock { holder, waited });
        }
        if !told {
            told = true;
            observer.notice(Progress::WaitingForRunner { holder: &holder, patience });
        }
        let jittered = pause.mul_f64(0.75 + fastrand::f64() / 2.0);
        if interrupt.sleep(jittered.min(patience.saturating_sub(waited))) {
            return Err(crate::database::DatabaseError::Interrupted.into());
        }
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}
