//! Where reports go.

use std::fs;
use std::os::unix::fs::symlink;

use crate::support::{Cluster, Project, SqliteFile};

use super::reported;

fn given() -> (SqliteFile, Project) {
    let file = SqliteFile::new();
    let project = Project::new().url(&file.url());
    project.migration(1, "t", "CREATE TABLE t (a int);", "DROP TABLE t;");
    (file, project)
}

#[test]
fn what_cannot_be_a_report_is_refused_before_anything_runs() {
    let (file, project) = given();
    for name in ["run.txt", "run", ".json", "run.html.gz"] {
        let run =
            project.run(&["migrate", "--report", "good.json", "--report", name]).expect_code(2);
        assert!(run.stderr.contains("ends neither in .html nor in .json"), "{run}");
    }
    project.write("plain", "");
    fs::create_dir(project.path().join("directory.json")).expect("the project is ours");
    for name in ["nowhere/run.json", "plain/run.json", "directory.json"] {
        let run = project.run(&["migrate", "--report", name]).expect_code(1);
        assert!(run.stderr.contains(&format!("cannot write the report {name}: ")), "{run}");
        assert!(run.stderr.contains("nothing was run"), "{run}");
    }
    for flag in ["--dry-run", "--verify-only"] {
        project.run(&["migrate", "--report", "run.json", flag]).expect_code(2);
    }
    assert!(!file.path().exists(), "a run was begun");
    assert!(!project.path().join("good.json").exists());
}

#[test]
fn a_report_replaces_the_one_before_it_whole() {
    let (_file, project) = given();
    project.write("kept.json", "an old report, longer than any other one ".repeat(1_000));
    symlink(project.path().join("kept.json"), project.path().join("run.json"))
        .expect("the project is ours");
    let first = reported(&project, &["migrate"]);
    first.run.clone().expect_code(0);
    assert!(first.run.stderr.contains("note: the report of this run is in run.json"));
    assert!(project.path().join("run.json").is_symlink());
    assert_eq!(project.read("kept.json"), project.read("run.json"));
    let second = reported(&project, &["migrate"]);
    assert_eq!(second.json["outcome"], "nothing_to_do");
    let names = fs::read_dir(project.path()).expect("it can be listed");
    let names: Vec<_> = names.map(|it| it.expect("it can be listed").file_name()).collect();
    assert!(!names.iter().any(|it| it.to_string_lossy().ends_with(".tmp")), "{names:?}");
}

#[test]
fn json_on_stdout_names_the_reports() {
    let (_file, project) = given();
    let args = ["migrate", "--format", "json", "--report", "a.HTML", "--report", "b.json"];
    let document = project.run(&args).expect_code(0).json();
    assert_eq!(document["reports"], serde_json::json!(["a.HTML", "b.json"]));
    assert!(project.read("a.HTML").starts_with("<!DOCTYPE html>"));
}

#[test]
fn a_report_that_can_no_longer_be_written_undoes_nothing() {
    let database = Cluster::shared().database();
    let project = Project::for_database(&database);
    project.migration(1, "t", "CREATE TABLE t (a int); SELECT pg_sleep(1);", "DROP TABLE t;");
    fs::create_dir(project.path().join("out")).expect("the project is ours");
    let args = ["migrate", "--format", "json", "--report", "out/run.json"];
    let running = project.command(&args).spawn();
    crate::support::wait_for_statement(&database, "pg_sleep(1)");
    fs::remove_dir_all(project.path().join("out")).expect("the project is ours");
    let run = running.wait().expect_code(1);
    assert!(run.stderr.contains("the report out/run.json could not be written"), "{run}");
    let document = run.json();
    assert_eq!(
        (&document["ok"], &document["migrations"][0]["state"]),
        (&false.into(), &"applied".into())
    );
    assert_eq!(document["report_errors"].as_array().map(Vec::len), Some(1), "{run}");
    project.run(&["status", "--exit-code"]).expect_code(0);
}

#[test]
fn a_run_that_never_began_is_reported_too() {
    let project = Project::new().url("postgres://postgres@127.0.0.1:1/nowhere");
    project.migration(1, "t", "CREATE TABLE t (a int);", "DROP TABLE t;");
    let reported = reported(&project, &["migrate"]);
    assert_eq!(reported.json["error"]["kind"], "connection", "{}", reported.run);
    assert_eq!(reported.json["steps"], serde_json::json!([]));
    let (_file, declined) = given();
    declined.run(&["migrate"]).expect_code(0);
    let reported = super::reported(&declined, &["rollback"]);
    assert_eq!(reported.json["outcome"], "declined", "{}", reported.run);
}
