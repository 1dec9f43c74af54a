//! `prove`.

use serde_json::{Value, json};

use super::drift::{drift_json, drift_text};
use super::problem::problem_text;
use super::status::heading;
use super::text::{counted, duration, table};
use super::{Document, Finding, Findings, Level, Rule, Sound, Subject};
use crate::database::TableDigest;
use crate::engine::{EngineError, TableChange, Trip, VersionProof};
use crate::model::{Diagnose as _, Problem, Version};

/// A rehearsal that came to its end.
#[derive(Debug)]
pub struct Rehearsed<'a> {
    /// Where it took place, in one line.
    pub place: &'a str,
    /// The versions that were to be proven.
    pub versions: &'a [Version],
    /// What came of them, in their order; those behind a migration that failed are not there.
    pub proofs: &'a [VersionProof],
}

static RULES: [Rule; 1] = [Rule {
    id: "unproven",
    holds: "each migration goes up, down and up again, and schema and rows come back",
}];

/// How far one version came, a word for each column of the table.
struct Row {
    up: &'static str,
    down: &'static str,
    again: &'static str,
    schema: &'static str,
    data: &'static str,
}

const NOT_TRIED: &str = "-";

impl Row {
    fn of(trip: &Trip) -> Self {
        let good = Self { up: "ok", down: "ok", again: "ok", schema: "yes", data: "yes" };
        let ended = Self { again: NOT_TRIED, schema: NOT_TRIED, data: NOT_TRIED, ..good };
        match trip {
            Trip::Proven => good,
            Trip::UpFailed(_) => Self { up: "FAILED", down: NOT_TRIED, ..ended },
            Trip::DownFailed(error) if is_unproven(error) => {
                Self { down: "refused", schema: "NO", ..ended }
            }
            Trip::DownFailed(_) => Self { down: "FAILED", ..ended },
            Trip::DataLost(_) => Self { data: "NO", ..good },
            Trip::UpAgainFailed(_) => Self { again: "FAILED", ..good },
            Trip::OtherSchema(_) | Trip::OtherData(_) => Self { again: "DIFFERS", ..good },
        }
    }
}

fn is_unproven(error: &EngineError) -> bool {
    matches!(error, EngineError::Step(failure) if failure.is_unproven())
}

/// The table of versions, and what was wrong with each. Exit code 4 unless all are proven.
pub fn prove_document(subject: &Subject, rehearsed: &Rehearsed<'_>) -> Document {
    let Rehearsed { place, versions, proofs } = *rehearsed;
    let proven = proofs.iter().filter(|it| matches!(it.verdict, Trip::Proven)).count();
    let body = json!({
        "scratch": place,
        "proven": proven,
        "failed": proofs.len() - proven,
        "not_reached": versions.len() - proofs.len(),
        "migrations": proofs.iter().map(proof_json).collect::<Vec<_>>(),
    });
    let exit_code = if proven == versions.len() { 0 } else { 4 };
    let mut text = format!("{}: on {place}\n\n", heading_of(subject));
    let mut rows = vec![
        ["VERSION", "NAME", "UP", "DOWN", "UP AGAIN", "SCHEMA RESTORED", "DATA RESTORED", "TIME"]
            .map(str::to_owned)
            .to_vec(),
    ];
    for proof in proofs {
        let Row { up, down, again, schema, data } = Row::of(&proof.verdict);
        let mut row = vec![proof.version.to_string(), proof.name.clone()];
        row.extend([up, down, again, schema, data].map(str::to_owned));
        row.push(duration(proof.duration));
        rows.push(row);
    }
    text += &table(&rows);
    for proof in proofs {
        text += &proof_text(proof);
    }
    let rest = versions.len() - proofs.len();
    text +=
        &format!("\n{} of {} proven", proven, counted(versions.len(), "migration", "migrations"));
    if rest > 0 {
        text += &format!(", {rest} not reached");
    }
    text.push('\n');
    Document::new("prove", exit_code, body, text).with_findings(findings(proofs))
}

fn heading_of(subject: &Subject) -> String {
    match (&subject.database, &subject.set) {
        (None, Some(set)) => format!("set {set}"),
        (None, None) => "your migrations".to_owned(),
        _ => heading(subject),
    }
}

fn label(proof: &VersionProof) -> String {
    format!("V{}__{}", proof.version, proof.name)
}

