//! Scripts without a transaction: statement by statement, each recorded.

use std::time::Instant;

use super::Progress;
use super::backfill::Work;
use super::backup::{BackupKeeper, OtherWay, Part, Saving};
use super::batches::{return_early, run_backfill, runs_in_one_piece};
use super::error::StepFault;
use super::kept::KeptData;
use super::proof::ground_of;
use super::record::{event_of, history_of};
use super::retry::retry_locks;
use super::tries::Tries;
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
    kept: &mut KeptData,
) -> Result<(), StepFault> {
    let total = step.parsed.statements.len();
    let from = step.resume.map_or(0, |resume| resume.from);
    let ground = ground_of(worker, step)?;
    let left_out = ground.is_none() && worker.leaves_out(step, is_last);
    let found = if left_out { None } else { Some(worker.found_by(step)?) };
    worker.session.begin_statements(worker.job.target)?;
    let mut texts_are_stored = false;
    let way_back = OtherWay::new();
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
        if statement.backfill.is_some() {
            return_early(worker, step, kept)?;
        }
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
        run_one(worker, (step, &way_back), statement, in_doubt, mark, kept)?;
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
    let mut judge = |catalogs: Catalogs| {
        // What is compared is what the first statement found, not what the last one left.
        let before = found.as_ref().map(|found| found.catalog.clone());
        let catalogs = Catalogs { before, ..catalogs };
        let goes_on = step.resume.is_some();
        judgement.insert(witness.judge(catalogs, ground.as_ref(), goes_on)).record()
    };
    let backups = worker.backups_of(step);
    let outcome = if backups.is_empty() {
        worker.session.run_step(&transaction, &mut judge, None)
    } else {
        let part = Part {
            set: target.ledger_set(),
            step,
            statements: &[],
            with_directives: false,
            way_back: &way_back,
        };
        let (engine, saving) = (worker.session.capabilities().engine, worker.job.saving);
        let mut tries = Tries::until(worker.limits.ddl_lock_timeout);
        let patience = worker.patience(&mut tries);
        let mut keeper =
            BackupKeeper::new(engine, saving, part, backups, (patience, worker.observer));
        let outcome = worker.session.run_step(&transaction, &mut judge, Some(&mut keeper));
        kept.add(keeper, outcome.is_ok());
        outcome
    };
    worker.conclude(step, outcome, judgement)
}

fn run_one(
    worker: &mut Worker<'_>,
    (step, way_back): (&Step, &OtherWay),
    statement: &Statement,
    in_doubt: bool,
    progress: ProgressMark<'_>,
    kept: &mut KeptData,
) -> Result<(), StepFault> {
    if let Some(work) = Work::of_step(step, progress.statement)
        && worker.job.saving != Saving::Full
        && !runs_in_one_piece(worker, (step, work))?
    {
        return run_backfill(worker, (step, work), progress, kept);
    }
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
        statements: std::slice::from_ref(statement),
        atomic: !alone,
        progress: (statement.kind != StatementKind::Session).then_some(progress),
        lock_timeout: None,
    };
    let part = Part {
        set: run.target.ledger_set(),
        step,
        statements: std::slice::from_ref(statement),
        // Whatever the directives name is saved with the first statement that has a transaction.
        with_directives: first_atomic(step) == Some(index),
        way_back,
    };
    let outcome = match attempt(worker, &run, &part, kept) {
        // A procedure that ends transactions by itself: its own was undone, and it gets none now.
        Err(error) if run.atomic && error.code() == Some(INVALID_TRANSACTION_TERMINATION) => {
            attempt(worker, &StatementRun { atomic: false, ..run }, &part, kept)
        }
        outcome => outcome,
    };
    if !kept.losses.is_empty() && matches!(outcome, Err(DatabaseError::Withheld)) {
        return Err(StepFault::Unsaved(std::mem::take(&mut kept.losses)));
    }
    outcome.map_err(|error| in_script(error, index, statement))?;
    confirm(worker, statement)
}

const INVALID_TRANSACTION_TERMINATION: &str = "2D000";

fn attempt(
    worker: &mut Worker<'_>,
    run: &StatementRun<'_>,
    part: &Part<'_>,
    kept: &mut KeptData,
) -> Result<(), DatabaseError> {
    if part.statements.iter().any(waits_for_all) {
        return worker.session.run_statement(run, None);
    }
    let saving = worker.job.saving;
    let keeps = run.atomic && run.sql.is_some() && saving != Saving::Nothing && part.keeps();
    let engine = worker.session.capabilities().engine;
    retry_locks(worker, |worker, tries| {
        let run = StatementRun { lock_timeout: Some(tries.wait), ..*run };
        if !keeps {
            return worker.session.run_statement(&run, None);
        }
        let mut keeper = BackupKeeper::new(
            engine,
            saving,
            *part,
            Vec::new(),
            (worker.patience(tries), worker.observer),
        );
        let outcome = worker.session.run_statement(&run, Some(&mut keeper));
        kept.add(keeper, outcome.is_ok());
        outcome
    })
}

/// The first statement that goes in one transaction with its record.
fn first_atomic(step: &Step) -> Option<usize> {
    step.parsed
        .statements
        .iter()
        .position(|it| !runs_alone(&it.kind) && it.kind != StatementKind::Session)
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
    worker.session.run_statement(
        &StatementRun {
            target: worker.job.target,
            sql: Some(&format!("DROP INDEX CONCURRENTLY IF EXISTS {name}")),
            statements: &[],
            atomic: false,
            progress: None,
            lock_timeout: None,
        },
        None,
    )
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
