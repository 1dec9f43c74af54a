//! A plan tried on a throwaway database that is like the live one, and watched.

mod alone;
mod hazards;
mod observed;
mod sqlite;
mod state;
mod steps;

use std::collections::BTreeSet;

use self::hazards::unforeseen;
use self::observed::RehearsedStep as Step;
use self::state::{Counted, State};
use self::steps::{Rehearser, run_step};
use super::survey::Job;
use super::{EngineError, Observer, Progress};
use crate::database::{DatabaseError, Interrupt, Likeness, Session};
use crate::model::Engine;
use crate::plan::{Action, Plan};

pub use observed::{
    Carried, Observed, ObservedHazard, ObservedLock, Rehearsal, RehearsedStep, Rewrite,
    RowsChanged, Scan,
};

/// The database that a plan is tried on.
#[derive(Debug)]
pub struct Stage {
    /// Where it is, in one line.
    pub place: String,
    /// How it differs from the live one.
    pub likeness: Likeness,
    /// Whether it has what an interrupted script has done already; else that runs, too.
    pub is_copy: bool,
}

/// Runs the steps of a plan, one statement after the other, and watches. Nothing is recorded: a
/// throwaway database has no use for it. The first failure is the end, and part of what was seen.
pub fn rehearse(
    session: &mut dyn Session,
    job: &Job<'_>,
    plan: &Plan,
    stage: Stage,
    interrupt: &Interrupt,
    observer: &mut dyn Observer,
) -> Result<Rehearsal, EngineError> {
    let Stage { place, likeness, is_copy } = stage;
    let notes = likeness.notes.clone();
    let mut rehearsal = Rehearsal { place, notes, likeness, steps: Vec::new(), failure: None };
    session.write_beside()?;
    let originally = relations(session)?;
    let total = plan.steps.len();
    for (index, step) in plan.steps.iter().enumerate() {
        observer.notice(Progress::StepStarted { index, total, step });
        if step.action != Action::Run {
            continue;
        }
        if interrupt.is_raised() {
            return Err(DatabaseError::Interrupted.into());
        }
        let mut rehearser = Rehearser { session: &mut *session, job, step, is_copy, observer };
        let mut seen = Step {
            version: step.version,
            statements: Vec::new(),
            hazards: Vec::new(),
            pages: None,
        };
        let outcome = run_step(&mut rehearser, &mut seen);
        seen.hazards = unforeseen(step, &seen, &originally, &rehearsal.likeness);
        rehearsal.steps.push(seen);
        match outcome {
            Ok(()) => {}
            Err(error) if error.is_of_scripts() => {
                rehearsal.failure = Some(error);
                break;
            }
            Err(error) => return Err(error),
        }
    }
    Ok(rehearsal)
}

/// The names of what is there before the first step: what an earlier step makes, nobody waits for.
fn relations(session: &mut dyn Session) -> Result<BTreeSet<crate::model::ObjectName>, EngineError> {
    if session.capabilities().engine == Engine::Sqlite {
        return Ok(BTreeSet::new());
    }
    let state = State::of_database(session, Counted::Ever)?;
    Ok(state.relations.into_values().map(|it| it.name).collect())
}
