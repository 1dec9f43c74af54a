//! Failures, in both forms. Nothing else prints errors.

use serde_json::json;

use super::Document;
use crate::model::{Excerpt, Problem};

/// A failure for people, without a heading: what happened, where, what the server said, what stands,
/// what to do.
pub fn problem_text(problem: &Problem) -> String {
    let mut text = format!("{}\n", problem.message.trim_end());
    if let Some(place) = &problem.place {
        text += &place_text(place);
    }
    let server = &problem.server;
    for (label, value) in
        [("detail", &server.detail), ("server hint", &server.hint), ("context", &server.context)]
    {
        if let Some(value) = value {
            text += &labelled(label, value);
        }
    }
    if let Some(code) = &server.code {
        let label = if code.starts_with("SQLITE") { "code" } else { "SQLSTATE" };
        text += &labelled(label, code);
    }
    if let Some(diff) = &problem.diff {
        text += "\n";
        text += diff;
        if !text.ends_with('\n') {
            text.push('\n');
        }
        text += "\n";
    }
    for note in &problem.notes {
        text += &labelled("note", note);
    }
    for hint in &problem.hints {
        text += &labelled("next", hint);
    }
    text
}

fn labelled(label: &str, value: &str) -> String {
    let mut lines = value.lines();
    let mut text = format!("  {label}: {}\n", lines.next().unwrap_or_default());
    for line in lines {
        text += &format!("    {line}\n");
    }
    text
}

/// The longest piece of a line that is shown; the rest of a very long line helps nobody.
const SHOWN_COLUMNS: usize = 120;

pub(super) fn place_text(place: &Excerpt) -> String {
    let mut text = format!("  --> {place}\n");
    if let (Some(at), Some(line)) = (place.at, &place.line_text) {
        let gutter = at.line.to_string();
        // Long lines, as dumps have them, are cut around the place.
        let skipped = (at.column - 1).saturating_sub(SHOWN_COLUMNS / 2);
        let skipped = if line.chars().count() <= SHOWN_COLUMNS { 0 } else { skipped };
        let shown: String = line
            .chars()
            .skip(skipped)
            .take(SHOWN_COLUMNS)
            .map(|c| if c == '\t' { ' ' } else { c })
            .collect();
        text += &format!("   {gutter} | {shown}\n");
        let indent = " ".repeat(gutter.chars().count());
        text += &format!("   {indent} | {}^\n", " ".repeat(at.column - 1 - skipped));
    }
    text
}

/// A failure as the run's document; `command` is the command that failed.
pub fn failure_document(command: &'static str, problem: &Problem) -> Document {
    let place = problem.place.as_ref();
    let at = place.and_then(|place| place.at);
    let mut body = json!({
        "error": {
            "kind": problem.kind,
            "message": problem.message,
            "notes": problem.notes,
            "hints": problem.hints,
            "file": place.map(|place| &place.file),
            "line": at.map(|at| at.line),
            "column": at.map(|at| at.column),
            "sqlstate": problem.server.code,
            "detail": problem.server.detail,
            "server_hint": problem.server.hint,
            "context": problem.server.context,
            "blockers": problem.server.blockers,
            "diff": problem.diff,
        }
    });
    if !problem.drift.is_empty() {
        body["drift"] = json!(problem.drift);
    }
    Document::new(command, problem.kind.exit_code(), body, String::new())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ProblemKind;

    #[test]
    fn the_caret_stands_under_the_place() {
        let text = "CREATE TABLE a();\nCREATE TABEL b();\n";
        let problem = Problem::new(ProblemKind::Sql, "syntax error at or near \"TABEL\"")
            .at(Excerpt::of_offset("V1__a.sql", text, text.find("TABEL").unwrap()))
            .hint("mend it");
        insta::assert_snapshot!(problem_text(&problem), @r#"
        syntax error at or near "TABEL"
          --> V1__a.sql:2:8
           2 | CREATE TABEL b();
             |        ^
          next: mend it
        "#);
    }

    #[test]
    fn a_very_long_line_is_cut_around_the_place() {
        let text = format!("{}X{}", "a".repeat(10_000), "b".repeat(10_000));
        let place = Excerpt::of_offset("V1__a.sql", &text, 10_000);
        let shown = place_text(&place);
        let lines: Vec<&str> = shown.lines().collect();
        assert!(lines[1].len() < 200);
        assert_eq!(lines[1].find('X'), lines[2].find('^'));
    }
}
