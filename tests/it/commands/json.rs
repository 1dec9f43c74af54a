//! What machines read: one document on stdout, whatever happens.

use serde_json::{Value, json};

use super::three;
use crate::support::{Cluster, Database, Project, Run, Turnback};

/// The keys every document starts with, and the document.
#[track_caller]
fn document(run: &Run, command: &str) -> Value {
    let document = run.json();
    assert_eq!(document["command"], command);
    assert_eq!(document["exit_code"], run.code);
    assert_eq!(document["ok"], run.code == 0);
    let keys: Vec<&String> = document.as_object().unwrap().keys().take(5).collect();
    assert_eq!(keys, ["command", "ok", "exit_code", "database", "set"]);
    document
}

fn json_of(project: &Project, args: &[&str]) -> Run {
    let mut all = vec!["--format", "json"];
    all.extend(args);
    project.run(&all)
}

#[test]
fn status_tells_each_migration_with_its_state_and_checksums() {
    let project = three();
    json_of(&project, &["migrate", "--to", "2"]).expect_code(0);
    let run = json_of(&project, &["status", "--exit-code"]).expect_code(3);
    let document = document(&run, "status");
    assert_eq!(document["database"], "sqlite:app.db");
    assert_eq!(document["set"], Value::Null);
    assert_eq!((&document["current_version"], &document["pending"]), (&json!(2), &json!(1)));
    let migrations = document["migrations"].as_array().unwrap();
    let of = |key: &str| migrations.iter().map(|it| it[key].clone()).collect::<Vec<_>>();
    assert_eq!(of("version"), [1, 2, 3]);
    assert_eq!(of("name"), ["users", "add_name", "orders"]);
    assert_eq!(of("state"), ["applied", "applied", "pending"]);
    assert_eq!(of("rollback_changed"), [false, false, false]);
    for applied in &migrations[..2] {
        assert_eq!(applied["checksum"], applied["applied_checksum"]);
        assert_eq!(applied["checksum"].as_str().unwrap().len(), 64);
        assert!(applied["applied_at"].as_str().unwrap().starts_with("20"));
    }
    assert_eq!(migrations[2]["applied_at"], Value::Null);
    assert_eq!(migrations[2]["applied_checksum"], Value::Null);
}

#[test]
fn a_plan_tells_statements_and_hashes_and_a_dry_run_tells_the_same() {
    let project = three();
    let plan = document(&json_of(&project, &["plan"]).expect_code(0), "plan");
    let dry = document(&json_of(&project, &["migrate", "--dry-run"]).expect_code(0), "migrate");
    for key in ["plan_hash", "state_hash", "direction", "migrations"] {
        assert_eq!(plan[key], dry[key], "{key}");
    }
    assert_eq!(plan["direction"], "forward");
    let orders = &plan["migrations"][2];
    assert_eq!(orders["action"], "run");
    assert_eq!(orders["file"], "migrations/V3__orders.sql");
    assert_eq!(orders["transaction"], true);
    let summaries: Vec<&Value> =
        orders["statements"].as_array().unwrap().iter().map(|it| &it["line"]).collect();
    assert_eq!(summaries, [1, 2]);
    // Another state or another text is another plan.
    project.write("migrations/V3__orders.sql", "CREATE TABLE orders (id int);");
    assert_ne!(json_of(&project, &["plan"]).json()["plan_hash"], plan["plan_hash"]);
    assert_eq!(json_of(&project, &["plan"]).json()["state_hash"], plan["state_hash"]);
    json_of(&project, &["migrate", "--to", "1"]).expect_code(0);
    assert_ne!(json_of(&project, &["plan"]).json()["state_hash"], plan["state_hash"]);
    let back = document(&json_of(&project, &["rollback", "--dry-run"]), "rollback");
    assert_eq!(
        (&back["direction"], &back["migrations"][0]["file"]),
        (&json!("back"), &json!("rollbacks/V1__users.sql"))
    );
}

#[test]
fn migrate_and_rollback_tell_what_became_of_each_version() {
    let project = three();
    let told = |run: &Run, command: &str| -> Vec<(Value, Value, Value)> {
        let document = document(run, command);
        let migrations = document["migrations"].as_array().unwrap();
        assert!(migrations.iter().all(|it| it["duration_ms"].is_u64()));
        let parts =
            |it: &Value| (it["version"].clone(), it["state"].clone(), it["statements"].clone());
        migrations.iter().map(parts).collect()
    };
    let run = json_of(&project, &["up"]).expect_code(0);
    assert_eq!(run.stderr, "");
    let applied =
        |version: i64, statements: i64| (json!(version), json!("applied"), json!(statements));
    assert_eq!(told(&run, "migrate"), [applied(1, 1), applied(2, 1), applied(3, 2)]);
    assert_eq!(told(&json_of(&project, &["migrate"]).expect_code(0), "migrate"), []);
    let back = |version: i64| (json!(version), json!("rolled_back"), json!(1));
    let run = json_of(&project, &["down", "--steps", "2", "--force"]).expect_code(0);
    assert_eq!(told(&run, "rollback"), [back(3), back(2)]);
    let run = json_of(&project, &["undo", "--all", "--force"]).expect_code(0);
    assert_eq!(told(&run, "rollback"), [back(1)]);
}

#[test]
fn a_failure_is_a_document_too_with_its_place_and_the_servers_words() {
    let database = Cluster::shared().database();
    let project = Project::for_database(&database);
    project.migration(1, "ok", "CREATE TABLE a (b int);", "DROP TABLE a;");
    project.migration(
        2,
        "bad",
        "-- first\nCREATE TABLE c (b int);\nINSERT INTO c\n  SELECT nothing FROM a;\n",
        "DROP TABLE c;",
    );
    let run = json_of(&project, &["migrate"]).expect_code(1);
    let document = document(&run, "migrate");
    let error = &document["error"];
    assert_eq!(error["kind"], "sql");
    assert_eq!(error["message"], "V2__bad failed: column \"nothing\" does not exist");
    assert_eq!(error["file"], "migrations/V2__bad.sql");
    assert_eq!((&error["line"], &error["column"]), (&json!(4), &json!(10)));
    assert_eq!(error["sqlstate"], "42703");
    assert!(error["notes"][0].as_str().unwrap().contains("nothing of V2__bad stands"));
    assert!(error["notes"][1].as_str().unwrap().contains("V1__ok"));
    assert_eq!(
        database.psql("SELECT to_regclass('a') || coalesce(to_regclass('c')::text, '-')"),
        "a-"
    );
}

#[test]
fn the_password_is_nowhere() {
    let database: Database = Cluster::shared().database();
    let url = database.url().replace("postgres@", "postgres:s3cret%21@");
    for args in [
        &["status"][..],
        &["plan"],
        &["migrate", "--verbose"],
        &["rollback"],
        &["status", "--schema", "nowhere"],
        &["diff", "."],
        &["diff", &url],
    ] {
        for format in ["text", "json"] {
            let mut all = vec!["-D", &url, "--set", "rls-sessions", "--format", format];
            all.extend(args);
            let run = Turnback::new(&all).run();
            for secret in ["s3cret", "s3cret!", "s3cret%21"] {
                assert!(!run.stdout.contains(secret) && !run.stderr.contains(secret), "{run}");
            }
            assert!(
                format == "text"
                    || run.json()["database"].as_str().unwrap().contains(database.name())
            );
        }
    }
}
