//! The three forms of the same runs.

use serde_json::json;

use super::{CiRun, github, junit, sarif};
use crate::model::{Excerpt, Problem, ProblemKind};
use crate::report::{Document, Finding, Findings, Level, Rule, Sound, Subject};

static RULES: [Rule; 3] = [
    Rule { id: "changed-file", holds: "each file is the one that was applied" },
    Rule { id: "drift", holds: "the live schema is the recorded one" },
    Rule { id: "pending", holds: "nothing is pending" },
];

fn subject() -> Subject {
    Subject {
        database: Some("postgres://app@db/app".to_owned()),
        set: Some("rls-sessions".to_owned()),
    }
}

fn document(findings: Findings) -> Document {
    Document::new("verify", 4, json!({}), String::new()).with_findings(findings)
}

fn of_every_kind() -> Document {
    let script = "SELECT 1;\n  SELECT 2;\n";
    let found = vec![
        Finding {
            object: Some("column app.users.\"a,b:c\"".to_owned()),
            detail: Some("-text\n+varchar(5) <&>\u{1b}[31m 100%\r\n".to_owned()),
            ..Finding::new("drift", Level::Error, "it is altered")
        },
        Finding {
            place: Some(Excerpt::of_offset("migrations/V1__a b,é.sql", script, 12)),
            ..Finding::new("changed-file", Level::Warning, "the file has changed\n::error::no")
        },
        Finding {
            object: Some("index app.by_name".to_owned()),
            ..Finding::new("unknown-rule", Level::Note, "index app.by_name is unused")
        },
    ];
    let mut findings = Findings::by_rule(&RULES, found);
    findings.sound.push(Sound {
        rule: "pending",
        name: "nothing is pending elsewhere".to_owned(),
        skipped: Some("no \"elsewhere\"".to_owned()),
    });
    document(findings)
}

fn failure() -> Problem {
    Problem::new(ProblemKind::Connection, "cannot connect: refused")
        .at(Excerpt::of_file("/etc/turn back.toml"))
        .hint("start the server")
}

#[test]
fn github_gets_one_line_for_a_finding_whatever_is_in_it() {
    let (document, subject) = (of_every_kind(), subject());
    insta::assert_snapshot!(github(&CiRun::ended(&document, &subject)));
    let problem = failure();
    insta::assert_snapshot!(
        github(&CiRun::failed("verify", &problem, &subject)),
        @"::error file=/etc/turn back.toml,title=turnback verify::cannot connect: refused%0A--> /etc/turn back.toml%0A  next: start the server"
    );
    assert_eq!(github(&CiRun::ended(&super::tests::document(Findings::default()), &subject)), "");
}

#[test]
fn junit_gets_a_case_for_each_thing_looked_at() {
    let (document, subject) = (of_every_kind(), subject());
    insta::assert_snapshot!(junit(&CiRun::ended(&document, &subject)));
    let problem = failure();
    insta::assert_snapshot!(junit(&CiRun::failed("verify", &problem, &Subject::default())));
}

#[test]
fn no_character_makes_a_junit_report_that_is_not_xml() {
    let every: String = (0..=0x1_0000_u32).filter_map(char::from_u32).collect();
    let found =
        vec![Finding { detail: Some(every.clone()), ..Finding::new("drift", Level::Error, every) }];
    let text = junit(&CiRun::ended(&document(Findings::by_rule(&RULES, found)), &subject()));
    let is_allowed = |c: char| matches!(c, '\t' | '\n' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    assert_eq!(text.chars().find(|c| !is_allowed(*c)), None);
    let message = text.split("message=\"").nth(1).unwrap().split('"').next().unwrap();
    assert!(!message.contains(['<', '\n', '\t']), "{message}");
}

#[test]
fn sarif_gets_rules_results_and_where_they_are() {
    let (document, subject) = (of_every_kind(), subject());
    let log = sarif(&CiRun::ended(&document, &subject));
    insta::assert_snapshot!(serde_json::to_string_pretty(&log).unwrap());
    let problem = failure();
    let log = sarif(&CiRun::failed("verify", &problem, &subject));
    let invocation = &log["runs"][0]["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], false);
    assert_eq!(invocation["exitCode"], 1);
    let notification = &invocation["toolExecutionNotifications"][0];
    assert!(notification["message"]["text"].as_str().unwrap().contains("start the server"));
    let uri = &notification["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
    assert_eq!(uri, "file:///etc/turn%20back.toml");
}
