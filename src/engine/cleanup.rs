//! Retention: deleting the rows a set keeps only so long.

use super::lock::with_runner_lock;
use super::retained::{CleanupFailure, Retained};
use super::{EngineError, Limits, Observer, Progress};
use crate::database::{DatabaseError, Interrupt, Session};
use crate::model::{ObjectName, Target};
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
            let mut rows = 0;
            let outcome = delete_by_rule(session, target, rule, interrupt, observer, &mut rows);
            done.push(Retained { rule: rule.clone(), rows });
            if let Err(error) = outcome {
                let failure = CleanupFailure { rule: rule.clone(), error, deleted: done };
                return Err(EngineError::Cleanup(Box::new(failure)));
            }
        }
        Ok(done)
    })
}

fn delete_by_rule(
    session: &mut dyn Session,
    target: &Target,
    rule: &RetentionRule,
    interrupt: &Interrupt,
    observer: &mut dyn Observer,
    rows: &mut u64,
) -> Result<(), DatabaseError> {
    let table = ObjectName::bare(&rule.table);
    let mut from = None;
    loop {
        if interrupt.is_raised() {
            return Err(DatabaseError::Interrupted);
        }
        let batch = session.delete_batch(target, &table, &rule.delete_when, from)?;
        *rows += batch.rows;
        observer.notice(Progress::Deleted { table: &rule.table, rows: *rows });
        from = batch.next;
        if from.is_none() {
            return Ok(());
        }
    }
}
