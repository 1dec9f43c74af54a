//! `turnback.toml`, and what goes before what.

use super::{NOWHERE, both};
use crate::support::snapshot::assert_run_snapshot;
use crate::support::{Cluster, PATIENCE, Project, Run, poll};

fn project(toml: &str) -> Project {
    let project = Project::new();
    project.migration(1, "base", "CREATE TABLE a (b int);", "DROP TABLE a;");
    project.write("turnback.toml", toml);
    project
}

/// The database a run worked on.
fn database(run: Run) -> String {
    run.expect_code(0).json()["database"].as_str().expect("it is known").to_owned()
}

#[test]
fn an_unknown_key_is_refused_with_its_line() {
    let project = project("url = \"sqlite:app.db\"\n\nprotcted = true\n");
    assert_run_snapshot!(project.run(&["status"]), @r"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: unknown key `protcted`
      --> turnback.toml:3:1
       3 | protcted = true
         | ^
      next: keys: url, set, migrations, rollbacks, schema, protected, runner_wait, ddl_lock_timeout, out_of_order, scratch; in [backfill]: workers, batch_ms, max_lag, max_archive, latency_query, max_latency_ms; in [lint]: levels
    ");
    let (_, json) = both(&project, &["migrate"]);
    let document = json.expect_code(2).json();
    let error = &document["error"];
    assert_eq!(
        (&error["kind"], &error["file"]),
        (&"configuration".into(), &"turnback.toml".into())
    );
    assert_eq!((&error["line"], &error["column"]), (&3.into(), &1.into()));
    assert!(!project.path().join("app.db").exists());
}

#[test]
fn a_value_of_the_wrong_kind_is_refused_with_its_line() {
    for (line, word) in [
        ("protected = \"yes\"", "boolean"),
        ("out_of_order = \"maybe\"", "maybe"),
        ("url = 5", "string"),
        ("url = ", ""),
    ] {
        let project = project(&format!("# settings\n{line}\n"));
        let run = project.run(&["status"]).expect_code(2);
        assert!(run.stderr.contains("  --> turnback.toml:2:"), "{run}");
        assert!(run.stderr.contains(word), "{run}");
    }
}

#[test]
fn a_bad_duration_is_refused() {
    for key in ["runner_wait", "ddl_lock_timeout"] {
        let project = project(&format!("url = \"{NOWHERE}\"\n{key} = \"soon\"\n"));
        let run = project.run(&["migrate"]).expect_code(2);
        let headline =
            format!("error: {key}: `soon` is not a duration; write 500ms, 30s, 2m or 1h\n");
        assert!(run.stderr.starts_with(&headline), "{run}");
        assert!(run.stderr.contains("next: mend it in turnback.toml"), "{run}");
    }
    let run = project("").run(&["migrate", "--runner-wait", "soon"]).expect_code(2);
    assert!(run.stderr.contains("`soon` is not a duration"), "{run}");
}

#[test]
fn a_set_and_files_of_ones_own_cannot_both_be_meant() {
    for key in ["migrations", "rollbacks"] {
        let toml = format!("url = \"{NOWHERE}\"\nset = \"rls-sessions\"\n{key} = \"mine\"\n");
        let run = project(&toml).run(&["migrate"]).expect_code(2);
        assert!(run.stderr.contains("`set` names a bundled set"), "{run}");
        assert!(run.stderr.contains("--> turnback.toml"), "{run}");
    }
}

#[test]
fn a_settings_file_that_is_not_there_is_said() {
    for run in [
        project("").run(&["status", "--config", "other.toml"]),
        project("").command(&["status"]).env("TURNBACK_CONFIG", "other.toml").run(),
    ] {
        let run = run.expect_code(2);
        assert!(run.stderr.starts_with("error: cannot read other.toml: No such file"), "{run}");
        assert!(run.stderr.contains("next: --config names another file"), "{run}");
    }
}

#[test]
fn paths_are_relative_to_the_file_that_names_them() {
    let project = Project::new();
    let toml = "url = \"sqlite:app.db\"\nmigrations = \"sql/up\"\nrollbacks = \"sql/down\"\n";
    project.write("shop/turnback.toml", toml);
    project.write("shop/sql/up/V1__a.sql", "CREATE TABLE a (b int);");
    project.write("shop/sql/down/V1__a.sql", "DROP TABLE a;");
    let inside = project.command(&["status", "--format", "json"]).cwd(project.path().join("shop"));
    assert_eq!(inside.run().json()["pending"], 1);
    for run in [
        project.run(&["status", "--config", "shop/turnback.toml", "--format", "json"]),
        project
            .command(&["status", "--format", "json"])
            .env("TURNBACK_CONFIG", "shop/turnback.toml")
            .run(),
    ] {
        let document = run.expect_code(0).json();
        assert_eq!(document["pending"], 1);
        assert_eq!(document["database"], "sqlite:shop/app.db");
    }
    project.run(&["migrate", "--config", "shop/turnback.toml"]).expect_code(0);
    assert!(project.path().join("shop/app.db").is_file());
    // Flags are relative to where one stands.
    let flags = ["status", "-D", "sqlite:app.db", "--migrations-dir", "shop/sql/up"];
    let run = project.run(&flags).expect_code(2);
    assert!(run.stderr.contains("shop/sql/rollbacks/V1__a.sql does not exist"), "{run}");
    project.run(&[&flags[..], &["--rollbacks-dir", "shop/sql/down"]].concat()).expect_code(0);
}

#[test]
fn rollbacks_lie_beside_the_migrations_by_default() {
    let project = Project::new().url("sqlite:app.db");
    project.write("db/migrations/V1__a.sql", "CREATE TABLE a (b int);");
    project.write("db/rollbacks/V1__a.sql", "DROP TABLE a;");
    project.run(&["migrate", "--migrations-dir", "db/migrations"]).expect_code(0);
}

#[test]
fn a_flag_goes_before_the_environment_and_that_before_the_file() {
    let project = project("url = \"sqlite:file.db\"\n");
    let status = |args: &[&str]| project.command(&[&["status", "--format", "json"], args].concat());
    assert_eq!(database(status(&[]).run()), "sqlite:file.db");
    let environment = status(&[]).env("DATABASE_URL", "sqlite:environment.db");
    assert_eq!(database(environment.run()), "sqlite:environment.db");
    let flag = status(&["-D", "sqlite:flag.db"]).env("DATABASE_URL", "sqlite:environment.db");
    assert_eq!(database(flag.run()), "sqlite:flag.db");
    let empty = status(&[]).env("DATABASE_URL", "");
    assert_eq!(database(empty.run()), "sqlite:file.db");
}

#[test]
fn the_set_is_chosen_in_the_same_order() {
    let project = Project::new().url("sqlite:app.db");
    project.write("turnback.toml", "set = \"no-such-set\"\n");
    let set = |run: Run| run.expect_code(0).json()["set"].clone();
    let status = ["status", "--format", "json"];
    assert!(project.run(&status).expect_code(2).stdout.contains("no set named `no-such-set`"));
    let environment = || project.command(&status).env("TURNBACK_SET", "lucia-sessions");
    assert_eq!(set(environment().run()), "lucia-sessions");
    let flag = [&status[..], &["--set", "lucia-sessions"]].concat();
    assert_eq!(set(project.command(&flag).env("TURNBACK_SET", "neither").run()), "lucia-sessions");
}

#[test]
fn the_schema_is_chosen_in_the_same_order() {
    let database = Cluster::shared().database();
    database.psql("CREATE SCHEMA of_file; CREATE SCHEMA of_environment; CREATE SCHEMA of_flag");
    let project = Project::for_database(&database);
    project.migration(1, "base", "CREATE TABLE a (b int);", "DROP TABLE a;");
    project.write("turnback.toml", "schema = \"of_file\"\n");
    let schemas = || {
        database.psql(
            "SELECT string_agg(schemaname, ' ' ORDER BY schemaname) FROM pg_tables
             WHERE tablename = 'a'",
        )
    };
    project.run(&["migrate"]).expect_code(0);
    assert_eq!(schemas(), "of_file");
    let environment = |args| project.command(args).env("TURNBACK_SCHEMA", "of_environment");
    environment(&["migrate"]).run().expect_code(0);
    assert_eq!(schemas(), "of_environment of_file");
    environment(&["migrate", "--schema", "of_flag"]).run().expect_code(0);
    assert_eq!(schemas(), "of_environment of_file of_flag");
    let history = "SELECT count(*) FROM pg_tables WHERE tablename = 'refinery_schema_history'";
    assert_eq!(database.psql(history), "3");
}

/// The file asks for more patience than anybody has; the flag goes before it.
#[test]
fn durations_of_flags_go_before_the_files() {
    let database = Cluster::shared().database();
    let project = Project::for_database(&database);
    database.psql("CREATE TABLE busy (a int)");
    project.migration(1, "base", "ALTER TABLE busy ADD b int;", "ALTER TABLE busy DROP b;");
    project.write("turnback.toml", "ddl_lock_timeout = \"1h\"\n");
    std::thread::scope(|scope| {
        let holder = "BEGIN; LOCK busy; SELECT pg_sleep(30); COMMIT;";
        let holding = scope.spawn(|| database.try_psql(holder));
        let held = "SELECT count(*) FROM pg_locks WHERE relation = 'busy'::regclass AND granted";
        let is_held = || (database.psql(held) == "1").then_some(());
        poll(PATIENCE, is_held).expect("the other session locks it");
        let run = project.run(&["migrate", "--ddl-lock-timeout", "100ms"]);
        database.psql(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE relation = 'busy'::regclass",
        );
        let _ = holding.join();
        assert!(run.expect_code(1).stderr.contains("lock timeout"));
    });
}
