//! What a rehearsal has shown, within the plan.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};

use super::problem::problem_text;
use super::text::{bytes, counted, duration, grouped};
use crate::database::CopiedTable;
use crate::engine::{
    Carried, EngineError, Observed, ObservedHazard, ObservedLock, Rehearsal, RehearsedStep,
    Rewrite, RowsChanged, Scan,
};
use crate::model::{Diagnose as _, ObjectName, Problem};
use crate::plan::Step;
use crate::sql::LockStrength;

/// How many objects of a kind are named in a line.
const NAMED: usize = 4;

/// From here on a lock that nobody foresaw is worth a line: weaker ones stop no other work on rows.
const WORTH_A_LINE: LockStrength = LockStrength::ShareUpdateExclusive;

/// What was seen of one step, if it came to it.
pub(super) fn seen_of<'a>(rehearsal: &'a Rehearsal, step: &Step) -> Option<&'a RehearsedStep> {
    rehearsal.steps.iter().find(|it| it.version == step.version)
}

/// What was seen of one statement of a step, if it came to it.
pub(super) fn seen_at(seen: &RehearsedStep, statement: usize) -> Option<&Observed> {
    seen.statements.iter().find(|(index, _)| *index == statement).map(|(_, observed)| observed)
}

/// The lines below a statement.
pub(super) fn observed_text(rehearsal: &Rehearsal, observed: &Observed) -> String {
    let how = match observed.how {
        Carried::InTransaction | Carried::Alone => "",
        Carried::InOnePiece => " in one piece",
    };
    let facts = facts(rehearsal, observed);
    let facts = if facts.is_empty() {
        "no further lock, and no rows read or changed".to_owned()
    } else {
        facts
    };
    let mut text = format!("    observed{how}, {}: {facts}\n", duration(observed.duration));
    let strange = observed.locks.iter().filter(|it| !it.foreseen && it.lock >= WORTH_A_LINE);
    let strange: Vec<&ObservedLock> = strange.collect();
    if !strange.is_empty() {
        text += &format!("    not foreseen: {}\n", locks(&strange));
    }
    text
}

fn facts<'a>(rehearsal: &'a Rehearsal, observed: &'a Observed) -> String {
    let Observed { rewrites, emptied, scans, changed, rows, .. } = observed;
    let mut sizes = Sizes { rehearsal, told: BTreeSet::new() };
    let held: Vec<&ObservedLock> = observed.locks.iter().collect();
    let mut facts: Vec<String> = (!held.is_empty()).then(|| locks(&held)).into_iter().collect();
    let tables = rewrites.iter().filter(|it| it.index_of.is_none());
    facts.extend(list("rewrites", tables.map(|it| sizes.beside(&it.object))));
    let indexes = rewrites.iter().filter(|it| it.index_of.is_some());
    facts.extend(list("rebuilds", indexes.map(|it| it.object.to_string())));
    facts.extend(list("empties", emptied.iter().map(|it| sizes.beside(it))));
    let scan = |it: &'a Scan| format!("{}: {} read", sizes.beside(&it.table), plural(it.rows));
    facts.extend(list("scans", scans.iter().map(scan)));
    for (verb, count) in CHANGES {
        let some = changed.iter().filter(|it| count(it) > 0);
        let of =
            |it: &'a RowsChanged| format!("{} of {}", plural(count(it)), sizes.beside(&it.table));
        facts.extend(list(verb, some.map(of)));
    }
    facts.extend(rows.filter(|rows| *rows > 0).map(|rows| format!("changes {}", plural(rows))));
    facts.join("; ")
}

type Count = fn(&RowsChanged) -> u64;

const CHANGES: [(&str, Count); 3] =
    [("inserts", |it| it.inserted), ("updates", |it| it.updated), ("deletes", |it| it.deleted)];

fn plural(rows: u64) -> String {
    if rows == 1 { "1 row".to_owned() } else { format!("{} rows", grouped(rows)) }
}

/// How large tables are here and there, once for each.
struct Sizes<'a> {
    rehearsal: &'a Rehearsal,
    told: BTreeSet<&'a ObjectName>,
}

impl<'a> Sizes<'a> {
    /// A table, with its size where that is not the same here and there.
    fn beside(&mut self, table: &'a ObjectName) -> String {
        match self.rehearsal.likeness.tables.get(table) {
            Some(CopiedTable { whole: false, here, there, bytes: size })
                if self.told.insert(table) =>
            {
                let there = match there {
                    Some(rows) => format!("about {}", grouped(*rows)),
                    None => bytes(*size),
                };
                format!("{table} ({} here, {there} there)", grouped(*here))
            }
            _ => table.to_string(),
        }
    }
}

fn list(verb: &str, objects: impl Iterator<Item = String>) -> Option<String> {
    let objects: Vec<String> = objects.collect();
    (!objects.is_empty()).then(|| format!("{verb} {}", few(&objects)))
}

fn few(objects: &[String]) -> String {
    match objects.len().checked_sub(NAMED) {
        None | Some(0) => objects.join(", "),
        Some(more) => format!("{} and {more} more", objects[..NAMED].join(", ")),
    }
}

