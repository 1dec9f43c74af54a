//! `sets`, `sets export`, `init`, `new`.

use crate::support::snapshot::assert_run_snapshot;
use crate::support::{Cluster, Project, SqliteFile};

#[test]
fn sets_lists_what_is_bundled() {
    let project = Project::new();
    assert_run_snapshot!(project.run(&["sets"]), @"
    exit code: 0
    ----- stdout -----
      SET             ENGINE         MIGRATIONS  WHAT IT IS
      auth-sessions   PostgreSQL [version]  24          Hardening of an existing auth_sessions table: JWT ids, replay detection, session families, device and network of each session.
      lucia-sessions  SQLite [version]    19          Portal authentication: sessions with time-limited privilege elevation, password tokens, MFA codes, audit log and security events.
      refresh-tokens  PostgreSQL [version]  13          Refresh tokens with device tracking, and a log of security events.
      rls-sessions    PostgreSQL [version]  11          Sessions isolated per user by row-level security, with functions to revoke, touch and clean them up.
      user-sessions   PostgreSQL [version]  19          Multi-device sessions with hashed access and refresh tokens, and a list of access tokens to refuse.
    ----- stderr -----
    ");
    let json = project.run(&["sets", "--format", "json"]).expect_code(0).json();
    let names: Vec<_> = json["sets"].as_array().unwrap().iter().map(|it| &it["name"]).collect();
    assert_eq!(
        names,
        ["auth-sessions", "lucia-sessions", "refresh-tokens", "rls-sessions", "user-sessions"]
    );
    let run = project.run(&["--set", "lucia", "-D", "sqlite:a.db", "status"]);
    assert_run_snapshot!(run, @"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: there is no set named `lucia`
      next: bundled sets: auth-sessions, lucia-sessions, refresh-tokens, rls-sessions, user-sessions
      next: for your own files use --migrations-dir and --rollbacks-dir
    ");
}

#[test]
fn an_exported_set_continues_the_bundled_ones_history() {
    let file = SqliteFile::new();
    file.run("lucia-sessions", &["migrate", "--to", "5"]).expect_code(0);
    let project = Project::new().url(&file.url());
    project.run(&["sets", "export", "lucia-sessions", "."]).expect_code(0);
    project.run(&["migrate", "--to", "10"]).expect_code(0);
    file.run("lucia-sessions", &["migrate"]).expect_code(0);
    let json = project.run(&["status", "--exit-code", "--format", "json"]).expect_code(0).json();
    assert_eq!(json["set"], "lucia-sessions");
    assert_eq!(json["current_version"], 19);
    project.run(&["rollback", "--all", "--force"]).expect_code(0);
    assert_eq!(file.schema(), "");

    let database = Cluster::shared().database();
    let project = Project::for_database(&database);
    let run = project.run(&["sets", "export", "rls-sessions", "own"]).expect_code(0);
    assert!(
        run.stdout.ends_with("next: turnback migrate --migrations-dir own/migrations\n"),
        "{run}"
    );
    project.run(&["migrate", "--set", "rls-sessions"]).expect_code(0);
    let run = project.run(&["migrate", "--migrations-dir", "own/migrations"]).expect_code(0);
    assert!(run.stdout.contains("nothing left to apply"), "{run}");
    project
        .run(&["rollback", "--all", "--force", "--migrations-dir", "own/migrations"])
        .expect_code(0);
    assert_eq!(database.psql("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"), "0");
}

#[test]
fn export_overwrites_nothing_and_knows_its_sets() {
    let project = Project::new();
    project.write("migrations/V3__users_backfill.sql", "-- mine\nSELECT 1;");
    let run = project.run(&["sets", "export", "lucia-sessions", "."]).expect_code(1);
    assert_run_snapshot!(run, @r"
    exit code: 1
    ----- stdout -----
    ----- stderr -----
    error: ./migrations/V3__users_backfill.sql exists already; nothing was written
      next: choose another version, name or directory, or move the file away
    ");
    assert_eq!(project.read("migrations/V3__users_backfill.sql"), "-- mine\nSELECT 1;");
    assert!(!project.path().join("rollbacks").exists());
    assert!(!project.path().join("migrations/V1__users.sql").exists());
    assert_run_snapshot!(project.run(&["sets", "export", "nothing", "."]), @"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: there is no set named `nothing`
      next: bundled sets: auth-sessions, lucia-sessions, refresh-tokens, rls-sessions, user-sessions
      next: for your own files use --migrations-dir and --rollbacks-dir
    ");
}

#[test]
fn init_and_new_lead_to_a_first_migration() {
    let project = Project::new().url("sqlite:app.db");
    assert_run_snapshot!(project.run(&["init"]), @r"
    exit code: 0
    ----- stdout -----
    wrote turnback.toml
    next: turnback new <name> makes the first migration
    ----- stderr -----
    ");
    assert_run_snapshot!(project.run(&["status"]), @r"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: migrations holds no migrations
      next: `turnback new <name>` makes the first migration
    ");
    assert_run_snapshot!(project.run(&["new", "add_last_seen"]), @r"
    exit code: 0
    ----- stdout -----
    wrote migrations/V1__add_last_seen.sql
    wrote rollbacks/V1__add_last_seen.sql
    next: write both, then turnback plan
    ----- stderr -----
    ");
    assert_run_snapshot!(project.run(&["migrate"]), @r"
    exit code: 2
    ----- stdout -----
    ----- stderr -----
    error: migrations/V1__add_last_seen.sql has no statement
      --> migrations/V1__add_last_seen.sql
      next: write its SQL, or remove the file and its rollback
    ");
    project.write("migrations/V1__add_last_seen.sql", "CREATE TABLE seen (at datetime);");
    project.write("rollbacks/V1__add_last_seen.sql", "DROP TABLE seen;");
    project.run(&["migrate"]).expect_code(0);
    project.run(&["rollback", "--force"]).expect_code(0);
    // Nothing that is there is overwritten.
    project.write("turnback.toml", "# mine\n");
    assert_run_snapshot!(project.run(&["init"]), @r"
    exit code: 1
    ----- stdout -----
    ----- stderr -----
    error: turnback.toml exists already; nothing was written
      next: choose another version, name or directory, or move the file away
    ");
    assert_eq!(project.read("turnback.toml"), "# mine\n");
    assert_run_snapshot!(project.run(&["new", "--version", "1", "add_last_seen"]), @r"
    exit code: 1
    ----- stdout -----
    ----- stderr -----
    error: migrations/V1__add_last_seen.sql exists already; nothing was written
      next: choose another version, name or directory, or move the file away
    ");
    assert_eq!(project.read("rollbacks/V1__add_last_seen.sql"), "DROP TABLE seen;");
}

#[test]
fn new_counts_on_or_takes_the_time() {
    let project = Project::new();
    let new = |args: &[&str]| {
        let mut all = vec!["new", "--format", "json"];
        all.extend(args);
        let json = project.run(&all).expect_code(0).json();
        let files: Vec<String> = json["files"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it.as_str().unwrap().to_owned())
            .collect();
        assert_eq!(files[0].replace("migrations/", ""), files[1].replace("rollbacks/", ""));
        files[0].clone()
    };
    assert_eq!(new(&["first"]), "migrations/V1__first.sql");
    assert_eq!(new(&["--version", "12", "twelfth"]), "migrations/V12__twelfth.sql");
    assert_eq!(new(&["next"]), "migrations/V13__next.sql");
    let stamped = new(&["--timestamp", "größe"]);
    let digits = stamped.strip_prefix("migrations/V").unwrap().strip_suffix("__größe.sql").unwrap();
    assert!(digits.len() == 14 && digits.starts_with("20"), "{stamped}");
    assert_eq!(
        new(&["later"]),
        format!("migrations/V{}__later.sql", digits.parse::<i64>().unwrap() + 1)
    );
    for name in ["a b", "", "a-b", "a/b", "../a", "it's"] {
        project.run(&["new", name]).expect_code(2);
    }
    project.run(&["new", "--timestamp", "--version", "3", "both"]).expect_code(2);
}

#[test]
fn new_takes_no_version_twice() {
    let project = Project::new();
    let highest = i64::MAX;
    project.run(&["new", "--version", "7", "first"]).expect_code(0);
    let run = project.run(&["new", "--version", "7", "second"]).expect_code(1);
    assert!(run.stderr.contains("migrations/V7__first.sql exists already"), "{run}");
    project.run(&["new", "--version", &highest.to_string(), "last"]).expect_code(0);
    let run = project.run(&["new", "beyond"]).expect_code(1);
    assert!(run.stderr.contains("__last.sql exists already"), "{run}");
    assert_eq!(std::fs::read_dir(project.path().join("migrations")).unwrap().count(), 2);
}

#[test]
fn new_writes_where_the_project_says() {
    let project = Project::new();
    project.write("turnback.toml", "migrations = \"db/up\"\nrollbacks = \"db/down\"\n");
    project.run(&["new", "first"]).expect_code(0);
    assert!(project.read("db/up/V1__first.sql").contains("first"));
    assert!(project.read("db/down/V1__first.sql").contains("undoes"));
    project.run(&["new", "second", "--migrations-dir", "m", "--rollbacks-dir", "r"]).expect_code(0);
    assert!(project.path().join("m/V1__second.sql").exists());
    assert!(project.path().join("r/V1__second.sql").exists());
}
