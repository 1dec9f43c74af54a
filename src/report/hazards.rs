//! Hazards of a plan, and who else is concerned.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::plan::{Concern, HazardPolicy, Plan, Step};
use crate::sql::{Hazard, HazardLevel};

/// A step's hazards, and which of them a run would stop at.
pub(super) struct Judged<'a> {
    pub step: &'a Step,
    /// `None` goes past all of them.
    pub policy: Option<&'a HazardPolicy>,
    /// Whether a run this way stops at hazards: what is rolled back was agreed to.
    pub refuses: bool,
}

impl<'a> Judged<'a> {
    fn level(&self, hazard: &Hazard) -> HazardLevel {
        self.policy.map_or(hazard.level, |policy| policy.level(hazard))
    }

    fn is_refused(&self, hazard: &Hazard) -> bool {
        self.refuses && self.policy.is_some_and(|policy| policy.refuses(hazard))
    }

    fn shown(&self) -> impl Iterator<Item = &'a Hazard> {
        self.step.hazards.iter().filter(|it| self.level(it) != HazardLevel::Off)
    }

    pub fn json(&self) -> Vec<Value> {
        let json = |it: &Hazard| {
            json!({
                "id": it.id(),
                "level": self.level(it),
                "message": it.message(),
                "help": it.help(),
                "line": it.at.line,
                "column": it.at.column,
                "statement": it.statement,
                "accepted": it.accepted,
                "refused": self.is_refused(it),
            })
        };
        self.shown().map(json).collect()
    }

    pub fn text(&self) -> String {
        let file = &self.step.running().file;
        let line = |it: &Hazard| {
            let (id, place) = (it.id(), format!("{file}:{}", it.at));
            let level = match self.level(it) {
                HazardLevel::Error => "hazard",
                _ => "warning",
            };
            let by_flag = self.policy.is_some_and(|policy| policy.allowed.contains(id));
            match &it.accepted {
                Some(reason) => format!("  accepted {id} at {place}: {reason}\n"),
                None if by_flag => format!("  accepted {id} at {place}: --allow-hazard\n"),
                None => format!("  {level} {id} at {place}: {}\n", it.message()),
            }
        };
        // A note is for whoever writes the script.
        let told = self.shown().filter(|it| self.level(it) > HazardLevel::Note);
        told.map(line).collect()
    }
}

/// What is to be done about the hazards that a run would stop at.
pub(super) fn refused_text(judged: &[Judged<'_>]) -> String {
    let refused = judged.iter().flat_map(|it| it.shown().filter(|hazard| it.is_refused(hazard)));
    let ids: BTreeSet<&str> = refused.map(Hazard::id).collect();
    if ids.is_empty() {
        return String::new();
    }
    let flags: Vec<String> = ids.iter().map(|id| format!("--allow-hazard {id}")).collect();
    format!(
        "\n`migrate` stops before this until each hazard is accepted: by `-- turnback:allow <id> -- \
         <reason>` above the statement, or for one run by `{}`.\n",
        flags.join(" ")
    )
}

pub(super) fn concern_json(plan: &Plan, concern: &Concern) -> Value {
    let step = concern.step.and_then(|index| plan.steps.get(index));
    let statement = step.zip(concern.statement);
    let at = statement.and_then(|(step, it)| Some(step.parsed.statements.get(it)?.at));
    json!({
        "kind": concern.kind,
        "object": concern.object,
        "message": concern.message,
        "version": step.map(|step| step.version),
        "line": at.map(|at| at.line),
        "column": at.map(|at| at.column),
    })
}

pub(super) fn concerns_text<'a>(concerns: impl Iterator<Item = &'a Concern>) -> String {
    let line = |it: &Concern| format!("  {} {} {}\n", it.kind, it.object, it.message);
    concerns.map(line).collect()
}
