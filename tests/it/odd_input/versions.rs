//! Versions: one, many, small, and as long as a timestamp.

use super::{on_postgres, on_sqlite};
use crate::support::Project;

fn table(project: &Project, version: i64, name: &str) {
    project.migration(
        version,
        name,
        &format!("CREATE TABLE {name} (id int);"),
        &format!("DROP TABLE {name};"),
    );
}

fn current(project: &Project) -> serde_json::Value {
    project.run(&["status", "--format", "json"]).expect_code(0).json()["current_version"].clone()
}

const STAMP: i64 = 20_260_131_120_000;

fn timestamps_join_small_versions(project: &Project) {
    table(project, 2, "two");
    table(project, 10, "ten");
    project.run(&["migrate"]).expect_code(0);
    assert_eq!(current(project), 10);
    table(project, STAMP, "stamped");
    table(project, i64::MAX, "last");
    project.run(&["migrate", "--to", &STAMP.to_string()]).expect_code(0);
    assert_eq!(current(project), STAMP);
    project.run(&["migrate"]).expect_code(0);
    assert_eq!(current(project), i64::MAX);
    assert_eq!(project.run(&["status", "--exit-code"]).code, 0);
    let run = project.run(&["rollback", "--to", "2", "--force", "--format", "json"]).expect_code(0);
    let json = run.json();
    let undone: Vec<_> =
        json["migrations"].as_array().unwrap().iter().map(|it| it["version"].clone()).collect();
    assert_eq!(undone, [i64::MAX, STAMP, 10]);
    project.run(&["migrate"]).expect_code(0);
    project.run(&["rollback", "--all", "--force"]).expect_code(0);
}

#[test]
fn timestamps_join_small_versions_on_postgresql() {
    let (database, project) = on_postgres();
    timestamps_join_small_versions(&project);
    assert_eq!(database.psql("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"), "0");
}

#[test]
fn timestamps_join_small_versions_on_sqlite() {
    let (file, project) = on_sqlite();
    timestamps_join_small_versions(&project);
    assert_eq!(file.schema(), "");
}

#[test]
fn a_set_of_one_is_a_set() {
    let (_database, postgres) = on_postgres();
    let (_file, sqlite) = on_sqlite();
    for project in [postgres, sqlite] {
        table(&project, 0, "zero");
        project.run(&["migrate"]).expect_code(0);
        assert_eq!(current(&project), 0);
        assert!(project.run(&["migrate"]).expect_code(0).stdout.contains("nothing left"));
        // `--to 0` keeps a version 0 that exists.
        project.run(&["rollback", "--to", "0", "--force"]).expect_code(0);
        assert_eq!(current(&project), 0);
        project.run(&["rollback", "--all", "--force"]).expect_code(0);
        assert_eq!(current(&project), serde_json::Value::Null);
    }
}