/// `ACCESS EXCLUSIVE on a, b; SHARE on c`, the strongest first.
fn locks(locks: &[&ObservedLock]) -> String {
    let mut strengths: Vec<LockStrength> = locks.iter().map(|it| it.lock).collect();
    strengths.sort_unstable_by(|a, b| b.cmp(a));
    strengths.dedup();
    let on = |strength: LockStrength| {
        let objects = locks.iter().filter(|it| it.lock == strength);
        let objects: Vec<String> = objects.map(|it| it.object.to_string()).collect();
        format!("{strength} on {}", few(&objects))
    };
    strengths.into_iter().map(on).collect::<Vec<_>>().join(", ")
}

/// The lines below a step.
pub(super) fn hazards_text(step: &Step, hazards: &[ObservedHazard]) -> String {
    let line = |it: &ObservedHazard| {
        let place = format!("{}:{}", step.running().file, it.at);
        match &it.accepted {
            Some(reason) => format!("  accepted {} at {place}: {reason}\n", it.id),
            None => format!("  hazard {} at {place}: {}\n", it.id, message(it)),
        }
    };
    hazards.iter().map(line).collect()
}

fn message(it: &ObservedHazard) -> String {
    match it.rows {
        Some(rows) => format!("{} It has about {}.", it.message, plural(rows)),
        None => it.message.clone(),
    }
}

/// The lines at the end: where it was, what to know of it, and why it ended early.
pub(super) fn rehearsal_text(rehearsal: &Rehearsal) -> String {
    let mut text = format!("\nRehearsed on {}.\n", rehearsal.place);
    for note in &rehearsal.notes {
        text += &format!("note: {note}\n");
    }
    if let Some(error) = &rehearsal.failure {
        text += &format!("\nin the rehearsal, {}", problem_text(&of_scratch(error)));
    }
    text
}

/// The problem without what a real run would leave behind.
fn of_scratch(error: &EngineError) -> Problem {
    Problem { notes: Vec::new(), hints: Vec::new(), ..error.problem() }
}

/// How many pages a step wrote.
pub(super) fn pages_text(seen: &RehearsedStep) -> String {
    let count = |pages| counted(usize::try_from(pages).unwrap_or(usize::MAX), "page", "pages");
    seen.pages.map(|pages| format!("  writes {}\n", count(pages))).unwrap_or_default()
}

/// What was seen of a statement.
pub(super) fn observed_json(rehearsal: &Rehearsal, observed: &Observed) -> Value {
    let all = |table: &ObjectName| {
        let copied = rehearsal.likeness.tables.get(table);
        let there = copied.and_then(|it| it.there);
        (copied.map(|it| it.here), there, copied.map(|it| it.bytes))
    };
    let table_of = |it: &Rewrite| match &it.index_of {
        Some(table) => json!({ "object": it.object, "kind": "index", "table": table }),
        None => json!({ "object": it.object, "kind": "table", "table": it.object }),
    };
    json!({
        "how": match observed.how {
            Carried::InTransaction => "in_transaction",
            Carried::Alone => "alone",
            Carried::InOnePiece => "in_one_piece",
        },
        "locks": observed.locks.iter().map(|it| json!({
            "object": it.object, "lock": it.lock.to_string(), "foreseen": it.foreseen,
        })).collect::<Vec<_>>(),
        "rewrites": observed.rewrites.iter().map(table_of).collect::<Vec<_>>(),
        "emptied": observed.emptied,
        "scans": observed.scans.iter().map(|it| {
            let (here, there, bytes) = all(&it.table);
            json!({
                "table": it.table, "rows": it.rows,
                "rows_here": here, "rows_there": there, "bytes_there": bytes,
            })
        }).collect::<Vec<_>>(),
        "changed": observed.changed.iter().map(|it| json!({
            "table": it.table,
            "inserted": it.inserted, "updated": it.updated, "deleted": it.deleted,
        })).collect::<Vec<_>>(),
        "rows_changed": observed.rows,
        "duration_ms": milliseconds(observed.duration),
    })
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// A hazard that was observed, with the keys of the others.
pub(super) fn hazard_json(it: &ObservedHazard) -> Value {
    json!({
        "id": it.id,
        "message": message(it),
        "help": null,
        "line": it.at.line,
        "column": it.at.column,
        "accepted": it.accepted,
    })
}

/// What is to be said of the rehearsal as a whole.
pub(super) fn rehearsal_json(rehearsal: &Rehearsal) -> Value {
    let failure = rehearsal.failure.as_ref().map(of_scratch);
    json!({
        "scratch": rehearsal.place,
        "notes": rehearsal.notes,
        "failure": failure.map(|problem| {
            let at = problem.place.as_ref().and_then(|place| place.at);
            json!({
                "kind": problem.kind,
                "message": problem.message,
                "sqlstate": problem.server.code,
                "file": problem.place.as_ref().map(|place| &place.file),
                "line": at.map(|at| at.line),
                "column": at.map(|at| at.column),
                "detail": problem.server.detail,
                "context": problem.server.context,
            })
        }),
    })
}
