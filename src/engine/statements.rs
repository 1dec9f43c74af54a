//! Scripts without a transaction: statement by statement, each recorded.

use std::time::Instant;

use super::Progress;
use super::backfill::Work;
use super::backup::{BackupKeeper, OtherWay, Part, Saving};
use super::batches::{return_early, run_backfill, runs_in_one_piece};
use super::concurrent::{self, Todo};
use super::error::StepFault;
use super::kept::KeptData;
use super::proof::ground_of;
use super::record::{event_of, history_of};
use super::retry::retry_locks;
use super::tries::Tries;
use super::worker::Worker;
use crate::database::error::Position;
use crate::database::{
    Catalogs, DatabaseError, ProgressMark, Reading, StatementRun, StepTransaction,
};
use crate::plan::{Direction, Step};
use crate::sql::{Statement, StatementKind};

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
    let todo = concurrent::prepare(worker, statement, in_doubt)?;
    let text = &step.running().stored.text[statement.span.clone()];
    let index = progress.statement;
    let run = StatementRun {
        target: worker.job.target,
        sql: match &todo {
            Todo::Run => Some(text),
            Todo::Instead(other) => Some(other),
            Todo::OnlyRecord => None,
        },
        statements: std::slice::from_ref(statement),
        atomic: !statement.kind.runs_alone(),
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
    if concurrent::waits_for_all(statement) {
        concurrent::run(worker, statement, &run)
            .map_err(|fault| fault_in_script(fault, index, statement))?;
        return concurrent::confirm(worker, statement);
    }
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
    Ok(())
}

pub(super) const INVALID_TRANSACTION_TERMINATION: &str = "2D000";

fn attempt(
    worker: &mut Worker<'_>,
    run: &StatementRun<'_>,
    part: &Part<'_>,
    kept: &mut KeptData,
) -> Result<(), DatabaseError> {
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
        .position(|it| !it.kind.runs_alone() && it.kind != StatementKind::Session)
}

fn fault_in_script(fault: StepFault, index: usize, statement: &Statement) -> StepFault {
    match fault {
        StepFault::Database(error) => in_script(error, index, statement).into(),
        StepFault::Leaving { error, left } => {
            StepFault::Leaving { error: Box::new(in_script(*error, index, statement)), left }
        }
        fault => fault,
    }
}

/// A position in the statement as a position in the script.
pub(super) fn in_script(
    error: DatabaseError,
    index: usize,
    statement: &Statement,
) -> DatabaseError {
    let DatabaseError::Statement { message, server, position } = error else { return error };
    let position = match position {
        Position::Offset(offset) => Position::Offset(statement.span.start + offset),
        Position::Statement(_) => Position::Statement(index),
        Position::Unknown => Position::Unknown,
    };
    DatabaseError::Statement { message, server, position }
}
