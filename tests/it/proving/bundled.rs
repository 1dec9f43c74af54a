//! The bundled sets.

use super::{there, verdicts};
use crate::support::{Project, turnback};

fn assert_proven(set: &str, versions: usize) {
    let project = Project::new();
    let run = there(project.command(&["prove", "--set", set, "--format", "json"])).run();
    let run = run.expect_code(0);
    let document = run.json();
    assert_eq!((&document["proven"], &document["ok"]), (&versions.into(), &true.into()), "{run}");
    let all = "yes yes yes yes yes";
    let expected: Vec<String> = (1..=versions).map(|version| format!("{version} {all}")).collect();
    assert_eq!(verdicts(&run), expected);
    for migration in document["migrations"].as_array().unwrap() {
        // Its fixtures bring rows, and what they do not bring is made up.
        assert_eq!(migration["tables_without_rows"].as_array().map(Vec::len), Some(0), "{run}");
        assert_eq!(migration["problem"], serde_json::Value::Null);
    }
}

#[test]
fn auth_sessions() {
    assert_proven("auth-sessions", 24);
}

#[test]
fn lucia_sessions() {
    assert_proven("lucia-sessions", 19);
}

#[test]
fn refresh_tokens() {
    assert_proven("refresh-tokens", 13);
}

#[test]
fn rls_sessions() {
    assert_proven("rls-sessions", 11);
}

#[test]
fn user_sessions() {
    assert_proven("user-sessions", 19);
}

#[test]
fn the_default_set_is_proven_without_any_setting() {
    let run = turnback(&["prove", "--from", "2", "--to", "3"]).expect_code(0);
    let lines: Vec<&str> = run.stdout.lines().collect();
    assert_eq!(lines[0], "set lucia-sessions: on temporary SQLite files");
    let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let start = ["2", "user_authentication_columns", "ok", "ok", "ok", "yes", "yes"];
    assert_eq!(words(lines[3])[..7], start);
    assert_eq!(lines.last(), Some(&"2 of 2 migrations proven"));
}
