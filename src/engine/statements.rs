//! Scripts without a transaction: statement by statement, each recorded.

use std::time::Instant;

use super::Progress;
use super::error::StepFault;
use super::proof::ground_of;
use super::record::{event_of, history_of};
use super::retry::retry_locks;
use super::worker::Worker;
use crate::database::error::Position;
use crate::database::{
    Catalogs, DatabaseError, IndexState, ProgressMark, Reading, StatementRun, StepTransaction,
};
use crate::model::ObjectName;
use crate::plan::{Direction, Step};
use crate::sql::{LockStrength, Statement, StatementKind, quote_identifier};

/// What is left to do about a statement.
enum Todo {
    Run,
    /// It finished before its record did.
    OnlyRecord,
}

/// Runs what is left of the script. `finished` counts the statements that stand.
pub(super) fn run_statements(
    worker: &mut Worker<'_>,
    step: &Step,
    began: Instant,
    is_last: bool,
    finished: &mut usize,
) -> Result<(), StepFault> {
    let total = step.parsed.statements.len();
    let from = step.resume.map_or(0, |resume| resume.from);
    let ground = ground_of(worker, step)?;
    let left_out = ground.is_none() && worker.leaves_out(step, is_last);
    let found = if left_out { None } else { Some(worker.found_by(step)?) };
    worker.session.begin_statements(worker.job.target)?;
    let mut texts_are_stored = false;
    for (index, statement) in step.parsed.statements.iter().enumerate() {
        let session_only = statement.kind == StatementKind::Session;
        // What an earlier run set in its session is not set in this one.
        if index < from && !session_only {
            continue;
        }
        worker.stop_if_asked()?;
        worker.observer.notice(Progress::StatementStarted {
            index,
            total,
            summary: &statement.summary,
        });
        let in_doubt = step.resume.is_some_and(|resume| resume.in_doubt && resume.from == index);
        let mark = ProgressMark {
            version: step.version,
            name: &step.name,
            rolling_back: step.direction == Direction::Back,
            script: &step.script.stored,
            rollback: &step.rollback.stored,
            statement: index,
            catalog: found.as_ref().map(|found| &found.stored),
            texts_are_stored,
        };
        run_one(worker, step, statement, in_doubt, mark)?;
        texts_are_stored |= !session_only;
        *finished = (*finished).max(index + 1);
    }
    let target = worker.job.target;
    let event = event_of(step, Some(began.elapsed()));
    let transaction = StepTransaction {
        target,
        script: None,
        statements: &[],
        check_foreign_keys: false,
        history: history_of(step),
        event: &event,
        clear_progress: true,
        reading: if left_out { Reading::Nothing } else { worker.witness.reading_after() },
        lock_timeout: None,
    };
    let mut judgement = None;
    let witness = &worker.witness;
    let outcome = worker.session.run_step(&transaction, &mut |catalogs| {
        // What is compared is what the first statement found, not what the last one left.
        let before = found.as_ref().map(|found| found.catalog.clone());
        let catalogs = Catalogs { before, ..catalogs };
        let goes_on = step.resume.is_some();
        judgement.insert(witness.judge(catalogs, ground.as_ref(), goes_on)).record()
    });
    worker.conclude(step, outcome, judgement)
}

fn run_one(
    worker: &mut Worker<'_>,
    step: &Step,
    statement: &Statement,
    in_doubt: bool,
    progress: ProgressMark<'_>,
) -> Result<(), StepFault> {
    let todo = prepare(worker, statement, in_doubt)?;
    let text = &step.running().stored.text[statement.span.clone()];
    let index = progress.statement;
    let alone = runs_alone(&statement.kind);
    let run = StatementRun {
        target: worker.job.target,
        sql: match todo {
            Todo::Run => Some(text),
            Todo::OnlyRecord => None,
        },
        atomic: !alone,
        progress: (statement.kind != StatementKind::Session).then_some(progress),
        lock_timeout: None,
    };
    let outcome = match attempt(worker, &run, statement) {
        // A procedure that ends transactions by itself: its own was undone, and it gets none now.
        Err(error) if run.atomic && error.code() == Some(INVALID_TRANSACTION_TERMINATION) => {
            attempt(worker, &StatementRun { atomic: false, ..run }, statement)
        }
        outcome => outcome,
    };
    outcome.map_err(|error| in_script(error, index, statement))?;
    confirm(worker, statement)
}

