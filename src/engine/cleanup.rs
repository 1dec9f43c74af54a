//! Retention: deleting the rows a set keeps only so long.

use super::lock::with_runner_lock;
use super::retained::{CleanupFailure, Retained};
use super::tries::Tries;
use super::{EngineError, Limits, Observer, Progress};
use crate::database::{BatchStart, DatabaseError, DeletedBatch, Interrupt, Session};
use crate::model::{Blocker, ObjectName, Target};
use crate::sets::RetentionRule;

/// Counts what each rule would delete. Nothing is written.
pub fn count_expired(
    session: &mut dyn Session,
    target: &Target,
    rules: &[RetentionRule],
) -> Result<Vec<Retained>, EngineError> {
    rules
        .iter()
        .map(|rule| {
            let table = ObjectName::bare(&rule.table);
            match session.count_matching(target, &table, &rule.delete_when) {
                Ok(rows) => Ok(Retained { rule: rule.clone(), rows }),
                Err(error) => {
                    let rule = rule.clone();
                    let failure = CleanupFailure { rule, error, deleted: Vec::new() };
                    Err(EngineError::Cleanup(Box::new(failure)))
                }
            }
        })
        .collect()
}

/// Deletes what each rule says, in short transactions. What is deleted stays deleted when a later
/// batch fails.
pub fn delete_expired(
    session: &mut dyn Session,
    target: &Target,
    rules: &[RetentionRule],
    limits: Limits,
    interrupt: &Interrupt,
    observer: &mut dyn Observer,
) -> Result<Vec<Retained>, EngineError> {
    with_runner_lock(session, limits.runner_wait, interrupt, observer, |session, observer| {
        let mut done = Vec::new();
        for rule in rules {
            let mut batches = Batches { session, target, rule, limits, interrupt, rows: 0 };
            let outcome = batches.delete(observer);
            let rows = batches.rows;
            done.push(Retained { rule: rule.clone(), rows });
            if let Err(error) = outcome {
                let failure = CleanupFailure { rule: rule.clone(), error, deleted: done };
                return Err(EngineError::Cleanup(Box::new(failure)));
            }
        }
        Ok(done)
    })
}

/// One rule's way through its table.
struct Batches<'a> {
    session: &'a mut dyn Session,
    target: &'a Target,
    rule: &'a RetentionRule,
    limits: Limits,
    interrupt: &'a Interrupt,
    /// How many rows are gone by now.
    rows: u64,
}

impl Batches<'_> {
    fn delete(&mut self, observer: &mut dyn Observer) -> Result<(), DatabaseError> {
        let mut from = None;
        loop {
            let batch = self.delete_one(from, observer)?;
            self.rows += batch.rows;
            observer.notice(Progress::Deleted { table: &self.rule.table, rows: self.rows });
            from = batch.next;
            if from.is_none() {
                return Ok(());
            }
        }
    }

    /// A batch that meets a row somebody holds is tried again as a migration is.
    fn delete_one(
        &mut self,
        from: Option<BatchStart>,
        observer: &mut dyn Observer,
    ) -> Result<DeletedBatch, DatabaseError> {
        let table = ObjectName::bare(&self.rule.table);
        let mut tries = Tries::until(self.limits.ddl_lock_timeout);
        loop {
            if self.interrupt.is_raised() {
                return Err(DatabaseError::Interrupted);
            }
            let condition = &self.rule.delete_when;
            match self.session.delete_batch(self.target, &table, condition, from, tries.wait) {
                Err(error) if error.is_lock_conflict() => {
                    let mut end = |blocker: &Blocker| self.session.end_blocker(blocker);
                    tries.pause(error, self.interrupt, observer, &mut end)?;
                }
                outcome => return outcome,
            }
        }
    }
}
