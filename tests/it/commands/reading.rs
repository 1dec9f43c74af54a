//! Reading never writes.

use super::fill;
use crate::support::{Cluster, Database, Project, Run, SqliteFile, Turnback};

/// Commands that only look, with the exit code each has where everything is pending.
const LOOKING: &[(&[&str], i32)] = &[
    (&["status"], 0),
    (&["status", "--exit-code"], 3),
    (&["info", "--format", "json"], 0),
    (&["plan"], 0),
    (&["plan", "--to", "2"], 0),
    (&["migrate", "--dry-run"], 0),
    (&["rollback", "--dry-run"], 0),
    (&["rollback", "--all", "--dry-run"], 0),
    (&["rollback", "--all", "--force"], 0),
    (&["migrate", "--to", "99"], 2),
    (&["verify"], 3),
    (&["verify", "--format", "json"], 3),
    (&["snapshot"], 0),
    (&["snapshot", "--form", "json"], 0),
    (&["diff", "."], 0),
];

/// A role that cannot write, whatever it tries, in a database of its own.
fn reader(database: &Database) -> String {
    let role = format!("{}_reader", database.name());
    database.psql(&format!(
        "CREATE ROLE {role} LOGIN; ALTER ROLE {role} SET default_transaction_read_only = on;
         REVOKE CREATE ON SCHEMA public FROM PUBLIC;
         REVOKE TEMPORARY ON DATABASE {} FROM PUBLIC",
        database.name()
    ));
    database.url().replace("postgres@", &format!("{role}@"))
}

#[test]
fn looking_at_an_untouched_postgresql_needs_no_right_to_write() {
    let database = Cluster::shared().database();
    database.psql("CREATE TABLE bystander (id int)");
    let url = reader(&database);
    let before = database.dump();
    let project = Project::new().url(&url);
    fill(&project);
    for (args, code) in LOOKING {
        let run = project.run(args);
        assert_eq!(run.code, *code, "{args:?}: {run}");
    }
    // And the bundled set, whose directives ask about tables and extensions.
    for args in [&["status"][..], &["plan"]] {
        let mut all = vec!["-D", &url, "--set", "rls-sessions"];
        all.extend(args);
        Turnback::new(&all).run().expect_code(0);
    }
    assert_eq!(database.dump(), before);
    assert_eq!(database.psql("SELECT to_regnamespace('turnback')"), "");
    // The role is one that would have been stopped.
    let refused = project.run(&["migrate", "--format", "json"]).expect_code(1);
    let code = refused.json()["error"]["sqlstate"].clone();
    assert!(["25006", "42501"].map(Into::into).contains(&code), "{refused}");
    assert_eq!(database.dump(), before);
}

#[test]
fn looking_at_a_migrated_postgresql_adds_nothing_to_the_record() {
    let database = Cluster::shared().database();
    let project = Project::for_database(&database);
    fill(&project);
    project.run(&["migrate", "--to", "2"]).expect_code(0);
    let before = database.dump();
    for (args, code) in LOOKING {
        if !args.contains(&"--force") {
            let run = project.run(args);
            assert_eq!(run.code, *code, "{args:?}: {run}");
        }
    }
    assert_eq!(database.dump(), before);
    project.run(&["migrate"]).expect_code(0);
    let before = database.dump();
    project.run(&["migrate"]).expect_code(0);
    assert_eq!(database.dump(), before, "nothing left to apply, and yet something was written");
}

#[test]
fn a_role_that_may_not_read_the_record_is_told_so() {
    let database = Cluster::shared().database();
    let project = Project::for_database(&database);
    fill(&project);
    project.run(&["migrate"]).expect_code(0);
    let reading = Project::new().url(&reader(&database));
    fill(&reading);
    let run = reading.run(&["status", "--format", "json"]).expect_code(1);
    assert_eq!(run.json()["error"]["kind"], "permission", "{run}");
    assert!(!run.json()["error"]["hints"].as_array().unwrap().is_empty(), "{run}");
}

fn look(file: &SqliteFile) {
    let project = Project::new().url(&file.url());
    fill(&project);
    for (args, code) in LOOKING {
        let run: Run = project.run(args);
        assert_eq!(run.code, *code, "{args:?}: {run}");
    }
    file.run("lucia-sessions", &["plan"]).expect_code(0);
}

#[test]
fn looking_at_a_sqlite_file_leaves_every_byte_and_no_file_beside_it() {
    let file =
        SqliteFile::with("CREATE TABLE bystander (id int); INSERT INTO bystander VALUES (1)");
    let before = file.trace();
    look(&file);
    assert_eq!(file.trace(), before);
}

#[test]
fn looking_at_a_sqlite_file_in_wal_mode_leaves_no_file_beside_it() {
    let file = SqliteFile::with("PRAGMA journal_mode = wal; CREATE TABLE bystander (id int)");
    let before = file.trace();
    assert_eq!(before.len(), 1);
    look(&file);
    assert_eq!(file.trace(), before);
}

#[test]
fn looking_at_a_sqlite_file_that_is_not_there_makes_none() {
    let file = SqliteFile::new();
    look(&file);
    assert_eq!(file.trace(), []);
    // The embedded default as well.
    let project = Project::new();
    for args in [&["status"][..], &["plan"], &["migrate", "--dry-run"]] {
        let run = project.run(args).expect_code(0);
        assert!(run.stderr.contains("working on sqlite:turnback.db, with the set lucia-sessions"));
    }
    assert_eq!(std::fs::read_dir(project.path()).unwrap().count(), 0);
}
