//! The files of a set, as `plan` finds them.

use super::{found, lint, project};
use crate::support::snapshot::assert_run_snapshot;
use crate::support::{Project, turnback};

#[test]
fn bundled_sets_have_no_errors_and_no_warnings() {
    for set in
        ["auth-sessions", "lucia-sessions", "refresh-tokens", "rls-sessions", "user-sessions"]
    {
        let run = turnback(&["lint", "--set", set, "--format", "json"]).expect_code(0);
        let document = run.json();
        assert_eq!(document["set"], set);
        assert_eq!((&document["errors"], &document["warnings"]), (&0.into(), &0.into()), "{run}");
        assert!(document["files"].as_u64().unwrap() > 20, "{run}");
    }
}

#[test]
fn what_is_wrong_with_the_set_is_told_with_the_rest() {
    let project = project("DROP TABLE a;");
    project.write("migrations/V2__b.sql", "SELECT 1;");
    project.write("migrations/w.sql", "SELECT 1;");
    assert_run_snapshot!(project.run(&["lint"]));
    let run = lint(&project, &["migrations"]).expect_code(4);
    assert_eq!(found(&run).len(), 1, "{run}");
}

#[test]
fn no_database_is_opened() {
    let project = project("CREATE TABLE a (b int);").url("postgres://nobody@127.0.0.1:1/nowhere");
    lint(&project, &[]).expect_code(0);
    let project = super::project("CREATE TABLE a (b int);").url("sqlite:app.db");
    lint(&project, &[]).expect_code(0);
    assert!(!project.path().join("app.db").exists());
}

#[test]
fn checks_and_fixtures_are_read_for_what_they_are() {
    let project = project("CREATE TABLE a (b int);");
    project.write("migrations/checks/1.sql", "-- turnback:check it is\nDROP TABLE a;\n");
    project.write("migrations/fixtures/before.sql", "DROP TABLE a;");
    assert_eq!(found(&lint(&project, &[]).expect_code(0)), Vec::<String>::new());
    project.write("migrations/checks/1.sql", "-- turnback:chek it is\nSELECT 1;\n");
    project.write("migrations/fixtures/before.sql", "SELEC 1;");
    assert_eq!(
        found(&lint(&project, &["migrations"]).expect_code(2)),
        [
            "error invalid-script migrations/checks/1.sql:1:13",
            "error invalid-script migrations/fixtures/before.sql:1:1",
        ]
    );
}

#[test]
fn the_engine_is_that_of_the_set_then_of_the_url() {
    let is_sqlite = |project: &Project, args: &[&str]| {
        let found = found(&lint(project, args));
        assert_eq!(found.len(), 1, "{found:?}");
        found[0].contains("sqlite-")
    };
    let script = "CREATE TABLE t (a string);\nDROP INDEX i;";
    assert!(!is_sqlite(&project(script), &[]));
    assert!(is_sqlite(&project(script), &["--engine", "sqlite"]));
    assert!(is_sqlite(&project(script), &["-D", "sqlite:app.db"]));
    assert!(is_sqlite(&project(script).url("sqlite:app.db"), &[]));
    let named = project(script);
    named.write("turnback.toml", "url = \"sqlite:a.db\"\n");
    assert!(is_sqlite(&named, &[]));
    let project = project(script).url("postgres://nowhere/a");
    assert!(!is_sqlite(&project, &[]));
    let manifest = "name = \"a\"\nengine = \"sqlite\"\nsummary = \"s\"\n";
    project.write("migrations/set.toml", manifest);
    assert!(is_sqlite(&project, &[]));
    assert!(is_sqlite(&project, &["migrations/V1__a.sql"]));
    assert!(!is_sqlite(&project, &["--engine", "postgresql"]));
    lint(&project, &["-D", "mysql://nowhere/a"]).expect_code(2);
}
