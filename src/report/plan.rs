//! `plan` and `--dry-run`.

use serde_json::{Value, json};

use super::hazards::{Judged, concern_json, concerns_text, refused_text};
use super::kept::{foresight_json, foresight_text};
use super::rehearsal::{
    hazard_json, hazards_text, observed_json, observed_text, pages_text, rehearsal_json,
    rehearsal_text, seen_at, seen_of,
};
use super::status::heading;
use super::text::{counted, duration, grouped, table};
use super::{Document, Subject};
use crate::engine::{BackfillEstimate, Foresight, Outlook, Rehearsal, Saving};
use crate::plan::{Action, Concern, Direction, HazardPolicy, Plan, Step};
use crate::sql::Statement;

/// What would be done, and all that is known of it.
#[derive(Debug, Clone, Copy)]
pub struct Ahead<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// What it would save and bring back.
    pub foresight: &'a Foresight,
    /// What it would save of what it destroys.
    pub saving: Saving,
    /// What its backfills would come to, where that was asked.
    pub estimates: &'a [BackfillEstimate],
    /// Which of its hazards a run would go past; `None` is all.
    pub policy: Option<&'a HazardPolicy>,
    /// What it touches beyond what its statements name.
    pub concerns: &'a [Concern],
    /// What a rehearsal has shown, where that was asked.
    pub rehearsal: Option<&'a Rehearsal>,
}

impl<'a> Ahead<'a> {
    fn judged(&self, step: &'a Step) -> Judged<'a> {
        let is_forward = self.plan.direction == Direction::Forward;
        Judged { step, policy: self.policy, refuses: is_forward }
    }

    fn estimate(&self, step: &Step, statement: usize) -> Option<&Outlook> {
        let is_it =
            |it: &&BackfillEstimate| it.version == step.version && it.statement == statement;
        self.estimates.iter().find(is_it).map(|it| &it.outlook)
    }
}

/// What would be done. `command` is the command that was asked what it would do.
pub fn plan_document(command: &'static str, subject: &Subject, ahead: &Ahead<'_>) -> Document {
    let Ahead { plan, foresight, .. } = *ahead;
    let (saves, returns) = foresight_json(foresight);
    let mut body = json!({
        "direction": plan.direction,
        "state_hash": plan.state,
        "plan_hash": plan.digest(),
        "migrations": plan.steps.iter().map(|step| step_json(ahead, step)).collect::<Vec<_>>(),
        "concerns": ahead.concerns.iter().map(|it| concern_json(plan, it)).collect::<Vec<_>>(),
        "saves": saves,
        "restores": returns,
    });
    if let Some(rehearsal) = ahead.rehearsal {
        body["rehearsal"] = rehearsal_json(rehearsal);
    }
    // What fails there would fail here: a proof that failed.
    let has_failed = ahead.rehearsal.is_some_and(|it| it.failure.is_some());
    Document::new(command, if has_failed { 4 } else { 0 }, body, plan_text(subject, ahead))
}

fn step_json(ahead: &Ahead<'_>, step: &Step) -> Value {
    let (action, tables) = match &step.action {
        Action::Run => ("run", None),
        Action::Adopt { tables } => ("adopt", Some(tables)),
        Action::Forget => ("release", None),
    };
    let runs = step.action == Action::Run;
    let statements = if runs { step.parsed.statements.as_slice() } else { &[] };
    let statements = statements.iter().enumerate();
    let seen = ahead.rehearsal.and_then(|it| Some((it, seen_of(it, step)?)));
    let statements = statements.map(|(index, it)| {
        let mut value = statement_json(it, ahead.estimate(step, index));
        if let Some((rehearsal, seen)) = seen {
            let observed = seen_at(seen, index);
            value["observed"] = json!(observed.map(|it| observed_json(rehearsal, it)));
        }
        value
    });
    let observed = seen.map(|(_, seen)| seen.hazards.as_slice()).unwrap_or_default();
    let mut value = json!({
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
        "statements": statements.collect::<Vec<_>>(),
        "hazards": ahead.judged(step).json().into_iter()
            .chain(observed.iter().map(hazard_json)).collect::<Vec<_>>(),
    });
    if let Some(pages) = seen.and_then(|(_, seen)| seen.pages) {
        value["pages_written"] = json!(pages);
    }
    value
}

fn statement_json(statement: &Statement, estimate: Option<&Outlook>) -> Value {
    let mut value = json!({
        "line": statement.at.line,
        "column": statement.at.column,
        "summary": statement.summary,
        "locks": statement.affects.iter().filter_map(|it| {
            Some(json!({ "object": it.object.to_string(), "lock": it.lock?.to_string() }))
        }).collect::<Vec<_>>(),
        "backfill": statement.backfill.as_ref().map(|backfill| &backfill.table),
    });
    if let Some(outlook) = estimate {
        value["estimate"] = match outlook {
            Outlook::About { rows, duration } => json!({
                "rows": rows,
                "duration_ms": u64::try_from(duration.as_millis()).unwrap_or(u64::MAX),
            }),
            other => json!({ "rows": null, "duration_ms": null, "reason": outlook_text(other) }),
        };
    }
    value
}

fn plan_text(subject: &Subject, ahead: &Ahead<'_>) -> String {
    let Ahead { plan, foresight, .. } = *ahead;
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
    for (index, step) in plan.steps.iter().enumerate() {
        text += "\n";
        text += &step_text(ahead, step);
        text += &concerns_text(ahead.concerns.iter().filter(|it| it.step == Some(index)));
    }
    let of_all = concerns_text(ahead.concerns.iter().filter(|it| it.step.is_none()));
    if !of_all.is_empty() {
        text += &format!("\nBesides:\n{of_all}");
    }
    let kept = foresight_text(foresight, true);
    if !kept.is_empty() {
        text += &format!("\n{kept}");
    }
    if let Some(rehearsal) = ahead.rehearsal {
        text += &rehearsal_text(rehearsal);
    }
    let judged: Vec<_> = plan.steps.iter().map(|step| ahead.judged(step)).collect();
    text += &refused_text(&judged);
    text += "\nNothing was changed.\n";
    text
}

fn step_text(ahead: &Ahead<'_>, step: &Step) -> String {
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
    let statements = step.parsed.statements.iter().enumerate();
    let row = |(index, it)| statement_row(ahead, it, ahead.estimate(step, index));
    let rows: Vec<Vec<String>> = statements.map(row).collect();
    let seen = ahead.rehearsal.and_then(|it| Some((it, seen_of(it, step)?)));
    for (index, line) in table(&rows).lines().enumerate() {
        text += &format!("{line}\n");
        let observed = seen.and_then(|(rehearsal, seen)| Some((rehearsal, seen_at(seen, index)?)));
        text += &observed.map(|(all, it)| observed_text(all, it)).unwrap_or_default();
    }
    if let Some((_, seen)) = seen {
        text += &pages_text(seen);
    }
    text += &ahead.judged(step).text();
    if let Some((_, seen)) = seen {
        text += &hazards_text(step, &seen.hazards);
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
            format!("{count}, {}", transactions(step))
        }
    }
}

