//! Statements that work beside others for long: what an earlier one left is cleared away before them,
//! and what they leave themselves behind them.

use std::time::Duration;

use super::Progress;
use super::error::StepFault;
use super::leavings::Leavings;
use super::tries::Tries;
use super::worker::Worker;
use crate::database::{
    Concurrent, DatabaseError, IndexState, Ongoing, PartitionState, StatementRun,
};
use crate::model::{Blocker, ObjectName};
use crate::sql::{LockStrength, Reindexed, Statement, StatementKind, quote_name};

/// How long each lock is waited for to clear away what a run leaves that was asked to stop.
const STOPPING_PATIENCE: Duration = Duration::from_secs(2);

/// How often it is looked whether somebody still builds an index.
const LOOK_AGAIN: Duration = Duration::from_millis(200);

/// The SQLSTATE of a name that is taken: then the index of that name is somebody else's.
const DUPLICATE_TABLE: &str = "42P07";

/// What is left to do about a statement.
pub(super) enum Todo {
    /// Run it.
    Run,
    /// Run this in its place: it goes on with what an earlier run began.
    Instead(String),
    /// It finished before its record did.
    OnlyRecord,
}

/// A concurrent build waits for every older transaction while others go on working, and a
/// `lock_timeout` would leave an invalid index behind. Everything else takes its locks as a
/// transaction does: `VACUUM FULL` must not let a queue grow behind it.
pub(super) fn waits_for_all(statement: &Statement) -> bool {
    let blocks = |lock| lock == Some(LockStrength::AccessExclusive);
    statement.kind.runs_alone() && !statement.affects.iter().any(|it| blocks(it.lock))
}

/// Before a statement: what did an earlier run leave?
pub(super) fn prepare(
    worker: &mut Worker<'_>,
    statement: &Statement,
    in_doubt: bool,
) -> Result<Todo, StepFault> {
    match &statement.kind {
        StatementKind::CreateIndexConcurrently { index: Some(index), table } => {
            match worker.session.index_state(index, Some(table))? {
                IndexState::Valid if in_doubt => return Ok(Todo::OnlyRecord),
                IndexState::Invalid if is_left_alone(worker, index, table)? => {}
                IndexState::Invalid => {
                    // `IF NOT EXISTS` would take it for a good one.
                    worker.remark(format!(
                        "index {index} is invalid, left by a build that failed; it is built anew"
                    ));
                    drop_index(worker, &beside(table, index), None)?;
                }
                IndexState::Valid | IndexState::Absent => {}
            }
        }
        StatementKind::DropIndexConcurrently { indexes } if in_doubt => {
            for index in indexes {
                if worker.session.index_state(index, None)? != IndexState::Absent {
                    return Ok(Todo::Run);
                }
            }
            return Ok(Todo::OnlyRecord);
        }
        StatementKind::ReindexConcurrently { of } => {
            for index in leftovers(worker, of)? {
                worker.remark(format!(
                    "index {index} is invalid, left by a REINDEX that did not finish; it is dropped"
                ));
                drop_index(worker, &index, None)?;
            }
        }
        StatementKind::DetachConcurrently { whole, part } => {
            match partition_state(worker, whole, part)? {
                PartitionState::HalfDetached => {
                    worker.remark(format!(
                        "partition {part} is half detached, left by an earlier try; it is finished"
                    ));
                    let (whole, part) = (quote_name(whole), quote_name(part));
                    return Ok(Todo::Instead(format!(
                        "ALTER TABLE {whole} DETACH PARTITION {part} FINALIZE"
                    )));
                }
                PartitionState::Apart if in_doubt => return Ok(Todo::OnlyRecord),
                _ => {}
            }
        }
        _ => {}
    }
    Ok(Todo::Run)
}

/// An invalid index may be one that somebody is building: dropping it would wait for its end, and drop
/// a good one. Waits instead; returns whether the index is left alone then.
fn is_left_alone(
    worker: &mut Worker<'_>,
    index: &ObjectName,
    table: &ObjectName,
) -> Result<bool, DatabaseError> {
    let mut was_told = false;
    loop {
        let name = beside(table, index);
        let concurrent = worker.session.concurrent();
        let builder = concurrent.map_or(Ok(None), |session| session.builder(&name))?;
        let Some(pid) = builder else { break };
        if !was_told {
            worker.remark(format!(
                "index {index} is being built by pid {pid}; it is waited for, to see what it becomes"
            ));
            was_told = true;
        }
        if worker.interrupt.sleep(LOOK_AGAIN) {
            return Err(DatabaseError::Interrupted);
        }
    }
    Ok(was_told && worker.session.index_state(index, Some(table))? != IndexState::Invalid)
}

