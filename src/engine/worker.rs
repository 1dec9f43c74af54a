//! What every part of a run works with.

use std::time::Duration;

use super::backfill::BackfillJob;
use super::backup::Patience;
use super::survey::Job;
use super::tries::Tries;
use super::witness::Witness;
use super::{Observer, Progress};
use crate::database::{DatabaseError, Interrupt, Session};
use crate::model::{Backup, BackupState};
use crate::plan::{Direction, Step};

/// How long to wait for others.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// For another runner.
    pub runner_wait: Duration,
    /// For locks on database objects.
    pub ddl_lock_timeout: Duration,
}

/// Everything a step needs to be carried out.
pub(super) struct Worker<'a> {
    pub session: &'a mut dyn Session,
    pub job: &'a Job<'a>,
    pub limits: Limits,
    pub interrupt: &'a Interrupt,
    pub observer: &'a mut dyn Observer,
    pub witness: Witness,
    /// What earlier steps had saved.
    pub backups: Vec<Backup>,
    /// Backfills that are not at their end.
    pub backfills: Vec<BackfillJob>,
    /// Whether it was said that not every migration gets a catalog.
    pub told_of_saving: bool,
}

impl<'a> Worker<'a> {
    pub(super) fn pass_on_notices(&mut self) {
        for notice in self.session.take_notices() {
            self.observer.notice(Progress::Notice(&notice));
        }
    }

    pub(super) fn remark(&mut self, remark: String) {
        self.observer.notice(Progress::Remark(remark));
    }

    /// How long a keeper tries for locks: as long as the step.
    pub(super) const fn patience<'t>(&self, tries: &'t mut Tries) -> Patience<'t>
    where
        'a: 't,
    {
        Patience { tries, interrupt: self.interrupt }
    }

    /// What is to be put back when the step has run: what its opposite saved.
    pub(super) fn backups_of(&self, step: &Step) -> Vec<Backup> {
        let undoes_rollback = step.direction == Direction::Forward;
        let set = self.job.target.ledger_set();
        let is_of = |backup: &&Backup| {
            backup.set == set
                && backup.version == step.version
                && backup.rolling_back == undoes_rollback
                && backup.state == BackupState::Kept
        };
        self.backups.iter().filter(is_of).cloned().collect()
    }

    pub(super) fn stop_if_asked(&self) -> Result<(), DatabaseError> {
        if self.interrupt.is_raised() { Err(DatabaseError::Interrupted) } else { Ok(()) }
    }
}
