//! What a rollback is about to remove, shown before it is confirmed.

use std::collections::HashSet;

use super::drift::{drift_json, drift_text};
use super::kept::foresight_text;
use super::plan::transactions;
use super::status::heading;
use super::text::{counted, grouped, table};
use super::{Document, Subject};
use crate::catalog::{Difference, difference_text};
use crate::database::RowCount;
use crate::engine::{Foresight, Saving, StepDrift};
use crate::model::{ObjectKind, ObjectName, ObjectRef, Problem, ProblemKind};
use crate::plan::{Action, Plan};

/// Something that goes, and how many rows go with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removal {
    /// The table or column.
    pub object: ObjectRef,
    /// Rows of the table; `None` where the object does not exist.
    pub rows: Option<RowCount>,
}

/// The tables and columns the plan's scripts are seen to destroy, without their rows' counts.
pub fn removals(plan: &Plan) -> Vec<ObjectRef> {
    let mut objects: Vec<ObjectRef> = Vec::new();
    let mut seen = HashSet::new();
    let steps = plan.steps.iter().filter(|step| step.action == Action::Run);
    let statements = steps.flat_map(|step| &step.parsed.statements);
    for object in statements.flat_map(|statement| &statement.destroys) {
        let holds_data = matches!(object.kind, ObjectKind::Table | ObjectKind::Column);
        if holds_data && seen.insert(object) {
            objects.push(object.clone());
        }
    }
    // A table that goes takes its columns with it.
    let tables: HashSet<ObjectName> = objects
        .iter()
        .filter(|object| object.kind == ObjectKind::Table)
        .map(|object| object.name.clone())
        .collect();
    objects.retain(|object| object.kind == ObjectKind::Table || !tables.contains(&object.name));
    objects
}

/// The question's ground: what will be rolled back, what is removed, what is saved.
pub fn preview_text(
    subject: &Subject,
    plan: &Plan,
    removals: &[Removal],
    foresight: &Foresight,
    saving: Saving,
) -> String {
    let count = counted(plan.steps.len(), "migration", "migrations");
    let mut text = format!("{}: {count} to roll back\n", heading(subject));
    for step in &plan.steps {
        let what = match step.action {
            Action::Forget => "adopted: only its record is removed".to_owned(),
            _ => transactions(step).to_owned(),
        };
        text += &format!("  {}  ({what})\n", step.label());
    }
    let existing: Vec<&Removal> =
        removals.iter().filter(|removal| removal.rows.is_some()).collect();
    if existing.is_empty() {
        text += "No table or column is seen to go.\n";
    } else {
        text += "Removes:\n";
        let rows: Vec<Vec<String>> = existing
            .iter()
            .map(|removal| vec![removal.object.to_string(), rows_text(removal.rows)])
            .collect();
        text += &table(&rows);
    }
    text + &foresight_text(foresight, saving != Saving::Nothing)
}

/// The ground of the question whether a migration may lose what it destroys.
pub fn loss_ground(subject: &Subject, plan: &Plan, foresight: &Foresight) -> String {
    let count = counted(plan.steps.len(), "migration", "migrations");
    let mut text = format!("{}: {count} to apply, without backups\n", heading(subject));
    text += &foresight_text(foresight, false);
    if !foresight.opaque.is_empty() {
        text += &format!(
            "What blocks and procedures of {} destroy is lost as well.\n",
            foresight.opaque.join(", ")
        );
    }
    text
}

/// What others changed in the objects that are rolled back, before it is gone over.
pub fn drift_ground(drifts: &[StepDrift]) -> String {
    let mut text = "Changed since by others, and lost with the rollback:\n".to_owned();
    for StepDrift { label, drift } in drifts {
        text += &format!("{label}:\n");
        text += &drift_text(drift);
    }
    text
}

/// The same as the reason why nothing is rolled back.
pub fn drift_problem(drifts: &[StepDrift]) -> Problem {
    let all = || drifts.iter().flat_map(|it| &it.drift);
    let labels: Vec<&str> = drifts.iter().map(|it| it.label.as_str()).collect();
    let objects = counted(all().count(), "object was", "objects were");
    let message = format!("{objects} changed since by others, in what {} made", labels.join(", "));
    let mut problem = Problem::new(ProblemKind::Mismatch, message)
        .note("nothing was done")
        .hint("look at what was changed; --force rolls back over it, and it is lost");
    problem.diff = Some(all().map(difference_text).collect());
    problem.drift = all().map(Difference::describe).collect();
    problem
}

/// A plan's document, with what would stand in its way.
#[must_use]
pub fn with_drift(mut document: Document, drifts: &[StepDrift]) -> Document {
    if !drifts.is_empty() {
        let all: Vec<Difference> = drifts.iter().flat_map(|it| it.drift.clone()).collect();
        document.body.insert("drift".to_owned(), drift_json(&all));
        document.text += &format!("\n{}", drift_ground(drifts));
        document.text += "--force rolls back over it.\n";
    }
    document
}

fn rows_text(rows: Option<RowCount>) -> String {
    match rows {
        Some(RowCount::Exact(1)) => "1 row".to_owned(),
        Some(RowCount::Exact(rows)) => format!("{} rows", grouped(rows)),
        Some(RowCount::MoreThan(rows)) => format!("more than {} rows", grouped(rows)),
        Some(RowCount::Unknown) | None => "rows could not be counted".to_owned(),
    }
}
