//! `--report`: the time line of a run as a file that can be attached to a change.

mod cuts;
mod files;
mod markup;
mod page;
mod runs;
mod sqlite;
mod waits;

use serde_json::Value;

use crate::support::{Project, Run};

/// What a run leaves in its report.
struct Reported {
    run: Run,
    json: Value,
    html: String,
}

/// Runs a command with a report of each form, and checks what holds of every page.
#[track_caller]
fn reported(project: &Project, args: &[&str]) -> Reported {
    let run = project.run(&with_reports(args));
    read(project, run)
}

/// The arguments with both reports.
fn with_reports<'a>(args: &[&'a str]) -> Vec<&'a str> {
    [args, &["--report", "run.json", "--report", "run.html"]].concat()
}

#[track_caller]
fn read(project: &Project, run: Run) -> Reported {
    let json: Value = serde_json::from_str(&project.read("run.json")).expect("it is JSON");
    let html = project.read("run.html");
    markup::check(&html);
    assert_eq!(json["exit_code"], run.code, "{run}");
    assert_eq!(json["ok"], run.code == 0, "{run}");
    Reported { run, json, html }
}

/// The states of a step's statements, in their order.
fn states(step: &Value) -> Vec<&str> {
    let statements = step["statements"].as_array().expect("it is a list");
    statements.iter().map(|it| it["state"].as_str().expect("it is a word")).collect()
}

/// A number that has to be there.
#[track_caller]
fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

/// Fails unless one span lies within another, with the time it takes to write both down.
#[track_caller]
fn assert_within(inner: &Value, outer: &Value) {
    let ends = |it: &Value| number(&it["offset_ms"]) + number(&it["duration_ms"]);
    let begins = |it: &Value| number(&it["offset_ms"]);
    assert!(begins(inner) >= begins(outer) - 1.0, "{inner} begins before {outer}");
    assert!(ends(inner) <= ends(outer) + 1.0, "{inner} ends behind {outer}");
}
