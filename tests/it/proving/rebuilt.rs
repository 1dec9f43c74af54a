//! `verify --rebuild`: the live schema against what the files build.

use super::{alone, drift, set_for, there};
use crate::support::{Cluster, Project, Run, SqliteFile};

fn rebuild(project: &Project, args: &[&str]) -> Run {
    let mut all = vec!["verify", "--rebuild", "--format", "json"];
    all.extend(args);
    there(project.command(&all)).run()
}

#[test]
fn a_bundled_set_is_what_its_files_build_until_somebody_changes_it() {
    let database = Cluster::shared().database();
    let project = Project::for_database(&database);
    let set = ["--set", "rls-sessions"];
    project.run(&["migrate", set[0], set[1]]).expect_code(0);
    let run = rebuild(&project, &set).expect_code(0);
    assert_eq!(drift(&run), [""; 0]);
    assert_eq!(run.json()["against"], "what the files build");

    // Other applications' objects make no difference.
    database.psql("CREATE TABLE orders (id int PRIMARY KEY); CREATE VIEW v AS TABLE orders");
    assert_eq!(drift(&rebuild(&project, &set).expect_code(0)), [""; 0]);

    database.psql(
        "DROP FUNCTION cleanup_sessions; CREATE INDEX another ON sessions (id);
         ALTER TABLE sessions DISABLE ROW LEVEL SECURITY",
    );
    let found = drift(&rebuild(&project, &set).expect_code(4));
    for expected in ["altered table public.sessions", "unexpected index public.sessions.another"] {
        assert!(found.iter().any(|it| it == expected), "{found:?}");
    }
    assert!(found.iter().any(|it| it.starts_with("missing function public.cleanup_")), "{found:?}");
    let run = there(project.command(&["verify", "--rebuild", set[0], set[1]])).run().expect_code(4);
    assert!(run.stdout.contains("compared with what the files build"), "{run}");
    assert!(run.stdout.contains("\n    + CREATE INDEX another ON"), "{run}");
}

#[test]
fn a_sqlite_set_is_what_its_files_build_until_somebody_changes_it() {
    let file = SqliteFile::new();
    file.run("lucia-sessions", &["migrate"]).expect_code(0);
    let verify = ["verify", "--rebuild", "--format", "json"];
    file.execute("CREATE TABLE orders (id integer PRIMARY KEY)");
    let before = file.trace();
    assert_eq!(drift(&file.run("lucia-sessions", &verify).expect_code(0)), [""; 0]);
    assert_eq!(file.trace(), before);
    // What a build has to remark is no news of the live database.
    assert_eq!(file.run("lucia-sessions", &["verify", "--rebuild"]).expect_code(0).stderr, "");
    file.execute("DROP INDEX idx_audit_logs_severity");
    let run = file.run("lucia-sessions", &verify).expect_code(4);
    assert_eq!(drift(&run), ["missing index audit_logs.idx_audit_logs_severity"]);
}

#[test]
fn without_the_ledger_the_files_still_say_what_should_be() {
    let database = Cluster::shared().database();
    let project = Project::for_database(&database);
    project.migration(1, "a", "CREATE TABLE a (id int PRIMARY KEY);", "DROP TABLE a;");
    project.run(&["migrate"]).expect_code(0);
    database.psql("SET client_min_messages = error; DROP SCHEMA turnback CASCADE");
    let run = project.run(&["verify", "--format", "json"]);
    assert_eq!(run.json()["expected_hash"], serde_json::Value::Null);
    let before = database.dump();
    assert_eq!(drift(&rebuild(&project, &[]).expect_code(0)), [""; 0]);
    assert_eq!(database.dump(), before);
    database.psql("ALTER TABLE a ADD b int");
    assert_eq!(drift(&rebuild(&project, &[]).expect_code(4)), ["unexpected column public.a.b"]);
}

#[test]
fn what_is_applied_is_compared_and_the_rest_is_pending() {
    let database = Cluster::shared().database();
    let project = Project::for_database(&database);
    project.migration(1, "a", "CREATE TABLE a (id int);", "DROP TABLE a;");
    project.migration(2, "b", "ALTER TABLE a ADD b int;", "ALTER TABLE a DROP b;");
    project.run(&["migrate", "--to", "1"]).expect_code(0);
    assert_eq!(drift(&rebuild(&project, &[]).expect_code(3)), [""; 0]);
    database.psql("ALTER TABLE a ADD b int");
    assert_eq!(drift(&rebuild(&project, &[]).expect_code(4)), ["unexpected column public.a.b"]);
}

#[test]
fn before_the_first_migration_everything_is_pending() {
    let database = Cluster::shared().database();
    database.psql("CREATE TABLE orders (id int)");
    let project = Project::for_database(&database);
    project.migration(1, "a", "CREATE TABLE a (id int);", "DROP TABLE a;");
    assert_eq!(drift(&rebuild(&project, &[]).expect_code(3)), [""; 0]);
}

