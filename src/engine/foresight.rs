//! What a rollback will find changed, before anybody is asked.

use super::proof::ground;
use super::witness::scope;
use super::{EngineError, Job, Survey};
use crate::catalog::{Difference, foresee};
use crate::database::Session;

/// What others changed since in the objects of one step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepDrift {
    /// The step.
    pub label: String,
    /// As the migration left the objects, and as they are.
    pub drift: Vec<Difference>,
}

/// Compares what the plan's migrations left with what is there, reading only. Steps that nothing
/// was changed for are left out.
pub fn foresee_drift(
    session: &mut dyn Session,
    job: &Job<'_>,
    survey: &Survey,
) -> Result<Vec<StepDrift>, EngineError> {
    let steps = &survey.plan.steps;
    if steps.iter().all(|step| step.recorded.is_none()) {
        return Ok(Vec::new());
    }
    let mut grounds = Vec::with_capacity(steps.len());
    for step in steps {
        // A rollback that stopped half-way was looked at when it began.
        let recorded = step.recorded.as_ref().filter(|_| step.resume.is_none());
        grounds.push(ground(session, recorded)?);
    }
    let scope = scope(session, job.target, &survey.plan, &survey.state);
    let live = session.read_catalog(&scope)?;
    let drifts = foresee(&grounds, &live);
    let drifts = steps.iter().zip(drifts).filter(|(_, drift)| !drift.is_empty());
    Ok(drifts.map(|(step, drift)| StepDrift { label: step.label(), drift }).collect())
}
