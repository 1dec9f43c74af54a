//! What continuous integration reads.

use super::applied;
use crate::support::{Either, Project};

/// A changed file, a missing index, an unexpected table.
fn wrong() -> (Either, Project) {
    let [_, (database, project)] = applied();
    project.write("migrations/V2__index.sql", "CREATE INDEX users_name ON users (id, name);");
    database.query("DROP INDEX users_name; CREATE TABLE \"a<b&c\" (d int)");
    (database, project)
}

#[test]
fn sarif_has_a_result_for_each_finding_and_a_rule_for_each_result() {
    let (_database, project) = wrong();
    let log = project.run(&["verify", "--format", "sarif"]).expect_code(4).json();
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    assert_eq!(run["invocations"][0]["exitCode"], 4);
    assert_eq!(run["invocations"][0]["executionSuccessful"], true);
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), 4, "{results:?}");
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert_eq!(result["level"], "error");
    }
    let place = &results[0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
    assert_eq!(place, "migrations/V2__index.sql");
    let text = results.iter().map(|it| it["message"]["text"].as_str().unwrap()).collect::<String>();
    assert!(text.contains("- CREATE INDEX users_name ON users (name)"), "{text}");
}

/// Fails unless every element of a document is closed where it should be; returns their names.
fn elements(xml: &str) -> Vec<&str> {
    let (mut open, mut all) = (Vec::new(), Vec::new());
    for piece in xml.split('<').skip(1) {
        let (tag, text) = piece.split_once('>').expect("a tag ends");
        assert!(!text.contains('>') || !text.contains("]]>"), "{text}");
        if tag.starts_with('?') {
            continue;
        }
        assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
        let name = tag.trim_matches('/').split([' ', '\n']).next().unwrap();
        match (tag.starts_with('/'), tag.ends_with('/')) {
            (true, _) => assert_eq!(open.pop(), Some(name), "in:\n{xml}"),
            (_, is_empty) => {
                all.push(name);
                if !is_empty {
                    open.push(name);
                }
            }
        }
    }
    assert!(open.is_empty(), "{open:?} in:\n{xml}");
    all
}

#[test]
fn junit_has_a_case_for_each_rule_that_holds_and_each_finding() {
    let (_database, project) = wrong();
    let xml = project.run(&["verify", "--format", "junit"]).expect_code(4).stdout;
    let names = elements(&xml);
    let count = |name: &str| names.iter().filter(|it| **it == name).count();
    assert_eq!(count("failure"), 4, "{xml}");
    assert!(count("testcase") > 4, "{xml}");
    let said = format!("tests=\"{}\" failures=\"4\" errors=\"0\"", count("testcase"));
    assert!(xml.contains(&said), "{xml}");
    assert!(xml.contains("a&lt;b&amp;c"), "{xml}");
}

#[test]
fn github_has_a_line_for_each_finding() {
    let (_database, project) = wrong();
    let text = project.run(&["verify", "--format", "github"]).expect_code(4).stdout;
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 4, "{text}");
    assert!(lines.iter().all(|line| line.starts_with("::error ")), "{text}");
    let first = "::error file=migrations/V2__index.sql,title=turnback verify%3A changed-file::\
                 V2__index has changed since it was applied";
    assert_eq!(lines[0], first);
    assert!(text.contains("title=turnback verify%3A drift::"), "{text}");
    // Where nothing is wrong, nothing is shown.
    let [_, (_database, project)] = applied();
    assert_eq!(project.run(&["verify", "--format", "github"]).expect_code(0).stdout, "");
    let xml = project.run(&["verify", "--format", "junit"]).expect_code(0).stdout;
    assert!(xml.contains("failures=\"0\"") && !elements(&xml).contains(&"failure"), "{xml}");
}

#[test]
fn a_rollback_that_was_changed_is_shown_in_its_own_file() {
    let [_, (_database, project)] = applied();
    project.write("rollbacks/V2__index.sql", "DROP INDEX IF EXISTS users_name;");
    let text = project.run(&["verify", "--format", "github"]).expect_code(4).stdout;
    assert!(text.starts_with("::error file=rollbacks/V2__index.sql,"), "{text}");
}

#[test]
fn what_is_pending_is_told_in_every_form() {
    let [_, (_database, project)] = super::each();
    let log = project.run(&["verify", "--format", "sarif"]).expect_code(3).json();
    assert_eq!(log["runs"][0]["results"].as_array().unwrap().len(), 2);
    let xml = project.run(&["verify", "--format", "junit"]).expect_code(3).stdout;
    assert!(xml.contains("failures=\"2\""), "{xml}");
    let text = project.run(&["verify", "--format", "github"]).expect_code(3).stdout;
    assert_eq!(text.matches("verify%3A pending").count(), 2, "{text}");
}
