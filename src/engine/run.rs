//! Carrying a plan out.

use super::backfill::BackfillStore;
use super::hazards::refuse;
use super::lock::with_runner_lock;
use super::outcome::{RunOutcome, StepDone};
use super::retry::retry_locks;
use super::step::run_step;
use super::survey::{Job, Survey, survey};
use super::witness::{AcceptedDrift, Witness, scope};
use super::worker::{Limits, Worker};
use super::{EngineError, Observer, Progress};
use crate::database::{Interrupt, Session};
use crate::model::LedgerState;
use crate::plan::{Plan, Request};

/// What to do when the recorded state is no longer the one the plan was made from.
#[derive(Debug, Clone)]
pub enum OnChange {
    /// Plan again: whoever was first has done some of the work.
    Replan(Request),
    /// Stop: the operator agreed to something else. What others changed in the objects that are
    /// rolled back is gone over only where it was accepted.
    Refuse(AcceptedDrift),
}

/// Carries the plan out under the runner lock. A plan without steps needs no lock.
pub fn run(
    session: &mut dyn Session,
    job: &Job<'_>,
    plan: Plan,
    on_change: OnChange,
    limits: Limits,
    interrupt: &Interrupt,
    observer: &mut dyn Observer,
) -> Result<RunOutcome, EngineError> {
    let direction = plan.direction;
    if plan.steps.is_empty() {
        return Ok(RunOutcome { direction, steps: Vec::new() });
    }
    refuse(&plan, job.hazards)?;
    with_runner_lock(session, limits.runner_wait, interrupt, observer, |session, observer| {
        let (plan, state) = current_plan(session, job, plan, &on_change)?;
        if plan.steps.is_empty() {
            return Ok(RunOutcome { direction, steps: Vec::new() });
        }
        refuse(&plan, job.hazards)?;
        let accepted = match on_change {
            OnChange::Refuse(accepted) => accepted,
            OnChange::Replan(_) => AcceptedDrift::Nothing,
        };
        let witness = Witness::new(scope(session, job.target, &plan, &state), &state, accepted);
        let mut worker = Worker {
            session,
            job,
            limits,
            interrupt,
            observer,
            witness,
            backups: Vec::new(),
            backfills: Vec::new(),
            told_of_saving: false,
        };
        retry_locks(&mut worker, |worker, tries| {
            worker.session.prepare_ledger(job.target, job.set, tries.wait)
        })?;
        worker.backups = worker.session.read_backups(job.target)?;
        let store = BackfillStore::new(worker.session, job.target);
        worker.backfills = store.read_open(worker.session)?;
        let steps = carry_out(&mut worker, &plan)?;
        Ok(RunOutcome { direction, steps })
    })
}

/// The plan that holds under the lock, and the state it was made from.
fn current_plan(
    session: &mut dyn Session,
    job: &Job<'_>,
    plan: Plan,
    on_change: &OnChange,
) -> Result<(Plan, LedgerState), EngineError> {
    let state = session.read_ledger(job.target)?;
    if state.digest() == plan.state {
        return Ok((plan, state));
    }
    match on_change {
        OnChange::Replan(request) => {
            let Survey { plan, state } = survey(session, job, *request)?;
            Ok((plan, state))
        }
        OnChange::Refuse(_) => Err(EngineError::StateChanged),
    }
}

fn carry_out(worker: &mut Worker<'_>, plan: &Plan) -> Result<Vec<StepDone>, EngineError> {
    let total = plan.steps.len();
    let mut done = Vec::with_capacity(total);
    for (index, step) in plan.steps.iter().enumerate() {
        worker.observer.notice(Progress::StepStarted { index, total, step });
        match run_step(worker, step, index + 1 == total) {
            Ok(finished) => {
                worker.pass_on_notices();
                worker.observer.notice(Progress::StepFinished { index, total, done: &finished });
                done.push(finished);
            }
            Err(mut failure) => {
                worker.pass_on_notices();
                failure.done = done;
                return Err(EngineError::Step(failure));
            }
        }
    }
    Ok(done)
}
