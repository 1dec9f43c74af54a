//! `check`.

use serde_json::{Value, json};

use super::status::heading;
use super::{Document, Finding, Findings, Level, Rule, Sound, Subject};
use crate::engine::{CheckDone, CheckFailure, Verdict};

/// One line for a check, and what was expected and what came where it fails.
fn check_line(done: &CheckDone) -> String {
    match &done.verdict {
        Verdict::Passed => format!("  ok    {}\n", done.name),
        Verdict::Skipped(condition) => {
            format!("  skip  {}  (needs: {condition})\n", done.name)
        }
        Verdict::Failed(failure) => format!("  FAIL  {}\n{}", done.name, failure_text(failure)),
    }
}

fn failure_text(failure: &CheckFailure) -> String {
    let what = failure.what.as_ref().map(|what| format!("        row: {what}\n"));
    format!(
        "        at {}\n{}        expected: {}\n        actual:   {}\n",
        failure.place,
        what.unwrap_or_default(),
        indented(&failure.expected),
        indented(&failure.actual)
    )
}

fn indented(text: &str) -> String {
    text.replace('\n', "\n                  ")
}

/// All checks; exit code 4 when one fails.
pub fn check_document(subject: &Subject, done: &[CheckDone]) -> Document {
    let count =
        |wanted: fn(&Verdict) -> bool| done.iter().filter(|check| wanted(&check.verdict)).count();
    let passed = count(|verdict| matches!(verdict, Verdict::Passed));
    let failed = count(|verdict| matches!(verdict, Verdict::Failed(_)));
    let skipped = done.len() - passed - failed;
    let body = json!({
        "passed": passed,
        "failed": failed,
        "skipped": skipped,
        "checks": done.iter().map(check_json).collect::<Vec<_>>(),
    });
    let mut text = format!("{}\n", heading(subject));
    let mut file = "";
    for check in done {
        if check.file != file {
            file = &check.file;
            text += &format!("\n{file}\n");
        }
        text += &check_line(check);
    }
    text +=
        &format!("\n{passed} passed, {failed} failed, {skipped} skipped; nothing was changed\n");
    let exit_code = if failed > 0 { 4 } else { 0 };
    Document::new("check", exit_code, body, text).with_findings(findings(done))
}

static RULES: [Rule; 1] = [Rule { id: "failed-check", holds: "each check of the set holds" }];

fn findings(done: &[CheckDone]) -> Findings {
    let rule = RULES[0].id;
    let mut findings = Findings { rules: &RULES, ..Findings::default() };
    for check in done {
        let skipped = match &check.verdict {
            Verdict::Passed => None,
            Verdict::Skipped(condition) => Some(format!("needs: {condition}")),
            Verdict::Failed(failure) => {
                let row = failure.what.as_ref().map(|what| format!("row: {what}\n"));
                let (expected, actual) = (&failure.expected, &failure.actual);
                let detail = format!("expected: {expected}\nactual:   {actual}");
                findings.found.push(Finding {
                    detail: Some(row.unwrap_or_default() + &detail),
                    place: Some(failure.place.clone()),
                    ..Finding::new(rule, Level::Error, check.name.clone())
                });
                continue;
            }
        };
        findings.sound.push(Sound { rule, name: check.name.clone(), skipped });
    }
    findings
}

fn check_json(done: &CheckDone) -> Value {
    let (state, condition, failure) = match &done.verdict {
        Verdict::Passed => ("passed", None, None),
        Verdict::Skipped(condition) => ("skipped", Some(condition), None),
        Verdict::Failed(failure) => ("failed", None, Some(failure)),
    };
    json!({
        "file": done.file,
        "name": done.name,
        "state": state,
        "needs": condition,
        "line": failure.and_then(|failure| failure.place.at).map(|at| at.line),
        "row": failure.map(|failure| &failure.what),
        "expected": failure.map(|failure| &failure.expected),
        "actual": failure.map(|failure| &failure.actual),
    })
}