/// Whether a step that runs has a transaction, and why where nobody wrote it.
pub(super) fn transactions(step: &Step) -> &'static str {
    if step.in_transaction() {
        "one transaction"
    } else if step.parsed.statements.iter().any(|it| it.backfill.is_some()) {
        "statement by statement because of its backfill"
    } else {
        "no transaction"
    }
}

fn statement_row(
    ahead: &Ahead<'_>,
    statement: &Statement,
    estimate: Option<&Outlook>,
) -> Vec<String> {
    let locks: Vec<String> = statement
        .affects
        .iter()
        .filter_map(|it| Some(format!("{} on {}", it.lock?, it.object.name)))
        .collect();
    let mut notes = locks;
    if statement.backfill.is_some() {
        let how = if ahead.saving == Saving::Full { "one piece" } else { "batches" };
        let estimate = estimate.map(|it| format!(": {}", outlook_text(it))).unwrap_or_default();
        notes.push(format!("backfill, in {how}{estimate}"));
    }
    vec![statement.summary.clone(), notes.join(", ")]
}

fn outlook_text(outlook: &Outlook) -> String {
    match outlook {
        Outlook::About { rows: 1, duration: time } => format!("about 1 row in {}", duration(*time)),
        Outlook::About { rows, duration: time } => {
            format!("about {} rows in {}", grouped(*rows), duration(*time))
        }
        Outlook::NotYet => "how many rows is not known yet".to_owned(),
        Outlook::Refused(refusal) => format!("it will be refused: {refusal}"),
        Outlook::Failed(why) => format!("how many rows is not known: {why}"),
    }
}
