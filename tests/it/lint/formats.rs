//! The same findings in every form.

use super::{found, lint, project};
use crate::support::Project;
use crate::support::snapshot::assert_run_snapshot;

/// Two hazards, of which one is accepted, a warning, and a note.
fn mixed() -> Project {
    let script = "ALTER TABLE accounts\n    DROP COLUMN email;\n\
                  -- turnback:allow ban-drop-table -- nobody reads it\n\
                  DROP TABLE old;\n\
                  -- turnback:allow renaming-table -- later\n\
                  SELECT 1;\n";
    project(script)
}

#[test]
fn text_shows_the_lines_and_says_what_to_do() {
    assert_run_snapshot!(mixed().run(&["lint"]));
    let project = project("CREATE TABLE accounts (id int, code STRING, at DATETIME);\n");
    assert_run_snapshot!(project.run(&["lint", "--engine", "sqlite"]));
}

#[test]
fn json_has_every_finding_with_its_place() {
    let run = lint(&mixed(), &[]).expect_code(4);
    let document = run.json();
    assert_eq!((&document["command"], &document["ok"]), (&"lint".into(), &false.into()));
    assert_eq!(document["exit_code"], 4);
    assert_eq!((&document["files"], &document["errors"]), (&2.into(), &1.into()));
    assert_eq!((&document["warnings"], &document["accepted"]), (&1.into(), &1.into()));
    assert_eq!(
        found(&run),
        [
            "error ban-drop-column migrations/V1__a.sql:2:5",
            "error ban-drop-table migrations/V1__a.sql:4:1 accepted",
            "warning unused-allow migrations/V1__a.sql:5:19",
        ]
    );
    let [first, second] = [0, 1].map(|index| &document["findings"][index]);
    assert_eq!((&first["end_line"], &first["end_column"]), (&2.into(), &22.into()));
    assert_eq!(first["statement"], "ALTER TABLE accounts DROP COLUMN email");
    assert_eq!(second["accepted"], "nobody reads it");
}

#[test]
fn sarif_has_rules_places_and_suppressions() {
    let log = mixed().run(&["lint", "--format", "sarif"]).expect_code(4).json();
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    assert_eq!(run["invocations"][0]["exitCode"], 4);
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), 3);
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert!(!rules[index]["shortDescription"]["text"].as_str().unwrap().is_empty());
    }
    let affinity = rules.iter().find(|it| it["id"] == "sqlite-type-affinity").unwrap();
    let page = affinity["help"]["markdown"].as_str().unwrap();
    assert!(page.starts_with("# sqlite-type-affinity\n") && page.contains("```sql"), "{page}");
    assert!(affinity["help"]["text"].as_str().unwrap().contains("STRICT"));
    let physical = &results[0]["locations"][0]["physicalLocation"];
    assert_eq!(physical["artifactLocation"]["uri"], "migrations/V1__a.sql");
    let region = serde_json::json!({
        "startLine": 2, "startColumn": 5, "endLine": 2, "endColumn": 22
    });
    assert_eq!(physical["region"], region);
    assert!(results[0]["suppressions"].is_null());
    let suppressed =
        serde_json::json!([{ "kind": "inSource", "justification": "nobody reads it" }]);
    assert_eq!(results[1]["suppressions"], suppressed);
}

#[test]
fn github_gets_what_stands_and_nothing_where_nothing_does() {
    let run = mixed().run(&["lint", "--format", "github"]).expect_code(4);
    let lines: Vec<&str> = run.stdout.lines().collect();
    assert_eq!(lines.len(), 2, "{run}");
    let place = "file=migrations/V1__a.sql,line=2,col=5,title=turnback lint%3A ban-drop-column";
    assert!(
        lines[0]
            .starts_with(&format!("::error {place}::applications that still use the column fail")),
        "{run}"
    );
    assert!(lines[1].starts_with("::warning file=migrations/V1__a.sql,line=5,col=19,"), "{run}");
    let clean = project("CREATE TABLE a (b int);").run(&["lint", "--format", "github"]);
    assert_eq!(clean.expect_code(0).stdout, "");
}

/// Each issue's fingerprint and first line.
fn issues(project: &Project) -> Vec<(String, u64)> {
    let report = project.run(&["lint", "--format", "gitlab"]).json();
    let issues = report.as_array().expect("an array").iter().map(|issue| {
        let keys: Vec<_> = issue.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(keys, ["description", "check_name", "fingerprint", "severity", "location"]);
        let line = issue["location"]["lines"]["begin"].as_u64().unwrap();
        (issue["fingerprint"].as_str().unwrap().to_owned(), line)
    });
    issues.collect()
}

#[test]
fn gitlab_knows_a_finding_again_where_lines_have_moved() {
    let project = project("DROP TABLE a;\nDROP TABLE b;\nDROP TABLE b;\n");
    let report = project.run(&["lint", "--format", "gitlab"]).expect_code(4).json();
    assert_eq!(report[0]["check_name"], "turnback/lint/ban-drop-table");
    assert_eq!(report[0]["severity"], "critical");
    assert_eq!(report[0]["location"]["path"], "migrations/V1__a.sql");
    let before = issues(&project);
    assert_eq!(before.iter().map(|it| it.1).collect::<Vec<_>>(), [1, 2, 3]);
    project.write("migrations/V1__a.sql", "-- x\n\nDROP  TABLE a;\nDROP TABLE b;\nDROP TABLE\n b;");
    let after = issues(&project);
    assert_eq!(after.iter().map(|it| it.1).collect::<Vec<_>>(), [3, 4, 5]);
    let prints = |all: Vec<(String, u64)>| all.into_iter().map(|it| it.0).collect::<Vec<_>>();
    let (before, after) = (prints(before), prints(after));
    assert_eq!(before, after);
    assert!(before[0] != before[1] && before[1] != before[2], "{before:?}");
    project.write("migrations/V1__a.sql", "SELECT 1;");
    assert_eq!(project.run(&["lint", "--format", "gitlab"]).expect_code(0).stdout, "[]\n");
}

#[test]
fn junit_has_a_failure_for_what_stands_and_a_case_for_the_rest() {
    let xml = mixed().run(&["lint", "--format", "junit"]).expect_code(4).stdout;
    assert!(xml.contains("tests=\"4\" failures=\"1\" errors=\"0\""), "{xml}");
    assert!(xml.contains("<testcase classname=\"clean\" name=\"rollbacks/V1__a.sql\"/>"), "{xml}");
    assert!(xml.contains("accepted: nobody reads it"), "{xml}");
}

#[test]
fn other_commands_tell_gitlab_too_and_those_without_findings_refuse() {
    let project = project("CREATE TABLE a (b int);").url("sqlite:app.db");
    project.run(&["migrate"]).expect_code(0);
    assert_eq!(project.run(&["verify", "--format", "gitlab"]).expect_code(0).stdout, "[]\n");
    project.write("migrations/V1__a.sql", "CREATE TABLE a (c int);");
    let report = project.run(&["verify", "--format", "gitlab"]).expect_code(4).json();
    assert_eq!(report[0]["check_name"], "turnback/verify/changed-file");
    assert_eq!(report[0]["location"]["path"], "migrations/V1__a.sql");
    let failed = project.run(&["check", "--format", "gitlab"]).expect_code(2).json();
    assert_eq!(failed[0]["severity"], "blocker");
    project.run(&["status", "--format", "gitlab"]).expect_code(2);
}