#[test]
fn a_schema_of_any_name_is_rebuilt_under_it() {
    let database = Cluster::shared().database();
    let schema = "My \"odd\" schema";
    database.psql("CREATE SCHEMA \"My \"\"odd\"\" schema\"; CREATE TABLE public.a (other int)");
    let project = Project::for_database(&database);
    project.migration(
        1,
        "a",
        "CREATE TABLE a (id int PRIMARY KEY);\nCREATE VIEW v AS SELECT id FROM a;",
        "DROP VIEW v;\nDROP TABLE a;",
    );
    let flags = ["--schema", schema];
    project.run(&["migrate", flags[0], flags[1]]).expect_code(0);
    assert_eq!(drift(&rebuild(&project, &flags).expect_code(0)), [""; 0]);
    database.psql("COMMENT ON TABLE \"My \"\"odd\"\" schema\".a IS 'changed'");
    let found = drift(&rebuild(&project, &flags).expect_code(4));
    assert_eq!(found, ["altered table \"My \"\"odd\"\" schema\".a"]);
}

#[test]
fn what_lies_where_the_session_creates_is_rebuilt_there() {
    let database = Cluster::shared().database();
    database.psql(&format!(
        "CREATE SCHEMA app; ALTER DATABASE {} SET search_path = app, public",
        database.name()
    ));
    let project = Project::for_database(&database);
    project.migration(1, "a", "CREATE TABLE a (id int PRIMARY KEY);", "DROP TABLE a;");
    project.run(&["migrate"]).expect_code(0);
    assert_eq!(database.psql("SELECT 'app.a'::regclass IS NOT NULL"), "t");
    assert_eq!(drift(&rebuild(&project, &[]).expect_code(0)), [""; 0]);
    database.psql("ALTER TABLE app.a ADD b int");
    assert_eq!(drift(&rebuild(&project, &[]).expect_code(4)), ["unexpected column app.a.b"]);
}

#[test]
fn schemas_that_the_scripts_name_are_rebuilt_and_others_are_left_alone() {
    let database = Cluster::shared().database();
    database.psql(
        "CREATE SCHEMA other; CREATE TABLE other.t (a int);
         ALTER TABLE other.t ADD CHECK (a > 0) NOT VALID",
    );
    let project = Project::for_database(&database);
    project.migration(
        1,
        "a",
        "CREATE TABLE a (id int);\nCREATE SCHEMA audit;\nCREATE TABLE audit.log (id int);",
        "DROP SCHEMA audit CASCADE;\nDROP TABLE a;",
    );
    project.run(&["migrate"]).expect_code(0);
    let run = rebuild(&project, &[]).expect_code(0);
    assert_eq!(run.json()["findings"], serde_json::json!([]));
    database.psql("DROP TABLE audit.log");
    let found = drift(&rebuild(&project, &[]).expect_code(4));
    assert_eq!(found[0], "missing table audit.log");
}

#[test]
fn a_role_without_superpowers_owns_what_is_rebuilt() {
    let cluster = Cluster::private(&[]);
    cluster.psql("CREATE ROLE mouse LOGIN; CREATE ROLE reader");
    let database = cluster.database();
    database.psql(&format!("GRANT CREATE ON DATABASE {} TO mouse", database.name()));
    database.psql("GRANT CREATE ON SCHEMA public TO mouse");
    let project = Project::new().url(&database.url().replace("postgres@", "mouse@"));
    project.migration(
        1,
        "a",
        "CREATE TABLE a (id int);\nGRANT SELECT ON a TO reader;",
        "DROP TABLE a;",
    );
    project.run(&["migrate"]).expect_code(0);
    assert_eq!(database.psql("SELECT tableowner FROM pg_tables WHERE tablename = 'a'"), "mouse");
    let rebuild = || alone(project.command(&["verify", "--rebuild", "--format", "json"])).run();
    assert_eq!(drift(&rebuild().expect_code(0)), [""; 0]);
    database.psql("ALTER TABLE a OWNER TO postgres");
    assert_eq!(drift(&rebuild().expect_code(4)), ["altered table public.a"]);
}

#[test]
fn a_file_that_fails_on_an_empty_database_is_told() {
    let file = SqliteFile::with("CREATE TABLE users (id integer)");
    let project = Project::new().url(&file.url());
    project.migration(1, "a", "ALTER TABLE users ADD a int;", "ALTER TABLE users DROP a;");
    project.run(&["migrate"]).expect_code(0);
    let run = project.run(&["verify", "--rebuild"]).expect_code(1);
    assert!(run.stderr.contains("V1__a failed: no such table: users"), "{run}");
    // What the application has is told in a fixture.
    project.write("migrations/fixtures/before.sql", "CREATE TABLE users (id integer);");
    project.run(&["verify", "--rebuild"]).expect_code(0);
}

#[test]
fn a_set_named_in_a_file_is_rebuilt_as_well() {
    let database = Cluster::shared().database();
    let project = set_for("postgresql").url(&database.url());
    project.migration(1, "a", "CREATE TABLE a (id int);", "DROP TABLE a;");
    project.run(&["migrate"]).expect_code(0);
    rebuild(&project, &[]).expect_code(0);
    let run = project.run(&["verify", "--rebuild", "--snapshot", "x.json"]).expect_code(2);
    assert!(run.stderr.contains("cannot be used with"), "{run}");
}
