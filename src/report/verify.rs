//! `verify`.

use serde_json::{Value, json};

use super::drift::{drift_json, drift_summary, drift_text};
use super::status::heading;
use super::text::counted;
use super::{Document, Finding, Findings, Level, Rule, Subject};
use crate::catalog::{Change, Difference, difference_text};
use crate::database::{BypassReason, PolicyBypass};
use crate::engine::{Verification, Weakness};
use crate::model::Excerpt;
use crate::plan::{Assessed, MigrationState};

static RULES: [Rule; 9] = [
    Rule { id: "changed-file", holds: "the files are those that were applied" },
    Rule { id: "missing-file", holds: "no file of an applied migration is missing" },
    Rule { id: "conflict", holds: "history and ledger agree" },
    Rule { id: "pending", holds: "no migration is pending" },
    Rule { id: "unfinished", holds: "no migration or rollback has stopped half-way" },
    Rule { id: "drift", holds: "the live schema is the expected one" },
    Rule { id: "invalid-index", holds: "every index is valid" },
    Rule { id: "unvalidated-constraint", holds: "every constraint holds for every row" },
    Rule { id: "policy-bypass", holds: "row-level security holds for every role but superusers" },
];

/// What the live schema was compared with, in words: `the catalog on record`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Against<'a>(pub &'a str);

/// All that was found. Exit code 4 where anything is not as it should be, 3 where migrations are
/// pending.
pub fn verify_document(
    subject: &Subject,
    against: Against<'_>,
    assessed: &[Assessed<'_>],
    found: &Verification,
) -> Document {
    let mut findings: Vec<Finding> = assessed.iter().flat_map(migration_findings).collect();
    if found.expected.is_none() && !found.state.history.is_empty() {
        findings.push(Finding::new(
            "drift",
            Level::Warning,
            "no catalog is on record, so the live schema was compared with nothing; `verify \
             --rebuild` compares it with what the files build",
        ));
    }
    findings.extend(found.drift.iter().map(drift_finding));
    findings.extend(found.weaknesses.iter().map(weakness_finding));
    let failed = |it: &Finding| it.level == Level::Error && it.rule != "pending";
    let exit_code = if findings.iter().any(failed) {
        4
    } else if findings.iter().any(|it| it.rule == "pending") {
        3
    } else {
        0
    };
    let body = json!({
        "against": against.0,
        "expected_hash": found.expected,
        "live_hash": found.live,
        "migrations": assessed.iter().map(|it| json!({
            "version": it.version, "name": it.name(), "state": it.state,
        })).collect::<Vec<_>>(),
        "drift": drift_json(&found.drift),
        "findings": findings.iter().map(finding_json).collect::<Vec<_>>(),
    });
    let text = verify_text(subject, against, found, &findings, exit_code);
    Document::new("verify", exit_code, body, text)
        .with_findings(Findings::by_rule(&RULES, findings))
}

fn finding_json(it: &Finding) -> Value {
    let level = match it.level {
        Level::Note => "note",
        Level::Warning => "warning",
        Level::Error => "error",
    };
    json!({ "rule": it.rule, "level": level, "message": it.message, "object": it.object })
}

fn migration_findings(it: &Assessed<'_>) -> Vec<Finding> {
    let label = format!("V{}__{}", it.version, it.name());
    let finding = |rule, message: String| Finding {
        place: it.file.map(|file| Excerpt::of_file(file.script.file.clone())),
        ..Finding::new(rule, Level::Error, message)
    };
    let mut findings = Vec::new();
    match it.state {
        MigrationState::Changed => {
            findings
                .push(finding("changed-file", format!("{label} has changed since it was applied")));
        }
        MigrationState::Missing => {
            findings
                .push(finding("missing-file", format!("{label} is applied, and its file is gone")));
        }
        MigrationState::Conflict => findings.push(finding(
            "conflict",
            format!("{label}: the ledger holds it to be applied, and the history does not have it"),
        )),
        MigrationState::Pending | MigrationState::Failed => {
            findings.push(finding("pending", format!("{label} is {}", it.state.word())));
        }
        MigrationState::Applied | MigrationState::Adopted => {}
    }
    if it.rollback_changed() {
        let message = format!("{label}: its rollback file has changed since it was applied");
        let place = it.file.map(|file| Excerpt::of_file(file.rollback.file.clone()));
        findings.push(Finding { place, ..finding("changed-file", message) });
    }
    if let Some(progress) = it.progress {
        let what = if progress.rolling_back { "its rollback" } else { "it" };
        let finished = counted(progress.finished(), "statement", "statements");
        let message = format!("{label}: {what} stopped after {finished}");
        findings.push(finding("unfinished", message));
    }
    findings
}

fn drift_finding(it: &Difference) -> Finding {
    let (level, what) = match it.change {
        Change::Missing => (Level::Error, "is missing"),
        Change::Unexpected => (Level::Error, "is not expected"),
        Change::Altered => (Level::Error, "is altered"),
        Change::Minor => (Level::Note, "differs in what makes no difference to anybody's SQL"),
        Change::NotComparable => {
            (Level::Note, "was written down by a server of another major, and cannot be compared")
        }
    };
    Finding {
        object: Some(it.key.to_string()),
        detail: Some(difference_text(it)),
        ..Finding::new("drift", level, format!("{} {what}", it.key))
    }
}

fn weakness_finding(it: &Weakness) -> Finding {
    match it {
        Weakness::InvalidIndex(key) => Finding {
            object: Some(key.to_string()),
            ..Finding::new(
                "invalid-index",
                Level::Error,
                format!("{key} is invalid: it costs every write and serves no query"),
            )
        },
        Weakness::UnvalidatedConstraint(key) => Finding {
            object: Some(key.to_string()),
            ..Finding::new(
                "unvalidated-constraint",
                Level::Warning,
                format!("{key} is not validated: rows older than it may break it"),
            )
        },
        Weakness::PolicyBypass(PolicyBypass { table, role, because }) => {
            let reason = match because {
                BypassReason::Owner => "owns the table, and row-level security is not forced",
                BypassReason::Attribute => "has BYPASSRLS",
            };
            Finding {
                object: Some(format!("table {table}")),
                ..Finding::new(
                    "policy-bypass",
                    Level::Warning,
                    format!("the policies of {table} do not hold for {role}, who {reason}"),
                )
            }
        }
    }
}

fn verify_text(
    subject: &Subject,
    against: Against<'_>,
    found: &Verification,
    findings: &[Finding],
    exit_code: u8,
) -> String {
    let mut text = format!("{}\n\n", heading(subject));
    let others = |level| findings.iter().filter(move |it| it.level == level && it.detail.is_none());
    for it in others(Level::Error) {
        text += &format!("  {}: {}\n", it.rule, it.message);
    }
    if !found.drift.is_empty() {
        text +=
            &format!("  drift: compared with {}, {}\n\n", against.0, drift_summary(&found.drift));
        text += &drift_text(&found.drift);
    }
    for it in others(Level::Warning) {
        text += &format!("  warning: {}: {}\n", it.rule, it.message);
    }
    if !findings.is_empty() {
        text.push('\n');
    }
    text + match exit_code {
        4 => "not as it should be\n",
        3 => "as it should be, with migrations pending\n",
        _ if found.expected.is_none() => "the files are as they should be\n",
        _ => "as it should be\n",
    }
}
