//! Which hazards a run may go past.

use std::collections::BTreeSet;

use crate::model::Excerpt;
use crate::settings::LintLevels;
use crate::sql::{Hazard, HazardLevel};

use super::super::step::{Plan, Step};

/// What is accepted of hazards, and how much each weighs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HazardPolicy {
    /// The ids of those the operator accepts for a run.
    pub allowed: BTreeSet<String>,
    /// How much hazards weigh, by id, where the project says otherwise.
    pub levels: LintLevels,
}

/// A hazard that nobody has accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedHazard {
    /// Its step: `V3__add_ip`.
    pub label: String,
    /// Where it is.
    pub place: Excerpt,
    /// What it is.
    pub hazard: Hazard,
}

impl HazardPolicy {
    /// How much a hazard weighs.
    pub fn level(&self, hazard: &Hazard) -> HazardLevel {
        self.levels.get(hazard.id()).unwrap_or(hazard.level)
    }

    /// Whether a run stops at a hazard.
    pub fn refuses(&self, hazard: &Hazard) -> bool {
        self.level(hazard) == HazardLevel::Error
            && hazard.accepted.is_none()
            && !self.allowed.contains(hazard.id())
    }
}

impl Plan {
    /// The hazards that stop a run, in the order of the steps. What an earlier run has finished is
    /// none any more.
    pub fn refused(&self, policy: &HazardPolicy) -> Vec<RefusedHazard> {
        let hazards =
            self.steps.iter().flat_map(|step| step.hazards.iter().map(move |it| (step, it)));
        let ahead = |(step, hazard): &(&Step, &Hazard)| {
            step.resume.is_none_or(|resume| hazard.statement >= resume.from)
        };
        hazards
            .filter(ahead)
            .filter(|(_, hazard)| policy.refuses(hazard))
            .map(|(step, hazard)| RefusedHazard {
                label: step.label(),
                place: place(step, hazard),
                hazard: hazard.clone(),
            })
            .collect()
    }
}

fn place(step: &Step, hazard: &Hazard) -> Excerpt {
    let script = step.running();
    let line = script.stored.text.lines().nth(hazard.at.line - 1).unwrap_or_default();
    let (file, line_text) = (script.file.clone(), Some(line.to_owned()));
    Excerpt { file, at: Some(hazard.at), line_text }
}
