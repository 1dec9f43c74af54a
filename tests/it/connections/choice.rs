//! Which database and which set, where little is said or what is said does not go together.

use super::project;
use crate::support::snapshot::assert_run_snapshot;
use crate::support::{Cluster, Project};

#[test]
fn without_anything_the_embedded_default_is_used_and_named() {
    let project = Project::new();
    let run = project.run(&["migrate"]).expect_code(0);
    let note = "note: no database is named: working on sqlite:turnback.db, with the set \
                lucia-sessions\n";
    assert!(run.stderr.starts_with(note), "{run}");
    assert!(project.path().join("turnback.db").is_file());
    let document = project.run(&["status", "--format", "json"]).expect_code(0).json();
    assert_eq!(document["database"], "sqlite:turnback.db");
    assert_eq!(document["set"], "lucia-sessions");
    assert_eq!(document["pending"], 0);
    // Quiet says nothing beside the result.
    assert_eq!(project.run(&["status", "--quiet"]).expect_code(0).stderr, "");
}

#[test]
fn looking_at_the_embedded_default_makes_no_file() {
    let project = Project::new();
    for command in [&["status"][..], &["plan"], &["migrate", "--dry-run"]] {
        project.run(command).expect_code(0);
    }
    assert!(!project.path().join("turnback.db").exists());
}

#[test]
fn a_project_without_a_database_is_not_migrated_into_the_default() {
    let project = project();
    assert_run_snapshot!(project.run(&["migrate"]), @r"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: no database is named, and this directory has migrations of its own
      next: --database-url, DATABASE_URL or `url` in turnback.toml names one
      next: --set lucia-sessions works on the embedded default, turnback.db
    ");
    assert_eq!(
        project.run(&["status", "--format", "json"]).json()["error"]["kind"],
        "configuration"
    );
    assert!(!project.path().join("turnback.db").exists());
    let run = project.run(&["migrate", "--set", "lucia-sessions"]).expect_code(0);
    assert!(run.stderr.starts_with("note: no database is named"), "{run}");
}

#[test]
fn a_database_without_anything_to_migrate_is_refused() {
    let run = Project::new().url("sqlite:app.db").run(&["migrate"]);
    assert_run_snapshot!(run, @r"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: there is nothing to migrate: no set is named and migrations holds no migrations
      next: --set names a bundled set; `turnback sets` lists them
      next: --migrations-dir and --rollbacks-dir name your own files; `turnback init` makes them
    ");
}

#[test]
fn an_unknown_scheme_is_refused() {
    for url in ["mysql://root@localhost/shop", "shop", "sqlite3:app.db", "file:app.db"] {
        let run = project().url(url).run(&["status"]).expect_code(2);
        let headline = format!("error: `{url}` is not a database URL turnback knows\n");
        assert!(run.stderr.starts_with(&headline), "{run}");
        let hint = "next: write postgres://user@host/database or sqlite:PATH\n";
        assert!(run.stderr.contains(hint), "{run}");
    }
}

#[test]
fn a_set_of_the_other_engine_is_refused_before_connecting() {
    let project = Project::new();
    let nowhere = "postgres://u@127.0.0.1:1/d";
    let run = project.run(&["migrate", "--set", "lucia-sessions", "-D", nowhere]);
    assert_run_snapshot!(run, @r"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: the set lucia-sessions is for SQLite, and postgres://u@127.0.0.1:1/d is a PostgreSQL database
      next: `turnback sets` shows which set is for which engine
      next: -D names another database
    ");
    let run = project.run(&["migrate", "--set", "rls-sessions", "-D", "sqlite:app.db"]);
    let run = run.expect_code(2);
    let said = "the set rls-sessions is for PostgreSQL, and sqlite:app.db is a SQLite database";
    assert!(run.stderr.contains(said), "{run}");
    assert!(!project.path().join("app.db").exists());
}

#[test]
fn sqlite_has_no_schemas() {
    let project = project().url("sqlite:app.db");
    let run = project.run(&["migrate", "--schema", "app"]).expect_code(2);
    assert!(run.stderr.contains("--schema is for PostgreSQL"), "{run}");
    assert!(!project.path().join("app.db").exists());
}

#[test]
fn a_schema_that_does_not_exist_is_refused_and_not_made() {
    let database = Cluster::shared().database();
    let project = project().url(&database.url());
    assert_run_snapshot!(project.run(&["migrate", "--schema", "My App"]), @r#"
    exit code: 1
    ----- stdout -----
    ----- stderr -----
    error: schema "My App" does not exist in database [database]
      next: create it: CREATE SCHEMA "My App";
    "#);
    for command in ["status", "plan"] {
        project.run(&[command, "--schema", "My App"]).expect_code(1);
    }
    let made = "SELECT count(*) FROM pg_namespace WHERE nspname IN ('My App', 'turnback')";
    assert_eq!(database.psql(made), "0");
    database.psql("CREATE SCHEMA \"My App\"");
    project.run(&["migrate", "--schema", "My App"]).expect_code(0);
    assert_eq!(database.psql("SELECT count(*) FROM \"My App\".a"), "0");
}

#[test]
fn a_search_path_that_leads_nowhere_is_told() {
    let database = Cluster::shared().database();
    database.psql(&format!("ALTER DATABASE {} SET search_path TO nowhere", database.name()));
    let run = project().url(&database.url()).run(&["migrate"]).expect_code(1);
    assert!(run.stderr.contains("there is no schema to install into"), "{run}");
    assert!(run.stderr.contains("next: name one with --schema"), "{run}");
}

#[test]
fn a_role_that_may_not_create_is_told_by_the_server() {
    let cluster = Cluster::shared();
    let database = cluster.database();
    let role = format!("{}_reader", database.name());
    cluster.psql(&format!("CREATE ROLE {role} LOGIN"));
    let url = database.url().replace("postgres@", &format!("{role}@"));
    let project = project().url(&url);
    project.run(&["status"]).expect_code(0);
    project.run(&["plan"]).expect_code(0);
    let run = project.run(&["migrate", "--format", "json"]).expect_code(1);
    let error = run.json()["error"].clone();
    assert_eq!((&error["kind"], &error["sqlstate"]), (&"permission".into(), &"42501".into()));
    drop(database);
    cluster.psql(&format!("DROP ROLE {role}"));
}

#[test]
fn a_server_too_old_for_the_set_is_refused() {
    let database = Cluster::shared().database();
    for (url, engine, name, minimum) in [
        (&*database.url(), "postgresql", "PostgreSQL", "99"),
        ("sqlite:app.db", "sqlite", "SQLite", "4.0"),
    ] {
        let project = project().url(url);
        let manifest = |minimum: &str| {
            format!(
                "name = \"shop\"\nengine = \"{engine}\"\nsummary = \"ours\"\n\
                 minimum_server = \"{minimum}\"\n"
            )
        };
        project.write("migrations/set.toml", manifest(minimum));
        let run = project.run(&["migrate"]).expect_code(1);
        let said = format!("error: the set needs {name} {minimum} or later; the server is ");
        assert!(run.stderr.starts_with(&said), "{run}");
        project.write("migrations/set.toml", manifest("3"));
        let document = project.run(&["migrate", "--format", "json"]).expect_code(0).json();
        assert_eq!(document["set"], "shop");
    }
}
