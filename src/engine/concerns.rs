//! What a plan touches beyond what its statements name, before anything runs.

use super::survey::Job;
use crate::database::{DatabaseError, Session};
use crate::plan::{Concern, Plan, Questions};

/// Who uses the tables and columns that the plan changes, what may refuse its statements, and who hears
/// of its rows. Reads only.
///
/// # Errors
///
/// The database refused or was lost.
pub fn foresee_concerns(
    session: &mut dyn Session,
    job: &Job<'_>,
    plan: &Plan,
) -> Result<Vec<Concern>, DatabaseError> {
    if plan.steps.is_empty() {
        return Ok(Vec::new());
    }
    Ok(plan.concerns(&session.surroundings(job.target, &Questions::around(plan))?))
}
