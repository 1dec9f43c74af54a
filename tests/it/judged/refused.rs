//! `migrate` stops before hazards that nobody has accepted.

use crate::support::{Cluster, Database, Project, Run};

/// The run of somebody who has accepted nothing.
fn migrate(project: &Project, args: &[&str]) -> Run {
    let args: Vec<&str> = ["migrate"].iter().chain(args).copied().collect();
    project.command(&args).env_remove("TURNBACK_ALLOW_HAZARD").run()
}

fn with_a_row() -> Database {
    let database = Cluster::shared().database();
    database.psql("CREATE TABLE t (id int); INSERT INTO t VALUES (1)");
    database
}

fn two_hazards(database: &Database) -> Project {
    let project = Project::for_database(database);
    let up = "CREATE TABLE before (a int);\nCREATE INDEX i ON t (id);\nALTER TABLE t SET UNLOGGED;";
    let down = "ALTER TABLE t SET LOGGED; DROP INDEX i; DROP TABLE before;";
    project.migration(1, "hurts", up, down);
    project
}

#[test]
fn nothing_is_done_until_each_is_accepted() {
    let database = with_a_row();
    let project = two_hazards(&database);
    let run = migrate(&project, &[]).expect_code(6);
    for told in [
        "V1__hurts.sql:2:1: require-concurrent-index-creation: nobody writes to the table",
        "changing-persistence",
        "t has 1 row",
        "--allow-hazard changing-persistence --allow-hazard require-concurrent-index-creation",
    ] {
        assert!(run.stderr.contains(told), "{told}: {run}");
    }
    // Nothing at all was done: not even a table of our own is there.
    assert_eq!(database.psql("SELECT count(*) FROM pg_tables WHERE schemaname = 'turnback'"), "0");
    assert_eq!(database.psql("SELECT to_regclass('before') IS NULL"), "t");

    // One of them accepted leaves the other, with its place.
    let args = ["--allow-hazard", "changing-persistence", "--format", "json"];
    let json = migrate(&project, &args).expect_code(6).json();
    assert_eq!((&json["error"]["kind"], &json["error"]["line"]), (&"hazard".into(), &2.into()));

    let args = ["--allow-hazard", "changing-persistence,require-concurrent-index-creation"];
    migrate(&project, &args).expect_code(0);
    assert_eq!(database.psql("SELECT relpersistence FROM pg_class WHERE relname = 't'"), "u");
    // The way back is never refused.
    let back = project.command(&["rollback", "--force"]);
    back.env_remove("TURNBACK_ALLOW_HAZARD").run().expect_code(0);
}

#[test]
fn a_reason_above_the_statement_accepts_one() {
    let database = with_a_row();
    let project = Project::for_database(&database);
    let up = "-- turnback:allow require-concurrent-index-creation -- the shop is closed\n\
              CREATE INDEX i ON t (id);";
    project.migration(1, "index", up, "DROP INDEX i;");
    migrate(&project, &[]).expect_code(0);
}

#[test]
fn what_only_warns_stops_nothing() {
    let database = with_a_row();
    database.psql("CREATE INDEX i ON t (id)");
    let project = Project::for_database(&database);
    project.migration(1, "index", "DROP INDEX i;", "CREATE INDEX i ON t (id);");
    let plan = project.run(&["plan"]).expect_code(0);
    assert!(plan.stdout.contains("accepted require-concurrent-index-deletion"), "{plan}");
    let plan = project.command(&["plan"]).env_remove("TURNBACK_ALLOW_HAZARD").run();
    assert!(plan.stdout.contains("warning require-concurrent-index-deletion"), "{plan}");
    migrate(&project, &[]).expect_code(0);
}

#[test]
fn the_project_says_what_each_weighs() {
    let database = with_a_row();
    database.psql("CREATE INDEX old ON t (id)");
    let project = Project::for_database(&database);
    project.migration(1, "index", "CREATE INDEX i ON t (id);\nDROP INDEX old;", "DROP INDEX i;");
    let level = |level: &str, id: &str| format!("[lint.levels]\n{id} = \"{level}\"\n");
    let (builds, drops) =
        ("require-concurrent-index-creation", "require-concurrent-index-deletion");
    project.write("turnback.toml", level("warning", builds) + &format!("{drops} = \"error\"\n"));
    let run = migrate(&project, &[]).expect_code(6);
    let flags = format!("for this run with `--allow-hazard {drops}`");
    assert!(run.stderr.contains(&flags), "{run}");
    project.write("turnback.toml", level("off", builds));
    migrate(&project, &[]).expect_code(0);
}

#[test]
fn one_that_does_not_exist_is_a_mistake() {
    let database = with_a_row();
    let project = two_hazards(&database);
    let run = migrate(&project, &["--allow-hazard", "changing-persistance"]).expect_code(2);
    assert!(run.stderr.contains("`changing-persistence`"), "{run}");
}

#[test]
fn what_an_earlier_run_has_finished_is_none_any_more() {
    let database = with_a_row();
    let project = Project::for_database(&database);
    let up =
        "-- turnback:transaction off\nALTER TABLE t SET UNLOGGED;\nALTER TABLE late ADD x int;";
    project.migration(1, "half", up, "SELECT 1;");
    migrate(&project, &["--allow-hazard", "changing-persistence"]).expect_code(1);
    database.psql("CREATE TABLE late (id int)");
    migrate(&project, &[]).expect_code(0);
}

#[test]
fn a_plan_says_what_migrate_stops_at() {
    let database = with_a_row();
    let project = two_hazards(&database);
    let run = project.command(&["plan"]).env_remove("TURNBACK_ALLOW_HAZARD").run().expect_code(0);
    let stops = "`migrate` stops before this until each hazard is accepted";
    assert!(run.stdout.contains(stops), "{run}");
    let accepted = project.run(&["plan"]).expect_code(0);
    assert!(accepted.stdout.contains("accepted changing-persistence at"), "{accepted}");
    assert!(!accepted.stdout.contains(stops), "{accepted}");
}
