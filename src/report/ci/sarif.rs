//! SARIF 2.1.0, as code scanning reads it.
//!
//! (<https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>)

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value, json};

use super::CiRun;
use crate::model::{Excerpt, LineColumn, Problem};
use crate::report::{Finding, Level, Rule};

/// What may stand in the path of a URI as it is.
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_').remove(b'.');

/// The whole log, of one run.
pub fn sarif(run: &CiRun<'_>) -> Value {
    let found = &run.findings.found;
    let rules: Vec<Value> = run.findings.rules.iter().map(|rule| of_rule(run, rule)).collect();
    let mut invocation = json!({
        "executionSuccessful": run.failure.is_none(),
        "exitCode": run.exit_code,
    });
    if let Some(problem) = run.failure {
        invocation["toolExecutionNotifications"] = json!([of_problem(problem)]);
    }
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "turnback",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            } },
            "automationDetails": { "id": automation_id(run) },
            "columnKind": "unicodeCodePoints",
            "invocations": [invocation],
            "results": found.iter().map(|it| of_finding(run, it)).collect::<Vec<_>>(),
            "properties": { "database": run.subject.database, "set": run.subject.set },
        }],
    })
}

/// Runs of the same identity replace each other in a scanner's eyes.
fn automation_id(run: &CiRun<'_>) -> String {
    let set = run.subject.set.as_deref().map(|set| format!("{set}/")).unwrap_or_default();
    format!("turnback/{}/{set}", run.command)
}

fn of_rule(run: &CiRun<'_>, rule: &Rule) -> Value {
    let mut descriptor =
        json!({ "id": rule.id, "shortDescription": { "text": format!("{}.", rule.holds) } });
    if let Some(guide) = run.findings.guides.iter().find(|guide| guide.rule == rule.id) {
        descriptor["help"] = json!({ "text": guide.text, "markdown": guide.page });
    }
    descriptor
}

fn of_finding(run: &CiRun<'_>, finding: &Finding) -> Value {
    let level = match finding.level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => "note",
    };
    let text = [Some(&finding.message), finding.detail.as_ref()];
    let text: Vec<&str> = text.into_iter().flatten().map(String::as_str).collect();
    let mut result = json!({
        "ruleId": finding.rule,
        "level": level,
        "message": { "text": text.join("\n\n") },
    });
    if let Some(index) = run.findings.rules.iter().position(|rule| rule.id == finding.rule) {
        result["ruleIndex"] = json!(index);
    }
    if let Some(reason) = &finding.accepted {
        result["suppressions"] = json!([{ "kind": "inSource", "justification": reason }]);
    }
    if let Some(likeness) = &finding.likeness {
        result["partialFingerprints"] = json!({ "statement/v1": likeness });
    }
    let place = finding.place.as_ref().map(|place| (place, finding.end));
    let location = location(place, finding.object.as_deref());
    if let Some(location) = location {
        result["locations"] = json!([location]);
    }
    result
}

fn of_problem(problem: &Problem) -> Value {
    let detail = CiRun::failure_detail(problem);
    let mut notification = json!({
        "level": "error",
        "message": { "text": format!("{}\n\n{detail}", problem.message).trim_end() },
    });
    if let Some(location) = location(problem.place.as_ref().map(|place| (place, None)), None) {
        notification["locations"] = json!([location]);
    }
    notification
}

fn location(place: Option<(&Excerpt, Option<LineColumn>)>, object: Option<&str>) -> Option<Value> {
    let mut location = Map::new();
    if let Some((place, end)) = place {
        location.insert("physicalLocation".to_owned(), of_place(place, end));
    }
    if let Some(object) = object {
        location.insert("logicalLocations".to_owned(), json!([{ "fullyQualifiedName": object }]));
    }
    (!location.is_empty()).then_some(Value::Object(location))
}

fn of_place(place: &Excerpt, end: Option<LineColumn>) -> Value {
    let encoded = utf8_percent_encode(&place.file, PATH).to_string();
    let uri = if encoded.starts_with('/') { format!("file://{encoded}") } else { encoded };
    let mut location = json!({ "artifactLocation": { "uri": uri } });
    if let Some(at) = place.at {
        location["region"] = json!({ "startLine": at.line, "startColumn": at.column });
        if let Some(end) = end {
            location["region"]["endLine"] = json!(end.line);
            location["region"]["endColumn"] = json!(end.column);
        }
    }
    location
}
