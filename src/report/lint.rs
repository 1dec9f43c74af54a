//! `lint`.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde_json::{Value, json};

use super::hazard_page::hazard_page;
use super::problem::place_text;
use super::text::counted;
use super::{Document, Finding, Findings, Guide, Level, Rule, Sound};
use crate::plan::LintFinding;
use crate::sql::{CATALOGUE, HazardLevel, HazardRule, INVALID_FILE, INVALID_SCRIPT, hazard_rule};

/// Files that were judged, and what was found in them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Linted {
    /// The files, in the order in which they were looked at.
    pub files: Vec<String>,
    /// What was found.
    pub found: Vec<LintFinding>,
}

/// All hazards, and what `lint` finds besides.
static RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| {
    let hazards = CATALOGUE.into_iter().map(|it| Rule { id: it.id, holds: it.title });
    let own = [
        (INVALID_SCRIPT, "a script that cannot be read"),
        (INVALID_FILE, "a file that is no script"),
    ];
    hazards.chain(own.map(|(id, holds)| Rule { id, holds })).collect()
});

/// All that was found. Exit code 2 where a file or script cannot be read, 4 where an error stands.
pub fn lint_document(linted: &Linted) -> Document {
    let count = |level| linted.found.iter().filter(|it| stands(it, level)).count();
    let [errors, warnings, notes] =
        [HazardLevel::Error, HazardLevel::Warning, HazardLevel::Note].map(count);
    let accepted = linted.found.iter().filter(|it| it.accepted.is_some()).count();
    let exit_code = match errors {
        _ if linted.found.iter().any(LintFinding::is_invalid) => 2,
        0 => 0,
        _ => 4,
    };
    let body = json!({
        "files": linted.files.len(),
        "errors": errors,
        "warnings": warnings,
        "notes": notes,
        "accepted": accepted,
        "findings": linted.found.iter().map(finding_json).collect::<Vec<_>>(),
    });
    let mut text = findings_text(&linted.found);
    let parts = [
        (errors, "error", "errors"),
        (warnings, "warning", "warnings"),
        (notes, "note", "notes"),
        (accepted, "accepted", "accepted"),
    ];
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|(number, ..)| *number > 0)
        .map(|(number, one, many)| counted(number, one, many))
        .collect();
    let parts = if parts.is_empty() { "nothing found".to_owned() } else { parts.join(", ") };
    text += &format!("{}: {parts}\n", counted(linted.files.len(), "file", "files"));
    Document::new("lint", exit_code, body, text).with_findings(findings(linted))
}

fn stands(it: &LintFinding, level: HazardLevel) -> bool {
    it.level == level && it.accepted.is_none()
}

fn word(level: HazardLevel) -> &'static str {
    match level {
        HazardLevel::Error => "error",
        HazardLevel::Warning => "warning",
        HazardLevel::Note | HazardLevel::Off => "note",
    }
}

fn help(it: &LintFinding) -> Option<&str> {
    it.help.as_deref().or_else(|| Some(hazard_rule(it.id)?.instead))
}

fn finding_json(it: &LintFinding) -> Value {
    json!({
        "id": it.id,
        "level": word(it.level),
        "message": it.message,
        "why": hazard_rule(it.id).map(|rule| rule.why),
        "help": help(it),
        "file": it.place.file,
        "line": it.place.at.map(|at| at.line),
        "column": it.place.at.map(|at| at.column),
        "end_line": it.end.map(|end| end.line),
        "end_column": it.end.map(|end| end.column),
        "statement": it.statement,
        "accepted": it.accepted,
    })
}

/// What stands, with its lines. What is the same for each finding of a name is said with the first.
fn findings_text(found: &[LintFinding]) -> String {
    let mut text = String::new();
    let mut said = BTreeSet::new();
    for it in found.iter().filter(|it| it.accepted.is_none()) {
        text += &format!("{}[{}]: {}\n", word(it.level), it.id, it.message);
        text += &place_text(&it.place);
        let is_first = said.insert(it.id);
        let usual = hazard_rule(it.id).filter(|_| is_first);
        if let Some(rule) = usual {
            text += &format!("  why: {}\n", first_sentence(rule.why));
        }
        if let Some(help) = it.help.as_deref().or_else(|| Some(usual?.instead)) {
            text += &format!("  help: {help}\n");
        }
        text.push('\n');
    }
    text
}

fn first_sentence(text: &str) -> &str {
    text.split_once(". ").map_or_else(|| text.trim_end_matches('.'), |(first, _)| first)
}

fn findings(linted: &Linted) -> Findings {
    let faulty: BTreeSet<&str> = linted.found.iter().map(|it| it.place.file.as_str()).collect();
    let sound = linted.files.iter().filter(|file| !faulty.contains(file.as_str()));
    let guide = |it: &'static HazardRule| Guide {
        rule: it.id,
        text: format!("{}\n\n{}", it.why, it.instead),
        page: hazard_page(it),
    };
    Findings {
        rules: &RULES,
        sound: sound.map(|it| Sound { rule: "clean", name: it.clone(), skipped: None }).collect(),
        found: linted.found.iter().map(finding).collect(),
        guides: CATALOGUE.into_iter().map(guide).collect(),
    }
}

fn finding(it: &LintFinding) -> Finding {
    let level = match it.level {
        HazardLevel::Error => Level::Error,
        HazardLevel::Warning => Level::Warning,
        HazardLevel::Note | HazardLevel::Off => Level::Note,
    };
    Finding {
        detail: help(it).map(str::to_owned),
        place: Some(it.place.clone()),
        end: it.end,
        likeness: it.likeness.clone(),
        accepted: it.accepted.clone(),
        ..Finding::new(it.id, level, it.message.clone())
    }
}
