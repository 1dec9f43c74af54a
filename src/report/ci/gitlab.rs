//! GitLab's code quality report.
//!
//! (<https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format>)

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::CiRun;
use crate::model::{Digest, Excerpt};
use crate::report::{Finding, Level};

/// The whole report: an array, empty where nothing was found.
pub fn gitlab(run: &CiRun<'_>) -> Value {
    let mut known = BTreeMap::new();
    let shown = run.findings.found.iter().filter(|it| it.accepted.is_none());
    let mut all: Vec<Value> = shown.map(|it| of_finding(run, it, &mut known)).collect();
    if let Some(problem) = run.failure {
        let description = format!("{}\n{}", problem.message, CiRun::failure_detail(problem));
        let mark =
            Mark { rule: "failure", place: problem.place.as_ref(), likeness: &problem.message };
        all.push(issue(run, &mark, "blocker", description.trim_end(), &mut known));
    }
    Value::Array(all)
}

/// How often each fingerprint was given.
type Known = BTreeMap<String, usize>;

/// What tells a finding from others, wherever in its file it stands.
struct Mark<'a> {
    rule: &'a str,
    place: Option<&'a Excerpt>,
    likeness: &'a str,
}

fn of_finding(run: &CiRun<'_>, finding: &Finding, known: &mut Known) -> Value {
    let severity = match finding.level {
        Level::Error => "critical",
        Level::Warning => "minor",
        Level::Note => "info",
    };
    let object = finding.object.as_deref().filter(|object| !finding.message.contains(object));
    let object = object.map(|object| format!("{object}: ")).unwrap_or_default();
    let detail = finding.detail.as_deref().map(|it| format!("\n{}", it.trim_end()));
    let description = format!("{object}{}{}", finding.message, detail.unwrap_or_default());
    let own = finding.likeness.as_deref().or(finding.object.as_deref());
    let likeness = own.unwrap_or(&finding.message);
    let mark = Mark { rule: finding.rule, place: finding.place.as_ref(), likeness };
    issue(run, &mark, severity, &description, known)
}

fn issue(
    run: &CiRun<'_>,
    mark: &Mark<'_>,
    severity: &str,
    description: &str,
    known: &mut Known,
) -> Value {
    // A finding always has a place in GitLab's eyes; what is in no file is the project's.
    let path = mark.place.map_or(".", |place| &place.file);
    let path = path.strip_prefix("./").unwrap_or(path);
    let line = mark.place.and_then(|place| place.at).map_or(1, |at| at.line);
    let name = format!("turnback/{}/{}", run.command, mark.rule);
    let same = known.entry([&name, path, mark.likeness].join("\0")).or_default();
    *same += 1;
    let fingerprint = Digest::of(format!("{name}\0{path}\0{}\0{same}", mark.likeness));
    json!({
        "description": description,
        "check_name": name,
        "fingerprint": fingerprint,
        "severity": severity,
        "location": { "path": path, "lines": { "begin": line } },
    })
}
