//! GitHub's workflow commands, which it shows as annotations.
//!
//! (<https://docs.github.com/actions/reference/workflow-commands-for-github-actions>)

use super::CiRun;
use crate::model::{Excerpt, LineColumn};
use crate::report::{Finding, Level};

/// One line for a finding. There is no line where there is none, since each would be shown.
pub fn github(run: &CiRun<'_>) -> String {
    let mut text: String = shown(run).map(|it| of_finding(run, it)).collect();
    if let Some(problem) = run.failure {
        let title = format!("turnback {}", run.command);
        let detail = CiRun::failure_detail(problem);
        text += &annotation(
            "error",
            problem.place.as_ref().map(|place| (place, None)),
            &title,
            &with_detail(&problem.message, Some(&detail)),
        );
    }
    text
}

/// What is accepted is nobody's business any more.
fn shown<'a>(run: &'a CiRun<'_>) -> impl Iterator<Item = &'a Finding> {
    run.findings.found.iter().filter(|it| it.accepted.is_none())
}

fn of_finding(run: &CiRun<'_>, finding: &Finding) -> String {
    let word = match finding.level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => "notice",
    };
    let title = format!("turnback {}: {}", run.command, finding.rule);
    let message = match &finding.object {
        Some(object) if !finding.message.contains(object) => {
            format!("{object}: {}", finding.message)
        }
        _ => finding.message.clone(),
    };
    let message = with_detail(&message, finding.detail.as_deref());
    annotation(word, finding.place.as_ref().map(|place| (place, finding.end)), &title, &message)
}

fn with_detail(message: &str, detail: Option<&str>) -> String {
    let detail = detail.map(str::trim_end).filter(|detail| !detail.is_empty());
    detail.map_or_else(|| message.to_owned(), |detail| format!("{message}\n{detail}"))
}

fn annotation(
    word: &str,
    place: Option<(&Excerpt, Option<LineColumn>)>,
    title: &str,
    message: &str,
) -> String {
    let mut properties = Vec::new();
    if let Some((place, end)) = place {
        properties.push(("file", place.file.clone()));
        if let Some(at) = place.at {
            properties.push(("line", at.line.to_string()));
            properties.push(("col", at.column.to_string()));
            if let Some(end) = end.filter(|end| end.line > at.line) {
                properties.push(("endLine", end.line.to_string()));
            }
        }
    }
    properties.push(("title", title.to_owned()));
    let properties: Vec<String> =
        properties.iter().map(|(name, value)| format!("{name}={}", property(value))).collect();
    format!("::{word} {}::{}\n", properties.join(","), data(message))
}

/// A line's end would end the command, and what follows could be a command of its own.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
