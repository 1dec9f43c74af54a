//! What stops a run before it begins.

use crate::model::{Diagnose, Problem, ProblemKind};
use crate::plan::{Direction, HazardPolicy, Plan, RefusedHazard};

/// So many hazards are told at once.
const TOLD: usize = 20;

/// Refuses a plan whose hazards nobody has accepted; without a policy all of them are. What is rolled
/// back was agreed to.
pub(super) fn refuse(plan: &Plan, policy: Option<&HazardPolicy>) -> Result<(), HazardousPlan> {
    let Some(policy) = policy.filter(|_| plan.direction == Direction::Forward) else {
        return Ok(());
    };
    let refused = plan.refused(policy);
    if refused.is_empty() { Ok(()) } else { Err(HazardousPlan { refused }) }
}

/// A plan that would hurt those who work with the database.
#[derive(Debug, thiserror::Error)]
#[error("nothing was applied: {}", describe(.refused))]
pub struct HazardousPlan {
    /// The hazards that are not accepted; one at least.
    pub refused: Vec<RefusedHazard>,
}

fn describe(refused: &[RefusedHazard]) -> String {
    match refused {
        [one] => format!("{} has the hazard {}, which is not accepted", one.label, one.hazard.id()),
        several => format!("the plan has {} hazards that are not accepted", several.len()),
    }
}

impl Diagnose for HazardousPlan {
    fn problem(&self) -> Problem {
        let mut problem = Problem::new(ProblemKind::Hazard, self.to_string());
        if let [one] = self.refused.as_slice() {
            let told = format!("{}: {}", one.hazard.id(), one.hazard.message());
            problem = problem.at(one.place.clone()).note(told);
        } else {
            for it in self.refused.iter().take(TOLD) {
                let (id, message) = (it.hazard.id(), it.hazard.message());
                problem = problem.note(format!("{}: {id}: {message}", it.place));
            }
            let more = self.refused.len().saturating_sub(TOLD);
            if more > 0 {
                problem = problem.note(format!("and {more} more; `turnback plan` shows them all"));
            }
        }
        let mut ids: Vec<_> = self.refused.iter().map(|it| it.hazard.id()).collect();
        ids.sort_unstable();
        ids.dedup();
        for id in &ids {
            if let Some(it) = self.refused.iter().find(|it| it.hazard.id() == *id) {
                problem = problem.hint(format!("{id}: {}", it.hazard.help()));
            }
        }
        let flags: Vec<String> = ids.iter().map(|id| format!("--allow-hazard {id}")).collect();
        problem
            .hint(format!(
                "or accept it: above the statement with `-- turnback:allow {} -- <reason>`, or for this \
                 run with `{}`",
                ids.first().unwrap_or(&"<hazard>"),
                flags.join(" ")
            ))
    }
}
