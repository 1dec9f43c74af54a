//! Sets against databases: what the files build on a throwaway database.

use serde_json::Value;

use crate::support::{Cluster, Project, Run, SqliteFile};

/// The objects of a `diff` in JSON, each as `missing table users`.
fn drift(run: &Run) -> Vec<String> {
    let word = |it: &Value, key: &str| it[key].as_str().unwrap().to_owned();
    let document = run.json();
    let drift = document["drift"].as_array().unwrap().iter();
    drift.map(|it| ["change", "kind", "object"].map(|key| word(it, key)).join(" ")).collect()
}

#[test]
fn a_migrated_sqlite_database_is_what_its_set_builds() {
    let file = SqliteFile::new();
    file.run("lucia-sessions", &["migrate"]).expect_code(0);
    let project = Project::new().url(&file.url());
    let run = project.run(&["diff", "set:lucia-sessions", "--format", "json"]).expect_code(0);
    assert_eq!(drift(&run), [""; 0]);
    file.execute("DROP INDEX idx_audit_logs_severity");
    let run = project.run(&["diff", "set:lucia-sessions", "--format", "json"]).expect_code(4);
    assert_eq!(drift(&run), ["missing index audit_logs.idx_audit_logs_severity"]);
    let run = project.run(&["diff", ".", "set:lucia-sessions", "--format", "json"]).expect_code(4);
    assert_eq!(drift(&run), ["unexpected index audit_logs.idx_audit_logs_severity"]);
}

#[test]
fn a_directory_is_compared_for_the_engine_of_the_other_side() {
    let file = SqliteFile::new();
    let project = Project::new().url(&file.url());
    project.migration(1, "a", "CREATE TABLE a (id integer);", "DROP TABLE a;");
    project.run(&["migrate"]).expect_code(0);
    project.run(&["diff", "dir:."]).expect_code(0);
    project.migration(2, "b", "ALTER TABLE a ADD b text;", "ALTER TABLE a DROP b;");
    let run = project.run(&["diff", "dir:migrations", "--format", "json"]).expect_code(4);
    assert_eq!(drift(&run), ["missing column a.b"]);
    project.write("migrations/V3__c.sql", "CREATE TABLE a (again);");
    project.write("rollbacks/V3__c.sql", "SELECT 1;");
    let run = project.run(&["diff", "dir:."]).expect_code(1);
    assert!(run.stderr.contains("V3__c failed: table a already exists"), "{run}");
}

#[test]
fn each_set_is_what_it_builds() {
    for set in ["auth-sessions", "refresh-tokens", "rls-sessions"] {
        let database = Cluster::shared().database();
        let project = Project::for_database(&database);
        project.run(&["--set", set, "migrate"]).expect_code(0);
        let source = format!("set:{set}");
        let run = project.run(&["diff", &source, "--scratch", "same-server"]).expect_code(0);
        assert!(run.stdout.contains("no difference in "), "{run}");
    }
}

#[test]
fn a_migrated_postgresql_database_is_what_its_set_builds() {
    let database = Cluster::shared().database();
    let url = database.url();
    let project = Project::new().url(&url);
    project.run(&["--set", "user-sessions", "migrate"]).expect_code(0);
    let args = ["diff", "set:user-sessions", "--format", "json", "--scratch", "same-server"];
    let run = project.run(&args);
    assert_eq!(drift(&run), [""; 0], "{run}");
    database.psql("ALTER TABLE user_sessions ALTER user_agent SET DEFAULT 'x'");
    let run = project.run(&args).expect_code(4);
    assert_eq!(drift(&run), ["altered column public.user_sessions.user_agent"]);
    // On a server of its own as well, whose only user is another one.
    let run = project.run(&["diff", "set:user-sessions", "--format", "json"]).expect_code(4);
    assert_eq!(drift(&run), ["altered column public.user_sessions.user_agent"]);
}
