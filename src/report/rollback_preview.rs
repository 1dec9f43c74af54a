//! What a rollback is about to remove, shown before it is confirmed.

use std::collections::HashSet;

use super::Subject;
use super::status::heading;
use super::text::{counted, grouped, table};
use crate::database::RowCount;
use crate::model::{ObjectKind, ObjectName, ObjectRef};
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
pub fn preview_text(subject: &Subject, plan: &Plan, removals: &[Removal]) -> String {
    let count = counted(plan.steps.len(), "migration", "migrations");
    let mut text = format!("{}: {count} to roll back\n", heading(subject));
    for step in &plan.steps {
        let what = match step.action {
            Action::Forget => "adopted: only its record is removed".to_owned(),
            _ if step.in_transaction() => "one transaction".to_owned(),
            _ => "no transaction".to_owned(),
        };
        text += &format!("  {}  ({what})\n", step.label());
    }
    let existing: Vec<&Removal> =
        removals.iter().filter(|removal| removal.rows.is_some()).collect();
    if existing.is_empty() {
        return text + "No table or column is seen to go.\n";
    }
    text += "Removes:\n";
    let rows: Vec<Vec<String>> = existing
        .iter()
        .map(|removal| vec![removal.object.to_string(), rows_text(removal.rows)])
        .collect();
    text += &table(&rows);
    text + "No backup is taken: what these hold is lost.\n"
}

fn rows_text(rows: Option<RowCount>) -> String {
    match rows {
        Some(RowCount::Exact(1)) => "1 row".to_owned(),
        Some(RowCount::Exact(rows)) => format!("{} rows", grouped(rows)),
        Some(RowCount::MoreThan(rows)) => format!("more than {} rows", grouped(rows)),
        Some(RowCount::Unknown) | None => "rows could not be counted".to_owned(),
    }
}
