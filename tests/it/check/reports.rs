//! What continuous integration reads.

use super::given;
use crate::support::{Either, Project, SqliteFile};

const CHECKS: &str = "-- turnback:check one is there\n\
                      SELECT 1 AS expected, count(*) AS actual FROM accounts;\n\
                      -- turnback:check two <are> there\n\
                      SELECT 2 AS expected, count(*) AS actual FROM accounts;\n";

const FILE: &str = "migrations/checks/accounts.sql";

fn one_fails() -> (Either, Project) {
    let place = Either::Sqlite(SqliteFile::new());
    let project = given(&place, CHECKS);
    (place, project)
}

#[test]
fn a_failed_check_is_told_in_every_form_and_with_its_line() {
    let (_place, project) = one_fails();
    let run = project.run(&["check", "--format", "github"]).expect_code(4);
    assert_eq!(
        run.stdout,
        format!(
            "::error file={FILE},line=4,col=1,title=turnback check%3A failed-check::\
             two <are> there%0Aexpected: 2%0Aactual:   1\n"
        )
    );
    let junit = project.run(&["check", "--format", "junit"]).expect_code(4).stdout;
    for part in [
        "tests=\"2\" failures=\"1\" errors=\"0\" skipped=\"0\"",
        "<testcase classname=\"failed-check\" name=\"one is there\"/>",
        &format!("name=\"two &lt;are&gt; there\" file=\"{FILE}\" line=\"4\""),
    ] {
        assert!(junit.contains(part), "{part} is not in:\n{junit}");
    }
    let log = project.run(&["check", "--format", "sarif"]).expect_code(4).json();
    let results = log["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), 1);
    let place = &results[0]["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], FILE);
    assert_eq!(place["region"]["startLine"], 4);
}

#[test]
fn a_run_that_fails_is_told_too_and_on_stderr_besides() {
    for (format, part) in [
        ("sarif", "\"executionSuccessful\": false"),
        ("junit", "errors=\"1\""),
        ("github", "::error title=turnback check::the set is not installed"),
    ] {
        let place = Either::Sqlite(SqliteFile::new());
        let project = place.project();
        project.migration(1, "a", "CREATE TABLE a (b);", "DROP TABLE a;").write(FILE, CHECKS);
        let run = project.run(&["check", "--format", format]).expect_code(1);
        assert!(run.stdout.contains(part), "{run}");
        assert!(run.stderr.starts_with("error: the set is not installed\n"), "{run}");
    }
}

#[test]
fn a_command_that_looks_for_nothing_refuses_these_forms() {
    let (_place, project) = one_fails();
    for format in ["sarif", "junit", "github"] {
        let run = project.run(&["--format", format, "status"]).expect_code(2);
        assert_eq!(run.stdout, "", "{run}");
        let said = format!("`turnback status` has no findings to tell as {format}");
        assert!(run.stderr.contains(&said), "{run}");
    }
}
