//! Files and databases on which nothing is tried.

use super::{ACCOUNTS, given, given_postgres};
use crate::support::snapshot::assert_run_snapshot;
use crate::support::{Cluster, Either, Project, SqliteFile};

#[test]
fn a_file_that_is_no_check_file_is_refused_with_its_place_before_anything_is_tried() {
    let cases: [(&str, u64, &str); 13] = [
        ("SELECT 1 AS expected, 2 AS actual;", 1, "the file has no check"),
        ("-- turnback:chekc a\nSELECT 1;", 1, "unknown directive `chekc`"),
        ("-- turnback:check\nSELECT 1;", 1, "what the check holds"),
        ("-- turnback:check a\n\n-- turnback:check b\nSELECT 1;", 3, "has no statement"),
        ("SELECT 1;\n-- turnback:check a\n", 3, "has no statement"),
        ("-- turnback:expect-error 23505\nSELECT 1;", 1, "the set-up expects no errors"),
        ("-- turnback:check a\n-- turnback:expect-error 23505\n", 2, "no statement follows"),
        ("-- turnback:check a\n-- turnback:expect-error 1 2\nSELECT 1;", 2, "`2`"),
        ("-- turnback:check a\nSELECT 1;\n-- turnback:skip-unless true\nSELECT 1;", 3, "directly"),
        ("-- turnback:check a\nSELECT\n-- turnback:check b\n1;", 3, "inside a statement"),
        ("-- turnback:check a\nSELECT 1;\nCOMMIT;", 3, "COMMIT"),
        ("-- turnback:check a\nSELECT 'open;", 2, ""),
        ("-- turnback:transaction off\n-- turnback:check a\nSELECT 1;", 1, "unknown directive"),
    ];
    for place in Either::both() {
        let project = given(&place, "-- turnback:check a\nSELECT 1 AS expected, 1 AS actual;");
        for (text, line, words) in &cases {
            project.write("migrations/checks/zoo.sql", text);
            let run = project.run(&["check", "--format", "json"]).expect_code(2);
            let error = &run.json()["error"];
            assert_eq!(error["line"], *line, "{text}\n{run}");
            assert!(error["file"].as_str().unwrap().ends_with("checks/zoo.sql"), "{run}");
            assert!(error["message"].as_str().unwrap().contains(words), "{text}\n{run}");
        }
    }
}

#[test]
fn a_misspelt_directive_is_shown_with_its_line_and_what_it_may_have_meant() {
    let (_database, project) = given_postgres(
        "-- turnback:check an address is unique\n\
         -- turnback:expect-eror 23505\n\
         INSERT INTO accounts VALUES (1, 'ann@example.org');\n",
    );
    assert_run_snapshot!(project.run(&["check"]).expect_code(2));
}

#[test]
fn a_set_without_checks_is_told_so() {
    for place in Either::both() {
        let project = place.project();
        project.migration(1, "accounts", ACCOUNTS, "DROP TABLE accounts;");
        project.run(&["migrate"]).expect_code(0);
        let run = project.run(&["check"]).expect_code(2);
        assert!(run.stderr.contains("the set has no checks"), "{run}");
        assert!(
            run.stderr.contains("migrations/checks/") || run.stderr.contains("checks/"),
            "{run}"
        );
    }
}

#[test]
fn a_set_that_is_not_installed_is_not_tried_and_nothing_is_made() {
    let checks = "-- turnback:check a\nSELECT 1 AS expected, 1 AS actual;";
    let file = SqliteFile::new();
    let database = Cluster::shared().database();
    let before = database.dump();
    for url in [file.url(), database.url()] {
        let project = Project::new().url(&url);
        project.migration(1, "accounts", ACCOUNTS, "DROP TABLE accounts;");
        project.write("migrations/checks/a.sql", checks);
        let run = project.run(&["check"]).expect_code(1);
        assert!(run.stderr.contains("the set is not installed"), "{run}");
        assert!(run.stderr.contains("turnback migrate"), "{run}");
    }
    assert_eq!(file.files(), [""; 0]);
    assert_eq!(database.dump(), before);
}

#[test]
fn a_set_that_is_installed_in_part_is_tried_with_a_note() {
    for place in Either::both() {
        let checks = "-- turnback:check names\nSELECT name AS expected, name AS actual FROM names;";
        let project = given(&place, checks);
        project.migration(2, "names", "CREATE TABLE names (name text);", "DROP TABLE names;");
        project.migration(3, "more", "CREATE TABLE more (name text);", "DROP TABLE more;");
        let run = project.run(&["check"]).expect_code(4);
        assert!(run.stderr.contains("V2 is pending"), "{run}");
    }
}
