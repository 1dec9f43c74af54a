//! A statement of a script that runs in batches.

use super::backfill::{
    BackfillFault, BackfillJob, BackfillStore, Means, Retuning, Work, carry_out, close, find,
    one_piece, reason_for_one_piece, tell_resumed,
};
use super::backup::{BackupKeeper, OtherWay, Part, Patience, Saved, Saving};
use super::error::StepFault;
use super::kept::KeptData;
use super::retry::retry_locks;
use super::worker::Worker;
use crate::database::{
    DatabaseError, Ending, Keep, Keeper as _, ProgressMark, StatementRun, TableShape,
};
use crate::model::{BackfillState, Backup, BackupState, Engine, StatementState};
use crate::plan::{Direction, Step};

/// Puts back, before a backfill, what the step's rollback had set aside: the backfill then fills only
/// the rest. What is not there yet to take it back is left to the step's end.
pub(super) fn return_early(
    worker: &mut Worker<'_>,
    step: &Step,
    kept: &mut KeptData,
) -> Result<(), StepFault> {
    let waiting = worker.backups_of(step);
    if waiting.is_empty() {
        return Ok(());
    }
    let target = worker.job.target;
    let (engine, saving) = (worker.session.capabilities().engine, worker.job.saving);
    let way_back = OtherWay::new();
    let part = Part {
        set: target.ledger_set(),
        step,
        statements: &[],
        with_directives: false,
        way_back: &way_back,
    };
    let mut returned = Vec::new();
    retry_locks(worker, |worker, tries| {
        let keep = Keep {
            target,
            lock_timeout: tries.wait,
            ending: Ending::Commit,
            within_run: true,
            own_tables: false,
        };
        let (interrupt, observer) = (worker.interrupt, &mut *worker.observer);
        worker.session.keep(&keep, &mut |open| {
            let shapes = open.shapes()?;
            let ready: Vec<Backup> =
                waiting.iter().filter(|it| can_return(engine, it, &shapes)).cloned().collect();
            returned = ready.iter().map(|it| it.id).collect();
            let patience = Patience { tries: &mut *tries, interrupt };
            let mut keeper =
                BackupKeeper::new(engine, saving, part, ready, (patience, &mut *observer));
            let outcome = keeper.before(open).and_then(|()| keeper.behind(&[], open));
            kept.add(keeper, outcome.is_ok());
            outcome
        })
    })?;
    for backup in worker.backups.iter_mut().filter(|it| returned.contains(&it.id)) {
        backup.state = BackupState::Restored;
    }
    Ok(())
}

/// Whether its table is there, with all the columns it has values of.
fn can_return(engine: Engine, backup: &Backup, shapes: &[TableShape]) -> bool {
    let same = |one: &str, other: &str| match engine {
        Engine::Postgres => one == other,
        Engine::Sqlite => one.eq_ignore_ascii_case(other),
    };
    let table = &backup.table;
    let shape = shapes.iter().find(|it| it.schema == table.schema && same(&it.table, &table.table));
    shape.is_some_and(|shape| {
        let has = |name: &str| shape.columns.iter().any(|it| same(&it.name, name));
        table.columns.iter().all(|it| has(&it.name))
    })
}

/// Closes backfills that nobody will go on with: their step begins anew, or is undone, or has gone
/// on behind them. What they have overwritten becomes a backup like any other.
pub(super) fn close_stale(worker: &mut Worker<'_>, step: &Step) -> Result<(), DatabaseError> {
    let rolling_back = step.direction == Direction::Back;
    let goes_on = |job: &BackfillJob| {
        let is_left = step.resume.is_some_and(|resume| resume.from <= job.of.statement);
        is_left && job.of.rolling_back == rolling_back
    };
    let stale = |job: &BackfillJob| job.of.version == step.version && !goes_on(job);
    let jobs: Vec<BackfillJob> = worker.backfills.extract_if(.., |it| stale(it)).collect();
    if jobs.is_empty() {
        return Ok(());
    }
    for job in &jobs {
        close(worker.session, worker.job.target, job)?;
    }
    worker.backups = worker.session.read_backups(worker.job.target)?;
    Ok(())
}

/// Whether it runs in one piece after all, which is told. What has begun in batches goes on so.
pub(super) fn runs_in_one_piece(
    worker: &mut Worker<'_>,
    (step, work): (&Step, Work<'_>),
) -> Result<bool, StepFault> {
    // As another role nothing of the record can be read.
    work.refuse_role().map_err(|it| fault(it, work.index))?;
    let target = worker.job.target;
    let store = BackfillStore::new(worker.session, target);
    if find(worker.session, &store, (step, work))?.is_some() {
        return Ok(false);
    }
    let saves = worker.job.saving != Saving::Nothing;
    let Some(why) = reason_for_one_piece(worker.session, target, work, saves)? else {
        return Ok(false);
    };
    worker.remark(format!("{}: {}", step.label(), one_piece(&work.parts.table.to_string(), &why)));
    Ok(true)
}

/// Runs it, and records that it ran. That it began is recorded before: from then on the script goes
/// on here.
pub(super) fn run_backfill(
    worker: &mut Worker<'_>,
    (step, work): (&Step, Work<'_>),
    mark: ProgressMark<'_>,
    kept: &mut KeptData,
) -> Result<(), StepFault> {
    let target = worker.job.target;
    let store = BackfillStore::new(worker.session, target);
    match find(worker.session, &store, (step, work))? {
        Some(job) if job.state == BackfillState::Cancelled => {
            close(worker.session, target, &job)?;
        }
        Some(job) => tell_resumed(&job, worker.observer),
        None => worker.session.mark_statement(target, &mark, StatementState::Started)?,
    }
    let untuned = Retuning::default();
    let mut means = Means {
        target,
        interrupt: worker.interrupt,
        observer: worker.observer,
        saves: worker.job.saving != Saving::Nothing,
        retuning: worker.job.retuning.unwrap_or(&untuned),
    };
    let (job, done) =
        carry_out(worker.session, (step, work), &mut means).map_err(|it| fault(it, work.index))?;
    kept.backfills.push(done);
    work.make_ready(worker.session, target)?;
    let run = StatementRun {
        target,
        sql: None,
        statements: &[],
        atomic: true,
        progress: Some(ProgressMark { texts_are_stored: true, ..mark }),
        lock_timeout: None,
    };
    worker.session.run_statement(&run, None)?;
    // What stays open here for want of a connection, the next run closes.
    let saved = close(worker.session, target, &job)?;
    kept.saved.extend(saved.into_iter().map(|backup| Saved { backup }));
    work.make_ready(worker.session, target)?;
    Ok(())
}

fn fault(fault: BackfillFault, statement: usize) -> StepFault {
    match fault {
        BackfillFault::Database(DatabaseError::Interrupted) => DatabaseError::Interrupted.into(),
        BackfillFault::Database(error @ DatabaseError::Fenced) => error.into(),
        fault => StepFault::Backfill { statement, fault: Box::new(fault) },
    }
}