const INVALID_TRANSACTION_TERMINATION: &str = "2D000";

fn attempt(
    worker: &mut Worker<'_>,
    run: &StatementRun<'_>,
    statement: &Statement,
) -> Result<(), DatabaseError> {
    if waits_for_all(statement) {
        return worker.session.run_statement(run);
    }
    retry_locks(worker, |worker, lock_timeout| {
        worker.session.run_statement(&StatementRun { lock_timeout: Some(lock_timeout), ..*run })
    })
}

/// A concurrent build waits for every older transaction while others go on working, and a
/// `lock_timeout` would leave an invalid index behind. Everything else takes its locks as a
/// transaction does: `VACUUM FULL` must not let a queue grow behind it.
fn waits_for_all(statement: &Statement) -> bool {
    let blocks = |lock| lock == Some(LockStrength::AccessExclusive);
    runs_alone(&statement.kind) && !statement.affects.iter().any(|it| blocks(it.lock))
}

const fn runs_alone(kind: &StatementKind) -> bool {
    matches!(
        kind,
        StatementKind::CreateIndexConcurrently { .. }
            | StatementKind::DropIndexConcurrently { .. }
            | StatementKind::OutsideTransaction
    )
}

/// Before a concurrent build or drop: what did an earlier run leave?
fn prepare(
    worker: &mut Worker<'_>,
    statement: &Statement,
    in_doubt: bool,
) -> Result<Todo, StepFault> {
    match &statement.kind {
        StatementKind::CreateIndexConcurrently { index: Some(index), table } => {
            match index_state(worker, index, Some(table))? {
                IndexState::Valid if in_doubt => Ok(Todo::OnlyRecord),
                IndexState::Invalid => {
                    drop_invalid(worker, index, table)?;
                    Ok(Todo::Run)
                }
                IndexState::Valid | IndexState::Absent => Ok(Todo::Run),
            }
        }
        StatementKind::DropIndexConcurrently { indexes } if in_doubt => {
            for index in indexes {
                if index_state(worker, index, None)? != IndexState::Absent {
                    return Ok(Todo::Run);
                }
            }
            Ok(Todo::OnlyRecord)
        }
        _ => Ok(Todo::Run),
    }
}

fn index_state(
    worker: &mut Worker<'_>,
    index: &ObjectName,
    table: Option<&ObjectName>,
) -> Result<IndexState, DatabaseError> {
    worker.session.index_state(index, table)
}

/// `IF NOT EXISTS` would take an invalid index for a good one.
fn drop_invalid(
    worker: &mut Worker<'_>,
    index: &ObjectName,
    table: &ObjectName,
) -> Result<(), DatabaseError> {
    let remark = format!("index {index} is invalid, left by a build that failed; it is built anew");
    worker.observer.notice(Progress::Remark(remark));
    let name = match &table.schema {
        Some(schema) => format!("{}.{}", quote_identifier(schema), quote_identifier(&index.name)),
        None => quote_identifier(&index.name),
    };
    worker.session.run_statement(&StatementRun {
        target: worker.job.target,
        sql: Some(&format!("DROP INDEX CONCURRENTLY IF EXISTS {name}")),
        atomic: false,
        progress: None,
        lock_timeout: None,
    })
}

/// After a concurrent build: did it end well?
fn confirm(worker: &mut Worker<'_>, statement: &Statement) -> Result<(), StepFault> {
    if let StatementKind::CreateIndexConcurrently { index: Some(index), table } = &statement.kind
        && index_state(worker, index, Some(table))? == IndexState::Invalid
    {
        return Err(StepFault::InvalidIndex(index.clone()));
    }
    Ok(())
}

/// A position in the statement as a position in the script.
fn in_script(error: DatabaseError, index: usize, statement: &Statement) -> DatabaseError {
    let DatabaseError::Statement { message, server, position } = error else { return error };
    let position = match position {
        Position::Offset(offset) => Position::Offset(statement.span.start + offset),
        Position::Statement(_) => Position::Statement(index),
        Position::Unknown => Position::Unknown,
    };
    DatabaseError::Statement { message, server, position }
}
