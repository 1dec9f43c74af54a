//! One step: a script in its transaction, an adoption, or a script statement by statement.

use std::time::Instant;

use super::backup::{BackupKeeper, OtherWay, Part, Saving};
use super::batches::close_stale;
use super::error::{Stands, StepFailure, StepFault};
use super::kept::KeptData;
use super::outcome::{StepDone, StepResult};
use super::proof::ground_of;
use super::record::{event_of, history_of};
use super::retry::retry_locks;
use super::statements::run_statements;
use super::tries::FIRST_LOCK_WAIT;
use super::worker::Worker;
use crate::database::error::Position;
use crate::database::{DatabaseError, HistoryChange, Reading, StepTransaction};
use crate::model::{Event, EventKind, Excerpt, LineColumn};
use crate::plan::{Action, Direction, Probe, Scope, Step};
use crate::sql::{Statement, StatementKind};

pub(super) fn run_step(
    worker: &mut Worker<'_>,
    step: &Step,
    is_last: bool,
) -> Result<StepDone, Box<StepFailure>> {
    let began = Instant::now();
    let mut finished = step.resume.map_or(0, |resume| resume.from);
    let mut kept = KeptData::default();
    let outcome = meet_requirements(worker, step).and_then(|()| {
        close_stale(worker, step)?;
        if step.in_transaction() {
            run_transaction(worker, step, is_last, &mut kept)
        } else {
            run_statements(worker, step, began, is_last, &mut finished, &mut kept)
        }
    });
    match outcome {
        Ok(()) => Ok(StepDone {
            version: step.version,
            name: step.name.clone(),
            result: result(step),
            statements: if step.action == Action::Run { step.parsed.statements.len() } else { 0 },
            duration: began.elapsed(),
            saved: kept.saved,
            restored: kept.restored,
            backfills: kept.backfills,
        }),
        Err(fault) => {
            record_failure(worker, step, &fault, began);
            Err(Box::new(failure(step, fault, finished)))
        }
    }
}

const fn result(step: &Step) -> StepResult {
    match (&step.action, step.direction) {
        (Action::Adopt { .. }, _) => StepResult::Adopted,
        (Action::Forget, _) => StepResult::Released,
        (Action::Run, Direction::Forward) => StepResult::Applied,
        (Action::Run, Direction::Back) => StepResult::RolledBack,
    }
}

/// Objects a script requires may have come into being by an earlier step, so they are asked for
/// now.
fn meet_requirements(worker: &mut Worker<'_>, step: &Step) -> Result<(), StepFault> {
    worker.stop_if_asked()?;
    if step.action != Action::Run || step.parsed.requires.is_empty() {
        return Ok(());
    }
    let probes: Vec<Probe> = step
        .parsed
        .requires
        .iter()
        .map(|requirement| Probe {
            object: requirement.object.clone(),
            columns: Vec::new(),
            scope: Scope::SearchPath,
        })
        .collect();
    let found = worker.session.look_up(worker.job.target, &probes)?;
    for (requirement, probe) in step.parsed.requires.iter().zip(&probes) {
        if found.get(probe).is_some_and(|presence| presence.exists) {
            continue;
        }
        if !requirement.optional {
            return Err(StepFault::Requirement(requirement.clone()));
        }
        worker.remark(format!(
            "{}: {} does not exist; it is optional",
            step.label(),
            requirement.object
        ));
    }
    Ok(())
}