/// Runs it and tells how it is going. A deadlock is tried again, once what it left is gone.
pub(super) fn run(
    worker: &mut Worker<'_>,
    statement: &Statement,
    run: &StatementRun<'_>,
) -> Result<(), StepFault> {
    let mut tries = Tries::until(worker.limits.ddl_lock_timeout);
    loop {
        let Err(error) = attempt(worker, statement, run) else { return Ok(()) };
        let left = clear(worker, statement, &error);
        match (error, left) {
            (error, None | Some(Leavings::Dropped(_))) if error.is_lock_conflict() => {
                let session = &mut *worker.session;
                let mut end = |blocker: &Blocker| session.end_blocker(blocker);
                tries.pause(error, worker.interrupt, worker.observer, &mut end)?;
            }
            (error @ DatabaseError::Statement { .. }, Some(left)) => {
                return Err(StepFault::Leaving { error: Box::new(error), left });
            }
            (error, Some(left)) => {
                worker.remark(left.to_string());
                return Err(error.into());
            }
            (error, None) => return Err(error.into()),
        }
    }
}

fn attempt(
    worker: &mut Worker<'_>,
    statement: &Statement,
    run: &StatementRun<'_>,
) -> Result<(), DatabaseError> {
    let observer = &mut *worker.observer;
    let mut tell = |ongoing: &Ongoing| {
        observer.notice(Progress::Ongoing { summary: &statement.summary, ongoing });
    };
    match worker.session.concurrent() {
        Some(session) => session.run(run, &mut tell),
        None => worker.session.run_statement(run, None),
    }
}

/// Clears away what a statement left that failed, where there is still a connection to do it over.
fn clear(
    worker: &mut Worker<'_>,
    statement: &Statement,
    error: &DatabaseError,
) -> Option<Leavings> {
    if !matches!(error, DatabaseError::Statement { .. } | DatabaseError::Interrupted) {
        return None;
    }
    let invalid = match &statement.kind {
        StatementKind::CreateIndexConcurrently { index: Some(index), table }
            if error.code() != Some(DUPLICATE_TABLE) =>
        {
            let state = worker.session.index_state(index, Some(table)).ok()?;
            if state == IndexState::Invalid { vec![beside(table, index)] } else { Vec::new() }
        }
        StatementKind::ReindexConcurrently { of } => leftovers(worker, of).ok()?,
        StatementKind::DetachConcurrently { whole, part } => {
            let state = partition_state(worker, whole, part).ok()?;
            let is_half = state == PartitionState::HalfDetached;
            return is_half.then(|| Leavings::HalfDetached(part.clone()));
        }
        _ => return None,
    };
    if invalid.is_empty() {
        return None;
    }
    let patience = match error {
        DatabaseError::Interrupted => STOPPING_PATIENCE,
        _ => worker.limits.ddl_lock_timeout.max(STOPPING_PATIENCE),
    };
    let dropped = invalid.iter().try_for_each(|it| drop_index(worker, it, Some(patience)));
    Some(match dropped {
        Ok(()) => Leavings::Dropped(invalid),
        Err(error) => Leavings::Stand(invalid, Box::new(error)),
    })
}

/// After a concurrent build: did it end well?
pub(super) fn confirm(worker: &mut Worker<'_>, statement: &Statement) -> Result<(), StepFault> {
    if let StatementKind::CreateIndexConcurrently { index: Some(index), table } = &statement.kind
        && worker.session.index_state(index, Some(table))? == IndexState::Invalid
    {
        return Err(StepFault::InvalidIndex(index.clone()));
    }
    Ok(())
}

/// An index lies in its table's schema.
fn beside(table: &ObjectName, index: &ObjectName) -> ObjectName {
    ObjectName { schema: table.schema.clone(), name: index.name.clone() }
}

fn leftovers(worker: &mut Worker<'_>, of: &Reindexed) -> Result<Vec<ObjectName>, DatabaseError> {
    let concurrent = worker.session.concurrent();
    concurrent.map_or(Ok(Vec::new()), |session| session.leftovers(of))
}

fn partition_state(
    worker: &mut Worker<'_>,
    whole: &ObjectName,
    part: &ObjectName,
) -> Result<PartitionState, DatabaseError> {
    let concurrent = worker.session.concurrent();
    concurrent.map_or(Ok(PartitionState::Absent), |session| session.partition_state(whole, part))
}

fn drop_index(
    worker: &mut Worker<'_>,
    index: &ObjectName,
    patience: Option<Duration>,
) -> Result<(), DatabaseError> {
    let summary = format!("DROP INDEX CONCURRENTLY {index}");
    let observer = &mut *worker.observer;
    let mut tell = |ongoing: &Ongoing| {
        observer.notice(Progress::Ongoing { summary: &summary, ongoing });
    };
    let drop = |session: &mut dyn Concurrent| session.drop_index(index, patience, &mut tell);
    worker.session.concurrent().map_or(Ok(()), drop)
}