/// What is to be said of a version, if anything is.
fn proof_text(proof: &VersionProof) -> String {
    let mut text = explanation(proof).map(|it| format!("\n{it}")).unwrap_or_default();
    let label = label(proof);
    for it in &proof.left_empty {
        let code = it.code.as_ref().map(|code| format!(" ({code})")).unwrap_or_default();
        text += &format!("\nnote: {label}: {} had no rows: {}{code}", it.table, it.reason);
    }
    for it in &proof.volatile {
        text += &format!(
            "\nnote: {label}: the rows of {it} come out otherwise each time: something in the \
             migration, such as a random default, gives another value each time"
        );
    }
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

/// Why a version is not proven; `None` for one that is.
fn explanation(proof: &VersionProof) -> Option<String> {
    let label = label(proof);
    let text = match &proof.verdict {
        Trip::Proven => return None,
        Trip::UpFailed(error) | Trip::DownFailed(error) => problem_text(&of_scratch(error)),
        Trip::UpAgainFailed(error) => {
            format!("the second time, {}", problem_text(&of_scratch(error)))
        }
        Trip::DataLost(tables) => {
            format!("{label}: its rollback did not leave the rows as they were\n{}", rows(tables))
        }
        Trip::OtherSchema(drift) => {
            format!("{label}: the second time it made another schema\n\n{}", drift_text(drift))
        }
        Trip::OtherData(tables) => {
            format!("{label}: the second time it left other rows\n{}", rows(tables))
        }
    };
    Some(format!("{}\n", text.trim_end()))
}

/// The problem without advice for a live database.
fn of_scratch(error: &EngineError) -> Problem {
    let problem = error.problem();
    Problem { hints: Vec::new(), notes: Vec::new(), ..problem }
}

fn rows(tables: &[TableChange]) -> String {
    let count = |digest: Option<TableDigest>| match digest {
        Some(digest) => counted(usize::try_from(digest.rows).unwrap_or(usize::MAX), "row", "rows"),
        None => "no such table".to_owned(),
    };
    let line = |it: &TableChange| {
        let (before, after) = (count(it.before), count(it.after));
        let same = if before == after { ", whose values differ" } else { "" };
        format!("  {}: {before} before, {after} after{same}\n", it.table)
    };
    tables.iter().map(line).collect::<Vec<_>>().concat()
}

fn findings(proofs: &[VersionProof]) -> Findings {
    let rule = RULES[0].id;
    let mut findings = Findings { rules: &RULES, ..Findings::default() };
    for proof in proofs {
        match explanation(proof) {
            None => findings.sound.push(Sound { rule, name: label(proof), skipped: None }),
            Some(text) => {
                let (message, detail) = text.split_once('\n').unwrap_or((&text, ""));
                let detail = detail.trim_start_matches('\n').trim_end();
                let place = match &proof.verdict {
                    Trip::UpFailed(error)
                    | Trip::DownFailed(error)
                    | Trip::UpAgainFailed(error) => error.problem().place,
                    _ => None,
                };
                findings.found.push(Finding {
                    object: Some(label(proof)),
                    detail: (!detail.is_empty()).then(|| format!("{detail}\n")),
                    place,
                    ..Finding::new(rule, Level::Error, message)
                });
            }
        }
    }
    findings
}

fn proof_json(proof: &VersionProof) -> Value {
    let Row { up, down, again, schema, data } = Row::of(&proof.verdict);
    let passed = |word: &str| match word {
        NOT_TRIED => None,
        word => Some(matches!(word, "ok" | "yes")),
    };
    let drift = match &proof.verdict {
        Trip::OtherSchema(drift) => drift_json(drift),
        Trip::UpFailed(error) | Trip::DownFailed(error) | Trip::UpAgainFailed(error) => {
            json!(error.problem().drift)
        }
        _ => json!([]),
    };
    json!({
        "version": proof.version,
        "name": proof.name,
        "proven": matches!(proof.verdict, Trip::Proven),
        "up": passed(up),
        "down": passed(down),
        "up_again": passed(again),
        "schema_restored": passed(schema),
        "data_restored": passed(data),
        "duration_ms": u64::try_from(proof.duration.as_millis()).unwrap_or(u64::MAX),
        "problem": explanation(proof),
        "drift": drift,
        "tables_without_rows": proof.left_empty.iter().map(|it| json!({
            "table": it.table, "reason": it.reason, "sqlstate": it.code,
        })).collect::<Vec<_>>(),
        "volatile_tables": proof.volatile,
    })
}
