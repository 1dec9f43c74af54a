//! `plan` and `--dry-run`.

use serde_json::{Value, json};

use super::kept::{foresight_json, foresight_text};
use super::status::heading;
use super::text::{counted, table};
use super::{Document, Subject};
use crate::engine::Foresight;
use crate::plan::{Action, Direction, Plan, Step};
use crate::sql::Statement;

/// What would be done. `command` is the command that was asked what it would do.
pub fn plan_document(
    command: &'static str,
    subject: &Subject,
    plan: &Plan,
    foresight: &Foresight,
) -> Document {
    let (saves, returns) = foresight_json(foresight);
    let body = json!({
        "direction": plan.direction,
        "state_hash": plan.state,
        "plan_hash": plan.digest(),
        "migrations": plan.steps.iter().map(step_json).collect::<Vec<_>>(),
        "saves": saves,
        "restores": returns,
    });
    Document::new(command, 0, body, plan_text(subject, plan, foresight))
}

fn step_json(step: &Step) -> Value {
    let (action, tables) = match &step.action {
        Action::Run => ("run", None),
        Action::Adopt { tables } => ("adopt", Some(tables)),
        Action::Forget => ("release", None),
    };
    let runs = step.action == Action::Run;
    let statements = if runs { step.parsed.statements.as_slice() } else { &[] };
    json!({
        "version": step.version,
        "name": step.name,
        "action": action,
        "adopts": tables,
        "file": step.running().file,
        "source": step.source,
        "checksum": step.script.stored.digest,
        "rollback_checksum": step.rollback.stored.digest,
        "transaction": step.in_transaction(),
        "out_of_order": step.out_of_order,
        "continues_at_statement": step.resume.map(|resume| resume.from),
        "requires": step.requires.iter().map(|it| json!({
            "object": it.requirement.object.to_string(),
            "optional": it.requirement.optional,
            "present": it.present,
        })).collect::<Vec<_>>(),
        "backups": step.parsed.backups.iter().map(|it| json!({
            "table": it.table, "columns": it.columns,
        })).collect::<Vec<_>>(),
        "statements": statements.iter().map(statement_json).collect::<Vec<_>>(),
        "hazards": step.hazards.iter().map(|it| json!({
            "id": it.id,
            "message": it.message,
            "help": it.help,
            "line": it.at.line,
            "column": it.at.column,
            "accepted": it.accepted,
        })).collect::<Vec<_>>(),
    })
}

fn statement_json(statement: &Statement) -> Value {
    json!({
        "line": statement.at.line,
        "column": statement.at.column,
        "summary": statement.summary,
        "locks": statement.affects.iter().filter_map(|it| {
            Some(json!({ "object": it.object.to_string(), "lock": it.lock?.to_string() }))
        }).collect::<Vec<_>>(),
        "backfill": statement.backfill,
    })
}

fn plan_text(subject: &Subject, plan: &Plan, foresight: &Foresight) -> String {
    let heading = heading(subject);
    if plan.steps.is_empty() {
        return match plan.direction {
            Direction::Forward => format!("{heading}: nothing to apply\n"),
            Direction::Back => format!("{heading}: nothing to roll back\n"),
        };
    }
    let verb = match plan.direction {
        Direction::Forward => "apply",
        Direction::Back => "roll back",
    };
    let count = counted(plan.steps.len(), "migration", "migrations");
    let mut text = format!("{heading}: {count} to {verb}\n");
    for step in &plan.steps {
        text += "\n";
        text += &step_text(step);
    }
    let kept = foresight_text(foresight, true);
    if !kept.is_empty() {
        text += &format!("\n{kept}");
    }
    text += "\nNothing was changed.\n";
    text
}

fn step_text(step: &Step) -> String {
    let mut text = format!("{}: {}\n", step.label(), how(step));
    if step.action != Action::Run {
        return text;
    }
    if let Some(resume) = step.resume {
        text += &format!("  continues at statement {}\n", resume.from + 1);
    }
    if step.out_of_order {
        text += "  a higher version is applied already\n";
    }
    for it in step.requires.iter().filter(|it| it.present == Some(false)) {
        let tail = if it.requirement.optional { " (optional)" } else { "" };
        text += &format!("  requires {}, which does not exist now{tail}\n", it.requirement.object);
    }
    let rows: Vec<Vec<String>> = step.parsed.statements.iter().map(statement_row).collect();
    text += &table(&rows);
    for hazard in &step.hazards {
        let place = format!("{}:{}", step.running().file, hazard.at);
        text += &match &hazard.accepted {
            Some(reason) => format!("  accepted {} at {place}: {reason}\n", hazard.id),
            None => format!("  hazard {} at {place}: {}\n", hazard.id, hazard.message),
        };
    }
    text
}

fn how(step: &Step) -> String {
    match &step.action {
        Action::Adopt { tables } => {
            let names: Vec<String> = tables.iter().map(ToString::to_string).collect();
            format!("adopt {}, which exists; nothing runs", names.join(", "))
        }
        Action::Forget => "release what was adopted; nothing runs".to_owned(),
        Action::Run => {
            let count = counted(step.parsed.statements.len(), "statement", "statements");
            let mode = if step.in_transaction() { "one transaction" } else { "no transaction" };
            format!("{count}, {mode}")
        }
    }
}

fn statement_row(statement: &Statement) -> Vec<String> {
    let locks: Vec<String> = statement
        .affects
        .iter()
        .filter_map(|it| Some(format!("{} on {}", it.lock?, it.object.name)))
        .collect();
    let mut notes = locks;
    if statement.backfill.is_some() {
        notes.push("backfill, in one piece".to_owned());
    }
    vec![statement.summary.clone(), notes.join(", ")]
}
