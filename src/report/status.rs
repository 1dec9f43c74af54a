//! `status`.

use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::text::{counted, table, timestamp};
use super::{Document, Subject};
use crate::model::StatementProgress;
use crate::plan::{Assessed, MigrationState};

/// How every version stands. With `verdict`, the exit code says so too: 3 with something pending,
/// 4 with a mismatch.
pub fn status_document(subject: &Subject, assessed: &[Assessed<'_>], verdict: bool) -> Document {
    let pending = assessed.iter().any(|it| it.state.is_pending());
    let mismatch = assessed.iter().any(|it| it.state.is_mismatch() || it.rollback_changed());
    let exit_code = match (verdict, mismatch, pending) {
        (true, true, _) => 4,
        (true, false, true) => 3,
        _ => 0,
    };
    let current = assessed.iter().rev().find(|it| it.history.is_some()).map(|it| it.version);
    let body = json!({
        "current_version": current,
        "pending": assessed.iter().filter(|it| it.state.is_pending()).count(),
        "migrations": assessed.iter().map(row_json).collect::<Vec<_>>(),
    });
    Document::new("status", exit_code, body, status_text(subject, assessed))
}

fn row_json(it: &Assessed<'_>) -> Value {
    json!({
        "version": it.version,
        "name": it.name(),
        "state": it.state,
        "checksum": it.file.map(|file| &file.script.stored.digest),
        "applied_at": applied_at(it).and_then(|at| at.format(&Rfc3339).ok()),
        "applied_checksum": it.recorded.filter(|event| event.stands()).map(|event| &event.script),
        "rollback_changed": it.rollback_changed(),
        "out_of_order": it.out_of_order,
        "finished_statements": it.progress.map(StatementProgress::finished),
        "rolling_back": it.progress.map(|progress| progress.rolling_back),
        "failure": failure(it),
    })
}

fn applied_at(it: &Assessed<'_>) -> Option<OffsetDateTime> {
    let row = it.history?;
    let recorded = it.recorded.filter(|event| event.stands()).map(|event| event.at);
    recorded.or(row.applied_on)
}

fn failure<'a>(it: &'a Assessed<'_>) -> Option<&'a str> {
    it.recorded.and_then(|event| event.failure.as_deref())
}

fn status_text(subject: &Subject, assessed: &[Assessed<'_>]) -> String {
    let mut rows = vec![["VERSION", "STATE", "APPLIED", "NAME"].map(str::to_owned).to_vec()];
    for it in assessed {
        rows.push(vec![
            it.version.to_string(),
            it.state.word().to_owned(),
            applied_at(it).map(timestamp).unwrap_or_default(),
            it.name().to_owned(),
        ]);
    }
    let mut text = format!("{}\n\n", heading(subject));
    text += &table(&rows);
    text.push('\n');
    text += &summary(assessed);
    text.push('\n');
    for it in assessed {
        text += &remarks(it);
    }
    text
}

/// `sqlite:turnback.db, set lucia-sessions`.
pub(super) fn heading(subject: &Subject) -> String {
    let database = subject.database.as_deref().unwrap_or("no database");
    match &subject.set {
        Some(set) => format!("{database}, set {set}"),
        None => database.to_owned(),
    }
}

fn summary(assessed: &[Assessed<'_>]) -> String {
    let states = [
        MigrationState::Applied,
        MigrationState::Adopted,
        MigrationState::Pending,
        MigrationState::Failed,
        MigrationState::Changed,
        MigrationState::Missing,
        MigrationState::Conflict,
    ];
    let parts: Vec<String> = states
        .into_iter()
        .filter_map(|state| {
            let count = assessed.iter().filter(|it| it.state == state).count();
            (count > 0).then(|| format!("{count} {}", state.word()))
        })
        .collect();
    parts.join(", ")
}

fn remarks(it: &Assessed<'_>) -> String {
    let label = format!("V{}__{}", it.version, it.name());
    let mut text = String::new();
    if let Some(progress) = it.progress {
        let what = if progress.rolling_back { "its rollback" } else { "it" };
        let finished = counted(progress.finished(), "statement", "statements");
        text += &format!("{label}: {what} stopped after {finished}; the same command continues\n");
    }
    if let Some(failure) = failure(it) {
        text += &format!("{label}: the last attempt failed: {failure}\n");
    }
    if it.out_of_order {
        text += &format!("{label}: pending below a version that is applied\n");
    }
    if it.rollback_changed() {
        text += &format!("{label}: its rollback file has changed since it was applied\n");
    }
    text
}
