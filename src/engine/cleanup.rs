//! Retention: deleting the rows a set keeps only so long.

use super::lock::with_runner_lock;
use super::{EngineError, Limits, Observer, Progress};
use crate::database::{DatabaseError, Interrupt, Session};
use crate::model::{ObjectName, Target};
use crate::sets::RetentionRule;

/// A rule and the rows it concerns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retained {
    /// The rule.
    pub rule: RetentionRule,
    /// How many rows: that would go, or that went.
    pub rows: u64,
}

/// Counts what each rule would delete. Nothing is written.
pub fn count_expired(
    session: &mut dyn Session,
    target: &Target,
    rules: &[RetentionRule],
) -> Result<Vec<Retained>, DatabaseError> {
    rules
        .iter()
        .map(|rule| {
            let table = ObjectName::bare(&rule.table);
            let rows = session.count_matching(target, &table, &rule.delete_when)?;
            Ok(Retained { rule: rule.clone(), rows })
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
            let rows = delete_by_rule(session, target, rule, interrupt, observer)?;
            done.push(Retained { rule: rule.clone(), rows });
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
) -> Result<u64, DatabaseError> {
    let table = ObjectName::bare(&rule.table);
    let mut rows = 0;
    let mut from = None;
    loop {
        if interrupt.is_raised() {
            return Err(DatabaseError::Interrupted);
        }
        let batch = session.delete_batch(target, &table, &rule.delete_when, from)?;
        rows += batch.rows;
        observer.notice(Progress::Deleted { table: &rule.table, rows });
        from = batch.next;
        if from.is_none() {
            return Ok(rows);
        }
    }
}