fn run_transaction(
    worker: &mut Worker<'_>,
    step: &Step,
    is_last: bool,
    kept: &mut KeptData,
) -> Result<(), StepFault> {
    let runs = step.action == Action::Run;
    let statements: &[Statement] = if runs { &step.parsed.statements } else { &[] };
    let event = event_of(step, None);
    let target = worker.job.target;
    let ground = ground_of(worker, step)?;
    let left_out = ground.is_none() && worker.leaves_out(step, is_last);
    let mut judgement = None;
    let way_back = OtherWay::new();
    let outcome = retry_locks(worker, |worker, tries| {
        let transaction = StepTransaction {
            target,
            script: runs.then_some(step.running().stored.text.as_str()),
            statements,
            check_foreign_keys: may_dangle(statements),
            history: history_of(step),
            event: &event,
            clear_progress: step.undoes_partial.is_some(),
            reading: if left_out {
                Reading::Nothing
            } else {
                worker.witness.reading(step.direction)
            },
            lock_timeout: Some(tries.wait),
        };
        let witness = &worker.witness;
        let mut judge =
            |catalogs| judgement.insert(witness.judge(catalogs, ground.as_ref(), false)).record();
        let backups = worker.backups_of(step);
        let part = Part {
            set: target.ledger_set(),
            step,
            statements,
            with_directives: true,
            way_back: &way_back,
        };
        let keeps = worker.job.saving != Saving::Nothing && part.keeps();
        if !runs || (backups.is_empty() && !keeps) {
            return worker.session.run_step(&transaction, &mut judge, None);
        }
        let (engine, saving) = (worker.session.capabilities().engine, worker.job.saving);
        let patience = worker.patience(tries);
        let mut keeper =
            BackupKeeper::new(engine, saving, part, backups, (patience, worker.observer));
        let outcome = worker.session.run_step(&transaction, &mut judge, Some(&mut keeper));
        kept.add(keeper, outcome.is_ok());
        outcome
    });
    if !kept.losses.is_empty() && matches!(outcome, Err(DatabaseError::Withheld)) {
        return Err(StepFault::Unsaved(std::mem::take(&mut kept.losses)));
    }
    worker.conclude(step, outcome, judgement)
}

/// A script that only adds objects leaves no row without its parent.
fn may_dangle(statements: &[Statement]) -> bool {
    statements.iter().any(|statement| {
        !matches!(statement.kind, StatementKind::Additive | StatementKind::Session)
    })
}

/// The failure goes on record where there is still a connection to record it on. That it cannot be
/// recorded must not hide the failure itself.
fn record_failure(worker: &mut Worker<'_>, step: &Step, fault: &StepFault, began: Instant) {
    if matches!(
        fault,
        StepFault::Database(DatabaseError::ConnectionLost { .. } | DatabaseError::Fenced)
    ) {
        return;
    }
    let message = fault.to_string();
    let event = Event {
        kind: EventKind::Failed,
        failure: Some(&message),
        ..event_of(step, Some(began.elapsed()))
    };
    let transaction = StepTransaction {
        target: worker.job.target,
        script: None,
        statements: &[],
        check_foreign_keys: false,
        history: HistoryChange::Keep,
        event: &event,
        clear_progress: false,
        reading: Reading::Nothing,
        lock_timeout: Some(FIRST_LOCK_WAIT),
    };
    if let Err(error) = worker.session.run_step(&transaction, &mut |_| None, None) {
        tracing::warn!(%error, "the failure could not be recorded");
    }
}

pub(super) fn failure(step: &Step, fault: StepFault, finished: usize) -> StepFailure {
    let stands = match &fault {
        StepFault::Database(DatabaseError::ConnectionLost { committing: true, .. }) => {
            Stands::Unknown
        }
        _ if step.in_transaction() => Stands::Nothing,
        _ => Stands::Statements { finished, total: step.parsed.statements.len() },
    };
    StepFailure {
        direction: step.direction,
        label: step.label(),
        place: place(step, &fault),
        fault,
        stands,
        done: Vec::new(),
    }
}

fn place(step: &Step, fault: &StepFault) -> Option<Excerpt> {
    let script = step.running();
    let text = &script.stored.text;
    let offset = match (fault, fault.position()) {
        (StepFault::Requirement(requirement), _) => {
            return Some(excerpt_at(&script.file, text, requirement.at));
        }
        (_, Position::Offset(offset)) => offset,
        (_, Position::Statement(index)) => step.parsed.statements.get(index)?.span.start,
        (_, Position::Unknown) => return None,
    };
    Some(Excerpt::of_offset(&script.file, text, offset))
}

fn excerpt_at(file: &str, text: &str, at: LineColumn) -> Excerpt {
    let line_text = text.lines().nth(at.line - 1).unwrap_or_default().to_owned();
    Excerpt { file: file.to_owned(), at: Some(at), line_text: Some(line_text) }
}
