//! What every part of a run works with.

use std::time::Duration;

use super::survey::Job;
use super::witness::Witness;
use super::{Observer, Progress};
use crate::database::{DatabaseError, Interrupt, Session};

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
    /// Whether it was said that not every migration gets a catalog.
    pub told_of_saving: bool,
}

impl Worker<'_> {
    pub(super) fn pass_on_notices(&mut self) {
        for notice in self.session.take_notices() {
            self.observer.notice(Progress::Notice(&notice));
        }
    }

    pub(super) fn remark(&mut self, remark: String) {
        self.observer.notice(Progress::Remark(remark));
    }

    pub(super) fn stop_if_asked(&self) -> Result<(), DatabaseError> {
        if self.interrupt.is_raised() { Err(DatabaseError::Interrupted) } else { Ok(()) }
    }
}
