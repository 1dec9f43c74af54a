//! One transaction for what an operator does to backups.

use super::fault::BackupFault;
use crate::database::{DatabaseError, Ending, Interrupt, Keep, OpenTransaction, Session};
use crate::engine::lock::with_runner_lock;
use crate::engine::tries::Tries;
use crate::engine::{EngineError, Limits, Observer};
use crate::model::{Backup, Blocker, Target};

/// Where an operator works on backups, and how long that may wait for others.
#[derive(Clone, Copy)]
pub struct Desk<'a> {
    /// Whose backups: those of a schema, whichever set they are of.
    pub target: &'a Target,
    /// How long to wait for others.
    pub limits: Limits,
    /// Signals.
    pub interrupt: &'a Interrupt,
}

/// Why work on a backup ends early.
#[derive(Debug)]
pub(super) enum Halt {
    Database(DatabaseError),
    Fault(BackupFault),
}

impl From<DatabaseError> for Halt {
    fn from(error: DatabaseError) -> Self {
        Self::Database(error)
    }
}

impl From<BackupFault> for Halt {
    fn from(fault: BackupFault) -> Self {
        Self::Fault(fault)
    }
}

impl From<Halt> for EngineError {
    fn from(halt: Halt) -> Self {
        match halt {
            Halt::Database(error) => error.into(),
            Halt::Fault(fault) => Self::Backup(Box::new(fault)),
        }
    }
}

impl Desk<'_> {
    /// Works under the runner lock, unless nothing of it is to stand.
    pub(super) fn work<T>(
        &self,
        session: &mut dyn Session,
        observer: &mut dyn Observer,
        ending: Ending,
        work: impl FnOnce(&mut dyn Session, &mut dyn Observer) -> Result<T, EngineError>,
    ) -> Result<T, EngineError> {
        match ending {
            Ending::Undo => work(session, observer),
            Ending::Commit => {
                let wait = self.limits.runner_wait;
                with_runner_lock(session, wait, self.interrupt, observer, work)
            }
        }
    }

    /// One transaction, tried again while others hold the locks it needs.
    pub(super) fn transact(
        &self,
        session: &mut dyn Session,
        observer: &mut dyn Observer,
        ending: Ending,
        work: &mut dyn FnMut(&mut dyn OpenTransaction) -> Result<(), Halt>,
    ) -> Result<(), EngineError> {
        let mut tries = Tries::until(self.limits.ddl_lock_timeout);
        loop {
            if self.interrupt.is_raised() {
                return Err(DatabaseError::Interrupted.into());
            }
            let mut fault = None;
            let keep = Keep {
                target: self.target,
                lock_timeout: tries.wait,
                ending,
                within_run: false,
                own_tables: false,
            };
            let outcome = session.keep(&keep, &mut |open| match work(open) {
                Ok(()) => Ok(()),
                Err(Halt::Database(error)) => Err(error),
                Err(Halt::Fault(found)) => {
                    fault = Some(found);
                    Err(DatabaseError::Withheld)
                }
            });
            match (outcome, fault) {
                (Err(DatabaseError::Withheld), Some(fault)) => {
                    return Err(Halt::Fault(fault).into());
                }
                (Err(error), _) if error.is_lock_conflict() => {
                    let mut end = |blocker: &Blocker| session.end_blocker(blocker);
                    tries.pause(error, self.interrupt, observer, &mut end)?;
                }
                (outcome, _) => return outcome.map_err(EngineError::from),
            }
        }
    }
}

/// A backup by its number.
pub(super) fn find(backups: &[Backup], id: i64) -> Result<&Backup, BackupFault> {
    backups
        .iter()
        .find(|it| it.id == id)
        .ok_or_else(|| BackupFault::Unknown { id, known: backups.iter().map(|it| it.id).collect() })
}
