//! `migrate` and `rollback`.

use std::time::Duration;

use serde_json::{Value, json};

use super::kept::{kept_text, restored_json, saved_json};
use super::status::heading;
use super::text::{bytes, counted, duration, grouped, table};
use super::{Document, Subject};
use crate::engine::{BackfillDone, RunOutcome, StepDone};
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
                "backfills": step.backfills.iter().map(backfill_json).collect::<Vec<_>>(),
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
    let facts = |step: &StepDone| {
        let filled = step.backfills.iter().map(|it| backfill_text(&step.label(), it));
        filled.collect::<String>() + &kept_text(step)
    };
    let kept: String = outcome.steps.iter().map(facts).collect();
    let kept = if kept.is_empty() { kept } else { format!("\n{kept}") };
    format!("{heading}\n\n{}{kept}\n{count} {verb}\n", table(&rows))
}

/// What a backfill came to, on one line.
pub(super) fn backfill_text(label: &str, it: &BackfillDone) -> String {
    let rows = if it.rows == 1 { "1 row".to_owned() } else { format!("{} rows", grouped(it.rows)) };
    let batches = if it.batches == 1 {
        "1 batch".to_owned()
    } else {
        format!("{} batches", grouped(it.batches))
    };
    let retries = match it.retries {
        0 => String::new(),
        count => format!(", {} tried again", grouped(count)),
    };
    let size = |(before, after): (u64, u64)| format!("{}, was {}", bytes(after), bytes(before));
    let table = size((it.bytes_before.0, it.bytes_after.0));
    let indexes = match (it.bytes_before.1, it.bytes_after.1) {
        (0, 0) => String::new(),
        (before, after) => format!("; indexes {}, were {}", bytes(after), bytes(before)),
    };
    let work = if it.batches == 0 {
        format!("{rows}, all done before")
    } else {
        let longest = duration(it.longest);
        format!("{rows} in {} ({batches}, the longest {longest}{retries})", duration(it.duration))
    };
    format!("{label}: backfill of {}, {work}; table {table}{indexes}\n", it.table)
}

/// The same for JSON.
pub(super) fn backfill_json(it: &BackfillDone) -> Value {
    let milliseconds = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    let size = |(table, indexes)| json!({ "table": table, "indexes": indexes });
    json!({
        "table": it.table,
        "rows": it.rows,
        "batches": it.batches,
        "retries": it.retries,
        "longest_ms": milliseconds(it.longest),
        "duration_ms": milliseconds(it.duration),
        "bytes_before": size(it.bytes_before),
        "bytes_after": size(it.bytes_after),
    })
}
