//! `migrate` and `rollback`.

use serde_json::json;

use super::kept::{kept_text, restored_json, saved_json};
use super::status::heading;
use super::text::{counted, duration, table};
use super::{Document, Subject};
use crate::engine::RunOutcome;
use crate::plan::Direction;

/// What was done.
pub fn run_document(command: &'static str, subject: &Subject, outcome: &RunOutcome) -> Document {
    let migrations: Vec<_> = outcome
        .steps
        .iter()
        .map(|step| {
            json!({
                "version": step.version,
                "name": step.name,
                "state": step.result,
                "statements": step.statements,
                "duration_ms": u64::try_from(step.duration.as_millis()).unwrap_or(u64::MAX),
                "saved": saved_json(&step.saved),
                "restored": restored_json(&step.restored),
            })
        })
        .collect();
    let body = json!({ "migrations": migrations });
    Document::new(command, 0, body, run_text(subject, outcome))
}

fn run_text(subject: &Subject, outcome: &RunOutcome) -> String {
    let heading = heading(subject);
    if outcome.steps.is_empty() {
        return match outcome.direction {
            Direction::Forward => format!("{heading}: nothing left to apply\n"),
            Direction::Back => format!("{heading}: nothing to roll back\n"),
        };
    }
    let rows: Vec<Vec<String>> = outcome
        .steps
        .iter()
        .map(|step| vec![step.result.words().to_owned(), step.label(), duration(step.duration)])
        .collect();
    let verb = match outcome.direction {
        Direction::Forward => "applied",
        Direction::Back => "rolled back",
    };
    let count = counted(outcome.steps.len(), "migration", "migrations");
    let kept: String = outcome.steps.iter().map(kept_text).collect();
    let kept = if kept.is_empty() { kept } else { format!("\n{kept}") };
    format!("{heading}\n\n{}{kept}\n{count} {verb}\n", table(&rows))
}
